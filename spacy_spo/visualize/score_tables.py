"""Tables of scores, of `spacy spo evaluate` and of `spacy spo scores`."""

from typing import Any, Dict, List, Mapping, Sequence

from ..evaluation.overlap_types import OVERLAPS
from ..evaluation.tally import SET_CLASSES
from .tables import Table, percent

# Columns of two pipelines.
_COLUMNS = ("First", "Second")
_DIMENSIONS = {
    "overlap": "Overlap type",
    "triples": "Triples in the text",
    "tokens": "Tokens of the text",
}
_MAX_CONFUSED = 30
# Titles of rows, and the prefix of their scores in the output of the scorers.
TRIPLE_ROWS = {
    "Triples: text": "spo_text",
    "Triples: offsets": "spo_offset",
    "Triples: text, qualifiers": "spo_slot",
}
_PRF_ROWS = {
    **TRIPLE_ROWS,
    "Relations: micro": "spo_relation_micro",
    "Relations: macro": "spo_relation_macro",
}
_SIGNATURES = {"triples": "spo_signature", "relations": "rel_signature"}
_PREDICATE_TABLES = {
    "Triples by predicate": "spo_per_predicate",
    "Relations by predicate": "spo_relation_per_predicate",
}


def evaluation_tables(result: Dict[str, Any], criterion: str, min_support: int) -> List[Table]:
    """Arrange the result of an evaluation in tables.

    result (Dict[str, Any]): What `Comparison.to_dict` returns.
    criterion (str): Match criterion of the breakdowns.
    min_support (int): Minimum number of gold triples of a predicate in the tables.
    RETURNS (List[Table]): A table of all criteria for each pipeline, their signatures, the
        differences, the predicate sets, the groups of texts, the predicates; without empty tables.
    """
    names = _COLUMNS if len(result["models"]) > 1 else ("",)
    models = dict(zip(names, result["models"]))
    criteria = result["models"][0]["criteria"]
    tables = [*map(_criteria_table, result["models"]), _criteria_signatures(criteria)]
    if result["differences"]:
        tables.append(_differences_table(result["differences"], criteria))
    tables.append(_sets_table(models))
    scores = {name: model["criteria"][criterion] for name, model in models.items()}
    title = criteria[criterion]["title"]
    for dimension, heading in _DIMENSIONS.items():
        tables.append(_groups_table(f"{heading} ({title})", scores, dimension, 1))
    tables.append(_groups_table(f"Predicates ({title})", scores, "predicate", min_support))
    return [table for table in tables if table.rows]


def confusion_table(confusion: Sequence[Dict[str, Any]]) -> Table:
    """List the most frequent confusions of predicates.

    confusion (Sequence[Dict[str, Any]]): "confusion" of a model in scores.json.
    RETURNS (Table): Gold and predicted predicates, and their number.
    """
    rows = [[row["gold"], row["predicted"], str(row["n"])] for row in confusion[:_MAX_CONFUSED]]
    return Table("Confused predicates, first pipeline", ["Gold", "Predicted", "Triples"], rows)


def metrics_tables(runs: Mapping[str, Dict[str, Any]]) -> List[Table]:
    """Arrange the scores of `spacy evaluate` in tables.

    runs (Mapping[str, Dict[str, Any]]): Scores by the name of the run, as `read_metrics` returns
        them.
    RETURNS (List[Table]): Headline scores and shares with columns for each run, signatures; for a
        single run also the scores of each predicate, the most frequent first.
    """
    tables = [_headline(runs), *_run_signatures(runs), _shares(runs)]
    if len(runs) == 1:
        (scores,) = runs.values()
        tables += [
            _predicate_table(t, scores[k]) for t, k in _PREDICATE_TABLES.items() if scores.get(k)
        ]
    return tables


def _criteria_table(model: Dict[str, Any]) -> Table:
    rows = [
        [
            scores["title"],
            *(percent(scores[e]) for e in "prf"),
            scores["unscored"] or _range(scores["interval"]["f"]),
            str(scores["predicted"]),
            str(scores["gold"]),
        ]
        for scores in model["criteria"].values()
    ]
    title = f"{model['model']}: {model['texts']} texts"
    return Table(title, ["Triples", "P", "R", "F", "95 % of F", "Predicted", "Gold"], rows)


def _criteria_signatures(criteria: Dict[str, Any]) -> Table:
    rows = [[scores["title"], scores["signature"]] for scores in criteria.values()]
    return Table("Signatures", ["Triples", "Signature"], rows)


def _differences_table(differences: Dict[str, Any], criteria: Dict[str, Any]) -> Table:
    rows = []
    for name, scores in differences.items():
        cells = [
            cell
            for e in "prf"
            for cell in (_range(scores[e]["interval"]), _yes(scores[e]["significant"]))
        ]
        rows.append([criteria[name]["title"], *cells])
    header = ["", *(cell for e in "PRF" for cell in (f"95 % of {e}", "significant"))]
    return Table("Second minus first", header, rows)


def _range(bounds: Any) -> str:
    return "-" if bounds is None else f"{100 * bounds[0]:.1f} to {100 * bounds[1]:.1f}"


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def _sets_table(models: Dict[str, Dict[str, Any]]) -> Table:
    relations = {name: model["relations"] for name, model in models.items()}
    rows = [
        [
            f"Predicates, {kind}: {e.upper()}",
            *(percent(r[f"spo_relation_{kind}_{e}"]) for r in relations.values()),
        ]
        for kind in ("micro", "macro")
        for e in "prf"
    ]
    rows.append(
        ["Exact predicate multisets", *(percent(r["list_exact"]) for r in relations.values())]
    )
    return Table(
        "Predicate sets of the relation classifier",
        ["", *relations],
        rows + _set_rows(relations),
    )


def _groups_table(
    title: str, models: Dict[str, Dict[str, Any]], dimension: str, min_support: int
) -> Table:
    groups = {name: scores["groups"].get(dimension, {}) for name, scores in models.items()}
    support: Dict[str, int] = {}
    for rows_by_group in groups.values():
        support.update({group: scores["gold"] for group, scores in rows_by_group.items()})
    order = sorted(support, key=lambda group: _rank(dimension, group, support[group]))
    rows = [
        [
            group,
            *(
                percent(by_group.get(group, {}).get(e))
                for by_group in groups.values()
                for e in "prf"
            ),
            str(support[group]),
        ]
        for group in order
        if support[group] >= min_support
    ]
    columns = [e if len(groups) == 1 else f"{name} {e}" for name in groups for e in "PRF"]
    return Table(title, ["", *columns, "Gold"], rows)


def _rank(dimension: str, group: str, support: int) -> int:
    """Order predicates by frequency, other groups as they are defined."""
    if dimension == "predicate":
        return -support
    if dimension == "overlap":
        return OVERLAPS.index(group)
    return int(group.rstrip("+").split("-")[0])


def _headline(runs: Mapping[str, Dict[str, Any]]) -> Table:
    rows = [
        [title, *(percent(s.get(f"{key}_{e}")) for s in runs.values() for e in "prf")]
        for title, key in _PRF_ROWS.items()
    ]
    return Table("Scores", ["", *(f"{name} {e}" for name in runs for e in "PRF")], rows)


def _run_signatures(runs: Mapping[str, Dict[str, Any]]) -> List[Table]:
    rows = [
        [f"{name}, {title}", scores[key]]
        for name, scores in runs.items()
        for title, key in _SIGNATURES.items()
        if scores.get(key)
    ]
    return [Table("Signatures", ["", "Signature"], rows)] if rows else []


def _shares(runs: Mapping[str, Dict[str, Any]]) -> Table:
    exact = [percent(scores.get("spo_list_exact")) for scores in runs.values()]
    speeds = [scores.get("speed") for scores in runs.values()]
    rows = [
        ["Exact predicate multisets", *exact],
        *_set_rows(runs),
        ["Words per second", *("-" if s is None else f"{s:,.0f}" for s in speeds)],
    ]
    return Table("Texts", ["", *runs], rows)


def _set_rows(runs: Mapping[str, Dict[str, Any]]) -> List[List[str]]:
    """List shares of texts by SET_CLASSES, a column a run."""
    sets = [scores.get("spo_relation_sets") or {} for scores in runs.values()]
    return [
        [f"Relation sets: {name.replace('_', ' ')}", *(percent(s.get(name)) for s in sets)]
        for name in SET_CLASSES
    ]


def _predicate_table(title: str, scores: Dict[str, Dict[str, Any]]) -> Table:
    frequent_first = sorted(
        scores.items(), key=lambda item: (-(item[1].get("support") or 0), item[0])
    )
    rows = [
        [predicate, *(percent(row.get(e)) for e in "prf"), str(row.get("support", "-"))]
        for predicate, row in frequent_first
    ]
    return Table(title, ["", "P", "R", "F", "Support"], rows)

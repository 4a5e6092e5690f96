"""`spacy spo evaluate`: the scores of one or two pipelines under every rule of the field."""

from pathlib import Path
from typing import Annotated, Any, Callable, Dict, Iterator, List, Optional, Sequence, Tuple

import srsly
from spacy.cli._util import Arg, Opt, setup_gpu
from spacy.tokens import Doc
from spacy.util import load_model
from wasabi import msg

from ..data.docs import read_docs, read_rows
from ..evaluation.overlap_types import OVERLAPS
from ..visualize.tables import Table
from .errors import exit_on_error
from .report import percent, print_tables, sentence_shares

_GOLD = "Gold: a .spacy file, or a folder of them"
_OUTPUT = "Folder to write scores.json and report.html to"
_ALIASES = "Other names of entities for the DuIE rules: a line an entity, names between tabs"
_PLACES = "Names that may stand for a place, for DuIE 1.0; a file of the same kind"
_COMPARE = "Another pipeline, to compare with the first on the same gold"
_MIN_SUPPORT = (
    "Predicates with fewer gold triples are left out of the table; the files have them all"
)
# What two pipelines are called in tables.
_COLUMNS = ("First", "Second")
_TEXTS = "How many texts the report shows"
_LOG = "What `spacy.ConsoleLogger.v3` wrote to its `output_file`, to plot in the report"
_MOST_CONFUSED = 30
_DIMENSIONS = {
    "overlap": "Kind of overlap",
    "triples": "Triples in the text",
    "tokens": "Tokens of the text",
}


def evaluate_cli(
    model: Annotated[str, Arg(help="Pipeline name or path")],
    gold: Annotated[Path, Arg(exists=True, help=_GOLD)],
    compare: Annotated[Optional[str], Opt("--compare", "-c", help=_COMPARE)] = None,
    output: Annotated[Optional[Path], Opt("--output", "-o", file_okay=False, help=_OUTPUT)] = None,
    aliases: Annotated[Optional[Path], Opt(exists=True, dir_okay=False, help=_ALIASES)] = None,
    places: Annotated[Optional[Path], Opt(exists=True, dir_okay=False, help=_PLACES)] = None,
    rule: Annotated[str, Opt(help="The rule of the breakdown")] = "text",
    min_support: Annotated[int, Opt(min=1, help=_MIN_SUPPORT)] = 10,
    replicates: Annotated[int, Opt(min=100, help="Resampled sets behind the intervals")] = 1000,
    seed: Annotated[int, Opt(help="Of the resampling")] = 0,
    n_texts: Annotated[int, Opt("--texts", min=0, help=_TEXTS)] = 200,
    training_log: Annotated[Optional[Path], Opt(exists=True, dir_okay=False, help=_LOG)] = None,
    gpu_id: Annotated[int, Opt("--gpu-id", "-g", help="GPU, or -1 for the CPU")] = -1,
) -> None:
    """
    Predict once and score triples under every rule of the field, with 95 % intervals, by kind of
    overlap, number of triples, length and predicate; and the predicted predicate sets. With
    --compare, a second pipeline on the same texts, and which differences hold.
    """
    with exit_on_error("Nothing was scored"):
        check_rule(rule)
        log = _read_log(training_log) if training_log else []
        setup_gpu(gpu_id)
        texts: List[Tuple[Sequence[Doc], Doc]] = []

        def keep(predicted: Sequence[Doc], reference: Doc) -> None:
            if len(texts) < n_texts:
                texts.append((predicted, reference))

        result = evaluate_files(
            [model] if compare is None else [model, compare],
            read_docs(gold),
            aliases=aliases,
            places=places,
            n_replicates=replicates,
            seed=seed,
            see=keep if output else None,
        )
        tables = make_tables(result, rule, min_support)
        print_tables(tables)
        if output:
            write(output, {"gold": str(gold), **result}, tables, texts, log)
    if result["without_gold"]:
        msg.warn(f"{result['without_gold']} texts without gold triples were left out")
    if output:
        msg.good(f"Wrote scores.json and report.html to {output}")


def check_rule(name: str) -> None:
    """RAISES (ValueError): If there is no rule of that name."""
    from ..evaluation.matching import make_rules

    names = [rule.name for rule in make_rules()]
    if name not in names:
        raise ValueError(f"There is no rule {name!r}. There are: {', '.join(names)}.")


def evaluate_files(
    models: Sequence[str],
    gold: Iterator[Doc],
    *,
    aliases: Optional[Path] = None,
    places: Optional[Path] = None,
    n_replicates: int = 1000,
    seed: int = 0,
    see: Optional[Callable[[Sequence[Doc], Doc], None]] = None,
) -> Dict[str, Any]:
    """Score pipelines.

    models (Sequence[str]): One pipeline, or two to compare, by name or path.
    gold (Iterator[Doc]): Gold Docs.
    aliases (Optional[Path]): A file of other names, as `read_aliases` takes it.
    places (Optional[Path]): The same for places.
    n_replicates (int): Of the bootstrap.
    seed (int): Of the bootstrap.
    see (Optional[Callable]): As `evaluate` takes it.
    RETURNS (Dict[str, Any]): What `Comparison.to_dict` returns.
    RAISES (ValueError): If a pipeline sets no triples, or no Doc is annotated.
    """
    from ..evaluation.evaluator import evaluate
    from ..evaluation.matching import make_rules, read_aliases

    names = [read_aliases(path) if path else None for path in (aliases, places)]
    pipelines = [load_model(model) for model in models]
    rules = make_rules(*names)
    found = evaluate(pipelines, gold, rules, n_replicates=n_replicates, seed=seed, see=see)
    return found.to_dict(models)


def make_tables(result: Dict[str, Any], rule: str, min_support: int) -> List[Table]:
    """Arrange the scores in tables.

    result (Dict[str, Any]): What `evaluate_files` returned.
    rule (str): The rule of the breakdown.
    min_support (int): Predicates with fewer gold triples are left out.
    RETURNS (List[Table]): A table under all rules for each pipeline, their differences, the
        predicate sets, the groups of texts, the predicates.
    """
    names = _COLUMNS if len(result["models"]) > 1 else ("",)
    models = dict(zip(names, result["models"]))
    rules = result["models"][0]["rules"]
    tables = [_rules_table(model) for model in result["models"]]
    if result["differences"]:
        tables.append(_differences_table(result["differences"], rules))
    tables.append(_sets_table(models))
    by_rule = {name: model["rules"][rule] for name, model in models.items()}
    title = rules[rule]["title"]
    for dimension, heading in _DIMENSIONS.items():
        tables.append(_groups_table(f"{heading} ({title})", by_rule, dimension, 1))
    tables.append(_groups_table(f"Predicates ({title})", by_rule, "predicate", min_support))
    return tables


def _rules_table(model: Dict[str, Any]) -> Table:
    rows = [
        [
            scores["title"],
            *(percent(scores[e]) for e in "prf"),
            _range(scores["interval"]["f"]) if scores["f"] is not None else "-",
            str(scores["found"]),
            str(scores["stated"]),
        ]
        for scores in model["rules"].values()
    ]
    title = f"{model['model']}: {model['sentences']} texts"
    return Table(title, ["Triples", "P", "R", "F", "95 % of F", "Found", "Gold"], rows)


def _differences_table(differences: Dict[str, Any], rules: Dict[str, Any]) -> Table:
    rows = []
    for name, scores in differences.items():
        cells = [cell for e in "prf" for cell in (_range(scores[e]["interval"]), _holds(scores[e]))]
        rows.append([rules[name]["title"], *cells])
    header = ["", *(cell for e in "PRF" for cell in (f"95 % of {e}", "holds"))]
    return Table("Second less first", header, rows)


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
    lists = ["Predicates of the triples and their counts right"]
    rows.append(lists + [percent(r["list_exact"]) for r in relations.values()])
    return Table(
        "Predicate sets of the relation classifier",
        ["", *relations],
        rows + sentence_shares(relations),
    )


def _groups_table(
    title: str, models: Dict[str, Dict[str, Any]], dimension: str, min_support: int
) -> Table:
    groups = {name: scores["groups"].get(dimension, {}) for name, scores in models.items()}
    stated: Dict[str, int] = {}
    for own in groups.values():
        stated.update({group: scores["stated"] for group, scores in own.items()})
    order = sorted(stated, key=lambda group: _rank(dimension, group, stated[group]))
    rows = [
        [
            group,
            *(percent(own.get(group, {}).get(e)) for own in groups.values() for e in "prf"),
            str(stated[group]),
        ]
        for group in order
        if stated[group] >= min_support
    ]
    columns = [e if len(groups) == 1 else f"{name} {e}" for name in groups for e in "PRF"]
    return Table(title, ["", *columns, "Gold"], rows)


def _rank(dimension: str, group: str, stated: int) -> int:
    """Predicates by frequency; groups of texts in their own order."""
    if dimension == "predicate":
        return -stated
    if dimension == "overlap":
        return OVERLAPS.index(group)
    return int(group.rstrip("+").split("-")[0])


def _range(bounds: Sequence[float]) -> str:
    return f"{100 * bounds[0]:.1f} to {100 * bounds[1]:.1f}"


def _holds(scores: Dict[str, Any]) -> str:
    return "yes" if scores["holds"] else "no"


def write(
    output: Path,
    result: Dict[str, Any],
    tables: Sequence[Table],
    texts: Sequence[Tuple[Sequence[Doc], Doc]],
    training_log: Sequence[Dict[str, Any]],
) -> None:
    """Write scores.json and report.html.

    output (Path): The folder.
    result (Dict[str, Any]): What `evaluate_files` returned, and the name of the gold.
    tables (Sequence[Table]): Those of the terminal.
    texts (Sequence[Tuple[Sequence[Doc], Doc]]): Docs to show, as each pipeline predicted them,
        and gold.
    training_log (Sequence[Dict[str, Any]]): What spaCy's console logger wrote, if anything.
    """
    from ..visualize.evaluation_page import make_sentence, render_report

    output.mkdir(parents=True, exist_ok=True)
    srsly.write_json(output / "scores.json", result)
    shown = [*tables, _confusion_table(result["models"][0]["confusion"])]
    names = [m["model"] for m in result["models"]]
    sentences = [make_sentence(dict(zip(names, docs)), reference) for docs, reference in texts]
    title = f"{' and '.join(m['model'] for m in result['models'])} on {result['gold']}"
    page = render_report(title, shown, sentences, _plots(result["models"], training_log))
    (output / "report.html").write_text(page, encoding="utf8")


def _read_log(path: Path) -> List[Dict[str, Any]]:
    rows = list(read_rows(path))
    if not all({"step", "scores"} <= set(row) for row in rows):
        raise ValueError(f"{path} is not what spacy.ConsoleLogger.v3 writes to its output_file.")
    return rows


def _plots(
    models: Sequence[Dict[str, Any]], training_log: Sequence[Dict[str, Any]]
) -> Dict[str, str]:
    from ..visualize.plots import plot_scores, plot_training

    try:
        plots = plot_scores(models)
        if training_log:
            plots.update(plot_training(training_log))
        return plots
    except ImportError:
        msg.warn('The report has no plots: they take pip install "spacy-spo[report]"')
        return {}


def _confusion_table(confusion: Sequence[Dict[str, Any]]) -> Table:
    rows = [[row["gold"], row["predicted"], str(row["n"])] for row in confusion[:_MOST_CONFUSED]]
    return Table(
        "Predicates found in place of others, by the first pipeline",
        ["Gold", "Found", "Triples"],
        rows,
    )

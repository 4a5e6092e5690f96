"""`spacy spo report`: the scores that `spacy evaluate --output` wrote, as tables."""

from pathlib import Path
from typing import Annotated, Any, Dict, Iterable, List, Optional, Sequence

import srsly
from spacy.cli._util import Arg, Opt
from wasabi import MarkdownRenderer, msg

from ..evaluation.scorers import SET_CLASSES
from ..visualize.tables import Table
from .errors import exit_on_error

# What a row is called, and the key of its score without the ending for P, R or F.
_PRF_ROWS = {
    "Triples: text": "spo_text",
    "Triples: offsets": "spo_offset",
    "Triples: text, qualifiers": "spo_slot",
    "Relations: micro": "spo_relation_micro",
    "Relations: macro": "spo_relation_macro",
}
_PREDICATE_TABLES = {
    "Triples by predicate": "spo_per_predicate",
    "Relations by predicate": "spo_relation_per_predicate",
}
_MAX_WIDTH = 60
_METRICS = "Files of `spacy evaluate --output`; several are set side by side"
_OUTPUT = "Markdown file to write the tables to as well"


def report_cli(
    metrics: Annotated[List[Path], Arg(exists=True, dir_okay=False, help=_METRICS)],
    output: Annotated[Optional[Path], Opt("--output", "-o", dir_okay=False, help=_OUTPUT)] = None,
) -> None:
    """
    Print the triple and relation scores of one or more evaluations. Scores are percentages, "-"
    where there is nothing to score. The scores of each predicate are shown for a single file.
    """
    with exit_on_error("No report was made"):
        tables = make_tables(metrics)
    print_tables(tables)
    if output:
        output.write_text(to_markdown(tables), encoding="utf8")
        msg.good(f"Wrote the tables to {output}")


def print_tables(tables: Iterable[Table]) -> None:
    """Print tables, each under its title."""
    for table in tables:
        msg.divider(table.title)
        msg.table(table.rows, header=table.header, aligns=table.aligns, max_col=_MAX_WIDTH)


def make_tables(paths: Sequence[Path]) -> List[Table]:
    """Arrange scores in tables.

    paths (Sequence[Path]): Files that `spacy evaluate --output` wrote.
    RETURNS (List[Table]): Headline scores and shares with columns for each file; for a single
        file also the scores of each predicate, the most frequent first.
    RAISES (ValueError): If a file holds no scores of this package.
    """
    runs = dict(zip(_names(paths), map(read_metrics, paths)))
    tables = [_headline(runs), _shares(runs)]
    if len(runs) == 1:
        (scores,) = runs.values()
        tables += [
            _by_predicate(t, scores[k]) for t, k in _PREDICATE_TABLES.items() if scores.get(k)
        ]
    return tables


def read_metrics(path: Path) -> Dict[str, Any]:
    """Read the scores of an evaluation.

    path (Path): A file that `spacy evaluate --output` wrote.
    RETURNS (Dict[str, Any]): The scores by name, in [0, 1]; None where there is no score.
    RAISES (ValueError): If it is no such file, is one of `spacy spo evaluate`, or has no triple or
        relation scores.
    """
    try:
        scores = srsly.read_json(path)
    except ValueError as error:
        raise ValueError(f"{path} is not JSON: {error}.") from error
    keys = set(scores) if isinstance(scores, dict) else set()
    if {"models", "differences"} <= keys:
        raise ValueError(
            f"{path} was written by `spacy spo evaluate`, whose tables are in report.html beside "
            "it. This command reads what `spacy evaluate --output` wrote."
        )
    if not any(key.startswith("spo_") for key in keys):
        raise ValueError(
            f"{path} has no triple or relation scores. Make such a file from a pipeline with an "
            f"spo_tagger: spacy evaluate MODEL CORPUS.spacy --output {path.name}"
        )
    return scores


def to_markdown(tables: Sequence[Table]) -> str:
    """Write tables as Markdown.

    tables (Sequence[Table]): The tables.
    RETURNS (str): The document, a heading before each table.
    """
    page = MarkdownRenderer()
    for title, header, rows in tables:
        page.add(page.title(2, title))
        cells = [[_escape(cell) for cell in row] for row in rows]
        aligns = Table(title, header, rows).aligns
        page.add(page.table(cells, [_escape(cell) for cell in header], aligns))
    return page.text + "\n"


def _names(paths: Sequence[Path]) -> List[str]:
    stems = [path.stem for path in paths]
    if len(set(stems)) == len(stems):
        return stems
    # Runs often write one file name into a folder each.
    return [str(path.with_suffix("")) for path in paths]


def _headline(runs: Dict[str, Dict[str, Any]]) -> Table:
    rows = [
        [title, *(percent(s.get(f"{key}_{e}")) for s in runs.values() for e in "prf")]
        for title, key in _PRF_ROWS.items()
    ]
    return Table("Scores", ["", *(f"{name} {e}" for name in runs for e in "PRF")], rows)


def _shares(runs: Dict[str, Dict[str, Any]]) -> Table:
    rows = [
        [
            "Predicates and their counts right",
            *(percent(s.get("spo_list_exact")) for s in runs.values()),
        ]
    ]
    rows += sentence_shares(runs)
    speeds = [scores.get("speed") for scores in runs.values()]
    rows.append(["Words per second", *("-" if s is None else f"{s:,.0f}" for s in speeds)])
    return Table("Sentences", ["", *runs], rows)


def sentence_shares(runs: Dict[str, Dict[str, Any]]) -> List[List[str]]:
    """RETURNS (List[List[str]]): A row for each way in which a predicted set of predicates stands
    to the gold set: the shares of each run, which has `spo_relation_sets` or has no such score."""
    sets = [scores.get("spo_relation_sets") or {} for scores in runs.values()]
    return [
        [f"Relation sets: {name.replace('_', ' ')}", *(percent(s.get(name)) for s in sets)]
        for name in SET_CLASSES
    ]


def _by_predicate(title: str, scores: Dict[str, Dict[str, Any]]) -> Table:
    frequent_first = sorted(
        scores.items(), key=lambda item: (-(item[1].get("support") or 0), item[0])
    )
    rows = [
        [predicate, *(percent(row.get(e)) for e in "prf"), str(row.get("support", "-"))]
        for predicate, row in frequent_first
    ]
    return Table(title, ["", "P", "R", "F", "Support"], rows)


def percent(score: Optional[float]) -> str:
    """RETURNS (str): A score in [0, 1] as a percentage, "-" for None."""
    return "-" if score is None else f"{100 * score:.2f}"


def _escape(cell: str) -> str:
    return cell.replace("|", "\\|")

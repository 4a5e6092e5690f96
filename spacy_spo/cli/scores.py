"""`spacy spo scores`: tables of the scores of `spacy evaluate --output`."""

from pathlib import Path
from typing import Annotated, List, Optional

from wasabi import msg

from .compat_spacy import Arg, Opt
from .printing import exit_on_error, print_tables

_METRICS = "Files of `spacy evaluate --output`; several are shown side by side"
_OUTPUT = "Markdown file to write the tables to as well"


def scores_cli(
    metrics: Annotated[List[Path], Arg(exists=True, dir_okay=False, help=_METRICS)],
    output: Annotated[Optional[Path], Opt("--output", "-o", dir_okay=False, help=_OUTPUT)] = None,
) -> None:
    """Print the triple and relation scores of evaluations.

    Scores are percentages, with their signatures; "-" is no score. A single file is shown with the
    scores of each predicate.
    """
    from ..evaluation.score_files import read_runs
    from ..visualize.score_tables import metrics_tables
    from ..visualize.tables import to_markdown

    with exit_on_error("No scores were printed"):
        tables = metrics_tables(read_runs(metrics))
    print_tables(tables)
    if output:
        output.write_text(to_markdown(tables), encoding="utf8")
        msg.good(f"Wrote the tables to {output}")

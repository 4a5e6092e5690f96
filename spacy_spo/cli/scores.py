"""`spacy spo scores`: tables of the scores of `spacy evaluate --output`."""

from pathlib import Path
from typing import Annotated, List, Optional

from ..outputs import open_text, replacing
from .compat_spacy import Arg, Opt
from .printing import msg, print_tables
from .process import writing

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

    with writing("No scores were printed", *([output] if output else [])):
        tables = metrics_tables(read_runs(metrics))
        print_tables(tables)
        if output:
            with replacing(output) as unfinished, open_text(unfinished) as file:
                file.write(to_markdown(tables))
            msg.good(f"Wrote the tables to {output}")

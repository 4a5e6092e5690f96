"""`spacy spo explain`: why a pipeline does not find a triple."""

from typing import Annotated, List, Tuple

import typer
from spacy.cli._util import Arg
from spacy.util import load_model
from wasabi import msg

from .errors import exit_on_error

_TRIPLE = "The triple that was expected: subject, predicate and object"


def explain_cli(
    model: Annotated[str, Arg(help="Pipeline name or path")],
    text: Annotated[str, Arg(help="The text")],
    triple: Annotated[Tuple[str, str, str], typer.Option("--triple", "-t", help=_TRIPLE)],
) -> None:
    """
    Name the step that removed an expected triple: arguments that are no tokens or stand in no
    common segment, the predicate, a boundary, a pair, a better reading; with scores and thresholds.
    """
    from ..analysis.explanation import explain

    with exit_on_error("Nothing was explained"):
        found = explain(load_model(model), text, *triple)
    rows: List[List[str]] = []
    for step in found.steps:
        numbers = ["" if n is None else f"{n:.3f}" for n in (step.score, step.threshold)]
        rows.append([step.name, *numbers, "yes" if step.passed else "NO", step.detail])
    header = ("Step", "Score", "Threshold", "Passed", "")
    msg.table(rows, header=header, aligns=("l", "r", "r", "l", "l"), max_col=60)
    if found.found:
        msg.good("The pipeline finds this triple")
    elif found.removed_by:
        msg.fail(f"The condition that fails: {found.removed_by.name}")

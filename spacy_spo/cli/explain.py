"""`spacy spo explain`: the condition that an expected triple fails."""

from typing import Annotated, List, Tuple

import typer

from .compat_spacy import Arg
from .loading import load_pipeline
from .printing import exit_on_error, msg

_TRIPLE = "The expected triple: subject, predicate and object"


def explain_cli(
    model: Annotated[str, Arg(help="Pipeline name or path")],
    text: Annotated[str, Arg(help="The text")],
    triple: Annotated[Tuple[str, str, str], typer.Option("--triple", "-t", help=_TRIPLE)],
) -> None:
    """Explain why a triple is predicted or missing.

    Lists the conditions of its prediction, with scores and thresholds, and names the first failed
    one: arguments as whole tokens in one segment, predicate, boundaries, links, overlap
    suppression, cuts between windows. The exit status is 0 whether it is predicted or not.
    """
    from ..analysis.explanation import explain

    with exit_on_error("Nothing was explained"):
        explanation = explain(load_pipeline(model), text, *triple)
    rows: List[List[str]] = []
    for step in explanation.steps:
        numbers = ["" if n is None else f"{n:.3f}" for n in (step.score, step.threshold)]
        rows.append([step.name, *numbers, "yes" if step.passed else "NO", step.detail])
    header = ("Condition", "Score", "Threshold", "Passed", "")
    msg.table(rows, header=header, aligns=("l", "r", "r", "l", "l"))
    if explanation.predicted:
        msg.good("The pipeline predicts this triple")
    elif explanation.failed_step:
        msg.fail(f"Failed condition: {explanation.failed_step.name}")

"""The `spacy spo` commands, a file each.

This module is imported whenever `spacy` runs: the command files import heavy modules when they are
called.
"""

from typing import Callable, Dict, Tuple

import typer
from spacy.cli import app

from .apply_audit import apply_audit_cli
from .audit import audit_cli
from .ceiling import ceiling_cli
from .convert import convert_cli
from .evaluate import evaluate_cli
from .explain import explain_cli
from .export import export_cli
from .extract import extract_cli
from .make_encoder import make_encoder_cli
from .process import stoppable
from .render import render_cli
from .scores import scores_cli
from .tune import tune_cli

# `ceiling` takes overrides of the config, as `spacy train` does.
_OVERRIDES = {"allow_extra_args": True, "ignore_unknown_options": True}
_COMMANDS: Dict[str, Tuple[Callable[..., None], str]] = {
    "convert": (convert_cli, "Convert annotations to .spacy files."),
    "export": (export_cli, "Export a .spacy file to an annotation format."),
    "make-encoder": (make_encoder_cli, "Train a small encoder from scratch on raw text."),
    "ceiling": (ceiling_cli, "Compute the upper bound on the score of a config."),
    "extract": (extract_cli, "Extract triples from a file of texts."),
    "evaluate": (evaluate_cli, "Score or compare pipelines under all match criteria."),
    "scores": (scores_cli, "Print scores of `spacy evaluate` as tables."),
    "tune": (tune_cli, "Tune thresholds and calibrate scores on a dev set."),
    "explain": (explain_cli, "Explain why a triple is predicted or missing."),
    "audit": (audit_cli, "Rank likely annotation errors of a corpus."),
    "apply-audit": (apply_audit_cli, "Apply accepted corrections to a corpus."),
    "render": (render_cli, "Draw texts and their triples on an HTML page."),
}

spo_cli = typer.Typer(
    name="spo",
    help="Subject-predicate-object triples: data, training, extraction, evaluation.",
    no_args_is_help=True,
)


@spo_cli.callback()
def prepare(context: typer.Context) -> None:
    """Prepare the process of a command."""
    context.with_resource(stoppable())


for _name, (_command, _help) in _COMMANDS.items():
    _settings = _OVERRIDES if _name == "ceiling" else None
    spo_cli.command(_name, short_help=_help, context_settings=_settings)(_command)
# The name of `scores` in earlier versions.
spo_cli.command("report", hidden=True)(scores_cli)
app.add_typer(spo_cli)

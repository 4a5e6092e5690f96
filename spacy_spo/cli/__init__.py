"""The `spacy spo` commands, one file each.

This module is imported whenever `spacy` runs: the command files import what is heavy when
they are called.
"""

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
from .render import render_cli
from .report import report_cli
from .tune import tune_cli

spo_cli = typer.Typer(
    name="spo",
    help="Subject-predicate-object triples: data, encoders, extraction, reports.",
    no_args_is_help=True,
)
app.add_typer(spo_cli)
spo_cli.command("convert")(convert_cli)
spo_cli.command("export")(export_cli)
spo_cli.command(
    "ceiling", context_settings={"allow_extra_args": True, "ignore_unknown_options": True}
)(ceiling_cli)
spo_cli.command("make-encoder")(make_encoder_cli)
spo_cli.command("extract")(extract_cli)
spo_cli.command("evaluate")(evaluate_cli)
spo_cli.command("explain")(explain_cli)
spo_cli.command("audit")(audit_cli)
spo_cli.command("apply-audit")(apply_audit_cli)
spo_cli.command("tune")(tune_cli)
spo_cli.command("report")(report_cli)
spo_cli.command("render")(render_cli)

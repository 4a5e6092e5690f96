"""`spacy spo export`: Docs with triples in, an annotation format out."""

from pathlib import Path
from typing import Annotated, Optional

from ..data.formats import find_builtin_formats
from ..triples import TRIPLES_KEY
from .compat_spacy import Arg, Opt
from .options import SPANS_KEY_HELP, require_inputs
from .printing import msg, print_counts, show_progress
from .process import writing

_DOCS = (
    "A .spacy file of gold or predicted Docs, a folder of such files, or what `spacy spo extract` "
    "wrote; - for standard input"
)
_OUTPUT = (
    "The file to write: .jsonl, .json or, for a table, .csv; for brat a folder; - for "
    "standard output"
)
_FORMAT = (
    f"One of {', '.join(known.name for known in find_builtin_formats() if known.dump)}, or a "
    "format of another package"
)
_PREDICTED = (
    "Write the triples as predictions or as annotations, in Label Studio; by default as "
    "predictions if any score is below 1"
)
_STRICT = "Fail at any loss, and write nothing"


def export_cli(
    docs_path: Annotated[Path, Arg(callback=require_inputs, help=_DOCS, metavar="DOCS")],
    output_path: Annotated[Path, Arg(help=_OUTPUT, metavar="OUTPUT")],
    format_name: Annotated[str, Opt("--format", "-f", help=_FORMAT)],
    predicted: Annotated[Optional[bool], Opt("--predicted/--gold", help=_PREDICTED)] = None,
    strict: Annotated[bool, Opt("--strict", help=_STRICT)] = False,
    spans_key: Annotated[str, Opt("--spans-key", help=SPANS_KEY_HELP)] = TRIPLES_KEY,
) -> None:
    """Export the triples of Docs to an annotation format.

    DOCS is the output of `spacy spo convert`, `spacy apply` or `spacy spo extract`. Losses are
    counted: qualifiers, argument types, scores below 1, ids and meta data, unannotated texts and
    texts without triples, if the format cannot represent them; in formats without offsets, also
    triples with ambiguous mentions.
    """
    from ..data.exporting import ExportLossError, export

    with writing("Nothing was written", output_path, kind="any"):
        try:
            report = export(
                docs_path,
                output_path,
                format_name=format_name,
                predicted=predicted,
                strict=strict,
                spans_key=spans_key,
                progress=show_progress("docs"),
            )
        except ExportLossError as error:
            print_counts(error.report.rows)
            raise
        print_counts(report.rows)
        if report.is_predicted and predicted is None:
            msg.info(
                "There are scores below 1: the triples were written as predictions. To write them "
                "as annotations, set --gold."
            )
        msg.good(f"Wrote {report.n_written_docs} records: {output_path}")

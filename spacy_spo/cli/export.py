"""`spacy spo export`: Docs with triples in, an annotation format out."""

from pathlib import Path
from typing import Annotated

from ..data.formats import find_builtin_formats
from ..triples import TRIPLES_KEY
from .compat_spacy import Arg, Opt
from .options import SPANS_KEY_HELP
from .printing import msg, print_counts, show_progress
from .process import writing

_DOCS = "A .spacy file of gold or predicted Docs, or a folder of such files"
_OUTPUT = "The .json or .jsonl file to write, - for standard output"
_FORMAT = (
    f"One of {', '.join(known.name for known in find_builtin_formats() if known.dump)}, or a "
    "format of another package"
)
_STRICT = "Fail at any loss, and write nothing"


def export_cli(
    docs_path: Annotated[Path, Arg(exists=True, help=_DOCS, metavar="DOCS")],
    output_path: Annotated[Path, Arg(dir_okay=False, help=_OUTPUT, metavar="OUTPUT")],
    format_name: Annotated[str, Opt("--format", "-f", help=_FORMAT)],
    strict: Annotated[bool, Opt("--strict", help=_STRICT)] = False,
    spans_key: Annotated[str, Opt("--spans-key", help=SPANS_KEY_HELP)] = TRIPLES_KEY,
) -> None:
    """Export the triples of Docs to an annotation format.

    DOCS is the output of `spacy spo convert` or `spacy apply`. Losses are counted: qualifiers,
    argument types, scores below 1 and unannotated texts, if the format cannot represent them; in
    formats without offsets, also triples with ambiguous mentions.
    """
    from ..data.exporting import ExportLossError, export

    with writing("Nothing was written", output_path):
        try:
            report = export(
                docs_path,
                output_path,
                format_name=format_name,
                strict=strict,
                spans_key=spans_key,
                progress=show_progress("docs"),
            )
        except ExportLossError as error:
            print_counts(error.report.rows)
            raise
        print_counts(report.rows)
        msg.good(f"Wrote {report.n_written_docs} records: {output_path}")

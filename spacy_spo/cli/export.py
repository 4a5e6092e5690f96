"""`spacy spo export`: Docs with triples in, an annotation format out."""

import reprlib
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Callable, Dict, Iterable, Iterator, Optional

from spacy.cli._util import Arg, Opt
from wasabi import msg

from ..data.files import replacing, write_items
from ..data.format import OFFSETS, QUALIFIERS, SCORES, TYPES, UNANNOTATED
from ..data.formats import FORMATS, ConversionError, Format, Record, get_format
from .errors import exit_on_error, refuse_own_input

if TYPE_CHECKING:
    from spacy.tokens import Doc

_Dump = Callable[[Record], Dict[str, Any]]

_WRITABLE = ", ".join(f.name for f in FORMATS if f.dump)
_SUFFIXES = (".json", ".jsonl")
_DOCS = "A .spacy file of gold or predicted Docs, or a folder of such files"
_OUTPUT = "The .json or .jsonl file to write"
_FORMAT = f"One of {_WRITABLE}"
_STRICT = "Fail, and write nothing, if the format has no place for something"


@dataclass
class ExportReport:
    """What became of the Docs: what was written, and what was lost, by cause.

    lost (Counter[str]): `UNANNOTATED` counts records, the other causes count triples.
    """

    n_docs: int = 0
    n_written_docs: int = 0
    n_triples: int = 0
    n_written_triples: int = 0
    lost: Counter[str] = field(default_factory=Counter)

    def add(self, n_triples: int, written: Optional[Record], lost: Counter[str]) -> None:
        self.n_docs += 1
        self.n_triples += n_triples
        self.lost.update(lost)
        if written is not None:
            self.n_written_docs += 1
            self.n_written_triples += len(written.triples or [])


def export_cli(
    docs_path: Annotated[Path, Arg(exists=True, help=_DOCS, metavar="DOCS")],
    output_path: Annotated[Path, Arg(dir_okay=False, help=_OUTPUT, metavar="OUTPUT")],
    format_name: Annotated[str, Opt("--format", "-f", help=_FORMAT)],
    strict: Annotated[bool, Opt("--strict", help=_STRICT)] = False,
) -> None:
    """Write the triples of Docs in an annotation format, for a tool or another program.

    DOCS is what `spacy spo convert` or `spacy apply` writes. What the format has no place for is
    left out, and counted: qualifiers, argument types, scores below 1, texts without annotation. Of
    a format without offsets, triples count whose arguments reading would find at other places.
    """
    with exit_on_error("Nothing was written"):
        export(docs_path, output_path, format_name=format_name, strict=strict)


def export(
    docs_path: Path, output_path: Path, *, format_name: str, strict: bool = False
) -> ExportReport:
    """Write Docs in an annotation format, and print what became of them.

    docs_path (Path): A `.spacy` file, or a folder of such files.
    output_path (Path): The file to write. It replaces what is there.
    format_name (str): The format.
    strict (bool): Whether a loss is an error.
    RETURNS (ExportReport): What became of the Docs.
    RAISES (ValueError): If the settings or the Docs do not allow it. Nothing is written then.
    """
    from ..data.docs import read_docs

    data_format = get_format(format_name)
    dump = _get_dump(data_format)
    if output_path.suffix not in _SUFFIXES:
        raise ConversionError(f"OUTPUT must end in {' or '.join(_SUFFIXES)}, unlike {output_path}.")
    refuse_own_input(docs_path, output_path)
    report = ExportReport()
    with replacing(output_path) as unfinished:
        items = _make_items(read_docs(docs_path), data_format, dump, report)
        write_items(unfinished, items, data_format.is_array)
        _print_report(report)
        _check_report(report, data_format, docs_path, strict)
    msg.good(f"Wrote {report.n_written_docs} records: {output_path}")
    return report


def _get_dump(data_format: Format) -> _Dump:
    if data_format.dump is None:
        raise ConversionError(
            f"The format {data_format.name!r} can be read, and not written. Those that can are: "
            f"{_WRITABLE}."
        )
    return data_format.dump


def _make_items(
    docs: Iterable["Doc"], data_format: Format, dump: _Dump, report: ExportReport
) -> Iterator[Dict[str, Any]]:
    from tqdm import tqdm

    from ..data.describe import fit
    from ..triples import get_triples

    # Progress goes to stderr; `disable=None` says: not if that is no terminal.
    for doc in tqdm(docs, unit=" docs", disable=None):
        try:
            record, lost = fit(doc, data_format)
            items = [dump(record)] if record else []
        except ValueError as error:
            place = f"Doc {report.n_docs + 1}, {reprlib.repr(doc.text)}"
            raise ConversionError(f"{place}, cannot be written: {error}") from error
        report.add(len(get_triples(doc)), record, lost)
        yield from items


def _print_report(report: ExportReport) -> None:
    from ..data.locate import EMPTY_ARGUMENT

    lost = report.lost
    n_same = report.n_triples - report.n_written_triples - lost[EMPTY_ARGUMENT]
    rows = [
        ("Records", report.n_docs),
        ("  written", report.n_written_docs),
        ("  left out: without annotation", lost[UNANNOTATED]),
        ("Triples", report.n_triples),
        ("  written", report.n_written_triples),
        ("  left out: same as another", n_same),
        ("  left out: empty argument", lost[EMPTY_ARGUMENT]),
        *((f"  changed: {cause}", lost[cause]) for cause in (QUALIFIERS, TYPES, SCORES, OFFSETS)),
    ]
    msg.table([(name, f"{count:,}") for name, count in rows], aligns=("l", "r"), max_col=40)


def _check_report(report: ExportReport, data_format: Format, docs_path: Path, strict: bool) -> None:
    if not report.n_written_docs:
        raise ConversionError(
            f"There is nothing in {docs_path} that {data_format.name} has a place for: it has "
            f"{report.n_docs} Docs, of them {report.lost[UNANNOTATED]} without annotation."
        )
    if strict and report.lost:
        causes = ", ".join(f"{cause} ({count:,})" for cause, count in report.lost.items())
        raise ConversionError(
            f"{data_format.name} has no place for: {causes}. Choose another format, or leave out "
            "--strict."
        )

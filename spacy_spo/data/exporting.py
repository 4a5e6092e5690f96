"""Export of Docs with triples to an annotation format."""

import reprlib
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Callable, Dict, Iterable, Iterator, List, Optional, Set

from spacy.tokens import Doc

from ..outputs import is_stream, replacing
from ..triples import (
    TRIPLES_KEY,
    explain_other_keys,
    find_triple_keys,
    get_triples,
    has_triples,
)
from .conversion import Progress
from .conversion_report import TableRow
from .detection import get_format
from .doc_files import read_docs
from .doc_records import reduce_doc
from .files import ConversionError, refuse_own_input, write_items
from .format import OFFSETS, QUALIFIERS, SCORES, TYPES, UNANNOTATED, Format
from .formats import find_formats
from .mentions import EMPTY_ARGUMENT
from .records import Record

_Dump = Callable[[Record], Dict[str, Any]]

_SUFFIXES = (".json", ".jsonl")


@dataclass
class ExportReport:
    """Counts of an export.

    n_docs (int): The Docs.
    n_written_docs (int): Those of them that were written.
    n_triples (int): Triples of the Docs.
    n_written_triples (int): Triples in the file.
    lost (Counter[str]): Losses by cause: `UNANNOTATED` counts records, the others count triples.
    other_keys (Set[str]): Keys of triples in Docs without annotation under the exported one.
    """

    n_docs: int = 0
    n_written_docs: int = 0
    n_triples: int = 0
    n_written_triples: int = 0
    lost: Counter[str] = field(default_factory=Counter)
    other_keys: Set[str] = field(default_factory=set)

    def add(self, n_triples: int, written: Optional[Record], lost: Counter[str]) -> None:
        """Count a Doc.

        n_triples (int): Its triples.
        written (Optional[Record]): The record of it; None if it was left out.
        lost (Counter[str]): Its losses by cause.
        """
        self.n_docs += 1
        self.n_triples += n_triples
        self.lost.update(lost)
        if written is not None:
            self.n_written_docs += 1
            self.n_written_triples += len(written.triples or [])

    @property
    def rows(self) -> List[TableRow]:
        """Get the rows of the table.

        RETURNS (List[TableRow]): Names, indented below the name they are part of, and counts.
        """
        lost = self.lost
        n_equal = self.n_triples - self.n_written_triples - lost[EMPTY_ARGUMENT]
        changes = (QUALIFIERS, TYPES, SCORES, OFFSETS)
        return [
            ("Records", self.n_docs),
            ("  written", self.n_written_docs),
            ("  left out: without annotation", lost[UNANNOTATED]),
            ("Triples", self.n_triples),
            ("  written", self.n_written_triples),
            ("  left out: same as another", n_equal),
            ("  left out: empty argument", lost[EMPTY_ARGUMENT]),
            *((f"  changed: {cause}", lost[cause]) for cause in changes),
        ]


class ExportLossError(ConversionError):
    """Error of an export with losses, or with nothing to write.

    message (str): The reason.
    report (ExportReport): The counts.
    """

    def __init__(self, message: str, report: ExportReport) -> None:
        super().__init__(message)
        self.report = report


def export(
    docs_path: Path,
    output_path: Path,
    *,
    format_name: str,
    strict: bool = False,
    spans_key: str = TRIPLES_KEY,
    progress: Progress = iter,
) -> ExportReport:
    """Export Docs to an annotation format.

    docs_path (Path): A `.spacy` file, or a folder of such files.
    output_path (Path): The `.json` or `.jsonl` file to write. It replaces an earlier one. "-" is
        standard output.
    format_name (str): The format.
    strict (bool): Whether a loss is an error.
    spans_key (str): The key of the triples in `doc.spans`.
    progress (Callable[[Iterable[Any]], Iterable[Any]]): Wraps the stream of Docs, as `tqdm.tqdm`
        does; none by default.
    RETURNS (ExportReport): Counts of records and triples, losses by cause.
    RAISES (ValueError): If the settings or the Docs do not allow an export. Nothing is written
        then. An `ExportLossError` carries the report.
    """
    data_format = get_format(format_name)
    dump = _get_dump(data_format)
    if output_path.suffix not in _SUFFIXES and not is_stream(output_path):
        raise ConversionError(f"OUTPUT must end in {' or '.join(_SUFFIXES)}, unlike {output_path}.")
    refuse_own_input(docs_path, output_path)
    report = ExportReport()
    with replacing(output_path, "file") as unfinished:
        items = _make_items(progress(read_docs(docs_path)), data_format, dump, report, spans_key)
        write_items(unfinished, items, data_format.is_array)
        if report.other_keys and not report.n_triples:
            raise ExportLossError(explain_other_keys(spans_key, report.other_keys), report)
        _check_report(report, data_format, docs_path, strict)
    return report


def _get_dump(data_format: Format) -> _Dump:
    if data_format.dump is None:
        writable = ", ".join(known.name for known in find_formats() if known.dump)
        raise ConversionError(
            f"The format {data_format.name!r} can be read, and not written. Those that can are: "
            f"{writable}."
        )
    return data_format.dump


def _make_items(
    docs: Iterable[Doc], data_format: Format, dump: _Dump, report: ExportReport, spans_key: str
) -> Iterator[Dict[str, Any]]:
    for doc in docs:
        if not has_triples(doc, spans_key):
            report.other_keys.update(find_triple_keys(doc))
        try:
            record, lost = reduce_doc(doc, data_format, spans_key)
            items = [dump(record)] if record else []
        except ValueError as error:
            name = f"Doc {report.n_docs + 1}, {reprlib.repr(doc.text)}"
            raise ConversionError(f"{name}, cannot be written: {error}") from error
        report.add(len(get_triples(doc, spans_key)), record, lost)
        yield from items


def _check_report(report: ExportReport, data_format: Format, docs_path: Path, strict: bool) -> None:
    if not report.n_written_docs:
        raise ExportLossError(
            f"There is nothing in {docs_path} that {data_format.name} can represent: it has "
            f"{report.n_docs} Docs, of them {report.lost[UNANNOTATED]} without annotation.",
            report,
        )
    if strict and report.lost:
        causes = ", ".join(f"{cause} ({count:,})" for cause, count in report.lost.items())
        raise ExportLossError(
            f"{data_format.name} cannot represent: {causes}. Choose another format, or leave out "
            "--strict (in Python: strict).",
            report,
        )

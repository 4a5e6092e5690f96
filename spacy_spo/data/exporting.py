"""Export of Docs with triples to an annotation format."""

import reprlib
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Dict, Iterable, Iterator, List, Optional, Set

from spacy.tokens import Doc

from ..outputs import Kind, is_stream, list_folder, refuse_foreign, replacing
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
from .doc_records import reduce_doc
from .extracted_docs import read_any_docs
from .files import ConversionError, refuse_own_input, spooled
from .format import (
    NEGATIVES,
    OFFSETS,
    PROVENANCE,
    QUALIFIERS,
    SCORES,
    TYPES,
    UNANNOTATED,
    Format,
)
from .formats import find_formats
from .mentions import EMPTY_ARGUMENT
from .records import Record

# In `Format.output`.
_FOLDER = ""


@dataclass
class ExportReport:
    """Counts of an export.

    n_docs (int): The Docs.
    n_written_docs (int): Those of them that were written.
    n_triples (int): Triples of the Docs.
    n_written_triples (int): Triples in the file.
    lost (Counter[str]): Losses by cause: `UNANNOTATED`, `NEGATIVES` and `PROVENANCE` count records,
        the others count triples.
    notes (Counter[str]): What was left out of records of JSON as they were read, by name.
    is_predicted (bool): Whether the triples were written as predicted ones.
    other_keys (Set[str]): Keys of triples in Docs without annotation under the exported one.
    """

    n_docs: int = 0
    n_written_docs: int = 0
    n_triples: int = 0
    n_written_triples: int = 0
    lost: Counter[str] = field(default_factory=Counter)
    notes: Counter[str] = field(default_factory=Counter)
    is_predicted: bool = False
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
            ("  left out: without triples", self.n_left_out_negatives),
            ("  changed: without triples, as not annotated", self.n_changed_negatives),
            (f"  changed: {PROVENANCE}", lost[PROVENANCE]),
            ("Triples", self.n_triples),
            ("  written", self.n_written_triples),
            ("  left out: same as another", n_equal),
            ("  left out: empty argument", lost[EMPTY_ARGUMENT]),
            *((f"  changed: {cause}", lost[cause]) for cause in changes),
            *([("Notes", self.notes.total())] * bool(self.notes)),
            *((f"  {name}", count) for name, count in self.notes.most_common()),
        ]

    @property
    def n_left_out_negatives(self) -> int:
        """Get the number of texts without triples that were left out.

        RETURNS (int): The number.
        """
        return self.n_docs - self.n_written_docs - self.lost[UNANNOTATED]

    @property
    def n_changed_negatives(self) -> int:
        """Get the number of negatives that were written as unannotated.

        RETURNS (int): The number.
        """
        return self.lost[NEGATIVES] - self.n_left_out_negatives


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
    predicted: Optional[bool] = None,
    strict: bool = False,
    spans_key: str = TRIPLES_KEY,
    progress: Progress = iter,
) -> ExportReport:
    """Export Docs to an annotation format.

    docs_path (Path): A `.spacy` file, a folder of such files, or JSONL as `extract` writes it; "-"
        is standard input.
    output_path (Path): The file or folder to write, as the format has it. It replaces an earlier
        one. "-" is standard output.
    format_name (str): The format.
    predicted (Optional[bool]): Whether triples are written as predictions, in formats that tell
        them from annotations. By default they are if any score is below 1.
    strict (bool): Whether a loss is an error.
    spans_key (str): The key of the triples in `doc.spans`.
    progress (Callable[[Iterable[Any]], Iterable[Any]]): Wraps the stream of Docs, as `tqdm.tqdm`
        does; none by default.
    RETURNS (ExportReport): Counts of records and triples, losses by cause.
    RAISES (ValueError): If the settings or the Docs do not allow an export. Nothing is written
        then. An `ExportLossError` carries the report.
    RAISES (OSError): If there is no such file.
    """
    data_format = _get_writable(format_name, predicted)
    _check_output(output_path, data_format)
    refuse_own_input(docs_path, output_path)
    report = ExportReport()
    kind: Kind = "folder" if _FOLDER in data_format.output else "file"
    with spooled(docs_path) as source, replacing(output_path, kind) as unfinished:
        if predicted is None and data_format.dump_predicted is not None:
            predicted = _has_scores(source, spans_key)
        if predicted:
            report.is_predicted, data_format = True, _as_predicted(data_format)
        docs = read_any_docs(source, report.notes, spans_key)
        items = _make_items(progress(docs), data_format, report, spans_key)
        data_format.write(unfinished, items)
        if report.other_keys and not report.n_triples:
            raise ExportLossError(explain_other_keys(spans_key, report.other_keys), report)
        _check_report(report, data_format, docs_path, strict)
    return report


def _get_writable(name: str, predicted: Optional[bool]) -> Format:
    data_format = get_format(name)
    if data_format.dump is None:
        writable = ", ".join(known.name for known in find_formats() if known.dump)
        raise ConversionError(
            f"The format {name!r} can be read, and not written. Those that can are: {writable}."
        )
    if predicted and data_format.dump_predicted is None:
        able = ", ".join(known.name for known in find_formats() if known.dump_predicted)
        raise ConversionError(
            f"{name} has no predictions beside annotations: leave out --predicted (in Python: "
            f"predicted), or take one of these formats: {able}."
        )
    return data_format


def _check_output(path: Path, data_format: Format) -> None:
    suffixes = [suffix for suffix in data_format.output if suffix != _FOLDER]
    if _FOLDER not in data_format.output:
        is_file = path.suffix.lower() in suffixes and not path.is_dir()
        if not is_file and not is_stream(path):
            raise ConversionError(
                f"{data_format.name} is one file: OUTPUT must be one that ends in "
                f"{' or '.join(suffixes)}, unlike {path}."
            )
    elif is_stream(path) or path.is_file() or (path.suffix and not path.is_dir()):
        raise ConversionError(
            f"{data_format.name} has several files: OUTPUT must be a folder, with no suffix if it "
            f"is a new one, unlike {path}."
        )
    else:
        refuse_foreign(path, _find_own(path, data_format))


def _find_own(folder: Path, data_format: Format) -> List[str]:
    """Find the files in a folder that are of a format."""
    names = set(list_folder(folder))
    own = [name for name in names if Path(name).suffix in data_format.suffixes]
    if data_format.companion:
        companions = {str(Path(name).with_suffix(data_format.companion)) for name in own}
        own += companions & names
    return own


def _has_scores(path: Path, spans_key: str) -> bool:
    """Tell whether a triple has a score below 1."""
    docs = read_any_docs(path, Counter(), spans_key)
    return any(triple.score < 1 for doc in docs for triple in get_triples(doc, spans_key))


def _as_predicted(data_format: Format) -> Format:
    represents = (*data_format.represents, SCORES)
    return replace(data_format, dump=data_format.dump_predicted, represents=represents)


def _make_items(
    docs: Iterable[Doc], data_format: Format, report: ExportReport, spans_key: str
) -> Iterator[Dict[str, Any]]:
    for doc in docs:
        if not has_triples(doc, spans_key):
            report.other_keys.update(find_triple_keys(doc))
        try:
            record, lost = reduce_doc(doc, data_format, spans_key)
            items = [data_format.dump(record)] if record and data_format.dump else []
        except ValueError as error:
            name = f"Doc {report.n_docs + 1}, {reprlib.repr(doc.text)}"
            raise ConversionError(f"{name}, cannot be written: {error}") from error
        report.add(len(get_triples(doc, spans_key)), record, lost)
        yield from items


def _check_report(report: ExportReport, data_format: Format, docs_path: Path, strict: bool) -> None:
    if not report.n_written_docs:
        raise ExportLossError(
            f"There is nothing in {docs_path} that {data_format.name} can represent: it has "
            f"{report.n_docs} Docs, of them {report.lost[UNANNOTATED]} without annotation and "
            f"{report.n_left_out_negatives} without triples.",
            report,
        )
    if strict and report.lost:
        causes = ", ".join(f"{cause} ({count:,})" for cause, count in report.lost.items())
        raise ExportLossError(
            f"{data_format.name} cannot represent: {causes}. Choose another format, or leave out "
            "--strict (in Python: strict).",
            report,
        )

"""Tables with a header, as spreadsheets save them.

```
text,subject,predicate,object
Mara Quill runs Oldport,Oldport,chief,Mara Quill
```

Cells are separated by commas, tabs, semicolons or bars. A row has one triple. The rows with the
same text and id make one record, wherever in the file they are. Further columns may be the id, the
types of the arguments, their offsets and the score. Names of columns are recognised as in
`triple_rows.py`, or given by `--columns`; all others are meta data, a list where the rows of a text
differ. A row with nothing but a text is untouched, and labels such as `NA` are no relation.

Source: RFC 4180, "Common Format and MIME Type for Comma-Separated Values (CSV) Files".
"""

import csv
import io
import re
import sys
from pathlib import Path
from typing import Any, Dict, Iterable, Iterator, List, Literal, Mapping, Sequence, Tuple, Union

from ...outputs import open_text
from ..files import ConversionError, Item, MalformedRecord, open_bytes
from ..format import COLUMNS, IDS, OFFSETS, SCORES, TYPES, Format, any_item
from ..gathering import count_members
from ..records import RawTriple, Record, check_relation
from ..triple_rows import (
    ID,
    OBJECT,
    PREDICATE,
    SCORE,
    SUBJECT,
    TEXT,
    gather_rows,
    parse_rows,
)

_DELIMITERS = "\t,;|"
# The first line of a table for Excel may name the delimiter.
_SEPARATOR_LINE = "sep="
_HEADER = (
    ID,
    TEXT,
    SUBJECT,
    PREDICATE,
    OBJECT,
    *(f"{role}_{part}" for role in (SUBJECT, OBJECT) for part in ("type", "start", "end")),
    SCORE,
)
# The text of a long document is one cell, and the limit of the module is 128 kB.
_MAX_CELL = min(sys.maxsize, 2**31 - 1)
# Bytes that are not UTF-8, as `surrogateescape` decodes them.
_NOT_DECODED = re.compile("[\udc80-\udcff]")
_NOT_UTF8 = "not UTF-8: save the table as UTF-8, in Excel as CSV UTF-8"
# The key of the rows of a dumped record.
_ROWS = "rows"

# The cells of a row, and its first line.
_Cells = Tuple[int, List[str]]


def _read(path: Path) -> Iterator[Union[Item, MalformedRecord]]:
    with open_bytes(path) as file:
        # What is not UTF-8 is malformed in its row only.
        text = file.read().decode("utf-8-sig", "surrogateescape")
    rows = _split(text)
    if not rows:
        return
    header = [name.strip() for name in rows[0][1]]
    if len(header) < 2:
        return
    _check_header(path, header)
    for line, cells in rows[1:]:
        reason = _find_fault(header, cells)
        if not reason:
            yield Item(str(line), dict(zip(header, cells)))
        elif any(cell.strip() for cell in cells):
            yield MalformedRecord(path, str(line), reason)


def _find_fault(header: Sequence[str], cells: Sequence[str]) -> str:
    """Find out why a row is malformed; empty if it is not."""
    if len(cells) != len(header):
        return f"the row has {len(cells)} cells, and the header {len(header)}"
    return "" if _is_utf8(cells) else _NOT_UTF8


def _is_utf8(cells: Sequence[str]) -> bool:
    return all(cell.isascii() or not _NOT_DECODED.search(cell) for cell in cells)


def _check_header(path: Path, header: Sequence[str]) -> None:
    if not _is_utf8(header):
        raise ConversionError(f"{path}: its header is {_NOT_UTF8}.")
    repeated = sorted({name for name in header if name and header.count(name) > 1})
    if repeated:
        raise ConversionError(f"{path}: two columns are named {repeated[0]!r}: rename one.")


def _split(text: str) -> List[_Cells]:
    """Split a table into cells, with the quotes that fit its header."""
    lines = text.lstrip("\r\n")
    first = lines.partition("\n")[0]
    delimiter = max(_DELIMITERS, key=first.count)
    if first.lower().startswith(_SEPARATOR_LINE):
        delimiter = first.rstrip("\r")[len(_SEPARATOR_LINE) :][:1] or "\t"
        lines = lines[len(first) :].removeprefix("\n")
    if delimiter not in lines:
        return []
    n_before = text[: len(text) - len(lines)].count("\n")
    rows = _parse(lines, delimiter, csv.QUOTE_MINIMAL, strict=True)
    if not rows or _count_fitting(rows) != (len(rows), 0):
        # A table may have quotes as text: then they open cells that go on over many lines.
        tables = (
            _parse(lines, delimiter, csv.QUOTE_MINIMAL),
            _parse(lines, delimiter, csv.QUOTE_NONE),
        )
        rows = max(tables, key=_count_fitting)
    return [(line + n_before, cells) for line, cells in rows]


def _parse(text: str, delimiter: str, quoting: Literal[0, 3], strict: bool = False) -> List[_Cells]:
    """Parse a table; without any rows if that is not possible."""
    rows: List[_Cells] = []
    line = 1
    earlier = csv.field_size_limit(_MAX_CELL)
    lines = io.StringIO(text, newline="")
    reader = csv.reader(lines, delimiter=delimiter, quoting=quoting, strict=strict)
    try:
        for cells in reader:
            if cells:
                rows.append((line, cells))
            line = reader.line_num + 1
    except csv.Error:  # by `strict`, or a null character in Python 3.10
        return []
    finally:
        csv.field_size_limit(earlier)
    return rows


def _count_fitting(rows: Sequence[_Cells]) -> Tuple[int, int]:
    """Count the rows that fit the header, and those that do not."""
    fitting = sum(len(cells) == len(rows[0][1]) for _, cells in rows) if rows else 0
    return fitting, fitting - len(rows)


def _dump(record: Record) -> Dict[str, Any]:
    return {_ROWS: [_dump_row(triple, record) for triple in record.triples or []]}


def _dump_row(triple: RawTriple, record: Record) -> Dict[str, Any]:
    row: Dict[str, Any] = {
        ID: record.id,
        TEXT: record.text,
        PREDICATE: check_relation(triple.predicate),
    }
    for role, argument in ((SUBJECT, triple.subject), (OBJECT, triple.object)):
        row[role], row[f"{role}_type"] = argument.text, argument.type
        row[f"{role}_start"], row[f"{role}_end"] = argument.start, argument.end
    # Of gold triples, no score: spreadsheets in some languages take 1.0 for a date.
    row[SCORE] = triple.score if triple.score < 1 else None
    return {name: value for name, value in row.items() if value not in ("", None)}


def _write(path: Path, items: Iterable[Mapping[str, Any]]) -> None:
    with open_text(path) as file:
        # As the RFC says. With another end, a carriage return in a cell would not be quoted.
        writer = csv.DictWriter(file, _HEADER, lineterminator="\r\n")
        writer.writeheader()
        for item in items:
            writer.writerows(item[_ROWS])


TABLE = Format(
    "table",
    "a .csv or .tsv table with the columns text, subject, predicate and object",
    any_item,
    parse_rows,
    suffixes=(".csv", ".tsv", ".txt"),
    read=_read,
    arrange=gather_rows,
    count=count_members,
    parse_options=(COLUMNS,),
    arrange_options=(COLUMNS,),
    dump=_dump,
    write=_write,
    output=(".csv",),
    represents=(OFFSETS, TYPES, SCORES, IDS),
)

"""How the files of records are read and written.

JSON records are JSONL, one JSON object a line, or one JSON array. JSONL is streamed. What a record
looks like is the business of its format.
"""

import json
import os
import re
import reprlib
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Dict, Iterable, Iterator, Mapping, NamedTuple, Union

_DECODER = json.JSONDecoder()
_ARRAY_START = re.compile(r"\s*\[\s*(?:\]\s*\Z)?")
_ARRAY_SEPARATOR = re.compile(r"\s*(?:,\s*|\]\s*\Z)")


class ConversionError(ValueError):
    """Data or settings that a conversion cannot go on with."""


@dataclass(frozen=True)
class BrokenRecord:
    """A record that cannot be read.

    path (Path): Its file.
    place (str): Its place in the file: see `Item`.
    reason (str): What is wrong with it.
    """

    path: Path
    place: str
    reason: str

    def __str__(self) -> str:
        return f"{self.path}:{self.place}: {self.reason}"


class Item(NamedTuple):
    """A JSON object of a file, and its place there.

    The place is the line that it starts on, counted from 1; in an array, whose records may share a
    line, also the number of the record.
    """

    place: str
    value: Dict[str, Any]


class Line(NamedTuple):
    """A line of a file without its end, and its number, counted from 1."""

    number: int
    text: str


def read_items(path: Path) -> Iterator[Union[Item, BrokenRecord]]:
    """Read the JSON objects of a file, whatever their format.

    path (Path): A JSONL file, or a file of one JSON array.
    YIELDS (Union[Item, BrokenRecord]): The objects, and what stands in place of one.
    RAISES (ConversionError): If a JSON array breaks off.
    """
    return _read_array(path) if _is_array(path) else _read_jsonl(path)


def _is_array(path: Path) -> bool:
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        first = next((line for line in file if not line.isspace()), "")
    return first.lstrip().startswith("[")


def read_lines(path: Path) -> Iterator[Union[Line, BrokenRecord]]:
    """Read the lines of a file that are not blank.

    path (Path): A text file.
    YIELDS (Union[Line, BrokenRecord]): The lines, and what stands in place of one.
    """
    # As bytes: only "\n" ends a line of JSONL, and a line of bad UTF-8 is one broken record.
    with path.open("rb") as file:
        for number, raw in enumerate(file, start=1):
            if raw.strip():
                yield _decode(path, number, raw.removesuffix(b"\n").removesuffix(b"\r"))


def _decode(path: Path, number: int, raw: bytes) -> Union[Line, BrokenRecord]:
    try:
        return Line(number, raw.decode("utf-8-sig"))
    except ValueError as error:
        return BrokenRecord(path, str(number), f"not UTF-8: {error}")


def _read_jsonl(path: Path) -> Iterator[Union[Item, BrokenRecord]]:
    lines = read_lines(path)
    return (_as_json(path, line) if isinstance(line, Line) else line for line in lines)


def _as_json(path: Path, line: Line) -> Union[Item, BrokenRecord]:
    try:
        return _as_item(path, str(line.number), json.loads(line.text))
    except json.JSONDecodeError as error:
        reason = f"not valid JSON: {error.msg} (column {error.colno})"
        return BrokenRecord(path, str(line.number), reason)
    except (ValueError, RecursionError) as error:
        return BrokenRecord(path, str(line.number), f"cannot be read: {error}")


def _as_item(path: Path, place: str, value: Any) -> Union[Item, BrokenRecord]:
    if isinstance(value, dict):
        return Item(place, value)
    return BrokenRecord(path, place, f"a record is a JSON object, not {reprlib.repr(value)}")


def _read_array(path: Path) -> Iterator[Union[Item, BrokenRecord]]:
    """One element after the other, so that each has its place, and errors name theirs."""
    line, counted, number = 1, 0, 0
    try:
        text = path.read_text(encoding="utf-8-sig")
        separator = _ARRAY_START.match(text)
        while separator and "]" not in separator.group():
            start = separator.end()
            line, counted = line + text.count("\n", counted, start), start
            number += 1
            value, end = _DECODER.raw_decode(text, start)
            yield _as_item(path, f"{line} (record {number})", value)
            separator = _ARRAY_SEPARATOR.match(text, end)
    except json.JSONDecodeError as error:
        raise _broken_array(path, error.lineno, error.msg) from error
    except (ValueError, RecursionError) as error:
        raise _broken_array(path, line, str(error)) from error
    if separator is None:
        raise _broken_array(path, line, "no comma and no closing bracket after this record")


def _broken_array(path: Path, line: int, reason: str) -> ConversionError:
    return ConversionError(
        f"{path}:{line}: the JSON array cannot be read on from here: {reason}. Mend the file, or "
        "write it as JSONL, one record a line: a broken record does not stop the others there."
    )


def write_items(path: Path, items: Iterable[Mapping[str, Any]], is_array: bool = False) -> None:
    """Write JSON objects: the inverse of `read_items`.

    path (Path): The file.
    items (Iterable[Mapping[str, Any]]): The objects.
    is_array (bool): Whether to write one JSON array rather than JSONL; one object a line too.
    """
    # Not srsly, which escapes all that is not ASCII.
    lines = (json.dumps(item, ensure_ascii=False) for item in items)
    with path.open("w", encoding="utf8") as file:
        if is_array:
            file.write("[")
            file.writelines(f"{',' if number else ''}\n{line}" for number, line in enumerate(lines))
            file.write("\n]\n")
        else:
            file.writelines(f"{line}\n" for line in lines)


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Write a file or a folder so that a failure leaves what was there.

    path (Path): The file or folder. The folder that it is in is made if need be.
    YIELDS (Path): What to write to; it takes the place of the file or folder in the end.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    # Beside it, since a file can be moved only within a file system.
    with TemporaryDirectory(dir=path.parent) as scratch:
        unfinished, old = Path(scratch, "new"), Path(scratch, "old")
        yield unfinished
        # A folder takes the place of nothing, and nothing that of a folder.
        if path.exists() and (path.is_dir() or unfinished.is_dir()):
            os.replace(path, old)
        os.replace(unfinished, path)

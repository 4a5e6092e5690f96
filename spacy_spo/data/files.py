"""Files of records: JSON objects and lines of text, in and out.

JSON records are JSONL, one JSON object a line, or one JSON array. JSONL is streamed. The keys of a
record are up to its format.
"""

import json
import re
import reprlib
import shutil
import sys
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Dict, Iterable, Iterator, Mapping, NamedTuple, Union

from ..control_characters import escape_json
from ..outputs import is_stream, open_text

_DECODER = json.JSONDecoder()
_ARRAY_START = re.compile(r"\s*\[\s*(?:\]\s*\Z)?")
_ARRAY_SEPARATOR = re.compile(r"\s*(?:,\s*|\]\s*\Z)")


class ConversionError(ValueError):
    """Error in the data or the settings of a conversion."""


@dataclass(frozen=True)
class MalformedRecord:
    """Malformed record, with its location and the reason.

    path (Path): Its file.
    location (str): Its line in the file, as in `Item`.
    reason (str): Why it cannot be parsed.
    """

    path: Path
    location: str
    reason: str

    def __str__(self) -> str:
        return f"{self.path}:{self.location}: {self.reason}"


class Item(NamedTuple):
    """JSON object with its location in a file.

    location (str): The line it starts on, counted from 1; in an array, whose records may share a
        line, also the number of the record.
    value (Dict[str, Any]): The JSON object.
    """

    location: str
    value: Dict[str, Any]


class Line(NamedTuple):
    """Line of a text file.

    number (int): Its number, counted from 1.
    text (str): Its text without the line end.
    """

    number: int
    text: str


def read_items(path: Path) -> Iterator[Union[Item, MalformedRecord]]:
    """Read the JSON objects of a file.

    path (Path): A JSONL file, or a file of one JSON array.
    YIELDS (Union[Item, MalformedRecord]): The objects; for anything else the reason.
    RAISES (ConversionError): If a JSON array is broken.
    """
    return _read_array(path) if _is_array(path) else _read_jsonl(path)


def _is_array(path: Path) -> bool:
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        first = next((line for line in file if not line.isspace()), "")
    return first.lstrip().startswith("[")


def read_lines(path: Path) -> Iterator[Union[Line, MalformedRecord]]:
    """Read the non-blank lines of a file.

    path (Path): A text file.
    YIELDS (Union[Line, MalformedRecord]): The lines; for one that is not UTF-8 the reason.
    """
    # As bytes: only "\n" ends a line of JSONL, and a line of bad UTF-8 is one malformed record.
    with path.open("rb") as file:
        for number, raw in enumerate(file, start=1):
            if raw.strip():
                yield _decode(path, number, raw.removesuffix(b"\n").removesuffix(b"\r"))


def _decode(path: Path, number: int, raw: bytes) -> Union[Line, MalformedRecord]:
    try:
        # A byte order mark is the first character of a file. Elsewhere it is text.
        return Line(number, raw.decode("utf-8-sig" if number == 1 else "utf-8"))
    except ValueError as error:
        return MalformedRecord(path, str(number), f"not UTF-8: {error}")


def _read_jsonl(path: Path) -> Iterator[Union[Item, MalformedRecord]]:
    lines = read_lines(path)
    return (_as_json(path, line) if isinstance(line, Line) else line for line in lines)


def _as_json(path: Path, line: Line) -> Union[Item, MalformedRecord]:
    try:
        # Files that were put together have a byte order mark in the middle.
        value = json.loads(line.text.removeprefix("\ufeff"))
        return _as_item(path, str(line.number), value)
    except json.JSONDecodeError as error:
        reason = f"not valid JSON: {error.msg} (column {error.colno})"
        return MalformedRecord(path, str(line.number), reason)
    except (ValueError, RecursionError) as error:
        return MalformedRecord(path, str(line.number), f"cannot be read: {error}")


def _as_item(path: Path, location: str, value: Any) -> Union[Item, MalformedRecord]:
    if isinstance(value, dict):
        return Item(location, value)
    return MalformedRecord(path, location, f"a record is a JSON object, not {reprlib.repr(value)}")


def _read_array(path: Path) -> Iterator[Union[Item, MalformedRecord]]:
    # One element after the other, so that each has its location, and errors name theirs.
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
        f"{path}:{line}: the JSON array cannot be read from here on: {reason}. Correct the file, "
        "or write it as JSONL, one record a line: there a malformed record does not affect the "
        "others."
    )


def write_items(path: Path, items: Iterable[Mapping[str, Any]], is_array: bool = False) -> None:
    """Write JSON objects, the inverse of `read_items`.

    path (Path): The file; "-" is standard output.
    items (Iterable[Mapping[str, Any]]): The objects.
    is_array (bool): Whether to write one JSON array, an object a line, rather than JSONL.
    """
    # Not srsly, which escapes all that is not ASCII. Control characters alone are escaped: the
    # output may be a terminal, or be shown in one.
    lines = (escape_json(json.dumps(item, ensure_ascii=False)) for item in items)
    with open_text(path) as file:
        if is_array:
            file.write("[")
            file.writelines(f"{',' if number else ''}\n{line}" for number, line in enumerate(lines))
            file.write("\n]\n")
        else:
            file.writelines(f"{line}\n" for line in lines)


@contextmanager
def spooled(path: Path) -> Iterator[Path]:
    """Make an input a file that can be read more than once.

    path (Path): The input; "-" is standard input. Pipes and devices can be read only once.
    YIELDS (Path): A temporary copy of a stream; of anything else, the path itself.
    RAISES (ConversionError): If there is no room for the copy.
    """
    if not is_stream(path):
        yield path
        return
    with TemporaryDirectory() as folder:
        is_stdin = str(path) == "-"
        if is_stdin and sys.stdin is None:
            raise ConversionError("Standard input is closed: name a file, or pass texts to it.")
        copy = Path(folder, "stdin" if is_stdin else path.name)
        try:
            with (
                nullcontext(sys.stdin.buffer) if is_stdin else path.open("rb") as source,
                copy.open("wb") as target,
            ):
                shutil.copyfileobj(source, target)
        except OSError as error:
            raise ConversionError(
                f"The input {path} cannot be copied to {folder}: {error.strerror}. Another folder "
                "for temporary files can be set in TMPDIR."
            ) from error
        yield copy


def refuse_own_input(source: Path, output: Path) -> None:
    """Refuse to overwrite the input.

    source (Path): The file to read.
    output (Path): The file to write.
    RAISES (ValueError): If they are the same file, even by different names.
    """
    # A pipeline may be named by its package, which is no path.
    if source.exists() and output.exists() and output.samefile(source):
        raise ValueError(f"OUTPUT {output} is the file to read: name another one.")

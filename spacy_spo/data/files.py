"""Files of records: JSON objects and lines of text, in and out.

JSON records are JSONL, one JSON object a line, or one JSON array, or JSON objects over several
lines. JSONL is streamed. Files may be compressed by gzip, and in UTF-16 with a byte order mark. The
keys of a record are up to its format.
"""

import codecs
import gzip
import io
import json
import re
import reprlib
import shutil
import sys
import zlib
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any, Dict, Iterable, Iterator, Mapping, NamedTuple, Optional, Union, cast

from ..control_characters import escape_json
from ..outputs import is_stream, open_text

_DECODER = json.JSONDecoder()
_ARRAY_START = re.compile(r"\s*\[\s*(?:\]\s*\Z)?")
_ARRAY_SEPARATOR = re.compile(r"\s*(?:,\s*|\]\s*\Z)")
# Between JSON objects of several lines, also of those that were put together.
_GAP = re.compile(r"[\s,\ufeff]*")
# Suffixes of JSON, in lower case.
JSON_SUFFIXES = (".json", ".jsonl")
_GZIP = b"\x1f\x8b"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


class ConversionError(ValueError):
    """Error in the data or the settings of a conversion."""


@dataclass(frozen=True)
class MalformedRecord:
    """Malformed record, with its location and the reason.

    path (Path): Its file.
    location (str): Its line in the file, as in `Item`.
    reason (str): Why it cannot be parsed.
    n_triples (int): Triples that are lost with it: 1 if their number is not known.
    """

    path: Path
    location: str
    reason: str
    n_triples: int = 1

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


def content_suffix(path: Path) -> str:
    """Get the suffix of the content of a file.

    path (Path): The file, perhaps compressed.
    RETURNS (str): Its suffix in lower case, without `.gz`.
    """
    is_compressed = path.suffix.lower() == ".gz"
    return (Path(path.stem) if is_compressed else path).suffix.lower()


def companion_of(path: Path, suffix: str) -> Path:
    """Get the path of the second file of a record.

    path (Path): The first file, perhaps compressed.
    suffix (str): The suffix of the second one.
    RETURNS (Path): The path of the second one, which may not exist. It may be compressed, too.
    """
    is_compressed = path.suffix.lower() == ".gz"
    plain = (path.with_suffix("") if is_compressed else path).with_suffix(suffix)
    compressed = plain.with_name(f"{plain.name}.gz")
    return compressed if compressed.exists() and not plain.exists() else plain


@contextmanager
def open_bytes(path: Path) -> Iterator[IO[bytes]]:
    """Open a file to read its bytes as UTF-8.

    path (Path): The file. One compressed by gzip is decompressed, and one in UTF-16 with a byte
        order mark decoded.
    YIELDS (IO[bytes]): The file.
    RAISES (OSError): If it cannot be opened.
    RAISES (ConversionError): If it is compressed, and damaged.
    """
    try:
        with _open_decompressed(path) as file:
            start = file.read(2)
            file.seek(0)
            yield _decode_utf16(file.read()) if start in _UTF16 else file
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise ConversionError(f"{path} is compressed by gzip, and damaged: {error}.") from error


def _open_decompressed(path: Path) -> IO[bytes]:
    with path.open("rb") as file:
        is_compressed = file.read(2) == _GZIP
    return cast(IO[bytes], gzip.open(path)) if is_compressed else path.open("rb")


def _decode_utf16(content: bytes) -> IO[bytes]:
    # What is not valid becomes what is not valid in UTF-8, in its line only.
    return io.BytesIO(content.decode("utf-16", "surrogatepass").encode("utf-8", "surrogatepass"))


def read_start(path: Path, n_bytes: int) -> bytes:
    """Read the first bytes of a file.

    path (Path): The file, perhaps compressed.
    n_bytes (int): How many bytes.
    RETURNS (bytes): As many, or all; in UTF-8 if the file is in UTF-16.
    RAISES (ConversionError): If it is compressed, and damaged.
    """
    with open_bytes(path) as file:
        return file.read(n_bytes)


def read_items(path: Path) -> Iterator[Union[Item, MalformedRecord]]:
    """Read the JSON objects of a file.

    path (Path): A JSONL file, or a file of one JSON array, or of JSON objects over several lines.
    YIELDS (Union[Item, MalformedRecord]): The objects; for anything else the reason.
    RAISES (ConversionError): If an array or an object over several lines is broken.
    """
    lines = read_lines(path)
    first = next(lines, None)
    if not isinstance(first, Line):
        return _read_jsonl(path, chain([] if first is None else [first], lines))
    if first.text.lstrip("\ufeff \t").startswith("["):
        return _read_array(path)
    if _is_partial(first.text):
        objects = _read_objects(path)
        if objects is not None:
            return objects
    return _read_jsonl(path, chain([first], lines))


def _is_partial(line: str) -> bool:
    """Tell a line that only begins a JSON object."""
    text = line.lstrip("\ufeff \t")
    if not text.startswith("{"):
        return False
    try:
        _DECODER.raw_decode(text)
    except json.JSONDecodeError as error:
        # An object that goes on in the next line breaks off at the end of this one.
        return not text[error.pos :].strip() or error.msg.startswith("Unterminated")
    except (ValueError, RecursionError):
        pass
    return False


def read_lines(path: Path) -> Iterator[Union[Line, MalformedRecord]]:
    """Read the non-blank lines of a file.

    path (Path): A text file.
    YIELDS (Union[Line, MalformedRecord]): The lines; for one that is not UTF-8 the reason.
    RAISES (ConversionError): If it is compressed, and damaged.
    """
    # As bytes: only "\n" ends a line of JSONL, and a line of bad UTF-8 is one malformed record.
    with open_bytes(path) as file:
        for number, raw in enumerate(file, start=1):
            if raw.strip() and raw.strip() != codecs.BOM_UTF8:
                yield _decode(path, number, raw.removesuffix(b"\n").removesuffix(b"\r"))


def _decode(path: Path, number: int, raw: bytes) -> Union[Line, MalformedRecord]:
    try:
        # A byte order mark is the first character of a file. Elsewhere it is text.
        return Line(number, raw.decode("utf-8-sig" if number == 1 else "utf-8"))
    except ValueError as error:
        return MalformedRecord(path, str(number), f"not UTF-8: {error}")


def _read_jsonl(
    path: Path, lines: Iterable[Union[Line, MalformedRecord]]
) -> Iterator[Union[Item, MalformedRecord]]:
    return (_as_json(path, line) if isinstance(line, Line) else line for line in lines)


def _as_json(path: Path, line: Line) -> Union[Item, MalformedRecord]:
    # Files that were put together have a byte order mark in the middle, and an array without its
    # brackets has commas.
    text = line.text.removeprefix("\ufeff").rstrip().removesuffix(",")
    try:
        return _as_item(path, str(line.number), json.loads(text))
    except json.JSONDecodeError as error:
        reason = f"not valid JSON: {error.msg} (column {error.colno})"
        return MalformedRecord(path, str(line.number), reason)
    except (ValueError, RecursionError) as error:
        return MalformedRecord(path, str(line.number), f"cannot be read: {error}")


def _as_item(path: Path, location: str, value: Any) -> Union[Item, MalformedRecord]:
    if isinstance(value, dict):
        return Item(location, value)
    return MalformedRecord(path, location, f"a record is a JSON object, not {reprlib.repr(value)}")


def _read_text(path: Path) -> str:
    with open_bytes(path) as file:
        return file.read().decode("utf-8-sig")


def _read_array(path: Path) -> Iterator[Union[Item, MalformedRecord]]:
    # One element after the other, so that each has its location, and errors name theirs.
    line, counted, number = 1, 0, 0
    try:
        text = _read_text(path)
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


def _read_objects(path: Path) -> Optional[Iterator[Union[Item, MalformedRecord]]]:
    """Read JSON objects over several lines; None if the first is none."""
    try:
        text = _read_text(path)
        _DECODER.raw_decode(text, _end_of_gap(text, 0))
    except (ValueError, RecursionError):
        return None
    return _decode_objects(path, text)


def _decode_objects(path: Path, text: str) -> Iterator[Union[Item, MalformedRecord]]:
    line, counted, start = 1, 0, _end_of_gap(text, 0)
    while start < len(text):
        line, counted = line + text.count("\n", counted, start), start
        try:
            value, end = _DECODER.raw_decode(text, start)
        except (ValueError, RecursionError) as error:
            raise ConversionError(
                f"{path}:{line}: the JSON object that starts here cannot be read: {error}. Correct "
                "the file, or write it as JSONL, one record a line."
            ) from error
        yield _as_item(path, str(line), value)
        start = _end_of_gap(text, end)


def _end_of_gap(text: str, start: int) -> int:
    gap = _GAP.match(text, start)
    return gap.end() if gap else start


def _broken_array(path: Path, line: int, reason: str) -> ConversionError:
    return ConversionError(
        f"{path}:{line}: the JSON array cannot be read from here on: {reason}. Correct the file, "
        "or write it as JSONL, one record a line: there a malformed record does not affect the "
        "others."
    )


def write_items(path: Path, items: Iterable[Mapping[str, Any]]) -> None:
    """Write JSONL, which `read_items` reads.

    path (Path): The file; "-" is standard output.
    items (Iterable[Mapping[str, Any]]): The JSON objects.
    """
    with open_text(path) as file:
        file.writelines(f"{line}\n" for line in map(_to_line, items))


def write_array(path: Path, items: Iterable[Mapping[str, Any]]) -> None:
    """Write one JSON array, which `read_items` reads, an object a line.

    path (Path): The file; "-" is standard output.
    items (Iterable[Mapping[str, Any]]): The JSON objects.
    """
    lines = map(_to_line, items)
    with open_text(path) as file:
        file.write("[")
        file.writelines(f"{',' if number else ''}\n{line}" for number, line in enumerate(lines))
        file.write("\n]\n")


def _to_line(item: Mapping[str, Any]) -> str:
    # Not srsly, which escapes all that is not ASCII. Control characters alone are escaped: the
    # output may be a terminal, or be shown in one.
    return escape_json(json.dumps(item, ensure_ascii=False))


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

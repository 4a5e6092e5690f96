"""What all annotation formats are read into, and how their files are read.

A file holds its records as JSONL, one JSON object a line, or as one JSON array. JSONL is
streamed. What a record looks like is the business of its format.
"""

import json
import re
import reprlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import (
    Any,
    Callable,
    Dict,
    Iterator,
    List,
    Mapping,
    NamedTuple,
    Optional,
    Type,
    TypeVar,
    Union,
)

from ..triples import OBJECT, SUBJECT

T = TypeVar("T")

_DECODER = json.JSONDecoder()
_ARRAY_START = re.compile(r"\s*\[\s*(?:\]\s*\Z)?")
_ARRAY_SEPARATOR = re.compile(r"\s*(?:,\s*|\]\s*\Z)")
_SURROGATE = re.compile("[\ud800-\udfff]")
_KINDS: Dict[type, str] = {str: "string", list: "list", dict: "JSON object"}


class ConversionError(ValueError):
    """Data or settings that a conversion cannot go on with."""


@dataclass(frozen=True)
class Argument:
    """A subject, an object or a qualifier, as the data state it.

    text (str): Its text, as stated.
    type (str): Its type; empty if the data have none.
    start (Optional[int]): The offset of its first character, where the data have offsets.
    end (Optional[int]): The offset after its last character.
    """

    text: str
    type: str = ""
    start: Optional[int] = None
    end: Optional[int] = None


@dataclass(frozen=True)
class RawTriple:
    """A triple as the data state it, not yet located in the text.

    subject (Argument): The subject.
    predicate (str): The predicate, not empty.
    object (Argument): The object.
    qualifiers (Mapping[str, Argument]): Further arguments by name.
    score (float): The confidence in [0, 1] that the data state.

    RAISES (ValueError): If the predicate is empty, or a qualifier has the name of another role.
    """

    subject: Argument
    predicate: str
    object: Argument
    qualifiers: Mapping[str, Argument] = field(default_factory=dict)
    score: float = 1.0

    def __post_init__(self) -> None:
        if not self.predicate:
            raise ValueError("the predicate of a triple is empty")
        for name in self.qualifiers:
            if name in (SUBJECT, OBJECT, ""):
                raise ValueError(f"a qualifier cannot be named {name!r}")

    @property
    def arguments(self) -> Dict[str, Argument]:
        """RETURNS (Dict[str, Argument]): All arguments by role: subject, object, qualifiers."""
        return {SUBJECT: self.subject, OBJECT: self.object, **self.qualifiers}


@dataclass(frozen=True)
class Record:
    """A text and what the data say of it.

    text (str): The text, exactly as in the data.
    triples (Optional[List[RawTriple]]): Its triples; empty if it states none, None if it is
        not annotated.
    meta (Mapping[str, Any]): What else the data say. A Doc in a corpus file has no place for it.
    """

    text: str
    triples: Optional[List[RawTriple]]
    meta: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class BrokenRecord:
    """A record that cannot be read.

    path (Path): Its file.
    line (int): The line that it starts on, counted from 1.
    reason (str): What is wrong with it.
    """

    path: Path
    line: int
    reason: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.reason}"


@dataclass(frozen=True)
class Format:
    """An annotation format: how a record of a file says which triples its text states.

    name (str): What users call it.
    description (str): Its records in a few words, for help and errors.
    matches (Callable[[Mapping[str, Any]], bool]): Whether a JSON object can only be of it.
    parse (Callable[[Mapping[str, Any]], Record]): Reads a JSON object; raises a ValueError that
        says what is wrong with it.
    """

    name: str
    description: str
    matches: Callable[[Mapping[str, Any]], bool]
    parse: Callable[[Mapping[str, Any]], Record]


class Item(NamedTuple):
    """A JSON object of a file, and the line that it starts on."""

    line: int
    value: Dict[str, Any]


def read_records(path: Path, data_format: Format) -> Iterator[Union[Record, BrokenRecord]]:
    """Read the records of a file; a broken one does not stop the others.

    path (Path): A JSONL file, or a file of one JSON array.
    data_format (Format): The format of its records.
    YIELDS (Union[Record, BrokenRecord]): The records in the order of the file.
    RAISES (ConversionError): If a JSON array breaks off: what follows cannot be read.
    """
    for item in read_items(path):
        if isinstance(item, BrokenRecord):
            yield item
            continue
        try:
            yield data_format.parse(item.value)
        except ValueError as error:
            yield BrokenRecord(path, item.line, str(error))


def read_items(path: Path) -> Iterator[Union[Item, BrokenRecord]]:
    """Read the JSON objects of a file, whatever their format.

    path (Path): A JSONL file, or a file of one JSON array.
    YIELDS (Union[Item, BrokenRecord]): The objects, and what stands in place of one.
    RAISES (ConversionError): If a JSON array breaks off.
    """
    return _read_array(path) if _is_array(path) else _read_lines(path)


def _is_array(path: Path) -> bool:
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        first = next((line for line in file if not line.isspace()), "")
    return first.lstrip().startswith("[")


def _read_lines(path: Path) -> Iterator[Union[Item, BrokenRecord]]:
    # As bytes: only "\n" ends a line of JSONL, and a line of bad UTF-8 is one broken record.
    with path.open("rb") as file:
        for line, raw in enumerate(file, start=1):
            if raw.strip():
                yield _read_line(path, line, raw)


def _read_line(path: Path, line: int, raw: bytes) -> Union[Item, BrokenRecord]:
    try:
        return _as_item(path, line, json.loads(raw.decode("utf-8-sig")))
    except json.JSONDecodeError as error:
        return BrokenRecord(path, line, f"not valid JSON: {error.msg} (column {error.colno})")
    except (ValueError, RecursionError) as error:
        return BrokenRecord(path, line, f"cannot be read: {error}")


def _as_item(path: Path, line: int, value: Any) -> Union[Item, BrokenRecord]:
    if isinstance(value, dict):
        return Item(line, value)
    return BrokenRecord(path, line, f"a record is a JSON object, not {reprlib.repr(value)}")


def _read_array(path: Path) -> Iterator[Union[Item, BrokenRecord]]:
    """One element after the other, so that each has its line, and errors name theirs."""
    line, counted = 1, 0
    try:
        text = path.read_text(encoding="utf-8-sig")
        separator = _ARRAY_START.match(text)
        while separator and "]" not in separator.group():
            start = separator.end()
            line, counted = line + text.count("\n", counted, start), start
            value, end = _DECODER.raw_decode(text, start)
            yield _as_item(path, line, value)
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


def get_value(item: Mapping[str, Any], key: str, kind: Type[T]) -> T:
    """Get a value that a record must have.

    item (Mapping[str, Any]): A JSON object of the record.
    key (str): The key of the value.
    kind (Type[T]): What the value must be: str, list or dict.
    RETURNS (T): The value.
    RAISES (ValueError): If it is missing or something else.
    """
    if key not in item:
        raise ValueError(f"the key {key!r} is missing; there are: {', '.join(item) or 'none'}")
    return check_value(item[key], kind, repr(key))


def check_value(value: Any, kind: Type[T], name: str) -> T:
    """Check that a value of a record is of a kind.

    value (Any): The value.
    kind (Type[T]): What it must be: str, list or dict.
    name (str): What errors call it.
    RETURNS (T): The value.
    RAISES (ValueError): If it is something else, or text that is not valid Unicode.
    """
    if not isinstance(value, kind):
        raise ValueError(f"{name} must be a {_KINDS[kind]}, not {reprlib.repr(value)}")
    # JSON can escape one half of a surrogate pair, and no file or Doc can hold it.
    if isinstance(value, str) and _SURROGATE.search(value):
        raise ValueError(f"{name} has half of a surrogate pair in it: {reprlib.repr(value)}")
    return value


def get_type(item: Mapping[str, Any], key: str) -> str:
    """RETURNS (str): The argument type under a key; empty if there is none."""
    return get_value(item, key, str) if item.get(key) is not None else ""

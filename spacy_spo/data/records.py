"""What all annotation formats are read into, and written from."""

import re
import reprlib
from dataclasses import dataclass, field
from typing import Any, Dict, Iterable, List, Mapping, Optional, Sequence, Tuple, Type, TypeVar

from ..triples import OBJECT, SUBJECT

T = TypeVar("T")

# An argument that is not one stretch of text. A Doc has no place for it.
DISCONTINUOUS = "discontinuous argument"

_SURROGATE = re.compile("[\ud800-\udfff]")
_KINDS: Dict[type, str] = {str: "string", int: "whole number", list: "list", dict: "JSON object"}


@dataclass(frozen=True)
class Argument:
    """A subject, an object or a qualifier, as the data state it.

    text (str): Its text, as stated.
    type (str): Its type; empty if the data have none.
    start (Optional[int]): The offset of its first character, where the data have offsets.
    end (Optional[int]): The offset after its last character.
    lost (str): Why no Doc can hold it, where the format knows, e.g. `DISCONTINUOUS`.
    """

    text: str
    type: str = ""
    start: Optional[int] = None
    end: Optional[int] = None
    lost: str = ""


@dataclass(frozen=True)
class RawTriple:
    """A triple as the data state it, not yet located in the text.

    subject (Argument): The subject.
    predicate (str): The predicate, not empty.
    object (Argument): The object.
    qualifiers (Mapping[str, Argument]): Further arguments by name.
    score (float): The confidence in [0, 1] that the data state.

    RAISES (ValueError): If the predicate is empty, or a qualifier has the name of another role or
        one that is not valid Unicode.
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
            check_value(name, str, "the name of a qualifier")

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
    tokens (Sequence[Tuple[int, int]]): Start and end characters of its tokens, for formats that
        write them; reading does not fill them.
    """

    text: str
    triples: Optional[List[RawTriple]]
    meta: Mapping[str, Any] = field(default_factory=dict)
    tokens: Sequence[Tuple[int, int]] = ()


def get_value(item: Mapping[str, Any], key: str, kind: Type[T]) -> T:
    """Get a value that a record must have.

    item (Mapping[str, Any]): A JSON object of the record.
    key (str): The key of the value.
    kind (Type[T]): What the value must be: str, int, list or dict.
    RETURNS (T): The value.
    RAISES (ValueError): If it is missing or something else.
    """
    if key not in item:
        raise ValueError(f"the key {key!r} is missing; there are: {list_names(item)}")
    return check_value(item[key], kind, repr(key))


def list_names(names: Iterable[str]) -> str:
    """List names that the data give, for a message.

    names (Iterable[str]): Keys of a record, for one.
    RETURNS (str): The names in quotes, so that any can be printed: data may have half of a
        surrogate pair in them, or a line end.
    """
    return ", ".join(map(repr, names)) or "none"


def check_value(value: Any, kind: Type[T], name: str) -> T:
    """Check that a value of a record is of a kind.

    value (Any): The value.
    kind (Type[T]): What it must be: str, int, list or dict.
    name (str): What errors call it.
    RETURNS (T): The value.
    RAISES (ValueError): If it is something else, or text that is not valid Unicode.
    """
    if not isinstance(value, kind) or isinstance(value, bool):  # True is an int to Python
        raise ValueError(f"{name} must be a {_KINDS[kind]}, not {reprlib.repr(value)}")
    # JSON can escape one half of a surrogate pair, and no file or Doc can hold it.
    if isinstance(value, str) and _SURROGATE.search(value):
        raise ValueError(f"{name} has half of a surrogate pair in it: {reprlib.repr(value)}")
    return value


def get_list(item: Mapping[str, Any], key: str, kind: Type[T]) -> List[T]:
    """Get a list that a record must have.

    item (Mapping[str, Any]): A JSON object of the record.
    key (str): The key of the list.
    kind (Type[T]): What its elements must be: str, int, list or dict.
    RETURNS (List[T]): The list.
    RAISES (ValueError): If it is missing or something else.
    """
    return [check_value(v, kind, f"an element of {key!r}") for v in get_value(item, key, list)]


def get_offsets(item: Mapping[str, Any], key: str) -> Tuple[int, int]:
    """RETURNS (Tuple[int, int]): The two whole numbers that are under a key."""
    offsets = get_list(item, key, int)
    if len(offsets) != 2:
        raise ValueError(f"{key!r} must be [start, end], not {reprlib.repr(offsets)}")
    return offsets[0], offsets[1]


def get_first(item: Mapping[str, Any], key: str) -> Any:
    """RETURNS (Any): The first element of the list under a key; None if there is none."""
    values = item.get(key)
    return values[0] if isinstance(values, list) and values else None


def get_type(item: Mapping[str, Any], key: str) -> str:
    """RETURNS (str): The argument type under a key; empty if there is none."""
    return get_value(item, key, str) if item.get(key) is not None else ""

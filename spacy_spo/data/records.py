"""Records: texts with their triples, independent of the format."""

import re
import reprlib
from dataclasses import dataclass, field
from typing import Any, Dict, Iterable, List, Mapping, Optional, Sequence, Tuple, Type, TypeVar

from ..triples import OBJECT, SUBJECT

T = TypeVar("T")

# Cause of loss: an argument in several pieces, for which a Doc has no span.
DISCONTINUOUS = "discontinuous argument"

_SURROGATE = re.compile("[\ud800-\udfff]")
_KINDS: Dict[type, str] = {str: "string", int: "whole number", list: "list", dict: "JSON object"}


@dataclass(frozen=True)
class Argument:
    """Subject, object or qualifier as in the data.

    text (str): Its text.
    type (str): Its type; empty if the data have none.
    start (Optional[int]): The offset of its first character; None if the data have no offsets.
    end (Optional[int]): The offset after its last character.
    lost (str): The cause, if it cannot be a span of a Doc, e.g. `DISCONTINUOUS`; else empty.
    """

    text: str
    type: str = ""
    start: Optional[int] = None
    end: Optional[int] = None
    lost: str = ""


@dataclass(frozen=True)
class RawTriple:
    """Triple as in the data, without spans.

    subject (Argument): The subject.
    predicate (str): The predicate, not empty.
    object (Argument): The object.
    qualifiers (Mapping[str, Argument]): Further arguments by name.
    score (float): The confidence in [0, 1]; 1.0 if the data have none.

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
        """Get all arguments by role.

        RETURNS (Dict[str, Argument]): Subject, object, then the qualifiers.
        """
        return {SUBJECT: self.subject, OBJECT: self.object, **self.qualifiers}


@dataclass(frozen=True)
class Record:
    """Text with its annotations.

    text (str): The text, exactly as in the data.
    triples (Optional[List[RawTriple]]): Its triples; empty if it has none, None if it is
        unannotated.
    meta (Mapping[str, Any]): Further data of the record. They are not kept on a Doc.
    tokens (Sequence[Tuple[int, int]]): Offsets of its tokens, for formats that write them; empty
        in a parsed record.
    RAISES (ValueError): If the text is no string of valid Unicode.
    """

    text: str
    triples: Optional[List[RawTriple]]
    meta: Mapping[str, Any] = field(default_factory=dict)
    tokens: Sequence[Tuple[int, int]] = ()

    def __post_init__(self) -> None:
        check_value(self.text, str, "the text of a record")


def get_value(item: Mapping[str, Any], key: str, kind: Type[T]) -> T:
    """Get a required value of a JSON object.

    item (Mapping[str, Any]): A JSON object of the record.
    key (str): The key of the value.
    kind (Type[T]): The required type: str, int, list or dict.
    RETURNS (T): The value.
    RAISES (ValueError): If it is missing or of another type.
    """
    if key not in item:
        raise ValueError(f"the key {key!r} is missing; there are: {list_names(item)}")
    return check_value(item[key], kind, repr(key))


def list_names(names: Iterable[str]) -> str:
    """List names from the data, for a message.

    names (Iterable[str]): Keys of a record, for example.
    RETURNS (str): The names in quotes. Any can be printed, even one with half of a surrogate pair
        or a line end in it.
    """
    return ", ".join(map(repr, names)) or "none"


def check_value(value: Any, kind: Type[T], name: str) -> T:
    """Check the type of a value of a record.

    value (Any): The value.
    kind (Type[T]): The required type: str, int, list or dict.
    name (str): Its name in errors.
    RETURNS (T): The value.
    RAISES (ValueError): If it is of another type, or text that is not valid Unicode.
    """
    if not isinstance(value, kind) or isinstance(value, bool):  # True is an int to Python
        raise ValueError(f"{name} must be a {_KINDS[kind]}, not {reprlib.repr(value)}")
    # JSON can escape one half of a surrogate pair, and no file or Doc can hold it.
    if isinstance(value, str) and _SURROGATE.search(value):
        raise ValueError(f"{name} has half of a surrogate pair in it: {reprlib.repr(value)}")
    return value


def get_list(item: Mapping[str, Any], key: str, kind: Type[T]) -> List[T]:
    """Get a required list of a JSON object.

    item (Mapping[str, Any]): A JSON object of the record.
    key (str): The key of the list.
    kind (Type[T]): The required type of its elements: str, int, list or dict.
    RETURNS (List[T]): The list.
    RAISES (ValueError): If it is missing, or an element is of another type.
    """
    return [check_value(v, kind, f"an element of {key!r}") for v in get_value(item, key, list)]


def get_offsets(item: Mapping[str, Any], key: str) -> Tuple[int, int]:
    """Get a required pair of offsets of a JSON object.

    item (Mapping[str, Any]): A JSON object of the record.
    key (str): The key of a list of two whole numbers.
    RETURNS (Tuple[int, int]): Start and end.
    RAISES (ValueError): If it is missing or something else.
    """
    offsets = get_list(item, key, int)
    if len(offsets) != 2:
        raise ValueError(f"{key!r} must be [start, end], not {reprlib.repr(offsets)}")
    return offsets[0], offsets[1]


def get_first(item: Mapping[str, Any], key: str) -> Any:
    """Get the first element of an optional list.

    item (Mapping[str, Any]): A JSON object of the record.
    key (str): The key of the list.
    RETURNS (Any): The element; None if there is none.
    """
    values = item.get(key)
    return values[0] if isinstance(values, list) and values else None


def get_type(item: Mapping[str, Any], key: str) -> str:
    """Get an optional argument type of a JSON object.

    item (Mapping[str, Any]): A JSON object of the record.
    key (str): The key of the type.
    RETURNS (str): The type; empty if there is none.
    RAISES (ValueError): If it is not a string.
    """
    return get_value(item, key, str) if item.get(key) is not None else ""

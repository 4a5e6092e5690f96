"""Checked values of JSON objects, for parsing records."""

import re
import reprlib
from typing import (
    Any,
    Callable,
    Collection,
    Dict,
    Iterable,
    List,
    Mapping,
    Optional,
    Tuple,
    Type,
    TypedDict,
    TypeVar,
    Union,
    cast,
)

T = TypeVar("T")

RecordId = Union[str, int]

_SURROGATE = re.compile("[\ud800-\udfff]")
_KINDS: Dict[type, str] = {str: "string", int: "whole number", list: "list", dict: "JSON object"}


def get_value(item: Mapping[str, Any], key: str, kind: Type[T]) -> T:
    """Get a required value of a JSON object.

    item (Mapping[str, Any]): A JSON object of the record.
    key (str): The key of the value.
    kind (Type[T]): The required type: str, int, list or dict.
    RETURNS (T): The value.
    RAISES (ValueError): If it is missing or of another type, or `item` is no JSON object.
    """
    if not isinstance(item, Mapping):
        raise ValueError(f"there must be a JSON object with the key {key!r}, not {_show(item)}")
    if key not in item:
        raise ValueError(f"the key {key!r} is missing; there are: {list_names(item)}")
    return check_value(item[key], kind, repr(key))


def _show(value: Any) -> str:
    return reprlib.repr(value)


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
    if kind is object:
        return cast(T, value)
    if not isinstance(value, kind) or isinstance(value, bool):  # True is an int to Python
        raise ValueError(f"{name} must be a {_KINDS[kind]}, not {_show(value)}")
    # JSON can escape one half of a surrogate pair, and no file or Doc can hold it.
    if isinstance(value, str) and _SURROGATE.search(value):
        raise ValueError(f"{name} has half of a surrogate pair in it: {_show(value)}")
    return value


def get_text(item: Mapping[str, Any], key: str) -> str:
    """Get the required text of an argument.

    item (Mapping[str, Any]): A JSON object of the record.
    key (str): The key of the text.
    RETURNS (str): The text; of a number its digits: `1998` is an argument, too.
    RAISES (ValueError): If it is missing, or neither a string nor a number.
    """
    return to_text(get_value(item, key, object), repr(key))


def to_text(value: Any, name: str) -> str:
    """Convert a value to the text of an argument.

    value (Any): A string or a number.
    name (str): Its name in errors.
    RETURNS (str): The text.
    RAISES (ValueError): If it is something else.
    """
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    is_number = is_number and value == value  # Python reads NaN from JSON, which has none
    return str(value) if is_number else check_value(value, str, name)


def get_id(item: Mapping[str, Any], key: str) -> RecordId:
    """Get a required id of a JSON object.

    item (Mapping[str, Any]): A JSON object of the record.
    key (str): The key of the id.
    RETURNS (Union[str, int]): The id.
    RAISES (ValueError): If it is missing, or neither a string nor a whole number.
    """
    value = get_value(item, key, object)
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        raise ValueError(f"{key!r} must be a whole number or a string, not {_show(value)}")
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
        raise ValueError(f"{key!r} must be [start, end], not {_show(offsets)}")
    return offsets[0], offsets[1]


def get_optional_list(item: Mapping[str, Any], key: str) -> Optional[List[Any]]:
    """Get an optional list of a JSON object.

    item (Mapping[str, Any]): A JSON object of the record.
    key (str): The key of the list.
    RETURNS (Optional[List[Any]]): The list; None if it is missing or null.
    RAISES (ValueError): If it is something else.
    """
    return get_value(item, key, list) if item.get(key) is not None else None


def get_rows(item: Mapping[str, Any], key: str) -> List[Any]:
    """Get an optional list of entities.

    item (Mapping[str, Any]): A JSON object of the record.
    key (str): The key of the list.
    RETURNS (List[Any]): The list; anything else as its only element, a malformed one.
    """
    value = item.get(key, [])
    return value if isinstance(value, list) else [] if value is None else [value]


def get_first(item: Mapping[str, Any], key: str) -> Any:
    """Get the first element of an optional list.

    item (Mapping[str, Any]): A JSON object of the record.
    key (str): The key of the list.
    RETURNS (Any): The element; None if there is none.
    """
    values = item.get(key)
    return values[0] if isinstance(values, list) and values else None


def matches_first(
    item: Mapping[str, Any], key: str, matches: Callable[[Any], bool] = lambda first: True
) -> bool:
    """Tell whether the first element of a list is of a format.

    item (Mapping[str, Any]): A JSON object of the record.
    key (str): The key of the list.
    matches (Callable[[Any], bool]): Whether an element is of the format.
    RETURNS (bool): Whether it is; also True if the list is there and has no element.
    """
    first = get_first(item, key)
    return key in item and (first is None or matches(first))


def choose_key(item: Mapping[str, Any], *keys: str) -> str:
    """Choose the key of a value that has several names.

    item (Mapping[str, Any]): A JSON object of the record.
    *keys (str): The names, the preferred one first.
    RETURNS (str): The first one that is a key of the object; if none is, the preferred one, which
        an error then names.
    """
    return next((key for key in keys if key in item), keys[0])


def get_type(item: Mapping[str, Any], key: str) -> str:
    """Get an optional argument type of a JSON object.

    item (Mapping[str, Any]): A JSON object of the record.
    key (str): The key of the type.
    RETURNS (str): The type; empty if there is none.
    RAISES (ValueError): If it is not a string, or `item` is no JSON object.
    """
    is_missing = isinstance(item, Mapping) and item.get(key) is None
    return "" if is_missing else get_value(item, key, str)


class Provenance(TypedDict):
    """Id and further data of a record, as attributes of `Record`."""

    id: Optional[RecordId]
    meta: Dict[str, Any]


def get_provenance(item: Mapping[str, Any], known: Collection[str], *id_keys: str) -> Provenance:
    """Get the id and the further data of a record.

    item (Mapping[str, Any]): The JSON object of the record.
    known (Collection[str]): Keys of the format, which are no further data.
    *id_keys (str): Keys of ids, the preferred one first; "id" by default.
    RETURNS (Provenance): The first id that is a string or a whole number; and the values of all
        other keys, with those of an object under "meta" among them unless two have one name.
    """
    keys = [key for key in id_keys or ("id",) if item.get(key) is not None]
    id_key = next((key for key in keys if is_id(item[key])), None)
    left_out = {*known, *([] if id_key is None else [id_key])}
    meta = {k: v for k, v in item.items() if k not in left_out and (k, v) != ("id", None)}
    inner = meta.get("meta")
    if isinstance(inner, dict) and inner.keys().isdisjoint(meta.keys() - {"meta"}):
        meta = {**{key: value for key, value in meta.items() if key != "meta"}, **inner}
    return {"id": None if id_key is None else item[id_key], "meta": meta}


def merge_provenance(found: Iterable[Provenance]) -> Provenance:
    """Merge the ids and further data of the records that make one.

    found (Iterable[Provenance]): Those of each.
    RETURNS (Provenance): The first id; and one value of each name, or a list where they differ. If
        the ids differ, they are all under "ids".
    """
    ids: Dict[RecordId, None] = {}
    values: Dict[str, Dict[str, Any]] = {}
    for each in found:
        if each["id"] is not None:
            ids.setdefault(each["id"])
        for name, value in each["meta"].items():
            values.setdefault(name, {}).setdefault(repr(value), value)
    lists = {name: list(different.values()) for name, different in values.items()}
    meta = {name: each[0] if len(each) == 1 else each for name, each in lists.items()}
    several = {"ids": list(ids)} if len(ids) > 1 else {}
    return {"id": next(iter(ids), None), "meta": {**several, **meta}}


def is_id(value: Any) -> bool:
    """Check whether a value can be the id of a record.

    value (Any): A value of JSON.
    RETURNS (bool): Whether it is a whole number or a string of valid Unicode.
    """
    if isinstance(value, str):
        return _SURROGATE.search(value) is None
    return isinstance(value, int) and not isinstance(value, bool)

"""The format of a file, by its content or by name."""

from itertools import islice
from pathlib import Path
from typing import List, Optional, Union

from .files import ConversionError, Item, MalformedRecord, read_items
from .format import Format
from .formats import find_formats
from .formats.duie2 import DUIE2
from .formats.spo_jsonl import RECORD_KEYS, SPO_JSONL
from .values import list_names

# How many records of a file are searched for one that shows its format.
N_DETECT = 1000


def get_format(name: str) -> Format:
    """Get a format by name.

    name (str): Its `Format.name`.
    RETURNS (Format): The format.
    RAISES (ConversionError): If there is none of that name.
    """
    for data_format in find_formats():
        if data_format.name == name:
            return data_format
    raise ConversionError(f"There is no format {name!r}. The formats are:\n{_list_formats()}")


def detect(path: Path) -> Format:
    """Detect the format of a file.

    path (Path): A file of any format.
    RETURNS (Format): By suffix and content if it is not JSON; otherwise the format of the first
        record that matches one.
    RAISES (ConversionError): If no record matches a format, and the file is not one of unannotated
        texts either.
    """
    for data_format in find_formats():
        if data_format.claims(path):
            return data_format
    first_items = list(islice(read_items(path), N_DETECT))
    items = [item for item in first_items if isinstance(item, Item)]
    detected = _detect_annotated(items) or _detect_unannotated(items)
    if detected is None:
        first = next(iter(items or first_items), None)
        raise ConversionError(
            f"The format of {path} cannot be recognised. {_describe(first)}. Name the format, "
            f"leave the file out, or bring the data into one of these:\n{_list_formats()}"
        )
    return detected


def _detect_annotated(items: List[Item]) -> Optional[Format]:
    pairs = ((item, data_format) for item in items for data_format in find_formats())
    return next((f for item, f in pairs if f.matches(item.value)), None)


def _detect_unannotated(items: List[Item]) -> Optional[Format]:
    # All formats with such a list parse an empty one alike.
    if any(item.value.get("spo_list") == [] for item in items):
        return DUIE2
    if any("text" in item.value and set(item.value) <= set(RECORD_KEYS) for item in items):
        return SPO_JSONL
    return None


def _describe(first: Union[Item, MalformedRecord, None]) -> str:
    if first is None:
        return "It is empty"
    if isinstance(first, MalformedRecord):
        return f"Its first record cannot be read: {first}"
    return f"Its first record has: {list_names(first.value)}"


def _list_formats() -> str:
    return "\n".join(f"  {known.name}: {known.description}" for known in find_formats())

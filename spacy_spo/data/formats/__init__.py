"""The annotation formats that can be read, each in a file; the other files are what they share."""

from itertools import islice
from pathlib import Path
from typing import List, Optional, Sequence, Union

from ..files import BrokenRecord, ConversionError, Item, read_items
from ..format import Format, Placed, read_placed, read_records
from ..records import Argument, RawTriple, Record, list_names
from .bilou import BILOU
from .brat import BRAT
from .copyre import COPYRE
from .dgre import DGRE
from .doccano import DOCCANO
from .duie1 import DUIE1
from .duie2 import DUIE2
from .finre import FINRE
from .jointer import JOINTER
from .label_studio import LABEL_STUDIO
from .prodigy import PRODIGY
from .spert import SPERT
from .spo_jsonl import RECORD_KEYS, SPO_JSONL
from .sro_list import SRO_LIST
from .tplinker import TPLINKER
from .triple_list import TRIPLE_LIST

__all__ = [
    "FORMATS",
    "Argument",
    "BrokenRecord",
    "ConversionError",
    "Format",
    "Placed",
    "RawTriple",
    "Record",
    "detect",
    "get_format",
    "read_placed",
    "read_records",
]

FORMATS: Sequence[Format] = (
    DUIE1,
    DUIE2,
    TRIPLE_LIST,
    TPLINKER,
    JOINTER,
    COPYRE,
    BILOU,
    DGRE,
    SRO_LIST,
    FINRE,
    SPERT,
    DOCCANO,
    LABEL_STUDIO,
    PRODIGY,
    BRAT,
    SPO_JSONL,
)

# How many lines of a file are looked at for one that tells its format.
N_DETECT = 1000


def get_format(name: str) -> Format:
    """Get a format by its name.

    name (str): Its `Format.name`.
    RETURNS (Format): The format.
    RAISES (ConversionError): If there is none of that name.
    """
    for data_format in FORMATS:
        if data_format.name == name:
            return data_format
    raise ConversionError(f"There is no format {name!r}. The formats are:\n{_list_formats()}")


def detect(path: Path) -> Format:
    """Recognise the format of a file by what is in it.

    path (Path): A file of any format.
    RETURNS (Format): The format that claims it, or, for JSON, that of its first labelled record.
    RAISES (ConversionError): If it is none of the formats, or nothing in the file is labelled and
        it is not plain text records either.
    """
    for data_format in FORMATS:
        if data_format.claims(path):
            return data_format
    found = list(islice(read_items(path), N_DETECT))
    items = [item for item in found if isinstance(item, Item)]
    for item in items:
        for data_format in FORMATS:
            if data_format.matches(item.value):
                return data_format
    unlabelled = _detect_unlabelled(items)
    if unlabelled is None:
        first = next(iter(items or found), None)
        raise ConversionError(
            f"The format of {path} cannot be recognised. {_describe(first)}. Name the format, "
            f"leave the file out, or bring the data into one of these:\n{_list_formats()}"
        )
    return unlabelled


def _detect_unlabelled(items: List[Item]) -> Optional[Format]:
    # All formats with such a list read an empty one alike.
    if any(item.value.get("spo_list") == [] for item in items):
        return DUIE2
    if any("text" in item.value and set(item.value) <= set(RECORD_KEYS) for item in items):
        return SPO_JSONL
    return None


def _describe(first: Union[Item, BrokenRecord, None]) -> str:
    if first is None:
        return "It is empty"
    if isinstance(first, BrokenRecord):
        return f"Its first record cannot be read: {first}"
    return f"Its first record has: {list_names(first.value)}"


def _list_formats() -> str:
    return "\n".join(f"  {data_format.name}: {data_format.description}" for data_format in FORMATS)

"""Annotation formats: how records are read from files and written to them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, Collection, Dict, Iterator, Mapping, NamedTuple, Optional, Union

from .files import Item, MalformedRecord, read_items
from .records import Record

# What a format may represent beside texts, predicates, subjects and objects.
OFFSETS = "offsets"
TYPES = "types"
QUALIFIERS = "qualifiers"
SCORES = "scores"
UNANNOTATED = "unannotated texts"


def _any_file(path: Path) -> bool:
    return True


@dataclass(frozen=True)
class Format:
    """Annotation format: parses records, and may write them.

    name (str): Its name, as in `--format`.
    description (str): Its records in a few words, for help and errors.
    matches (Callable[[Mapping[str, Any]], bool]): Whether a JSON object is a record of this format.
    parse (Callable[[Mapping[str, Any]], Record]): Parses an item; raises a ValueError with the
        reason if it is malformed.
    read (Callable[[Path], Iterator[Union[Item, MalformedRecord]]]): Reads the items of a file.
    suffixes (Collection[str]): Suffixes of its files, if they are not JSON.
    recognises (Callable[[Path], bool]): Whether a file with such a suffix is of this format; all
        are by default.
    companion (str): Suffix of a second file that belongs to each file; empty if there is none.
    dump (Optional[Callable[[Record], Dict[str, Any]]]): The inverse of `parse`; None if the
        format is for reading only.
    represents (Collection[str]): What `dump` can represent: `OFFSETS`, `TYPES` and so on.
    is_array (bool): Whether its files are one JSON array; JSONL otherwise.
    priority (int): Of several formats that match a record, the one of the highest priority is
        taken, then the first by name.
    """

    name: str
    description: str
    matches: Callable[[Mapping[str, Any]], bool]
    parse: Callable[[Mapping[str, Any]], Record]
    read: Callable[[Path], Iterator[Union[Item, MalformedRecord]]] = read_items
    suffixes: Collection[str] = ()
    recognises: Callable[[Path], bool] = _any_file
    companion: str = ""
    dump: Optional[Callable[[Record], Dict[str, Any]]] = None
    represents: Collection[str] = ()
    is_array: bool = False
    priority: int = 0

    def claims(self, path: Path) -> bool:
        """Recognise a non-JSON file by suffix and content.

        path (Path): The file.
        RETURNS (bool): Whether it is of this format.
        """
        return path.suffix in self.suffixes and self.recognises(path)


class LocatedRecord(NamedTuple):
    """Record with its file and its location there.

    path (Path): The file.
    location (str): Its line in the file, as in `Item`.
    record (Record): The record.
    """

    path: Path
    location: str
    record: Record

    def __str__(self) -> str:
        return f"{self.path}:{self.location}"


def not_json(item: Mapping[str, Any]) -> bool:
    """Match no JSON object, for formats recognised by suffix.

    item (Mapping[str, Any]): Any JSON object.
    RETURNS (bool): False.
    """
    return False


def read_records(path: Path, data_format: Format) -> Iterator[Union[Record, MalformedRecord]]:
    """Read the records of a file.

    A malformed record does not affect the others.

    path (Path): A file of the format.
    data_format (Format): The format of its records.
    YIELDS (Union[Record, MalformedRecord]): The records in the order of the file.
    RAISES (ConversionError): If a JSON array is broken: its rest cannot be read.
    """
    for item in read_located(path, data_format):
        yield item.record if isinstance(item, LocatedRecord) else item


def read_located(
    path: Path, data_format: Format
) -> Iterator[Union[LocatedRecord, MalformedRecord]]:
    """Read the records of a file with their locations.

    path (Path): A file of the format.
    data_format (Format): The format of its records.
    YIELDS (Union[LocatedRecord, MalformedRecord]): The records in the order of the file.
    RAISES (ConversionError): If a JSON array is broken: its rest cannot be read.
    """
    for item in data_format.read(path):
        yield item if isinstance(item, MalformedRecord) else _parse(path, item, data_format)


def _parse(path: Path, item: Item, data_format: Format) -> Union[LocatedRecord, MalformedRecord]:
    try:
        return LocatedRecord(path, item.location, data_format.parse(item.value))
    except ValueError as error:
        return MalformedRecord(path, item.location, str(error))
    # Formats of other packages may not check each value.
    except (AttributeError, LookupError, TypeError) as error:
        reason = f"not of the format {data_format.name} ({type(error).__name__}: {error})"
        return MalformedRecord(path, item.location, reason)

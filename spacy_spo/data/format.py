"""What an annotation format is: how its files are read, and how records are written to it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, Collection, Dict, Iterator, Mapping, NamedTuple, Optional, Union

from .files import BrokenRecord, Item, read_items
from .records import Record

# What a format may have a place for, beside texts, predicates, subjects and objects.
OFFSETS = "offsets"
TYPES = "types"
QUALIFIERS = "qualifiers"
SCORES = "scores"
UNANNOTATED = "unannotated texts"


def _any_file(path: Path) -> bool:
    return True


@dataclass(frozen=True)
class Format:
    """An annotation format: how a record of a file says which triples its text states.

    name (str): What users call it.
    description (str): Its records in a few words, for help and errors.
    matches (Callable[[Mapping[str, Any]], bool]): Whether a JSON object can only be of it.
    parse (Callable[[Mapping[str, Any]], Record]): Reads an item; raises a ValueError that says
        what is wrong with it.
    read (Callable[[Path], Iterator[Union[Item, BrokenRecord]]]): Reads the items of a file.
    suffixes (Collection[str]): Suffixes of its files, if they are not JSON.
    recognises (Callable[[Path], bool]): Whether a file with such a suffix is of it; all are by
        default.
    companion (str): Suffix of the file that belongs to each file of it; empty if there is none.
    dump (Optional[Callable[[Record], Dict[str, Any]]]): The inverse of `parse`; None if the
        format can only be read.
    carries (Collection[str]): What `dump` has a place for: `OFFSETS`, `TYPES` and so on.
    is_array (bool): Whether its files are one JSON array; JSONL otherwise.
    """

    name: str
    description: str
    matches: Callable[[Mapping[str, Any]], bool]
    parse: Callable[[Mapping[str, Any]], Record]
    read: Callable[[Path], Iterator[Union[Item, BrokenRecord]]] = read_items
    suffixes: Collection[str] = ()
    recognises: Callable[[Path], bool] = _any_file
    companion: str = ""
    dump: Optional[Callable[[Record], Dict[str, Any]]] = None
    carries: Collection[str] = ()
    is_array: bool = False

    def claims(self, path: Path) -> bool:
        """RETURNS (bool): Whether a file that is not JSON is of the format."""
        return path.suffix in self.suffixes and self.recognises(path)


class Placed(NamedTuple):
    """A record of a file, and its place there: see `Item`."""

    path: Path
    place: str
    record: Record

    def __str__(self) -> str:
        return f"{self.path}:{self.place}"


def not_json(item: Mapping[str, Any]) -> bool:
    """For formats that are told by the suffix of their files: no JSON object is of them."""
    return False


def read_records(path: Path, data_format: Format) -> Iterator[Union[Record, BrokenRecord]]:
    """Read the records of a file; a broken one does not stop the others.

    path (Path): A file of the format.
    data_format (Format): The format of its records.
    YIELDS (Union[Record, BrokenRecord]): The records in the order of the file.
    RAISES (ConversionError): If a JSON array breaks off: what follows cannot be read.
    """
    for item in read_placed(path, data_format):
        yield item.record if isinstance(item, Placed) else item


def read_placed(path: Path, data_format: Format) -> Iterator[Union[Placed, BrokenRecord]]:
    """Read the records of a file like `read_records`, with their places."""
    for item in data_format.read(path):
        yield item if isinstance(item, BrokenRecord) else _parse(path, item, data_format)


def _parse(path: Path, item: Item, data_format: Format) -> Union[Placed, BrokenRecord]:
    try:
        return Placed(path, item.place, data_format.parse(item.value))
    except ValueError as error:
        return BrokenRecord(path, item.place, str(error))

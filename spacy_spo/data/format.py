"""Annotation formats: how records are read from files and written to them."""

from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import (
    Any,
    Callable,
    Collection,
    Dict,
    Iterable,
    Iterator,
    Mapping,
    NamedTuple,
    Optional,
    TypeVar,
    Union,
)

from .files import Item, MalformedRecord, read_items, write_items
from .records import Record

T = TypeVar("T")

# Options of formats: the names of the columns of a table by role, the key of the text, and the
# predicate of relations without a label.
COLUMNS, TEXT_KEY, PREDICATE = OPTIONS = ("columns", "text_key", "predicate")

# What a format may represent beside texts, predicates, subjects and objects.
OFFSETS = "offsets"
TYPES = "types"
QUALIFIERS = "qualifiers"
SCORES = "scores"
PROVENANCE = "ids and meta data"
# The ids without the meta data.
IDS = "ids"
UNANNOTATED = "unannotated texts"
NEGATIVES = "texts without triples"

Items = Iterator[Union[Item, MalformedRecord]]


def any_item(item: Mapping[str, Any]) -> bool:
    """Match any JSON object, for formats recognised by the suffix.

    item (Mapping[str, Any]): What the reader of the format made of the file.
    RETURNS (bool): True.
    """
    return True


def _configure(
    function: Callable[..., T], names: Collection[str], options: Mapping[str, Any]
) -> Callable[..., T]:
    given = {name: value for name, value in options.items() if name in names}
    return partial(function, **given) if given else function


def count_lists(*keys: str) -> Callable[[Mapping[str, Any]], int]:
    """Make a function that counts the elements of lists.

    *keys (str): The keys of the lists.
    RETURNS (Callable[[Mapping[str, Any]], int]): The function, of a JSON object.
    """

    def count(item: Mapping[str, Any]) -> int:
        values = (item.get(key) for key in keys)
        return sum(len(value) for value in values if isinstance(value, list))

    return count


def _as_they_are(items: Items) -> Items:
    return items


@dataclass(frozen=True)
class Format:
    """Annotation format: parses records, and may write them.

    name (str): Its name, as in `--format`.
    description (str): Its records in a few words, for help and errors.
    matches (Callable[[Mapping[str, Any]], bool]): Whether a JSON object may be a record of this
        format, by its keys. Detection then tries to parse it.
    parse (Callable[[Mapping[str, Any]], Record]): Parses an item; raises a ValueError with the
        reason if it is malformed.
    suffixes (Collection[str]): Suffixes of its files, if they are not JSON.
    read (Callable[[Path], Iterator[Union[Item, MalformedRecord]]]): Reads the items of a file.
    arrange (Callable[[Iterator[Union[Item, MalformedRecord]]], Iterator[...]]): Splits or gathers
        the items of a file, if they are not one a record.
    min_found (float): The smallest share of triples with both arguments in the text for which the
        format is detected, if nothing but the arguments shows it.
    companion (str): Suffix of a second file that belongs to each file; empty if there is none.
    count (Callable[[Mapping[str, Any]], int]): Counts the relations of a record that cannot be
        parsed, as far as they are known.
    parse_options (Collection[str]): Names of keyword arguments of `parse` that users may set, of
        `OPTIONS`.
    arrange_options (Collection[str]): The same of `arrange`.
    dump (Optional[Callable[[Record], Dict[str, Any]]]): The inverse of `parse`; None if the
        format is for reading only.
    dump_predicted (Optional[Callable[[Record], Dict[str, Any]]]): The same for predicted triples,
        if the format tells them from gold ones.
    write (Callable[[Path, Iterable[Dict[str, Any]]], None]): Writes dumped records, as JSONL by
        default.
    output (Collection[str]): Suffixes of the files that it writes; "" is a folder.
    represents (Collection[str]): What `dump` can represent: `OFFSETS`, `TYPES` and so on.
    priority (int): Of several formats that fit a file equally well, the one of the highest priority
        is taken, then the first by name.
    """

    name: str
    description: str
    matches: Callable[[Mapping[str, Any]], bool]
    parse: Callable[..., Record]
    suffixes: Collection[str] = ()
    read: Callable[[Path], Items] = read_items
    arrange: Callable[..., Items] = _as_they_are
    min_found: float = 0.0
    companion: str = ""
    count: Callable[[Mapping[str, Any]], int] = count_lists()
    parse_options: Collection[str] = ()
    arrange_options: Collection[str] = ()
    dump: Optional[Callable[[Record], Dict[str, Any]]] = None
    dump_predicted: Optional[Callable[[Record], Dict[str, Any]]] = None
    write: Callable[[Path, Iterable[Dict[str, Any]]], None] = write_items
    output: Collection[str] = (".json", ".jsonl")
    represents: Collection[str] = ()
    priority: int = 0

    def configure(self, options: Mapping[str, Any]) -> "Format":
        """Set the options of the format.

        options (Mapping[str, Any]): Values by name of the option; others are left alone.
        RETURNS (Format): The format with them.
        """
        return replace(
            self,
            parse=_configure(self.parse, self.parse_options, options),
            arrange=_configure(self.arrange, self.arrange_options, options),
        )

    def read_arranged(self, path: Path) -> Items:
        """Read the items of a file, one a record.

        path (Path): A file of the format.
        RETURNS (Iterator[Union[Item, MalformedRecord]]): The items, split or gathered.
        """
        return self.arrange(self.read(path))

    def count_relations(self, item: Mapping[str, Any]) -> int:
        """Count the relations of a record that cannot be parsed.

        item (Mapping[str, Any]): The JSON object.
        RETURNS (int): Their number, as far as it is known; at least 1.
        """
        return max(self.count(item), 1)


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
    for item in data_format.read_arranged(path):
        yield item if isinstance(item, MalformedRecord) else parse_item(path, item, data_format)


def parse_item(
    path: Path, item: Item, data_format: Format
) -> Union[LocatedRecord, MalformedRecord]:
    """Parse an item of a file.

    path (Path): The file.
    item (Item): The item.
    data_format (Format): Its format.
    RETURNS (Union[LocatedRecord, MalformedRecord]): The record, or why it is malformed.
    """
    try:
        return LocatedRecord(path, item.location, data_format.parse(item.value))
    except ValueError as error:
        reason = str(error)
    # Formats of other packages may not check each value.
    except (AttributeError, LookupError, TypeError) as error:
        reason = f"not of the format {data_format.name} ({type(error).__name__}: {error})"
    n_relations = data_format.count_relations(item.value)
    return MalformedRecord(path, item.location, reason, n_relations)

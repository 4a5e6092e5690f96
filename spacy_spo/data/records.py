"""Records: texts with their triples, independent of the format.

The unit of failure is the relation: one that is malformed is lost, with its cause, and the record
keeps the others. A record is malformed if it has no text, or no list where its relations are.
"""

import reprlib
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import (
    Any,
    Callable,
    Dict,
    Iterable,
    List,
    Mapping,
    NamedTuple,
    Optional,
    Sequence,
    Tuple,
)

from ..triples import OBJECT, SUBJECT
from .files import Item
from .values import RecordId, check_value

# Causes of loss, as counted.
MALFORMED = "malformed relation"
MALFORMED_ENTITY = "malformed entity"
NO_ENTITY = "entity missing"
NO_LABEL = "relation without label"
EVENT = "event as argument"
OUTSIDE = "offsets outside the text"
# An argument in several pieces, for which a Doc has no span.
DISCONTINUOUS = "discontinuous argument"
# Notes: what is neither kept nor lost, as counted.
NO_RELATION = "labels for no relation"
SEVERAL_TYPES = "arguments with several types, kept without type"
EVENTS = "events, which are no triples"
UNTYPED_ENTITY = "malformed entities, arguments kept without their types"
UNKNOWN_KEYS = "triples with unknown keys, kept without their values"
# Labels that stand for no relation in one corpus or another, in whatever case.
NO_RELATION_LABELS = frozenset(
    (
        "na",
        "n/a",
        "none",
        "other",
        "no_relation",
        "no-relation",
        "no relation",
        "norelation",
        "unknown",
        "无",
        "无关系",
    )
)


def is_no_relation(label: str) -> bool:
    """Tell a label that stands for no relation.

    label (str): The label of a relation.
    RETURNS (bool): Whether it does, in one corpus or another.
    """
    return label.strip().casefold() in NO_RELATION_LABELS


def check_relation(predicate: str) -> str:
    """Check that a predicate can be written as a label.

    predicate (str): The predicate.
    RETURNS (str): The predicate.
    RAISES (ValueError): If it is a label for no relation: parsing would lose the triple.
    """
    if is_no_relation(predicate):
        raise ValueError(
            f"a triple has the predicate {predicate!r}, which stands for no relation in the "
            "format: rename it, or choose the format spo_jsonl"
        )
    return predicate


@dataclass(frozen=True)
class Argument:
    """Subject, object or qualifier as in the data.

    text (str): Its text.
    type (str): Its type; empty if the data have none.
    start (Optional[int]): The offset of its first character; None if the data have no offsets.
    end (Optional[int]): The offset after its last character.
    lost (str): The cause, if it cannot be a span of a Doc, e.g. `DISCONTINUOUS`; else empty.
    is_stated (bool): Whether the data have the text. If not, it is cut out of the text of the
        record by the offsets, which may count other units than characters.
    """

    text: str
    type: str = ""
    start: Optional[int] = None
    end: Optional[int] = None
    lost: str = ""
    is_stated: bool = True


@dataclass(frozen=True)
class RawTriple:
    """Triple as in the data, without spans.

    subject (Argument): The subject.
    predicate (str): The predicate, not empty.
    object (Argument): The object.
    qualifiers (Mapping[str, Argument]): Further arguments by name.
    score (float): The confidence in [0, 1]; 1.0 if the data have none.
    location (str): Its line in the file, if its record has several; else empty.

    RAISES (ValueError): If the predicate is empty, or a qualifier has the name of another role or
        one that is not valid Unicode.
    """

    subject: Argument
    predicate: str
    object: Argument
    qualifiers: Mapping[str, Argument] = field(default_factory=dict)
    score: float = 1.0
    location: str = field(default="", compare=False)

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

    def map_arguments(self, change: Callable[[Argument], Argument]) -> "RawTriple":
        """Change all arguments.

        change (Callable[[Argument], Argument]): Changes one.
        RETURNS (RawTriple): The triple with the changed arguments.
        """
        qualifiers = {name: change(argument) for name, argument in self.qualifiers.items()}
        subject, object_ = change(self.subject), change(self.object)
        return replace(self, subject=subject, object=object_, qualifiers=qualifiers)

    def __str__(self) -> str:
        return f"{self.subject.text!r} | {self.predicate!r} | {self.object.text!r}"


class LostTriple(NamedTuple):
    """Triple of the data that is not kept.

    cause (str): The cause, as counted.
    reason (str): The reason, with the triple or the part of it that is known.
    location (str): Its line in the file, as of `RawTriple`.
    """

    cause: str
    reason: str
    location: str = ""

    def __str__(self) -> str:
        return f"{self.cause}: {self.reason}"


class LostTripleError(ValueError):
    """Error in one relation of a record.

    cause (str): The cause, as counted.
    reason (str): The reason.
    """

    def __init__(self, cause: str, reason: str) -> None:
        super().__init__(reason)
        self.cause = cause


@dataclass(frozen=True)
class Record:
    """Text with its annotations.

    text (str): The text, exactly as in the data.
    triples (Optional[List[RawTriple]]): Its triples; empty if it has none, None if it is
        unannotated.
    meta (Mapping[str, Any]): Further data of the record, plain JSON.
    tokens (Sequence[Tuple[int, int]]): Offsets of its tokens, for formats that write them; empty
        in a parsed record.
    id (Optional[Union[str, int]]): Its id in the data, if any.
    lost (Sequence[LostTriple]): Relations that are no triples.
    notes (Mapping[str, int]): Counts of what else was left out, e.g. `NO_RELATION`.
    is_untouched (bool): Whether it is as its tool writes a text that nobody has annotated: with
        empty lists. `triples` is None then.
    RAISES (ValueError): If the text is no string of valid Unicode.
    """

    text: str
    triples: Optional[List[RawTriple]]
    meta: Mapping[str, Any] = field(default_factory=dict)
    tokens: Sequence[Tuple[int, int]] = ()
    id: Optional[RecordId] = None
    lost: Sequence[LostTriple] = ()
    notes: Mapping[str, int] = field(default_factory=dict)
    is_untouched: bool = False

    def __post_init__(self) -> None:
        check_value(self.text, str, "the text of a record")


def add_provenance(item: Mapping[str, Any], record: Record) -> Dict[str, Any]:
    """Add the id and the meta data of a record, for `dump`.

    item (Mapping[str, Any]): The JSON object of the rest of the record.
    record (Record): The record.
    RETURNS (Dict[str, Any]): The JSON object, with "id" first and "meta" last if there are any:
        `find_id` and `get_meta` are the inverse.
    """
    first = {} if record.id is None else {"id": record.id}
    return {**first, **item, **({"meta": dict(record.meta)} if record.meta else {})}


def build_record(
    text: str,
    relations: Optional[Iterable[Any]],
    parse: Callable[[Any], Optional[RawTriple]],
    *,
    id: Optional[RecordId] = None,
    meta: Mapping[str, Any] = {},
    notes: Mapping[str, int] = {},
    reads_no_relation: bool = True,
) -> Record:
    """Build a record of all relations that can be parsed.

    text (str): Its text.
    relations (Optional[Iterable[Any]]): Its relations, as in the data, those on lines of their own
        as `Item`; None if it is unannotated.
    parse (Callable[[Any], Optional[RawTriple]]): Parses one; None is no relation.
    id (Optional[Union[str, int]]): As of `Record`.
    meta (Mapping[str, Any]): As of `Record`.
    notes (Mapping[str, int]): Counts to which those of the relations are added.
    reads_no_relation (bool): Whether labels such as "NA" stand for no relation.
    RETURNS (Record): The record, with the triples and the lost ones.
    """
    counts = Counter(notes)
    if relations is None:
        return Record(text, None, id=id, meta=meta, notes=+counts)
    triples: List[RawTriple] = []
    lost: List[LostTriple] = []
    for relation in relations:
        value, location = relation, ""
        if isinstance(relation, Item):
            location, value = relation
        try:
            triple = parse(value)
        except ValueError as error:
            cause = error.cause if isinstance(error, LostTripleError) else MALFORMED
            lost.append(LostTriple(cause, f"{error} (in {reprlib.repr(value)})", location))
            continue
        if triple is None or (reads_no_relation and is_no_relation(triple.predicate)):
            counts[NO_RELATION] += 1
        else:
            triples.append(replace(triple, location=location) if location else triple)
    return Record(text, triples, lost=tuple(lost), id=id, meta=meta, notes=+counts)

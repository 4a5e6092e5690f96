"""Entities and relations between them, for formats with both."""

from collections import defaultdict
from typing import Any, Dict, Iterable, Mapping, Sequence, Set, Tuple, TypeVar

from .records import Argument, RawTriple
from .values import get_value

K = TypeVar("K")

# Stands for no type in formats that require one.
UNTYPED = "Argument"


def slice_argument(text: str, start: int, end: int, kind: str = "") -> Argument:
    """Build an argument from its offsets alone.

    text (str): The text of the record.
    start (int): The offset of its first character.
    end (int): The offset after its last character.
    kind (str): Its type.
    RETURNS (Argument): The argument.
    RAISES (ValueError): If the offsets are outside the text.
    """
    if not 0 <= start < end <= len(text):
        raise ValueError(f"there are no characters {start} to {end}: the text has {len(text)}")
    return Argument(text[start:end], kind, start, end)


def map_entities(entities: Iterable[Tuple[K, Argument]]) -> Dict[K, Argument]:
    """Map ids to entities, for `relate`.

    entities (Iterable[Tuple[K, Argument]]): Pairs of id and entity.
    RETURNS (Dict[K, Argument]): The entities by id.
    RAISES (ValueError): If two have one id: relations would be ambiguous.
    """
    by_id: Dict[K, Argument] = {}
    for entity_id, entity in entities:
        if entity_id in by_id:
            raise ValueError(f"there are two entities {entity_id!r}")
        by_id[entity_id] = entity
    return by_id


def find_unique_types(entities: Iterable[Tuple[K, str]]) -> Dict[K, str]:
    """Find the entities of exactly one type.

    entities (Iterable[Tuple[K, str]]): Pairs of text or offsets, and type; empty for none.
    RETURNS (Dict[K, str]): Their types.
    """
    kinds: Dict[K, Set[str]] = defaultdict(set)
    for key, kind in entities:
        if kind:
            kinds[key].add(kind)
    return {key: kind for key, (kind, *others) in kinds.items() if not others}


def relate(entities: Mapping[K, Argument], head: K, predicate: str, tail: K) -> RawTriple:
    """Build the triple of a relation.

    entities (Mapping[K, Argument]): The entities by id.
    head (K): The id of the subject.
    predicate (str): The label of the relation.
    tail (K): The id of the object.
    RETURNS (RawTriple): The triple.
    RAISES (ValueError): If there is no entity of an id, or the predicate is empty.
    """
    for entity_id in (head, tail):
        if entity_id not in entities:
            raise ValueError(f"a relation names the entity {entity_id!r}, and there is none")
    return RawTriple(entities[head], predicate, entities[tail])


def relate_numbered(relation: Mapping[str, Any], entities: Sequence[Argument]) -> RawTriple:
    """Build the triple of a relation with indices of entities.

    relation (Mapping[str, Any]): The relation: indices under "head" and "tail", its label under
        "type".
    entities (Sequence[Argument]): The entities.
    RETURNS (RawTriple): The triple.
    RAISES (ValueError): If a key is missing, or there is no entity of an index.
    """
    head, tail = get_value(relation, "head", int), get_value(relation, "tail", int)
    return relate(dict(enumerate(entities)), head, get_value(relation, "type", str), tail)


def index_entities(triples: Iterable[RawTriple]) -> Dict[Argument, int]:
    """Index the arguments of triples, for formats with entities.

    triples (Iterable[RawTriple]): The triples of a record.
    RETURNS (Dict[Argument, int]): Their subjects and objects, each once, with its index.
    """
    arguments = (argument for triple in triples for argument in (triple.subject, triple.object))
    return {argument: number for number, argument in enumerate(dict.fromkeys(arguments))}


def get_character_offsets(argument: Argument) -> Tuple[int, int]:
    """Get the required offsets of an argument.

    argument (Argument): The argument.
    RETURNS (Tuple[int, int]): Start and end.
    RAISES (ValueError): If it has none.
    """
    if argument.start is None or argument.end is None:
        raise ValueError(f"the argument {argument.text!r} has no offsets: the format needs them")
    return argument.start, argument.end


def to_label(kind: str) -> str:
    """Convert a type to a required label.

    kind (str): The type; empty for none.
    RETURNS (str): The type; `UNTYPED` for none.
    RAISES (ValueError): If the type is `UNTYPED` itself: parsing would lose it.
    """
    if kind == UNTYPED:
        raise ValueError(f"an argument has the type {kind!r}, which stands for none in the format")
    return kind or UNTYPED


def from_label(label: str) -> str:
    """Convert a label to a type, the inverse of `to_label`.

    label (str): The label.
    RETURNS (str): The type; empty for `UNTYPED`.
    """
    return "" if label == UNTYPED else label

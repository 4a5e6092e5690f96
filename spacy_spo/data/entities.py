"""Entities and relations between them, for formats with both."""

from collections import Counter, defaultdict
from dataclasses import replace
from typing import Any, Callable, Dict, Iterable, Mapping, Set, Tuple, TypeVar, Union

from .records import (
    MALFORMED_ENTITY,
    NO_ENTITY,
    NO_LABEL,
    OUTSIDE,
    SEVERAL_TYPES,
    UNTYPED_ENTITY,
    Argument,
    LostTripleError,
    RawTriple,
)
from .values import get_id, get_value

K = TypeVar("K")
R = TypeVar("R")
V = TypeVar("V")

# An entity, or why it is malformed.
Entity = Union[Argument, ValueError]
Entities = Dict[K, Entity]

# Stands for no type in formats that require one.
UNTYPED = "Argument"


def slice_argument(text: str, start: int, end: int, kind: str = "") -> Argument:
    """Build an argument from its offsets alone.

    What units the offsets count is decided later: see `offsets.py`.

    text (str): The text of the record.
    start (int): The offset of its first character.
    end (int): The offset after its last character.
    kind (str): Its type.
    RETURNS (Argument): The argument, with the text at the offsets.
    """
    lost = "" if 0 <= start < end <= len(text) else OUTSIDE
    found = "" if lost else text[start:end]
    return Argument(found, kind, start, end, lost, is_stated=False)


def map_entities(
    rows: Iterable[R], get_id: Callable[[R], K], parse: Callable[[R], Argument]
) -> Entities[K]:
    """Map ids to entities, for `relate`.

    An entity that is malformed is one only for the relations that name it.

    rows (Iterable[R]): The entities, as in the data.
    get_id (Callable[[R], K]): Gets the id of one.
    parse (Callable[[R], Argument]): Parses one.
    RETURNS (Dict[K, Union[Argument, ValueError]]): The entities by id, or why one is malformed. An
        entity that is there twice, with two types, has none.
    """
    by_id: Entities[K] = {}
    for row in rows:
        try:
            entity_id = get_id(row)
        except ValueError:  # no relation can name it
            continue
        entity = _parse_entity(row, parse)
        by_id[entity_id] = _merge(by_id[entity_id], entity) if entity_id in by_id else entity
    return by_id


def get_name(row: Mapping[str, Any], key: str) -> str:
    """Get the id of an entity, as a key.

    row (Mapping[str, Any]): An entity or a relation, as in the data.
    key (str): The key of the id.
    RETURNS (str): The id; 7 and "7" are the same.
    RAISES (ValueError): If it is missing, or neither a string nor a whole number.
    """
    return str(get_id(row, key))


def number_entities(rows: Iterable[R], parse: Callable[[R], Argument]) -> Entities[int]:
    """Map indices to entities, for `relate`.

    rows (Iterable[R]): The entities, as in the data.
    parse (Callable[[R], Argument]): Parses one.
    RETURNS (Dict[int, Union[Argument, ValueError]]): The entities by index.
    """
    return {number: _parse_entity(row, parse) for number, row in enumerate(rows)}


def _parse_entity(row: R, parse: Callable[[R], V]) -> Union[V, ValueError]:
    try:
        return parse(row)
    except ValueError as error:
        return error


def _merge(first: Entity, second: Entity) -> Entity:
    if isinstance(first, ValueError) or isinstance(second, ValueError):
        return first if isinstance(first, ValueError) else second
    if replace(first, type="") != replace(second, type=""):
        return ValueError("there are two entities with this id")
    return first if first.type == second.type else replace(first, type="")


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


def find_types(
    rows: Iterable[R], parse: Callable[[R], Tuple[K, str]]
) -> Tuple[Dict[K, str], Counter[str]]:
    """Find the types of arguments in a list of entities.

    rows (Iterable[R]): The entities, as in the data.
    parse (Callable[[R], Tuple[K, str]]): Parses one: its text or offsets, and its type.
    RETURNS (Tuple[Dict[K, str], Counter[str]]): The types of those that have exactly one, and notes
        for the record: how many have several, and how many entities are malformed.
    """
    parsed = [_parse_entity(row, parse) for row in rows]
    entities = [entity for entity in parsed if not isinstance(entity, ValueError)]
    types = find_unique_types(entities)
    n_several = len({key for key, kind in entities if kind} - types.keys())
    return types, +Counter({SEVERAL_TYPES: n_several, UNTYPED_ENTITY: len(parsed) - len(entities)})


def relate(entities: Entities[K], head: K, predicate: str, tail: K) -> RawTriple:
    """Build the triple of a relation.

    entities (Mapping[K, Union[Argument, ValueError]]): The entities by id.
    head (K): The id of the subject.
    predicate (str): The label of the relation.
    tail (K): The id of the object.
    RETURNS (RawTriple): The triple.
    RAISES (ValueError): If there is no entity of an id, the entity is malformed, or the predicate
        is empty.
    """
    return RawTriple(_get_entity(entities, head), predicate, _get_entity(entities, tail))


def relate_labelled(
    entities: Entities[K], head: K, label: str, tail: K, predicate: str = ""
) -> RawTriple:
    """Build the triple of a relation that may have no label.

    entities (Mapping[K, Union[Argument, ValueError]]): The entities by id.
    head (K): The id of the subject.
    label (str): The label of the relation; empty for none.
    tail (K): The id of the object.
    predicate (str): The predicate of relations without a label; empty for none.
    RETURNS (RawTriple): The triple.
    RAISES (ValueError): As `relate`, and if there is neither a label nor a predicate.
    """
    return relate(entities, head, require_label(label, predicate), tail)


def require_label(label: str, predicate: str = "") -> str:
    """Require the label of a relation.

    label (str): The label; empty for none.
    predicate (str): The predicate of relations without a label; empty for none.
    RETURNS (str): The label, or the predicate in its place.
    RAISES (LostTripleError): If there is neither.
    """
    if not label and not predicate:
        raise LostTripleError(
            NO_LABEL,
            "the relation has no label. Label it, or name the predicate of all such relations: "
            "--predicate",
        )
    return label or predicate


def _get_entity(entities: Entities[K], entity_id: K) -> Argument:
    if entity_id not in entities:
        raise LostTripleError(NO_ENTITY, f"there is no entity {entity_id!r}")
    entity = entities[entity_id]
    if isinstance(entity, ValueError):
        cause = entity.cause if isinstance(entity, LostTripleError) else MALFORMED_ENTITY
        raise LostTripleError(cause, f"the entity {entity_id!r}: {entity}")
    return entity


def relate_numbered(relation: Mapping[str, Any], entities: Entities[int]) -> RawTriple:
    """Build the triple of a relation with indices of entities.

    relation (Mapping[str, Any]): The relation: indices under "head" and "tail", its label under
        "type".
    entities (Mapping[int, Union[Argument, ValueError]]): The entities by index.
    RETURNS (RawTriple): The triple.
    RAISES (ValueError): If a key is missing, there is no entity of an index, or it is malformed.
    """
    head, tail = get_value(relation, "head", int), get_value(relation, "tail", int)
    return relate(entities, head, get_value(relation, "type", str), tail)


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
        raise ValueError(
            f"an argument has the type {kind!r}, which stands for none in the format: rename it"
        )
    return kind or UNTYPED


def from_label(label: str) -> str:
    """Convert a label to a type, the inverse of `to_label`.

    label (str): The label.
    RETURNS (str): The type; empty for `UNTYPED`.
    """
    return "" if label == UNTYPED else label

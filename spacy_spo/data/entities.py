"""For formats that give entities by their places, and relations that name two of them."""

from collections import defaultdict
from typing import Any, Dict, Iterable, Mapping, Sequence, Set, Tuple, TypeVar

from .records import Argument, RawTriple, get_value

K = TypeVar("K")

# Written where a format wants a type and there is none; read as none.
UNTYPED = "Argument"


def cover(text: str, start: int, end: int, kind: str = "") -> Argument:
    """Build an argument that the data give by its offsets alone.

    text (str): The text of the record.
    start (int): The offset of its first character.
    end (int): The offset after its last character.
    kind (str): Its type.
    RETURNS (Argument): The argument.
    RAISES (ValueError): If there are no such characters.
    """
    if not 0 <= start < end <= len(text):
        raise ValueError(f"there are no characters {start} to {end}: the text has {len(text)}")
    return Argument(text[start:end], kind, start, end)


def name_entities(entities: Iterable[Tuple[K, Argument]]) -> Dict[K, Argument]:
    """Build the mapping that `relate` takes.

    entities (Iterable[Tuple[K, Argument]]): What relations call each entity, and the entity.
    RETURNS (Dict[K, Argument]): The entities by these names.
    RAISES (ValueError): If two have one name: relations would not say which of them they mean.
    """
    named: Dict[K, Argument] = {}
    for name, entity in entities:
        if name in named:
            raise ValueError(f"there are two entities {name!r}")
        named[name] = entity
    return named


def settle_types(stated: Iterable[Tuple[K, str]]) -> Dict[K, str]:
    """Tell the types of what data list apart from the triples.

    stated (Iterable[Tuple[K, str]]): Texts or places, and the type of each; empty for none.
    RETURNS (Dict[K, str]): The type of each that has exactly one.
    """
    kinds: Dict[K, Set[str]] = defaultdict(set)
    for place, kind in stated:
        if kind:
            kinds[place].add(kind)
    return {place: kind for place, (kind, *others) in kinds.items() if not others}


def relate(entities: Mapping[K, Argument], head: K, predicate: str, tail: K) -> RawTriple:
    """Build the triple of a relation.

    entities (Mapping[K, Argument]): The entities by what relations call them.
    head (K): The name of the subject.
    predicate (str): The label of the relation.
    tail (K): The name of the object.
    RETURNS (RawTriple): The triple.
    RAISES (ValueError): If there is no entity of a name, or the predicate is empty.
    """
    for name in (head, tail):
        if name not in entities:
            raise ValueError(f"a relation names the entity {name!r}, and there is none")
    return RawTriple(entities[head], predicate, entities[tail])


def relate_numbered(relation: Mapping[str, Any], entities: Sequence[Argument]) -> RawTriple:
    """Build the triple of a relation whose "head" and "tail" number the entities.

    relation (Mapping[str, Any]): The relation, with its label under "type".
    entities (Sequence[Argument]): The entities.
    RETURNS (RawTriple): The triple.
    RAISES (ValueError): If something is missing, or there is no entity of a number.
    """
    head, tail = get_value(relation, "head", int), get_value(relation, "tail", int)
    return relate(dict(enumerate(entities)), head, get_value(relation, "type", str), tail)


def list_entities(triples: Iterable[RawTriple]) -> Dict[Argument, int]:
    """List what relations name: the inverse of `relate`.

    triples (Iterable[RawTriple]): The triples of a record.
    RETURNS (Dict[Argument, int]): Their subjects and objects, each once, and their numbers.
    """
    arguments = (argument for triple in triples for argument in (triple.subject, triple.object))
    return {argument: number for number, argument in enumerate(dict.fromkeys(arguments))}


def get_place(argument: Argument) -> Tuple[int, int]:
    """Get the offsets of an argument, for a format that cannot be written without.

    argument (Argument): The argument.
    RETURNS (Tuple[int, int]): Start and end.
    RAISES (ValueError): If it has none.
    """
    if argument.start is None or argument.end is None:
        raise ValueError(f"the argument {argument.text!r} has no offsets: the format needs them")
    return argument.start, argument.end


def to_label(kind: str) -> str:
    """Write a type in a format that wants one.

    kind (str): The type; empty for none.
    RETURNS (str): The type, or what stands for none.
    RAISES (ValueError): If the type is what stands for none: reading would lose it.
    """
    if kind == UNTYPED:
        raise ValueError(f"an argument has the type {kind!r}, which stands for none in the format")
    return kind or UNTYPED


def from_label(label: str) -> str:
    """RETURNS (str): The type that `to_label` was given."""
    return "" if label == UNTYPED else label

"""For formats that give entities by their places, and relations that name two of them."""

from typing import Mapping, TypeVar

from .records import Argument, RawTriple

K = TypeVar("K")


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

"""For formats that list entities, and relations that name two of them."""

from typing import Mapping, TypeVar

from .records import Argument, RawTriple

K = TypeVar("K")


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

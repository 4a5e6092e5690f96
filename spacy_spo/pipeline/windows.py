"""From the triples of overlapping windows to those of their Doc."""

from typing import Dict, Iterable, List, Mapping, Set, Tuple

from spacy.tokens import Span

from ..segments import Segment, shared_edges
from ..triples import Triple

# Subject, object and predicate: what two windows find of one statement is the same there.
_Place = Tuple[int, int, int, int, str]


def merge_windows(found: Mapping[Segment, Iterable[Triple]]) -> List[Triple]:
    """Put together what the segments of a Doc state, without what overlapping windows double.

    found (Mapping[Segment, Iterable[Triple]]): The triples by the segment they were found in.
    RETURNS (List[Triple]): Sorted by position. Of those with one subject, predicate and object
        the one with the most qualifiers stays, then the one with the best score. One with an
        argument that its window may have cut goes if the neighbour found it whole.
    """
    edges = shared_edges(sorted(found))
    best: Dict[_Place, Triple] = {}
    uncut: Set[_Place] = set()
    for segment, triples in found.items():
        cuts = edges.intersection(segment)
        for triple in triples:
            place = _place(triple)
            if place not in best or _rank(triple) > _rank(best[place]):
                best[place] = triple
            if not _touches(triple, cuts):
                uncut.add(place)
    whole = [best[place] for place in uncut]
    return [best[p] for p in sorted(best) if p in uncut or not _is_part(best[p], whole)]


def _place(triple: Triple) -> _Place:
    subject, object_ = triple.subject, triple.object
    return subject.start, subject.end, object_.start, object_.end, triple.predicate


def _rank(triple: Triple) -> Tuple[int, float]:
    return len(triple.qualifiers), triple.score


def _touches(triple: Triple, cuts: Set[int]) -> bool:
    return any(a.start in cuts or a.end in cuts for a in triple.arguments.values())


def _is_part(triple: Triple, whole: Iterable[Triple]) -> bool:
    """Whether another triple says the same of longer arguments."""
    return any(
        other.predicate == triple.predicate
        and _covers(other.subject, triple.subject)
        and _covers(other.object, triple.object)
        for other in whole
    )


def _covers(outer: Span, inner: Span) -> bool:
    return outer.start <= inner.start and inner.end <= outer.end

"""From the triples of overlapping windows to those of their Doc."""

from bisect import bisect_right
from typing import Dict, Iterable, List, Mapping, Sequence, Set, Tuple

from .segments import Segment, shared_edges
from .triples import Triple

# What two windows find of one statement is the same in these: subject, object, predicate.
_Place = Tuple[int, int, int, int, str]
# Where arguments stand, by predicate and role.
_Spans = Dict[Tuple[str, str], Set[Tuple[int, int]]]


def merge_windows(found: Mapping[Segment, Iterable[Triple]]) -> List[Triple]:
    """Put together what the segments of a Doc state, without what overlapping windows double.

    found (Mapping[Segment, Iterable[Triple]]): The triples by the segment they were found in.
    RETURNS (List[Triple]): Sorted by position. Of those with one subject, predicate and object
        the one with the most qualifiers stays, then the one with the best score. One with an
        argument that its window has cut goes: the neighbour found a longer one across the cut.
    """
    edges = shared_edges(sorted(found))
    longer = _across(sorted(edges), found)
    best: Dict[_Place, Triple] = {}
    for segment, triples in found.items():
        cuts = edges.intersection(segment)
        for triple in triples:
            place = _place(triple)
            if _is_cut(triple, cuts, longer):
                continue
            if place not in best or _rank(triple) > _rank(best[place]):
                best[place] = triple
    return [best[place] for place in sorted(best)]


def _across(edges: Sequence[int], found: Mapping[Segment, Iterable[Triple]]) -> _Spans:
    """The arguments that lie across an edge."""
    spans: _Spans = {}
    for triples in found.values() if edges else ():
        for triple in triples:
            for role, span in triple.arguments.items():
                following = bisect_right(edges, span.start)
                if following < len(edges) and edges[following] < span.end:
                    spans.setdefault((triple.predicate, role), set()).add((span.start, span.end))
    return spans


def _is_cut(triple: Triple, cuts: Set[int], longer: _Spans) -> bool:
    """Whether an argument ends at a cut, and another one of its kind goes on there."""
    return any(
        start <= span.start and span.end <= end
        for role, span in triple.arguments.items()
        if span.start in cuts or span.end in cuts
        for start, end in longer.get((triple.predicate, role), ())
    )


def _place(triple: Triple) -> _Place:
    subject, object_ = triple.subject, triple.object
    return subject.start, subject.end, object_.start, object_.end, triple.predicate


def _rank(triple: Triple) -> Tuple[int, float]:
    return len(triple.qualifiers), triple.score

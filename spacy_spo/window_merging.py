"""Merge the triples of overlapping windows into those of their Doc."""

from bisect import bisect_right
from typing import Dict, Iterable, List, Mapping, Sequence, Set, Tuple

from .segments import Segment, shared_boundaries
from .triples import Triple

# The same in all windows: start and end of the subject and of the object, predicate.
_TripleKey = Tuple[int, int, int, int, str]
# Tokens of arguments by predicate and role.
_Spans = Dict[Tuple[str, str], Set[Tuple[int, int]]]


def merge_windows(by_segment: Mapping[Segment, Iterable[Triple]]) -> List[Triple]:
    """Merge the triples of all segments, without duplicates from overlapping windows.

    by_segment (Mapping[Segment, Iterable[Triple]]): The triples of each segment.
    RETURNS (List[Triple]): Sorted by position. Of those with one subject, predicate and object, the
        one with the most qualifiers is kept, then the one with the best score. A triple with an
        argument that ends at a window boundary is dropped if a neighbour has a wider one across it.
    """
    boundaries = shared_boundaries(sorted(by_segment))
    wider = _across(sorted(boundaries), by_segment)
    best: Dict[_TripleKey, Triple] = {}
    for segment, triples in by_segment.items():
        cuts = boundaries.intersection(segment)
        for triple in triples:
            key = _key(triple)
            if _is_cut(triple, cuts, wider):
                continue
            if key not in best or _rank(triple) > _rank(best[key]):
                best[key] = triple
    return [best[key] for key in sorted(best)]


def _across(boundaries: Sequence[int], by_segment: Mapping[Segment, Iterable[Triple]]) -> _Spans:
    """Collect the arguments across a boundary."""
    spans: _Spans = {}
    for triples in by_segment.values() if boundaries else ():
        for triple in triples:
            for role, span in triple.arguments.items():
                following = bisect_right(boundaries, span.start)
                if following < len(boundaries) and boundaries[following] < span.end:
                    spans.setdefault((triple.predicate, role), set()).add((span.start, span.end))
    return spans


def _is_cut(triple: Triple, cuts: Set[int], wider: _Spans) -> bool:
    # An argument ends at a cut, and a wider one of its predicate and role covers it.
    return any(
        start <= span.start and span.end <= end
        for role, span in triple.arguments.items()
        if span.start in cuts or span.end in cuts
        for start, end in wider.get((triple.predicate, role), ())
    )


def _key(triple: Triple) -> _TripleKey:
    subject, object_ = triple.subject, triple.object
    return subject.start, subject.end, object_.start, object_.end, triple.predicate


def _rank(triple: Triple) -> Tuple[int, float]:
    return len(triple.qualifiers), triple.score

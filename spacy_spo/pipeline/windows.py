"""From the triples of overlapping windows to those of their Doc."""

from typing import Any, Dict, Iterable, List, Mapping, Set, Tuple

from spacy.tokens import Doc

from ..segments import Segment, hard_cuts
from ..triples import Triple


def merge_windows(doc: Doc, found: Mapping[Segment, Iterable[Triple]]) -> List[Triple]:
    """Put together what the segments of a Doc state, without what overlapping windows double.

    doc (Doc): The Doc.
    found (Mapping[Segment, Iterable[Triple]]): The triples by the segment they were found in.
    RETURNS (List[Triple]): Sorted by position. Of those with one subject, predicate and object
        the one with the most qualifiers stays, then the one with the best score. One with an
        argument that a window may have cut through is left to the neighbour, which sees it whole.
    """
    cuts = hard_cuts(doc, sorted(found))
    best: Dict[Any, Triple] = {}
    for segment, triples in found.items():
        edges = cuts.intersection(segment)
        for triple in triples:
            subject, object_ = triple.subject, triple.object
            place = (subject.start, subject.end, object_.start, object_.end, triple.predicate)
            if _touches(triple, edges):
                continue
            if place not in best or _rank(triple) > _rank(best[place]):
                best[place] = triple
    return [best[place] for place in sorted(best)]


def _touches(triple: Triple, edges: Set[int]) -> bool:
    return any(a.start in edges or a.end in edges for a in triple.arguments.values())


def _rank(triple: Triple) -> Tuple[int, float]:
    return len(triple.qualifiers), triple.score

"""Overlap types: how triples of a text share arguments.

Normal, SEO and EPO are those of Zeng et al. (2018, "Extracting Relational Facts by an End-to-End
Neural Model with Copy Mechanism"), SOO that of Zheng et al. (2021, "PRGC"). Entities are compared
by text, nested arguments by offsets.
"""

from collections import Counter, defaultdict
from itertools import combinations
from typing import Dict, List, Sequence, Set

from ..triples import Triple, spans_overlap

NORMAL = "normal"
SINGLE_ENTITY = "seo"
ENTITY_PAIR = "epo"
SUBJECT_OBJECT = "soo"
MANY_TO_MANY = "nxm"
NESTED = "nested"
OVERLAPS = (NORMAL, SINGLE_ENTITY, ENTITY_PAIR, SUBJECT_OBJECT, MANY_TO_MANY, NESTED)


def overlaps(triples: Sequence[Triple]) -> Set[str]:
    """Classify how the triples of a text overlap.

    triples (Sequence[Triple]): All triples of a text.
    RETURNS (Set[str]): Some of OVERLAPS. "normal": no two triples share an entity, and no subject
        overlaps its object. "seo": two triples share one entity. "epo": two triples have the same
        two entities. "soo": a subject overlaps its object. "nxm": a predicate has several subjects
        and several objects. "nested": an argument overlaps another of its role and predicate.
        Empty without triples.
    """
    if not triples:
        return set()
    by_predicate: Dict[str, List[Triple]] = defaultdict(list)
    for triple in triples:
        by_predicate[triple.predicate].append(triple)
    pairs = Counter(frozenset((t.subject.text, t.object.text)) for t in triples)
    holds = {
        SINGLE_ENTITY: any(a & b for a, b in combinations(pairs, 2)),
        ENTITY_PAIR: any(count > 1 for count in pairs.values()),
        SUBJECT_OBJECT: any(spans_overlap(t.subject, t.object) for t in triples),
        MANY_TO_MANY: any(_is_many_to_many(group) for group in by_predicate.values()),
        NESTED: any(_is_nested(group) for group in by_predicate.values()),
    }
    shared = (SINGLE_ENTITY, ENTITY_PAIR, SUBJECT_OBJECT)
    return {name for name, value in holds.items() if value} | (
        set() if any(holds[name] for name in shared) else {NORMAL}
    )


def _is_many_to_many(triples: Sequence[Triple]) -> bool:
    subjects, objects = {t.subject.text for t in triples}, {t.object.text for t in triples}
    return len(subjects) > 1 and len(objects) > 1


def _is_nested(triples: Sequence[Triple]) -> bool:
    roles = [t.subject for t in triples], [t.object for t in triples]
    return any(
        spans_overlap(a, b) and (a.start, a.end) != (b.start, b.end)
        for spans in roles
        for a, b in combinations(spans, 2)
    )

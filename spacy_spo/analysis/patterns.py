"""Infer a schema from gold: symmetric and inverse predicates, types, cardinality."""

from collections import Counter, defaultdict
from typing import Any, Dict, Iterable, List, NamedTuple, Sequence, Set, Tuple

from ..triples import OBJECT, SUBJECT, Triple

# Two predicates are inverse if so large a share of both holds in both directions.
MIN_SHARE = 0.5
MIN_SUPPORT = 5
# Subject, predicate and object, as the text criterion compares them.
TextKey = Tuple[str, str, str]


class Patterns(NamedTuple):
    """Patterns of predicates.

    inverses (Dict[str, Dict[str, float]]): For each predicate, its inverses (itself if it is
        symmetric), with the share of its triples that have them.
    objects (Dict[str, Dict[int, int]]): For each predicate, the number of subjects in a text by
        their number of objects.
    subjects (Dict[str, Dict[int, int]]): The number of objects by their number of subjects.
    """

    inverses: Dict[str, Dict[str, float]]
    objects: Dict[str, Dict[int, int]]
    subjects: Dict[str, Dict[int, int]]

    def inverses_of(self, predicate: str) -> List[str]:
        """List the inverses of a predicate.

        predicate (str): The predicate.
        RETURNS (List[str]): Its inverses; itself if it is symmetric.
        """
        return list(self.inverses.get(predicate, ()))

    def to_rows(self) -> List[Dict[str, Any]]:
        """Convert to plain JSON.

        RETURNS (List[Dict[str, Any]]): A row a predicate.
        """
        return [
            {
                "predicate": predicate,
                "symmetric": predicate in self.inverses.get(predicate, {}),
                "inverses": self.inverses.get(predicate, {}),
                "objects_per_subject": self.objects[predicate],
                "subjects_per_object": self.subjects[predicate],
            }
            for predicate in sorted(self.objects)
        ]


def infer_patterns(texts: Iterable[Sequence[TextKey]]) -> Patterns:
    """Infer patterns from gold.

    texts (Iterable[Sequence[TextKey]]): The triples of each text, without duplicates.
    RETURNS (Patterns): Inverses for at least MIN_SHARE of at least MIN_SUPPORT triples, and
        cardinality.
    """
    support: Counter[str] = Counter()
    both_ways: Dict[str, Counter[str]] = defaultdict(Counter)
    objects: Dict[str, Counter[int]] = defaultdict(Counter)
    subjects: Dict[str, Counter[int]] = defaultdict(Counter)
    for keys in texts:
        pairs: Dict[Tuple[str, str], Set[str]] = defaultdict(set)
        for subject, predicate, object_ in keys:
            pairs[subject, object_].add(predicate)
        for subject, predicate, object_ in keys:
            support[predicate] += 1
            both_ways[predicate].update(pairs.get((object_, subject), ()))
        _count_partners(keys, objects, subjects)
    return Patterns(_inverses(support, both_ways), *map(_plain, (objects, subjects)))


def _count_partners(
    keys: Sequence[TextKey],
    objects: Dict[str, "Counter[int]"],
    subjects: Dict[str, "Counter[int]"],
) -> None:
    by_subject = Counter((predicate, subject) for subject, predicate, _ in keys)
    by_object = Counter((predicate, object_) for _, predicate, object_ in keys)
    for counts, table in ((by_subject, objects), (by_object, subjects)):
        for (predicate, _), n in counts.items():
            table[predicate][n] += 1


def _inverses(
    support: "Counter[str]", both_ways: Dict[str, "Counter[str]"]
) -> Dict[str, Dict[str, float]]:
    shares: Dict[str, Dict[str, float]] = {}
    for predicate, others in both_ways.items():
        for other, n in others.items():
            share = n / max(support[predicate], support[other])
            if share >= MIN_SHARE and n >= MIN_SUPPORT:
                shares.setdefault(predicate, {})[other] = n / support[predicate]
    return shares


def _plain(table: Dict[str, "Counter[int]"]) -> Dict[str, Dict[int, int]]:
    return {predicate: dict(sorted(counts.items())) for predicate, counts in table.items()}


class TypeCheck:
    """Finds triples with rare types.

    triples (Iterable[Triple]): Triples of a corpus; those without types are ignored.
    """

    def __init__(self, triples: Iterable[Triple]) -> None:
        self.counts: Dict[str, Counter[Tuple[str, str]]] = defaultdict(Counter)
        for triple in triples:
            if triple.types:
                self.counts[triple.predicate][type_pair(triple)] += 1

    def is_rare(self, triple: Triple, share: float = 0.01) -> bool:
        """Check the types of a triple.

        triple (Triple): The triple.
        share (float): Types of fewer triples of a predicate are rare.
        RETURNS (bool): Whether its types are rare; never without types.
        """
        counts = self.counts.get(triple.predicate, Counter())
        return bool(triple.types) and counts[type_pair(triple)] < share * sum(counts.values())


def type_pair(triple: Triple) -> Tuple[str, str]:
    """Get the types of subject and object.

    triple (Triple): The triple.
    RETURNS (Tuple[str, str]): The types, empty strings for none.
    """
    return triple.types.get(SUBJECT, ""), triple.types.get(OBJECT, "")

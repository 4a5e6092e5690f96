"""What gold triples show of their schema: symmetric and inverse predicates, types, cardinality."""

from collections import Counter, defaultdict
from typing import Any, Dict, Iterable, List, NamedTuple, Sequence, Set, Tuple

from ..triples import OBJECT, SUBJECT, Triple

# Two predicates are taken for each other's reverse if so large a share of both is stated both ways.
MIN_SHARE = 0.5
MIN_SUPPORT = 5
_Fact = Tuple[str, str, str]


class Patterns(NamedTuple):
    """reverses (Dict[str, Dict[str, float]]): For each predicate, those that hold the other way
    round (itself if it is symmetric), and for which share of its triples. objects, subjects
    (Dict[str, Dict[int, int]]): For each predicate, how many subjects of a text have how many
    objects, and the other way round."""

    reverses: Dict[str, Dict[str, float]]
    objects: Dict[str, Dict[int, int]]
    subjects: Dict[str, Dict[int, int]]

    def reverse(self, predicate: str) -> List[str]:
        """RETURNS (List[str]): The predicates that hold the other way round."""
        return list(self.reverses.get(predicate, ()))

    def to_rows(self) -> List[Dict[str, Any]]:
        """RETURNS (List[Dict[str, Any]]): Plain JSON, a row for each predicate."""
        return [
            {
                "predicate": predicate,
                "symmetric": predicate in self.reverses.get(predicate, {}),
                "reverses": self.reverses.get(predicate, {}),
                "objects_of_a_subject": self.objects[predicate],
                "subjects_of_an_object": self.subjects[predicate],
            }
            for predicate in sorted(self.objects)
        ]


def infer_patterns(texts: Iterable[Sequence[_Fact]]) -> Patterns:
    """Look for patterns.

    texts (Iterable[Sequence[_Fact]]): The facts of each text, each once.
    RETURNS (Patterns): Those that hold for at least MIN_SHARE of at least MIN_SUPPORT triples.
    """
    support: Counter[str] = Counter()
    both_ways: Dict[str, Counter[str]] = defaultdict(Counter)
    objects: Dict[str, Counter[int]] = defaultdict(Counter)
    subjects: Dict[str, Counter[int]] = defaultdict(Counter)
    for facts in texts:
        pairs: Dict[Tuple[str, str], Set[str]] = defaultdict(set)
        for subject, predicate, object_ in facts:
            pairs[subject, object_].add(predicate)
        for subject, predicate, object_ in facts:
            support[predicate] += 1
            both_ways[predicate].update(pairs.get((object_, subject), ()))
        _count_partners(facts, objects, subjects)
    return Patterns(_reverses(support, both_ways), *map(_plain, (objects, subjects)))


def _count_partners(
    facts: Sequence[_Fact],
    objects: Dict[str, "Counter[int]"],
    subjects: Dict[str, "Counter[int]"],
) -> None:
    of_subject = Counter((predicate, subject) for subject, predicate, _ in facts)
    of_object = Counter((predicate, object_) for _, predicate, object_ in facts)
    for counts, table in ((of_subject, objects), (of_object, subjects)):
        for (predicate, _), n in counts.items():
            table[predicate][n] += 1


def _reverses(
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
    """Finds triples whose types are rare for their predicate.

    triples (Iterable[Triple]): All of a corpus; those without types are left out.
    """

    def __init__(self, triples: Iterable[Triple]) -> None:
        self.counts: Dict[str, Counter[Tuple[str, str]]] = defaultdict(Counter)
        for triple in triples:
            if triple.types:
                self.counts[triple.predicate][type_pair(triple)] += 1

    def is_rare(self, triple: Triple, share: float = 0.01) -> bool:
        """RETURNS (bool): Whether less than a share of its predicate's triples have its types."""
        counts = self.counts.get(triple.predicate, Counter())
        return bool(triple.types) and counts[type_pair(triple)] < share * sum(counts.values())


def type_pair(triple: Triple) -> Tuple[str, str]:
    """RETURNS (Tuple[str, str]): The types of subject and object, empty where there is none."""
    return triple.types.get(SUBJECT, ""), triple.types.get(OBJECT, "")

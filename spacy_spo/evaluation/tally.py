"""Counts of matches, shared by `spacy evaluate` and `spacy spo evaluate`."""

from collections import Counter
from typing import Any, Dict, Iterable, List, Mapping, Optional, Sequence, Set

from ..triples import Triple
from .matching import Criterion, Matched, precision_recall_f1, text_key

Scores = Dict[str, Any]
SET_CLASSES = ("exact", "superset", "subset", "overlapping", "disjoint", "both_empty")


class Tally:
    """Counts of one group of triples or predicates.

    tp (int): Correct predictions.
    predicted (int): Predictions.
    matched_gold (int): Gold that a prediction matches.
    gold (int): All gold.
    """

    def __init__(self) -> None:
        self.tp = self.predicted = self.matched_gold = self.gold = 0

    def add(self, tp: int, predicted: int, matched_gold: int, gold: int) -> None:
        """Add the counts of a text.

        tp (int): Correct predictions.
        predicted (int): Predictions.
        matched_gold (int): Gold that a prediction matches.
        gold (int): All gold.
        """
        self.tp += tp
        self.predicted += predicted
        self.matched_gold += matched_gold
        self.gold += gold

    def counts(self) -> Dict[str, int]:
        """List the counts by name.

        RETURNS (Dict[str, int]): "tp", "predicted", "matched_gold" and "gold".
        """
        return dict(vars(self))

    def scores(self) -> Dict[str, float]:
        """Compute precision, recall and F1.

        RETURNS (Dict[str, float]): "p", "r" and "f"; 0 where the denominator is.
        """
        return dict(zip("prf", map(float, precision_recall_f1(**self.counts()))))

    def to_dict(self) -> Dict[str, Any]:
        """Convert to plain JSON.

        RETURNS (Dict[str, Any]): Scores and counts; scores are None without predictions and gold.
        """
        scored = self.predicted or self.gold
        scores: Mapping[str, Optional[float]] = self.scores() if scored else dict.fromkeys("prf")
        return {**scores, **self.counts()}


class TripleTally:
    """Counts of triples over a whole set, under several criteria.

    criteria (Iterable[Criterion]): The criteria.
    total (Dict[str, Tally]): Counts by criterion.
    by_predicate (Dict[str, Dict[str, Tally]]): Counts by criterion and predicate.
    n_texts (int): Number of texts.
    n_exact_lists (int): Texts whose predicate multiset is exact.
    """

    def __init__(self, criteria: Iterable[Criterion]) -> None:
        self.criteria = list(criteria)
        self.total = {criterion.name: Tally() for criterion in self.criteria}
        self.by_predicate: Dict[str, Dict[str, Tally]] = {name: {} for name in self.total}
        self.n_texts = self.n_exact_lists = 0

    def add(self, predicted: Sequence[Triple], gold: Sequence[Triple]) -> List[Matched]:
        """Count a text.

        predicted (Sequence[Triple]): Its predicted triples.
        gold (Sequence[Triple]): Its gold triples.
        RETURNS (List[Matched]): Its matches under each criterion.
        """
        matches = [criterion.match(predicted, gold) for criterion in self.criteria]
        for name, matched in zip(self.total, matches):
            self.total[name].add(*map(len, matched.sets()))
            _add_by_predicate(self.by_predicate[name], matched)
        self.n_texts += 1
        self.n_exact_lists += _predicate_counts(predicted) == _predicate_counts(gold)
        return matches

    @property
    def list_exact(self) -> Optional[float]:
        """Compute the share of texts with an exact predicate multiset.

        RETURNS (Optional[float]): The share in [0, 1]; None without texts.
        """
        return _share(self.n_exact_lists, self.n_texts)


def _add_by_predicate(tallies: Dict[str, Tally], matched: Matched) -> None:
    by_predicate = [Counter(str(key[1]) for key in keys) for keys in matched.sets()]
    for predicate in set().union(*by_predicate):
        counts = (counter[predicate] for counter in by_predicate)
        tallies.setdefault(predicate, Tally()).add(*counts)


def _predicate_counts(triples: Sequence[Triple]) -> "Counter[str]":
    return Counter(predicate for _, predicate, _ in set(map(text_key, triples)))


class RelationTally:
    """Counts of predicted predicates over a whole set.

    micro (Tally): Counts of all (text, predicate).
    by_predicate (Dict[str, Tally]): Counts by predicate.
    classes (Counter[str]): Texts by SET_CLASSES.
    """

    def __init__(self) -> None:
        self.micro = Tally()
        self.by_predicate: Dict[str, Tally] = {}
        self.classes: Counter[str] = Counter()

    def add(self, predicted: Set[str], gold: Set[str]) -> None:
        """Count a text.

        predicted (Set[str]): Its predicted predicates.
        gold (Set[str]): Its gold predicates.
        """
        both = predicted & gold
        self.micro.add(len(both), len(predicted), len(both), len(gold))
        for name in predicted | gold:
            tp, n_predicted, n_gold = name in both, name in predicted, name in gold
            self.by_predicate.setdefault(name, Tally()).add(tp, n_predicted, tp, n_gold)
        self.classes[compare_sets(predicted, gold)] += 1

    def scores(self) -> Scores:
        """Compute the scores of the relation classifier.

        RETURNS (Scores): As `score_relations` returns them.
        """
        n = sum(self.classes.values())
        micro: Mapping[str, Optional[float]] = self.micro.scores() if n else dict.fromkeys("prf")
        return {
            **{f"rel_{e}": score for e, score in micro.items()},
            **{f"spo_relation_micro_{e}": score for e, score in micro.items()},
            **{f"spo_relation_macro_{e}": self._macro(e) for e in "prf"},
            "spo_relation_per_predicate": with_support(self.by_predicate),
            "spo_relation_sets": {c: self.classes[c] / n for c in SET_CLASSES} if n else None,
        }

    def _macro(self, name: str) -> Optional[float]:
        scores = [tally.scores()[name] for tally in self.by_predicate.values()]
        return _share(sum(scores), len(scores))


def compare_sets(predicted: Set[str], gold: Set[str]) -> str:
    """Classify a predicted set of predicates by comparison with the gold set.

    predicted (Set[str]): Predicted predicates of a text.
    gold (Set[str]): Gold predicates of the text.
    RETURNS (str): One of SET_CLASSES.
    """
    if predicted == gold:
        return "exact" if gold else "both_empty"
    if predicted > gold:
        return "superset"
    if predicted < gold:
        return "subset"
    return "overlapping" if predicted & gold else "disjoint"


def with_support(tallies: Mapping[str, Tally]) -> Dict[str, Dict[str, float]]:
    """List scores and support by predicate.

    tallies (Mapping[str, Tally]): Counts by predicate.
    RETURNS (Dict[str, Dict[str, float]]): "p", "r", "f" and "support", the number of gold ones.
    """
    return {
        name: {**tally.scores(), "support": tally.gold} for name, tally in sorted(tallies.items())
    }


def _share(part: float, whole: int) -> Optional[float]:
    return part / whole if whole else None

"""The scores of `spacy train` and of `spacy evaluate --output`.

Every count accumulates over the whole set; nothing is a mean over batches. Gold is what the
reference states, whether or not it ever was a candidate: what was not found is a miss. Docs whose
reference is not annotated are left out.
"""

from collections import Counter
from typing import Any, Callable, Dict, Iterable, List, Optional, Set, Tuple

from spacy.scorer import PRFScore
from spacy.training import Example
from spacy.util import logger

from ..triples import get_relations, get_triples, has_triples
from .matching import offset_key, slot_key, text_key

Scores = Dict[str, Any]
SET_CLASSES = ("exact", "superset", "subset", "overlapping", "disjoint", "both_empty")


def make_triple_scorer() -> Callable[..., Scores]:
    """RETURNS (Callable): The scorer of triples, `spacy-spo.triple_scorer.v1`."""
    return score_triples


def make_relation_scorer() -> Callable[..., Scores]:
    """RETURNS (Callable): The scorer of predicates, `spacy-spo.relation_scorer.v1`."""
    return score_relations


def score_triples(examples: Iterable[Example], **cfg: Any) -> Scores:
    """Precision, recall and F1 of triples, under three rules.

    examples (Iterable[Example]): Predicted and gold Docs.
    RETURNS (Scores): `spo_text_p/r/f`: sets of (subject, predicate, object) texts per sentence,
        compared as the DuIE evaluation does, without its alias dictionary: letter case and a pair
        of book title marks around an argument do not count. `spo_offset_p/r/f`: the same by
        character offsets. `spo_slot_p/r/f`: by text, all qualifiers right too.
        `spo_per_predicate`: the text rule for each predicate. `spo_list_exact`: share of
        sentences whose predicates are right with how often each occurs.
    """
    rules = {"text": text_key, "offset": offset_key, "slot": slot_key}
    scores = {name: PRFScore() for name in rules}
    per_predicate: Dict[str, PRFScore] = {}
    list_exact: List[bool] = []
    for example in _annotated(examples):
        predicted, gold = get_triples(example.predicted), get_triples(example.reference)
        for name, key in rules.items():
            scores[name].score_set({key(t) for t in predicted}, {key(t) for t in gold})
        found, stated = {text_key(t) for t in predicted}, {text_key(t) for t in gold}
        _score_by_predicate(per_predicate, found, stated, predicate=lambda key: key[1])
        list_exact.append(_predicate_counts(found) == _predicate_counts(stated))
    result: Scores = {}
    for name, score in scores.items():
        result.update(_prf(f"spo_{name}", score if list_exact else None))
    result["spo_per_predicate"] = _with_support(per_predicate)
    result["spo_list_exact"] = _share(sum(list_exact), len(list_exact))
    return result


def score_relations(examples: Iterable[Example], **cfg: Any) -> Scores:
    """How the predicted predicates of each sentence stand to the gold ones.

    Gold predicates are those of the gold triples. Warns when the predictions have collapsed.

    examples (Iterable[Example]): Predicted and gold Docs.
    RETURNS (Scores): `spo_relation_micro_p/r/f` over all (sentence, predicate);
        `spo_relation_macro_p/r/f`, the mean over the predicates that gold or predictions have;
        `spo_relation_per_predicate`; `spo_relation_sets`: shares of sentences by how the
        predicted set stands to the gold set, which add up to 1.
    """
    tally = RelationTally(cfg.get("labels", ()))
    for example in _annotated(examples):
        stated = {triple.predicate for triple in get_triples(example.reference)}
        tally.see(set(get_relations(example.predicted)), stated)
    tally.warn_of_collapse()
    return tally.scores()


class RelationTally:
    """Counts predicates over a whole set.

    labels (Iterable[str]): All predicates of the classifier.
    """

    def __init__(self, labels: Iterable[str] = ()) -> None:
        self.micro = PRFScore()
        self.per_predicate: Dict[str, PRFScore] = {}
        self.classes: Counter[str] = Counter()
        self._collapse = _CollapseCheck(labels)

    def see(self, found: Set[str], stated: Set[str]) -> None:
        """Count a sentence: its predicted and its gold predicates."""
        self.micro.score_set(found, stated)
        _score_by_predicate(self.per_predicate, found, stated, predicate=lambda label: label)
        self.classes[compare_sets(found, stated)] += 1
        self._collapse.see(found, stated)

    def warn_of_collapse(self) -> None:
        """Say so if every sentence got the same answer."""
        self._collapse.warn()

    def scores(self) -> Scores:
        """RETURNS (Scores): What `score_relations` returns."""
        n = sum(self.classes.values())
        shares = {name: self.classes[name] / n for name in SET_CLASSES} if n else None
        return {
            **_prf("spo_relation_micro", self.micro if n else None),
            **_macro("spo_relation_macro", self.per_predicate),
            "spo_relation_per_predicate": _with_support(self.per_predicate),
            "spo_relation_sets": shares,
        }


def compare_sets(found: Set[str], stated: Set[str]) -> str:
    """RETURNS (str): The one of SET_CLASSES that says how a predicted set stands to the gold."""
    if found == stated:
        return "exact" if stated else "both_empty"
    if found > stated:
        return "superset"
    if found < stated:
        return "subset"
    return "overlapping" if found & stated else "disjoint"


def _annotated(examples: Iterable[Example]) -> Iterable[Example]:
    return (example for example in examples if has_triples(example.reference))


def _score_by_predicate(
    scores: Dict[str, PRFScore],
    found: Set[Any],
    stated: Set[Any],
    *,
    predicate: Callable[[Any], str],
) -> None:
    for name in {predicate(key) for key in found | stated}:
        score = scores.setdefault(name, PRFScore())
        score.score_set(
            {key for key in found if predicate(key) == name},
            {key for key in stated if predicate(key) == name},
        )


def _predicate_counts(keys: Iterable[Tuple[str, str, str]]) -> Counter:
    return Counter(predicate for _, predicate, _ in keys)


def _prf(prefix: str, score: Optional[PRFScore]) -> Scores:
    """None says that there was nothing to score."""
    return {
        f"{prefix}_p": score.precision if score is not None else None,
        f"{prefix}_r": score.recall if score is not None else None,
        f"{prefix}_f": score.fscore if score is not None else None,
    }


def _macro(prefix: str, scores: Dict[str, PRFScore]) -> Scores:
    n = len(scores)
    return {
        f"{prefix}_p": _share(sum(s.precision for s in scores.values()), n),
        f"{prefix}_r": _share(sum(s.recall for s in scores.values()), n),
        f"{prefix}_f": _share(sum(s.fscore for s in scores.values()), n),
    }


def _share(part: float, whole: int) -> Optional[float]:
    return part / whole if whole else None


def _with_support(scores: Dict[str, PRFScore]) -> Dict[str, Dict[str, float]]:
    """By predicate; the support is how often the gold has it."""
    return {
        name: {**score.to_dict(), "support": score.tp + score.fn}
        for name, score in sorted(scores.items())
    }


class _CollapseCheck:
    """Notices a classifier that says the same of every sentence: all predicates, or none."""

    def __init__(self, labels: Iterable[str]) -> None:
        self.labels = set(labels)
        self.n_sentences = self.n_none = self.n_all = self.n_wrong = 0

    def see(self, found: Set[str], stated: Set[str]) -> None:
        self.n_sentences += 1
        self.n_none += not found
        self.n_all += found == self.labels
        self.n_wrong += found != stated

    def warn(self) -> None:
        if self.n_wrong and self.n_sentences in (self.n_none, self.n_all):
            what, change = (
                ("none of the predicates", "lower") if self.n_none else ("every predicate", "raise")
            )
            # Not a warning of Python's: that is shown once, and this may come back.
            logger.warning(
                "The relation classifier states %s for every one of %d sentences. Early in "
                "training that passes. If it stays: %s the threshold, lower the learn rate, check "
                "that the gold triples have the labels that it trains.",
                what,
                self.n_sentences,
                change,
            )

"""Scorers of `spacy train` and `spacy evaluate`.

Counts accumulate over the whole set; no score is a mean over batches. Gold is every triple of the
reference, candidate or not. Examples with an unannotated reference are skipped.
"""

from typing import Any, Callable, Iterable, Mapping, Optional, Set

from spacy.training import Example
from spacy.util import logger

from spacy_spo import __version__

from ..triples import TRIPLES_KEY, get_relations, get_triples
from .annotated import annotated_examples
from .matching import get_criterion, make_criteria
from .tally import RelationTally, Scores, TripleTally, with_support

# The prefixes of the scores of each criterion. `spo_p/r/f` are the headline scores; `spo_text_*`
# is their name in configs of earlier versions.
_PREFIXES = {"text": ("spo", "spo_text"), "offset": ("spo_offset",), "duie2": ("spo_slot",)}


def make_triple_scorer() -> Callable[..., Scores]:
    """Make the scorer of triples, `spacy-spo.triple_scorer.v1`.

    RETURNS (Callable): `score_triples`.
    """
    return score_triples


def make_relation_scorer() -> Callable[..., Scores]:
    """Make the scorer of predicates, `spacy-spo.relation_scorer.v1`.

    RETURNS (Callable): `score_relations`.
    """
    return score_relations


def score_triples(
    examples: Iterable[Example], *, spans_key: str = TRIPLES_KEY, **cfg: Any
) -> Scores:
    """Score triples under the criteria "text", "offset" and "duie2".

    examples (Iterable[Example]): Predicted and gold Docs.
    spans_key (str): The key of the triples in `doc.spans`. Names of scores start with it, in place
        of "spo".
    RETURNS (Scores): In [0, 1]; None without annotated examples.
        `spo_p/r/f`: precision, recall and F1 by text; `spo_text_p/r/f` are the same.
        `spo_offset_p/r/f`: by character offsets.
        `spo_slot_p/r/f`: by text, qualifiers included.
        `spo_per_predicate`: by text, for each predicate.
        `spo_list_exact`: share of texts whose predicate multiset is exact.
        `spo_signature`: how `spo_p/r/f` are counted.
    """
    criteria = make_criteria()
    tally = TripleTally(get_criterion(criteria, name) for name in _PREFIXES)
    for example in annotated_examples(examples, spans_key):
        docs = (example.predicted, example.reference)
        tally.add(*(get_triples(doc, spans_key) for doc in docs))
    result: Scores = {}
    for name, prefixes in _PREFIXES.items():
        scores: Mapping[str, Optional[float]] = dict.fromkeys("prf")
        if tally.n_texts:
            scores = tally.total[name].scores()
        result.update({f"{p}_{e}": score for p in prefixes for e, score in scores.items()})
    result["spo_per_predicate"] = with_support(tally.by_predicate["text"])
    result["spo_list_exact"] = tally.list_exact
    result["spo_signature"] = get_criterion(criteria, "text").signature
    return _with_key(result, spans_key)


def score_relations(
    examples: Iterable[Example], *, spans_key: str = TRIPLES_KEY, **cfg: Any
) -> Scores:
    """Compare the predicted predicates of each text with the gold ones.

    Gold predicates are those of the gold triples. Warns when the predictions have collapsed.

    examples (Iterable[Example]): Predicted and gold Docs.
    spans_key (str): The key of the triples in `doc.spans`. Names of scores start with it, in place
        of "spo" or before "rel".
    labels (Iterable[str]): All predicates of the classifier, to notice a collapse.
    RETURNS (Scores): In [0, 1]; None without annotated examples.
        `rel_p/r/f`: micro-averaged over all (text, predicate); `spo_relation_micro_p/r/f` are the
        same.
        `spo_relation_macro_p/r/f`: mean over the predicates of gold or predictions.
        `spo_relation_per_predicate`: scores of each predicate.
        `spo_relation_sets`: shares of texts by SET_CLASSES, 1 in total.
        `rel_signature`: how `rel_p/r/f` are counted.
    """
    tally, collapse = RelationTally(), _CollapseCheck(cfg.get("labels", ()))
    for example in annotated_examples(examples, spans_key):
        gold = {triple.predicate for triple in get_triples(example.reference, spans_key)}
        predicted = set(get_relations(example.predicted, spans_key))
        tally.add(predicted, gold)
        collapse.add(predicted, gold)
    collapse.warn()
    signature = f"predicates|average:micro|spacy-spo:{__version__}"
    return _with_key({**tally.scores(), "rel_signature": signature}, spans_key)


def _with_key(scores: Scores, spans_key: str) -> Scores:
    # The scores of two models in one pipeline are in one dictionary.
    if spans_key == TRIPLES_KEY:
        return scores
    return {f"{spans_key}_{name.removeprefix('spo_')}": score for name, score in scores.items()}


def without_key(scores: Scores, spans_key: str) -> Scores:
    """Rename the scores of one key to those of "spo".

    scores (Scores): Scores by name, maybe those of several keys.
    spans_key (str): The key.
    RETURNS (Scores): The scores of this key; of "spo", all scores.
    """
    if spans_key == TRIPLES_KEY:
        return scores
    prefix = f"{spans_key}_"
    names = {name: name[len(prefix) :] for name in scores if name.startswith(prefix)}
    return {
        rest if rest.startswith("rel_") else f"{TRIPLES_KEY}_{rest}": scores[name]
        for name, rest in names.items()
    }


class _CollapseCheck:
    """Detects a classifier with one answer to every text."""

    def __init__(self, labels: Iterable[str]) -> None:
        self.labels = set(labels)
        self.n_texts = self.n_none = self.n_all = self.n_incorrect = 0

    def add(self, predicted: Set[str], gold: Set[str]) -> None:
        self.n_texts += 1
        self.n_none += not predicted
        self.n_all += predicted == self.labels
        self.n_incorrect += predicted != gold

    def warn(self) -> None:
        if self.n_incorrect and self.n_texts in (self.n_none, self.n_all):
            predicted, change = (
                ("none of the predicates", "lower") if self.n_none else ("every predicate", "raise")
            )
            # Not a warning of Python's: that is shown once, and this may come back.
            logger.warning(
                "The relation classifier predicts %s for every one of %d texts. That is normal "
                "early in training. If it persists: %s the threshold, lower the learn rate, check "
                "that the gold triples have the labels of the classifier.",
                predicted,
                self.n_texts,
                change,
            )

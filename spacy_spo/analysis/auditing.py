"""Rank likely annotation errors in gold.

The pipeline runs over the corpus with permissive thresholds. Predicted triples that are not gold
are ranked by descending score, gold triples by ascending score. A person decides on each issue.
"""

from typing import Dict, Iterable, Iterator, List, NamedTuple, Set, Tuple

from spacy.language import Language
from spacy.tokens import Doc

from ..evaluation.annotated import annotated_docs
from ..evaluation.matching import text_key
from ..pipeline.lookup import find_components
from ..pipeline.spo_tagger import SpoTagger
from ..triples import Triple, align, get_triples
from .evidence import Evidence, Violation
from .issues import KINDS, LOW_CONFIDENCE, Issue, classify
from .patterns import Patterns, TextKey
from .permissive_run import predict_permissively


class Audit(NamedTuple):
    """The label issues of a corpus.

    issues (Dict[str, List[Issue]]): The highest-ranked issues of each kind.
    counts (Dict[str, int]): Number of all issues of each kind.
    n_skipped (int): Gold triples without a score: the pipeline lacks their predicate, or its
        tokens do not fit.
    patterns (Patterns): Patterns of the gold's predicates.
    violations (List[Violation]): Gold triples that differ from nearly all others.
    spans_key (str): The key of the gold triples in `doc.spans`.
    """

    issues: Dict[str, List[Issue]]
    counts: Dict[str, int]
    n_skipped: int
    patterns: Patterns
    violations: List[Violation]
    spans_key: str


def audit(
    nlp: Language, gold: Iterable[Doc], *, limit: int = 200, max_confidence: float = 0.5
) -> Audit:
    """Rank likely annotation errors in gold.

    nlp (Language): A trained pipeline with both components, best a calibrated one. It does not
        change; its components after the last of both do not run.
    gold (Iterable[Doc]): Gold Docs; unannotated ones are skipped.
    limit (int): Maximum number of issues of each kind.
    max_confidence (float): Gold triples with a lower score, in [0, 1], are issues.
    RETURNS (Audit): The issues, by kind.
    RAISES (ValueError): If the pipeline lacks a component, or no Doc is annotated.
    """
    _, tagger = find_components(nlp)
    annotated = annotated_docs(gold, tagger.spans_key)
    references = list(annotated)
    annotated.require_some()
    triples = [get_triples(doc, tagger.spans_key) for doc in references]
    evidence = Evidence(triples, tagger.spans_key)
    ranker = _Ranker(tagger, limit, max_confidence)
    for batch in predict_permissively(nlp, references):
        tagger.set_annotations([eg.predicted for eg in batch.examples], batch.queries)
        for example in batch.examples:
            ranker.add(example.reference, example.predicted)
    rankings = ranker.rankings
    return Audit(
        {kind: list(_issues(kind, rankings[kind], evidence)) for kind in KINDS},
        {kind: rankings[kind].n for kind in KINDS},
        ranker.n_skipped,
        evidence.patterns,
        [violation for doc in references for violation in evidence.violations(doc)],
        tagger.spans_key,
    )


def _issues(kind: str, ranking: "_Ranking", evidence: Evidence) -> Iterator[Issue]:
    for rank, doc, triple in ranking.best():
        yield Issue(kind, doc, triple, abs(rank), evidence.collect(triple, doc))


class _Ranker:
    """Ranks the issues of Docs by kind."""

    def __init__(self, tagger: SpoTagger, limit: int, max_confidence: float) -> None:
        self.tagger = tagger
        self.max_confidence = max_confidence
        self.rankings = {kind: _Ranking(limit) for kind in KINDS}
        self.n_skipped = 0

    def add(self, reference: Doc, doc: Doc) -> None:
        """Compare gold and predicted triples of a text."""
        gold = get_triples(reference, self.tagger.spans_key)
        gold_by_key = _best_by_key(gold)
        predicted = _best_by_key(get_triples(doc, self.tagger.spans_key))
        self._add_predicted(reference, gold, predicted)
        learned = (t for t in gold_by_key.values() if self.tagger.covers(t))
        scored, _ = align(learned, doc)
        self.n_skipped += len(gold_by_key) - len(scored)
        for key in map(text_key, scored):
            score = predicted[key].score if key in predicted else 0.0
            if score < self.max_confidence:
                self.rankings[LOW_CONFIDENCE].add(score, reference, gold_by_key[key])

    def _add_predicted(
        self, reference: Doc, gold: List[Triple], predicted: Dict[TextKey, Triple]
    ) -> None:
        keys = set(map(text_key, gold))
        new = (triple for key, triple in predicted.items() if key not in keys)
        # On the gold Doc: the predicted one would keep the output of the encoder.
        fitting, _ = align(new, reference)
        for triple in fitting:
            self.rankings[classify(triple, gold)].add(-triple.score, reference, triple)


class _Ranking:
    """The first of many triples, one a text and key.

    Of the others only hashes are kept.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.n = 0
        self._entries: List[Tuple[float, Doc, Triple]] = []
        self._seen: Set[int] = set()

    def add(self, rank: float, doc: Doc, triple: Triple) -> None:
        """Count a triple, and keep it for the time being."""
        name = hash((doc.text, text_key(triple)))
        if name in self._seen:
            return
        self._seen.add(name)
        self.n += 1
        self._entries.append((rank, doc, triple))
        if len(self._entries) > 2 * self.limit:
            self._entries = self.best()

    def best(self) -> List[Tuple[float, Doc, Triple]]:
        """Sort the triples.

        RETURNS (List[Tuple[float, Doc, Triple]]): The first ones, the lowest rank first.
        """
        return sorted(self._entries, key=lambda entry: entry[0])[: self.limit]


def _best_by_key(triples: Iterable[Triple]) -> Dict[TextKey, Triple]:
    best: Dict[TextKey, Triple] = {}
    for triple in triples:
        key = text_key(triple)
        if key not in best or triple.score > best[key].score:
            best[key] = triple
    return best

"""Collect candidate triples: everything that a pipeline could predict, as columns.

The model runs once over the texts. The predictions of any setting can then be counted in arrays.
"""

from itertools import islice
from typing import Any, Dict, Hashable, Iterable, Iterator, List, NamedTuple, Sequence, Set

import numpy
from spacy.language import Language
from spacy.tokens import Doc
from spacy.training import Example

from ..evaluation.annotated import annotated_docs
from ..evaluation.matching import text_key
from ..pipeline.lookup import find_components
from ..pipeline.relation_classifier import RelationClassifier, RelationScores
from ..pipeline.spo_tagger import DecodedQueries, SpoTagger
from ..pipeline.tagging.decode import PARTS
from ..triples import get_triples
from .permissive_run import PermissiveBatch, predict_permissively

N_FOLDS = 5
# The columns of a candidate triple.
CANDIDATE = numpy.dtype(
    [
        # Number of its (segment, predicate).
        ("query", int),
        # Number of its predicate.
        ("label", int),
        # Cross-validation fold of its text.
        ("fold", int),
        # Candidates of one text that the text criterion does not tell apart have one key.
        ("key", int),
        # Whether the gold has it, by the text criterion.
        ("correct", bool),
        # First and last token.
        ("subject", int, 2),
        ("object", int, 2),
        # Logit of the predicate.
        ("predicate_logit", float),
        # Probabilities in the order of PARTS.
        ("parts", "f4", len(PARTS)),
    ]
)


class CandidateSet(NamedTuple):
    """Candidates of a corpus, and its gold.

    labels (Sequence[str]): Predicates of the relation classifier.
    candidates (ndarray): Candidates, (n,), with the columns of CANDIDATE.
    n_gold (ndarray): Gold triples by predicate and fold, (n_labels + 1, N_FOLDS); the last row
        counts triples of other predicates.
    logits (ndarray): Logits of the predicates of all segments with known gold, (n_logits,).
    targets (ndarray): Their gold, 1 or 0, (n_logits,).
    """

    labels: Sequence[str]
    candidates: numpy.ndarray
    n_gold: numpy.ndarray
    logits: numpy.ndarray
    targets: numpy.ndarray


def collect_candidates(nlp: Language, gold: Iterable[Doc]) -> CandidateSet:
    """Collect the candidates of a corpus.

    nlp (Language): A trained pipeline with both components. It does not change.
    gold (Iterable[Doc]): Gold Docs; unannotated ones are skipped.
    RETURNS (CandidateSet): The candidates, with uncalibrated probabilities.
    RAISES (ValueError): If the pipeline lacks a component, the gold has no triples, or no
        candidate is correct.
    """
    collector = _Collector(*find_components(nlp))
    annotated = annotated_docs(gold, collector.tagger.spans_key)
    for batch in predict_permissively(nlp, annotated, keep_overlaps=True, temperature=1.0):
        collector.add(batch)
    annotated.require_some()
    return collector.to_set()


class _Collector:
    """Accumulates the candidates of batches."""

    def __init__(self, classifier: RelationClassifier, tagger: SpoTagger) -> None:
        self.classifier, self.tagger = classifier, tagger
        self.columns = {label: i for i, label in enumerate(classifier.labels)}
        self.n_texts = self.n_queries = 0
        self.keys: Dict[Hashable, int] = {}
        self.tables: List[numpy.ndarray] = []
        self.n_gold = numpy.zeros((len(self.columns) + 1, N_FOLDS), dtype=int)
        self.logits: List[numpy.ndarray] = []
        self.targets: List[numpy.ndarray] = []

    def add(self, batch: PermissiveBatch) -> None:
        """Add a batch."""
        references = [example.reference for example in batch.examples]
        triples = (get_triples(doc, self.tagger.spans_key) for doc in references)
        gold = [set(map(text_key, of_doc)) for of_doc in triples]
        self._add_relations(batch.examples, batch.relations)
        self._add_gold(gold)
        docs = [example.predicted for example in batch.examples]
        self.tables.append(_to_table(list(self._rows(docs, gold, batch.queries))))
        self.n_texts += len(docs)

    def _add_relations(self, examples: Sequence[Example], relations: RelationScores) -> None:
        targets, weights = self.classifier.targets(examples, relations)
        known = weights > 0
        self.logits.append(self.classifier.model.ops.to_numpy(relations.logits)[known])
        self.targets.append(targets[known])

    def _add_gold(self, gold: Sequence[Set]) -> None:
        for text, keys in enumerate(gold, start=self.n_texts):
            for _, predicate, _ in keys:
                self.n_gold[self.columns.get(predicate, -1), text % N_FOLDS] += 1

    def _rows(
        self, docs: Sequence[Doc], gold: Sequence[Set], queries: DecodedQueries
    ) -> Iterator[Dict[str, Any]]:
        for query, decoded in queries:
            text = self.n_texts + query.doc_index
            for candidate in decoded:
                triple = self.tagger.to_triple(docs[query.doc_index], query, candidate)
                key = text_key(triple)
                yield {
                    "query": self.n_queries,
                    "label": self.columns[query.predicate],
                    "fold": text % N_FOLDS,
                    "key": self.keys.setdefault((text, key), len(self.keys)),
                    "correct": key in gold[query.doc_index],
                    "subject": (triple.subject.start, triple.subject.end - 1),
                    "object": (triple.object.start, triple.object.end - 1),
                    "predicate_logit": logit(query.score),
                    "parts": candidate.parts,
                }
            self.n_queries += 1

    def to_set(self) -> CandidateSet:
        """Join the batches.

        RETURNS (CandidateSet): All candidates so far.
        RAISES (ValueError): If there are no gold triples, or no correct candidates.
        """
        if not self.n_gold.sum():
            raise ValueError("No text has gold triples to tune on: all are annotated as empty.")
        candidates = numpy.concatenate(self.tables)
        if not candidates["correct"].any():
            raise ValueError(
                "Not one triple that the pipeline predicts is correct, whatever the thresholds. "
                "Was it trained too little, or is the gold of another language or other "
                f"predicates? It has {len(self.columns)}, among them "
                f"{', '.join(islice(self.columns, 10))}."
            )
        logits, targets = numpy.concatenate(self.logits), numpy.concatenate(self.targets)
        return CandidateSet(list(self.columns), candidates, self.n_gold, logits, targets)


def _to_table(rows: Sequence[Dict[str, Any]]) -> numpy.ndarray:
    table = numpy.empty(len(rows), dtype=CANDIDATE)
    for name in CANDIDATE.names or ():
        column = [row[name] for row in rows]
        table[name] = numpy.asarray(column).reshape(table[name].shape)
    return table


def logit(p: Any) -> Any:
    """Compute log odds.

    p (ArrayLike): Probabilities, clipped to finite log odds.
    RETURNS (ndarray): The inverse of the logistic function.
    """
    p = numpy.clip(p, 1e-7, 1 - 1e-7)
    return numpy.log(p / (1 - p))

"""Search the thresholds of predicates, boundaries and pairs jointly."""

from itertools import product
from typing import Dict, NamedTuple, Optional, Sequence, Tuple

import numpy

from ..evaluation.matching import precision_recall_f1
from .candidates import N_FOLDS, CandidateSet
from .selection import (
    ScoredCandidates,
    Settings,
    apply_thresholds,
    score_candidates,
    unique_triples,
)

# Of boundaries and of pairs.
GRID = (0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
PREDICATE_GRID = numpy.linspace(0.05, 0.95, 19).round(2)
ALL_FOLDS = numpy.arange(N_FOLDS)


class TripleCounts(NamedTuple):
    """Counts of triples by the text criterion.

    tp (int): Correct predicted triples.
    predicted (int): Predicted triples.
    gold (int): Gold triples.
    """

    tp: int
    predicted: int
    gold: int

    @property
    def scores(self) -> Tuple[float, float, float]:
        """Compute the scores.

        RETURNS (Tuple[float, float, float]): Precision, recall and F1.
        """
        p, r, f = precision_recall_f1(self.tp, self.predicted, self.tp, self.gold)
        return float(p), float(r), float(f)


class ThresholdCounts(NamedTuple):
    """Counts at all thresholds of predicates, (n_labels, n_thresholds, N_FOLDS).

    predicted (ndarray): Predicted triples.
    tp (ndarray): Correct ones among them.
    """

    predicted: numpy.ndarray
    tp: numpy.ndarray


# By the thresholds of boundaries and pairs.
CountTables = Dict[Tuple[float, float], ThresholdCounts]


class ThresholdChoice(NamedTuple):
    """Chosen thresholds.

    boundary (float): Threshold of boundaries.
    pair (float): Threshold of pairs.
    predicates (ndarray): Indices into PREDICATE_GRID, (n_labels,).
    shared (int): Index of the threshold of all other predicates.
    """

    boundary: float
    pair: float
    predicates: numpy.ndarray
    shared: int

    def to_settings(self, labels: Sequence[str], temperatures: Tuple[float, float]) -> Settings:
        """Convert to settings.

        labels (Sequence[str]): The predicates.
        temperatures (Tuple[float, float]): Temperatures of both components.
        RETURNS (Settings): The settings.
        """
        special = {
            label: float(PREDICATE_GRID[i])
            for label, i in zip(labels, self.predicates)
            if i != self.shared
        }
        threshold = float(PREDICATE_GRID[self.shared])
        return Settings(threshold, self.boundary, self.pair, special, temperatures)


def count_at_thresholds(candidates: CandidateSet, temperature: float) -> CountTables:
    """Count triples at all thresholds.

    candidates (CandidateSet): Candidates of a corpus.
    temperature (float): Temperature of the relation classifier.
    RETURNS (CountTables): The counts.
    """
    scored, n_labels = score_candidates(candidates.candidates, temperature), len(candidates.labels)
    return {
        thresholds: _count(scored, apply_thresholds(scored, *thresholds), n_labels)
        for thresholds in product(GRID, GRID)
    }


def _count(scored: ScoredCandidates, kept: numpy.ndarray, n_labels: int) -> ThresholdCounts:
    unique = unique_triples(scored, kept)
    bins = numpy.searchsorted(PREDICATE_GRID, scored.predicates[unique], side="right") - 1
    unique, bins = unique[bins >= 0], bins[bins >= 0]
    candidates = scored.candidates[unique]
    cells = (candidates["label"], bins, candidates["fold"])
    predicted = numpy.zeros((n_labels, len(PREDICATE_GRID), N_FOLDS), dtype=int)
    tp = numpy.zeros_like(predicted)
    numpy.add.at(predicted, cells, 1)
    numpy.add.at(tp, cells, candidates["correct"])
    # What passes a threshold passes all lower ones.
    return ThresholdCounts(*(_cumulate(counts) for counts in (predicted, tp)))


def _cumulate(counts: numpy.ndarray) -> numpy.ndarray:
    return numpy.cumsum(counts[:, ::-1], axis=1)[:, ::-1]


class ThresholdSearch:
    """A search for the best thresholds.

    tables (CountTables): Counts at all thresholds.
    n_gold (ndarray): Gold triples by predicate and fold, (n_labels + 1, N_FOLDS).
    precision (Optional[float]): Minimum precision, for the highest recall; None for the best F1.
    min_support (Optional[int]): Minimum of gold triples for a threshold of a single predicate;
        None for none.
    """

    def __init__(
        self,
        tables: CountTables,
        n_gold: numpy.ndarray,
        *,
        precision: Optional[float] = None,
        min_support: Optional[int] = None,
    ) -> None:
        self.tables = tables
        self.n_gold = n_gold
        self.precision = precision
        self.min_support = min_support

    def choose(self, folds: numpy.ndarray = ALL_FOLDS) -> ThresholdChoice:
        """Choose the best thresholds.

        folds (ndarray): Numbers of the folds to choose on.
        RETURNS (ThresholdChoice): The thresholds.
        """
        n_gold = int(self.n_gold[:, folds].sum())
        best = []
        for (boundary, pair), table in self.tables.items():
            predicted, tp = (counts[..., folds].sum(axis=(0, 2)) for counts in table)
            values = self._objective(tp, predicted, n_gold)
            best.append((values.max(), boundary, pair, int(values.argmax())))
        _, boundary, pair, shared = max(best)
        predicates = self._choose_predicates(self.tables[boundary, pair], shared, folds)
        return ThresholdChoice(boundary, pair, predicates, shared)

    def _choose_predicates(
        self, table: ThresholdCounts, shared: int, folds: numpy.ndarray
    ) -> numpy.ndarray:
        """Optimize thresholds of frequent predicates one by one."""
        n_gold = int(self.n_gold[:, folds].sum())
        predicted, tp = (counts[..., folds].sum(axis=2) for counts in table)
        chosen = numpy.full(len(predicted), shared)
        for label in self._frequent(folds) * 2:  # once more, given the choices for the others
            others = numpy.arange(len(predicted)) != label
            values = self._objective(
                tp[others, chosen[others]].sum() + tp[label],
                predicted[others, chosen[others]].sum() + predicted[label],
                n_gold,
            )
            if values.max() > values[chosen[label]]:
                chosen[label] = int(values.argmax())
        return chosen

    def _frequent(self, folds: numpy.ndarray) -> list:
        if self.min_support is None:
            return []
        support = self.n_gold[:-1, folds].sum(axis=1)
        return numpy.flatnonzero(support >= self.min_support).tolist()

    def _objective(self, tp: numpy.ndarray, predicted: numpy.ndarray, n_gold: int) -> numpy.ndarray:
        """Compute F1, or recall at the minimum precision.

        Below that precision the objective is negative, and rises with it.
        """
        gold = numpy.full_like(tp, n_gold)
        precision, recall, f1 = precision_recall_f1(tp, predicted, tp, gold)
        if self.precision is None:
            return f1
        return numpy.where(precision >= self.precision, recall, precision - 1 - self.precision)

    def count(self, choice: ThresholdChoice, folds: numpy.ndarray = ALL_FOLDS) -> TripleCounts:
        """Count triples at chosen thresholds.

        choice (ThresholdChoice): The thresholds.
        folds (ndarray): Numbers of the folds to count in.
        RETURNS (TripleCounts): The counts.
        """
        labels = numpy.arange(len(choice.predicates))
        predicted, tp = (
            int(counts[labels, choice.predicates][:, folds].sum())
            for counts in self.tables[choice.boundary, choice.pair]
        )
        return TripleCounts(tp, predicted, int(self.n_gold[:, folds].sum()))

    def cross_validate(self) -> TripleCounts:
        """Count triples of each fold at the best thresholds of the others.

        RETURNS (TripleCounts): The counts, summed over the folds.
        """
        counts = [
            self.count(self.choose(ALL_FOLDS[fold != ALL_FOLDS]), ALL_FOLDS[[fold]])
            for fold in ALL_FOLDS
        ]
        return TripleCounts(*map(sum, zip(*counts)))

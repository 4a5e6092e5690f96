"""The search of thresholds: what it chooses is the best."""

from itertools import product

import numpy
import pytest

from spacy_spo.analysis.candidates import N_FOLDS
from spacy_spo.analysis.selection import Settings, select_triples
from spacy_spo.analysis.threshold_search import (
    GRID,
    PREDICATE_GRID,
    ThresholdCounts,
    ThresholdSearch,
    count_at_thresholds,
)


def test_the_best_is_no_worse_than_any_of_the_grid(candidates):
    search = ThresholdSearch(count_at_thresholds(candidates, 1.0), candidates.n_gold)
    f1s = []
    for b, p, t in product(GRID, GRID, PREDICATE_GRID):
        selected = select_triples(candidates, Settings(t, b, p, {}, (1.0, 1.0)))
        f1s.append(2 * selected.correct.sum() / (len(selected.correct) + candidates.n_gold.sum()))
    assert search.count(search.choose()).scores[2] == pytest.approx(max(f1s))
    assert search.cross_validate().gold == candidates.n_gold.sum()


def tables(predicted, tp):
    """(n_labels, n_thresholds) given for one pair of thresholds, all in the first fold."""
    tally = []
    for counts in (predicted, tp):
        array = numpy.zeros((len(counts), len(PREDICATE_GRID), N_FOLDS), dtype=int)
        array[..., 0] = counts
        tally.append(array)
    return {(0.1, 0.2): ThresholdCounts(*tally)}


def steps(*values):
    """Counts at each threshold: the first value up to the middle of the grid, then the second."""
    half = len(PREDICATE_GRID) // 2
    return [values[0]] * half + [values[1]] * (len(PREDICATE_GRID) - half)


def n_gold(*counts):
    array = numpy.zeros((len(counts) + 1, N_FOLDS), dtype=int)
    array[:-1, 0] = counts
    return array


def test_predicates_with_support_get_their_own_threshold():
    # The first predicate is best with a low threshold, the second with a high one.
    table = tables([steps(10, 2), steps(30, 10)], [steps(10, 2), steps(10, 10)])
    alike = ThresholdSearch(table, n_gold(10, 10)).choose()
    assert len(set(alike.predicates)) == 1
    special = ThresholdSearch(table, n_gold(10, 10), min_support=10).choose()
    low, high = special.predicates
    assert PREDICATE_GRID[low] < 0.5 <= PREDICATE_GRID[high]
    rare = ThresholdSearch(table, n_gold(10, 10), min_support=11).choose()
    assert len(set(rare.predicates)) == 1


def test_precision_that_cannot_be_reached_comes_as_close_as_it_can():
    table = tables([steps(30, 10)], [steps(9, 8)])
    choice = ThresholdSearch(table, n_gold(10), precision=0.9).choose()
    assert PREDICATE_GRID[choice.shared] >= 0.5


def test_a_choice_as_settings():
    table = tables([steps(10, 2), steps(30, 10)], [steps(10, 2), steps(10, 10)])
    choice = ThresholdSearch(table, n_gold(10, 10), min_support=10).choose()
    settings = choice.to_settings(["a", "b"], (1.5, 2.0))
    assert settings.temperatures == (1.5, 2.0)
    assert (settings.boundary_threshold, settings.pair_threshold) == (0.1, 0.2)
    thresholds = [settings.label_thresholds.get(label, settings.threshold) for label in "ab"]
    assert thresholds == PREDICATE_GRID[choice.predicates].tolist()

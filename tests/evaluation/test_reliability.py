"""Reliability, counted by hand."""

import numpy
import pytest

from spacy_spo.evaluation.reliability import ScoreHistogram, merge_bins, reliability_bins


def test_bins_by_hand():
    bins = reliability_bins([0.05, 0.91, 0.95, 1.0], [False, True, False, True])
    assert [row.n for row in bins] == [1, *[0] * 8, 3]
    assert bins[0] == (0.0, 1, 0, pytest.approx(0.05))
    assert bins[9] == (0.9, 3, 2, pytest.approx((0.91 + 0.95 + 1.0) / 3))
    assert bins[9].accuracy == pytest.approx(2 / 3)
    assert bins[5] == (0.5, 0, 0, 0.0) and bins[5].accuracy == 0


def test_no_triples():
    assert [row.n for row in reliability_bins([], [])] == [0] * 10


def test_a_histogram_accumulates():
    random = numpy.random.default_rng(0)
    scores, correct = random.random(100), random.random(100) < 0.5
    histogram = ScoreHistogram(10)
    for part in range(0, 100, 20):
        histogram.add(scores[part : part + 20], correct[part : part + 20])
    for ours, theirs in zip(histogram.bins(), reliability_bins(scores, correct)):
        assert ours == pytest.approx(theirs)


def test_merged_bins_are_those_of_the_scores():
    random = numpy.random.default_rng(0)
    scores, correct = random.random(500), random.random(500) < 0.5
    narrow = [row.to_dict() for row in reliability_bins(scores, correct, 100) if row.n]
    for ours, theirs in zip(merge_bins(narrow), reliability_bins(scores, correct)):
        assert ours == pytest.approx(theirs)


def test_merging_is_exact_at_the_cuts():
    # 0.3 is not below 0.3, whatever floating point says.
    for i in range(10):
        row = {"n": 1, "correct": 1, "mean": i / 10}
        merged = merge_bins({**row, "from": (10 * i + j) / 100} for j in (0, 9))
        assert [row.n for row in merged if row.n] == [2]
        assert merged[i].n == 2


def test_to_dict():
    (row,) = reliability_bins([0.5], [True], 1)
    assert row.to_dict() == {"from": 0.0, "n": 1, "correct": 1, "mean": 0.5}

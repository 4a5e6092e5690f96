"""Intervals: against arithmetic, and against resampling with replacement."""

import numpy
import pytest

from spacy_spo.evaluation.bootstrap import Bootstrap, interval


def resampled(counts, n_replicates=2000, seed=1):
    """F1 of plain resampling with replacement; counts (n_texts, 4)."""
    random = numpy.random.default_rng(seed)
    scores = []
    for _ in range(n_replicates):
        draws = random.integers(len(counts), size=len(counts))
        tp, predicted, matched_gold, gold = counts[draws].sum(0)
        p, r = tp / predicted, matched_gold / gold
        scores.append(2 * p * r / (p + r))
    return numpy.asarray(scores)


def test_perfect_counts_have_no_spread():
    bootstrap = Bootstrap(1, n_replicates=50)
    for _ in range(200):
        bootstrap.add(numpy.asarray([[2, 2, 2, 2]]))
    assert numpy.all(bootstrap.scores() == 1)


def test_nothing_at_all_is_zero():
    bootstrap = Bootstrap(2, n_replicates=10)
    bootstrap.add(numpy.zeros((2, 4)))
    assert numpy.all(bootstrap.scores() == 0)


def test_precision_recall_and_f1_of_one_replicate():
    bootstrap = Bootstrap(1, n_replicates=200)
    for _ in range(20):
        bootstrap.add(numpy.asarray([[1, 4, 2, 5]]))
    p, r, f = bootstrap.scores()[0]
    assert p == pytest.approx(0.25)
    assert r == pytest.approx(0.4)
    assert f == pytest.approx(2 * 0.25 * 0.4 / 0.65)


def test_intervals_are_those_of_resampling_with_replacement():
    random = numpy.random.default_rng(0)
    gold = random.integers(1, 5, 400)
    tp = random.binomial(gold, 0.7)
    counts = numpy.stack([tp, gold, tp, gold], axis=1)
    bootstrap = Bootstrap(1, n_replicates=2000)
    for row in counts:
        bootstrap.add(row[None])
    ours, theirs = interval(bootstrap.scores()[0, 2]), interval(resampled(counts))
    assert ours == pytest.approx(theirs, abs=0.004)
    assert ours[1] - ours[0] > 0.03


def test_series_share_their_draws():
    random = numpy.random.default_rng(0)
    bootstrap = Bootstrap(2, n_replicates=500)
    for tp in random.binomial(4, 0.5, 300):
        # The second has one more correct in every text: surely better, though both vary.
        bootstrap.add(numpy.asarray([[tp, 5, tp, 5], [tp + 1, 5, tp + 1, 5]]))
    first, second = bootstrap.scores()[:, 2]
    assert numpy.all(second - first > 0.19)
    assert numpy.ptp(first) > 10 * numpy.ptp(second - first)


def test_same_seed_same_intervals():
    def scores(seed):
        bootstrap = Bootstrap(1, n_replicates=20, seed=seed)
        for tp in (0, 1, 2, 3):
            bootstrap.add(numpy.asarray([[tp, 3, tp, 3]]))
        return bootstrap.scores()

    assert numpy.array_equal(scores(3), scores(3))
    assert not numpy.array_equal(scores(3), scores(4))


def test_interval_is_the_middle_of_the_values():
    assert interval(numpy.arange(101.0)) == pytest.approx((2.5, 97.5))

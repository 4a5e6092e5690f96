"""Temperatures that make scores as reliable as they can be."""

import numpy
import pytest

from spacy_spo.analysis.calibration import (
    MAX_PREDICATE_TEMPERATURE,
    fit_predicate_temperature,
    fit_triple_temperature,
    is_extreme,
)
from spacy_spo.analysis.candidates import CandidateSet, logit
from spacy_spo.analysis.permissive_run import MIN_PREDICATE_THRESHOLD
from spacy_spo.analysis.selection import Settings, select_triples
from spacy_spo.analysis.threshold_search import PREDICATE_GRID
from spacy_spo.pipeline.tagging.decode import expit

pytestmark = pytest.mark.slow


def test_without_predicates_the_temperature_stays():
    empty = CandidateSet([], None, None, numpy.zeros(0), numpy.zeros(0))
    assert fit_predicate_temperature(empty) == 1.0


def calibrated(rng, logits):
    """Truth as probable as the logits say."""
    return rng.random(len(logits)) < 1 / (1 + numpy.exp(-logits))


def test_the_temperature_of_predicates():
    rng = numpy.random.default_rng(0)
    logits = rng.normal(0, 2, 20_000)
    truth = calibrated(rng, logits)
    for factor in (0.5, 1.0, 2.0):
        scaled = CandidateSet([], None, None, factor * logits, truth.astype(float))
        assert fit_predicate_temperature(scaled) == pytest.approx(factor, rel=0.1)


def test_no_predicate_is_lifted_that_was_not_collected():
    """At the highest temperature the lowest collected ones reach the lowest threshold."""
    lowest = logit(MIN_PREDICATE_THRESHOLD)
    assert expit(lowest / MAX_PREDICATE_TEMPERATURE) == pytest.approx(PREDICATE_GRID.min())
    random = CandidateSet([], None, None, numpy.asarray([9.0, 9.0]), numpy.asarray([0.0, 1.0]))
    assert fit_predicate_temperature(random) == MAX_PREDICATE_TEMPERATURE


def test_scores_are_right_as_often_as_they_say(candidates):
    settings = Settings(0.05, 0.02, 0.02, {}, (1.0, 1.0))
    before = select_triples(candidates, settings)
    t = fit_triple_temperature(candidates, settings)
    after = select_triples(candidates, settings._replace(temperatures=(1.0, t)))
    assert numpy.array_equal(after.correct, before.correct)

    def cost(selected):
        p = numpy.clip(selected.scores, 1e-6, 1 - 1e-6)
        return -numpy.log(numpy.where(selected.correct, p, 1 - p)).mean()

    assert cost(after) < cost(before)


def test_temperatures_at_the_ends_are_told_from_others():
    assert [is_extreme(t) for t in (0.1, 1.0, 10.0)] == [True, False, True]

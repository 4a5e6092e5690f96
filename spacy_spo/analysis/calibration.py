"""Fit temperatures (Guo et al., 2017, "On Calibration of Modern Neural Networks")."""

from typing import Callable

import numpy

from ..pipeline.tagging.decode import expit
from .candidates import CandidateSet, logit
from .permissive_run import MIN_PREDICATE_THRESHOLD
from .selection import Settings, select_triples
from .threshold_search import PREDICATE_GRID

TEMPERATURES = numpy.geomspace(0.1, 10.0, 201)
# A higher one would lift predicates above the lowest threshold that were not even collected.
MAX_PREDICATE_TEMPERATURE = float(logit(MIN_PREDICATE_THRESHOLD) / logit(PREDICATE_GRID.min()))


def fit_predicate_temperature(candidates: CandidateSet) -> float:
    """Fit the temperature of the relation classifier.

    candidates (CandidateSet): Candidates of a corpus.
    RETURNS (float): The temperature that minimises the NLL of all (segment, predicate).
    """
    temperature = _fit(lambda t: expit(candidates.logits / t), candidates.targets > 0)
    return min(temperature, MAX_PREDICATE_TEMPERATURE)


def fit_triple_temperature(candidates: CandidateSet, settings: Settings) -> float:
    """Fit the temperature of the tagger.

    candidates (CandidateSet): Candidates of a corpus.
    settings (Settings): Settings; the tagger's temperature is ignored.
    RETURNS (float): The temperature that minimises the NLL of triple correctness.
    """
    uncalibrated = settings._replace(temperatures=(settings.temperatures[0], 1.0))
    triples = select_triples(candidates, uncalibrated)
    return _fit(lambda t: triples.scores ** (1 / t), triples.correct)


def is_extreme(temperature: float) -> bool:
    """Check for an end of the search range, with the optimum beyond.

    temperature (float): A fitted temperature.
    RETURNS (bool): Whether it is the lowest or the highest.
    """
    return temperature in (TEMPERATURES.min(), TEMPERATURES.max())


def _fit(probabilities: Callable[[float], numpy.ndarray], correct: numpy.ndarray) -> float:
    if not len(correct):
        return 1.0

    def nll(temperature: float) -> float:
        p = numpy.clip(probabilities(temperature), 1e-6, 1 - 1e-6)
        return -float(numpy.log(numpy.where(correct, p, 1 - p)).sum())

    return round(float(min(TEMPERATURES, key=nll)), 3)

"""Select triples from candidates, as a pipeline with given settings would."""

from typing import Dict, NamedTuple, Tuple

import numpy

from ..pipeline.tagging.decode import BOUNDARY_PARTS, LINK_PARTS, expit, suppress_overlaps
from .candidates import CandidateSet


class Settings(NamedTuple):
    """Settings of both components.

    threshold (float): Threshold of predicates.
    boundary_threshold (float): Threshold of boundaries.
    pair_threshold (float): Threshold of links.
    label_thresholds (Dict[str, float]): Thresholds of single predicates.
    temperatures (Tuple[float, float]): Temperatures of the relation classifier and the tagger.
    """

    threshold: float
    boundary_threshold: float
    pair_threshold: float
    label_thresholds: Dict[str, float]
    temperatures: Tuple[float, float]


class ScoredCandidates(NamedTuple):
    """Candidates by query, best first, with calibrated predicates.

    candidates (ndarray): Candidates, (n,), with the columns of CANDIDATE.
    predicates (ndarray): Probabilities of the predicates, (n,).
    boundaries (ndarray): Minimum of the boundary probabilities, (n,).
    links (ndarray): Minimum of the link probabilities, (n,).
    scores (ndarray): Product of boundary and link probabilities, (n,).
    """

    candidates: numpy.ndarray
    predicates: numpy.ndarray
    boundaries: numpy.ndarray
    links: numpy.ndarray
    scores: numpy.ndarray


class SelectedTriples(NamedTuple):
    """Predicted triples, without duplicates by the text criterion.

    scores (ndarray): Scores in [0, 1], (n,).
    correct (ndarray): Whether the gold has them, (n,).
    """

    scores: numpy.ndarray
    correct: numpy.ndarray


def select_triples(candidates: CandidateSet, settings: Settings) -> SelectedTriples:
    """Select the predicted triples of a pipeline with given settings.

    candidates (CandidateSet): Candidates of a corpus.
    settings (Settings): The settings.
    RETURNS (SelectedTriples): The predicted triples. Cuts between windows are not considered.
    """
    scored = score_candidates(candidates.candidates, settings.temperatures[0])
    special = settings.label_thresholds
    thresholds = [special.get(label, settings.threshold) for label in candidates.labels]
    kept = apply_thresholds(scored, settings.boundary_threshold, settings.pair_threshold)
    labels = scored.candidates["label"][kept]
    kept = kept[scored.predicates[kept] >= numpy.asarray(thresholds)[labels]]
    unique = unique_triples(scored, kept)
    products = scored.scores[unique] * scored.predicates[unique]
    correct = scored.candidates["correct"][unique]
    return SelectedTriples(products ** (1 / settings.temperatures[1]), correct)


def score_candidates(candidates: numpy.ndarray, temperature: float) -> ScoredCandidates:
    """Score candidates.

    candidates (ndarray): Candidates with the columns of CANDIDATE.
    temperature (float): Temperature of the relation classifier.
    RETURNS (ScoredCandidates): The candidates by query, best first.
    """
    order = numpy.lexsort((-candidates["parts"].prod(axis=1), candidates["query"]))
    ordered = candidates[order]
    parts = ordered["parts"]
    return ScoredCandidates(
        ordered,
        expit(ordered["predicate_logit"] / temperature),
        parts[:, BOUNDARY_PARTS].min(axis=1),
        parts[:, LINK_PARTS].min(axis=1),
        parts.prod(axis=1),
    )


def apply_thresholds(scored: ScoredCandidates, boundary: float, pair: float) -> numpy.ndarray:
    """Apply the tagger's thresholds and overlap suppression.

    scored (ScoredCandidates): The candidates.
    boundary (float): Threshold of boundaries.
    pair (float): Threshold of links.
    RETURNS (ndarray): Indices of the candidates that are kept.
    """
    passed = numpy.flatnonzero((scored.boundaries >= boundary) & (scored.links >= pair))
    candidates = scored.candidates[passed]
    kept = suppress_overlaps(
        candidates["query"], candidates["subject"], candidates["object"], scored.scores[passed]
    )
    return passed[kept]


def unique_triples(scored: ScoredCandidates, kept: numpy.ndarray) -> numpy.ndarray:
    """Drop duplicates by the text criterion.

    scored (ScoredCandidates): The candidates.
    kept (ndarray): Indices of candidates.
    RETURNS (ndarray): Indices, one a key: that with the most probable predicate.
    """
    keys = scored.candidates["key"][kept]
    order = numpy.lexsort((-scored.predicates[kept], keys))
    _, first = numpy.unique(keys[order], return_index=True)
    return kept[order[first]]

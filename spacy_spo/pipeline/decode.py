"""From the tagger's scores to arguments and triples of one row, in plain arrays."""

from typing import Dict, List, NamedTuple, Sequence

import numpy

from .links import OBJECT_ROLE, SUBJECT_ROLE, anchor, pair_channels, span_channel

# An untrained or badly calibrated model lights up everywhere. The best-scored edges and spans of
# a role go on, and triples of a row, so that no text can make decoding quadratic in its length.
MAX_EDGES = 64
MAX_SPANS = 64
MAX_TRIPLES = 256


class Spans(NamedTuple):
    """Arguments of one role, each array (n_spans,): first token, last token, probability."""

    starts: numpy.ndarray
    ends: numpy.ndarray
    scores: numpy.ndarray


class DecodedTriple(NamedTuple):
    """spans (Dict[int, slice]): Tokens of the row by role. score (float): In [0, 1]."""

    spans: Dict[int, slice]
    score: float


def decode_row(
    boundaries: numpy.ndarray,
    factors: numpy.ndarray,
    roles: Sequence[int],
    *,
    boundary_threshold: float,
    pair_threshold: float,
) -> List[DecodedTriple]:
    """Find the triples of one predicate in one segment.

    boundaries (ndarray): Logits of starts and ends, (n_roles, 2, T).
    factors (ndarray): Link factors, from and to, (2, n_links, T, link_width + 1).
    roles (Sequence[int]): Subject, object, and the qualifiers that the predicate may have.
    boundary_threshold (float): The probability from which on a token starts or ends an argument.
    pair_threshold (float): The probability from which on two positions belong together.
    RETURNS (List[DecodedTriple]): A score is the product of subject, object and their link.
    """
    probabilities = expit(boundaries)
    spans = {
        role: _find_spans(
            probabilities[role], factors[:, span_channel(role)], boundary_threshold, pair_threshold
        )
        for role in roles
    }
    subjects, objects = spans[SUBJECT_ROLE], spans[OBJECT_ROLE]
    links = _pair(factors, subjects, objects, OBJECT_ROLE, len(boundaries))
    hangers = _best_qualifiers(factors, spans, len(boundaries), pair_threshold)
    rows, columns = numpy.nonzero(links >= pair_threshold)
    scores = subjects.scores[rows] * objects.scores[columns] * links[rows, columns]
    triples = []
    for k in numpy.argsort(-scores, kind="stable")[:MAX_TRIPLES]:
        i, j = rows[k], columns[k]
        found = {SUBJECT_ROLE: _slice(subjects, i), OBJECT_ROLE: _slice(objects, j)}
        triples.append(DecodedTriple({**found, **hangers[j]}, float(scores[k])))
    return triples


def _find_spans(
    probabilities: numpy.ndarray,
    factors: numpy.ndarray,
    boundary_threshold: float,
    pair_threshold: float,
) -> Spans:
    """Join starts and ends. probabilities: (2, T); factors: (2, T, link_width + 1)."""
    starts, ends = (_best(p, boundary_threshold) for p in probabilities)
    links = expit(factors[0, starts] @ factors[1, ends].T)
    rows, columns = numpy.nonzero((links >= pair_threshold) & (starts[:, None] <= ends))
    starts, ends, links = starts[rows], ends[columns], links[rows, columns]
    scores = probabilities[0, starts] * probabilities[1, ends] * links
    order = numpy.argsort(-scores, kind="stable")[:MAX_SPANS]
    return Spans(starts[order], ends[order], scores[order])


def _best(probabilities: numpy.ndarray, threshold: float) -> numpy.ndarray:
    """The positions that reach the threshold, at most MAX_EDGES of them."""
    positions = numpy.flatnonzero(probabilities >= threshold)
    order = numpy.argsort(-probabilities[positions], kind="stable")
    return positions[order[:MAX_EDGES]]


def _pair(
    factors: numpy.ndarray, anchors: Spans, hangers: Spans, role: int, n_roles: int
) -> numpy.ndarray:
    """Probabilities (n_anchors, n_hangers): both ends have to be linked, so the lower counts."""
    heads, tails = pair_channels(role, n_roles)
    head_links = factors[0, heads, anchors.starts] @ factors[1, heads, hangers.starts].T
    tail_links = factors[0, tails, anchors.ends] @ factors[1, tails, hangers.ends].T
    return expit(numpy.minimum(head_links, tail_links))


def _best_qualifiers(
    factors: numpy.ndarray, spans: Dict[int, Spans], n_roles: int, threshold: float
) -> List[Dict[int, slice]]:
    """For each object, the best-linked argument of each qualifier, if it reaches the threshold."""
    found: List[Dict[int, slice]] = [{} for _ in spans[OBJECT_ROLE].starts]
    for role in spans:
        if role in (SUBJECT_ROLE, OBJECT_ROLE) or not len(spans[role].starts):
            continue
        links = _pair(factors, spans[anchor(role)], spans[role], role, n_roles)
        for j, row in enumerate(links):
            best = int(numpy.argmax(row * spans[role].scores))
            if row[best] >= threshold:
                found[j][role] = _slice(spans[role], best)
    return found


def _slice(spans: Spans, i: int) -> slice:
    return slice(int(spans.starts[i]), int(spans.ends[i]) + 1)


def expit(logits: numpy.ndarray) -> numpy.ndarray:
    """RETURNS (ndarray): The logistic function, without overflow for large negative logits."""
    return 0.5 * (1 + numpy.tanh(0.5 * logits))

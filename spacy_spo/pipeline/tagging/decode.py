"""Decode the tagger's scores to triples, in plain arrays.

Hardly any position starts or ends an argument. Positions above the threshold are the candidates of
their row: only candidates are linked, and decoding works on the P candidates of a row in place of
its T tokens.
"""

from typing import Callable, Dict, List, NamedTuple, Sequence, Tuple

import numpy

from .links import (
    OBJECT_ROLE,
    SUBJECT_ROLE,
    active_links,
    head_role,
    n_links,
    pair_channels,
    span_channel,
)

# An untrained or badly calibrated model has high scores everywhere. Only the best-scored positions
# of a row, spans of a role and triples are kept, so that decoding never is quadratic in the length
# of a text.
MAX_CANDIDATES = 128
MAX_SPANS = 64
MAX_TRIPLES = 256

# Takes positions (n_rows, P), and the rows and channels to link (n_active,). Returns link logits
# (n_active, P, P), from and to.
LinkScorer = Callable[[numpy.ndarray, numpy.ndarray, numpy.ndarray], numpy.ndarray]


class Spans(NamedTuple):
    """Candidate arguments of one role, in order of the rows.

    rows (ndarray): Row of each span, (n_spans,).
    starts (ndarray): First candidate position of each span, (n_spans,).
    ends (ndarray): Last candidate position of each span, (n_spans,).
    parts (ndarray): Probabilities of the start, the end and their link, (n_spans, 3).
    """

    rows: numpy.ndarray
    starts: numpy.ndarray
    ends: numpy.ndarray
    parts: numpy.ndarray

    @property
    def scores(self) -> numpy.ndarray:
        """Compute the scores of the spans.

        RETURNS (ndarray): The products of their parts, (n_spans,).
        """
        return self.parts.prod(axis=1)


# The parts of a score, which is their product: start, end and their link of the subject, the same
# of the object, and the link of the pair.
PARTS = (
    "subject_start",
    "subject_end",
    "subject_link",
    "object_start",
    "object_end",
    "object_link",
    "pair_link",
)
LINK_PARTS = [i for i, name in enumerate(PARTS) if name.endswith("link")]
BOUNDARY_PARTS = [i for i, name in enumerate(PARTS) if not name.endswith("link")]


class DecodedTriple(NamedTuple):
    """A triple in tokens of its row.

    spans (Dict[int, slice]): Tokens of the arguments by role.
    score (float): The product of the parts, in [0, 1].
    parts (ndarray): Probabilities in the order of `PARTS`, (7,).
    """

    spans: Dict[int, slice]
    score: float
    parts: numpy.ndarray


def decode_rows(
    boundaries: numpy.ndarray,
    lengths: numpy.ndarray,
    roles: Sequence[Sequence[int]],
    score_links: LinkScorer,
    *,
    boundary_threshold: float,
    pair_threshold: float,
    keep_overlaps: bool = False,
) -> List[List[DecodedTriple]]:
    """Decode the triples of each row, one (segment, predicate).

    boundaries (ndarray): Logits of starts and ends, (n_rows, n_roles, 2, T).
    lengths (ndarray): Tokens of each row, (n_rows,).
    roles (Sequence[Sequence[int]]): For each row subject, object, and the qualifiers of its
        predicate.
    score_links (LinkScorer): Links candidate positions.
    boundary_threshold (float): Minimum probability for the start or end of an argument.
    pair_threshold (float): Minimum probability for a link between two positions.
    keep_overlaps (bool): Whether overlapping triples are all kept, without `suppress_overlaps`.
    RETURNS (List[List[DecodedTriple]]): The triples of each row, best first.
    """
    n_rows, n_roles = boundaries.shape[:2]
    probabilities = _boundary_scores(boundaries, lengths, roles, boundary_threshold)
    positions = _candidates(probabilities)
    probabilities = numpy.take_along_axis(probabilities, positions[:, None, None], axis=-1)
    links = numpy.zeros((n_rows, n_links(n_roles), *2 * positions.shape[1:]), dtype="f")
    active = active_links(roles, n_roles)
    links[active] = score_links(positions, *active)
    spans = [
        _find_spans(probabilities[:, role], links[:, span_channel(role)], pair_threshold)
        for role in range(n_roles)
    ]
    qualifiers = _best_qualifiers(links, spans, pair_threshold)
    decoded: List[List[DecodedTriple]] = [[] for _ in range(n_rows)]
    i, j, parts = _pairs(links, spans, pair_threshold)
    scores = parts.prod(axis=1)
    subjects, objects = spans[SUBJECT_ROLE], spans[OBJECT_ROLE]
    if not keep_overlaps:
        kept = suppress_overlaps(objects.rows[j], _ends(subjects, i), _ends(objects, j), scores)
        i, j, parts, scores = i[kept], j[kept], parts[kept], scores[kept]
    for s, o, score, triple_parts in zip(i.tolist(), j.tolist(), scores.tolist(), parts):
        arguments = {SUBJECT_ROLE: s, OBJECT_ROLE: o, **qualifiers.get(o, {})}
        tokens = {role: _tokens(positions, spans[role], k) for role, k in arguments.items()}
        decoded[objects.rows[o]].append(DecodedTriple(tokens, score, triple_parts))
    return decoded


def _boundary_scores(
    boundaries: numpy.ndarray,
    lengths: numpy.ndarray,
    roles: Sequence[Sequence[int]],
    threshold: float,
) -> numpy.ndarray:
    # Probabilities, shaped like the logits; 0 below the threshold, for padding and other roles.
    scores = expit(boundaries)
    scores[scores < threshold] = 0
    allowed = numpy.zeros(boundaries.shape[:2], dtype=bool)
    for row, row_roles in enumerate(roles):
        allowed[row, row_roles] = True
    scores[~allowed] = 0
    inside = numpy.arange(boundaries.shape[-1]) < lengths[:, None]  # (n_rows, T)
    return scores * inside[:, None, None]


def _candidates(scores: numpy.ndarray) -> numpy.ndarray:
    # The positions with a score, (n_rows, P), ascending. P is that of the row with the most; other
    # rows are filled up with positions without one.
    best = scores.max(axis=(1, 2))  # (n_rows, T)
    P = min(int((best > 0).sum(axis=1).max()), MAX_CANDIDATES)
    return numpy.sort(numpy.argsort(-best, axis=1, kind="stable")[:, :P], axis=1)


def _find_spans(scores: numpy.ndarray, links: numpy.ndarray, threshold: float) -> Spans:
    # Joins starts and ends. scores: (n_rows, 2, P); links: logits (n_rows, P, P).
    possible = (scores[:, 0, :, None] > 0) & (scores[:, 1, None, :] > 0)
    rows, starts, ends = numpy.nonzero(numpy.triu(possible))
    linked = expit(links[rows, starts, ends])
    parts = numpy.stack([scores[rows, 0, starts], scores[rows, 1, ends], linked], axis=1)
    chosen = numpy.flatnonzero(linked >= threshold)
    best = chosen[_best(rows[chosen], parts[chosen].prod(axis=1), MAX_SPANS)]
    return Spans(rows[best], starts[best], ends[best], parts[best])


def _best(groups: numpy.ndarray, scores: numpy.ndarray, n: int) -> numpy.ndarray:
    # The indices of the n best-scored of each group, by group, best first.
    order = numpy.lexsort((-scores, groups))
    ordered = groups[order]
    rank = numpy.arange(len(order)) - numpy.searchsorted(ordered, ordered)
    return order[rank < n]


def _pairs(
    links: numpy.ndarray, spans: Sequence[Spans], threshold: float
) -> Tuple[numpy.ndarray, numpy.ndarray, numpy.ndarray]:
    # Subjects and objects of the triples, each (n,), and the parts of their scores (n, 7), by row,
    # best first.
    subjects, objects = spans[SUBJECT_ROLE], spans[OBJECT_ROLE]
    i, j, linked = _link(links, spans, OBJECT_ROLE)
    chosen = numpy.flatnonzero(linked >= threshold)
    i, j, linked = i[chosen], j[chosen], linked[chosen]
    parts = numpy.concatenate([subjects.parts[i], objects.parts[j], linked[:, None]], axis=1)
    best = _best(objects.rows[j], parts.prod(axis=1), MAX_TRIPLES)
    return i[best], j[best], parts[best]


def _ends(spans: Spans, chosen: numpy.ndarray) -> numpy.ndarray:
    return numpy.stack([spans.starts[chosen], spans.ends[chosen]], axis=1)


def suppress_overlaps(
    rows: numpy.ndarray, subjects: numpy.ndarray, objects: numpy.ndarray, scores: numpy.ndarray
) -> numpy.ndarray:
    """Suppress overlapping triples, as in non-maximum suppression.

    Kept are the triples above one half, and those that overlap in both arguments with no better
    triple that is kept.

    rows (ndarray): The row of each triple, (n,), ascending, the best triples of a row first.
    subjects (ndarray): First and last position of each subject, (n, 2).
    objects (ndarray): First and last position of each object, (n, 2).
    scores (ndarray): Scores in [0, 1], (n,).
    RETURNS (ndarray): The mask of those kept, (n,).
    """
    first, second = _same_row(rows, rows)
    ordered = first < second
    first, second = first[ordered], second[ordered]
    clash = _overlap(subjects[first], subjects[second]) & _overlap(objects[first], objects[second])
    clash &= scores[second] <= 0.5
    kept = numpy.ones(len(rows), dtype=bool)
    for better, worse in zip(first[clash].tolist(), second[clash].tolist()):
        kept[worse] &= not kept[better]
    return kept


def _overlap(a: numpy.ndarray, b: numpy.ndarray) -> numpy.ndarray:
    return (a[:, 0] <= b[:, 1]) & (b[:, 0] <= a[:, 1])


def _link(
    links: numpy.ndarray, spans: Sequence[Spans], role: int
) -> Tuple[numpy.ndarray, numpy.ndarray, numpy.ndarray]:
    # Every argument of a role with every possible head in its row: indices of the heads, of the
    # dependents, and the probability of their link.
    heads, dependents = spans[head_role(role)], spans[role]
    i, j = _same_row(heads.rows, dependents.rows)
    rows, (start_channel, end_channel) = heads.rows[i], pair_channels(role, len(spans))
    start_links = links[rows, start_channel, heads.starts[i], dependents.starts[j]]
    end_links = links[rows, end_channel, heads.ends[i], dependents.ends[j]]
    # Both boundaries have to be linked, so the lower counts.
    return i, j, expit(numpy.minimum(start_links, end_links))


def _same_row(a: numpy.ndarray, b: numpy.ndarray) -> Tuple[numpy.ndarray, numpy.ndarray]:
    # All pairs (i, j) with a[i] == b[j]; both are sorted.
    first = numpy.searchsorted(b, a)
    counts = numpy.searchsorted(b, a, side="right") - first
    i = numpy.repeat(numpy.arange(len(a)), counts)
    # Counts up from `first` within each i.
    j = numpy.arange(len(i)) + numpy.repeat(first - numpy.cumsum(counts) + counts, counts)
    return i, j


def _best_qualifiers(
    links: numpy.ndarray, spans: Sequence[Spans], threshold: float
) -> Dict[int, Dict[int, int]]:
    # For each object, the best-linked argument of each qualifier, at or above the threshold.
    best: Dict[int, Dict[int, int]] = {}
    for role in range(OBJECT_ROLE + 1, len(spans)):
        i, j, linked = _link(links, spans, role)
        for k in _best(i, linked * spans[role].scores[j], 1):
            if linked[k] >= threshold:
                best.setdefault(int(i[k]), {})[role] = int(j[k])
    return best


def _tokens(positions: numpy.ndarray, spans: Spans, k: int) -> slice:
    row = positions[spans.rows[k]]
    return slice(int(row[spans.starts[k]]), int(row[spans.ends[k]]) + 1)


def expit(logits: numpy.ndarray) -> numpy.ndarray:
    """Compute the logistic function, without overflow for large negative logits.

    logits (ndarray): The logits.
    RETURNS (ndarray): The probabilities.
    """
    return 0.5 * (1 + numpy.tanh(0.5 * logits))

"""From the tagger's scores to arguments and triples, in plain arrays, for a whole batch of rows.

Hardly any position starts or ends an argument. Those that may are the candidates of their row: only
they are linked, and all that follows works on the P candidates of a row in place of its T tokens.
"""

from typing import Callable, Dict, List, NamedTuple, Sequence, Tuple

import numpy

from .links import (
    OBJECT_ROLE,
    SUBJECT_ROLE,
    active_links,
    anchor,
    n_links,
    pair_channels,
    span_channel,
)

# An untrained or badly calibrated model lights up everywhere. The best-scored positions of a row go
# on, arguments of a role and triples, so that no text can make decoding quadratic in its length.
MAX_CANDIDATES = 128
MAX_SPANS = 64
MAX_TRIPLES = 256

# Takes positions (n_rows, P), and rows and channels (n_active,): what is to be linked. Returns link
# logits (n_active, P, P), from and to.
LinkScorer = Callable[[numpy.ndarray, numpy.ndarray, numpy.ndarray], numpy.ndarray]


class Spans(NamedTuple):
    """Arguments of one role, in order of the rows: row, first and last candidate, each (n_spans,);
    probabilities of the start, the end and their link, (n_spans, 3)."""

    rows: numpy.ndarray
    starts: numpy.ndarray
    ends: numpy.ndarray
    parts: numpy.ndarray

    @property
    def scores(self) -> numpy.ndarray:
        """RETURNS (ndarray): The probability of each, (n_spans,)."""
        return self.parts.prod(axis=1)


# The probabilities that the score of a decoded triple is the product of: start, end and their link
# of the subject, the same of the object, and the link of the pair.
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
    """Find the triples of each (segment, predicate) row.

    boundaries (ndarray): Logits of starts and ends, (n_rows, n_roles, 2, T).
    lengths (ndarray): Tokens of each row, (n_rows,).
    roles (Sequence[Sequence[int]]): For each row subject, object, and the qualifiers that its
        predicate may have.
    score_links (LinkScorer): Links candidate positions.
    boundary_threshold (float): The probability from which on a token starts or ends an argument.
    pair_threshold (float): The probability from which on two positions belong together.
    keep_overlaps (bool): Whether all readings of one statement are wanted.
    RETURNS (List[List[DecodedTriple]]): The triples of each row, best first. A score is the product
        of subject, object and their link. Triples whose subjects overlap and whose objects
        overlap may be one statement that was read in several ways: unless all of them are wanted,
        `suppress_overlaps` says which are left.
    """
    n_rows, n_roles = boundaries.shape[:2]
    edges = _boundary_scores(boundaries, lengths, roles, boundary_threshold)
    positions = _candidates(edges)
    edges = numpy.take_along_axis(edges, positions[:, None, None], axis=-1)
    links = numpy.zeros((n_rows, n_links(n_roles), *2 * positions.shape[1:]), dtype="f")
    active = active_links(roles, n_roles)
    links[active] = score_links(positions, *active)
    spans = [
        _find_spans(edges[:, role], links[:, span_channel(role)], pair_threshold)
        for role in range(n_roles)
    ]
    qualifiers = _best_qualifiers(links, spans, pair_threshold)
    found: List[List[DecodedTriple]] = [[] for _ in range(n_rows)]
    i, j, parts = _pairs(links, spans, pair_threshold)
    scores = parts.prod(axis=1)
    if not keep_overlaps:
        subjects, objects = spans[SUBJECT_ROLE], spans[OBJECT_ROLE]
        left = suppress_overlaps(objects.rows[j], _edges(subjects, i), _edges(objects, j), scores)
        i, j, parts, scores = i[left], j[left], parts[left], scores[left]
    for s, o, score, own in zip(i.tolist(), j.tolist(), scores.tolist(), parts):
        ends = {SUBJECT_ROLE: s, OBJECT_ROLE: o, **qualifiers.get(o, {})}
        tokens = {role: _tokens(positions, spans[role], k) for role, k in ends.items()}
        found[spans[OBJECT_ROLE].rows[o]].append(DecodedTriple(tokens, score, own))
    return found


def _boundary_scores(
    boundaries: numpy.ndarray,
    lengths: numpy.ndarray,
    roles: Sequence[Sequence[int]],
    threshold: float,
) -> numpy.ndarray:
    """Probabilities as the logits, 0 for what is below the threshold or not there at all."""
    scores = expit(boundaries)
    scores[scores < threshold] = 0
    allowed = numpy.zeros(boundaries.shape[:2], dtype=bool)
    for row, own in enumerate(roles):
        allowed[row, own] = True
    scores[~allowed] = 0
    inside = numpy.arange(boundaries.shape[-1]) < lengths[:, None]  # (n_rows, T)
    return scores * inside[:, None, None]


def _candidates(scores: numpy.ndarray) -> numpy.ndarray:
    """The positions (n_rows, P), ascending, that have a score. P is that of the row with the most;
    the others are filled up with positions that have none."""
    best = scores.max(axis=(1, 2))  # (n_rows, T)
    P = min(int((best > 0).sum(axis=1).max()), MAX_CANDIDATES)
    return numpy.sort(numpy.argsort(-best, axis=1, kind="stable")[:, :P], axis=1)


def _find_spans(scores: numpy.ndarray, links: numpy.ndarray, threshold: float) -> Spans:
    """Join starts and ends. scores: (n_rows, 2, P); links: logits (n_rows, P, P)."""
    possible = (scores[:, 0, :, None] > 0) & (scores[:, 1, None, :] > 0)
    rows, starts, ends = numpy.nonzero(numpy.triu(possible))
    linked = expit(links[rows, starts, ends])
    parts = numpy.stack([scores[rows, 0, starts], scores[rows, 1, ends], linked], axis=1)
    chosen = numpy.flatnonzero(linked >= threshold)
    best = chosen[_best(rows[chosen], parts[chosen].prod(axis=1), MAX_SPANS)]
    return Spans(rows[best], starts[best], ends[best], parts[best])


def _best(groups: numpy.ndarray, scores: numpy.ndarray, n: int) -> numpy.ndarray:
    """The indices of the n best-scored of each group, by group, best first."""
    order = numpy.lexsort((-scores, groups))
    ordered = groups[order]
    rank = numpy.arange(len(order)) - numpy.searchsorted(ordered, ordered)
    return order[rank < n]


def _pairs(
    links: numpy.ndarray, spans: Sequence[Spans], threshold: float
) -> Tuple[numpy.ndarray, numpy.ndarray, numpy.ndarray]:
    """Subjects and objects of the triples, each (n,), and the parts of their scores (n, 7), by row,
    best first."""
    subjects, objects = spans[SUBJECT_ROLE], spans[OBJECT_ROLE]
    i, j, linked = _link(links, spans, OBJECT_ROLE)
    chosen = numpy.flatnonzero(linked >= threshold)
    i, j, linked = i[chosen], j[chosen], linked[chosen]
    parts = numpy.concatenate([subjects.parts[i], objects.parts[j], linked[:, None]], axis=1)
    best = _best(objects.rows[j], parts.prod(axis=1), MAX_TRIPLES)
    return i[best], j[best], parts[best]


def _edges(spans: Spans, chosen: numpy.ndarray) -> numpy.ndarray:
    return numpy.stack([spans.starts[chosen], spans.ends[chosen]], axis=1)


def suppress_overlaps(
    rows: numpy.ndarray, subjects: numpy.ndarray, objects: numpy.ndarray, scores: numpy.ndarray
) -> numpy.ndarray:
    """Tell which of several readings of one statement are left: those that are more likely than
    not, and those that overlap in both arguments with none that is left before them.

    rows (ndarray): The row of each triple, (n,), ascending, the best triples of a row first.
    subjects, objects (ndarray): The first and last position of each, (n, 2).
    scores (ndarray): In [0, 1], (n,).
    RETURNS (ndarray): A mask, (n,).
    """
    first, second = _same_row(rows, rows)
    ordered = first < second
    first, second = first[ordered], second[ordered]
    clash = _overlap(subjects[first], subjects[second]) & _overlap(objects[first], objects[second])
    clash &= scores[second] <= 0.5
    left = numpy.ones(len(rows), dtype=bool)
    for better, worse in zip(first[clash].tolist(), second[clash].tolist()):
        left[worse] &= not left[better]
    return left


def _overlap(a: numpy.ndarray, b: numpy.ndarray) -> numpy.ndarray:
    return (a[:, 0] <= b[:, 1]) & (b[:, 0] <= a[:, 1])


def _link(
    links: numpy.ndarray, spans: Sequence[Spans], role: int
) -> Tuple[numpy.ndarray, numpy.ndarray, numpy.ndarray]:
    """Every argument of a role with every one of its row that it may hang on: indices of the
    anchors, of the hangers, and the probability of their link."""
    anchors, hangers = spans[anchor(role)], spans[role]
    i, j = _same_row(anchors.rows, hangers.rows)
    rows, (heads, tails) = anchors.rows[i], pair_channels(role, len(spans))
    head_links = links[rows, heads, anchors.starts[i], hangers.starts[j]]
    tail_links = links[rows, tails, anchors.ends[i], hangers.ends[j]]
    # Both ends have to be linked, so the lower counts.
    return i, j, expit(numpy.minimum(head_links, tail_links))


def _same_row(left: numpy.ndarray, right: numpy.ndarray) -> Tuple[numpy.ndarray, numpy.ndarray]:
    """All pairs (i, j) with left[i] == right[j]; both are sorted."""
    first = numpy.searchsorted(right, left)
    counts = numpy.searchsorted(right, left, side="right") - first
    i = numpy.repeat(numpy.arange(len(left)), counts)
    # Counts up from `first` within each i.
    j = numpy.arange(len(i)) + numpy.repeat(first - numpy.cumsum(counts) + counts, counts)
    return i, j


def _best_qualifiers(
    links: numpy.ndarray, spans: Sequence[Spans], threshold: float
) -> Dict[int, Dict[int, int]]:
    """For each object, the best-linked argument of each qualifier, if it reaches the threshold."""
    found: Dict[int, Dict[int, int]] = {}
    for role in range(OBJECT_ROLE + 1, len(spans)):
        i, j, linked = _link(links, spans, role)
        for k in _best(i, linked * spans[role].scores[j], 1):
            if linked[k] >= threshold:
                found.setdefault(int(i[k]), {})[role] = int(j[k])
    return found


def _tokens(positions: numpy.ndarray, spans: Spans, k: int) -> slice:
    row = positions[spans.rows[k]]
    return slice(int(row[spans.starts[k]]), int(row[spans.ends[k]]) + 1)


def expit(logits: numpy.ndarray) -> numpy.ndarray:
    """RETURNS (ndarray): The logistic function, without overflow for large negative logits."""
    return 0.5 * (1 + numpy.tanh(0.5 * logits))

"""From gold triples to what the tagger's model should have said."""

from typing import List, NamedTuple, Sequence, Tuple

import numpy
from spacy.tokens import Span

from ...triples import Triple
from .links import SUBJECT_ROLE, active_links, anchor, pair_channels, span_channel


class RowGold(NamedTuple):
    """The gold of one (segment, predicate) row.

    start (int): First token of the segment in its Doc.
    length (int): Tokens of the segment.
    roles (Sequence[int]): Subject, object and the qualifiers that the predicate may have.
    triples (Sequence[Triple]): Those of the predicate in the segment.
    """

    start: int
    length: int
    roles: Sequence[int]
    triples: Sequence[Triple]


class Targets(NamedTuple):
    """Targets and weights of a batch of rows, T being the longest.

    boundaries, boundary_weights: (n_rows, n_roles, 2, T).
    links, link_weights: (n_active, T, T), from and to, in order of the `active_links` of the rows.
    """

    boundaries: numpy.ndarray
    boundary_weights: numpy.ndarray
    links: numpy.ndarray
    link_weights: numpy.ndarray


def build_targets(gold: Sequence[RowGold], roles: Sequence[str]) -> Targets:
    """Mark where arguments start and end, and which positions belong together.

    gold (Sequence[RowGold]): The rows of a batch.
    roles (Sequence[str]): The names of the model's roles.
    RETURNS (Targets): Padding and roles that a predicate does not have weigh 0.
    """
    T = max(row.length for row in gold)
    boundaries = numpy.zeros((len(gold), len(roles), 2, T), dtype="f")
    weights = numpy.zeros_like(boundaries)
    rows, channels = active_links([row.roles for row in gold], len(roles))
    index = {pair: k for k, pair in enumerate(zip(rows.tolist(), channels.tolist()))}
    links = numpy.zeros((len(index), T, T), dtype="f")
    link_weights = numpy.zeros_like(links)
    for i, row in enumerate(gold):
        weights[i, row.roles, :, : row.length] = 1
        for triple in row.triples:
            for role, start, end in _edges(triple, row, roles):
                boundaries[i, role, 0, start] = boundaries[i, role, 1, end] = 1
            for channel, left, right in _links(triple, row, roles):
                links[index[i, channel], left, right] = 1
    for (i, channel), k in index.items():
        link_weights[k, : gold[i].length, : gold[i].length] = 1
        if channel < len(roles):
            link_weights[k] = numpy.triu(link_weights[k])  # no span ends before its start
    return Targets(boundaries, weights, links, link_weights)


def _edges(triple: Triple, row: RowGold, roles: Sequence[str]) -> List[Tuple[int, int, int]]:
    """Role, first and last token in the row of every argument of a triple."""
    arguments = {roles.index(n): span for n, span in triple.arguments.items() if n in roles}
    return [(role, *_ends(span, row)) for role, span in arguments.items() if role in row.roles]


def _links(triple: Triple, row: RowGold, roles: Sequence[str]) -> List[Tuple[int, int, int]]:
    """Channel, from and to of every link of a triple."""
    edges = {role: (start, end) for role, start, end in _edges(triple, row, roles)}
    links = [(span_channel(role), start, end) for role, (start, end) in edges.items()]
    for role, (start, end) in edges.items():
        if role != SUBJECT_ROLE:
            heads, tails = pair_channels(role, len(roles))
            anchor_start, anchor_end = edges[anchor(role)]
            links += [(heads, anchor_start, start), (tails, anchor_end, end)]
    return links


def _ends(span: Span, row: RowGold) -> Tuple[int, int]:
    return span.start - row.start, span.end - 1 - row.start

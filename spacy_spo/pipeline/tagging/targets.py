"""Convert gold triples to targets of the tagger's model."""

from typing import List, NamedTuple, Sequence, Tuple

import numpy
from spacy.tokens import Span

from ...triples import Triple
from .links import SUBJECT_ROLE, active_links, head_role, pair_channels, span_channel


class RowGold(NamedTuple):
    """The gold of one query, a row of a batch.

    start (int): First token of the segment in its Doc.
    length (int): Number of tokens of the segment.
    roles (Sequence[int]): Subject, object and the qualifiers of the predicate.
    triples (Sequence[Triple]): The triples of the predicate in the segment.
    """

    start: int
    length: int
    roles: Sequence[int]
    triples: Sequence[Triple]


class Targets(NamedTuple):
    """Targets and weights of a batch of rows, T being the longest.

    boundaries (ndarray): 1 for starts and ends of arguments, (n_rows, n_roles, 2, T).
    boundary_weights (ndarray): 0 for padding and other roles, (n_rows, n_roles, 2, T).
    links (ndarray): 1 for linked positions, from and to, (n_active, T, T), in order of the
        `active_links` of the rows.
    link_weights (ndarray): 0 for padding and impossible spans, (n_active, T, T).
    """

    boundaries: numpy.ndarray
    boundary_weights: numpy.ndarray
    links: numpy.ndarray
    link_weights: numpy.ndarray


def build_targets(gold: Sequence[RowGold], roles: Sequence[str]) -> Targets:
    """Build the targets of boundaries and links.

    gold (Sequence[RowGold]): The rows of a batch.
    roles (Sequence[str]): The names of the model's roles.
    RETURNS (Targets): Targets and weights; padding and roles of other predicates weigh 0.
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
            for role, start, end in _boundaries(triple, row, roles):
                boundaries[i, role, 0, start] = boundaries[i, role, 1, end] = 1
            for channel, source, target in _links(triple, row, roles):
                links[index[i, channel], source, target] = 1
    for (i, channel), k in index.items():
        link_weights[k, : gold[i].length, : gold[i].length] = 1
        if channel < len(roles):
            link_weights[k] = numpy.triu(link_weights[k])  # no span ends before its start
    return Targets(boundaries, weights, links, link_weights)


def _boundaries(triple: Triple, row: RowGold, roles: Sequence[str]) -> List[Tuple[int, int, int]]:
    # Role, first and last token in the row of every argument of a triple.
    arguments = {roles.index(n): span for n, span in triple.arguments.items() if n in roles}
    return [(role, *_ends(span, row)) for role, span in arguments.items() if role in row.roles]


def _links(triple: Triple, row: RowGold, roles: Sequence[str]) -> List[Tuple[int, int, int]]:
    # Channel, from and to of every link of a triple.
    boundaries = {role: (start, end) for role, start, end in _boundaries(triple, row, roles)}
    links = [(span_channel(role), start, end) for role, (start, end) in boundaries.items()]
    for role, (start, end) in boundaries.items():
        if role != SUBJECT_ROLE:
            start_channel, end_channel = pair_channels(role, len(roles))
            head_start, head_end = boundaries[head_role(role)]
            links += [(start_channel, head_start, start), (end_channel, head_end, end)]
    return links


def _ends(span: Span, row: RowGold) -> Tuple[int, int]:
    return span.start - row.start, span.end - 1 - row.start

"""Link channels: shared by the tagger's targets and its decoder.

With R roles (subject, object, qualifiers) there are R span channels, from the start to the end of
an argument of that role, and for every dependent role two pair channels, from its head: start to
start and end to end. The head of an object is its subject, the head of a qualifier its object.
Pairs need both boundaries: nested arguments may share a start.
"""

from typing import List, Sequence, Tuple

import numpy

SUBJECT_ROLE = 0
OBJECT_ROLE = 1


def n_links(n_roles: int) -> int:
    """Count the link channels.

    n_roles (int): The number of roles.
    RETURNS (int): The number of channels.
    """
    return 3 * n_roles - 2


def span_channel(role: int) -> int:
    """Get the channel from start to end of an argument.

    role (int): The role of the argument.
    RETURNS (int): The channel.
    """
    return role


def pair_channels(role: int, n_roles: int) -> Tuple[int, int]:
    """Get the channels from a head to its dependent.

    role (int): The role of the dependent, not the subject.
    n_roles (int): The number of roles.
    RETURNS (Tuple[int, int]): The channels from start to start and from end to end.
    """
    return n_roles + role - 1, 2 * n_roles + role - 2


def head_role(role: int) -> int:
    """Get the role of the head.

    role (int): The role of the dependent, not the subject.
    RETURNS (int): The role of its head.
    """
    return SUBJECT_ROLE if role == OBJECT_ROLE else OBJECT_ROLE


def active_links(
    roles: Sequence[Sequence[int]], n_roles: int
) -> Tuple[numpy.ndarray, numpy.ndarray]:
    """List the channels of all rows of a batch.

    roles (Sequence[Sequence[int]]): The roles of the predicate of each row.
    n_roles (int): The number of roles of the model.
    RETURNS (Tuple[ndarray, ndarray]): Rows and channels, each (n_active,), in order of the rows.
    """
    pairs = [(i, c) for i, row in enumerate(roles) for c in _channels(row, n_roles)]
    rows, channels = numpy.asarray(pairs, dtype="i").reshape(-1, 2).T
    return rows, channels


def _channels(roles: Sequence[int], n_roles: int) -> List[int]:
    spans = [span_channel(role) for role in roles]
    pairs = [c for role in roles if role != SUBJECT_ROLE for c in pair_channels(role, n_roles)]
    return spans + pairs

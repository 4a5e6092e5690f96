"""Which link channel joins what: shared by the tagger's targets and its decoder.

With R roles (subject, object, qualifiers) there are R span channels, from the start to the end of
an argument of that role, and for every role but the subject two pair channels, from the argument
that it hangs on: start to start and end to end. An object hangs on its subject, a qualifier on its
object. Pairs need both ends: nested arguments may share a start.
"""

from typing import List, Sequence, Tuple

import numpy

SUBJECT_ROLE = 0
OBJECT_ROLE = 1


def n_links(n_roles: int) -> int:
    """RETURNS (int): The number of link channels for that many roles."""
    return 3 * n_roles - 2


def span_channel(role: int) -> int:
    """RETURNS (int): The channel from the start to the end of an argument."""
    return role


def pair_channels(role: int, n_roles: int) -> Tuple[int, int]:
    """RETURNS (Tuple[int, int]): The channels from the anchor's start to this role's start, and
    from the anchor's end to this role's end. The subject hangs on nothing and has none."""
    return n_roles + role - 1, 2 * n_roles + role - 2


def anchor(role: int) -> int:
    """RETURNS (int): The role that a role other than the subject hangs on."""
    return SUBJECT_ROLE if role == OBJECT_ROLE else OBJECT_ROLE


def active_links(
    roles: Sequence[Sequence[int]], n_roles: int
) -> Tuple[numpy.ndarray, numpy.ndarray]:
    """Tell which channels the rows of a batch use.

    roles (Sequence[Sequence[int]]): For each row, the roles that its predicate has.
    n_roles (int): The number of roles that there are.
    RETURNS (Tuple[ndarray, ndarray]): Rows and channels, each (n_active,), in order of the rows.
    """
    pairs = [(i, c) for i, row in enumerate(roles) for c in _channels(row, n_roles)]
    rows, channels = numpy.asarray(pairs, dtype="i").reshape(-1, 2).T
    return rows, channels


def _channels(roles: Sequence[int], n_roles: int) -> List[int]:
    spans = [span_channel(role) for role in roles]
    pairs = [c for role in roles if role != SUBJECT_ROLE for c in pair_channels(role, n_roles)]
    return spans + pairs

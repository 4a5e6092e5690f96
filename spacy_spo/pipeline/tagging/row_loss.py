"""The loss of the tagger's outputs, in plain arrays."""

from typing import Any, Tuple

import numpy
from thinc.api import get_array_module

from ...losses import MultiLabelLoss
from .targets import Targets

# Logits of one call of the loss on a CPU. Its arrays stay in the cache, which is faster for long
# texts. A GPU takes all at once.
BLOCK_SIZE = 2**17


def compute_row_loss(
    loss: MultiLabelLoss, boundaries: Any, links: Any, targets: Targets
) -> Tuple[float, Tuple[Any, Any]]:
    """Sum the loss over boundaries and links.

    loss (MultiLabelLoss): Takes logits, targets and weights of one shape.
    boundaries (Array): Logits (n_rows, n_roles, 2, T).
    links (Array): Logits (n_active, T, T).
    targets (Targets): Targets and weights of the same rows and channels.
    RETURNS (Tuple[float, Tuple[Array, Array]]): The sum, and the gradients of both.
    """
    T = boundaries.shape[-1]
    boundary_loss, d_boundaries = _flat_loss(
        loss, boundaries, targets.boundaries, targets.boundary_weights, T
    )
    link_loss, d_links = _flat_loss(loss, links, targets.links, targets.link_weights, T * T)
    return boundary_loss + link_loss, (d_boundaries, d_links)


def _flat_loss(
    loss: MultiLabelLoss, logits: Any, targets: Any, weights: Any, group: int
) -> Tuple[float, Any]:
    # Losses take two dimensions, groups of `group` choices. Blocks hold whole groups.
    xp = get_array_module(logits)
    flat = [xp.asarray(array).reshape(-1, group) for array in (logits, targets, weights)]
    n_groups, total = len(flat[0]), 0.0
    gradient = xp.empty_like(flat[0])
    step = max(1, BLOCK_SIZE // group if xp is numpy else n_groups)
    for start in range(0, n_groups, step):
        block = slice(start, start + step)
        value, gradient[block] = loss(*(array[block] for array in flat))
        total += value
    return total, gradient.reshape(logits.shape)

"""The loss of the tagger's outputs for one batch of rows, in plain arrays."""

from typing import Any, Tuple

from ..losses import MultiLabelLoss
from .targets import Targets


def row_loss(
    loss: MultiLabelLoss, output: Tuple[Any, ...], targets: Targets, xp: Any
) -> Tuple[float, Tuple[Any, Any]]:
    """Sum the loss over boundaries and links.

    loss (MultiLabelLoss): Takes logits, targets and weights of one shape.
    output (Tuple[Array, Array]): Boundary logits (n_rows, n_roles, 2, T) and link factors (n_rows,
        2, n_links, T, link_width + 1).
    targets (Targets): Targets and weights of the same rows.
    xp (Module): numpy or cupy, as the output is.
    RETURNS (Tuple[float, Tuple[Array, Array]]): The sum, and the gradients of both outputs.
    """
    boundaries, factors = output
    wanted = Targets(*(xp.asarray(array) for array in targets))
    boundary_loss, d_boundaries = _flat_loss(
        loss, boundaries, wanted.boundaries, wanted.boundary_weights, boundaries.shape[-1]
    )
    link_loss, d_factors = _link_loss(loss, factors, wanted, xp)
    return boundary_loss + link_loss, (d_boundaries, d_factors)


def _link_loss(loss: MultiLabelLoss, factors: Any, targets: Targets, xp: Any) -> Tuple[float, Any]:
    """Links are products of factors: links = from @ to^T, in the channels that are in use."""
    left = factors[targets.rows, 0, targets.channels]  # (n_active, T, link_width + 1)
    right = factors[targets.rows, 1, targets.channels]
    links = left @ right.transpose(0, 2, 1)  # (n_active, T, T)
    total, d_links = _flat_loss(
        loss, links, targets.links, targets.link_weights, links.shape[1] * links.shape[2]
    )
    d_factors = xp.zeros_like(factors)
    d_factors[targets.rows, 0, targets.channels] = d_links @ right
    d_factors[targets.rows, 1, targets.channels] = d_links.transpose(0, 2, 1) @ left
    return total, d_factors


def _flat_loss(
    loss: MultiLabelLoss, logits: Any, targets: Any, weights: Any, group: int
) -> Tuple[float, Any]:
    """Losses take two dimensions: groups of choices, `group` of them."""
    flat = (-1, group)
    total, gradient = loss(logits.reshape(flat), targets.reshape(flat), weights.reshape(flat))
    return total, gradient.reshape(logits.shape)

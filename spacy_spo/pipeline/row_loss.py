"""The loss of the tagger's outputs for one batch of rows, in plain arrays."""

from typing import Any, Tuple

from ..losses import MultiLabelLoss
from .targets import Targets


def row_loss(
    loss: MultiLabelLoss, boundaries: Any, links: Any, targets: Targets, xp: Any
) -> Tuple[float, Tuple[Any, Any]]:
    """Sum the loss over boundaries and links.

    loss (MultiLabelLoss): Takes logits, targets and weights of one shape.
    boundaries (Array): Logits (n_rows, n_roles, 2, T).
    links (Array): Logits (n_active, T, T).
    targets (Targets): Targets and weights of the same rows and channels.
    xp (Module): numpy or cupy, as the logits are.
    RETURNS (Tuple[float, Tuple[Array, Array]]): The sum, and the gradients of both.
    """
    wanted = Targets(*(xp.asarray(array) for array in targets))
    T = boundaries.shape[-1]
    boundary_loss, d_boundaries = _flat_loss(
        loss, boundaries, wanted.boundaries, wanted.boundary_weights, T
    )
    link_loss, d_links = _flat_loss(loss, links, wanted.links, wanted.link_weights, T * T)
    return boundary_loss + link_loss, (d_boundaries, d_links)


def _flat_loss(
    loss: MultiLabelLoss, logits: Any, targets: Any, weights: Any, group: int
) -> Tuple[float, Any]:
    """Losses take two dimensions: groups of choices, `group` of them."""
    flat = (-1, group)
    total, gradient = loss(logits.reshape(flat), targets.reshape(flat), weights.reshape(flat))
    return total, gradient.reshape(logits.shape)

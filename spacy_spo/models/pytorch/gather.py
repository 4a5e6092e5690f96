"""Padded rows from a flat tensor of token vectors."""

from typing import Tuple

import torch


def gather_rows(
    X: torch.Tensor, starts: torch.Tensor, lengths: torch.Tensor
) -> Tuple[torch.Tensor, torch.Tensor]:
    """Cut rows out of a flat tensor, in one indexed operation.

    X (Tensor): Token vectors of a whole batch, (n_tokens, width).
    starts (Tensor): First token of each row, (n_rows,).
    lengths (Tensor): Tokens of each row, (n_rows,).
    RETURNS (Tuple[Tensor, Tensor]): Vectors (n_rows, T, width), T being the longest row, and a
        mask (n_rows, T) that is true for tokens and false for padding.
    """
    steps = torch.arange(int(lengths.max()), device=X.device)  # (T,)
    mask = steps < lengths[:, None]  # (n_rows, T)
    # Padding points at the row's first token, which always exists; the mask tells it apart.
    index = starts[:, None] + steps * mask
    return X[index], mask

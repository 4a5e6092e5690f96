"""The module of the relation classifier."""

from torch import Tensor, nn

from .gather import gather_rows

# A segment has few of the predicates: starting from even odds wastes the first steps.
PRIOR_LOGIT = -3.0


class LabelAttention(nn.Module):
    """Label-wise attention pooling: every predicate attends to its own words.

    Mullenbach et al., 2018, "Explainable Prediction of Medical Codes from Clinical Text".
    a[t, r] = softmax over t of (q_r . h_t); logit[r] = sum_t a[t, r] (v_r . h_t) + b_r

    width (int): Size of the token vectors.
    nO (int): Number of predicates.
    """

    def __init__(self, *, width: int, nO: int) -> None:
        super().__init__()
        self.sizes = {"width": width, "nO": nO}
        self.dropout = nn.Dropout(0.0)
        self.query = nn.Linear(width, nO, bias=False)
        self.value = nn.Linear(width, nO)
        nn.init.constant_(self.value.bias, PRIOR_LOGIT)

    def forward(self, X: Tensor, starts: Tensor, lengths: Tensor) -> tuple[Tensor]:
        """Score every predicate for every row.

        X (Tensor): Token vectors, (n_tokens, width).
        starts (Tensor): First token of each row, (n_rows,).
        lengths (Tensor): Tokens of each row, (n_rows,).
        RETURNS (Tuple[Tensor]): Logits, (n_rows, nO).
        """
        H, mask = gather_rows(self.dropout(X), starts, lengths)  # (n_rows, T, width)
        scores = self.query(H).masked_fill(~mask[..., None], float("-inf"))
        attention = scores.softmax(dim=1)  # (n_rows, T, nO)
        # The weights sum to 1 over the tokens, so the bias may stay inside.
        return ((attention * self.value(H)).sum(dim=1),)

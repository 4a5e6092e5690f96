"""The module of the tagger."""

import math

import torch
from torch import Tensor, nn

from .gather import gather_rows

# Almost no position starts or ends an argument, and fewer pairs of positions belong together.
BOUNDARY_PRIOR = -3.0
LINK_PRIOR = -5.0


class ConditionalPointer(nn.Module):
    """Boundaries and links of the arguments of one predicate in one segment.

    The predicate modulates the token vectors feature by feature (Perez et al., 2018, "FiLM"):
    m_t = h_t * (1 + g_r) + s_r; z_t = gelu(W [m_t-w ... m_t+w]), w being `window_size`. Sigmoid
    pointers mark the starts and ends of each role; the link between positions i and j is the
    product of two low-rank factors of z_i and z_j. The factors are the output, not the links: who
    reads them scores the positions that matter.

    width (int): Size of the token vectors.
    n_predicates (int): Number of predicates.
    n_roles (int): Number of roles: subject, object and the qualifiers.
    n_links (int): Number of link channels.
    hidden_width (int): Size of z_t.
    link_width (int): Size of a factor.
    window_size (int): Neighbours on each side that z_t sees. A pretrained encoder has mixed them
        into h_t already; a small one from scratch has not, and boundaries show in them.
    """

    def __init__(
        self,
        *,
        width: int,
        n_predicates: int,
        n_roles: int,
        n_links: int,
        hidden_width: int,
        link_width: int,
        window_size: int,
    ) -> None:
        super().__init__()
        self.sizes = {
            "width": width,
            "n_predicates": n_predicates,
            "n_roles": n_roles,
            "n_links": n_links,
            "hidden_width": hidden_width,
            "link_width": link_width,
            "window_size": window_size,
        }
        self.dropout = nn.Dropout(0.0)
        self.scale = nn.Embedding(n_predicates, width)
        self.shift = nn.Embedding(n_predicates, width)
        nn.init.normal_(self.scale.weight, std=0.1)
        nn.init.normal_(self.shift.weight, std=0.1)
        self.hidden = nn.Conv1d(width, hidden_width, 2 * window_size + 1, padding=window_size)
        self.boundary = nn.Linear(hidden_width, n_roles * 2)
        nn.init.constant_(self.boundary.bias, BOUNDARY_PRIOR)
        self.link = nn.Linear(hidden_width, 2 * n_links * link_width)
        self.link_bias = nn.Parameter(torch.full((n_links,), LINK_PRIOR))

    def forward(
        self, X: Tensor, starts: Tensor, lengths: Tensor, predicates: Tensor
    ) -> tuple[Tensor, Tensor]:
        """X: (n_tokens, width); starts, lengths, predicates: (n_rows,). Returns boundary logits
        (n_rows, n_roles, 2, T), start and end, and link factors (n_rows, 2, n_links, T,
        link_width + 1), from and to; their dot product is a link logit. Padding is not masked."""
        H, mask = gather_rows(X, starts, lengths)  # (n_rows, T, width)
        scale, shift = self.scale(predicates), self.shift(predicates)  # (n_rows, width)
        M = self.dropout(H * (1 + scale[:, None]) + shift[:, None])
        M = M * mask[..., None]  # the last token must not see the padding
        Z = nn.functional.gelu(self.hidden(M.transpose(1, 2)))  # (n_rows, hidden_width, T)
        Z = self.dropout(Z.transpose(1, 2))
        boundaries = self.boundary(Z).unflatten(-1, (self.sizes["n_roles"], 2))
        factors = self.link(Z).unflatten(-1, (2, self.sizes["n_links"], -1))
        # Each side carries half of the scaling 1 / sqrt(link_width).
        factors = factors / math.sqrt(math.sqrt(self.sizes["link_width"]))
        factors = self._with_bias(factors.permute(0, 2, 3, 1, 4))
        return boundaries.permute(0, 2, 3, 1).contiguous(), factors

    def _with_bias(self, factors: Tensor) -> Tensor:
        """Add a dimension whose product is the bias: b on the one side, 1 on the other."""
        bias = torch.stack([self.link_bias, torch.ones_like(self.link_bias)])  # (2, n_links)
        last = bias[None, :, :, None, None].expand(*factors.shape[:-1], 1)
        return torch.cat([factors, last], dim=-1)

"""The modules of the tagger."""

import math

import torch
from torch import Tensor, nn

from .gather import gather_rows

# Almost no position starts or ends an argument, and even fewer pairs of positions are linked.
BOUNDARY_PRIOR = -3.0
LINK_PRIOR = -5.0
# Of the slowest pair of features, in tokens.
MAX_WAVELENGTH = 10_000.0


class ConditionalPointer(nn.Module):
    """Score the boundaries of arguments of one predicate in one segment.

    The predicate modulates the token vectors feature by feature (Perez et al., 2018, "FiLM"):
    m_t = h_t * (1 + g_r) + s_r; z_t = gelu(W [m_t-w ... m_t+w]), w being `window_size`. Sigmoid
    pointers mark the starts and ends of each role.

    width (int): Size of the token vectors.
    n_predicates (int): Number of predicates.
    n_roles (int): Number of roles: subject, object and the qualifiers.
    hidden_width (int): Size of z_t.
    window_size (int): Neighbours on each side in z_t. A pretrained encoder has mixed them into h_t
        already; a small one from scratch has not, and boundaries depend on them.
    """

    def __init__(
        self, *, width: int, n_predicates: int, n_roles: int, hidden_width: int, window_size: int
    ) -> None:
        super().__init__()
        self.sizes = {
            "width": width,
            "n_predicates": n_predicates,
            "n_roles": n_roles,
            "hidden_width": hidden_width,
            "window_size": window_size,
        }
        self.dropout = nn.Dropout(0.0)
        self.scale = nn.Embedding(n_predicates, width)
        self.shift = nn.Embedding(n_predicates, width)
        nn.init.normal_(self.scale.weight, std=0.1)
        nn.init.normal_(self.shift.weight, std=0.1)
        self.hidden = nn.Linear((2 * window_size + 1) * width, hidden_width)
        self.boundary = nn.Linear(hidden_width, n_roles * 2)
        nn.init.constant_(self.boundary.bias, BOUNDARY_PRIOR)

    def forward(
        self, X: Tensor, starts: Tensor, lengths: Tensor, predicates: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Score starts and ends; padding is not masked.

        X (Tensor): Token vectors, (n_tokens, width).
        starts (Tensor): First token of each row, (n_rows,).
        lengths (Tensor): Tokens of each row, (n_rows,).
        predicates (Tensor): Predicate of each row, (n_rows,).
        RETURNS (Tuple[Tensor, Tensor]): Boundary logits, start and end, (n_rows, n_roles, 2, T),
            and z, (n_rows, T, hidden_width).
        """
        H, mask = gather_rows(X, starts, lengths)  # (n_rows, T, width)
        scale, shift = self.scale(predicates), self.shift(predicates)  # (n_rows, width)
        M = self.dropout(torch.addcmul(shift[:, None], H, 1 + scale[:, None]))
        Z = self.dropout(nn.functional.gelu(self.hidden(self._windows(M, mask))))
        boundaries = self.boundary(Z).unflatten(-1, (self.sizes["n_roles"], 2))
        return boundaries.permute(0, 2, 3, 1).contiguous(), Z

    def _windows(self, M: Tensor, mask: Tensor) -> Tensor:
        # Each vector with its neighbours, (n_rows, T, (2 w + 1) width); 0 beyond the row.
        w = self.sizes["window_size"]
        if not w:
            return M
        M = nn.functional.pad(M * mask[..., None], (0, 0, w, w))
        T = mask.shape[1]
        return torch.cat([M[:, i : i + T] for i in range(2 * w + 1)], dim=-1)


class BilinearLinks(nn.Module):
    """Score links between positions of a row, in several channels.

    The link from position i to position j in channel c is (R_i (A_c z_i + a_c)) . (R_j (B_c z_j +
    b_c)) / sqrt(k) + d_c, k being `link_width`. R_i turns pairs of features by angles that grow
    with i, so that a link depends on the distance of i and j (Su et al., 2021, "RoFormer").

    n_links (int): Number of channels.
    hidden_width (int): Size of z_t.
    link_width (int): Size of the two factors, even.
    """

    def __init__(self, *, n_links: int, hidden_width: int, link_width: int) -> None:
        super().__init__()
        self.sizes = {"n_links": n_links, "hidden_width": hidden_width, "link_width": link_width}
        factors = (nn.Linear(hidden_width, 2 * link_width) for _ in range(n_links))
        self.factors = nn.ModuleList(factors)
        self.prior = nn.Parameter(torch.full((n_links,), LINK_PRIOR))
        frequencies = MAX_WAVELENGTH ** -torch.linspace(0, 1, link_width // 2)
        self.frequencies: Tensor
        self.register_buffer("frequencies", frequencies, persistent=False)

    def forward(
        self, Z: Tensor, positions: Tensor, rows: Tensor, channels: Tensor
    ) -> tuple[Tensor]:
        """Score the links of the given rows and channels.

        Z (Tensor): Vectors, (n_rows, P, hidden_width).
        positions (Tensor): Positions of these vectors in their row, (n_rows, P).
        rows (Tensor): Rows to score, (n_active,).
        channels (Tensor): Channels to score, (n_active,).
        RETURNS (Tuple[Tensor]): Logits, (n_active, P, P), from and to.
        """
        links = []
        angles = positions[..., None] * self.frequencies  # (n_rows, P, link_width / 2)
        cos, sin = angles.cos(), angles.sin()
        members = [(channels == c).nonzero()[:, 0] for c in range(self.sizes["n_links"])]
        for factors, prior, chosen in zip(self.factors, self.prior, members):
            used = rows[chosen]
            sources, targets = factors(Z[used]).chunk(2, dim=-1)  # (n_chosen, P, link_width)
            sources, targets = (_rotate(x, cos[used], sin[used]) for x in (sources, targets))
            scale = 1 / math.sqrt(self.sizes["link_width"])
            links.append(sources @ targets.transpose(1, 2) * scale + prior)
        return (torch.cat(links)[torch.cat(members).argsort()],)


def _rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    # Turns each pair of features, x: (..., k), by the angle of the pair, cos and sin: (..., k / 2).
    a, b = x.chunk(2, dim=-1)
    return torch.cat([a * cos - b * sin, a * sin + b * cos], dim=-1)

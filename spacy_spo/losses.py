"""Multi-label losses over logits.

Each takes logits, targets and weights of one shape, (n_groups, n_choices), and returns the
weighted sum of the losses and its gradient with respect to the logits. A weight of 0 marks what
the gold does not say: no loss, no gradient. Both halves of a loss are always there, the term
for what is stated and the term for what is not: with one alone, every score runs to one end.
"""

from typing import Any, Protocol, Tuple

from thinc.api import get_array_module
from thinc.types import Floats2d


class MultiLabelLoss(Protocol):
    """What the `loss` setting of both components takes."""

    def __call__(
        self, logits: Floats2d, targets: Floats2d, weights: Floats2d
    ) -> Tuple[float, Floats2d]:
        """RETURNS (Tuple[float, Floats2d]): The summed loss and d_loss / d_logits."""


class AsymmetricLoss:
    """Asymmetric loss (Ridnik et al., 2021, "Asymmetric Loss For Multi-Label Classification").

    With p = sigmoid(logit) and p_m = max(p - margin, 0):
    stated: -(1 - p)^gamma_stated log p; not stated: -p_m^gamma_unstated log(1 - p_m).
    The defaults make it binary cross-entropy; equal gammas make it focal loss.

    gamma_stated (float): Focus on the badly scored among the stated, >= 0.
    gamma_unstated (float): The same for the not stated, >= 0.
    margin (float): Unstated choices below this probability cost nothing, in [0, 1).
    RAISES (ValueError): If a setting is out of its range.
    """

    def __init__(
        self, gamma_stated: float = 0.0, gamma_unstated: float = 0.0, margin: float = 0.0
    ) -> None:
        if gamma_stated < 0 or gamma_unstated < 0 or not 0 <= margin < 1:
            raise ValueError(
                "AsymmetricLoss takes gammas of at least 0 and a margin in [0, 1), not "
                f"gamma_stated={gamma_stated}, gamma_unstated={gamma_unstated}, margin={margin}."
            )
        self.gamma_stated = gamma_stated
        self.gamma_unstated = gamma_unstated
        self.margin = margin

    def __call__(
        self, logits: Floats2d, targets: Floats2d, weights: Floats2d
    ) -> Tuple[float, Floats2d]:
        xp = get_array_module(logits)
        # exp stays finite in float32; beyond this the gradient is 0 or 1 anyway.
        logits = xp.clip(logits, -80, 80)
        tail = xp.exp(-xp.abs(logits))
        p = xp.where(logits >= 0, 1, tail) / (1 + tail)
        q = xp.where(logits >= 0, tail, 1) / (1 + tail)  # 1 - p, exact for large logits
        log_p = xp.minimum(logits, 0) - xp.log1p(tail)
        stated, d_stated = self._stated(p, q, log_p)
        unstated, d_unstated = self._unstated(xp, p, q, log_p - logits)
        loss = weights * (targets * stated + (1 - targets) * unstated)
        gradient = weights * (targets * d_stated + (1 - targets) * d_unstated)
        return float(loss.sum()), gradient

    def _stated(self, p: Any, q: Any, log_p: Any) -> Tuple[Any, Any]:
        gamma = self.gamma_stated
        focus = _power(q, gamma)
        return -focus * log_p, focus * (gamma * p * log_p - q)

    def _unstated(self, xp: Any, p: Any, q: Any, log_q: Any) -> Tuple[Any, Any]:
        gamma, margin = self.gamma_unstated, self.margin
        if not margin:
            focus = _power(p, gamma)
            return -focus * log_q, focus * (p - gamma * q * log_q)
        p_m = xp.maximum(p - margin, 0)
        log_q_m = xp.log1p(-p_m)
        focus = _power(p_m, gamma)
        # d p_m / d logit is p q above the margin and 0 below it.
        inner = focus / (1 - p_m) - gamma * _power(xp.maximum(p_m, 1e-12), gamma - 1) * log_q_m
        return -focus * log_q_m, xp.where(p > margin, p * q * inner, 0)


def _power(base: Any, exponent: float) -> Any:
    # The defaults spare the costly power of a whole array.
    return base**exponent if exponent else 1.0

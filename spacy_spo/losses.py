"""Multi-label losses over logits.

Each takes logits, targets and weights of one shape, (n_groups, n_choices), and returns the sum of
the losses of the groups and its gradient with respect to the logits. A weight of 0 marks what the
gold does not say: no loss, no gradient. Both halves of a loss are always there, the term
for what is stated and the term for what is not: with one alone, every score runs to one end.

Gold is incomplete: some of what it does not state is true. `missing_gold` says how far to trust the
term for what is not stated where the model disagrees with it. At 0 that term grows without bound
with a choice's score; at 1 it is bounded, so that single high-scored choices no longer dominate
the gradient. It never rewards what is not stated.
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

    With p = sigmoid(logit), p_m = max(p - margin, 0) and m = missing_gold:
    stated: -(1 - p)^gamma_stated log p;
    not stated: p_m^gamma_unstated (-(1 - m) log(1 - p_m) + m p_m).
    The defaults make it binary cross-entropy; equal gammas make it focal loss. The mixture with the
    absolute error p_m, which bounds the term, is that of noise-robust losses (Ghosh et al., 2017,
    "Robust Loss Functions under Label Noise for Deep Neural Networks").

    gamma_stated (float): Focus on the badly scored among the stated, >= 0.
    gamma_unstated (float): The same for the not stated, >= 0.
    margin (float): Unstated choices below this probability cost nothing, in [0, 1).
    missing_gold (float): How much of the term for the not stated is bounded, in [0, 1].
    RAISES (ValueError): If a setting is out of its range.
    """

    def __init__(
        self,
        gamma_stated: float = 0.0,
        gamma_unstated: float = 0.0,
        margin: float = 0.0,
        missing_gold: float = 0.0,
    ) -> None:
        if gamma_stated < 0 or gamma_unstated < 0 or not 0 <= margin < 1:
            raise ValueError(
                "AsymmetricLoss takes gammas of at least 0 and a margin in [0, 1), not "
                f"gamma_stated={gamma_stated}, gamma_unstated={gamma_unstated}, margin={margin}."
            )
        self.gamma_stated = gamma_stated
        self.gamma_unstated = gamma_unstated
        self.margin = margin
        self.missing_gold = _check_share("AsymmetricLoss", missing_gold)

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
        gamma, bounded = self.gamma_unstated, self.missing_gold
        p_m, q_m, log_q_m = p, q, log_q
        if self.margin:
            p_m = xp.maximum(p - self.margin, 0)
            q_m, log_q_m = 1 - p_m, xp.log1p(-p_m)
        cost = bounded * p_m - (1 - bounded) * log_q_m
        focus = _power(p_m, gamma)
        slope = focus * ((1 - bounded) / q_m + bounded)
        if gamma:
            slope += gamma * _power(xp.maximum(p_m, 1e-12), gamma - 1) * cost
        # d p_m / d logit is p q above the margin and 0 below it.
        return focus * cost, xp.where(p > self.margin, p * q * slope, 0)


class ZLPRLoss:
    """Zero-bounded log-sum-exp and pairwise rank-based loss (Su et al., 2022, "ZLPR: A Novel Loss
    for Multi-label Classification").

    With p = sigmoid(logit) and m = missing_gold, for each group:
    log(1 + sum over stated of e^-logit)
    + log(1 + sum over not stated of (1 - p)^m e^logit).
    It ranks stated above unstated choices, and both against the fixed threshold 0: few stated
    among very many choices need no balancing. Weights stand inside the sums.

    missing_gold (float): How far the term for the not stated is bounded, in [0, 1].
    RAISES (ValueError): If `missing_gold` is out of its range.
    """

    def __init__(self, missing_gold: float = 0.0) -> None:
        self.missing_gold = _check_share("ZLPRLoss", missing_gold)

    def __call__(
        self, logits: Floats2d, targets: Floats2d, weights: Floats2d
    ) -> Tuple[float, Floats2d]:
        xp = get_array_module(logits)
        # Sums of many exponentials stay finite in float32 up to here.
        odds = xp.exp(xp.clip(logits, -60, 60))
        p = odds / (1 + odds)
        stated = weights * targets / odds
        unstated = weights * (1 - targets)
        costs = unstated * odds / _power(1 + odds, self.missing_gold)
        slopes = costs * (1 - self.missing_gold * p)
        sum_stated = stated.sum(axis=1, keepdims=True)
        sum_unstated = costs.sum(axis=1, keepdims=True)
        loss = xp.log1p(sum_stated) + xp.log1p(sum_unstated)
        gradient = slopes / (1 + sum_unstated) - stated / (1 + sum_stated)
        return float(loss.sum()), gradient


def _check_share(name: str, missing_gold: float) -> float:
    if not 0 <= missing_gold <= 1:
        raise ValueError(f"{name} takes a missing_gold in [0, 1], not {missing_gold}.")
    return missing_gold


def _power(base: Any, exponent: float) -> Any:
    # The defaults spare the costly power of a whole array.
    return base**exponent if exponent else 1.0

"""Multi-label losses over logits.

Each takes logits, targets and weights of one shape, (n_groups, n_choices), and returns the sum of
the losses of the groups and its gradient with respect to the logits. A weight of 0 masks unknown
gold: no loss, no gradient. Every loss has a positive and a negative term: with one
alone, every score runs to one end.

Gold is incomplete: some of its negatives are true. `missing_gold` sets the robustness to such false
negatives. At 0 the negative term grows without bound with a choice's score; at 1 it is bounded, so
that single high-scored choices no longer dominate the gradient. It never rewards a negative.
"""

from typing import Any, Protocol, Tuple

from thinc.api import get_array_module
from thinc.types import Floats2d


class MultiLabelLoss(Protocol):
    """Score logits against targets: the `loss` setting of both components."""

    def __call__(
        self, logits: Floats2d, targets: Floats2d, weights: Floats2d
    ) -> Tuple[float, Floats2d]:
        """Compute the loss and its gradient.

        logits (Floats2d): Scores, (n_groups, n_choices).
        targets (Floats2d): 1 for positives, 0 for negatives.
        weights (Floats2d): 0 for unknown gold.
        RETURNS (Tuple[float, Floats2d]): The summed loss and d_loss / d_logits.
        """


class AsymmetricLoss:
    """Asymmetric loss (Ridnik et al., 2021, "Asymmetric Loss For Multi-Label Classification").

    Registered as `spacy-spo.AsymmetricLoss.v2`. With p = sigmoid(logit), p_m = max(p - clip, 0) and
    m = missing_gold:
    positive: -(1 - p)^gamma_pos log p;
    negative: p_m^gamma_neg (-(1 - m) log(1 - p_m) + m p_m).
    The defaults make it binary cross-entropy; equal gammas make it focal loss. The mixture with the
    absolute error p_m, which bounds the term, is that of noise-robust losses (Ghosh et al., 2017,
    "Robust Loss Functions under Label Noise for Deep Neural Networks").

    gamma_pos (float): Focus on low-scored positives, >= 0.
    gamma_neg (float): Focus on high-scored negatives, >= 0.
    clip (float): Negatives below this probability cost nothing, in [0, 1).
    missing_gold (float): Robustness to false negatives, the bounded share of the negative term,
        in [0, 1].
    RAISES (ValueError): If a setting is out of its range.
    """

    def __init__(
        self,
        gamma_pos: float = 0.0,
        gamma_neg: float = 0.0,
        clip: float = 0.0,
        missing_gold: float = 0.0,
    ) -> None:
        if gamma_pos < 0 or gamma_neg < 0 or not 0 <= clip < 1:
            raise ValueError(
                "AsymmetricLoss takes gammas of at least 0 and a clip in [0, 1), not "
                f"gamma_pos={gamma_pos}, gamma_neg={gamma_neg}, clip={clip}."
            )
        self.gamma_pos = gamma_pos
        self.gamma_neg = gamma_neg
        self.clip = clip
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
        positive, d_positive = self._positive(p, q, log_p)
        negative, d_negative = self._negative(xp, p, q, log_p - logits)
        loss = weights * (targets * positive + (1 - targets) * negative)
        gradient = weights * (targets * d_positive + (1 - targets) * d_negative)
        return float(loss.sum()), gradient

    def _positive(self, p: Any, q: Any, log_p: Any) -> Tuple[Any, Any]:
        gamma = self.gamma_pos
        focus = _power(q, gamma)
        return -focus * log_p, focus * (gamma * p * log_p - q)

    def _negative(self, xp: Any, p: Any, q: Any, log_q: Any) -> Tuple[Any, Any]:
        gamma, bounded = self.gamma_neg, self.missing_gold
        p_m, q_m, log_q_m = p, q, log_q
        if self.clip:
            p_m = xp.maximum(p - self.clip, 0)
            q_m, log_q_m = 1 - p_m, xp.log1p(-p_m)
        cost = bounded * p_m - (1 - bounded) * log_q_m
        focus = _power(p_m, gamma)
        slope = focus * ((1 - bounded) / q_m + bounded)
        if gamma:
            slope += gamma * _power(xp.maximum(p_m, 1e-12), gamma - 1) * cost
        # d p_m / d logit is p q above the clip and 0 below it.
        return focus * cost, xp.where(p > self.clip, p * q * slope, 0)


def make_asymmetric_loss_v1(
    gamma_stated: float = 0.0,
    gamma_unstated: float = 0.0,
    margin: float = 0.0,
    missing_gold: float = 0.0,
) -> AsymmetricLoss:
    """Build the asymmetric loss from its first names: `spacy-spo.AsymmetricLoss.v1`.

    gamma_stated (float): `gamma_pos` of v2.
    gamma_unstated (float): `gamma_neg` of v2.
    margin (float): `clip` of v2.
    missing_gold (float): As in v2.
    RETURNS (AsymmetricLoss): The loss.
    RAISES (ValueError): If a setting is out of its range.
    """
    return AsymmetricLoss(gamma_stated, gamma_unstated, margin, missing_gold)


class ZLPRLoss:
    """Zero-bounded log-sum-exp and pairwise rank-based (ZLPR) loss.

    Su et al., 2022, "ZLPR: A Novel Loss for Multi-label Classification". Registered as
    `spacy-spo.ZLPRLoss.v1`. With p = sigmoid(logit) and m = missing_gold, for each group:
    log(1 + sum over positives of e^-logit)
    + log(1 + sum over negatives of (1 - p)^m e^logit).
    It ranks positives above negatives, and both against the fixed threshold 0: few positives among
    very many choices need no balancing. Weights stand inside the sums.

    missing_gold (float): Robustness to false negatives, the exponent that bounds the negative term,
        in [0, 1].
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
        positive = weights * targets / odds
        negative = weights * (1 - targets)
        costs = negative * odds / _power(1 + odds, self.missing_gold)
        slopes = costs * (1 - self.missing_gold * p)
        sum_positive = positive.sum(axis=1, keepdims=True)
        sum_negative = costs.sum(axis=1, keepdims=True)
        loss = xp.log1p(sum_positive) + xp.log1p(sum_negative)
        gradient = slopes / (1 + sum_negative) - positive / (1 + sum_positive)
        return float(loss.sum()), gradient


def _check_share(name: str, missing_gold: float) -> float:
    if not 0 <= missing_gold <= 1:
        raise ValueError(f"{name} takes a missing_gold in [0, 1], not {missing_gold}.")
    return missing_gold


def _power(base: Any, exponent: float) -> Any:
    # The defaults spare the costly power of a whole array.
    return base**exponent if exponent else 1.0

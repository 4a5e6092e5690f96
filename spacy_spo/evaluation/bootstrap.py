"""Confidence intervals by Poisson bootstrap over texts.

They take one pass and constant memory. Each text counts in each replicate as often as a Poisson
variable of mean 1 says, which for more than a few texts is resampling with replacement (Chamandy et
al., 2012, "Estimating Uncertainty for Massive Data Streams").
"""

from typing import Tuple

import numpy

from .matching import precision_recall_f1

# tp, predicted, matched_gold, gold: the arguments of `precision_recall_f1`.
N_COUNTS = 4


class Bootstrap:
    """Resampled counts of several series, paired by shared draws.

    n_series (int): Number of series of counts.
    n_replicates (int): Number of resampled data sets.
    seed (int): Seed of the draws.
    """

    def __init__(self, n_series: int, n_replicates: int = 1000, seed: int = 0) -> None:
        self.sums = numpy.zeros((n_series, N_COUNTS, n_replicates))
        self._random = numpy.random.default_rng(seed)

    def add(self, counts: numpy.ndarray) -> None:
        """Count a text.

        counts (ndarray): Its counts in each series, (n_series, N_COUNTS).
        """
        draws = self._random.poisson(1.0, self.sums.shape[-1])
        self.sums += counts[..., None] * draws

    def scores(self) -> numpy.ndarray:
        """Compute the scores of each replicate.

        RETURNS (ndarray): Precision, recall and F1, (n_series, 3, n_replicates); 0 where the
            denominator is.
        """
        return numpy.stack(precision_recall_f1(*self.sums.transpose(1, 0, 2)), axis=1)


def interval(values: numpy.ndarray, level: float = 0.95) -> Tuple[float, float]:
    """Compute a percentile interval.

    values (ndarray): Values of the replicates, (n,).
    level (float): Share of the values inside, in [0, 1].
    RETURNS (Tuple[float, float]): The lower and the upper bound.
    """
    tail = 50 * (1 - level)
    low, high = numpy.percentile(values, [tail, 100 - tail])
    return float(low), float(high)

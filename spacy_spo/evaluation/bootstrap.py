"""How much of a score is chance: intervals by resampling sentences, in constant memory.

Each sentence is drawn into each of many replicates as often as a Poisson variable of mean 1 says,
which for more than a few sentences is resampling with replacement, and takes one pass over data of
any size (Chamandy et al., 2012, "Estimating Uncertainty for Massive Data Streams").
"""

from typing import Tuple

import numpy

from .matching import precision_recall_f1

# right, found, covered, stated: what precision and recall are made of.
N_COUNTS = 4


class Bootstrap:
    """Resampled counts of several series, which share their draws: their differences are paired.

    n_series (int): How many series of counts.
    n_replicates (int): How many resampled data sets.
    seed (int): Of the draws.
    """

    def __init__(self, n_series: int, n_replicates: int = 1000, seed: int = 0) -> None:
        self.sums = numpy.zeros((n_series, N_COUNTS, n_replicates))
        self._random = numpy.random.default_rng(seed)

    def add(self, counts: numpy.ndarray) -> None:
        """Count a sentence. counts (ndarray): Its own counts, (n_series, N_COUNTS)."""
        draws = self._random.poisson(1.0, self.sums.shape[-1])
        self.sums += counts[..., None] * draws

    def scores(self) -> numpy.ndarray:
        """RETURNS (ndarray): Precision, recall and F1 of each replicate, (n_series, 3,
        n_replicates); 0 where there is nothing to divide by."""
        return numpy.stack(precision_recall_f1(*self.sums.transpose(1, 0, 2)), axis=1)


def interval(values: numpy.ndarray, level: float = 0.95) -> Tuple[float, float]:
    """RETURNS (Tuple[float, float]): Between which the middle `level` of the values (n,) lies."""
    tail = 50 * (1 - level)
    low, high = numpy.percentile(values, [tail, 100 - tail])
    return float(low), float(high)

"""Reliability of scores: share of correct triples by score.

The data of a reliability diagram (Guo et al., 2017, "On Calibration of Modern Neural Networks"),
in classes of equal width.
"""

from typing import Any, Dict, Iterable, List, NamedTuple

import numpy
from numpy.typing import ArrayLike


class ScoreBin(NamedTuple):
    """A class of scores.

    start (float): Lower bound of the scores.
    n (int): Number of triples.
    correct (int): Number of correct triples.
    mean (float): Mean score; 0 without triples.
    """

    start: float
    n: int
    correct: int
    mean: float

    @property
    def accuracy(self) -> float:
        """Compute the share of correct triples.

        RETURNS (float): The share in [0, 1]; 0 without triples.
        """
        return self.correct / self.n if self.n else 0.0

    def to_dict(self) -> Dict[str, Any]:
        """Convert to plain JSON.

        RETURNS (Dict[str, Any]): "from", "n", "correct" and "mean", as in scores.json.
        """
        return {"from": self.start, "n": self.n, "correct": self.correct, "mean": self.mean}


def reliability_bins(scores: ArrayLike, correct: ArrayLike, n_bins: int = 10) -> List[ScoreBin]:
    """Count correct triples by score.

    scores (ArrayLike): Scores in [0, 1], (n_triples,).
    correct (ArrayLike): Whether each triple is correct, (n_triples,).
    n_bins (int): Number of classes.
    RETURNS (List[ScoreBin]): All classes, the lowest scores first.
    """
    histogram = ScoreHistogram(n_bins)
    histogram.add(scores, correct)
    return histogram.bins()


def merge_bins(rows: Iterable[Dict[str, Any]], n_bins: int = 10) -> List[ScoreBin]:
    """Merge classes of scores into wider ones.

    rows (Iterable[Dict[str, Any]]): Narrow classes, as `ScoreBin.to_dict` returns them.
    n_bins (int): Number of wide classes.
    RETURNS (List[ScoreBin]): All wide classes, the lowest scores first.
    """
    counts = numpy.zeros((n_bins, 3))
    for row in rows:
        # The lower bound of a class may lie a rounding error below that of the wide class.
        index = min(int(row["from"] * n_bins + 1e-9), n_bins - 1)
        counts[index] += (row["n"], row["correct"], row["mean"] * row["n"])
    return _to_bins(counts)


class ScoreHistogram:
    """Counts of triples by score, accumulated in constant memory.

    n_bins (int): Number of classes.
    counts (ndarray): Triples, correct triples and sum of scores of each class, (n_bins, 3).
    """

    def __init__(self, n_bins: int) -> None:
        self.counts = numpy.zeros((n_bins, 3))

    def add(self, scores: ArrayLike, correct: ArrayLike) -> None:
        """Count triples.

        scores (ArrayLike): Scores in [0, 1], (n_triples,).
        correct (ArrayLike): Whether each triple is correct, (n_triples,).
        """
        scores, correct = numpy.asarray(scores, dtype=float), numpy.asarray(correct, dtype=float)
        n_bins = len(self.counts)
        indices = numpy.minimum((scores * n_bins).astype(int), n_bins - 1)
        for column, weights in enumerate((numpy.ones_like(scores), correct, scores)):
            self.counts[:, column] += numpy.bincount(indices, weights, n_bins)

    def bins(self) -> List[ScoreBin]:
        """List the classes.

        RETURNS (List[ScoreBin]): All classes, the lowest scores first.
        """
        return _to_bins(self.counts)


def _to_bins(counts: numpy.ndarray) -> List[ScoreBin]:
    return [
        ScoreBin(i / len(counts), int(n), int(correct), float(total / n) if n else 0.0)
        for i, (n, correct, total) in enumerate(counts)
    ]

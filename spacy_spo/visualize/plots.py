"""Plots as SVG. They need matplotlib, an extra: `pip install "spacy-spo[report]"`."""

from io import StringIO
from typing import TYPE_CHECKING, Any, Dict, List, Sequence, Tuple

import numpy

from ..evaluation.reliability import merge_bins

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# "Bright" scheme of Paul Tol, distinct for colour-blind readers; markers differ as well.
_COLORS = ("#4477aa", "#ee6677")
_MARKERS = ("o", "s")
# Curves, and the names of their score in the log; the second in logs of earlier versions.
_TRAINING_SCORES = {
    "triples F": ("spo_f", "spo_text_f"),
    "relations F": ("rel_f", "spo_relation_micro_f"),
}


def plot_scores(models: Sequence[Dict[str, Any]]) -> Dict[str, str]:
    """Plot precision against recall, and the reliability of scores.

    models (Sequence[Dict[str, Any]]): One or two models of scores.json.
    RETURNS (Dict[str, str]): SVG by title.
    RAISES (ImportError): If matplotlib is not installed.
    """
    return {
        "Precision and recall by minimum score": _draw(_plot_precision, models),
        "Reliability: share of correct triples by score": _draw(_plot_reliability, models),
    }


def plot_training(rows: Sequence[Dict[str, Any]]) -> Dict[str, str]:
    """Plot the scores of a training run.

    rows (Sequence[Dict[str, Any]]): Lines of the output file of `spacy.ConsoleLogger.v3`.
    RETURNS (Dict[str, str]): SVG by title.
    RAISES (ImportError): If matplotlib is not installed.
    """
    return {"Training": _draw(_plot_training, rows)}


def _draw(plot: Any, data: Any) -> str:
    import matplotlib
    from matplotlib.figure import Figure

    # Text stays text; the same data give the same file.
    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": "spacy-spo"}):
        figure = Figure(figsize=(4.8, 3.6), layout="constrained")
        plot(figure.add_subplot(), data)
        out = StringIO()
        figure.savefig(out, format="svg", metadata={"Date": None})
    svg = out.getvalue()
    return svg[svg.index("<svg") :]


def _plot_precision(axes: "Axes", models: Sequence[Dict[str, Any]]) -> None:
    for model, color, marker in zip(models, _COLORS, _MARKERS):
        precision, recall = precision_recall(model["scores"], model["criteria"]["text"]["gold"])
        axes.plot(recall, precision, color=color, marker=marker, markersize=3, label=model["model"])
    axes.set(xlabel="recall", ylabel="precision", xlim=(0, 1), ylim=(0, 1.02))
    axes.grid(alpha=0.3)
    axes.legend(fontsize="small")


def _plot_reliability(axes: "Axes", models: Sequence[Dict[str, Any]]) -> None:
    axes.plot([0, 1], [0, 1], color="#999999", linestyle=":")
    for model, color, marker in zip(models, _COLORS, _MARKERS):
        bins = [row for row in merge_bins(model["scores"]) if row.n]
        x, y = [row.mean for row in bins], [row.accuracy for row in bins]
        axes.plot(x, y, color=color, marker=marker, markersize=5, label=model["model"])
        for row in bins:
            point = (row.mean, row.accuracy)
            axes.annotate(str(row.n), point, (3, -9), textcoords="offset points", fontsize=6)
    axes.set(xlabel="score", ylabel="share of correct triples", xlim=(0, 1), ylim=(0, 1.02))
    axes.grid(alpha=0.3)
    axes.legend(fontsize="small")


def _plot_training(axes: "Axes", rows: Sequence[Dict[str, Any]]) -> None:
    steps = [row["step"] for row in rows]
    for (label, keys), color, marker in zip(_TRAINING_SCORES.items(), _COLORS, _MARKERS):
        # The log has percentages; 0 where a score was not taken.
        scores = [[row["scores"][key] for key in keys if key in row["scores"]] for row in rows]
        values = [found[0] / 100 if found else 0.0 for found in scores]
        axes.plot(steps, values, color=color, marker=marker, markersize=3, label=label)
    axes.set(xlabel="step", ylim=(0, 1.02))
    axes.grid(alpha=0.3)
    axes.legend(fontsize="small")


def precision_recall(
    bins: Sequence[Dict[str, Any]], n_gold: int
) -> Tuple[List[float], List[float]]:
    """Compute precision and recall by minimum score.

    bins (Sequence[Dict[str, Any]]): "scores" of a model in scores.json.
    n_gold (int): Number of gold triples.
    RETURNS (Tuple[List[float], List[float]]): Precision and recall from each class of scores on,
        the highest first.
    """
    n = numpy.cumsum([row["n"] for row in reversed(bins)])
    correct = numpy.cumsum([row["correct"] for row in reversed(bins)])
    return (correct / numpy.maximum(1, n)).tolist(), (correct / max(1, n_gold)).tolist()

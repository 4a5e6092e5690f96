"""Plots as SVG, by matplotlib, which is an extra: `pip install "spacy-spo[report]"`."""

from io import StringIO
from typing import TYPE_CHECKING, Any, Dict, List, Sequence, Tuple

import numpy

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# "Bright" scheme of Paul Tol, told apart by colour-blind readers; markers differ as well.
_COLORS = ("#4477aa", "#ee6677")
_MARKERS = ("o", "s")


def plot_scores(models: Sequence[Dict[str, Any]]) -> Dict[str, str]:
    """Plot precision against recall, and how reliable scores are.

    models (Sequence[Dict[str, Any]]): What `Evaluation.to_dict` returns, one or two.
    RETURNS (Dict[str, str]): SVG by title.
    RAISES (ImportError): If matplotlib is not installed.
    """
    return {
        "Precision and recall, as the least score rises": _draw(_plot_precision, models),
        "How many triples of a score are right": _draw(_plot_reliability, models),
    }


def plot_training(rows: Sequence[Dict[str, Any]]) -> Dict[str, str]:
    """Plot what was scored while a pipeline was trained.

    rows (Sequence[Dict[str, Any]]): Lines of the file that `spacy.ConsoleLogger.v3` writes.
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
        precision, recall = precision_recall(model["scores"], model["rules"]["text"]["stated"])
        axes.plot(recall, precision, color=color, marker=marker, markersize=3, label=model["model"])
    axes.set(xlabel="recall", ylabel="precision", xlim=(0, 1), ylim=(0, 1.02))
    axes.grid(alpha=0.3)
    axes.legend(fontsize="small")


def _plot_reliability(axes: "Axes", models: Sequence[Dict[str, Any]]) -> None:
    axes.plot([0, 1], [0, 1], color="#999999", linestyle=":")
    for model, color, marker in zip(models, _COLORS, _MARKERS):
        scores, right, n = reliability(model["scores"])
        axes.plot(scores, right, color=color, marker=marker, markersize=5, label=model["model"])
        for x, y, count in zip(scores, right, n):
            axes.annotate(str(count), (x, y), (3, -9), textcoords="offset points", fontsize=6)
    axes.set(xlabel="score", ylabel="share that is right", xlim=(0, 1), ylim=(0, 1.02))
    axes.grid(alpha=0.3)
    axes.legend(fontsize="small")


def _plot_training(axes: "Axes", rows: Sequence[Dict[str, Any]]) -> None:
    steps = [row["step"] for row in rows]
    named = {"spo_text_f": "triples F", "spo_relation_micro_f": "relations F"}
    for (key, label), color, marker in zip(named.items(), _COLORS, _MARKERS):
        # The log has percentages; 0 where a score was not taken.
        values = [row["scores"].get(key, 0.0) / 100 for row in rows]
        axes.plot(steps, values, color=color, marker=marker, markersize=3, label=label)
    axes.set(xlabel="step", ylim=(0, 1.02))
    axes.grid(alpha=0.3)
    axes.legend(fontsize="small")


def precision_recall(
    bins: Sequence[Dict[str, Any]], stated: int
) -> Tuple[List[float], List[float]]:
    """RETURNS (Tuple[List[float], List[float]]): Precision and recall of the triples from each
    class of scores on, the highest first. bins are those of `ScoreBins.to_list`; stated, the gold.
    """
    n = numpy.cumsum([row["n"] for row in reversed(bins)])
    right = numpy.cumsum([row["right"] for row in reversed(bins)])
    return (right / numpy.maximum(1, n)).tolist(), (right / max(1, stated)).tolist()


def reliability(bins: Sequence[Dict[str, Any]]) -> Tuple[List[float], List[float], List[int]]:
    """RETURNS (Tuple[List[float], List[float], List[int]]): Mean score, share of right ones and
    number of the triples of each tenth of the scores that has any."""
    tenths: Dict[int, List[float]] = {}
    for row in bins:
        own = tenths.setdefault(min(9, int(row["from"] * 10 + 1e-9)), [0.0, 0.0, 0.0])
        for i, value in enumerate((row["mean"] * row["n"], row["right"], row["n"])):
            own[i] += value
    rows = [tenths[i] for i in sorted(tenths)]
    return [t / n for t, _, n in rows], [r / n for _, r, n in rows], [int(n) for *_, n in rows]

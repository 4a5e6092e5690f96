"""The plots: what goes into them, counted by hand, and that they are drawn."""

from xml.dom import minidom

import pytest

from spacy_spo.visualize.plots import plot_scores, plot_training, precision_recall, reliability

# Two triples around .95, one of them right; four around .15, none right.
BINS = [
    {"from": 0.1, "n": 1, "right": 0, "mean": 0.1},
    {"from": 0.15, "n": 3, "right": 0, "mean": 0.15},
    {"from": 0.95, "n": 2, "right": 1, "mean": 0.95},
]
MODEL = {"model": "mine & yours", "scores": BINS, "rules": {"text": {"stated": 4}}}


def test_precision_and_recall_from_each_score_on():
    precision, recall = precision_recall(BINS, 4)
    assert precision == pytest.approx([1 / 2, 1 / 5, 1 / 6])
    assert recall == pytest.approx([1 / 4] * 3)
    assert precision_recall([], 0) == ([], [])


def test_reliability_of_tenths():
    scores, right, n = reliability(BINS)
    assert scores == pytest.approx([(0.1 + 0.45) / 4, 0.95])
    assert right == pytest.approx([0, 0.5])
    assert n == [4, 2]
    # 0.3 is not below 0.3, whatever floating point says.
    for i in range(10):
        row = {"from": (10 * i) / 100, "n": 1, "right": 1, "mean": i / 10}
        assert reliability([row, {**row, "from": (10 * i + 9) / 100}])[2] == [2]


def test_plots_are_drawn():
    for plots in (plot_scores([MODEL]), plot_scores([MODEL, {**MODEL, "model": "other"}])):
        assert len(plots) == 2
        for svg in plots.values():
            minidom.parseString(svg)
            assert "mine &amp; yours" in svg


def test_an_empty_model_is_drawn():
    plot_scores([{**MODEL, "scores": []}])


def test_training():
    rows = [
        {"step": 0, "scores": {"spo_text_f": 0.0, "spo_relation_micro_f": 10.0}},
        {"step": 100, "scores": {"spo_text_f": 70.0}},
    ]
    (svg,) = plot_training(rows).values()
    assert "triples F" in svg and "relations F" in svg


def test_the_same_data_give_the_same_file():
    assert plot_scores([MODEL]) == plot_scores([MODEL])

"""Plots: their data, counted by hand, and that they are drawn."""

from xml.dom import minidom

import pytest

from spacy_spo.visualize.plots import plot_scores, plot_training, precision_recall

pytestmark = pytest.mark.slow

# Two triples around .95, one of them correct; four around .15, none correct.
BINS = [
    {"from": 0.1, "n": 1, "correct": 0, "mean": 0.1},
    {"from": 0.15, "n": 3, "correct": 0, "mean": 0.15},
    {"from": 0.95, "n": 2, "correct": 1, "mean": 0.95},
]
MODEL = {"model": "mine & yours", "scores": BINS, "criteria": {"text": {"gold": 4}}}


def test_precision_and_recall_from_each_score_on():
    precision, recall = precision_recall(BINS, 4)
    assert precision == pytest.approx([1 / 2, 1 / 5, 1 / 6])
    assert recall == pytest.approx([1 / 4] * 3)
    assert precision_recall([], 0) == ([], [])


def test_plots_are_drawn():
    for plots in (plot_scores([MODEL]), plot_scores([MODEL, {**MODEL, "model": "other"}])):
        assert len(plots) == 2
        assert any(title.startswith("Reliability") for title in plots)
        for svg in plots.values():
            minidom.parseString(svg)
            assert "mine &amp; yours" in svg


def test_an_empty_model_is_drawn():
    plot_scores([{**MODEL, "scores": []}])


@pytest.mark.parametrize("names", [("spo_f", "rel_f"), ("spo_text_f", "spo_relation_micro_f")])
def test_training(names):
    triples, relations = names
    rows = [
        {"step": 0, "scores": {triples: 0.0, relations: 10.0}},
        {"step": 100, "scores": {triples: 70.0}},
    ]
    (svg,) = plot_training(rows).values()
    assert "triples F" in svg and "relations F" in svg
    others = [{"step": row["step"], "scores": {}} for row in rows]
    assert plot_training(others)["Training"] != svg


def test_the_same_data_give_the_same_file():
    assert plot_scores([MODEL]) == plot_scores([MODEL])

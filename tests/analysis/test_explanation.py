"""Why a triple is found or not: each step that may remove one, and agreement with the pipeline."""

import pytest
import spacy
from support import SENTENCES, TEXTS
from typer.testing import CliRunner

from spacy_spo.analysis.explanation import explain
from spacy_spo.cli import spo_cli

TEXT, ((_, _, _), *_) = SENTENCES[0]
GOLD = ("Ann Lee", "author", "Dune")


def removed_by(nlp, *triple, text=TEXT):
    found = explain(nlp, text, *(triple or GOLD))
    return found.removed_by.name if found.removed_by else None


@pytest.fixture
def changed(trained):
    """The trained pipeline with other settings, put back afterwards."""
    before = []

    def change(name, **settings):
        pipe = trained.get_pipe(name)
        before.extend((pipe, key, getattr(pipe, key)) for key in settings)
        for key, value in settings.items():
            setattr(pipe, key, value)
        return trained

    yield change
    for pipe, key, value in reversed(before):
        setattr(pipe, key, value)


def test_what_is_found_passes_every_step(trained):
    found = explain(trained, TEXT, *GOLD)
    assert found.found and found.removed_by is None
    assert all(step.passed for step in found.steps)
    assert sum(step.score is not None for step in found.steps) == 9


def test_as_the_pipeline(trained):
    names = ("Ann Lee", "Ann", "Bob", "Dune", "Tron", "Tron II")
    for text in TEXTS:
        facts = {(t.subject.text, t.predicate, t.object.text) for t in trained(text)._.spo_triples}
        for triple in ((s, p, o) for s in names for p in ("author", "maker") for o in names):
            found = explain(trained, text, *triple)
            assert found.found == (triple in facts) == (found.removed_by is None), (text, triple)


def test_arguments(trained):
    assert "the text has the arguments" in removed_by(trained, "Cid", "author", "Dune")
    assert "whole tokens" in removed_by(trained, "Ann L", "author", "Dune")
    step = explain(trained, TEXT, "Ann Lee", "autor", "Dune").removed_by
    assert step.name == "training had the predicate"
    assert step.detail == "known to no component; there is author"
    step = explain(trained, TEXT, "Ann Lee", "?", "Dune").removed_by
    assert step.detail == "known to no component"


def test_a_predicate_that_one_component_lacks(changed, trained):
    own = trained.get_pipe("spo_tagger").cfg
    others = ["other" if label == "author" else label for label in own["labels"]]
    nlp = changed("spo_tagger", cfg={**own, "labels": others})
    step = explain(nlp, TEXT, *GOLD).removed_by
    assert step.detail == "known to spo_relation_classifier alone"


def test_the_predicate(changed):
    assert (
        removed_by(changed("spo_relation_classifier", threshold=1.0)) == "the predicate is stated"
    )
    one = changed("spo_relation_classifier", threshold=0.5, label_thresholds=[["author", 1.0]])
    step = explain(one, TEXT, *GOLD).removed_by
    assert (step.name, step.threshold) == ("the predicate is stated", 1.0)
    assert 0.5 < step.score < 1.0


def test_boundaries_and_links(changed):
    assert "starts here" in removed_by(changed("spo_tagger", boundary_threshold=1.0))
    nlp = changed("spo_tagger", boundary_threshold=0.0)
    assert "belong together" in removed_by(nlp, "Bob", "author", "Dune")
    nlp = changed("spo_tagger", pair_threshold=0.0)
    assert "candidates that are kept" in removed_by(nlp, "Bob", "author", "Dune")


def test_a_better_reading(trained, changed):
    # All readings pass such thresholds, and most of them overlap with the right one.
    nlp = changed("spo_tagger", boundary_threshold=0.0, pair_threshold=0.0)
    found = explain(nlp, TEXT, "Ann", "author", "Dune")
    assert found.removed_by.name == "no better reading of the same statement"
    assert "Ann Lee | author | Dune" in found.removed_by.detail


def test_segments(trained):
    path = {"@misc": "spacy-spo.window_segments.v1", "size": 4, "overlap": 1}
    nlp = spacy.blank("en")
    for name in trained.pipe_names:
        nlp.add_pipe(name, config={"segments": path})
    nlp.from_bytes(trained.to_bytes())
    found = explain(nlp, TEXT, "Ann Lee", "author", "Tron")
    assert "one segment holds both" in found.removed_by.name
    assert "Ann Lee wrote Dune" in found.removed_by.detail


def test_the_mentions_that_come_furthest(trained):
    text = "Dune and Ann wrote Dune"
    steps = explain(trained, text, "Ann", "author", "Dune").steps
    places = [step.detail for step in steps if step.name == "the object starts here"]
    assert places == ["Dune"]


def test_the_command(trained, tmp_path):
    trained.to_disk(tmp_path / "model")

    def run(*triple):
        arguments = ["explain", str(tmp_path / "model"), TEXT, "--triple", *triple]
        return CliRunner().invoke(spo_cli, arguments)

    assert "finds this triple" in run(*GOLD).output
    result = run("Ann Lee", "spouse", "Dune")
    assert result.exit_code == 0
    assert "The condition that fails: the predicate is stated" in result.output


def test_a_pipeline_without_the_components(blank):
    with pytest.raises(ValueError, match="has no spo_relation_classifier"):
        explain(blank, TEXT, *GOLD)

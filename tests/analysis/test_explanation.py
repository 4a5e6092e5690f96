"""Why a triple is predicted or not: each condition, and agreement with the pipeline."""

import pytest
import spacy
from support import SENTENCES, TEXTS
from typer.testing import CliRunner

from spacy_spo.analysis.explanation import explain
from spacy_spo.cli import spo_cli
from spacy_spo.pipeline.tagging.decode import BOUNDARY_PARTS, LINK_PARTS, PARTS

TEXT, ((_, _, _), *_) = SENTENCES[0]
GOLD = ("Ann Lee", "author", "Dune")


def failed_condition(nlp, *triple, text=TEXT):
    found = explain(nlp, text, *(triple or GOLD))
    return found.failed_step.name if found.failed_step else None


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
    assert found.predicted and found.failed_step is None
    assert all(step.passed for step in found.steps)
    assert sum(step.score is not None for step in found.steps) == 9


@pytest.mark.slow
def test_as_the_pipeline(trained):
    names = ("Ann Lee", "Ann", "Bob", "Dune", "Tron", "Tron II")
    for text in TEXTS:
        facts = {(t.subject.text, t.predicate, t.object.text) for t in trained(text)._.spo_triples}
        for triple in ((s, p, o) for s in names for p in ("author", "maker") for o in names):
            found = explain(trained, text, *triple)
            assert found.predicted == (triple in facts) == (found.failed_step is None), (
                text,
                triple,
            )


def test_arguments(trained):
    assert "the text has the arguments" in failed_condition(trained, "Cid", "author", "Dune")
    assert "whole tokens" in failed_condition(trained, "Ann L", "author", "Dune")
    step = explain(trained, TEXT, "Ann Lee", "autor", "Dune").failed_step
    assert step.name == "both components have the predicate"
    assert step.detail == "a label of no component; similar: author"
    step = explain(trained, TEXT, "Ann Lee", "?", "Dune").failed_step
    assert step.detail == "a label of no component"


def test_a_predicate_that_one_component_lacks(changed, trained):
    own = trained.get_pipe("spo_tagger").cfg
    others = ["other" if label == "author" else label for label in own["labels"]]
    nlp = changed("spo_tagger", cfg={**own, "labels": others})
    step = explain(nlp, TEXT, *GOLD).failed_step
    assert step.detail == "a label of spo_relation_classifier alone"


def test_the_predicate(changed):
    nlp = changed("spo_relation_classifier", threshold=1.0)
    assert failed_condition(nlp) == "the predicate is predicted"
    one = changed("spo_relation_classifier", threshold=0.5, label_thresholds=[["author", 1.0]])
    step = explain(one, TEXT, *GOLD).failed_step
    assert (step.name, step.threshold) == ("the predicate is predicted", 1.0)
    assert 0.5 < step.score < 1.0


def test_boundaries_and_links(changed):
    assert "starts here" in failed_condition(changed("spo_tagger", boundary_threshold=1.0))
    nlp = changed("spo_tagger", boundary_threshold=0.0)
    assert "belong together" in failed_condition(nlp, "Bob", "author", "Dune")
    nlp = changed("spo_tagger", pair_threshold=0.0)
    assert "best-scored candidates" in failed_condition(nlp, "Bob", "author", "Dune")


def test_overlap_suppression(trained, changed):
    # All candidates pass such thresholds, and most of them overlap with the correct one.
    nlp = changed("spo_tagger", boundary_threshold=0.0, pair_threshold=0.0)
    found = explain(nlp, TEXT, "Ann", "author", "Dune")
    assert found.failed_step.name == "not suppressed by an overlapping triple"
    assert "Ann Lee | author | Dune" in found.failed_step.detail


def test_segments(trained):
    path = {"@misc": "spacy-spo.window_segments.v1", "size": 4, "overlap": 1}
    nlp = spacy.blank("en")
    for name in trained.pipe_names:
        nlp.add_pipe(name, config={"segments": path})
    nlp.from_bytes(trained.to_bytes())
    found = explain(nlp, TEXT, "Ann Lee", "author", "Tron")
    assert "one segment holds both" in found.failed_step.name
    assert "Ann Lee wrote Dune" in found.failed_step.detail


def test_the_steps_are_the_parts_of_a_decoded_triple(trained):
    """The scores are those that decoding multiplies, whatever parts it has."""
    doc = trained(TEXT)
    tagger = trained.get_pipe("spo_tagger")
    ((query, decoded),) = [(q, d) for q, d in tagger.predict([doc]) if q.predicate == "author"]
    (candidate,) = decoded
    first, *steps = explain(trained, TEXT, *GOLD).steps
    assert first.score == pytest.approx(query.score)
    scores = [step.score for step in steps if step.score is not None]
    *parts, heads, tails = scores
    # Of the two links of a pair the lower one counts.
    order = [PARTS[i] for i in (*BOUNDARY_PARTS, *LINK_PARTS)]
    expected = dict(zip(PARTS, candidate.parts))
    assert [*parts, min(heads, tails)] == pytest.approx([expected[p] for p in order], abs=1e-5)


def test_the_mentions_that_come_furthest(trained):
    text = "Dune and Ann wrote Dune"
    steps = explain(trained, text, "Ann", "author", "Dune").steps
    tokens = [step.detail for step in steps if step.name == "the object starts here"]
    assert tokens == ["Dune"]


def test_the_command(trained, tmp_path):
    trained.to_disk(tmp_path / "model")

    def run(*triple):
        arguments = ["explain", str(tmp_path / "model"), TEXT, "--triple", *triple]
        return CliRunner().invoke(spo_cli, arguments)

    assert "predicts this triple" in run(*GOLD).output
    result = run("Ann Lee", "spouse", "Dune")
    assert result.exit_code == 0
    assert "Failed condition: the predicate is predicted" in result.output


def test_a_pipeline_without_the_components(blank):
    with pytest.raises(ValueError, match="has no spo_relation_classifier"):
        explain(blank, TEXT, *GOLD)

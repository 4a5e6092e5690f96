"""Settings that are changed at run time: checked, and kept by every way to save."""

import copy
import pickle

import numpy
import pytest
import spacy
from support import PIPES, answers

CLASSIFIER, TAGGER = PIPES
CHANGES = {
    CLASSIFIER: {
        "threshold": 0.99,
        "label_thresholds": [["author", 0.01]],
        "temperature": 1.5,
        "learn_rate_factor": 2.0,
    },
    TAGGER: {
        "boundary_threshold": 0.9,
        "pair_threshold": 0.8,
        "temperature": 2.5,
        "negatives": 3,
        "max_rows": 7,
        "learn_rate_factor": 3.0,
    },
}
SETTINGS = [(pipe, name) for pipe in PIPES for name in CHANGES[pipe]]


@pytest.fixture
def changed(trained, tmp_path):
    """A pipeline with all settings changed after it was loaded."""
    trained.to_disk(tmp_path / "trained")
    nlp = spacy.load(tmp_path / "trained")
    for pipe, name in SETTINGS:
        setattr(nlp.get_pipe(pipe), name, CHANGES[pipe][name])
    return nlp


def settings(nlp):
    return {pipe: {n: getattr(nlp.get_pipe(pipe), n) for n in CHANGES[pipe]} for pipe in PIPES}


def from_disk(nlp, tmp_path):
    nlp.to_disk(tmp_path / "saved")
    return spacy.load(tmp_path / "saved")


def from_bytes(nlp, _):
    return spacy.util.load_model_from_config(nlp.config).from_bytes(nlp.to_bytes())


def pickled(nlp, _):
    return pickle.loads(pickle.dumps(nlp))


def deep_copy(nlp, _):
    return copy.deepcopy(nlp)


def saved_twice(nlp, tmp_path):
    return from_disk(from_disk(nlp, tmp_path), tmp_path)


@pytest.mark.parametrize("save", [from_disk, from_bytes, pickled, deep_copy, saved_twice])
def test_they_are_kept(trained, changed, tmp_path, save):
    assert settings(changed) == CHANGES != settings(trained)
    saved = save(changed, tmp_path)
    assert settings(saved) == CHANGES
    assert answers(saved) == answers(changed) != answers(trained)


def test_the_config_of_a_load_wins(changed, tmp_path):
    changed.to_disk(tmp_path / "saved")
    overrides = {"components": {TAGGER: {"pair_threshold": 0.123}}}
    nlp = spacy.load(tmp_path / "saved", config=overrides)
    assert nlp.get_pipe(TAGGER).pair_threshold == 0.123
    assert nlp.get_pipe(TAGGER).boundary_threshold == CHANGES[TAGGER]["boundary_threshold"]
    assert settings(nlp)[CLASSIFIER] == CHANGES[CLASSIFIER]
    # What repeats the saved config cannot be told from it.
    nlp = spacy.load(tmp_path / "saved", config={"components": {TAGGER: {"pair_threshold": 0.3}}})
    assert nlp.get_pipe(TAGGER).pair_threshold == CHANGES[TAGGER]["pair_threshold"]


def test_a_sourced_component_keeps_them(changed, tmp_path):
    nlp = spacy.blank("en")
    for pipe in PIPES:
        nlp.add_pipe(pipe, source=changed)
    assert settings(from_disk(nlp, tmp_path)) == CHANGES


def test_those_of_the_config_are_no_changes(trained, tmp_path):
    trained.to_disk(tmp_path)
    overrides = {"components": {TAGGER: {"pair_threshold": 0.123}}}
    nlp = from_disk(spacy.load(tmp_path, config=overrides), tmp_path)
    assert nlp.config["components"][TAGGER]["pair_threshold"] == 0.123
    assert nlp.get_pipe(TAGGER)._changed_settings() == {}


@pytest.mark.parametrize(
    "pipe, name, value",
    [
        (CLASSIFIER, "threshold", 5),
        (CLASSIFIER, "threshold", float("nan")),
        (CLASSIFIER, "threshold", "0.5"),
        (CLASSIFIER, "threshold", True),
        (CLASSIFIER, "label_thresholds", [["author", 2.0]]),
        (CLASSIFIER, "label_thresholds", 5),
        (CLASSIFIER, "temperature", 0),
        (TAGGER, "pair_threshold", -0.1),
        (TAGGER, "temperature", float("inf")),
        (TAGGER, "negatives", 1.5),
        (TAGGER, "negatives", True),
        (TAGGER, "max_rows", 0),
    ],
)
def test_they_are_checked(changed, pipe, name, value):
    component = changed.get_pipe(pipe)
    with pytest.raises(ValueError, match=f"{name} of '{pipe}' is .*: "):
        setattr(component, name, value)
    assert getattr(component, name) == CHANGES[pipe][name]


def test_numbers_of_numpy_are_numbers(changed):
    component = changed.get_pipe(CLASSIFIER)
    component.threshold = numpy.float32(0.5)
    assert type(component.threshold) is float
    changed.get_pipe(TAGGER).max_rows = numpy.int64(3)
    changed.to_bytes()


def test_a_list_that_was_changed_in_place_is_checked_when_it_is_saved(changed):
    changed.get_pipe(CLASSIFIER).label_thresholds.append(["maker", 5])
    with pytest.raises(ValueError, match="label_thresholds of 'spo_relation_classifier' is"):
        changed.to_bytes()


def test_loading_undoes_changes(trained, changed):
    changed.from_bytes(trained.to_bytes())
    assert settings(changed) == settings(trained)


def test_settings_of_other_versions_are_skipped(trained):
    pipe = trained.get_pipe(TAGGER)
    before = settings(trained)
    pipe._restore_settings({"other": {"configured": 1, "value": 2}})
    assert settings(trained) == before

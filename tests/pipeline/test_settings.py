"""Changing any setting of either component changes something, and the docs have a line on it."""

import inspect
import re
from functools import reduce
from pathlib import Path

import pytest
import spacy
from support import SENTENCES, make_examples
from thinc.api import Config, fix_random_seed

from spacy_spo.augment import TextJoiner
from spacy_spo.losses import AsymmetricLoss, ZLPRLoss
from spacy_spo.models.torch_layer import torch_module
from spacy_spo.segments import make_window_segments

CLASSIFIER, TAGGER = PIPES = "spo_relation_classifier", "spo_tagger"
TEXTS = [" and ".join(text for text, _ in SENTENCES), *(text for text, _ in SENTENCES)]
SETTINGS_PAGE = Path(__file__).parents[2] / "docs" / "settings.md"

# What changes training, by a path into the config of the component.
TRAINING = {
    "learn_rate_factor": 3.0,
    "segments": {"@misc": "spacy-spo.sentence_segments.v1"},
    "segments.size": 6,
    "segments.overlap": 1,
    "loss": {"@losses": "spacy-spo.ZLPRLoss.v1"},
    "loss.missing_gold": 0.5,
    "loss.gamma_pos": 1.0,
    "loss.gamma_neg": 1.0,
    "loss.clip": 0.1,
}
TRAINING_OF_TAGGER = {
    "negatives": 0,
    "model.hidden_width": 32,
    "model.link_width": 8,
    "model.window_size": 0,
}
# What changes the results of a trained component.
INFERENCE = {
    CLASSIFIER: {
        "threshold": 1.0,
        "label_thresholds": [["author", 1.0]],
        "temperature": 3.0,
        "segments.size": 4,
        "segments.overlap": 1,
        "scorer": None,
    },
    TAGGER: {
        "boundary_threshold": 1.0,
        "pair_threshold": 0.0,
        "temperature": 3.0,
        "scorer": None,
        "max_rows": 1,
    },
}


def default_config(name):
    return Config(spacy.blank("en").get_factory_meta(name).default_config).copy()


def override(config, path, value):
    *parents, last = path.split(".")
    reduce(lambda section, key: section.setdefault(key, {}), parents, config)[last] = value
    return config


def losses(name, path=None, value=None):
    """Of three updates of one component alone, in windows that are smaller than the Docs."""
    config = override(override(default_config(name), "segments.size", 8), "segments.overlap", 2)
    nlp = spacy.blank("en")
    sentencizer = nlp.add_pipe("sentencizer", config={"punct_chars": ["and"]})
    pipe = nlp.add_pipe(name, config=override(config, path, value) if path else config)
    examples = make_examples(nlp, [SENTENCES[0], (TEXTS[0], SENTENCES[1][1]), SENTENCES[2]])
    for example in examples:
        sentencizer(example.predicted)
    fix_random_seed(0)
    optimizer = nlp.initialize(lambda: examples)
    return [pipe.update(examples, sgd=optimizer)[name] for _ in range(3)]


CASES = [(name, path, value) for name in PIPES for path, value in TRAINING.items()]
CASES += [(TAGGER, path, value) for path, value in TRAINING_OF_TAGGER.items()]


@pytest.fixture(scope="module")
def default_losses():
    return {name: losses(name) for name in PIPES}


@pytest.mark.slow
@pytest.mark.parametrize("name, path, value", CASES)
def test_it_changes_training(default_losses, name, path, value):
    assert losses(name, path, value) != pytest.approx(default_losses[name])


@pytest.mark.parametrize("name", PIPES)
def test_the_same_settings_train_alike(default_losses, name):
    assert losses(name) == pytest.approx(default_losses[name])


def results(nlp):
    """Triples, predicates, passes of the tagger, and whether there are scores of triples."""
    passes = []
    module = torch_module(nlp.get_pipe(TAGGER).model.layers[1])
    module.register_forward_pre_hook(lambda *_: passes.append(1))
    docs = list(nlp.pipe(TEXTS))
    triples = [(t, round(t.score, 4)) for doc in docs for t in doc._.spo_triples]
    relations = [(s.start, s.end, s.label_) for doc in docs for s in doc.spans["spo_relations"]]
    scores = nlp.evaluate(make_examples(nlp, SENTENCES))
    return [str(triples), relations, len(passes), sorted(scores)]


@pytest.fixture(scope="module")
def saved(trained, tmp_path_factory):
    path = tmp_path_factory.mktemp("trained")
    trained.to_disk(path)
    return path


def load(path, **components):
    small = {"segments": {"size": 8, "overlap": 2}}
    config = {name: {**small, **components.get(name, {})} for name in PIPES}
    return spacy.load(path, config={"components": config})


INFERENCE_CASES = [(name, path, value) for name in PIPES for path, value in INFERENCE[name].items()]


@pytest.mark.slow
@pytest.mark.parametrize("name, path, value", INFERENCE_CASES)
def test_it_changes_inference(saved, name, path, value):
    changed = override({"segments": {"size": 8, "overlap": 2}}, path, value)
    assert results(load(saved, **{name: changed})) != results(load(saved))


def leaves(section, path=""):
    """Paths of all settings of a config, without those of the encoder."""
    for key, value in section.items():
        if isinstance(value, dict) and key != "tok2vec":
            yield from leaves(value, f"{path}{key}.")
        elif not key.startswith("@") and key != "tok2vec":
            yield f"{path}{key}"


def settings(name):
    """What can be set: the default config, and what its functions take beyond it."""
    nested = {"segments": make_window_segments, "loss": AsymmetricLoss}
    arguments = {f"{s}.{a}" for s, f in nested.items() for a in inspect.signature(f).parameters}
    return {"segments", "loss", "scorer", *leaves(default_config(name)), *arguments} - {
        "scorer.@scorers"
    }


@pytest.mark.parametrize("name", PIPES)
def test_every_setting_is_tried(name):
    tried = {*TRAINING, *INFERENCE[name], *(TRAINING_OF_TAGGER if name == TAGGER else {})}
    tried.add("spans_key")  # both components need the same: tests/pipeline/test_spans_key.py
    assert settings(name) == tried
    assert set(inspect.signature(ZLPRLoss).parameters) == {"missing_gold"}


def test_every_setting_has_a_line_in_the_docs():
    page = SETTINGS_PAGE.read_text(encoding="utf8")
    rows = set(re.findall(r"^\| `([^`]+)` \|", page, re.MULTILINE))
    assert {path.split(".")[-1] for name in PIPES for path in settings(name)} <= rows
    assert set(inspect.signature(TextJoiner).parameters) <= rows

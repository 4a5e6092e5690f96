"""The commands of spaCy, on pipelines with both components."""

from pathlib import Path

import pytest
import spacy
import srsly
from spacy.cli.find_threshold import find_threshold
from spacy.tokens import DocBin
from support import PIPES, SENTENCES, TEXTS, answers, expected, facts, found, make_doc, run_spacy

pytestmark = pytest.mark.slow

CONFIGS = Path(__file__).parents[2] / "configs"
CONFIG = CONFIGS / "en_minilm.cfg"
LABELS = ["author", "maker", "spouse"]


def write_config(path, **sections):
    """A config with nothing but what differs from the defaults."""
    components = {name: {"factory": name} for name in PIPES}
    config = {"nlp": {"lang": "en", "pipeline": PIPES}, "components": components, **sections}
    spacy.Config(config).to_disk(path)
    return path


def test_train_and_evaluate(model_last, corpus, tmp_path):
    assert found(spacy.load(model_last)) == expected()
    run_spacy("evaluate", model_last, corpus, "--output", tmp_path / "metrics.json")
    metrics = srsly.read_json(tmp_path / "metrics.json")
    assert metrics["spo_f"] == metrics["rel_f"] == 1.0
    assert set(metrics["spo_per_predicate"]) == set(LABELS)


def test_init_fill_config_states_every_default(tmp_path):
    run_spacy("init", "fill-config", write_config(tmp_path / "base.cfg"), tmp_path / "filled.cfg")
    components = spacy.util.load_config(tmp_path / "filled.cfg")["components"]
    for name in PIPES:
        factory = spacy.blank("en").get_factory_meta(name)
        assert set(components[name]) == {"factory", *factory.default_config}
        for setting, value in factory.default_config.items():
            if not isinstance(value, dict):
                assert components[name][setting] == value
        segments = {"@misc": "spacy-spo.window_segments.v1", "size": 256, "overlap": 64}
        assert components[name]["segments"] == segments


@pytest.mark.parametrize("path", sorted(CONFIGS.glob("*.cfg")), ids=lambda path: path.stem)
def test_debug_config(path, paths, tmp_path):
    filled = tmp_path / "filled.cfg"
    run_spacy("init", "fill-config", path, filled)
    assert "Config is valid" in run_spacy("debug", "config", filled, *paths)
    with pytest.raises(AssertionError, match="max_rows"):
        run_spacy("debug", "config", filled, *paths, "--components.spo_tagger.max_rows", "many")


def test_debug_data(paths, tmp_path):
    """With 100 examples or more: of fewer, the command makes an error."""
    nlp = spacy.blank("en")
    docs = [make_doc(nlp, *sentence) for sentence in SENTENCES * 20]
    DocBin(docs=docs).to_disk(tmp_path / "train.spacy")
    run_spacy("init", "fill-config", CONFIG, tmp_path / "filled.cfg")
    options = [*paths, "--paths.train", tmp_path / "train.spacy"]
    output = run_spacy("debug", "data", tmp_path / "filled.cfg", *options, "--no-format")
    assert "Pipeline can be initialized with data" in output and "100 training docs" in output


def test_init_labels(paths, tmp_path):
    """Labels from files are taken in place of those of the examples, in their order."""
    run_spacy("init", "labels", CONFIG, tmp_path, *paths)
    for name in PIPES:
        assert srsly.read_json(tmp_path / f"{name}.json") == LABELS
        srsly.write_json(tmp_path / f"{name}.json", [*reversed(LABELS), "unseen"])
    read = {
        name: {
            "labels": {"@readers": "spacy.read_labels.v1", "path": str(tmp_path / f"{name}.json")}
        }
        for name in PIPES
    }
    config = spacy.util.load_config(
        write_config(tmp_path / "c.cfg", initialize={"components": read})
    )
    config["paths"] = dict(zip(["train", "dev"], [str(paths[1])] * 2))
    nlp = spacy.training.initialize.init_nlp(spacy.blank("en").config.merge(config))
    for name in PIPES:
        assert nlp.get_pipe(name).labels == (*reversed(LABELS), "unseen")


def test_assemble_from_trained_components(model_last, tmp_path):
    sources = {name: {"source": str(model_last)} for name in ["transformer", *PIPES]}
    nlp = {"lang": "en", "pipeline": ["transformer", "sentencizer", *PIPES]}
    components = {**sources, "sentencizer": {"factory": "sentencizer"}}
    path = write_config(tmp_path / "c.cfg", nlp=nlp, components=components)
    run_spacy("assemble", path, tmp_path / "assembled")
    assembled = spacy.load(tmp_path / "assembled")
    assert assembled.pipe_names == nlp["pipeline"]
    assert answers(assembled) == answers(spacy.load(model_last))


def test_assemble_from_labels_alone(tmp_path):
    labels = {"components": {name: {"labels": LABELS} for name in PIPES}}
    path = write_config(tmp_path / "c.cfg", initialize=labels)
    run_spacy("assemble", path, tmp_path / "assembled")
    nlp = spacy.load(tmp_path / "assembled")
    assert [nlp.get_pipe(name).labels for name in PIPES] == [tuple(LABELS)] * 2
    assert nlp("Ann wrote Dune")._.spo_triples == []


@pytest.mark.parametrize(
    "name, threshold, score",
    [
        ("spo_relation_classifier", "threshold", "rel_f"),
        ("spo_tagger", "boundary_threshold", "spo_f"),
        ("spo_tagger", "pair_threshold", "spo_f"),
    ],
)
def test_find_threshold(model_last, corpus, name, threshold, score):
    best, best_score, scores = find_threshold(
        str(model_last), corpus, name, threshold, score, n_trials=3
    )
    assert list(scores) == [0.0, 0.5, 1.0] and scores[best] == best_score == scores[0.5] == 1.0
    # What the model is surest of reaches 1.0 in float32.
    assert scores[1.0] < 1.0


def test_find_threshold_as_a_command(model_last, corpus):
    arguments = ["spo_relation_classifier", "threshold", "spo_f", "--n_trials", 2]
    assert "Best threshold: 0.0" in run_spacy("find-threshold", model_last, corpus, *arguments)


def test_apply(model_last, tmp_path):
    srsly.write_jsonl(tmp_path / "in.jsonl", [{"text": text} for text in TEXTS])
    run_spacy("apply", model_last, tmp_path / "in.jsonl", tmp_path / "out.spacy", "-b", 2)
    nlp = spacy.load(model_last)
    docs = list(DocBin().from_disk(tmp_path / "out.spacy").get_docs(nlp.vocab))
    assert [facts(doc) for doc in docs] == [facts for facts, _ in answers(nlp)]


def test_benchmark_speed(model_last, corpus):
    options = ["--batches", 30, "--warmup", 0, "--batch-size", 1]
    assert "words/s" in run_spacy("benchmark", "speed", model_last, corpus, *options)


def test_trained_paths_are_forgotten(model_last, paths):
    """So that a pipeline says nothing of the machine that it was trained on."""
    for option in paths[1::2]:
        assert Path(option).is_absolute()
    for file in ("config.cfg", "meta.json"):
        text = (model_last / file).read_text(encoding="utf8")
        assert not any(str(Path(path).parents[1]) in text for path in paths[1::2])
    config = spacy.util.load_config(model_last / "config.cfg")
    assert [config["paths"][name] for name in ("train", "dev", "encoder")] == [
        "sentences.spacy",
        "sentences.spacy",
        "tiny",
    ]
    assert config["components"]["transformer"]["model"]["name"] == "${paths.encoder}"

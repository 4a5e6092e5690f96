"""The shipped configs: complete, without drift from the defaults, and they train."""

from pathlib import Path

import pytest
import spacy
import srsly
from spacy import util
from spacy.tokens import DocBin
from spacy.training.initialize import init_nlp
from support import PIPES, SENTENCES, make_doc, make_examples, make_tiny_encoder

from spacy_spo.segments import DEFAULT_OVERLAP, DEFAULT_SIZE

CONFIGS = sorted((Path(__file__).parent.parent / "configs").glob("*.cfg"))


@pytest.fixture(scope="module")
def paths(tmp_path_factory):
    folder = tmp_path_factory.mktemp("configs")
    nlp = spacy.blank("en")
    DocBin(docs=[make_doc(nlp, *sentence) for sentence in SENTENCES]).to_disk(folder / "c.spacy")
    corpus = str(folder / "c.spacy")
    return {"train": corpus, "dev": corpus, "encoder": make_tiny_encoder(folder / "encoder")}


@pytest.mark.slow
@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_configs_train_save_and_load(path, paths, tmp_path):
    overrides = {f"paths.{name}": value for name, value in paths.items()}
    nlp = init_nlp(util.load_config(path, overrides=overrides))
    assert nlp.pipe_names == ["transformer", *PIPES]
    (corpus,) = util.resolve_dot_names(nlp.config.interpolate(), ["corpora.train"])
    examples = list(corpus(nlp))
    losses = nlp.update(examples, sgd=nlp.create_optimizer())
    assert all(losses[name] > 0 for name in PIPES)
    nlp.to_disk(tmp_path)
    text = SENTENCES[0][0]
    loaded = spacy.load(tmp_path)
    assert loaded(text)._.spo_relations == pytest.approx(nlp(text)._.spo_relations)


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_configs_state_every_setting(path):
    components = util.load_config(path)["components"]
    for name in PIPES:
        stated = {*components[name], "scorer"}
        assert stated == {*spacy.blank("en").get_factory_meta(name).default_config, "factory"}


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_both_components_cut_the_same_segments(path):
    components = util.load_config(path, interpolate=False)["components"]
    assert [components[name]["segments"] for name in PIPES] == ["${segments}"] * 2


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_windows_and_losses_are_those_of_the_defaults(path):
    config = util.load_config(path)
    size, overlap = (config["segments"][name] for name in ("size", "overlap"))
    assert (size, overlap) == (DEFAULT_SIZE, DEFAULT_OVERLAP)
    for name in PIPES:
        default = spacy.blank("en").get_factory_meta(name).default_config
        assert config["components"][name]["loss"] == default["loss"]


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_score_weights_are_the_default_ones_of_the_tagger_and_of_relations(path):
    weights = dict(spacy.blank("en").get_factory_meta("spo_tagger").default_score_weights)
    relations = spacy.blank("en").get_factory_meta("spo_relation_classifier").default_score_weights
    expected = {**weights, **dict.fromkeys(relations, 0.0)}
    assert util.load_config(path)["training"]["score_weights"] == expected


def test_a_pipeline_that_is_saved_states_the_windows_in_effect(tmp_path):
    nlp = spacy.blank("en")
    for name in PIPES:
        nlp.add_pipe(name)
    nlp.initialize(lambda: make_examples(nlp, SENTENCES))
    nlp.to_disk(tmp_path)
    components = util.load_config(tmp_path / "config.cfg")["components"]
    for name in PIPES:
        segments = components[name]["segments"]
        assert (segments["size"], segments["overlap"]) == (DEFAULT_SIZE, DEFAULT_OVERLAP)
        assert spacy.load(tmp_path).get_pipe(name).segments.keywords["size"] == DEFAULT_SIZE


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_joined_texts_have_a_space_between_them_where_the_language_has(path):
    config = util.load_config(path)
    augmenter = config["corpora"]["train"].get("augmenter")
    if augmenter is not None:
        assert augmenter["ensure_whitespace"] == (config["nlp"]["lang"] != "zh")


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_training_ends_with_an_evaluation_and_a_learn_rate_of_zero(path):
    """However few the data are: steps are counted, not epochs."""
    training = util.load_config(path)["training"]
    assert training["max_epochs"] == 0 and training["max_steps"] % training["eval_frequency"] == 0
    assert training["optimizer"]["learn_rate"]["total_steps"] == training["max_steps"]
    assert training["optimizer"]["learn_rate"]["warmup_steps"] < training["max_steps"] / 5


def test_a_sentence_in_a_long_text_has_the_scores_that_it_has_alone(paths):
    """The smallest encoders are trained on single sentences only."""
    (path,) = (path for path in CONFIGS if path.stem == "zh_tiny")
    overrides = {f"paths.{name}": value for name, value in paths.items()}
    overrides["components.spo_relation_classifier.threshold"] = 0.0
    nlp = init_nlp(util.load_config(path, overrides=overrides))
    docs = [nlp("安宁写了《蓝》。" * n) for n in (1, 9)]
    alone, together = (doc.spans["spo_relations"].attrs["scores"] for doc in docs)
    assert len(alone) == 3 and together == pytest.approx(alone * 9, abs=1e-5)


@pytest.mark.parametrize("text", ["", " ", "\n\n", "\u200f", "\ue000", "?"])
def test_texts_without_wordpieces_get_an_answer(text, paths):
    overrides = {f"paths.{name}": value for name, value in paths.items()}
    nlp = init_nlp(util.load_config(CONFIGS[-1], overrides=overrides))
    doc = nlp(text)
    assert doc.text == text and doc._.spo_triples == []


def test_a_schema_file_is_named_in_a_config(paths, tmp_path):
    srsly.write_jsonl(tmp_path / "schema.jsonl", [{"predicate": "author", "object_type": "work"}])
    rows = {"@readers": "spacy-spo.read_schema.v1", "path": str(tmp_path / "schema.jsonl")}
    overrides = {f"paths.{name}": value for name, value in paths.items()}
    config = util.load_config(CONFIGS[-1], overrides=overrides, interpolate=True)
    config["initialize"]["components"] = {"spo_tagger": {"schema_rows": rows}}
    tagger = init_nlp(config).get_pipe("spo_tagger")
    assert tagger.labels == ("author",) and tagger.schema.types("author") == {"object": "work"}

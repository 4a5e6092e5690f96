"""The shipped configs: complete, without drift from the defaults, and they train."""

from pathlib import Path

import pytest
import spacy
from spacy import util
from spacy.language import Language
from spacy.tokens import DocBin
from spacy.training import Corpus
from spacy.training.initialize import init_nlp
from support import SENTENCES, make_doc

from spacy_spo.encoder import build_encoder, build_tokenizer, build_vocab, save_encoder

CONFIGS = sorted((Path(__file__).parent.parent / "configs").glob("*.cfg"))
PIPES = ["spo_relation_classifier", "spo_tagger"]


@pytest.fixture(scope="module")
def paths(tmp_path_factory):
    folder = tmp_path_factory.mktemp("configs")
    vocab = build_vocab([text for text, _ in SENTENCES], min_count=1)
    model = build_encoder(len(vocab), hidden_size=32, layers=1, heads=2, intermediate_size=64)
    save_encoder(model.base_model, build_tokenizer(vocab), folder / "encoder")
    nlp = spacy.blank("en")
    DocBin(docs=[make_doc(nlp, *sentence) for sentence in SENTENCES]).to_disk(folder / "c.spacy")
    corpus = str(folder / "c.spacy")
    return {"train": corpus, "dev": corpus, "encoder": str(folder / "encoder")}


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_configs_train_save_and_load(path, paths, tmp_path):
    overrides = {f"paths.{name}": value for name, value in paths.items()}
    nlp = init_nlp(util.load_config(path, overrides=overrides))
    assert nlp.pipe_names == ["transformer", *PIPES]
    examples = list(Corpus(paths["train"])(nlp))
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
        assert stated == {*Language.get_factory_meta(name).default_config, "factory"}


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_both_components_cut_the_same_segments(path):
    components = util.load_config(path, interpolate=False)["components"]
    assert components["spo_tagger"]["segments"] == "${components.spo_relation_classifier.segments}"


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_the_steps_of_the_schedule_are_those_of_the_training(path):
    training = util.load_config(path)["training"]
    assert training["score_weights"]["spo_text_f"] == 1.0
    assert training["optimizer"]["learn_rate"]["total_steps"] > training["eval_frequency"]

"""A pipeline on a transformer, trained as users do, and what its commands need."""

from pathlib import Path
from typing import Callable, List, Optional

import pytest
import spacy
from spacy.language import Language
from spacy.tokens import DocBin
from support import PIPES, SENTENCES, make_doc, run_spacy

LISTENER = {
    "@architectures": "spacy-transformers.TransformerListener.v1",
    "pooling": {"@layers": "reduce_mean.v1"},
}
CONFIG = Path(__file__).parents[2] / "configs" / "en_minilm.cfg"


@pytest.fixture(scope="session")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("corpus") / "sentences.spacy"
    nlp = spacy.blank("en")
    DocBin(docs=[make_doc(nlp, *sentence) for sentence in SENTENCES]).to_disk(path)
    return path


@pytest.fixture(scope="session")
def paths(encoder: str, corpus: Path) -> List[object]:
    """The options that a shipped config needs."""
    return ["--paths.train", corpus, "--paths.dev", corpus, "--paths.encoder", encoder]


@pytest.fixture(scope="session")
def spacy_train(paths: List[object]) -> Callable[..., Path]:
    """Run `spacy train` on a shipped config; returns where the last pipeline lies."""

    def run(folder: Path, *options: object, components: Optional[dict] = None, **training) -> Path:
        config = spacy.util.load_config(CONFIG)
        for name in PIPES:
            config["components"][name]["learn_rate_factor"] = 1.0
        config["components"].update(components or {})
        config["nlp"]["pipeline"] = list(config["components"])
        # A tiny encoder from scratch learns in few steps, if they are large.
        config["training"]["optimizer"]["learn_rate"] = 0.005
        config["training"].update({"max_epochs": 0, "max_steps": 5, **training})
        config.to_disk(folder / "config.cfg")
        run_spacy("train", folder / "config.cfg", "--output", folder, *paths, *options)
        return folder / "model-last"

    return run


@pytest.fixture(scope="session")
def model_last(spacy_train: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A pipeline that knows SENTENCES by heart. Tests must not change it."""
    return spacy_train(tmp_path_factory.mktemp("training"), max_steps=100)


@pytest.fixture
def on_transformer(model_last: Path) -> Language:
    return spacy.load(model_last)


@pytest.fixture
def build_on_transformer(encoder: str) -> Callable[..., Language]:
    """Untrained components, by their factories, that listen to one transformer."""

    def build(*factories: str) -> Language:
        nlp = spacy.blank("en")
        model = {"@architectures": "spacy-transformers.TransformerModel.v3", "name": encoder}
        nlp.add_pipe("transformer", config={"model": model})
        for factory in factories:
            nlp.add_pipe(factory, config={"model": {"tok2vec": LISTENER}})
        return nlp

    return build

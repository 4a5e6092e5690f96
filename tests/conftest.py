"""Small pipelines that the tests share."""

from copy import deepcopy
from typing import Callable

import pytest
import spacy
import torch
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from spacy.language import Language
from support import FILMS, PIPES, SENTENCES, make_examples, make_tiny_encoder, train

# Models this small lose more time to the threads than they gain.
torch.set_num_threads(1)

# Properties are tested here, not speed: on a busy machine any example may take long. Fixtures that
# examples share are folders to write to.
hypothesis_settings.register_profile(
    "untimed",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
hypothesis_settings.load_profile("untimed")


@pytest.fixture(scope="session")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> str:
    return make_tiny_encoder(tmp_path_factory.mktemp("hub") / "tiny")


@pytest.fixture
def blank() -> Language:
    return spacy.blank("en")


@pytest.fixture
def make_pipeline() -> Callable[..., Language]:
    """Both components on encoders of their own; settings by component name."""

    def build(**settings: dict) -> Language:
        nlp = spacy.blank("en")
        for name in ("spo_relation_classifier", "spo_tagger"):
            nlp.add_pipe(name, config=settings.get(name, {}))
        return nlp

    return build


@pytest.fixture
def shared_pipeline() -> Callable[..., Language]:
    """Both components listening to one encoder."""

    def build(**settings: dict) -> Language:
        nlp = spacy.blank("en")
        nlp.add_pipe(
            "tok2vec",
            config={
                "model": {
                    "@architectures": "spacy.HashEmbedCNN.v2",
                    "pretrained_vectors": None,
                    "width": 96,
                    "depth": 2,
                    "embed_size": 500,
                    "window_size": 1,
                    "maxout_pieces": 3,
                    "subword_features": True,
                }
            },
        )
        for name in ("spo_relation_classifier", "spo_tagger"):
            listener = {"@architectures": "spacy.Tok2VecListener.v1", "width": 96}
            config = {"model": {"tok2vec": listener}, **settings.get(name, {})}
            nlp.add_pipe(name, config=config)
        return nlp

    return build


@pytest.fixture(scope="session")
def trained() -> Language:
    """A pipeline that knows SENTENCES by heart. Tests must not change it."""
    nlp = spacy.blank("en")
    nlp.add_pipe("spo_relation_classifier")
    nlp.add_pipe("spo_tagger")
    train(nlp, make_examples(nlp, SENTENCES))
    return nlp


@pytest.fixture(scope="session")
def films() -> Language:
    """A pipeline that knows FILMS by heart, under the key "films". Tests must not change it."""
    nlp = spacy.blank("en")
    for name in PIPES:
        nlp.add_pipe(name, config={"spans_key": "films"})
    # Without a warning that `spacy train` would choose its model by other scores.
    nlp.config["training"]["score_weights"]["films_f"] = 1.0
    train(nlp, make_examples(nlp, FILMS, "films"))
    return nlp


@pytest.fixture
def two_models(trained: Language, films: Language) -> Language:
    """The components of both pipelines in one."""
    nlp = spacy.blank("en")
    for source, prefix in ((trained, ""), (films, "films_")):
        for name in PIPES:
            # A copy, since a sourced component takes its new name in its old pipeline, too.
            nlp.add_pipe(name, name=prefix + name, source=deepcopy(source))
    return nlp

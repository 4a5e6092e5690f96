"""Both components learn on every way that spaCy has to give them token vectors.

Two ways are tried in tests/pipeline/test_pipes.py: own CNNs, and one that both listen to.
"""

import pytest
import spacy
from support import PIPES, SENTENCES, answers, expected, found, make_examples, train

pytestmark = pytest.mark.slow

CNN = {
    "@architectures": "spacy.HashEmbedCNN.v2",
    "pretrained_vectors": None,
    "width": 64,
    "depth": 2,
    "embed_size": 500,
    "window_size": 1,
    "maxout_pieces": 3,
    "subword_features": True,
}
POOLING = {"@layers": "reduce_mean.v1"}


def tok2vec(kind, encoder):
    """The block [model.tok2vec] of a component."""
    spans = {"@span_getters": "spacy-transformers.strided_spans.v1", "window": 128, "stride": 96}
    return {
        "own CNN": CNN,
        "own transformer": {
            "@architectures": "spacy-transformers.Tok2VecTransformer.v3",
            "name": encoder,
            "get_spans": spans,
            "tokenizer_config": {"use_fast": True},
            "pooling": POOLING,
        },
        "shared CNN": {"@architectures": "spacy.Tok2VecListener.v1", "width": 64},
        "shared CNN by name": {
            "@architectures": "spacy.Tok2VecListener.v1",
            "width": 64,
            "upstream": "tok2vec",
        },
        "shared transformer": {
            "@architectures": "spacy-transformers.TransformerListener.v1",
            "pooling": POOLING,
        },
        "shared transformer by name": {
            "@architectures": "spacy-transformers.TransformerListener.v1",
            "pooling": POOLING,
            "upstream": "transformer",
        },
    }[kind]


def build(kinds, encoder):
    nlp = spacy.blank("en")
    if any(kind.startswith("shared CNN") for kind in kinds):
        nlp.add_pipe("tok2vec", config={"model": CNN})
    if any(kind.startswith("shared transformer") for kind in kinds):
        model = {"@architectures": "spacy-transformers.TransformerModel.v3", "name": encoder}
        nlp.add_pipe("transformer", config={"model": model})
    for name, kind in zip(PIPES, kinds):
        nlp.add_pipe(name, config={"model": {"tok2vec": tok2vec(kind, encoder)}})
    return nlp


@pytest.mark.parametrize(
    "classifier, tagger",
    [
        ("shared CNN by name", "shared CNN by name"),
        ("shared transformer", "shared transformer"),
        ("shared transformer by name", "shared transformer by name"),
        ("own transformer", "own transformer"),
        ("own transformer", "shared transformer"),
        ("shared transformer", "own transformer"),
        ("own CNN", "shared transformer"),
        ("shared CNN", "own transformer"),
        ("shared transformer", "shared CNN"),
    ],
)
def test_they_learn_and_are_saved(encoder, classifier, tagger, tmp_path):
    nlp = build((classifier, tagger), encoder)
    train(nlp, make_examples(nlp, SENTENCES), steps=120)
    assert found(nlp) == expected()
    nlp.to_disk(tmp_path)
    assert answers(spacy.load(tmp_path)) == answers(nlp)

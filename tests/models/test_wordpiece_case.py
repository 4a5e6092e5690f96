"""An encoder whose tokenizer folds case learns from capitals all the same."""

import numpy
import pytest
import spacy
import torch
from support import PIPES, SENTENCES, answers, found, make_examples, make_tiny_encoder, train
from thinc.api import fix_random_seed
from transformers import DistilBertConfig, DistilBertModel

from spacy_spo.models.wordpiece_case import (
    LOWER,
    MIXED,
    TITLE,
    UPPER,
    case_of,
    case_types,
    learn_case,
)

LISTENER = {
    "@architectures": "spacy-transformers.TransformerListener.v1",
    "pooling": {"@layers": "reduce_mean.v1"},
}
# Capitals alone tell the subjects.
PAIRS = [
    ("Ann Lee wrote Dune", [("Ann Lee", "author", "Dune")]),
    ("Ann lee wrote Dune", [("Ann", "author", "Dune")]),
    ("ann Lee wrote Dune", [("Lee", "author", "Dune")]),
]


@pytest.fixture(scope="module")
def folding(tmp_path_factory):
    return make_tiny_encoder(tmp_path_factory.mktemp("hub") / "folding", lower_case=True)


def build(encoder, *, use_fast=True, **settings):
    nlp = spacy.blank("en")
    block = {
        "@architectures": "spacy-spo.TransformerModel.v1",
        "name": encoder,
        "get_spans": {"@span_getters": "spacy-transformers.doc_spans.v1"},
        "tokenizer_config": {"use_fast": use_fast},
        **settings,
    }
    nlp.add_pipe("transformer", config={"model": block})
    for name in PIPES:
        nlp.add_pipe(name, config={"model": {"tok2vec": LISTENER}})
    return nlp


def initialized(encoder, **settings):
    nlp = build(encoder, **settings)
    fix_random_seed(0)
    nlp.initialize(lambda: make_examples(nlp, SENTENCES))
    return nlp


def vectors(nlp, text):
    (data,) = nlp.get_pipe("transformer").predict([nlp.make_doc(text)]).doc_data
    return data.model_output.last_hidden_state


def facts_of_pairs(nlp):
    return found(nlp, [text for text, _ in PAIRS])


@pytest.mark.parametrize(
    "piece, case",
    [
        ("", LOWER),
        ("dune", LOWER),
        ("1984", LOWER),
        ("，", LOWER),
        ("沙丘", LOWER),
        ("Dune", TITLE),
        ("A", TITLE),
        ("Éa", TITLE),
        ("NASA", UPPER),
        ("C3PO", UPPER),
        ("iPhone", MIXED),
        ("McC", MIXED),
        (" ", LOWER),
        (" Ann", TITLE),
        (" NASA", UPPER),
    ],
)
def test_case_of(piece, case):
    assert case_of(piece) == case


def test_types_by_hand():
    # Two spans, the second padded; wordpieces of a special kind have no characters.
    offsets = numpy.asarray([[(0, 0), (0, 2), (2, 6), (0, 0)], [(0, 0), (0, 4), (0, 0), (0, 0)]])
    types = case_types(["McAnn", "nasa"], offsets)
    assert types.tolist() == [[LOWER, TITLE, TITLE, LOWER], [LOWER] * 4]
    assert case_types([], numpy.zeros((0, 0, 2))).shape == (0, 0)


def test_a_pretrained_encoder_is_unchanged_at_first(folding):
    plain, marked = initialized(folding), initialized(folding, mark_case=True)
    for text in ("Ann Lee wrote Dune", "ANN LEE WROTE DUNE"):
        numpy.testing.assert_array_equal(vectors(plain, text), vectors(marked, text))


@pytest.mark.slow
def test_it_learns_what_only_capitals_tell(folding, tmp_path):
    nlp = build(folding, mark_case=True)
    train(nlp, make_examples(nlp, PAIRS), steps=120)
    assert facts_of_pairs(nlp) == [facts for _, facts in PAIRS]
    nlp.to_disk(tmp_path / "shared")
    assert facts_of_pairs(spacy.load(tmp_path / "shared")) == facts_of_pairs(nlp)


@pytest.mark.slow
@pytest.mark.parametrize("name", PIPES)
def test_a_copy_of_the_encoder_sees_capitals_too(folding, tmp_path, name):
    nlp = build(folding, mark_case=True)
    train(nlp, make_examples(nlp, PAIRS), steps=120)
    texts = [text for text, _ in PAIRS]
    before = answers(nlp, texts)
    nlp.replace_listeners("transformer", name, ["model.tok2vec"])
    nlp.to_disk(tmp_path)
    assert answers(nlp, texts) == answers(spacy.load(tmp_path), texts) == before


def test_a_copy_of_a_copy_is_the_encoder_still(folding):
    nlp = initialized(folding, mark_case=True)
    model = nlp.get_pipe("transformer").model
    copied = model.copy().copy()
    docs = [nlp.make_doc(text) for text, _ in PAIRS]
    assert copied.get_dim("nO") == model.get_dim("nO")
    assert copied.attrs["mark_case"]
    for encoder in (model, copied):
        # As training leaves it: the cases differ.
        encoder.transformer.embeddings.token_type_embeddings.weight.data[TITLE] += 1.0
    states = [encoder.predict(docs).model_output.last_hidden_state for encoder in (model, copied)]
    assert torch.equal(*map(torch.as_tensor, states))


@pytest.mark.slow
def test_without_it_capitals_make_no_difference(folding):
    nlp = build(folding)
    train(nlp, make_examples(nlp, PAIRS), steps=20)
    texts = [text for text, _ in PAIRS]
    for text in texts[1:]:
        numpy.testing.assert_array_equal(vectors(nlp, texts[0]), vectors(nlp, text))


@pytest.mark.slow
@pytest.mark.parametrize("mark_case", [True, False])
def test_a_trained_encoder_keeps_what_it_was_trained_with(folding, tmp_path, mark_case):
    nlp = build(folding, mark_case=mark_case)
    train(nlp, make_examples(nlp, PAIRS), steps=5)
    nlp.to_disk(tmp_path)
    other = spacy.load(tmp_path, config={"components.transformer.model.mark_case": not mark_case})
    for text, _ in PAIRS:
        numpy.testing.assert_array_equal(vectors(nlp, text), vectors(other, text))


def test_a_slow_tokenizer_is_refused(folding):
    with pytest.raises(ValueError, match="use_fast = true"):
        initialized(folding, use_fast=False, mark_case=True)


def test_an_encoder_without_token_types_is_refused():
    encoder = DistilBertModel(DistilBertConfig(dim=8, n_heads=2, hidden_dim=8, n_layers=1))
    with pytest.raises(ValueError, match="needs an encoder with token types"):
        learn_case(encoder)

"""Threads that share a pipeline get the answers of one thread, to the last digit."""

import random
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import spacy
from support import PIPES, SENTENCES, TEXTS, make_examples, train

from spacy_spo.models.torch_layer import torch_module

LONG = " and ".join(TEXTS)
PRECISIONS = ["float32", "bfloat16", "int8"]


@pytest.fixture(scope="module")
def paths(encoder, tmp_path_factory):
    """Pipelines trained with dropout, saved: on encoders of their own, and on a transformer."""
    folder = tmp_path_factory.mktemp("trained")
    own, shared = spacy.blank("en"), spacy.blank("en")
    shared.add_pipe(
        "transformer",
        config={
            "model": {
                "@architectures": "spacy-spo.TransformerModel.v1",
                "name": encoder,
                "get_spans": {"@span_getters": "spacy-transformers.doc_spans.v1"},
            }
        },
    )
    listener = {
        "@architectures": "spacy-transformers.TransformerListener.v1",
        "pooling": {"@layers": "reduce_mean.v1"},
    }
    for name in PIPES:
        own.add_pipe(name)
        shared.add_pipe(name, config={"model": {"tok2vec": listener}})
    for name, nlp in (("own", own), ("shared", shared)):
        train(nlp, make_examples(nlp, SENTENCES), steps=60)
        nlp.update(make_examples(nlp, SENTENCES), drop=0.5, sgd=nlp.resume_training())
        nlp.to_disk(folder / name)
    return folder


def load(paths, precision):
    if precision is None:
        return spacy.load(paths / "own")
    config = {"components.transformer.model.precision": precision}
    return spacy.load(paths / "shared", config=config)


def answer(nlp, text):
    doc = nlp(text)
    return [(str(t), t.score) for t in doc._.spo_triples], doc._.spo_relations


def torch_modules(nlp):
    """The modules of heads and encoder."""
    heads = [torch_module(node) for p in PIPES for node in nlp.get_pipe(p).model.layers[1:]]
    encoders = (
        [nlp.get_pipe("transformer").model.transformer] if "transformer" in nlp.pipe_names else []
    )
    return [layer for module in heads + encoders for layer in module.modules()]


@pytest.mark.parametrize("precision", [None, *PRECISIONS])
def test_eight_threads_get_the_answers_of_one(paths, precision):
    nlp, texts = load(paths, precision), [*TEXTS, LONG]
    expected = [answer(nlp, text) for text in texts]
    assert any(triples for triples, _ in expected)
    calls = random.Random(0).choices(range(len(texts)), k=400)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda i: answer(nlp, texts[i]), calls))
    assert answers == [expected[i] for i in calls]


@pytest.mark.parametrize("precision", [None, "float32"])
def test_a_call_within_the_pass_of_another_changes_nothing(paths, precision):
    nlp, calls = load(paths, precision), []
    expected, modules = answer(nlp, LONG), torch_modules(nlp)

    def call_from_another_thread(*_):
        if threading.current_thread() is threading.main_thread():
            calls.append(other.submit(nlp, TEXTS[0]).result())

    with ThreadPoolExecutor(1) as other:
        for module in modules:
            module.register_forward_pre_hook(call_from_another_thread)
        assert answer(nlp, LONG) == expected
    assert len(calls) >= len(PIPES)
    assert not any(module.training for module in modules)


def test_training_has_dropout_and_inference_after_it_has_none(paths):
    nlp, rates = load(paths, "float32"), []
    module = torch_module(nlp.get_pipe("spo_tagger").model.layers[1])
    module.register_forward_pre_hook(lambda module, _: rates.append(module.training))
    nlp.update(make_examples(nlp, SENTENCES), drop=0.5, sgd=nlp.resume_training())
    assert rates and all(rates)
    before = answer(nlp, LONG)
    assert answer(nlp, LONG) == before

"""What the [training] block of a config can do with the components."""

import logging
import shutil

import numpy
import pytest
import spacy
from spacy.tokens import DocBin, Span
from support import (
    PIPES,
    SENTENCES,
    answers,
    count_forwards,
    expected,
    found,
    make_doc,
    make_examples,
    train,
)

from spacy_spo.models.torch_layer import torch_module

pytestmark = pytest.mark.slow

CLASSIFIER, TAGGER = PIPES
ALL = ["transformer", *PIPES]
NEW = [
    ("Bob killed Ann", [("Bob", "killer", "Ann")]),
    ("Ann killed Bob", [("Ann", "killer", "Bob")]),
]


def weights(nlp):
    """All parameters of each component, those of thinc and those of torch."""
    return {name: numpy.concatenate(list(arrays(nlp.get_pipe(name).model))) for name in ALL}


def arrays(model):
    for node in model.walk():
        yield from (node.get_param(name).ravel() for name in node.param_names)
        if node.shims:
            yield from (p.detach().numpy().ravel() for p in torch_module(node).parameters())


def changed(before, after):
    return [name for name in ALL if not numpy.array_equal(before[name], after[name])]


def sources(path, *names, **settings):
    return {name: {"source": str(path), **settings} for name in names}


def test_training_goes_on_from_model_last(spacy_train, model_last, tmp_path):
    """From a copy, and without the folder of the encoder."""
    first = shutil.copytree(model_last, tmp_path / "first")
    options = ["--paths.encoder", "gone", "--training.optimizer.learn_rate", 0.0005]
    nlp = spacy.load(spacy_train(tmp_path, *options, components=sources(first, *ALL)))
    assert found(nlp) == expected()
    assert changed(weights(spacy.load(model_last)), weights(nlp)) == ALL


def on_corpus(path, sentences):
    """The options for training and evaluation on these sentences."""
    nlp = spacy.blank("en")
    DocBin(docs=[make_doc(nlp, *sentence) for sentence in sentences]).to_disk(path)
    return ["--paths.train", path, "--paths.dev", path]


def reports(recwarn):
    """Of each component, the corpora of which it reports the new predicate."""
    messages = [str(w.message) for w in recwarn.list if "['killer'] (1 in all)" in str(w.message)]
    return {
        name: sorted(
            m.split(" have ")[0].split(" of ")[1] for m in messages if m.startswith(f"'{name}'")
        )
        for name in PIPES
    }


@pytest.mark.parametrize("stream", [False, True])
def test_a_new_predicate_is_reported_where_it_cannot_be_learned(
    spacy_train, model_last, tmp_path, recwarn, stream
):
    """In training further, and if it comes later in a stream than initialize looks."""
    settings = {"max_epochs": -1} if stream else {"components": sources(model_last, *ALL)}
    options = on_corpus(tmp_path / "more.spacy", [*SENTENCES * 21, *NEW])
    nlp = spacy.load(spacy_train(tmp_path, *options, max_steps=10, **settings))
    assert nlp.get_pipe(TAGGER).labels == ("author", "maker", "spouse")
    assert reports(recwarn) == {name: ["a training batch", "evaluation"] for name in PIPES}


def test_new_predicates_are_learned_by_new_heads_on_the_trained_encoder(
    spacy_train, model_last, tmp_path, recwarn
):
    components = sources(model_last, "transformer")
    options = [*on_corpus(tmp_path / "more.spacy", SENTENCES + NEW), "--paths.encoder", "gone"]
    nlp = spacy.load(spacy_train(tmp_path, *options, components=components, max_steps=100))
    assert reports(recwarn) == {name: [] for name in PIPES}
    texts = [text for text, _ in SENTENCES + NEW]
    assert found(nlp, texts) == [*expected(), *(facts for _, facts in NEW)]


@pytest.mark.parametrize(
    "frozen, annotating",
    [
        (["transformer", CLASSIFIER], ["transformer"]),
        (["transformer", TAGGER], ["transformer"]),
        (["transformer"], ["transformer"]),
        ([CLASSIFIER], []),
    ],
)
def test_frozen_components_stay_as_they_are(spacy_train, model_last, tmp_path, frozen, annotating):
    nlp = spacy.load(
        spacy_train(
            tmp_path,
            components=sources(model_last, *ALL),
            frozen_components=frozen,
            annotating_components=annotating,
        )
    )
    before = weights(spacy.load(model_last))
    assert changed(before, weights(nlp)) == [name for name in ALL if name not in frozen]


def test_a_frozen_last_listener_starves_the_encoder_and_spacy_says_so(
    spacy_train, model_last, tmp_path, caplog, monkeypatch
):
    monkeypatch.setattr(logging.getLogger("spacy"), "propagate", True)
    path = spacy_train(tmp_path, components=sources(model_last, *ALL), frozen_components=[TAGGER])
    assert "W087" in caplog.text and TAGGER in caplog.text
    assert changed(weights(spacy.load(model_last)), weights(spacy.load(path))) == [CLASSIFIER]


def test_a_frozen_component_with_an_encoder_of_its_own(spacy_train, model_last, tmp_path):
    """The way to freeze one and train the other: its answers stay, to the last digit."""
    frozen = sources(model_last, CLASSIFIER, replace_listeners=["model.tok2vec"])
    components = {**sources(model_last, "transformer"), **frozen, **sources(model_last, TAGGER)}
    nlp = spacy.load(
        spacy_train(
            tmp_path,
            components=components,
            frozen_components=[CLASSIFIER],
            annotating_components=[CLASSIFIER],
        )
    )
    before = spacy.load(model_last)
    assert [found for _, found in answers(nlp)] == [found for _, found in answers(before)]
    assert nlp.get_pipe("transformer").listening_components == [TAGGER]
    assert changed(weights(before), weights(nlp)) == ["transformer", CLASSIFIER, TAGGER]


def predicates_of_update(nlp, **options):
    """The predicates that the tagger is trained on in one update, for each sentence."""
    tagger = nlp.get_pipe(TAGGER)
    seen = []
    training_queries = tagger._training_queries

    def record(i, example):
        queries = training_queries(i, example)
        seen.append([query.predicate for query in queries])
        return queries

    tagger._training_queries = record
    nlp.update(make_examples(nlp, SENTENCES), sgd=False, **options)
    return seen


def test_an_annotating_classifier_gives_the_tagger_its_mistakes(on_transformer):
    gold = [sorted({p for _, p, _ in facts}) for _, facts in SENTENCES]
    frozen = {"exclude": ["transformer", CLASSIFIER]}
    # Two negatives, drawn at random; a classifier that makes no mistake offers none.
    with_negatives = [min(3, len(predicates) + 2) for predicates in gold]
    queries = predicates_of_update(on_transformer, **frozen, annotates=["transformer"])
    assert [len(predicates) for predicates in queries] == with_negatives
    annotating = ["transformer", CLASSIFIER]
    queries = predicates_of_update(on_transformer, **frozen, annotates=annotating)
    assert [sorted(predicates) for predicates in queries] == gold
    on_transformer.get_pipe(CLASSIFIER).threshold = 0.0
    queries = predicates_of_update(on_transformer, **frozen, annotates=annotating)
    assert [len(predicates) for predicates in queries] == with_negatives


@pytest.mark.parametrize("annotates", [[], ["transformer", CLASSIFIER]])
def test_a_classifier_that_learns_gives_the_tagger_hard_negatives(
    on_transformer, annotates, monkeypatch
):
    """Whether it annotates or not: none are drawn at random or from its predictions."""
    monkeypatch.delattr("random.sample")
    predicates = predicates_of_update(on_transformer, annotates=annotates)
    assert [len(of_text) for of_text in predicates] == [3, 3, 3, 3, 2]


def test_a_classifier_that_annotates_needs_an_encoder_that_does(on_transformer):
    examples = make_examples(on_transformer, SENTENCES)
    with pytest.raises(ValueError, match="annotating_components of a training without it"):
        on_transformer.update(examples, annotates=[CLASSIFIER])


def test_a_frozen_encoder_has_to_annotate(on_transformer):
    examples = make_examples(on_transformer, SENTENCES)
    with pytest.raises(ValueError, match="E203"):
        on_transformer.update(examples, exclude=["transformer"])


def add_entities_and_categories(example):
    reference = example.reference
    names = [span for span in reference.spans["spo"] if span.text in ("Ann Lee", "Ann", "Bob")]
    reference.ents = [
        Span(reference, *place, "PERSON") for place in {(s.start, s.end) for s in names}
    ]
    reference.cats = {"marriage": float("married" in reference.text)}


def test_other_listeners_on_the_same_transformer(build_on_transformer):
    """Entities, categories and triples, with one pass of the encoder, before and after ours."""
    nlp = build_on_transformer("ner", *PIPES, "textcat_multilabel")
    examples = make_examples(nlp, SENTENCES)
    for example in examples:
        add_entities_and_categories(example)
    train(nlp, examples)
    assert nlp.get_pipe("transformer").listening_components == nlp.pipe_names[1:]
    scores = nlp.evaluate(examples)
    assert scores["spo_offset_f"] == scores["ents_f"] == scores["cats_micro_f"] == 1.0
    passes = count_forwards(nlp, "transformer")
    list(nlp.pipe(text for text, _ in SENTENCES))
    nlp.update(examples)
    assert passes == [False, True]

"""What both components share with spaCy's own pipes."""

import warnings
from copy import deepcopy

import numpy
import pytest
import spacy
from spacy.tokens import Doc, DocBin
from spacy.training import Example
from support import (
    PIPES,
    SENTENCES,
    TEXTS,
    answers,
    count_forwards,
    expected,
    facts,
    found,
    make_doc,
    make_examples,
    relations,
    train,
)
from thinc.api import fix_random_seed

from spacy_spo.models.compat_thinc import get_forward, set_forward
from spacy_spo.models.torch_head import HeadModel
from spacy_spo.models.torch_layer import torch_module
from spacy_spo.triples import TRIPLES_KEY, relations_key


def test_overfitting(trained):
    assert found(trained) == expected()
    scores = trained.evaluate(make_examples(trained, SENTENCES))
    assert scores["spo_f"] == scores["spo_offset_f"] == scores["rel_f"] == 1.0


@pytest.mark.slow
def test_overfitting_on_a_shared_encoder(shared_pipeline):
    nlp = shared_pipeline()
    train(nlp, make_examples(nlp, SENTENCES))
    assert found(nlp) == expected()


def test_outputs_survive_disk_bytes_and_deep_bytes(trained, tmp_path):
    trained.to_disk(tmp_path)
    from_disk = spacy.load(tmp_path)
    blank = spacy.blank("en", config={}).from_config(trained.config)
    from_bytes = blank.from_bytes(trained.to_bytes())
    assert answers(from_disk) == answers(from_bytes) == answers(trained)


def test_a_loaded_pipeline_can_be_trained_on(trained, tmp_path):
    trained.to_disk(tmp_path)
    nlp = spacy.load(tmp_path)
    optimizer = nlp.resume_training()
    losses = [
        sum(nlp.update(make_examples(nlp, SENTENCES), sgd=optimizer).values()) for _ in range(3)
    ]
    assert numpy.isfinite(losses).all() and found(nlp) == expected()


def test_pipe_equals_call_and_batch_equals_single(trained):
    texts = [*TEXTS, "", " "]
    one_by_one = [(facts(doc), relations(doc)) for doc in map(trained, texts)]
    for batch_size in (1, 3, 100):
        docs = trained.pipe(texts, batch_size=batch_size)
        assert [(facts(doc), relations(doc)) for doc in docs] == one_by_one


def test_scores_of_a_batch_equal_those_of_single_docs(trained, monkeypatch):
    docs = [trained.make_doc(text) for text in TEXTS]
    classifier, tagger = map(trained.get_pipe, PIPES)
    apart = numpy.concatenate([classifier.predict([doc]).logits for doc in docs])
    assert classifier.predict(docs).logits == pytest.approx(apart, abs=1e-4)
    for doc in docs:
        classifier(doc)
    monkeypatch.setattr(tagger, "boundary_threshold", 0.01)  # more triples to compare
    together = {
        (query.doc_index, query.predicate, query.score): triples
        for query, triples in tagger.predict(docs)
    }
    assert sum(map(len, together.values())) > len(together) > 0
    for i, doc in enumerate(docs):
        for query, triples in tagger.predict([doc]):
            batched = together[i, query.predicate, query.score]
            assert [t.spans for t in triples] == [t.spans for t in batched]
            assert [t.score for t in triples] == pytest.approx([t.score for t in batched], abs=1e-4)


def test_an_empty_batch_and_empty_docs(trained):
    assert list(trained.pipe([])) == []
    assert [facts(doc) for doc in trained.pipe(["", ""])] == [[], []]
    for name in PIPES:
        assert trained.get_pipe(name).update([]) == {name: 0.0}


@pytest.mark.slow
def test_ten_thousand_tokens(trained):
    text = " . ".join(["Ann Lee wrote Dune and Bob made Tron"] * 1100)
    doc = trained(text)
    assert len(doc) > 9_000
    triples = doc._.spo_triples
    assert len(set(triples)) == len(triples) and max(t.object.end for t in triples) > 9_000


@pytest.mark.parametrize("name", PIPES)
def test_update_of_empty_docs_does_nothing(make_pipeline, name):
    nlp = make_pipeline()
    nlp.initialize(lambda: make_examples(nlp, SENTENCES))
    before = nlp.get_pipe(name).model.to_bytes()
    example = Example(Doc(nlp.vocab), make_doc(nlp, "", []))
    assert nlp.get_pipe(name).update([example], sgd=nlp.create_optimizer()) == {name: 0.0}
    assert nlp.get_pipe(name).model.to_bytes() == before


@pytest.mark.parametrize("name", PIPES)
def test_a_component_without_labels_predicts_nothing(make_pipeline, name):
    nlp = make_pipeline()
    with pytest.raises(ValueError, match="E143"):
        nlp.get_pipe(name).predict([nlp.make_doc("a")])


@pytest.mark.parametrize("name", PIPES)
def test_labels_come_from_the_examples_or_explicitly(make_pipeline, name):
    nlp = make_pipeline()
    nlp.initialize(lambda: make_examples(nlp, SENTENCES))
    assert nlp.get_pipe(name).labels == ("author", "maker", "spouse")
    again = make_pipeline()
    data = nlp.get_pipe(name).label_data
    again.get_pipe(name).initialize(lambda: make_examples(nlp, SENTENCES[:1]), labels=["x", *data])
    assert again.get_pipe(name).labels == ("x", *data)


@pytest.mark.parametrize("name", PIPES)
def test_add_label(make_pipeline, name):
    nlp = make_pipeline()
    pipe = nlp.get_pipe(name)
    assert (pipe.add_label("author"), pipe.add_label("author")) == (1, 0)
    with pytest.raises(ValueError, match="E187"):
        pipe.add_label(3)
    nlp.initialize(lambda: make_examples(nlp, SENTENCES))
    assert pipe.labels[0] == "author" and pipe.add_label("author") == 0
    with pytest.raises(ValueError, match="initialized with"):
        pipe.add_label("late")


def test_initialize_refuses_what_is_not_a_function_of_examples(make_pipeline):
    for name in PIPES:
        pipe = make_pipeline().get_pipe(name)
        with pytest.raises((ValueError, TypeError)):
            pipe.initialize(lambda: [])
        with pytest.raises((ValueError, TypeError)):
            pipe.initialize([])


@pytest.mark.slow
def test_the_same_seed_gives_the_same_weights(make_pipeline):
    weights = []
    for seed in (0, 0, 1):
        nlp = make_pipeline()
        train(nlp, make_examples(nlp, SENTENCES), steps=4, seed=seed)
        weights.append([nlp.get_pipe(name).model.to_bytes() for name in PIPES])
    assert weights[0] == weights[1] != weights[2]


@pytest.mark.slow
def test_the_loss_falls_and_stays_positive(make_pipeline):
    nlp = make_pipeline()
    losses = train(nlp, make_examples(nlp, SENTENCES), steps=20)
    assert min(losses) > 0 and losses[-1] < losses[0] / 2


def encoder_gradients(nlp, examples):
    """The gradients that arrive at the shared encoder, without a step."""
    nlp.update(examples, sgd=None)
    model = nlp.get_pipe("tok2vec").model
    return [node.get_grad(name) for node in model.walk() for name in node.grad_names]


def total(gradients):
    return sum(float(abs(g).sum()) for g in gradients)


def test_the_gradient_reaches_the_encoder_for_a_batch_without_rows(shared_pipeline):
    nlp = shared_pipeline(spo_tagger={"negatives": 0})
    nlp.initialize(lambda: make_examples(nlp, SENTENCES))
    # No gold predicate and no negatives: the tagger, the last listener, has no row at all.
    gradients = encoder_gradients(nlp, make_examples(nlp, [("nobody wrote anything", [])]))
    assert total(gradients) > 0


@pytest.mark.parametrize("name", [*PIPES, None])
def test_an_update_leaves_the_docs_of_its_caller_as_they_were(trained, name):
    """Of one component, and of the pipeline: hard negatives are no predictions."""
    nlp = deepcopy(trained)
    nlp.get_pipe(PIPES[0]).threshold = 0.99  # so that predictions are few
    plain = make_examples(nlp, SENTENCES)
    predicted = [Example(nlp(text), eg.reference) for (text, _), eg in zip(SENTENCES, plain)]
    for examples in (plain, predicted):
        before = [contents(doc) for eg in examples for doc in (eg.predicted, eg.reference)]
        update = nlp.update if name is None else nlp.get_pipe(name).update
        for _ in range(2):
            update(examples)
        assert [contents(d) for eg in examples for d in (eg.predicted, eg.reference)] == before
    assert all(set(eg.predicted.spans) == {TRIPLES_KEY, relations_key()} for eg in predicted)


def contents(doc):
    """All that components write to a Doc."""
    groups = {key: (list(group), group.attrs) for key, group in doc.spans.items()}
    return groups, doc._.spo_relations, doc._.spo_triples, doc.user_data


def test_what_is_not_annotated_gives_no_gradient(shared_pipeline):
    nlp = shared_pipeline()
    nlp.initialize(lambda: make_examples(nlp, SENTENCES))
    losses = nlp.update(make_examples(nlp, [("Ann wrote Dune", None)]), sgd=None)
    assert losses["spo_relation_classifier"] == losses["spo_tagger"] == 0.0
    assert total(encoder_gradients(nlp, make_examples(nlp, [("Ann wrote Dune", None)]))) == 0.0


def test_missing_encoder_output_is_an_error_not_nonsense(shared_pipeline):
    nlp = shared_pipeline()
    nlp.initialize(lambda: make_examples(nlp, SENTENCES))
    with (
        nlp.select_pipes(disable=["tok2vec"]),
        pytest.raises(ValueError, match="token vectors are zero"),
    ):
        nlp("Ann wrote Dune")


def change_vectors(nlp, value):
    """From now on, the encoder gives this value for all tokens but the first two."""
    encoder = nlp.get_pipe("tok2vec").model
    forward = get_forward(encoder)

    def change(model, docs, is_train):
        vectors, backprop = forward(model, docs, is_train)
        for array in vectors:
            array[2:] = value
        return vectors, backprop

    set_forward(encoder, change)


def test_text_that_the_encoder_cut_off_warns(shared_pipeline):
    nlp = shared_pipeline()
    nlp.initialize(lambda: make_examples(nlp, SENTENCES))
    change_vectors(nlp, 0)
    with pytest.warns(UserWarning, match="for 1 tokens, the first of them 'Dune' at character 10"):
        nlp("Ann wrote Dune")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        nlp("Ann wrote !")


def test_training_warns_once_of_text_that_the_encoder_cut_off(shared_pipeline):
    nlp = shared_pipeline()
    nlp.initialize(lambda: make_examples(nlp, SENTENCES))
    change_vectors(nlp, 0)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for _ in range(3):
            nlp.update(make_examples(nlp, [("Ann wrote Dune !", [("Ann", "author", "Dune")])]))
    messages = [str(w.message) for w in caught]
    assert len(messages) == len(PIPES) and len(set(messages)) == 1
    assert "for 1 tokens, the first of them 'Dune'" in messages[0]


def test_rehearsing_changes_nothing(trained):
    nlp = deepcopy(trained)
    before = [nlp.get_pipe(name).model.to_bytes() for name in PIPES]
    assert nlp.rehearse(make_examples(nlp, SENTENCES), sgd=nlp.resume_training()) == {}
    assert [nlp.get_pipe(name).model.to_bytes() for name in PIPES] == before


@pytest.mark.parametrize("value", [numpy.nan, numpy.inf])
def test_vectors_that_are_no_numbers_end_training(shared_pipeline, value):
    nlp = shared_pipeline()
    nlp.initialize(lambda: make_examples(nlp, SENTENCES))
    change_vectors(nlp, value)
    with pytest.raises(ValueError, match=r"loss of .* is nan in a batch of 5 .*learn rate"):
        nlp.update(make_examples(nlp, SENTENCES))


@pytest.mark.parametrize("name", PIPES)
def test_a_diverged_loss_names_its_component_and_changes_no_weight(make_pipeline, name):
    nlp = make_pipeline()
    nlp.initialize(lambda: make_examples(nlp, SENTENCES))
    pipe = nlp.get_pipe(name)
    before, loss = pipe.model.to_bytes(), pipe.loss
    pipe.loss = lambda *arrays: (float("inf"), loss(*arrays)[1])
    with pytest.raises(ValueError, match=f"loss of '{name}' is inf"):
        pipe.update(make_examples(nlp, SENTENCES), sgd=nlp.create_optimizer())
    assert pipe.model.to_bytes() == before


def test_the_encoder_runs_once_a_batch_however_many_predicates(shared_pipeline):
    nlp = shared_pipeline(spo_relation_classifier={"threshold": 0.0})
    nlp.initialize(lambda: make_examples(nlp, SENTENCES))
    calls = count_forwards(nlp, "tok2vec")
    doc = nlp("Ann wrote Dune")
    assert len(doc._.spo_relations) == 3 and calls == [False]
    nlp.update(make_examples(nlp, SENTENCES), sgd=None)
    assert calls == [False, True]


@pytest.mark.slow
def test_each_component_steps_its_head_at_its_own_rate(make_pipeline):
    def step(**settings):
        nlp = make_pipeline(**dict.fromkeys(PIPES, settings))
        examples = make_examples(nlp, SENTENCES)
        train(nlp, examples, steps=1)
        return {name: nlp.get_pipe(name).model for name in PIPES}

    slow, fast = step(learn_rate_factor=1.0), step(learn_rate_factor=4.0)
    for name in PIPES:
        assert head_weights(slow[name]) != pytest.approx(head_weights(fast[name]))
        # The encoder that a component owns keeps the optimizer's rate.
        for weights, others in zip(encoder_weights(slow[name]), encoder_weights(fast[name])):
            assert weights == pytest.approx(others)


def head_weights(model: HeadModel):
    parameters = [p for layer in model.layers[1:] for p in torch_module(layer).parameters()]
    return numpy.concatenate([p.detach().numpy().ravel() for p in parameters])


def encoder_weights(model: HeadModel):
    encoder = model.get_ref("tok2vec")
    return [node.get_param(name) for node in encoder.walk() for name in node.param_names]


def test_the_optimizer_keeps_its_rate(make_pipeline):
    nlp = make_pipeline(spo_tagger={"learn_rate_factor": 3.0})
    examples = make_examples(nlp, SENTENCES)
    optimizer = nlp.initialize(lambda: examples)
    optimizer.learn_rate = 0.25
    nlp.get_pipe("spo_tagger").update(examples, sgd=optimizer)
    assert optimizer.learn_rate == 0.25


def test_dropout_reaches_the_torch_modules(make_pipeline):
    nlp = make_pipeline()
    examples = make_examples(nlp, SENTENCES)
    nlp.initialize(lambda: examples)
    for name in PIPES:
        pipe = nlp.get_pipe(name)
        without = [pipe.update(examples, drop=0.0)[name] for _ in range(2)]
        assert without[0] == pytest.approx(without[1])
        assert pipe.update(examples, drop=0.5)[name] != pytest.approx(without[0])


def test_settings_are_overridden_at_load(trained, tmp_path):
    trained.to_disk(tmp_path)
    config = {
        "components": {
            "spo_relation_classifier": {"threshold": 0.9},
            "spo_tagger": {"pair_threshold": 0.8},
        }
    }
    nlp = spacy.load(tmp_path, config=config)
    assert nlp.get_pipe("spo_relation_classifier").threshold == 0.9
    assert nlp.get_pipe("spo_tagger").pair_threshold == 0.8


def test_labels_that_would_break_a_config_are_saved_and_loaded(make_pipeline, tmp_path):
    label = "a.b = [x]: #1 @y \"q\" 'z'"
    nlp = make_pipeline(spo_relation_classifier={"label_thresholds": [[label, 0.1]]})
    train(nlp, make_examples(nlp, [("Ann wrote Dune", [("Ann", label, "Dune")])]), steps=5)
    nlp.to_disk(tmp_path)
    assert spacy.load(tmp_path).get_pipe("spo_tagger").labels == (label,)


def test_triples_are_written_to_a_corpus_and_back(trained, tmp_path):
    DocBin(docs=trained.pipe(TEXTS)).to_disk(tmp_path / "out.spacy")
    docs = DocBin().from_disk(tmp_path / "out.spacy").get_docs(trained.vocab)
    assert [facts(doc) for doc in docs] == [facts(doc) for doc in trained.pipe(TEXTS)]


def test_wrong_settings_are_refused_by_the_config(blank):
    from confection import ConfigValidationError

    for name, config in [
        ("spo_relation_classifier", {"threshold": "high"}),
        ("spo_relation_classifier", {"treshold": 0.5}),
        ("spo_tagger", {"max_rows": "many"}),
        ("spo_tagger", {"unknown": 1}),
    ]:
        with pytest.raises(ConfigValidationError):
            blank.add_pipe(name, config=config)


@pytest.mark.parametrize(
    "name, config, message",
    [
        ("spo_relation_classifier", {"threshold": 1.5}, "is 1.5"),
        ("spo_relation_classifier", {"label_thresholds": [["a", -1.0]]}, ": .'a', -1.0.."),
        ("spo_relation_classifier", {"label_thresholds": [[0.5, "a"]]}, ": .0.5, 'a'.."),
        ("spo_relation_classifier", {"label_thresholds": [["a"]]}, ": .'a'.."),
        ("spo_relation_classifier", {"label_thresholds": [["a", 0.1], ["a", 0.2]]}, "two pairs"),
        ("spo_relation_classifier", {"learn_rate_factor": 0.0}, "is 0.0: not a number above"),
        ("spo_tagger", {"boundary_threshold": 2.0}, "boundary_threshold .* is 2.0"),
        ("spo_tagger", {"pair_threshold": -0.5}, "pair_threshold .* is -0.5"),
        (
            "spo_relation_classifier",
            {"temperature": -1.0},
            "temperature .* is -1.0: not a num",
        ),
        ("spo_tagger", {"temperature": 0.0}, "temperature .* is 0.0: not a number above"),
        ("spo_tagger", {"max_rows": 0}, "max_rows .* is 0: .* at least 1"),
        ("spo_tagger", {"negatives": -1}, "negatives .* is -1: .* at least 0"),
    ],
)
def test_settings_out_of_range_are_refused_with_their_value(blank, name, config, message):
    with pytest.raises(ValueError, match=message):
        blank.add_pipe(name, config=config)


@pytest.mark.slow
@pytest.mark.parametrize("max_rows", [1, 2])
def test_the_gradient_does_not_depend_on_how_rows_are_batched(shared_pipeline, max_rows):
    gradients = []
    for rows in (64, max_rows):
        fix_random_seed(0)
        nlp = shared_pipeline(spo_tagger={"max_rows": rows})
        examples = make_examples(nlp, SENTENCES)
        nlp.initialize(examples.copy)
        gradients.append(encoder_gradients(nlp, examples))
    assert total(gradients[0]) > 0
    for of_all_rows, of_few in zip(*gradients):
        assert of_all_rows == pytest.approx(of_few, abs=1e-4)


def test_initialize_passes_over_empty_docs(shared_pipeline):
    nlp = shared_pipeline()
    nlp.initialize(lambda: make_examples(nlp, [("", []), *SENTENCES]))
    assert nlp("Ann wrote Dune")._.spo_triples == []


def test_both_components_must_cut_the_same_segments(make_pipeline):
    segments = {"@misc": "spacy-spo.window_segments.v1", "size": 4, "overlap": 1}
    nlp = make_pipeline(spo_relation_classifier={"segments": segments})
    nlp.initialize(lambda: make_examples(nlp, SENTENCES))
    with pytest.raises(ValueError, match="same `segments`"):
        nlp.update(make_examples(nlp, SENTENCES))


def test_a_threshold_of_an_unknown_predicate_is_an_error(make_pipeline):
    nlp = make_pipeline(spo_relation_classifier={"label_thresholds": [["auhtor", 0.4]]})
    with pytest.raises(ValueError, match="auhtor"):
        nlp.initialize(lambda: make_examples(nlp, SENTENCES))

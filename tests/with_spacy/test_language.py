"""The calls of spaCy's `Language`, on pipelines with both components."""

import pickle
from copy import deepcopy

import pytest
import spacy
from spacy.tokens import Doc, Span, SpanGroup
from spacy.tokens.underscore import Underscore
from support import (
    PIPES,
    SENTENCES,
    TEXTS,
    answers,
    expected,
    facts,
    found,
    make_examples,
    make_tiny_encoder,
    relations,
    train,
)

from spacy_spo.evaluation.scorers import score_triples
from spacy_spo.losses import AsymmetricLoss
from spacy_spo.triples import get_relations, get_triples, relations_key

pytestmark = pytest.mark.slow

CLASSIFIER, TAGGER = PIPES
ALL = ["transformer", *PIPES]


def source(nlp, path, *names):
    """Add components of the pipeline at a path to this one."""
    other = spacy.load(path)
    for name in names:
        nlp.add_pipe(name, source=other)
    return nlp


@pytest.mark.parametrize("copy", [deepcopy, lambda nlp: pickle.loads(pickle.dumps(nlp))])
def test_copies_answer_alike_and_are_copies(on_transformer, copy):
    before = answers(on_transformer)
    copied = copy(on_transformer)
    assert answers(copied) == before
    train(copied, make_examples(copied, SENTENCES), steps=3)
    assert answers(copied) != before == answers(on_transformer)


def test_what_was_pickled_before_initialize_is_initialized_after_it(make_pipeline):
    nlp = pickle.loads(pickle.dumps(make_pipeline()))
    losses = train(nlp, make_examples(nlp, SENTENCES), steps=10)
    assert losses[-1] < losses[0]


def test_select_pipes(on_transformer):
    before = answers(on_transformer)
    with on_transformer.select_pipes(disable=[TAGGER]):
        assert answers(on_transformer) == [([], relations) for _, relations in before]
    with (
        on_transformer.select_pipes(disable=[CLASSIFIER]),
        pytest.raises(ValueError, match="Add spo_relation_classifier"),
    ):
        on_transformer(TEXTS[0])
    assert answers(on_transformer) == before


def test_rename_pipe(on_transformer, tmp_path):
    names = {"transformer": "encoder", CLASSIFIER: "predicates", TAGGER: "arguments"}
    before = answers(on_transformer)
    for old, new in names.items():
        on_transformer.rename_pipe(old, new)
    on_transformer.to_disk(tmp_path)
    assert answers(on_transformer) == answers(spacy.load(tmp_path)) == before
    assert on_transformer.evaluate(make_examples(on_transformer, SENTENCES))["spo_f"] == 1.0
    losses = on_transformer.update(make_examples(on_transformer, SENTENCES))
    assert list(losses) == on_transformer.pipe_names == list(names.values())


def test_analyze_pipes(make_pipeline):
    nlp = make_pipeline()
    analysis = nlp.analyze_pipes()
    assert analysis["problems"] == {CLASSIFIER: [], TAGGER: []}
    assert "doc._.spo_relations" in analysis["summary"][CLASSIFIER]["assigns"]
    assert "doc._.spo_triples" in analysis["summary"][TAGGER]["assigns"]
    assert "spo_f" in analysis["summary"][TAGGER]["scores"]
    nlp.remove_pipe(CLASSIFIER)
    assert nlp.analyze_pipes()["problems"] == {TAGGER: ["doc.spans"]}


def test_contexts_come_back_with_their_docs(on_transformer):
    pairs = on_transformer.pipe(zip(TEXTS, range(9)), as_tuples=True, batch_size=2)
    assert [(doc.text, i) for doc, i in pairs] == list(zip(TEXTS, range(9)))


def test_a_batch_that_fails_is_handed_to_the_error_handler_and_others_continue(on_transformer):
    """Without a handler, the first error ends the stream."""
    nlp, failed = on_transformer, []
    # A Doc without predicates, which the tagger refuses, between Docs with them.
    docs = [nlp.make_doc(text) for text in TEXTS]
    for doc in docs[:1] + docs[2:]:
        nlp.get_pipe(CLASSIFIER)(nlp.get_pipe("transformer")(doc))
    with nlp.select_pipes(enable=[TAGGER]):
        with pytest.raises(ValueError, match="has none"):
            list(nlp.pipe(docs, batch_size=1))
        nlp.set_error_handler(lambda name, pipe, docs, error: failed.append((name, docs)))
        assert list(nlp.pipe(docs, batch_size=1)) == docs[:1] + docs[2:]
        assert list(nlp.pipe(docs, batch_size=2)) == docs[2:]
    assert failed == [(TAGGER, [docs[1]]), (TAGGER, docs[:2])]
    assert [sorted(fact[:3] for fact in facts(doc)) for doc in docs[2:]] == expected()[2:]


@pytest.mark.parametrize("tok2vec, build", [("tok2vec", "shared"), ("transformer", "listening")])
def test_replace_listeners(shared_pipeline, on_transformer, tmp_path, tok2vec, build):
    nlp = on_transformer
    if build == "shared":
        nlp = shared_pipeline()
        train(nlp, make_examples(nlp, SENTENCES), steps=50)
    before = answers(nlp)
    nlp.replace_listeners(tok2vec, CLASSIFIER, ["model.tok2vec"])
    assert nlp.get_pipe(tok2vec).listening_components == [TAGGER]
    nlp.to_disk(tmp_path)
    assert answers(nlp) == answers(spacy.load(tmp_path)) == before
    nlp.replace_listeners(tok2vec, TAGGER, ["model.tok2vec"])
    nlp.remove_pipe(tok2vec)
    assert answers(nlp) == before


def test_components_of_another_pipeline(on_transformer, model_last, tmp_path):
    nlp = spacy.blank("en")
    nlp.add_pipe("sentencizer")
    source(nlp, model_last, *ALL).to_disk(tmp_path)
    assert answers(nlp) == answers(spacy.load(tmp_path)) == answers(on_transformer)


def test_components_beside_another_transformer(build_on_transformer, on_transformer, model_last):
    """Their own one comes right before them: each writes where all listeners read."""
    nlp = build_on_transformer("textcat")
    nlp.get_pipe("textcat").add_label("a")
    nlp.get_pipe("textcat").add_label("b")
    nlp.initialize()
    cats = [doc.cats for doc in nlp.pipe(TEXTS)]
    nlp.add_pipe("transformer", name="spo_transformer", source=on_transformer)
    source(nlp, model_last, *PIPES)
    assert answers(nlp) == answers(spacy.load(model_last))
    assert [doc.cats for doc in nlp.pipe(TEXTS)] == cats


def test_two_models_with_an_encoder_each(on_transformer, model_last, tmp_path):
    components = {name: {"spans_key": "other"} for name in PIPES}
    other = spacy.load(model_last, config={"components": components})
    before = answers(on_transformer)
    for name in other.pipe_names:
        on_transformer.add_pipe(name, name=f"other_{name}", source=other)
    on_transformer.to_disk(tmp_path)
    for nlp in (on_transformer, spacy.load(tmp_path)):
        assert answers(nlp) == before
        for doc in nlp.pipe(TEXTS):
            assert get_triples(doc, "other") == doc._.spo_triples
            assert get_relations(doc, "other") == doc._.spo_relations


@pytest.mark.parametrize("sourced, trained_here", [PIPES, PIPES[::-1]])
def test_one_component_of_another_pipeline(model_last, sourced, trained_here):
    """Beside one that is trained here, on an encoder of its own."""
    nlp = source(spacy.blank("en"), model_last, "transformer", sourced)
    nlp.add_pipe(trained_here, before=TAGGER if trained_here == CLASSIFIER else None)
    examples = make_examples(nlp, SENTENCES)
    nlp.get_pipe(trained_here).initialize(lambda: examples, nlp=nlp)
    optimizer = nlp.resume_training()
    optimizer.learn_rate = 0.005
    for _ in range(40):
        nlp.update(examples, sgd=optimizer, exclude=["transformer", sourced])
    assert found(nlp) == expected()


def test_the_classifier_alone(make_pipeline):
    nlp = make_pipeline()
    nlp.remove_pipe(TAGGER)
    train(nlp, make_examples(nlp, SENTENCES), steps=60)
    assert [sorted(relations(nlp(text))) for text in TEXTS] == [
        sorted({p for _, p, _ in facts}) for _, facts in SENTENCES
    ]
    assert nlp(TEXTS[0])._.spo_triples == []


@spacy.Language.component("predict_every_predicate")
def predict_every_predicate(doc: Doc) -> Doc:
    labels = ("author", "maker", "spouse")
    spans = [Span(doc, 0, len(doc), label=label) for label in labels]
    doc.spans[relations_key()] = SpanGroup(doc, name=relations_key(), spans=spans)
    return doc


def test_the_tagger_alone_takes_predicates_of_any_component(make_pipeline):
    nlp = make_pipeline()
    nlp.remove_pipe(CLASSIFIER)
    train(nlp, make_examples(nlp, SENTENCES), steps=60)
    with pytest.raises(ValueError, match="Add spo_relation_classifier"):
        nlp(TEXTS[0])
    nlp.add_pipe("predict_every_predicate", before=TAGGER)
    assert found(nlp) == expected()


def test_the_tagger_before_the_classifier_is_an_error(model_last):
    nlp = source(spacy.blank("en"), model_last, "transformer", TAGGER, CLASSIFIER)
    with pytest.raises(ValueError, match="before the tagger"):
        nlp(TEXTS[0])


def test_a_listener_without_its_encoder_is_an_error(model_last, monkeypatch):
    nlp = source(spacy.blank("en"), model_last, *PIPES)
    with pytest.raises(ValueError, match="The encoder did not run"):
        nlp(TEXTS[0])
    with pytest.raises(ValueError, match="E203"):
        nlp.update(make_examples(nlp, SENTENCES))
    # As in a process that never made a transformer component.
    monkeypatch.delitem(Underscore.doc_extensions, "trf_data")
    with pytest.raises(ValueError, match="The encoder did not run"):
        nlp(TEXTS[0])


@pytest.mark.parametrize("name", PIPES)
def test_a_listener_without_any_encoder_cannot_be_initialized(build_on_transformer, name):
    nlp = build_on_transformer(name)
    nlp.remove_pipe("transformer")
    with pytest.raises(ValueError, match="The encoder did not run"):
        nlp.initialize(lambda: make_examples(nlp, SENTENCES))


def test_an_encoder_of_another_width_is_an_error(build_on_transformer, model_last, tmp_path):
    nlp = spacy.blank("en")
    wide = make_tiny_encoder(tmp_path, hidden_size=48)
    model = {"@architectures": "spacy-transformers.TransformerModel.v3", "name": wide}
    nlp.add_pipe("transformer", config={"model": model})
    nlp.initialize()
    source(nlp, model_last, *PIPES)
    with pytest.raises(ValueError, match="width 48, but this component was trained on 32"):
        nlp(TEXTS[0])


SEGMENTS = {"@misc": "spacy-spo.window_segments.v1", "size": 8, "overlap": 2}
LOSS = {"@losses": "spacy-spo.AsymmetricLoss.v2", "gamma_neg": 2.0}
SHARED = {
    "spans_key": "other",
    "learn_rate_factor": 3.0,
    "temperature": 2.0,
    "segments": SEGMENTS,
    "loss": LOSS,
    "scorer": None,
}
OVERRIDES = {
    CLASSIFIER: {**SHARED, "threshold": 0.9, "label_thresholds": [["maker", 0.8]]},
    TAGGER: {
        **SHARED,
        "boundary_threshold": 0.9,
        "pair_threshold": 0.8,
        "negatives": 1,
        "max_rows": 3,
    },
}


@pytest.mark.parametrize("name", PIPES)
def test_every_setting_is_overridden_at_load(model_last, tmp_path, name):
    """And stays so when the pipeline is saved."""
    overrides = OVERRIDES[name]
    factory = spacy.blank("en").get_factory_meta(name)
    assert {*overrides, "model"} == set(factory.default_config)
    nlp = spacy.load(model_last, config={"components": {name: overrides}})
    nlp.to_disk(tmp_path)
    for pipe in (nlp.get_pipe(name), spacy.load(tmp_path).get_pipe(name)):
        plain = {key for key, value in overrides.items() if not isinstance(value, dict)}
        assert {key: getattr(pipe, key) for key in plain} == {key: overrides[key] for key in plain}
        assert pipe.segments.keywords == {"size": 8, "overlap": 2}
        assert isinstance(pipe.loss, AsymmetricLoss) and pipe.loss.gamma_neg == 2.0


def test_the_scorer_is_overridden_at_load(model_last):
    config = {"components": {CLASSIFIER: {"scorer": {"@scorers": "spacy-spo.triple_scorer.v1"}}}}
    assert spacy.load(model_last, config=config).get_pipe(CLASSIFIER).scorer is score_triples


@pytest.mark.parametrize("size", ["hidden_width", "link_width", "window_size"])
def test_the_sizes_of_a_trained_model_are_refused_at_load(model_last, size):
    with pytest.raises(ValueError, match=f"'{size}': 6.* cannot be changed"):
        spacy.load(model_last, config={"components": {TAGGER: {"model": {size: 6}}}})

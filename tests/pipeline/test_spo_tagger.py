"""The tagger: queries, negatives, overlap types, windows, qualifiers."""

import numpy
import pytest
import spacy
from spacy.tokens import Doc, SpanGroup
from spacy.tokens import Span as SpacySpan
from spacy.training import Example
from support import SENTENCES, make_doc, make_examples, train
from thinc.api import fix_random_seed

from spacy_spo.models.torch_layer import torch_module
from spacy_spo.pipeline.handover import HardNegative, leave_negatives
from spacy_spo.pipeline.spo_tagger import Query
from spacy_spo.pipeline.tagging.decode import DecodedTriple
from spacy_spo.triples import Triple, relations_key, set_triples

NAME = "spo_tagger"


def initialized(make_pipeline, **settings):
    nlp = make_pipeline(**{NAME: settings})
    nlp.initialize(lambda: make_examples(nlp, SENTENCES))
    return nlp, nlp.get_pipe(NAME)


def write_relations(doc, labels, segment=None, scores=None):
    start, end = segment or (0, len(doc))
    spans = [SpacySpan(doc, start, end, label=label) for label in labels]
    attrs = {"scores": scores or [0.9] * len(labels)}
    doc.spans[relations_key()] = SpanGroup(doc, name=relations_key(), spans=spans, attrs=attrs)
    return doc


def queries_of(pipe, example):
    return [(query.segment, query.predicate) for query in pipe._training_queries(0, example)]


def test_a_doc_that_no_classifier_has_seen_is_an_error(make_pipeline):
    nlp, pipe = initialized(make_pipeline)
    with pytest.raises(ValueError, match="spo_relation_classifier"):
        pipe(nlp.make_doc("Ann wrote Dune"))


def test_predicates_that_are_no_labels_are_skipped_with_a_warning(make_pipeline):
    nlp, pipe = initialized(make_pipeline)
    doc = write_relations(nlp.make_doc("Ann wrote Dune"), ["unheard of"])
    with pytest.warns(UserWarning, match="unheard of"):
        assert pipe(doc)._.spo_triples == []


def test_training_takes_gold_predicates_and_the_best_scored_predictions_beside_them(make_pipeline):
    """Those of a classifier that is frozen and annotates."""
    for negatives, expected in ((0, []), (1, ["spouse"]), (5, ["spouse", "maker"])):
        nlp, pipe = initialized(make_pipeline, negatives=negatives)
        (example,) = make_examples(nlp, [("Ann wrote Dune", [("Ann", "author", "Dune")])])
        write_relations(example.predicted, ["maker", "spouse", "author"], scores=[0.1, 0.2, 0.9])
        assert queries_of(pipe, example) == [((0, 3), p) for p in ["author", *expected]]


def test_hard_negatives_of_a_classifier_are_taken_rather_than_its_predictions(make_pipeline):
    nlp, pipe = initialized(make_pipeline, negatives=1)
    (example,) = make_examples(nlp, [("Ann wrote Dune", [("Ann", "author", "Dune")])])
    write_relations(example.predicted, ["maker", "author"])
    negatives = [HardNegative((0, 3), p, score) for p, score in (("maker", 0.1), ("spouse", 0.2))]
    leave_negatives(example.predicted, "spo", negatives)
    assert queries_of(pipe, example) == [((0, 3), "author"), ((0, 3), "spouse")]


def test_without_a_classifier_negatives_are_drawn_at_random(make_pipeline):
    nlp, pipe = initialized(make_pipeline, negatives=1)
    (example,) = make_examples(nlp, [("Ann wrote Dune", [("Ann", "author", "Dune")])])
    drawn = {queries_of(pipe, example)[1][1] for _ in range(50)}
    assert drawn == {"maker", "spouse"}


def test_queries_of_gold_that_is_only_partly_known_are_skipped(make_pipeline):
    nlp, pipe = initialized(make_pipeline, negatives=5)
    text = "Ann wrote Dune and Bob wrote Tron"
    reference = make_doc(nlp, text, [("Ann", "author", "Dune"), ("Bob", "author", "Tron")])
    predicted = Doc(nlp.vocab, words=["Ann", "wrote", "Dune", "and", "Bob wrote", "Tron"])
    write_relations(predicted, ["author", "maker"])
    assert queries_of(pipe, Example(predicted, reference)) == [((0, 6), "maker")]


# One predicate, several subjects and several objects: a cross product would predict four pairs.
N_BY_M = [
    ("ann is 12 and bob is 34", [("ann", "age", "12"), ("bob", "age", "34")]),
    ("bob is 56 and eve is 12", [("bob", "age", "56"), ("eve", "age", "12")]),
    ("eve is 34 and ann is 56", [("eve", "age", "34"), ("ann", "age", "56")]),
]


@pytest.mark.slow
def test_pairs_are_learned_where_a_cross_product_would_fail(make_pipeline):
    nlp = make_pipeline()
    train(nlp, make_examples(nlp, N_BY_M), steps=80)
    for text, facts in N_BY_M:
        found = [(t.subject.text, t.predicate, t.object.text) for t in nlp(text)._.spo_triples]
        assert sorted(found) == sorted(facts)


def overlap_example(nlp, text, triples):
    """Arguments are half-open token ranges; a dict holds qualifiers."""
    doc = nlp.make_doc(text)
    set_triples(
        doc,
        [
            Triple(
                doc[slice(*s)],
                p,
                doc[slice(*o)],
                qualifiers={k: doc[slice(*v)] for k, v in q.items()},
            )
            for s, p, o, q in triples
        ],
    )
    return Example(nlp.make_doc(text), doc)


OVERLAPS = [
    # one pair, several predicates; one entity, several triples
    (
        "ann wrote and filmed dune for bob",
        [
            ((0, 1), "author", (4, 5), {}),
            ((0, 1), "director", (4, 5), {}),
            ((4, 5), "client", (6, 7), {}),
        ],
    ),
    # nested objects of one role, nested subject and object
    (
        "eve studied at law school of oslo university",
        [
            ((0, 1), "school", (3, 5), {}),
            ((0, 1), "school", (3, 8), {}),
            ((6, 8), "city", (6, 7), {}),
        ],
    ),
    # subject equal to object, and an inverse pair
    ("queen sang on queen", [((3, 4), "titled", (3, 4), {}), ((3, 4), "singer", (0, 1), {})]),
    # qualifiers of two triples of one predicate
    (
        "tim played rex in tron and leo in alien",
        [
            ((0, 1), "role", (2, 3), {"inWork": (4, 5)}),
            ((0, 1), "role", (6, 7), {"inWork": (8, 9)}),
        ],
    ),
]


@pytest.mark.slow
def test_every_overlap_type_and_qualifiers_are_learned(make_pipeline, tmp_path):
    nlp = make_pipeline()
    examples = [overlap_example(nlp, *case) for case in OVERLAPS]
    train(nlp, examples, steps=150)
    for example in examples:
        assert set(nlp(example.text)._.spo_triples) == set(example.reference._.spo_triples)
    scores = nlp.evaluate(examples)
    assert scores["spo_slot_f"] == 1.0
    nlp.to_disk(tmp_path)
    assert spacy.load(tmp_path).get_pipe(NAME).schema.roles == ["subject", "object", "inWork"]


def test_types_come_from_the_schema(make_pipeline):
    """Learned from gold triples, and given to predicted ones."""
    nlp = make_pipeline()
    (example,) = make_examples(nlp, [("Ann wrote Dune", [("Ann", "author", "Dune")])])
    types = {"subject": "person", "object": "work"}
    (gold,) = example.reference._.spo_triples
    set_triples(example.reference, [Triple(gold.subject, "author", gold.object, types=types)])
    pipe = nlp.get_pipe(NAME)
    pipe.learn_schema([example])
    doc = nlp.make_doc("Bob wrote Tron and Ann wrote Dune")
    decoded = DecodedTriple({0: slice(0, 1), 1: slice(2, 3)}, 1.0, numpy.ones(7))
    triple = pipe.to_triple(doc, Query(0, (4, 7), "author"), decoded)
    assert (triple.subject.text, triple.object.text) == ("Ann", "Dune")
    assert triple.types == types


def test_the_schema_can_be_given(make_pipeline):
    nlp = make_pipeline()
    rows = [
        {
            "predicate": "author",
            "subject_type": "person",
            "object_type": "work",
            "qualifiers": {"onDate": "date"},
        }
    ]
    pipe = nlp.get_pipe(NAME)
    pipe.initialize(lambda: make_examples(nlp, SENTENCES), nlp=nlp, schema_rows=rows)
    assert pipe.labels == ("author",)
    assert pipe.model.get_dim("n_roles") == 3 and pipe.schema.to_rows() == rows


def test_scores_are_never_above_that_of_the_predicate(trained):
    for doc in trained.pipe([text for text, _ in SENTENCES]):
        for triple in doc._.spo_triples:
            assert triple.score <= doc._.spo_relations[triple.predicate]


@pytest.mark.parametrize("setting", ["boundary_threshold", "pair_threshold"])
def test_each_threshold_changes_the_triples(make_pipeline, setting):
    thresholds = {"boundary_threshold": 0.0, "pair_threshold": 0.0}
    for value, stays_silent in ((0.0, False), (0.5, True)):
        # Untrained, every position scores a little above nothing.
        nlp, pipe = initialized(make_pipeline, **{**thresholds, setting: value})
        doc = pipe(write_relations(nlp.make_doc("Ann wrote Dune"), ["author"]))
        assert (not doc._.spo_triples) == stays_silent


def test_max_rows_bounds_a_pass_and_changes_nothing(trained, monkeypatch):
    texts = [text for text, _ in SENTENCES]
    docs = [trained.get_pipe("spo_relation_classifier")(trained.make_doc(text)) for text in texts]
    pipe = trained.get_pipe(NAME)
    passes = []
    module = torch_module(pipe.model.layers[1])
    module.register_forward_pre_hook(lambda _, inputs: passes.append(len(inputs[1])))
    whole = pipe.predict(docs)
    assert passes == [len(whole)] and len(whole) > 1
    monkeypatch.setattr(pipe, "max_rows", 1)
    parts = pipe.predict(docs)
    assert passes[1:] == [1] * len(whole)
    pipe.set_annotations(docs, parts)
    for doc in docs:
        assert doc._.spo_triples == trained(doc.text)._.spo_triples


def test_negatives_change_the_loss(make_pipeline):
    losses = []
    for negatives in (0, 2):
        nlp, pipe = initialized(make_pipeline, negatives=negatives)
        examples = make_examples(nlp, [("Ann wrote Dune", [("Ann", "author", "Dune")])])
        losses.append(pipe.update(examples)[NAME])
    assert losses[0] != pytest.approx(losses[1])


def test_the_loss_setting_changes_the_loss(make_pipeline):
    focal = {"@losses": "spacy-spo.AsymmetricLoss.v2", "gamma_neg": 2.0}
    losses = []
    for settings in ({}, {"loss": focal}):
        fix_random_seed(0)
        nlp, pipe = initialized(make_pipeline, negatives=0, **settings)
        losses.append(pipe.update(make_examples(nlp, SENTENCES))[NAME])
    assert losses[1] < losses[0]

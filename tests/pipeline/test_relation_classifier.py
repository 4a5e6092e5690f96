"""The relation classifier: thresholds, targets, hard negatives."""

import gc

import numpy
import pytest
from spacy.tokens import Doc
from spacy.training import Example
from support import SENTENCES, make_doc, make_examples

from spacy_spo.pipeline.handover import _NEGATIVES, get_negatives
from spacy_spo.pipeline.relation_classifier import MAX_NEGATIVES, RelationScores
from spacy_spo.triples import Triple, relations_key

NAME = "spo_relation_classifier"


def initialized(make_pipeline, **settings):
    nlp = make_pipeline(**{NAME: settings})
    nlp.initialize(lambda: make_examples(nlp, SENTENCES))
    return nlp, nlp.get_pipe(NAME)


def annotate(nlp, pipe, logits):
    doc = nlp.make_doc("Ann wrote Dune")
    pipe.set_annotations([doc], RelationScores([(0, (0, 3))], numpy.asarray([logits], dtype="f")))
    return doc._.spo_relations


def test_threshold_and_label_thresholds(make_pipeline):
    # author, maker, spouse with probabilities 0.88, 0.5 and 0.27
    logits = [2.0, 0.0, -1.0]
    assert set(annotate(*initialized(make_pipeline), logits)) == {"author", "maker"}
    assert set(annotate(*initialized(make_pipeline, threshold=0.6), logits)) == {"author"}
    special = [["spouse", 0.2], ["author", 0.95]]
    found = annotate(*initialized(make_pipeline, label_thresholds=special), logits)
    assert set(found) == {"maker", "spouse"}
    assert found["spouse"] == pytest.approx(0.2689, abs=1e-4)


def test_predict_does_not_write(make_pipeline):
    nlp, pipe = initialized(make_pipeline)
    doc = nlp.make_doc("Ann wrote Dune")
    before = doc.to_bytes()
    pipe.predict([doc])
    assert doc.to_bytes() == before


def test_the_loss_is_the_mean_over_segments_by_hand(make_pipeline):
    nlp, pipe = initialized(make_pipeline)
    examples = make_examples(nlp, [("Ann wrote Dune", [("Ann", "author", "Dune")]), ("x", [])])
    scores = RelationScores([(0, (0, 3)), (1, (0, 1))], numpy.zeros((2, 3), dtype="f"))
    loss, gradient = pipe.get_loss(examples, scores)
    assert loss == pytest.approx(6 * numpy.log(2) / 2)
    assert gradient.tolist() == [[-0.25, 0.25, 0.25], [0.25, 0.25, 0.25]]


def test_misaligned_gold_is_masked_and_never_a_negative(make_pipeline):
    nlp, pipe = initialized(make_pipeline)
    reference = make_doc(nlp, "Ann wrote Dune", [("Ann", "author", "Dune")])
    predicted = Doc(nlp.vocab, words=["Ann wrote", "Dune"])
    scores = RelationScores([(0, (0, 2))], numpy.zeros((1, 3), dtype="f"))
    _, gradient = pipe.get_loss([Example(predicted, reference)], scores)
    assert gradient.tolist() == [[0.0, 0.5, 0.5]]


def test_a_triple_wider_than_every_window_is_masked(make_pipeline):
    segments = {"@misc": "spacy-spo.window_segments.v1", "size": 4, "overlap": 1}
    nlp, pipe = initialized(make_pipeline, segments=segments)
    text = "Ann and nobody else in the whole city wrote Dune"
    examples = make_examples(nlp, [(text, [("Ann", "author", "Dune"), ("Ann", "spouse", "else")])])
    doc_segments = pipe._doc_segments([examples[0].predicted])
    assert len(doc_segments) > 2
    _, gradient = pipe.get_loss(
        examples, RelationScores(doc_segments, numpy.zeros((len(doc_segments), 3), dtype="f"))
    )
    assert not gradient[:, 0].any()  # author: nowhere whole
    assert (gradient[:, 2] < 0).tolist() == [i == 0 for i in range(len(doc_segments))]


def test_training_leaves_the_best_negatives_for_the_tagger(make_pipeline):
    nlp, pipe = initialized(make_pipeline, threshold=1.0)
    examples = make_examples(nlp, [("Ann wrote Dune", [("Ann", "author", "Dune")])])
    pipe.update(examples)
    negatives = get_negatives(examples[0].predicted, "spo")
    assert {n.predicate for n in negatives} == {"maker", "spouse"} and MAX_NEGATIVES > 2
    assert all(0 < n.score < 1 and n.segment == (0, 3) for n in negatives)
    assert get_negatives(examples[0].reference, "spo") is None


def test_negatives_go_with_their_docs(make_pipeline):
    nlp, pipe = initialized(make_pipeline)
    before = len(_NEGATIVES)
    examples = make_examples(nlp, [("Ann wrote Dune", [("Ann", "author", "Dune")])])
    pipe.update(examples)
    assert len(_NEGATIVES) == before + 1
    del examples
    gc.collect()
    assert len(_NEGATIVES) == before


def test_segments_change_what_is_written(make_pipeline):
    segments = {"@misc": "spacy-spo.window_segments.v1", "size": 2, "overlap": 0}
    for settings, n_segments in (({}, 1), ({"segments": segments}, 2)):
        nlp, pipe = initialized(make_pipeline, threshold=0.0, **settings)
        doc = pipe(nlp.make_doc("Ann wrote Dune"))
        assert len({(s.start, s.end) for s in doc.spans[relations_key()]}) == n_segments


def test_the_loss_setting_changes_the_loss(make_pipeline):
    focal = {"@losses": "spacy-spo.AsymmetricLoss.v2", "gamma_neg": 2.0}
    losses = []
    for settings in ({}, {"loss": focal}):
        nlp, pipe = initialized(make_pipeline, **settings)
        scores = RelationScores([(0, (0, 3))], numpy.zeros((1, 3), dtype="f"))
        examples = make_examples(nlp, [("Ann wrote Dune", [("Ann", "author", "Dune")])])
        losses.append(pipe.get_loss(examples, scores)[0])
    assert losses[1] < losses[0]


def test_gold_predicates_are_derived_from_gold_triples(make_pipeline):
    nlp, pipe = initialized(make_pipeline)
    doc = make_doc(nlp, "Ann wrote Dune", [])
    doc._.spo_triples = [Triple(doc[0:1], "unheard of", doc[2:3])]
    scores = RelationScores([(0, (0, 3))], numpy.zeros((1, 3), dtype="f"))
    _, gradient = pipe.get_loss([Example(nlp.make_doc(doc.text), doc)], scores)
    assert (gradient > 0).all()  # a predicate that it was not trained with is left out

"""Tuning: scores as promised, and a pipeline that stays as it is."""

import pytest
import spacy
from spacy.language import Language
from spacy.training import Example
from support import SENTENCES, answers, make_doc, with_settings

from spacy_spo.analysis.tuning import current_settings, tune
from spacy_spo.evaluation.scorers import score_triples

pytestmark = pytest.mark.slow


def scores_of(nlp, gold):
    return score_triples([Example(nlp(doc.text), doc) for doc in gold])


def test_the_best_is_no_worse_than_before(unsure, unsure_gold):
    tuned = tune(unsure, unsure_gold, calibrate=False)
    assert tuned.after.scores[2] >= tuned.before.scores[2]
    assert tuned.cross_validated.gold == tuned.after.gold


def test_the_tuned_pipeline_scores_as_promised(unsure, unsure_gold):
    tuned = tune(unsure, unsure_gold, per_predicate=True, min_support=2)
    nlp = with_settings(unsure, tuned.settings)
    assert current_settings(nlp) == tuned.settings
    scores = scores_of(nlp, unsure_gold)
    assert scores["spo_text_f"] == pytest.approx(tuned.after.scores[2])


def test_before_is_the_pipeline_as_it_was(unsure, unsure_gold):
    assert tune(unsure, unsure_gold).before.scores[2] == pytest.approx(
        scores_of(unsure, unsure_gold)["spo_text_f"]
    )


def test_the_pipeline_is_left_as_it_was(unsure, unsure_gold):
    before = answers(unsure)
    tune(unsure, unsure_gold, per_predicate=True)
    assert answers(unsure) == before
    assert unsure.get_pipe("spo_tagger").temperature == 1.0


def test_reliability_counts_the_predicted_triples(unsure, unsure_gold):
    tuned = tune(unsure, unsure_gold)
    for when, counts in (("before", tuned.before), ("after", tuned.after)):
        bins = tuned.reliability[when]
        assert sum(score_bin.n for score_bin in bins) == counts.predicted
        assert sum(score_bin.correct for score_bin in bins) == counts.tp


@Language.component("test_after_both")
def after_both(doc):
    raise AssertionError("what comes after both components may clear the Docs")


def test_what_comes_after_both_components_is_left_out(unsure, unsure_gold):
    copy = spacy.blank("en")
    for name in unsure.pipe_names:
        copy.add_pipe(name)
    copy.from_bytes(unsure.to_bytes())
    copy.add_pipe("test_after_both")
    assert tune(copy, unsure_gold).after == tune(unsure, unsure_gold).after


def test_recall_at_a_precision(unsure, unsure_gold):
    best = tune(unsure, unsure_gold, calibrate=False)
    sure = tune(unsure, unsure_gold, precision=0.9, calibrate=False)
    assert sure.after.scores[0] >= 0.9
    assert sure.after.scores[1] <= best.after.scores[1]


def test_a_precision_out_of_reach_is_refused(unsure):
    # What is predicted is correct in one of two texts that are alike.
    gold = [make_doc(unsure, text, own) for text, facts in SENTENCES for own in (facts, [])]
    with pytest.raises(ValueError, match=r"No thresholds reach a precision of 0\.99"):
        tune(unsure, gold, precision=0.99)


def test_what_cannot_be_tuned_is_refused(unsure, blank):
    with pytest.raises(ValueError, match="has no spo_relation_classifier"):
        tune(blank, [])
    with pytest.raises(ValueError, match="No text has gold"):
        tune(unsure, [unsure.make_doc("unknown")])

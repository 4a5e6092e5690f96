"""Tuning: what it counts is what the pipeline finds, and what it chooses is the best."""

from itertools import product

import numpy
import pytest
import spacy
from spacy.language import Language
from spacy.training import Example
from support import SENTENCES, answers, make_doc, make_examples, train

from spacy_spo.analysis.tuning import (
    ALL_FOLDS,
    GRID,
    N_FOLDS,
    PREDICATE_GRID,
    Reading,
    Settings,
    ThresholdCounts,
    calibrate_predicates,
    calibrate_triples,
    choose,
    find,
    is_extreme,
    read,
    tune,
)
from spacy_spo.cli.tune import overrides
from spacy_spo.evaluation.matching import text_key
from spacy_spo.evaluation.scorers import score_triples

# Their words stand elsewhere in what the model was trained on: it is unsure of them.
UNSEEN = [
    (
        "Ann wrote Tron II and Bob made Dune",
        [("Ann", "author", "Tron II"), ("Bob", "maker", "Dune")],
    ),
    ("Bob Lee wrote Tron", [("Bob Lee", "author", "Tron")]),
    ("Dune and Tron are married", [("Dune", "spouse", "Tron"), ("Tron", "spouse", "Dune")]),
    ("Ann made Tron and wrote Dune", [("Ann", "maker", "Tron"), ("Ann", "author", "Dune")]),
    ("nobody made Dune", []),
    ("Lee made Tron and Ann", [("Lee", "maker", "Tron")]),
]


@pytest.fixture(scope="module")
def unsure():
    """A pipeline that was trained too little, so that thresholds matter."""
    nlp = spacy.blank("en")
    nlp.add_pipe("spo_relation_classifier")
    nlp.add_pipe("spo_tagger")
    train(nlp, make_examples(nlp, SENTENCES), steps=30)
    return nlp


@pytest.fixture(scope="module")
def gold(unsure):
    return [make_doc(unsure, text, facts) for text, facts in [*SENTENCES, *UNSEEN]]


@pytest.fixture(scope="module")
def reading(unsure, gold):
    return read(unsure, gold)


def with_settings(nlp, settings):
    """A copy that has them."""
    config = overrides(nlp, settings)
    copy = spacy.blank("en")
    for name in nlp.pipe_names:
        copy.add_pipe(name, config=config["components"][name])
    return copy.from_bytes(nlp.to_bytes())


def scores_of(nlp, gold):
    return score_triples([Example(nlp(doc.text), doc) for doc in gold])


SOME = [
    Settings(0.5, 0.3, 0.3, {}, (1.0, 1.0)),
    Settings(0.05, 0.02, 0.02, {}, (1.0, 1.0)),
    Settings(0.3, 0.1, 0.2, {"author": 0.9, "maker": 0.05}, (1.0, 1.0)),
    Settings(0.3, 0.05, 0.05, {}, (2.0, 4.0)),
    Settings(0.7, 0.5, 0.02, {}, (0.5, 0.5)),
]


@pytest.mark.parametrize("settings", SOME)
def test_it_counts_what_the_pipeline_finds(unsure, gold, reading, settings):
    nlp = with_settings(unsure, settings)
    found = find(reading, settings)
    scores = {}
    for doc in nlp.pipe(doc.text for doc in gold):
        for t in doc._.spo_triples:
            key = doc.text, *text_key(t)
            scores[key] = max(t.score, scores.get(key, 0.0))
    assert sorted(found.scores) == pytest.approx(sorted(scores.values()), abs=1e-4)
    expected = scores_of(nlp, gold)
    n_right, n_gold = found.right.sum(), reading.stated.sum()
    assert n_right / max(1, len(found.right)) == pytest.approx(expected["spo_text_p"])
    assert n_right / n_gold == pytest.approx(expected["spo_text_r"])


def test_thresholds_change_what_is_counted(reading):
    assert len({len(find(reading, settings).scores) for settings in SOME}) > 2


def test_the_best_is_no_worse_than_any_of_the_grid(unsure, gold, reading):
    tuned = tune(unsure, gold, calibrate=False)
    f1s = []
    for b, p, t in product(GRID, GRID, PREDICATE_GRID):
        found = find(reading, Settings(t, b, p, {}, (1.0, 1.0)))
        f1s.append(2 * found.right.sum() / (len(found.right) + reading.stated.sum()))
    assert tuned.after.scores[2] == pytest.approx(max(f1s))
    assert tuned.after.scores[2] >= tuned.before.scores[2]
    assert tuned.held_out.stated == tuned.after.stated


def test_the_tuned_pipeline_scores_as_promised(unsure, gold):
    tuned = tune(unsure, gold, per_predicate=True, min_support=2)
    scores = scores_of(with_settings(unsure, tuned.settings), gold)
    assert scores["spo_text_f"] == pytest.approx(tuned.after.scores[2])


def test_before_is_the_pipeline_as_it_was(unsure, gold):
    assert tune(unsure, gold).before.scores[2] == pytest.approx(
        scores_of(unsure, gold)["spo_text_f"]
    )


def test_the_pipeline_is_left_as_it_was(unsure, gold):
    before = answers(unsure)
    tune(unsure, gold, per_predicate=True)
    assert answers(unsure) == before
    assert unsure.get_pipe("spo_tagger").temperature == 1.0


@Language.component("test_after_both")
def after_both(doc):
    raise AssertionError("what comes after both components may clear the Docs")


def test_what_comes_after_both_components_is_left_out(unsure, gold):
    copy = spacy.blank("en")
    for name in unsure.pipe_names:
        copy.add_pipe(name)
    copy.from_bytes(unsure.to_bytes())
    copy.add_pipe("test_after_both")
    assert tune(copy, gold).after == tune(unsure, gold).after


def test_nothing_found_leaves_the_temperature():
    reading = Reading([], None, None, numpy.zeros(0), numpy.zeros(0))
    assert calibrate_predicates(reading) == 1.0


def test_recall_at_a_precision(unsure, gold):
    best = tune(unsure, gold, calibrate=False)
    sure = tune(unsure, gold, precision=0.9, calibrate=False)
    assert sure.after.scores[0] >= 0.9
    assert sure.after.scores[1] <= best.after.scores[1]


def test_a_precision_out_of_reach_is_refused(unsure):
    # What is found is right in one of two texts that are alike.
    gold = [make_doc(unsure, text, own) for text, facts in SENTENCES for own in (facts, [])]
    with pytest.raises(ValueError, match=r"No thresholds reach a precision of 0\.99"):
        tune(unsure, gold, precision=0.99)


def tables(found, right):
    """(n_labels, n_thresholds) given for one pair of thresholds, all in the first fold."""
    tally = []
    for counts in (found, right):
        array = numpy.zeros((len(counts), len(PREDICATE_GRID), N_FOLDS), dtype=int)
        array[..., 0] = counts
        tally.append(array)
    return {(0.1, 0.2): ThresholdCounts(*tally)}


def steps(*values):
    """Counts at each threshold: the first value up to the middle of the grid, then the second."""
    half = len(PREDICATE_GRID) // 2
    return [values[0]] * half + [values[1]] * (len(PREDICATE_GRID) - half)


def stated(*counts):
    array = numpy.zeros((len(counts) + 1, N_FOLDS), dtype=int)
    array[:-1, 0] = counts
    return array


def test_predicates_with_support_get_their_own_threshold():
    # The first predicate is best with a low threshold, the second with a high one.
    table = tables([steps(10, 2), steps(30, 10)], [steps(10, 2), steps(10, 10)])
    alike = choose(table, stated(10, 10), ALL_FOLDS, None, None)
    assert len(set(alike.predicates)) == 1
    own = choose(table, stated(10, 10), ALL_FOLDS, None, 10)
    low, high = own.predicates
    assert PREDICATE_GRID[low] < 0.5 <= PREDICATE_GRID[high]
    assert len(set(choose(table, stated(10, 10), ALL_FOLDS, None, 11).predicates)) == 1


def test_precision_that_cannot_be_reached_comes_as_close_as_it_can():
    table = tables([steps(30, 10)], [steps(9, 8)])
    choice = choose(table, stated(10), ALL_FOLDS, 0.9, None)
    assert PREDICATE_GRID[choice.general] >= 0.5


def calibrated(rng, logits):
    """Truth as probable as the logits say."""
    return rng.random(len(logits)) < 1 / (1 + numpy.exp(-logits))


def test_the_temperature_of_predicates():
    rng = numpy.random.default_rng(0)
    logits = rng.normal(0, 2, 20_000)
    truth = calibrated(rng, logits)
    for factor in (0.5, 1.0, 2.0):
        reading = Reading([], None, None, factor * logits, truth.astype(float))
        assert calibrate_predicates(reading) == pytest.approx(factor, rel=0.1)


def test_scores_are_right_as_often_as_they_say(reading):
    settings = Settings(0.05, 0.02, 0.02, {}, (1.0, 1.0))
    before = find(reading, settings)
    t = calibrate_triples(reading, settings)
    after = find(reading, settings._replace(temperatures=(1.0, t)))
    assert numpy.array_equal(after.right, before.right)

    def cost(found):
        p = numpy.clip(found.scores, 1e-6, 1 - 1e-6)
        return -numpy.log(numpy.where(found.right, p, 1 - p)).mean()

    assert cost(after) < cost(before)


def test_temperatures_at_the_ends_are_told_from_others():
    assert [is_extreme(t) for t in (0.1, 1.0, 10.0)] == [True, False, True]


def test_what_cannot_be_tuned_is_refused(unsure, blank):
    with pytest.raises(ValueError, match="has no spo_relation_classifier"):
        tune(blank, [])
    with pytest.raises(ValueError, match="No text has gold"):
        tune(unsure, [unsure.make_doc("unknown")])
    with pytest.raises(ValueError, match=r"Not one triple .* It has 3, among them author, "):
        tune(unsure, [make_doc(unsure, "Ann wrote Dune", [("Ann", "penned", "Dune")])])

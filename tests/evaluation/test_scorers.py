"""Scores: counted by hand, and recounted by code that shares nothing with ours."""

from io import StringIO

import pytest
import spacy
import srsly
from hypothesis import given, settings
from hypothesis import strategies as st
from spacy.tokens import Doc, Span, SpanGroup
from spacy.training import Example
from spacy.util import registry
from spacy.vocab import Vocab
from support import make_doc

from spacy_spo.evaluation.matching import text_key
from spacy_spo.evaluation.scorers import score_relations, score_triples
from spacy_spo.evaluation.tally import SET_CLASSES, compare_sets
from spacy_spo.triples import Triple, get_triples, relations_key, set_triples

VOCAB = Vocab()
TEXT = "Ann met Bob and Ann saw 《 Tron 》"


def write_relations(doc, labels):
    spans = [Span(doc, 0, len(doc), label=label) for label in labels]
    doc.spans[relations_key()] = SpanGroup(doc, spans=spans, attrs={"scores": [0.9] * len(spans)})


def example_of(predicted, gold, relations=None, n_words=9):
    """Arguments are token numbers: (subject, predicate, object)."""
    docs = [Doc(VOCAB, words=TEXT.split()[:n_words]) for _ in range(2)]
    for doc, facts in zip(docs, (predicted, gold)):
        if facts is not None:
            set_triples(doc, [Triple(doc[s : s + 1], p, doc[o : o + 1]) for s, p, o in facts])
    write_relations(docs[0], relations if relations is not None else {p for _, p, _ in predicted})
    return Example(*docs)


def test_counts_accumulate_over_the_set_by_hand():
    examples = [
        example_of([(0, "met", 2), (0, "saw", 7)], [(0, "met", 2)]),  # tp 1, fp 1
        example_of([], [(0, "met", 2), (0, "saw", 7), (2, "saw", 7)]),  # fn 3
    ]
    scores = score_triples(examples)
    assert scores["spo_text_p"] == pytest.approx(1 / 2)
    assert scores["spo_text_r"] == pytest.approx(1 / 4)
    assert scores["spo_text_f"] == pytest.approx(1 / 3)
    assert scores["spo_per_predicate"]["saw"] == {"p": 0.0, "r": 0.0, "f": 0.0, "support": 2}
    assert scores["spo_per_predicate"]["met"]["r"] == 0.5
    assert scores["spo_list_exact"] == 0.0


def test_another_mention_counts_by_text_and_not_by_offset():
    scores = score_triples([example_of([(4, "met", 2)], [(0, "met", 2)])])  # both "Ann"
    assert (scores["spo_text_f"], scores["spo_offset_f"]) == (1.0, 0.0)


def test_texts_are_normalized(blank):
    docs = [blank.make_doc("ANN sah 《 Tron 》"), blank.make_doc("ann sah 《 Tron 》")]
    set_triples(docs[0], [Triple(docs[0][0:1], "saw", docs[0][3:4])])
    set_triples(docs[1], [Triple(docs[1][0:1], "saw", docs[1][3:4])])
    assert text_key(get_triples(docs[0])[0]) == text_key(get_triples(docs[1])[0])
    zh = Doc(VOCAB, words=list("《天》和天"), spaces=[False] * 5)
    with_marks, without = Triple(zh[0:3], "p", zh[4:5]), Triple(zh[1:2], "p", zh[4:5])
    assert text_key(with_marks) == text_key(without)


def test_qualifiers_count_in_the_slot_score_only():
    docs = [Doc(VOCAB, words=TEXT.split()) for _ in range(2)]
    for doc, qualifiers in zip(docs, ({}, {"when": docs[1][7:8]})):
        set_triples(doc, [Triple(doc[0:1], "met", doc[2:3], qualifiers=qualifiers)])
    scores = score_triples([Example(*docs)])
    assert (scores["spo_text_f"], scores["spo_slot_f"]) == (1.0, 0.0)


def test_predicates_are_compared_as_lists_too():
    once, twice = [(0, "met", 2)], [(0, "met", 2), (2, "met", 0)]
    other_pairs = [(2, "met", 7), (7, "met", 0)]
    scores = score_triples([example_of(once, twice), example_of(other_pairs, twice)])
    assert scores["spo_list_exact"] == 0.5


def test_what_is_not_annotated_is_not_scored():
    assert score_triples([example_of([(0, "met", 2)], None)])["spo_text_f"] is None
    assert score_relations([example_of([(0, "met", 2)], None)])["spo_relation_micro_f"] is None
    scores = score_triples([example_of([(0, "met", 2)], None), example_of([], [(0, "met", 2)])])
    assert scores["spo_text_r"] == 0.0


@pytest.mark.parametrize(
    "predicted, gold, expected",
    [
        ("ab", "ab", "exact"),
        ("abc", "ab", "superset"),
        ("a", "", "superset"),
        ("a", "ab", "subset"),
        ("", "a", "subset"),
        ("ac", "ab", "overlapping"),
        ("c", "ab", "disjoint"),
        ("", "", "both_empty"),
    ],
)
def test_set_classes(predicted, gold, expected):
    assert compare_sets(set(predicted), set(gold)) == expected


def test_relation_scores_by_hand():
    examples = [
        example_of([], [(0, "a", 2), (0, "b", 2)], relations=["a", "c"]),
        example_of([], [(0, "a", 2)], relations=["a"]),
        example_of([], [], relations=[]),
        example_of([], [], relations=["c"]),
    ]
    scores = score_relations(examples, labels=["a", "b", "c"])
    assert scores["spo_relation_micro_p"] == pytest.approx(2 / 4)
    assert scores["spo_relation_micro_r"] == pytest.approx(2 / 3)
    assert scores["spo_relation_macro_f"] == pytest.approx((1 + 0 + 0) / 3)
    assert scores["spo_relation_per_predicate"]["b"]["support"] == 1
    shares = scores["spo_relation_sets"]
    assert shares == {
        **dict.fromkeys(SET_CLASSES, 0.0),
        "overlapping": 0.25,
        "exact": 0.25,
        "both_empty": 0.25,
        "superset": 0.25,
    }


@pytest.fixture
def log(caplog):
    with caplog.at_level("WARNING", logger="spacy"):
        yield caplog


@pytest.mark.parametrize(
    "relations, advice", [([], "lower the thr"), (["a", "b"], "raise the thr")]
)
def test_collapsed_predictions_warn_every_time(relations, advice, log):
    examples = [example_of([], [(0, "a", 2)], relations=relations)] * 2
    for times in (1, 2):
        score_relations(examples, labels=["a", "b"])
        assert log.text.count("for every one of 2 texts") == log.text.count(advice) == times


@pytest.mark.parametrize("labels", [["a", "b"], ["a"]])
def test_healthy_predictions_do_not_warn(labels, log):
    score_relations([example_of([], [(0, "a", 2)], relations=["a"])], labels=labels)
    assert not log.records


facts = st.lists(
    st.tuples(st.sampled_from([0, 2, 4]), st.sampled_from("pq"), st.sampled_from([2, 7])),
    max_size=4,
)


@settings(max_examples=150)
@given(st.lists(st.tuples(facts, facts), min_size=1, max_size=4))
def test_scores_equal_an_independent_recount(pairs):
    examples = [example_of(predicted, gold) for predicted, gold in pairs]
    scores = {**score_triples(examples), **score_relations(examples)}
    words = TEXT.lower().split()
    tp = n_predicted = n_gold = 0
    rel_tp = rel_predicted = rel_gold = list_exact = 0
    for pair in pairs:
        predicted, gold = ({(words[s], p, words[o]) for s, p, o in side} for side in pair)
        tp, n_predicted = tp + len(predicted & gold), n_predicted + len(predicted)
        n_gold += len(gold)
        predicates, gold_predicates = ({p for _, p, _ in side} for side in (predicted, gold))
        rel_tp += len(predicates & gold_predicates)
        rel_predicted, rel_gold = rel_predicted + len(predicates), rel_gold + len(gold_predicates)
        list_exact += sorted(p for _, p, _ in predicted) == sorted(p for _, p, _ in gold)
    assert scores["spo_text_p"] == pytest.approx(tp / n_predicted if n_predicted else 0.0)
    assert scores["spo_text_r"] == pytest.approx(tp / n_gold if n_gold else 0.0)
    assert scores["spo_text_f"] == pytest.approx(2 * tp / (n_predicted + n_gold) if tp else 0.0)
    assert scores["spo_relation_micro_f"] == pytest.approx(
        2 * rel_tp / (rel_predicted + rel_gold) if rel_tp else 0.0
    )
    assert scores["spo_list_exact"] == list_exact / len(pairs)
    assert sum(scores["spo_relation_sets"].values()) == pytest.approx(1)


def test_gold_that_was_never_a_candidate_is_a_miss(trained):
    text = "quux frobs baz"
    reference = make_doc(trained, text, [("quux", "frobs", "baz")])
    scores = trained.evaluate([Example(trained.make_doc(text), reference)])
    assert scores["spo_text_r"] == scores["spo_relation_micro_r"] == 0.0


def test_headline_scores_have_short_names_beside_those_of_earlier_versions():
    pairs = [([(0, "met", 2), (0, "saw", 7)], [(0, "met", 2)]), ([], [(2, "saw", 7)])]
    examples = [example_of(predicted, gold) for predicted, gold in pairs]
    triples, relations = score_triples(examples), score_relations(examples)
    assert (triples["spo_p"], triples["spo_r"]) == (0.5, 0.5)
    assert (relations["rel_p"], relations["rel_r"]) == (0.5, 0.5)
    for e in "prf":
        assert triples[f"spo_{e}"] == triples[f"spo_text_{e}"]
        assert relations[f"rel_{e}"] == relations[f"spo_relation_micro_{e}"]
    unannotated = [example_of([(0, "met", 2)], None)]
    assert score_triples(unannotated)["spo_f"] is score_relations(unannotated)["rel_f"] is None


def test_scores_have_signatures():
    assert score_triples([])["spo_signature"].startswith(
        "text|norm:lower+《》|aliases:no|spacy-spo:"
    )
    assert score_relations([])["rel_signature"].startswith("predicates|average:micro|spacy-spo:")


def test_the_logger_of_spacy_takes_them(trained, tmp_path):
    """A signature is a string, as spaCy's own `cats_score_desc` is."""
    text = "quux frobs baz"
    reference = make_doc(trained, text, [("quux", "frobs", "baz")])
    scores = trained.evaluate([Example(trained.make_doc(text), reference)])
    assert isinstance(scores["spo_signature"], str)
    nlp = spacy.blank("en")
    nlp.config["training"]["score_weights"] = {"spo_f": 1.0, "rel_f": 0.0}
    setup = registry.loggers.get("spacy.ConsoleLogger.v3")(output_file=tmp_path / "log.jsonl")
    log_step, finalize = setup(nlp, stdout=StringIO(), stderr=StringIO())
    log_step({"epoch": 0, "step": 1, "losses": {}, "score": 0.0, "other_scores": scores})
    finalize()
    (row,) = srsly.read_jsonl(tmp_path / "log.jsonl")
    assert row["scores"] == {"spo_f": 0.0, "rel_f": 0.0}

"""The audit: the label issues of faulty gold, ranked."""

import pytest
import spacy
from faulty_gold import FAULTY, OTHERS, TEXT, UNSEEN, WRONG, decide, gold, gold_texts, texts
from support import SENTENCES, answers, make_doc

from spacy_spo.analysis.audit_files import group_by_text, with_proposals
from spacy_spo.analysis.auditing import audit
from spacy_spo.analysis.decisions import apply_decisions
from spacy_spo.analysis.issues import BOUNDARY, LOW_CONFIDENCE, MISSING, PAIRING
from spacy_spo.analysis.permissive_run import MIN_PREDICATE_THRESHOLD, MIN_THRESHOLD
from spacy_spo.evaluation.matching import text_key


def test_what_is_missing_and_what_is_wrong_come_first(trained):
    found = audit(trained, gold(trained))
    assert texts(found.issues[MISSING])[0] == ("Bob", "maker", "Tron")
    assert texts(found.issues[LOW_CONFIDENCE]) == [WRONG]
    assert found.issues[MISSING][0].score > 0.5 > found.issues[LOW_CONFIDENCE][0].score
    scores = [s.score for s in found.issues[MISSING]]
    assert scores == sorted(scores, reverse=True)


def test_other_boundaries_of_the_same_arguments_are_boundary_issues(trained):
    """Not missing; accepted, they take the place of what they overlap."""
    right, short = ("Ann Lee", "author", "Dune"), ("Lee", "author", "Dune")
    cut = [(text, [short if fact == right else fact for fact in facts]) for text, facts in FAULTY]
    found = audit(trained, gold(trained, cut)).issues
    assert texts(found[BOUNDARY])[0] == right
    assert right not in texts(found[MISSING])
    assert list(short) in found[BOUNDARY][0].evidence["overlapping_gold"]
    item = {**found[BOUNDARY][0].to_dict(), "decision": "accept"}
    docs, applied, counts = apply_decisions(gold(trained, cut), [item])
    assert [gold_texts(doc) for doc in docs] == [set(f) for _, f in FAULTY]
    assert (applied, counts.replaced) == ([item], 1)
    # What is proposed to people is what accepting it would give.
    doc = gold(trained, cut)[0]
    assert gold_texts(with_proposals(doc, found[BOUNDARY][:1])) == set(FAULTY[0][1])


def test_other_pairings_of_gold_arguments_are_pairing_issues(trained):
    """It is not missing: of two subjects and two objects, who annotated them had a choice."""
    right = {("Bob", "author", "Tron"), ("Ann", "author", "Dune")}
    wrong = [("Bob", "author", "Dune"), ("Ann", "author", "Tron")]
    twisted = [(text, wrong if set(facts) == right else facts) for text, facts in SENTENCES]
    found = audit(trained, gold(trained, twisted))
    assert set(texts(found.issues[PAIRING])[:2]) == right
    assert not right & set(texts(found.issues[MISSING]))
    assert "Bob wrote Tron and Ann wrote Dune" in {doc.text for doc, _ in group_by_text(found)}
    assert PAIRING not in {s.kind for _, own in group_by_text(found) for s in own}
    items = [{**s.to_dict(), "decision": "accept"} for s in found.issues[PAIRING][:2]]
    docs, _, counts = apply_decisions(gold(trained, twisted), items)
    assert gold_texts(docs[1]) == {*right, *wrong}
    assert (counts.added, counts.removed) == (2, 0)


def test_correct_gold_has_no_low_confidence(trained):
    assert audit(trained, gold(trained, SENTENCES)).issues[LOW_CONFIDENCE] == []


def test_the_limit_leaves_the_best_and_counts_all(trained):
    empty = [(TEXT, []), *OTHERS]
    every, one = (audit(trained, gold(trained, empty), limit=n) for n in (200, 1))
    assert texts(one.issues[MISSING]) == texts(every.issues[MISSING])[:1]
    assert one.counts[MISSING] == every.counts[MISSING] == len(every.issues[MISSING]) > 1


def test_the_pipeline_is_left_as_it_was(trained):
    before = answers(trained)
    audit(trained, gold(trained))
    assert answers(trained) == before


def test_what_is_not_annotated_is_left_out(trained):
    unknown = trained.make_doc(TEXT)
    assert audit(trained, [unknown, *gold(trained, OTHERS)]).counts[MISSING] == 0
    with pytest.raises(ValueError, match="No text has gold"):
        audit(trained, [unknown])


def test_two_docs_of_one_text_have_one_issue(trained):
    found = audit(trained, [*gold(trained), *gold(trained)])
    once = audit(trained, gold(trained))
    assert texts(found.issues[MISSING]) == texts(once.issues[MISSING])
    items = decide(found, "accept", "accept")
    docs, _, counts = apply_decisions([*gold(trained), *gold(trained)], items)
    assert [gold_texts(doc) for doc in docs] == 2 * [set(f) for _, f in SENTENCES]
    assert (counts.added, counts.removed, counts.unused) == (1, 1, 0)


def test_gold_that_the_pipeline_does_not_cover_is_skipped_and_counted(trained):
    odd = [("Ann admires Bob", [("Ann", "admires", "Bob")])]
    found = audit(trained, gold(trained, [*SENTENCES, *odd]))
    assert (found.issues[LOW_CONFIDENCE], found.n_skipped) == ([], 1)


def test_scores_are_those_of_a_pipeline_with_permissive_thresholds(trained):
    config = {
        "spo_relation_classifier": {"threshold": MIN_PREDICATE_THRESHOLD},
        "spo_tagger": {"boundary_threshold": MIN_THRESHOLD, "pair_threshold": MIN_THRESHOLD},
    }
    nlp = spacy.blank("en")
    for name in trained.pipe_names:
        nlp.add_pipe(name, config=config[name])
    nlp.from_bytes(trained.to_bytes())
    empty = [make_doc(trained, text, []) for text, _ in UNSEEN]
    issues = audit(trained, empty, limit=1000).issues[MISSING]
    predicted = {}
    for doc in nlp.pipe(text for text, _ in UNSEEN):
        for triple in doc._.spo_triples:
            key = (doc.text, text_key(triple))
            predicted[key] = max(triple.score, predicted.get(key, 0.0))
    scores = {(issue.doc.text, text_key(issue.triple)): issue.score for issue in issues}
    assert scores == pytest.approx(predicted)
    assert len(scores) > sum(len(doc._.spo_triples) for doc in trained.pipe(t for t, _ in UNSEEN))


def test_low_confidence_depends_on_the_maximum(trained):
    none, all_ = (audit(trained, gold(trained), max_confidence=c) for c in (0.0, 1.0))
    assert none.counts[LOW_CONFIDENCE] == 0
    assert all_.counts[LOW_CONFIDENCE] == sum(len(facts) for _, facts in FAULTY)

"""Decisions on label issues, applied to a corpus."""

import pytest
from faulty_gold import FAULTY, decide, gold, gold_texts
from support import SENTENCES

from spacy_spo.analysis.auditing import audit
from spacy_spo.analysis.decisions import apply_decisions
from spacy_spo.analysis.issues import BOUNDARY, LOW_CONFIDENCE, MISSING
from spacy_spo.triples import Triple, get_triples, set_triples


def accept_boundaries(blank, gold_ends, *proposed_ends):
    """Corrected subjects, for gold and accepted issues by their ends in "A B C D wrote E"."""
    doc = blank("A B C D wrote E")
    triples = [Triple(doc[a:b], "author", doc[5:6]) for a, b in (*gold_ends, *proposed_ends)]
    set_triples(doc, triples[: len(gold_ends)])
    items = [
        {"id": str(i), "kind": BOUNDARY, "text": doc.text, "triple": t.to_dict()}
        for i, t in enumerate(triples[len(gold_ends) :])
    ]
    (corrected,), _, counts = apply_decisions([doc], [{**i, "decision": "accept"} for i in items])
    return [t.subject.text for t in get_triples(corrected)], counts


def test_a_boundary_issue_replaces_all_that_it_overlaps_and_nothing_else(blank):
    assert accept_boundaries(blank, [(0, 1), (2, 3), (3, 4)], (0, 3))[0] == ["D", "A B C"]


def test_a_boundary_issue_without_anything_to_replace_is_unused(blank):
    found, counts = accept_boundaries(blank, [(0, 1)], (2, 3))
    assert (found, counts.replaced, counts.unused) == (["A"], 0, 1)


def test_of_two_boundary_issues_the_first_is_kept(blank):
    found, counts = accept_boundaries(blank, [(0, 3)], (0, 2), (1, 3))
    assert (found, counts.replaced, counts.unused) == (["A B"], 1, 1)


def test_accepted_decisions_correct_the_gold(trained):
    items = decide(audit(trained, gold(trained)), "accept", "accept")
    docs, applied, counts = apply_decisions(gold(trained), items)
    assert [gold_texts(doc) for doc in docs] == [set(f) for _, f in SENTENCES]
    assert [item["kind"] for item in applied] == [MISSING, LOW_CONFIDENCE]
    assert (counts.added, counts.removed, counts.unused) == (1, 1, 0)
    assert counts.undecided == len(items) - 2
    assert all(triple.score == 1 for doc in docs for triple in get_triples(doc))


def test_other_decisions_change_nothing(trained):
    items = decide(audit(trained, gold(trained)), "reject", None)
    docs, applied, counts = apply_decisions(gold(trained), items)
    assert [gold_texts(doc) for doc in docs] == [set(f) for _, f in FAULTY]
    assert (applied, counts.added, counts.removed) == ([], 0, 0)


def test_decisions_that_fit_nothing_are_counted(trained):
    items = decide(audit(trained, gold(trained)), "accept", "accept")
    _, applied, counts = apply_decisions([trained.make_doc("another text")], items)
    assert (applied, counts.unused) == ([], 2)
    # Accepted twice is accepted once.
    docs, _, _ = apply_decisions(gold(trained), items)
    assert apply_decisions(docs, items)[2].unused == 2


def test_all_mentions_of_low_confidence_gold_are_removed(blank):
    doc = blank("Ann met Bob and Ann met Bob")
    twice = [Triple(doc[a : a + 1], "met", doc[b : b + 1]) for a, b in ((0, 2), (4, 6))]
    set_triples(doc, twice)
    item = {"id": "x", "kind": LOW_CONFIDENCE, "text": doc.text, "decision": "accept"}
    (corrected,), _, counts = apply_decisions([doc], [{**item, "triple": twice[0].to_dict()}])
    assert get_triples(corrected) == [] and counts.removed == 1


def test_a_decision_that_is_none_is_refused(trained):
    items = decide(audit(trained, gold(trained)), "yes", None)
    with pytest.raises(ValueError, match="not 'yes'"):
        apply_decisions(gold(trained), items)
    with pytest.raises(ValueError, match="not 'unheard of'"):
        apply_decisions(gold(trained), [{**items[0], "kind": "unheard of"}])
    for broken in ([1, 2], {"id": "x", "decision": "accept"}):
        with pytest.raises(ValueError, match="Decision 1 is not what an audit wrote"):
            apply_decisions(gold(trained), [broken])


def test_contradicting_decisions_are_refused(trained):
    items = decide(audit(trained, gold(trained)), "accept", "accept")
    with pytest.raises(ValueError, match="Decision 2: this decision differs from Decision 1"):
        apply_decisions(gold(trained), [items[0], {**items[0], "decision": "reject"}])


def test_types_and_qualifiers_come_through(blank):
    doc, other = blank("Ann wrote Dune in Rome"), blank("Ann wrote Dune in Rome")
    types = {"subject": "Person", "inArea": "Place"}
    triple = Triple(doc[0:1], "author", doc[2:3], 0.7, {"inArea": doc[4:5]}, types)
    item = {
        "id": "x",
        "kind": MISSING,
        "text": doc.text,
        "triple": triple.to_dict(),
        "decision": "accept",
    }
    set_triples(other, [])
    (corrected,), _, _ = apply_decisions([other], [item])
    (new,) = get_triples(corrected)
    assert new == triple
    assert (new.types, new.score) == (types, 1.0)


@pytest.mark.parametrize(
    ("old", "kind"), [("variant", "replaced"), ("crossed", "added"), ("doubtful", "removed")]
)
def test_kinds_of_earlier_versions_are_read(old, kind, blank):
    doc = blank("A B wrote D E")
    gold_triple, other = Triple(doc[0:1], "author", doc[3:4]), Triple(doc[0:2], "author", doc[3:4])
    set_triples(doc, [gold_triple])
    triple = {"variant": other, "crossed": other, "doubtful": gold_triple}[old]
    item = {"id": "x", "kind": old, "text": doc.text, "triple": triple.to_dict()}
    (corrected,), applied, counts = apply_decisions([doc], [{**item, "decision": "accept"}])
    assert getattr(counts, kind) == 1
    expected = {"variant": [other], "crossed": [gold_triple, other], "doubtful": []}
    assert get_triples(corrected) == expected[old]
    assert applied[0]["kind"] not in ("variant", "crossed", "doubtful")


def edited(item, path, value):
    """A copy of an item with another value at a path of keys."""
    key, *rest = path
    return {**item, key: edited(item[key], rest, value) if rest else value}


@pytest.mark.parametrize(
    "path, value, reason",
    [
        (["id"], ["x"], "'id' must be a string"),
        (["kind"], [], "'kind' must be a string"),
        (["text"], ["A B wrote D"], "'text' must be a string"),
        (["decision"], ["accept"], "'decision' must be"),
        (["triple"], 1, "'triple' must be a JSON object"),
        (["triple"], {}, "the key 'subject' is missing"),
        (["triple", "subject"], 5, "is not at characters of 'text'"),
        (["triple", "predicate"], "", "predicate of a triple is empty"),
        (["triple", "qualifiers"], 5, "'qualifiers' must be a JSON object"),
        (["triple", "subject", "start"], "x", "'start' and 'end'"),
        (["triple", "subject", "start"], True, "'start' and 'end'"),
        (["triple", "subject"], {"text": "A"}, "is not at characters of 'text'"),
        (["triple", "subject", "end"], 10**30, "is not at characters of 'text'"),
        (["triple", "subject", "start"], -11, "is not at characters of 'text'"),
        (["triple", "subject", "end"], 3, "the characters 0 to 3 of 'text' are 'A B'"),
        (["triple", "object", "text"], "E", "the 'object' is 'E'"),
    ],
)
def test_edited_issues_are_refused(path, value, reason, blank):
    doc = blank("A B wrote D")
    set_triples(doc, [])
    triple = Triple(doc[0:1], "author", doc[3:4]).to_dict()
    item = {"id": "x", "kind": MISSING, "text": doc.text, "triple": triple, "decision": "accept"}
    assert apply_decisions([doc], [item])[2].added == 1
    with pytest.raises(ValueError, match="Decision 2 is not what an audit wrote") as caught:
        apply_decisions([doc], [item, edited(item, path, value)])
    assert reason in str(caught.value)

"""Each statement on how triples are stored and what they survive."""

import copy
import json
import pickle

import pytest
from spacy.tokens import Doc, DocBin, Span, SpanGroup

import spacy_spo
from spacy_spo.triples import (
    TRIPLES_KEY,
    Triple,
    doc_from_json,
    doc_to_json,
    find_relation_keys,
    find_triple_keys,
    get_relations,
    get_triples,
    has_relations,
    has_triples,
    relations_key,
    require_triples,
    set_relation_spans,
    set_triples,
)

TEXT = "In Rome Ann Lee played Ada in the long film Tron II today"


@pytest.fixture
def doc(blank):
    doc = blank.make_doc(TEXT)
    span = {
        t: doc.char_span(TEXT.index(t), TEXT.index(t) + len(t))
        for t in ("Ann Lee", "Ada", "Tron II", "Rome")
    }
    first = Triple(
        span["Ann Lee"],
        "plays",
        span["Ada"],
        score=0.75,
        qualifiers={"inWork": span["Tron II"]},
        types={"subject": "person", "inWork": "film"},
    )
    doc._.spo_triples = [first, Triple(span["Tron II"], "place", span["Rome"], score=0.5)]
    return doc


def contents(doc):
    return [triple.to_dict() for triple in doc._.spo_triples]


def test_getter_gives_what_the_setter_took(doc):
    first, second = doc._.spo_triples
    assert (first.subject.text, first.predicate, first.object.text) == ("Ann Lee", "plays", "Ada")
    assert first.qualifiers["inWork"].text == "Tron II"
    assert (first.score, second.score) == (0.75, 0.5)
    assert first.types == {"subject": "person", "inWork": "film"}
    assert not second.qualifiers and not second.types


def test_to_dict_is_plain_json_with_offsets(doc):
    assert contents(doc)[0] == {
        "subject": {"text": "Ann Lee", "start": 8, "end": 15, "type": "person"},
        "predicate": "plays",
        "object": {"text": "Ada", "start": 23, "end": 26},
        "score": 0.75,
        "qualifiers": {"inWork": {"text": "Tron II", "start": 44, "end": 51, "type": "film"}},
    }


def test_equality_and_hash_go_by_content(doc):
    first, second = doc._.spo_triples
    twin = Triple(first.subject, "plays", first.object, 0.1, first.qualifiers)
    assert first == twin and len({first, twin, second}) == 2
    assert first != Triple(first.subject, "plays", first.object)
    assert first != Triple(first.subject, "sings", first.object, qualifiers=first.qualifiers)
    assert first != Triple(doc[0:1], "plays", first.object, qualifiers=first.qualifiers)
    assert first != "plays"


def test_duplicates_are_written_once(doc):
    first = doc._.spo_triples[0]
    doc._.spo_triples = [first, first]
    assert len(doc._.spo_triples) == 1


def roundtrip_bytes(doc):
    return Doc(doc.vocab).from_bytes(doc.to_bytes())


def roundtrip_docbin(doc):
    data = DocBin(docs=[doc]).to_bytes()
    return next(DocBin().from_bytes(data).get_docs(doc.vocab))


def roundtrip_pickle(doc):
    return pickle.loads(pickle.dumps(doc))


@pytest.mark.parametrize(
    "roundtrip", [roundtrip_bytes, roundtrip_docbin, roundtrip_pickle, Doc.copy, copy.copy]
)
def test_triples_survive_whole(doc, roundtrip):
    assert contents(roundtrip(doc)) == contents(doc)


def test_triples_survive_nlp_pipe_on_docs(blank, doc):
    assert contents(next(blank.pipe([doc]))) == contents(doc)


def test_from_docs_shifts_offsets_and_loses_only_scores_and_types(doc):
    merged = Doc.from_docs([doc, doc])
    triples = merged._.spo_triples
    assert [t.subject.text for t in triples] == ["Ann Lee", "Tron II"] * 2
    assert triples[2].subject.start_char == len(TEXT) + 1 + 8
    assert triples[2].qualifiers["inWork"].start_char == len(TEXT) + 1 + 44
    assert {t.score for t in triples} == {1.0} and not triples[0].types


@pytest.mark.parametrize(
    "roundtrip", [roundtrip_bytes, roundtrip_docbin, roundtrip_pickle, Doc.copy]
)
def test_present_but_empty_is_not_absent(blank, roundtrip):
    unannotated, empty = blank.make_doc("a b"), blank.make_doc("a b")
    empty._.spo_triples = []
    assert TRIPLES_KEY in roundtrip(empty).spans
    assert TRIPLES_KEY not in roundtrip(unannotated).spans
    assert unannotated._.spo_triples == empty._.spo_triples == []


def test_to_json_of_spacy_gives_a_clear_error_and_ours_survives(doc):
    with pytest.raises(ValueError, match="doc_to_json"):
        _ = Doc(doc.vocab).from_json(doc.to_json())._.spo_triples
    again = spacy_spo.doc_from_json(doc.vocab, spacy_spo.doc_to_json(doc))
    assert contents(again) == contents(doc)


def test_doc_to_json_keeps_other_span_groups_and_unannotated_docs(blank):
    doc = blank.make_doc("a b")
    doc.spans["mine"] = [doc[0:1]]
    again = spacy_spo.doc_from_json(doc.vocab, spacy_spo.doc_to_json(doc))
    assert [s.text for s in again.spans["mine"]] == ["a"] and TRIPLES_KEY not in again.spans


def test_span_as_doc_keeps_the_triples_inside(doc):
    part = spacy_spo.span_as_doc(doc[2:12])
    (triple,) = part._.spo_triples
    assert part.text.startswith("Ann Lee") and triple.subject.text == "Ann Lee"
    assert triple.qualifiers["inWork"].text == "Tron II"
    assert (triple.score, triple.types) == (0.75, {"subject": "person", "inWork": "film"})
    unannotated = Doc(doc.vocab, words=["x"])
    assert TRIPLES_KEY not in spacy_spo.span_as_doc(unannotated[:]).spans


def merge(doc, start, end):
    with doc.retokenize() as retokenizer:
        retokenizer.merge(doc[start:end])


# Around an argument, a whole argument, and behind every argument.
@pytest.mark.parametrize("start, end", [(0, 1), (2, 4), (6, 9), (10, 12)])
def test_after_retokenising_triples_are_correct_or_an_error(doc, start, end):
    before = contents(doc)
    merge(doc, start, end)
    if end - start == 1:
        assert contents(doc) == before
    else:
        with pytest.raises(ValueError, match="realign"):
            _ = doc._.spo_triples
    spacy_spo.realign(doc)
    assert contents(doc) == before


def test_realign_refuses_an_argument_that_was_merged_away(doc):
    merge(doc, 5, 7)  # "Ada in"
    with pytest.raises(ValueError, match="'Ada'"):
        spacy_spo.realign(doc)


def test_align_carries_triples_to_other_tokens(blank, doc):
    words = [
        "In",
        "Rome",
        "Ann Lee",
        "played",
        "Ada",
        "in",
        "the",
        "long",
        "film",
        "Tron",
        "II",
        "today",
    ]
    other = Doc(blank.vocab, words=words)
    aligned, misaligned = spacy_spo.align(doc._.spo_triples, other)
    assert [t.to_dict() for t in aligned] == contents(doc) and not misaligned
    set_triples(other, aligned)
    coarse = Doc(blank.vocab, words=["In Rome", *words[2:]])
    aligned, misaligned = spacy_spo.align(doc._.spo_triples, coarse)
    assert [t.predicate for t in aligned] == ["plays"] and [t.predicate for t in misaligned] == [
        "place"
    ]


def test_the_setter_refuses_spans_of_another_doc_and_empty_ones(blank, doc):
    other = blank.make_doc(TEXT)
    with pytest.raises(ValueError, match="another Doc"):
        other._.spo_triples = doc._.spo_triples
    with pytest.raises(ValueError, match="no tokens"):
        doc._.spo_triples = [Triple(doc[0:1], "p", doc[3:3])]


@pytest.mark.parametrize("predicate", ["", None, 3])
def test_a_predicate_is_a_non_empty_string(doc, predicate):
    with pytest.raises(ValueError, match="predicate"):
        Triple(doc[0:1], predicate, doc[1:2])


@pytest.mark.parametrize("name", ["subject", "object", ""])
def test_a_qualifier_cannot_take_a_role_of_its_triple(doc, name):
    with pytest.raises(ValueError, match="qualifier"):
        Triple(doc[0:1], "p", doc[1:2], qualifiers={name: doc[2:3]})


@pytest.mark.parametrize("score", [3, 1.0001, -0.1, float("nan")])
def test_a_score_is_from_0_to_1(doc, score):
    with pytest.raises(ValueError, match="from 0 to 1"):
        Triple(doc[0:1], "place", doc[1:2], score)
    assert [Triple(doc[0:1], "place", doc[1:2], score).score for score in (0, 1)] == [0, 1]


def test_the_setter_refuses_what_is_not_triples_and_leaves_those_there(doc):
    before = contents(doc)
    for value in ([("Ann Lee", "plays", "Ada")], "abc", None, doc._.spo_triples[0]):
        with pytest.raises(ValueError, match="iterable of Triple"):
            doc._.spo_triples = value
    assert contents(doc) == before


def test_a_doc_becomes_unannotated_as_the_error_of_the_setter_says(doc):
    with pytest.raises(ValueError, match=r"without triples; del doc\.spans\['spo'\] makes it"):
        doc._.spo_triples = None
    del doc.spans["spo"]
    assert not has_triples(doc) and doc._.spo_triples == []


@pytest.mark.parametrize(("key", "inside"), [("tokens", False), ("text", False), ("object", True)])
def test_json_that_doc_to_json_did_not_write_is_an_error(doc, key, inside):
    data = doc_to_json(doc)
    del (data["spo_triples"][0] if inside else data)[key]
    with pytest.raises(ValueError, match=f"doc_to_json writes.*'{key}' is missing"):
        doc_from_json(doc.vocab, data)


def test_relations_are_read_with_their_highest_score(doc):
    assert doc._.spo_relations == {}
    spans = [doc.char_span(0, 2, label=label) for label in ("a", "b", "a")]
    doc.spans[relations_key()] = SpanGroup(doc, spans=spans, attrs={"scores": [0.6, 0.7, 0.9]})
    assert doc._.spo_relations == {"a": 0.9, "b": 0.7}
    with pytest.raises(AttributeError, match="cannot be set"):
        doc._.spo_relations = {}


def test_spans_without_roles_are_an_error(doc):
    doc.spans[TRIPLES_KEY] = [doc[0:1], doc[1:2]]
    with pytest.raises(ValueError, match="roles"):
        _ = doc._.spo_triples


def test_relations_move_with_the_triples(doc):
    doc.spans[relations_key()] = SpanGroup(doc, spans=[doc[0:13].char_span(0, 57, label="plays")])
    doc.spans[relations_key()].attrs["scores"] = [0.9]
    merge(doc, 2, 4)
    with pytest.raises(ValueError, match="realign"):
        _ = doc._.spo_relations
    spacy_spo.realign(doc)
    assert doc._.spo_relations == {"plays": 0.9}
    assert contents(roundtrip_bytes(doc)) == contents(doc)


@pytest.fixture
def both_keys(doc):
    """A Doc with triples and relations under two keys, and none of one of them."""
    triple = Triple(doc[2:4], "plays in", doc[10:12], 0.25, types={"subject": "person"})
    set_triples(doc, [triple], "films")
    set_triples(doc, [], "empty")
    set_relation_spans(doc, [(Span(doc, 0, len(doc), label="plays in"), 0.375)], "films")
    doc.spans["mine"] = [doc[0:1]]
    return doc


def groups(doc):
    keys = ("spo", "films", "empty", "missing")
    triples = {k: [t.to_dict() for t in get_triples(doc, k)] for k in keys if has_triples(doc, k)}
    relations = {k: get_relations(doc, k) for k in keys if has_relations(doc, k)}
    return triples, relations


def roundtrip_json(doc):
    return doc_from_json(doc.vocab, json.loads(json.dumps(doc_to_json(doc))))


@pytest.mark.parametrize(
    "roundtrip",
    [
        roundtrip_bytes,
        roundtrip_docbin,
        roundtrip_pickle,
        roundtrip_json,
        Doc.copy,
        lambda doc: spacy_spo.span_as_doc(doc[:]),
        lambda doc: spacy_spo.join_docs([doc]),
    ],
)
def test_triples_of_all_keys_survive_whole(both_keys, roundtrip):
    triples, relations = groups(both_keys)
    assert set(triples) == {"spo", "films", "empty"} and triples["films"][0]["score"] == 0.25
    assert relations == {"films": {"plays in": 0.375}}
    assert groups(roundtrip(both_keys)) == (triples, relations)


def test_keys_are_found_by_what_is_in_the_groups(both_keys):
    assert find_triple_keys(both_keys) == ["spo", "films", "empty"]
    assert find_relation_keys(both_keys) == ["films"]
    # Without attrs, by the roles.
    assert find_triple_keys(Doc.from_docs([both_keys, both_keys])) == ["spo", "films"]
    both_keys.spans["other_relations"] = [both_keys[0:1]]
    assert find_relation_keys(both_keys) == ["films"]


def test_realign_moves_the_spans_of_all_keys(both_keys):
    before = groups(both_keys)
    merge(both_keys, 2, 4)
    with pytest.raises(ValueError, match="realign"):
        get_triples(both_keys, "films")
    spacy_spo.realign(both_keys)
    assert groups(both_keys) == before


def test_errors_name_the_key(both_keys):
    with pytest.raises(ValueError, match=r"del doc\.spans\['films'\]"):
        set_triples(both_keys, "abc", "films")
    again = Doc(both_keys.vocab).from_json(both_keys.to_json())
    with pytest.raises(ValueError, match=r"doc\.spans\['films'\] have no roles"):
        get_triples(again, "films")


def test_a_pipeline_that_sets_triples_under_another_key_is_told_so(blank, both_keys):
    with pytest.raises(ValueError, match=r"\['missing'\].*\['spo', 'films', 'empty'\].*spans_key"):
        require_triples(blank, both_keys, "missing")

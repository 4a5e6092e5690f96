"""Triples and relations that leave their Doc: joined, cut out, pickled, copied."""

import copy
import pickle

import pytest
from spacy.tokens import Doc, Span

from spacy_spo.triples import (
    Triple,
    get_relation_spans,
    get_triples,
    join_docs,
    set_relation_spans,
    set_triples,
    span_as_doc,
)

KEYS = ["spo", "second"]


def make_doc(blank, text, subject, obj, scores, keys=KEYS):
    doc = blank.make_doc(text)
    spans = [doc.char_span(text.index(a), text.index(a) + len(a)) for a in (subject, obj)]
    for key, score in zip(keys, scores):
        set_triples(doc, [Triple(spans[0], f"{key} wrote", spans[1], score)], key)
        segment = Span(doc, 0, len(doc), label=f"{key} wrote")
        set_relation_spans(doc, [(segment, score + 0.125)], key)
    return doc


@pytest.fixture
def docs(blank):
    return [
        make_doc(blank, "Ann wrote Dune.", "Ann", "Dune", [0.5, 0.25]),
        make_doc(blank, "Then Bob wrote Tron.", "Bob", "Tron", [0.75, 0.125]),
    ]


def relations(doc, key):
    return [(span.text, span.label_, score) for span, score in get_relation_spans(doc, key)]


def triples(doc, key):
    return [(str(t), t.score) for t in get_triples(doc, key)]


def test_joined_docs_keep_triples_and_relations_of_every_key(docs):
    joined = join_docs(docs)
    for key in KEYS:
        assert triples(joined, key) == [t for doc in docs for t in triples(doc, key)]
        assert relations(joined, key) == [r for doc in docs for r in relations(doc, key)]
    assert joined._.spo_relations == {"spo wrote": 0.875}


def test_joined_docs_are_annotated_under_the_keys_of_all(blank, docs):
    other = make_doc(blank, "Cy wrote Alien.", "Cy", "Alien", [0.5], ["spo"])
    joined = join_docs([*docs, other])
    assert list(joined.spans) == ["spo", "spo_relations"]
    assert len(get_triples(joined)) == len(relations(joined, "spo")) == 3
    assert not list(join_docs([*docs, blank.make_doc("Nobody.")]).spans)


def test_a_span_keeps_triples_and_relations_of_every_key(docs):
    joined = join_docs(docs)
    part = span_as_doc(joined[3:])
    for key in KEYS:
        assert triples(part, key) == triples(docs[1], key)
        # The segment of the first relation reaches into the part with its last token.
        (cut, _, _), whole = relations(part, key)
        assert (cut, whole) == (".", relations(docs[1], key)[0])
    alone = span_as_doc(joined[4:])
    assert [relations(alone, key) for key in KEYS] == [relations(docs[1], key) for key in KEYS]


def test_other_span_groups_are_as_spacy_leaves_them(docs):
    for doc in docs:
        doc.spans["mine"] = [doc[:1]]
    joined = join_docs(docs)
    assert [span.text for span in joined.spans["mine"]] == ["Ann", "Then"]


@pytest.mark.parametrize("travel", [lambda t: pickle.loads(pickle.dumps(t)), copy.deepcopy])
def test_triples_take_their_doc_along(docs, travel):
    kept = Triple(
        docs[0][:1], "wrote", docs[0][2:3], 0.5, {"inYear": docs[0][3:4]}, {"subject": "person"}
    )
    first, second = travel([kept, kept])
    assert first == kept and first.to_dict() == kept.to_dict()
    assert first.subject.doc is second.subject.doc is not docs[0]
    assert isinstance(first.subject.doc, Doc)

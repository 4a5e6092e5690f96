"""`spacy_spo.extract`: texts in, records out."""

import pytest
import spacy
from support import SENTENCES, TEXTS

from spacy_spo import extract


def test_records_are_in_the_order_of_the_texts(trained):
    records = list(extract(trained, iter(TEXTS), batch_size=2))
    assert [record["text"] for record in records] == TEXTS
    assert [len(record["triples"]) for record in records] == [len(facts) for _, facts in SENTENCES]
    (triple, _) = records[0]["triples"]
    assert triple["subject"] == {"text": "Ann Lee", "start": 0, "end": 7}
    assert triple["predicate"] == "author" and 0 < triple["score"] <= 1


def test_texts_are_a_stream(trained):
    def texts():
        yield from TEXTS[:2]
        raise KeyError("read too far")

    records = extract(trained, texts(), batch_size=1)
    assert next(records)["text"] == TEXTS[0]


def test_no_texts_are_no_records(trained):
    assert list(extract(trained, [])) == []


def test_a_pipeline_that_sets_no_triples_is_an_error():
    with pytest.raises(ValueError, match="No component of the pipeline sets triples"):
        next(extract(spacy.blank("en"), TEXTS))


def test_one_text_in_place_of_an_iterable_is_refused(trained):
    with pytest.raises(ValueError, match="iterable of texts"):
        list(extract(trained, "Ann Lee wrote Dune"))

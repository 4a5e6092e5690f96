"""`spacy_spo.extract`: texts in, records out."""

import pytest
import spacy
from support import SENTENCES, TEXTS

from spacy_spo import extract
from spacy_spo.provenance import set_provenance


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
    for text in ("Ann Lee wrote Dune", trained.make_doc("Ann Lee wrote Dune")):
        with pytest.raises(ValueError, match="iterable of texts"):
            list(extract(trained, text))


def test_records_have_the_ids_and_meta_data_of_their_texts(trained):
    doc = trained.make_doc(TEXTS[1])
    set_provenance(doc, 0, {"page": 3})
    texts = [(TEXTS[0], {"id": "a-7", "meta": {"pages": [3, 4]}}), doc, TEXTS[2]]
    first, second, third = extract(trained, texts)
    assert list(first) == ["id", "text", "triples", "meta"]
    assert (first["id"], first["meta"]) == ("a-7", {"pages": [3, 4]})
    assert (second["id"], second["text"], second["meta"]) == (0, TEXTS[1], {"page": 3})
    assert list(third) == ["text", "triples"]
    assert [len(record["triples"]) for record in (first, second, third)] == [2, 2, 2]

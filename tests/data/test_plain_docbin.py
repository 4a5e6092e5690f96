"""Files of Docs without linguistic annotation: what spaCy's own DocBin reads and writes."""

import pytest
from spacy.tokens import DocBin, Span
from spacy.vocab import Vocab
from support import make_doc

from spacy_spo.data.doc_files import read_docs, write_docs
from spacy_spo.data.plain_docbin import PlainDocBin
from spacy_spo.provenance import get_context, set_provenance
from spacy_spo.triples import get_triples

TEXT, FACTS = "Ann wrote Dune", [("Ann", "wrote", "Dune")]
META = {"pages": [1, [2]]}


@pytest.fixture
def docs(blank):
    docs = [
        make_doc(blank, TEXT, FACTS),
        make_doc(blank, "Nobody", []),
        blank.make_doc("  x\n y "),
        blank.make_doc(""),
    ]
    docs[0].cats["film"] = 0.5
    docs[0].spans["mine"] = docs[0].spans["yours"] = [
        Span(docs[0], 0, 1, label="kind", kb_id="Q1", span_id="first"),
        Span(docs[0], 1, 2, label=3),
    ]
    set_provenance(docs[1], 3, META)
    return docs


def test_files_keep_docs_as_they_are(docs, tmp_path):
    write_docs(docs, tmp_path / "a.spacy")
    read = list(read_docs(tmp_path / "a.spacy"))
    assert [d.text for d in read] == [d.text for d in docs]
    assert [[t.text for t in d] for d in read] == [[t.text for t in d] for d in docs]
    assert [list(d.spans) for d in read] == [["spo", "mine", "yours"], ["spo"], [], []]
    assert [t.to_dict() for t in get_triples(read[0])] == [
        t.to_dict() for t in get_triples(docs[0])
    ]
    first = read[0].spans["yours"][0]
    assert (first.label_, first.kb_id_, first.id_) == ("kind", "Q1", "first")
    assert read[0].cats == {"film": 0.5}
    assert [get_context(d) for d in read] == [{}, {"id": 3, "meta": META}, {}, {}]


def test_it_holds_what_the_docbin_of_spacy_holds(docs):
    """Breaks if a release of spaCy stores Docs in another way."""
    plain = PlainDocBin(docs)
    other = DocBin(attrs=["ORTH"], store_user_data=True, docs=docs)
    for name in ("attrs", "cats", "flags", "span_groups", "user_data", "version"):
        assert getattr(plain, name) == getattr(other, name), name
    for name in ("tokens", "spaces"):
        pairs = zip(getattr(plain, name), getattr(other, name), strict=True)
        assert all(a.dtype == b.dtype and (a == b).all() for a, b in pairs), name
    assert plain.strings <= other.strings
    loaded = DocBin().from_bytes(plain.to_bytes()).get_docs(Vocab())
    assert [doc.text for doc in loaded] == [doc.text for doc in docs]


def test_many_docs_are_a_folder_of_files(docs, tmp_path):
    write_docs(iter(docs), tmp_path / "a.spacy", docs_per_file=2)
    assert sorted(p.name for p in (tmp_path / "a.spacy").iterdir()) == [
        "00000.spacy",
        "00001.spacy",
    ]
    assert [d.text for d in read_docs(tmp_path / "a.spacy")] == [d.text for d in docs]


@pytest.mark.parametrize("store_user_data", [False, True])
def test_files_of_other_docbins_are_read(docs, store_user_data, tmp_path):
    DocBin(docs=docs, store_user_data=store_user_data).to_disk(tmp_path / "a.spacy")
    read = list(read_docs(tmp_path / "a.spacy"))
    assert str(read[0]._.spo_triples[0]) == "Ann | wrote | Dune"
    assert get_context(read[1]) == ({"id": 3, "meta": META} if store_user_data else {})

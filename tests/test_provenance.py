"""Ids and meta data of texts: through serialisation, commands of spaCy, and our own pages."""

import copy
import json
import pickle
import warnings

import pytest
import spacy
import srsly
from spacy.tokens import Doc, DocBin
from spacy.training import Corpus
from support import TEXTS, make_doc, run_spacy

from spacy_spo.analysis.evidence import Violation
from spacy_spo.analysis.issues import MISSING, Issue
from spacy_spo.data.doc_files import TextFile, read_docs, write_docs
from spacy_spo.provenance import get_context, get_id, get_meta, set_provenance
from spacy_spo.triples import doc_from_json, doc_to_json, get_triples, join_docs, span_as_doc
from spacy_spo.visualize.display import render_page
from spacy_spo.visualize.evaluation_page import make_text, render_evaluation

TEXT, FACTS = "Ann wrote Dune", [("Ann", "wrote", "Dune")]
META = {"pages": [1, [2, {"of": None}]], "来源": "旧报", "\ud800": 2**80}
IDS = ["a-7", 7, 0, "", 2**70, -1]


@pytest.fixture
def doc(blank):
    doc = make_doc(blank, TEXT, FACTS)
    set_provenance(doc, "a-7", META)
    return doc


def through_docbin(doc):
    data = DocBin(docs=[doc], store_user_data=True).to_bytes()
    return next(DocBin().from_bytes(data).get_docs(spacy.blank("en").vocab))


@pytest.mark.parametrize(
    "travel",
    [
        through_docbin,
        Doc.copy,
        copy.deepcopy,
        lambda doc: pickle.loads(pickle.dumps(doc)),
        lambda doc: Doc(doc.vocab).from_bytes(doc.to_bytes()),
        lambda doc: doc_from_json(doc.vocab, doc_to_json(doc)),
    ],
)
@pytest.mark.parametrize("known", IDS)
def test_both_go_with_a_doc_unchanged(doc, travel, known):
    set_provenance(doc, known, META)
    arrived = travel(doc)
    assert (arrived._.spo_id, arrived._.spo_meta) == (known, META)
    assert type(arrived._.spo_id) is type(known)


def test_a_doc_without_them_has_no_user_data(blank):
    doc = make_doc(blank, TEXT, FACTS)
    set_provenance(doc)
    assert (doc._.spo_id, doc._.spo_meta, doc.user_data) == (None, {}, {})
    assert "provenance" not in doc_to_json(doc)


def test_they_can_be_set_one_by_one(doc):
    doc._.spo_id = 8
    assert get_context(doc) == {"id": 8, "meta": META}
    doc._.spo_meta = {"page": 1}
    doc._.spo_id = None
    assert get_context(doc) == {"meta": {"page": 1}}


def test_what_a_reader_changes_is_a_copy(doc):
    get_meta(doc)["pages"].append(3)
    assert get_meta(doc) == META


@pytest.mark.parametrize(
    "values, message",
    [
        ({"id": 1.5}, "whole number, not 1.5"),
        ({"id": True}, "whole number, not True"),
        ({"meta": ["a"]}, "are a dict"),
        ({"meta": {"a": {1}}}, "plain JSON"),
    ],
)
def test_other_values_are_refused_and_change_nothing(doc, values, message):
    with pytest.raises(ValueError, match=message):
        set_provenance(doc, **values)
    assert get_context(doc) == {"id": "a-7", "meta": META}


def test_joined_docs_and_parts_have_none_and_no_warning(doc):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        joined = join_docs([doc, doc])
    assert get_context(joined) == get_context(span_as_doc(doc[:1])) == {}
    doc.user_data["mine"] = 1
    with pytest.warns(UserWarning, match="mine"):
        join_docs([doc, doc])


def test_a_corpus_of_spacy_has_them(doc, tmp_path):
    write_docs([doc], tmp_path / "a.spacy")
    (example,) = Corpus(tmp_path / "a.spacy")(spacy.blank("en"))
    assert get_context(example.reference) == {"id": "a-7", "meta": META}


def test_pipelines_of_spacy_keep_them(doc, tmp_path):
    nlp = spacy.blank("en")
    nlp.add_pipe("sentencizer")
    write_docs([doc], tmp_path / "a.spacy")
    nlp.to_disk(tmp_path / "model")
    (piped,) = nlp.pipe([doc.copy()])
    run_spacy("apply", tmp_path / "model", tmp_path / "a.spacy", tmp_path / "b.spacy")
    (applied,) = read_docs(tmp_path / "b.spacy")
    assert get_context(applied) == get_context(piped) == {"id": "a-7", "meta": META}


@pytest.mark.parametrize(
    "record, context",
    [
        ({}, {"id": None, "meta": {}}),
        ({"id": 0, "source": "a", "triples": []}, {"id": 0, "meta": {"source": "a"}}),
        ({"id": None, "meta": {"a": [1]}, "b": 2}, {"id": None, "meta": {"a": [1], "b": 2}}),
        ({"id": {"$oid": "f"}}, {"id": None, "meta": {"id": {"$oid": "f"}}}),
        ({"meta": "a note"}, {"id": None, "meta": {"meta": "a note"}}),
    ],
)
def test_records_of_texts_say_where_they_are_from(record, context, tmp_path):
    srsly.write_jsonl(tmp_path / "a.jsonl", [{"text": TEXT, **record}])
    assert list(TextFile(tmp_path / "a.jsonl")) == [(TEXT, context)]


@pytest.mark.parametrize(
    "name, content",
    [
        ("a.txt", "\n \nAnn\n\n\nBob\n"),
        ("a.jsonl", "\n".join(json.dumps({"text": t}) for t in ["", "Ann", " ", "\n", "Bob", ""])),
    ],
)
def test_blank_texts_are_counted(name, content, tmp_path):
    (tmp_path / name).write_text(content, encoding="utf8")
    file = TextFile(tmp_path / name)
    assert [text for text, _ in file] == [text for text, _ in file] == ["Ann", "Bob"]
    assert file.n_blank == 4


def test_issues_name_their_text(doc):
    (triple,) = get_triples(doc)
    for item in (Issue(MISSING, doc, triple, 0.5, {}), Violation(doc, triple, "rare")):
        row = item.to_dict()
        assert (row["text_id"], row["meta"], row["text"]) == ("a-7", META, TEXT)
    set_provenance(doc)
    assert not {"text_id", "meta"} & set(Violation(doc, triple, "rare").to_dict())


@pytest.mark.parametrize("known, shown", [("<7>", "&lt;7&gt;"), (0, "0")])
def test_pages_show_ids(doc, known, shown):
    doc._.spo_id = known
    assert f'<p class="id">{shown}</p>' in render_page([doc])
    page = render_evaluation("a", [], [make_text({"model": doc}, doc)])
    assert f'<p class="name">{shown}</p>' in page
    doc._.spo_id = None
    assert '<p class="id">' not in render_page([doc])
    assert '<p class="name">' not in render_evaluation("a", [], [make_text({"model": doc}, doc)])


@pytest.mark.slow
def test_an_audit_and_its_corrections_keep_them(trained, tmp_path):
    gold = [make_doc(trained, TEXTS[0], [("Ann Lee", "author", "Dune")])]
    set_provenance(gold[0], "a-7", {"page": 3})
    write_docs(gold, tmp_path / "gold.spacy")
    trained.to_disk(tmp_path / "model")
    folder, fixed = tmp_path / "audit", tmp_path / "fixed.spacy"
    run_spacy("spo", "audit", tmp_path / "model", tmp_path / "gold.spacy", folder)
    (issue,) = srsly.read_jsonl(folder / "missing.jsonl")
    assert (issue["text_id"], issue["meta"]) == ("a-7", {"page": 3})
    (task,) = srsly.read_jsonl(folder / "prodigy.jsonl")
    assert task["id"] == "a-7" and task["meta"]["page"] == 3 and task["meta"]["issues"]
    (task,) = srsly.read_json(folder / "label_studio.json")
    assert task["data"]["id"] == "a-7" and "issues" in task["data"]
    srsly.write_jsonl(folder / "missing.jsonl", [{**issue, "decision": "accept"}])
    arguments = [tmp_path / "gold.spacy", folder / "missing.jsonl", fixed]
    run_spacy("spo", "apply-audit", *arguments)
    (corrected,) = read_docs(fixed)
    assert len(get_triples(corrected)) == 2
    assert (get_id(corrected), get_meta(corrected)) == ("a-7", {"page": 3})

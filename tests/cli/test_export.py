"""`spacy spo export`: Docs in, a format out, and what is lost counted."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any, Dict, List

import pytest
import spacy
from spacy.cli import app
from spacy.tokens import Doc, DocBin
from support import SENTENCES, make_doc
from typer.testing import CliRunner

import spacy_spo.cli  # noqa: F401
from spacy_spo.data.detection import detect
from spacy_spo.data.doc_files import read_docs
from spacy_spo.data.entities import UNTYPED
from spacy_spo.data.format import OFFSETS, QUALIFIERS, SCORES, TYPES, UNANNOTATED
from spacy_spo.data.formats import find_builtin_formats
from spacy_spo.triples import Triple, get_triples, has_triples, set_triples

FORMATS = find_builtin_formats()
NLP = spacy.blank("en")
NAMES = [data_format.name for data_format in FORMATS if data_format.dump]
PAGE = (Path(__file__).parents[2] / "docs" / "annotations.md").read_text(encoding="utf8")
WITH_UNANNOTATED = {"spo_jsonl", "duie1", "duie2", "label_studio", "prodigy"}


def write_docs(path: Path, *sentences: Any) -> Path:
    docs = (make_doc(NLP, text, facts) for text, facts in sentences)
    DocBin(docs=docs).to_disk(path)
    return path


def run(*arguments: Any) -> Any:
    return CliRunner().invoke(app, ["spo", *(str(argument) for argument in arguments)])


def load(path: Path) -> List[Doc]:
    return list(DocBin().from_disk(path).get_docs(NLP.vocab))


def counts(output: str) -> Dict[str, int]:
    rows = re.findall(r"^\s*(\S.*?)  +([\d,]+)$", output, re.MULTILINE)
    return {name: int(count.replace(",", "")) for name, count in rows}


@pytest.mark.parametrize("name", NAMES)
def test_what_is_exported_converts_to_the_same_triples(name: str, tmp_path: Path) -> None:
    source = write_docs(tmp_path / "a.spacy", *SENTENCES)
    result = run("export", source, tmp_path / "out" / "a.json", "--format", name, "--strict")
    assert result.exit_code == 0, result.output
    assert detect(tmp_path / "out" / "a.json").name == name
    options = ["--lang", "en", "--strict", "--max-loss", "0"]
    result = run("convert", tmp_path / "out" / "a.json", tmp_path / "b.spacy", *options)
    assert result.exit_code == 0, result.output
    for before, after in zip(load(source), load(tmp_path / "b.spacy"), strict=True):
        assert (before.text, has_triples(after)) == (after.text, True)
        # Label Studio keeps the triples of a pair together.
        assert set(map(str, get_triples(after))) == set(map(str, get_triples(before)))
        assert len(get_triples(after)) == len(get_triples(before))


def test_counts_add_up(tmp_path: Path) -> None:
    nlp = spacy.blank("en")
    doc = nlp("Ann met Bob , and later Ann met Bob 3 May")
    qualifiers, types = {"onDate": doc[9:11]}, {"subject": "PER"}
    set_triples(
        doc,
        [
            Triple(doc[0:1], "met", doc[2:3], 0.5, {}, types),
            Triple(doc[6:7], "met", doc[8:9], 1.0, qualifiers, {}),
        ],
    )
    DocBin(docs=[doc, nlp("unknown")]).to_disk(tmp_path / "a.spacy")
    result = run("export", tmp_path / "a.spacy", tmp_path / "a.json", "--format", "triple_list")
    assert result.exit_code == 0, result.output
    assert counts(result.output) == {
        "Records": 2,
        "written": 1,
        "left out: without annotation": 1,
        "Triples": 2,
        "left out: same as another": 1,
        "left out: empty argument": 0,
        "changed: qualifiers": 1,
        "changed: types": 1,
        "changed: scores": 1,
        "changed: offsets": 1,
    }
    assert len(re.findall(r"^  written +1$", result.output, re.MULTILINE)) == 2
    (item,) = json.loads((tmp_path / "a.json").read_text(encoding="utf8"))
    assert item["triple_list"] == [["Ann", "met", "Bob"]]


@pytest.mark.parametrize("name", NAMES)
def test_a_doc_without_annotation_never_becomes_one_that_states_nothing(
    name: str, tmp_path: Path
) -> None:
    sentences = [("nothing here", []), ("not looked at", None)]
    source = write_docs(tmp_path / "a.spacy", *sentences)
    assert run("export", source, tmp_path / "a.json", "--format", name).exit_code == 0
    options = ["--lang", "en", "--format", name]
    assert run("convert", tmp_path / "a.json", tmp_path / "b.spacy", *options).exit_code == 0
    docs = {doc.text: has_triples(doc) for doc in load(tmp_path / "b.spacy")}
    unknown = {"not looked at": False} if name in WITH_UNANNOTATED else {}
    assert docs == {"nothing here": True, **unknown}


def test_the_docs_say_what_each_format_has_a_place_for() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (array|JSONL) \|(.*)\|$", PAGE, re.MULTILINE)
    shown = {(name, kind, *("yes" in c for c in cells.split("|"))) for name, kind, cells in rows}
    causes = (TYPES, OFFSETS, QUALIFIERS, SCORES, UNANNOTATED)
    assert shown == {
        (f.name, "array" if f.is_array else "JSONL", *(cause in f.represents for cause in causes))
        for f in FORMATS
        if f.dump
    }


def test_files_hold_an_array_or_a_record_a_line(tmp_path: Path) -> None:
    source = write_docs(tmp_path / "a.spacy", *SENTENCES)
    for name, opening in [("triple_list", "[\n{"), ("spo_jsonl", "{")]:
        run("export", source, tmp_path / "a.json", "--format", name)
        content = (tmp_path / "a.json").read_text(encoding="utf8")
        assert content.startswith(opening) and content.endswith("\n")
        # So that errors name the line of a record.
        assert content.count('\n{"text"') + content.startswith("{") == len(SENTENCES)


def test_text_is_written_as_it_is(tmp_path: Path) -> None:
    text = "  😀 «Ann»\tmet\n Bob\u3000"
    source = write_docs(tmp_path / "a.spacy", (text, [("Ann", "met", "Bob")]))
    assert run("export", source, tmp_path / "a.jsonl", "--format", "prodigy").exit_code == 0
    line = (tmp_path / "a.jsonl").read_text(encoding="utf8")
    assert "😀 «Ann»" in line and json.loads(line)["text"] == text


def test_a_folder_is_read_in_order_of_names(tmp_path: Path) -> None:
    folder = tmp_path / "docs"
    folder.mkdir()
    for name, text in [("00001.spacy", "second"), ("00000.spacy", "first")]:
        write_docs(folder / name, (text, []))
    (folder / "notes.txt").write_text("mine", encoding="utf8")
    assert run("export", folder, tmp_path / "a.jsonl", "--format", "spo_jsonl").exit_code == 0
    lines = (tmp_path / "a.jsonl").read_text(encoding="utf8").splitlines()
    assert [json.loads(line)["text"] for line in lines] == ["first", "second"]


def test_docs_of_a_pipeline_can_be_exported(tmp_path: Path) -> None:
    doc = make_doc(NLP, *SENTENCES[0])
    set_triples(doc, [replace(triple, score=0.75) for triple in get_triples(doc)])
    doc.user_data["page"] = 3
    # `spacy apply` stores Docs like this.
    DocBin(docs=[doc], store_user_data=True).to_disk(tmp_path / "a.spacy")
    result = run("export", tmp_path / "a.spacy", tmp_path / "a.json", "-f", "spert")
    assert counts(result.output)["changed: scores"] == 2
    (item,) = json.loads((tmp_path / "a.json").read_text(encoding="utf8"))
    assert [relation["type"] for relation in item["relations"]] == ["author", "maker"]


def write_typed_doc(path: Path, kind: str = "PER") -> Path:
    doc = NLP("Ann met Bob")
    set_triples(doc, [Triple(doc[0:1], "met", doc[2:3], types={"subject": kind})])
    DocBin(docs=[doc]).to_disk(path)
    return path


@pytest.mark.parametrize(
    "arguments,message",
    [
        (["--format", "triple_list", "--strict"], "triple_list cannot represent: types (1)"),
        (["--format", "conll"], "There is no format 'conll'"),
        (["--format", "doccano"], "can be read, and not written"),
    ],
)
def test_a_failure_writes_nothing_and_says_why(
    arguments: List[str], message: str, tmp_path: Path
) -> None:
    source, output = write_typed_doc(tmp_path / "a.spacy"), tmp_path / "a.json"
    output.write_text("before", encoding="utf8")
    result = run("export", source, output, *arguments)
    assert result.exit_code == 1 and message in result.output
    assert output.read_text(encoding="utf8") == "before"
    assert {path.name for path in tmp_path.iterdir()} == {"a.json", "a.spacy"}
    if "conll" not in arguments:
        assert run("export", source, output, "--format", "spert", "--strict").exit_code == 0


def test_a_doc_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    doc = NLP("Ann met Bob")
    set_triples(doc, [Triple(doc[0:1], "met", doc[2:3], qualifiers={"@value": doc[1:2]})])
    DocBin(docs=[NLP("before"), doc]).to_disk(tmp_path / "a.spacy")
    result = run("export", tmp_path / "a.spacy", tmp_path / "a.json", "--format", "duie2")
    assert result.exit_code == 1 and not (tmp_path / "a.json").exists()
    assert "Doc 2, 'Ann met Bob'" in result.output and "'@value'" in result.output


@pytest.mark.parametrize("name", ["spert", "prodigy", "label_studio"])
def test_a_type_named_as_what_stands_for_none_is_an_error(name: str, tmp_path: Path) -> None:
    source = write_typed_doc(tmp_path / "a.spacy", kind=UNTYPED)
    result = run("export", source, tmp_path / "a.json", "--format", name)
    assert result.exit_code == 1 and f"the type {UNTYPED!r}" in result.output


def test_the_labels_that_the_docs_show_for_label_studio_have_the_one_of_no_type() -> None:
    assert f'<Label value="{UNTYPED}"/>' in PAGE


def test_unannotated_docs_are_a_loss_where_there_is_no_place_for_them(tmp_path: Path) -> None:
    source = write_docs(tmp_path / "a.spacy", ("a", []), ("b", None))
    result = run("export", source, tmp_path / "a.json", "--format", "spert", "--strict")
    assert result.exit_code == 1 and "unannotated texts (1)" in result.output


@pytest.mark.parametrize("sentences", [[], [("b", None)]])
def test_nothing_to_write_is_an_error(sentences: Any, tmp_path: Path) -> None:
    source = write_docs(tmp_path / "a.spacy", *sentences)
    result = run("export", source, tmp_path / "a.json", "--format", "spert")
    assert result.exit_code == 1
    assert f"{len(sentences)} Docs" in result.output and not (tmp_path / "a.json").exists()


def test_files_that_are_something_else_are_errors(tmp_path: Path) -> None:
    (tmp_path / "a.spacy").write_text("text", encoding="utf8")
    output = tmp_path / "out" / "a.json"
    result = run("export", tmp_path / "a.spacy", output, "--format", "spert")
    assert result.exit_code == 1 and "a.spacy is no file of Docs" in result.output
    (tmp_path / "empty").mkdir()
    result = run("export", tmp_path / "empty", output, "--format", "spert")
    assert result.exit_code == 1 and "has no .spacy files" in result.output


def test_docs_without_their_strings_are_an_error(tmp_path: Path) -> None:
    docs = DocBin(docs=[NLP("nowhere")])
    docs.strings.clear()
    docs.to_disk(tmp_path / "a.spacy")
    result = run("export", tmp_path / "a.spacy", tmp_path / "a.json", "--format", "spert")
    assert result.exit_code == 1 and "a.spacy is no file of Docs" in result.output


def test_errors_of_who_reads_docs_are_its_own(tmp_path: Path) -> None:
    source = write_docs(tmp_path / "a.spacy", *SENTENCES)
    with pytest.raises(KeyError):
        for _ in read_docs(source):
            raise KeyError


def test_the_docs_cannot_be_replaced_by_what_is_written(tmp_path: Path) -> None:
    source = write_docs(tmp_path / "a.spacy", ("a", []))
    before = source.read_bytes()
    result = run("export", source, source, "--format", "spert")
    assert result.exit_code == 1 and ".jsonl" in result.output
    renamed = source.rename(tmp_path / "a.json")
    result = run("export", renamed, renamed, "--format", "spert")
    assert result.exit_code == 1 and "is the file to read" in result.output
    assert renamed.read_bytes() == before


@pytest.mark.parametrize(
    "name,item,reason",
    [
        ("spert", {"tokens": ["a"], "entities": [], "relations": [{}]}, "'head' is missing"),
        ("prodigy", {"text": "a", "answer": "perhaps"}, "'answer' must be one of"),
        ("label_studio", {"data": {}}, "the strings are: none"),
    ],
)
def test_what_cannot_be_read_back_is_counted_with_its_line(
    name: str, item: Any, reason: str, tmp_path: Path
) -> None:
    source = write_docs(tmp_path / "a.spacy", ("a", []))
    assert run("export", source, tmp_path / "a.jsonl", "--format", name).exit_code == 0
    content = (tmp_path / "a.jsonl").read_text(encoding="utf8").strip()
    lines = json.loads(content) if content.startswith("[") else [json.loads(content)]
    text = "".join(json.dumps(line) + "\n" for line in [*lines, item])
    (tmp_path / "a.jsonl").write_text(text, encoding="utf8")
    options = ["--lang", "en", "--format", name]
    result = run("convert", tmp_path / "a.jsonl", tmp_path / "b.spacy", *options)
    assert result.exit_code == 0 and counts(result.output)["malformed"] == 1
    assert re.search(f"a.jsonl:2: .*{reason}", result.output)

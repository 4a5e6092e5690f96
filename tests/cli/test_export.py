"""`spacy spo export`: Docs in, a format out, and what is lost counted."""

import json
import re
import time
from dataclasses import replace
from pathlib import Path
from typing import Any, Dict, List

import pytest
import spacy
from annotations import write_lines
from spacy.cli import app
from spacy.tokens import Doc, DocBin
from support import SENTENCES, make_doc
from typer.testing import CliRunner

import spacy_spo.cli  # noqa: F401
from spacy_spo.data.detection import detect
from spacy_spo.data.doc_files import read_docs
from spacy_spo.data.entities import UNTYPED
from spacy_spo.data.files import write_array
from spacy_spo.data.format import (
    NEGATIVES,
    OFFSETS,
    PROVENANCE,
    QUALIFIERS,
    SCORES,
    TYPES,
    UNANNOTATED,
    Format,
)
from spacy_spo.data.formats import find_builtin_formats
from spacy_spo.provenance import get_context, set_provenance
from spacy_spo.triples import Triple, get_triples, has_triples, set_triples

FORMATS = find_builtin_formats()
NLP = spacy.blank("en")
NAMES = [data_format.name for data_format in FORMATS if data_format.dump]
PAGE = (Path(__file__).parents[2] / "docs" / "annotations.md").read_text(encoding="utf8")
BY_NAME = {data_format.name: data_format for data_format in FORMATS}
WITH_UNANNOTATED = {"spo_jsonl", "duie1", "duie2", "label_studio", "prodigy", "doccano", "brat"}
WITH_NEGATIVES = {*WITH_UNANNOTATED, "spert", "triple_list"} - {"doccano", "brat"}


def write_docs(path: Path, *sentences: Any) -> Path:
    docs = (make_doc(NLP, text, facts) for text, facts in sentences)
    DocBin(docs=docs).to_disk(path)
    return path


def output_of(folder: Path, name: str) -> Path:
    """What the format is written as."""
    return folder / f"out{next(iter(BY_NAME[name].output))}"


def run(*arguments: Any) -> Any:
    return CliRunner().invoke(app, ["spo", *(str(argument) for argument in arguments)])


def load(path: Path) -> List[Doc]:
    return list(DocBin().from_disk(path).get_docs(NLP.vocab))


def counts(output: str) -> Dict[str, int]:
    rows = re.findall(r"^\s*(\S.*?)  +([\d,]+)$", output, re.MULTILINE)
    return {name: int(count.replace(",", "")) for name, count in rows}


@pytest.mark.parametrize("name", NAMES)
def test_what_is_exported_converts_to_the_same_triples(name: str, tmp_path: Path) -> None:
    sentences = SENTENCES if name in WITH_NEGATIVES else SENTENCES[:4]
    source, output = write_docs(tmp_path / "a.spacy", *sentences), output_of(tmp_path / "new", name)
    result = run("export", source, output, "--format", name, "--strict")
    assert result.exit_code == 0, result.output
    assert detect(next(output.glob("*.ann"), output)).format.name == name
    options = ["--lang", "en", "--strict", "--max-loss", "0"]
    result = run("convert", output, tmp_path / "b.spacy", *options)
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
    set_provenance(doc, meta={"page": 3})
    set_provenance(empty := make_doc(nlp, "none", []), 7)
    docs = [doc, nlp("unknown"), empty]
    DocBin(docs=docs, store_user_data=True).to_disk(tmp_path / "a.spacy")
    result = run("export", tmp_path / "a.spacy", tmp_path / "a.json", "--format", "triple_list")
    assert result.exit_code == 0, result.output
    assert counts(result.output) == {
        "Records": 3,
        "written": 1,
        "left out: without annotation": 1,
        "left out: without triples": 0,
        "changed: without triples, as not annotated": 0,
        "changed: ids and meta data": 0,
        "Triples": 2,
        "left out: same as another": 1,
        "left out: empty argument": 0,
        "changed: qualifiers": 1,
        "changed: types": 1,
        "changed: scores": 1,
        "changed: offsets": 1,
    }
    assert re.findall(r"^  written +(\d)$", result.output, re.MULTILINE) == ["2", "1"]
    item, other = json.loads((tmp_path / "a.json").read_text(encoding="utf8"))
    assert item["triple_list"] == [["Ann", "met", "Bob"]] and item["meta"] == {"page": 3}
    assert other == {"id": 7, "text": "none", "triple_list": []}


@pytest.mark.parametrize(
    "name,expected",
    [
        ("table", {"written": 2, "left out: without triples": 2, "changed: ids and meta data": 1}),
        (
            "brat",
            {
                "written": 4,
                "changed: without triples, as not annotated": 2,
                "changed: ids and meta data": 3,
            },
        ),
        ("doccano", {"written": 4, "changed: without triples, as not annotated": 2}),
        ("spert", {"written": 4}),
    ],
)
def test_lost_ids_meta_data_and_texts_without_triples_are_counted(
    name: str, expected: Dict[str, int], tmp_path: Path
) -> None:
    facts = [("Ann", "met", "Bob")]
    docs = [make_doc(NLP, f"Ann met Bob {number}", facts * (number < 2)) for number in range(4)]
    set_provenance(docs[0], 7)
    set_provenance(docs[1], meta={"page": 3})
    set_provenance(docs[2], "x")
    DocBin(docs=docs, store_user_data=True).to_disk(tmp_path / "a.spacy")
    output = output_of(tmp_path, name)
    result = run("export", tmp_path / "a.spacy", output, "--format", name)
    records = re.split("^Triples", result.output, flags=re.MULTILINE)[0]
    found = {cause: count for cause, count in counts(records).items() if count}
    assert found == {"Records": 4, **expected}
    strict = run("export", tmp_path / "a.spacy", output, "--format", name, "--strict")
    assert strict.exit_code == (name != "spert")
    run("convert", output, tmp_path / "b.spacy", "--lang", "en")
    read = {doc.text: doc for doc in load(tmp_path / "b.spacy")}
    assert [has_triples(read[docs[n].text]) for n in (0, 1)] == [True, True]
    if expected["written"] == 4:
        assert [has_triples(read[docs[n].text]) for n in (2, 3)] == [name == "spert"] * 2
    assert get_context(read[docs[0].text])["id"] in (7, "7")


@pytest.mark.parametrize("name", NAMES)
def test_a_doc_without_annotation_never_becomes_one_that_states_nothing(
    name: str, tmp_path: Path
) -> None:
    sentences: List[Any] = [SENTENCES[0], ("nothing here", []), ("not looked at", None)]
    source, output = write_docs(tmp_path / "a.spacy", *sentences), output_of(tmp_path, name)
    assert run("export", source, output, "--format", name).exit_code == 0
    options = ["--lang", "en", "--format", name]
    assert run("convert", output, tmp_path / "b.spacy", *options).exit_code == 0
    docs = {doc.text: has_triples(doc) for doc in load(tmp_path / "b.spacy")}
    unknown = {"not looked at": False} if name in WITH_UNANNOTATED else {}
    negative = {"nothing here": name in WITH_NEGATIVES} if name != "table" else {}
    assert docs == {SENTENCES[0][0]: True, **negative, **unknown}


def test_the_docs_say_what_each_format_has_a_place_for() -> None:
    kinds = "array|JSONL|CSV|folder"
    rows = re.findall(rf"^\| `(\w+)` \| ({kinds}) \|(.*)\|$", PAGE, re.MULTILINE)
    shown = {(name, kind, *("yes" in c for c in cells.split("|"))) for name, kind, cells in rows}
    causes = (TYPES, OFFSETS, QUALIFIERS, SCORES, UNANNOTATED, NEGATIVES, PROVENANCE)
    assert shown == {
        (f.name, kind_of(f), *(cause in f.represents for cause in causes))
        for f in FORMATS
        if f.dump
    }


def kind_of(data_format: Format) -> str:
    if data_format.write is write_array:
        return "array"
    (kind,) = {{"": "folder", ".csv": "CSV"}.get(s, "JSONL") for s in data_format.output}
    return kind


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
        (["--format", "dgre"], "can be read, and not written"),
        (["--format", "spert", "--predicted"], "spert has no predictions beside annotations"),
        (["--format", "brat"], "brat has several files: OUTPUT must be a folder"),
        (["--format", "table"], "OUTPUT must be one that ends in .csv"),
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
        ("spert", {"tokens": [1], "entities": [], "relations": []}, "'tokens' must be a string"),
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
    options = ["--lang", "en", "--format", name, "--max-loss", "1"]
    result = run("convert", tmp_path / "a.jsonl", tmp_path / "b.spacy", *options)
    assert result.exit_code == 0 and counts(result.output)["malformed"] == 1
    assert re.search(f"a.jsonl:2: .*{reason}", result.output)


def write_scored(path: Path, *scores: float) -> Path:
    docs = []
    for score in scores:
        doc = make_doc(NLP, "Ann met Bob", [("Ann", "met", "Bob"), ("Bob", "met", "Ann")])
        first, second = get_triples(doc)
        set_triples(doc, [replace(first, score=score), second])
        docs.append(doc)
    DocBin(docs=docs).to_disk(path)
    return path


@pytest.mark.parametrize(
    "scores,options,predicted",
    [
        ([1.0, 1.0], [], False),
        ([1.0, 0.5], [], True),
        ([1.0, 1.0], ["--predicted"], True),
        ([1.0, 0.5], ["--gold"], False),
    ],
)
def test_triples_with_scores_become_predictions_in_label_studio(
    scores: List[float], options: List[str], predicted: bool, tmp_path: Path
) -> None:
    source = write_scored(tmp_path / "a.spacy", *scores)
    result = run("export", source, tmp_path / "a.json", "-f", "label_studio", *options)
    assert result.exit_code == 0, result.output
    # The scores are in the predictions, and nowhere in annotations.
    assert counts(result.output)["changed: scores"] == (0.5 in scores and not predicted)
    assert ("set --gold" in result.output) == (predicted and not options)
    for task in json.loads((tmp_path / "a.json").read_text(encoding="utf8")):
        assert ("predictions" in task, "annotations" in task) == (predicted, not predicted)
    if predicted:
        relations = [r for r in task["predictions"][0]["result"] if r["type"] == "relation"]
        assert [relation["score"] for relation in relations] == [scores[-1], 1.0]
    convert = run("convert", tmp_path / "a.json", tmp_path / "b.spacy", "--lang", "en")
    assert convert.exit_code == 0
    # A prediction is no annotation.
    assert [has_triples(doc) for doc in load(tmp_path / "b.spacy")] == [not predicted] * 2


def test_scores_change_nothing_in_formats_without_predictions(tmp_path: Path) -> None:
    source = write_scored(tmp_path / "a.spacy", 0.5)
    result = run("export", source, tmp_path / "a.jsonl", "-f", "prodigy", "--gold")
    assert result.exit_code == 0 and "predictions" not in result.output
    assert counts(result.output)["changed: scores"] == 1


def extracted(*docs: Doc) -> List[Dict[str, Any]]:
    """Records as `extract` writes them."""
    records = []
    for doc in docs:
        triples = [triple.to_dict() for triple in get_triples(doc)]
        records.append({**get_context(doc), "text": doc.text, "triples": triples})
    return records


def scored_docs() -> List[Doc]:
    docs = [make_doc(NLP, *sentence) for sentence in SENTENCES]
    for doc in docs:
        set_triples(doc, [replace(triple, score=0.5) for triple in get_triples(doc)])
    set_provenance(docs[0], 7, {"page": 3})
    return docs


@pytest.mark.parametrize("name", NAMES)
def test_extracted_records_are_exported_as_their_docs_are(name: str, tmp_path: Path) -> None:
    docs = scored_docs()
    DocBin(docs=docs, store_user_data=True).to_disk(tmp_path / "a.spacy")
    write_lines(tmp_path / "a.jsonl", extracted(*docs))
    written = []
    for source in ("a.spacy", "a.jsonl"):
        output = output_of(tmp_path / source.replace(".", "_"), name)
        result = run("export", tmp_path / source, output, "--format", name)
        assert result.exit_code == 0, result.output
        files = sorted(output.iterdir()) if output.is_dir() else [output]
        written.append([(file.name, file.read_bytes()) for file in files])
    assert written[0] == written[1]


def test_extracted_records_may_come_from_standard_input(tmp_path: Path) -> None:
    lines = "".join(json.dumps(record) + "\n" for record in extracted(*scored_docs()))
    command = ["spo", "export", "-", str(tmp_path / "a.json"), "-f", "label_studio"]
    result = CliRunner().invoke(app, command, input=lines)
    assert result.exit_code == 0, result.output
    tasks = json.loads((tmp_path / "a.json").read_text(encoding="utf8"))
    assert [task["data"]["text"] for task in tasks] == [text for text, _ in SENTENCES]
    assert all("predictions" in task for task in tasks)


def test_tokens_of_extracted_records_are_cut_at_their_arguments(tmp_path: Path) -> None:
    text = "Mara-Quill founded Oldport1987 ."
    triple = {
        "subject": {"text": "Quill", "start": 5, "end": 10},
        "predicate": "year",
        "object": {"text": "987", "start": 27, "end": 30},
        "qualifiers": {"in": {"text": "port", "start": 22, "end": 26}},
    }
    source = write_lines(tmp_path / "a.jsonl", [{"text": text, "triples": [triple]}])
    result = run("export", source, tmp_path / "a.json", "--format", "spert")
    assert result.exit_code == 0, result.output
    (item,) = json.loads((tmp_path / "a.json").read_text(encoding="utf8"))
    tokens = ["Mara", "-", "Quill", "founded", "Old", "port", "1", "987", "."]
    assert (item["text"], item["tokens"]) == (text, tokens)
    assert [(entity["start"], entity["end"]) for entity in item["entities"]] == [(2, 3), (7, 8)]


GOOD = {"text": "Ann met Bob", "triples": [["Ann", "met", "Bob"]]}


@pytest.mark.parametrize(
    "record,reason",
    [
        ("oops", "not valid JSON"),
        ({"text": "Ann", "triples": [["Ann", "met", "Bob"]]}, "'Bob' is not in the text"),
        ({"text": "Ann", "triples": [["Ann", "met"]]}, "a triple is a list"),
        ({"triples": []}, "'text' is missing"),
        ({"text": "Ann", "triple_list": []}, "'triples' is missing"),
        ({"text": "Ann", "triples": [], "meta": {}}, ""),
        ({"text": "Ann", "meta": {"page": 3}}, ""),
    ],
)
def test_a_record_of_json_that_would_lose_anything_is_an_error(
    record: Any, reason: str, tmp_path: Path
) -> None:
    source = write_lines(tmp_path / "a.jsonl", [GOOD, record])
    result = run("export", source, tmp_path / "out.jsonl", "--format", "prodigy")
    assert result.exit_code == bool(reason)
    assert (tmp_path / "out.jsonl").exists() == (not reason)
    if reason:
        assert re.search(f"a.jsonl:2: .*{reason}", result.output)
        assert "spacy spo convert" in result.output


def test_what_is_left_out_of_a_triple_of_json_is_noted(tmp_path: Path) -> None:
    triple = {"subject": "Ann", "predicate": "met", "object": "Bob", "by": "me"}
    source = write_lines(tmp_path / "a.jsonl", [{"text": "Ann met Bob", "triples": [triple]}])
    result = run("export", source, tmp_path / "out.jsonl", "--format", "prodigy")
    assert result.exit_code == 0
    assert counts(result.output)["triples with unknown keys, kept without their values"] == 1


def test_an_earlier_export_to_a_folder_is_replaced_and_nothing_else(tmp_path: Path) -> None:
    source, output = write_docs(tmp_path / "a.spacy", *SENTENCES), tmp_path / "out"
    assert run("export", source, output, "-f", "brat").exit_code == 0
    fewer = write_docs(tmp_path / "b.spacy", SENTENCES[0])
    assert run("export", fewer, output, "-f", "brat").exit_code == 0
    assert {path.name for path in output.iterdir()} == {"1.ann", "1.txt"}
    (output / "notes.txt").write_text("mine", encoding="utf8")
    result = run("export", fewer, output, "-f", "brat")
    assert result.exit_code == 1 and "notes.txt" in result.output
    assert (output / "notes.txt").read_text(encoding="utf8") == "mine"


def test_a_folder_is_not_replaced_by_a_file_nor_written_to_standard_output(tmp_path: Path) -> None:
    source, folder = write_docs(tmp_path / "a.spacy", *SENTENCES), tmp_path / "a.jsonl"
    folder.mkdir()
    assert run("export", source, folder, "-f", "prodigy").exit_code == 1 and folder.is_dir()
    result = run("export", source, "-", "-f", "brat")
    assert result.exit_code == 1 and "OUTPUT must be a folder" in result.output
    taken = tmp_path / "taken"
    taken.write_text("mine", encoding="utf8")
    assert run("export", source, taken, "-f", "brat").exit_code == 1
    assert taken.read_text(encoding="utf8") == "mine"


@pytest.mark.parametrize("name", sorted({*NAMES} - {"table"}))
def test_a_doc_of_many_triples_is_exported_in_linear_time(name: str, tmp_path: Path) -> None:
    doc = Doc(NLP.vocab, [f"w{number}" for number in range(6000)])
    set_triples(doc, [Triple(doc[n : n + 1], "next", doc[n + 1 : n + 2]) for n in range(5999)])
    DocBin(docs=[doc]).to_disk(tmp_path / "a.spacy")
    started = time.process_time()
    result = run("export", tmp_path / "a.spacy", output_of(tmp_path, name), "--format", name)
    assert result.exit_code == 0, result.output
    assert time.process_time() - started < 5

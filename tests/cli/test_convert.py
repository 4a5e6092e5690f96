import json
import re
from pathlib import Path
from typing import Any, Dict, List

import pytest
import spacy
from annotations import ITEMS, NAMES, write_files
from spacy.cli import app
from spacy.tokens import Doc, DocBin
from spacy.training import Corpus
from typer.testing import CliRunner

import spacy_spo.cli  # noqa: F401
from spacy_spo.cli.convert import parse_columns
from spacy_spo.data.conversion import make_tokenizer_pipeline
from spacy_spo.data.doc_files import write_docs
from spacy_spo.triples import get_triples, has_triples

GOOD = {"text": "《竹影》是周舟2001年写的", "triple_list": [["竹影", "作者", "周舟"]]}
LOST = {"text": "林月唱歌", "triple_list": [["林月", "职业", "医生"], ["林月", "友", ""]]}
EMPTY = {"text": "今天下雨", "triple_list": []}


def write(path: Path, items: List[Any]) -> Path:
    lines = [i if isinstance(i, str) else json.dumps(i, ensure_ascii=False) for i in items]
    path.write_text("".join(line + "\n" for line in lines), encoding="utf8")
    return path


def run(*args: Any, lang: str = "zh") -> Any:
    command = ["spo", "convert", *(str(arg) for arg in args), "--lang", lang]
    return CliRunner().invoke(app, command)


def load(path: Path) -> List[Doc]:
    nlp = make_tokenizer_pipeline("zh")
    return [example.reference for example in Corpus(path)(nlp)]


def counts(output: str) -> dict[str, int]:
    rows = re.findall(r"^\s*(\S.*?)  +([\d,]+)$", output, re.MULTILINE)
    return {name: int(count.replace(",", "")) for name, count in rows}


def test_docs_have_the_triples_and_the_counts_add_up(tmp_path: Path) -> None:
    repeated = {**GOOD, "triple_list": GOOD["triple_list"] * 2}
    source = write(tmp_path / "a.jsonl", [repeated, LOST, "oops", EMPTY])
    result = run(source, tmp_path / "out" / "a.spacy", "--max-loss", "0.6", "--show-lost", "1")
    assert result.exit_code == 0, result.output
    docs = load(tmp_path / "out" / "a.spacy")
    assert [[str(t) for t in get_triples(doc)] for doc in docs] == [
        ["竹影 | 作者 | 周舟"],
        [],
        [],
    ]
    # A text whose triples are all lost is none without triples.
    assert [has_triples(doc) for doc in docs] == [True, False, True]
    assert counts(result.output) == {
        "Records": 4,
        "malformed": 1,
        "without annotation": 1,
        "all triples lost": 1,
        "Triples": 5,
        "kept": 1,
        "duplicates": 1,
        "lost": 3,
        "not in the text": 1,
        "empty argument": 1,
        "malformed record": 1,
        "Repeated texts": 0,
        "with different triples": 0,
    }
    assert f"{source}:3: not valid JSON" in result.output
    assert f"{source}:2: not in the text: '医生' is not in the text" in result.output
    assert "... and 1 more" in result.output


def test_texts_without_labels_stay_unannotated(tmp_path: Path) -> None:
    source = write(tmp_path / "a.jsonl", [{"text": " 周舟\n"}, {"text": ""}])
    assert run(source, tmp_path / "a.spacy").exit_code == 0
    vocab = spacy.blank("zh").vocab
    docs = list(DocBin().from_disk(tmp_path / "a.spacy").get_docs(vocab))
    assert [doc.text for doc in docs] == [" 周舟\n", ""]
    assert not any(has_triples(doc) for doc in docs)


def test_a_wrong_format_that_finds_no_labels_is_warned_of(tmp_path: Path) -> None:
    source = write(tmp_path / "a.jsonl", [GOOD])
    assert "None of the records" in run(source, tmp_path / "a.spacy", "--format", "duie1").output
    assert "None of the records" not in run(source, tmp_path / "a.spacy").output


def test_a_folder_is_read_in_order_of_names(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "b.json").write_text(json.dumps([EMPTY]), encoding="utf8")
    write(folder / "a.jsonl", [GOOD])
    write(folder / "labels.csv", ["作者"])
    (folder / "more.json").mkdir()
    result = run(folder, tmp_path / "out.spacy")
    assert [doc.text for doc in load(tmp_path / "out.spacy")] == [GOOD["text"], EMPTY["text"]]
    assert "Not read: 1" in result.output and f"{folder / 'labels.csv'}: It is" in result.output


def test_a_folder_may_hold_every_format(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    for name in NAMES:
        path = write_files(tmp_path, name)
        for file in [path, path.with_suffix(".txt")] if name == "brat" else [path]:
            file.rename(folder / f"{name}{file.suffix}")
    result = run(folder, tmp_path / "out.spacy", lang="en")
    assert result.exit_code == 0, result.output
    assert all(name in result.output.split("Records")[0] for name in NAMES)
    # The text beside the annotations of brat is no file of its own.
    assert counts(result.output)["Records"] == counts(result.output)["kept"] == len(NAMES)
    assert counts(result.output)["Repeated texts"] == 1
    assert counts(result.output)["with different triples"] == 0


def test_inputs_become_one_corpus_in_their_order(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    write(folder / "b.jsonl", [{"text": "乙"}])
    write(folder / "a.jsonl", [{"text": "甲"}])
    sources = [write(tmp_path / "d.data", [{"text": "丁"}]), folder]
    assert run(*sources, tmp_path / "out.spacy").exit_code == 0
    vocab = spacy.blank("zh").vocab
    docs = DocBin().from_disk(tmp_path / "out.spacy").get_docs(vocab)
    assert [doc.text for doc in docs] == ["丁", "甲", "乙"]


def test_a_format_that_is_named_says_which_files_of_a_folder_are_read(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    write(folder / "a.jsonl", [GOOD])
    write(folder / "b.txt", ["甲\t乙\t友\t甲乙"])
    write(folder / "c.csv", ["甲,乙"])
    for name, text in [("triple_list", GOOD["text"]), ("finre", "甲乙")]:
        result = run(folder, tmp_path / "out.spacy", "--format", name)
        assert [doc.text for doc in load(tmp_path / "out.spacy")] == [text]
        assert "c.csv" in result.output
    result = run(folder, tmp_path / "out.spacy", "--format", "brat")
    assert result.exit_code == 1
    assert "has no files of the format brat. These end in .ann." in result.output


def test_a_file_of_no_format_in_a_folder_is_left_out_and_named(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    write(folder / "a.jsonl", [GOOD])
    write(folder / "b.json", ['{"types": []}'])
    result = run(folder, tmp_path / "out.spacy")
    assert result.exit_code == 0, result.output
    assert f"{folder / 'b.json'}: Its first record has: 'types'" in result.output
    result = run(folder / "a.jsonl", folder / "b.json", tmp_path / "out.spacy")
    assert result.exit_code == 1
    assert f"{folder / 'b.json'} cannot be recognised" in result.output


def test_text_that_is_no_data_is_counted_line_by_line(tmp_path: Path) -> None:
    source = write(tmp_path / "labels.txt", ["作者 0", "", "导演 1"])
    pairs = write(tmp_path / "pairs.txt", ["甲\t乙\t友\t甲乙"])
    result = run(pairs, source, tmp_path / "out.spacy", "--format", "finre")
    assert counts(result.output)["malformed"] == 2
    assert f"{source}:3: a line is head<tab>tail" in result.output
    result = run(source, tmp_path / "out.spacy", "--format", "finre")
    assert result.exit_code == 1
    assert f"{source} (as finre)" in result.output and "--format" not in result.output


def test_an_error_that_a_wrong_guess_may_cause_says_how_to_name_the_format(tmp_path: Path) -> None:
    broken = write(tmp_path / "a.jsonl", [{**GOOD, "text": 3}])
    result = run(broken, tmp_path / "out.spacy")
    assert result.exit_code == 1 and "As triple_list: " in result.output
    assert "'text' must be a string, not 3" in result.output and "Name the format" in result.output
    result = run(broken, tmp_path / "out.spacy", "--format", "triple_list")
    assert result.exit_code == 1 and "no record that can be read" in result.output
    assert "--format" not in result.output


@pytest.mark.parametrize("lines", [["Data of ours.", "a\tb\tc\td"], []])
def test_text_of_no_format_is_left_out_of_a_folder_and_refused_alone(
    lines: List[str], tmp_path: Path
) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    source = write(folder / "README.txt", lines)
    result = run(folder, tmp_path / "out.spacy")
    assert result.exit_code == 1 and "has no files of any format" in result.output
    write(folder / "a.jsonl", [GOOD])
    write(folder / "b.txt", ["甲\t乙\t友\t甲乙"])
    result = run(folder, tmp_path / "out.spacy", "--strict")
    assert result.exit_code == 0 and counts(result.output)["Records"] == 2
    assert f"Not read: 1\n{folder / 'README.txt'}: It " in result.output
    result = run(folder / "a.jsonl", source, tmp_path / "out.spacy")
    assert result.exit_code == 1 and f"{source} cannot be recognised" in result.output


def test_a_text_of_brat_is_read_with_its_annotations_only(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    source = write_files(folder, "brat")
    write(folder / "no annotations.txt", ["Ann met Bob"])
    for inputs in ([folder], [source, source.with_suffix(".txt")]):
        result = run(*inputs, tmp_path / "out.spacy", "--strict", lang="en")
        assert result.exit_code == 0, result.output
        assert counts(result.output)["Records"] == 1


@pytest.mark.parametrize(
    "name,item,reason",
    [
        ("bilou", {"tokens": ["甲"], "tags": [], "relations": []}, "1 tokens and 0 tags"),
        ("tplinker", {"relation_list": []}, "the key 'text' is missing"),
        ("jointer", {"tokens": [3], "spo_details": []}, "element of 'tokens' must be a string"),
        ("copyre", {"sentText": None}, "'sentText' must be a string"),
        ("dgre", {"text": ["甲"], "spo_list": []}, "'text' must be a string"),
        ("sro_list", {"text": "甲", "sro_list": {}}, "must be a list"),
        ("doccano", {"text": "甲", "entities": [], "relations": 3}, "'relations' must be a list"),
    ],
)
def test_a_malformed_record_of_any_format_is_counted(
    name: str, item: Any, reason: str, tmp_path: Path
) -> None:
    source = write(tmp_path / "a.jsonl", [ITEMS[name], "", item])
    result = run(source, tmp_path / "a.spacy", "--format", name, lang="en")
    assert result.exit_code == 0, result.output
    assert counts(result.output)["malformed"] == 1 and counts(result.output)["kept"] == 1
    (line,) = (line for line in result.output.splitlines() if line.startswith(f"{source}:3: "))
    assert reason in line


def test_a_text_of_brat_that_is_missing_is_told(tmp_path: Path) -> None:
    source = write(tmp_path / "a.ann", ["T1\tPER 0 3\tAnn"])
    result = run(source, write(tmp_path / "a.jsonl", [GOOD]), tmp_path / "a.spacy")
    assert result.exit_code == 1
    assert f"{source}:1: its text is missing" in result.output
    result = run(source, write_files(tmp_path, "brat"), tmp_path / "a.spacy", "--format", "brat")
    assert counts(result.output)["malformed"] == 1
    assert f"{source}:1: its text is missing" in result.output


TYPED = {
    "text": "《竹影》是周舟写的",
    "spo_list": [
        {
            "subject": "竹影",
            "subject_type": "书",
            "predicate": "作者",
            "object": "周舟",
            "object_type": "人",
        },
        {
            "subject": "周舟",
            "subject_type": "人",
            "predicate": "作者",
            "object": "竹影",
            "object_type": "书",
        },
        {"subject": "周舟", "predicate": "作者", "object": "竹影"},
        {"subject": "周舟", "predicate": "导演", "object": "竹影"},
        {"subject": "周舟", "predicate": "导演", "object": "没有"},
    ],
}
SCHEMA = {"subject_type": "书", "predicate": "作者", "object_type": "人"}


def test_triples_are_checked_against_a_schema(tmp_path: Path) -> None:
    schema = write(tmp_path / "schema.jsonl", [SCHEMA, {**SCHEMA, "subject_type": "歌"}])
    swapped = {**TYPED["spo_list"][0], "object_type": "书"}  # type: ignore[dict-item]
    source = write(tmp_path / "a.jsonl", [TYPED, {"text": "竹影周舟", "spo_list": [swapped]}])
    found = []
    for choice in ("count", "drop"):
        result = run(source, tmp_path / "a.spacy", "--schema", schema, "--violations", choice)
        assert result.exit_code == 0, result.output
        rows = counts(result.output)
        assert (
            rows["predicate not in the schema"] == 2
            and rows["types or qualifiers not in the schema"] == 2
        )
        assert rows["Triples"] == 6
        found.append([len(get_triples(doc)) for doc in load(tmp_path / "a.spacy")])
        assert sum(found[-1]) == rows["kept"]
    assert found == [[3, 1], [2, 0]]
    assert rows["Against the schema, left out"] == 4
    assert rows["kept"] + rows["duplicates"] + rows["lost"] + 4 == rows["Triples"]


def test_dropped_triples_do_not_make_an_unannotated_text_annotated(tmp_path: Path) -> None:
    schema = write(tmp_path / "schema.jsonl", [SCHEMA])
    source = write(tmp_path / "a.jsonl", [{"text": "甲"}, TYPED])
    assert run(source, tmp_path / "a.spacy", "--schema", schema, "--violations", "drop").output
    vocab = spacy.blank("zh").vocab
    docs = list(DocBin().from_disk(tmp_path / "a.spacy").get_docs(vocab))
    assert [has_triples(doc) for doc in docs] == [False, True]


def test_a_text_with_other_triples_elsewhere_is_told_and_kept(tmp_path: Path) -> None:
    other = {**GOOD, "triple_list": []}
    same = {**GOOD, "triple_list": GOOD["triple_list"] * 2}
    first = write(tmp_path / "a.jsonl", [GOOD, EMPTY, same, {"text": GOOD["text"]}])
    second = write(tmp_path / "b.jsonl", [EMPTY, "", other, other])
    result = run(first, second, tmp_path / "a.spacy")
    assert counts(result.output)["Repeated texts"] == 2
    assert counts(result.output)["with different triples"] == 1
    assert f"{first}:1 and {second}:3" in result.output
    assert f"{second}:4" not in result.output
    assert len(load(tmp_path / "a.spacy")) == 7


def test_a_text_that_is_repeated_without_annotation_is_no_conflict(tmp_path: Path) -> None:
    text = {"text": "甲乙"}
    triple = {"subject": {"text": "甲"}, "predicate": "友", "object": {"text": "乙"}}
    records = [text, {**text, "triples": [triple]}, text]
    rows = counts(run(write(tmp_path / "a.jsonl", records), tmp_path / "a.spacy").output)
    assert rows["Repeated texts"] == 0


@pytest.mark.parametrize(
    "first,second,differ",
    [
        ({}, {}, 0),
        ({}, {"自": "甲"}, 1),
        ({"自": "甲"}, {"自": "乙"}, 1),
        ({"自": "甲"}, {"从": "甲"}, 1),
    ],
)
def test_triples_differ_by_their_qualifiers_too(
    first: Dict[str, str], second: Dict[str, str], differ: int, tmp_path: Path
) -> None:
    triple = {"subject": {"text": "甲"}, "predicate": "友", "object": {"text": "乙"}}
    triples = [
        {**triple, "qualifiers": {name: {"text": text} for name, text in qualifiers.items()}}
        for qualifiers in (first, second)
    ]
    source = write(tmp_path / "a.jsonl", [{"text": "甲乙", "triples": [t]} for t in triples])
    rows = counts(run(source, tmp_path / "a.spacy").output)
    assert rows["Repeated texts"] == 1 and rows["with different triples"] == differ


def test_mentions_can_be_the_first(tmp_path: Path) -> None:
    item = {"text": "甲，后来甲见乙", "triple_list": [["甲", "见", "乙"]]}
    source = write(tmp_path / "a.jsonl", [item])
    found = []
    for choice in ("closest", "first"):
        assert run(source, tmp_path / "a.spacy", "--mentions", choice).exit_code == 0
        (doc,) = load(tmp_path / "a.spacy")
        found.append(get_triples(doc)[0].subject.start_char)
    assert found == [4, 0]


@pytest.mark.parametrize("lang,tokens", [("zh", ["5", "G", "网", "."]), ("en", ["5G网", "."])])
def test_the_language_chooses_the_tokenizer(lang: str, tokens: List[str], tmp_path: Path) -> None:
    source = write(tmp_path / "a.jsonl", [{"text": "5G网."}])
    assert run(source, tmp_path / "a.spacy", lang=lang).exit_code == 0
    (doc,) = DocBin().from_disk(tmp_path / "a.spacy").get_docs(spacy.blank(lang).vocab)
    assert [token.text for token in doc] == tokens


@pytest.mark.parametrize(
    "items,options,message",
    [
        ([GOOD, LOST], ["--max-loss", "0.5"], "2 of 3 triples are lost: 66.67%"),
        ([GOOD, "oops"], ["--strict"], "a.jsonl:2: not valid JSON"),
        ([GOOD], ["--format", "conll"], "duie1"),
        ([{"text": "甲", "labels": []}], [], "spo_jsonl"),
        (["oops"], ["--format", "duie2"], "no record that can be read"),
    ],
)
def test_a_failure_writes_nothing_and_says_why(
    items: List[Any], options: List[str], message: str, tmp_path: Path
) -> None:
    source, output = write(tmp_path / "a.jsonl", items), tmp_path / "a.spacy"
    output.write_bytes(b"before")
    result = run(source, output, *options)
    assert result.exit_code == 1
    assert message in result.output
    assert output.read_bytes() == b"before"
    assert {path.name for path in tmp_path.iterdir()} == {"a.jsonl", "a.spacy"}


def test_a_triple_against_the_schema_can_be_a_failure(tmp_path: Path) -> None:
    schema = write(tmp_path / "schema.jsonl", [SCHEMA])
    source = write(tmp_path / "a.jsonl", ["oops", TYPED])
    result = run(source, tmp_path / "a.spacy", "--schema", schema, "--violations", "fail")
    assert result.exit_code == 1
    assert not (tmp_path / "a.spacy").exists()
    triple = "predicate '作者', subject '周舟' (人), object '竹影' (书)"
    reason = f"types or qualifiers not in the schema: {triple}"
    assert f"{source}:2: {reason}. The schema has: [{{'predicate': '作者'" in result.output


@pytest.mark.parametrize(
    "lines,message",
    [([SCHEMA, {"predicate": 3}], "schema.jsonl, line 2: The predicate"), ([], "has no rows")],
)
def test_a_schema_that_cannot_be_read_is_an_error(
    lines: List[Any], message: str, tmp_path: Path
) -> None:
    schema = write(tmp_path / "schema.jsonl", lines)
    source = write(tmp_path / "a.jsonl", [GOOD])
    result = run(source, tmp_path / "a.spacy", "--schema", schema)
    assert result.exit_code == 1 and message in result.output
    assert result.output.count(str(schema)) == 1


def test_what_to_do_with_violations_needs_a_schema(tmp_path: Path) -> None:
    source = write(tmp_path / "a.jsonl", [GOOD])
    result = run(source, tmp_path / "a.spacy", "--violations", "drop")
    assert result.exit_code == 1 and "--violations drop needs --schema" in result.output


def test_a_smaller_loss_passes(tmp_path: Path) -> None:
    source = write(tmp_path / "a.jsonl", [GOOD, LOST])
    assert run(source, tmp_path / "a.spacy", "--max-loss", "0.7").exit_code == 0


def test_an_unknown_language_is_an_error(tmp_path: Path) -> None:
    result = run(write(tmp_path / "a.jsonl", [GOOD]), tmp_path / "a.spacy", lang="qq")
    assert result.exit_code == 1
    assert "'qq'" in result.output and "xx" in result.output


def test_the_first_malformed_records_are_shown(tmp_path: Path) -> None:
    source = write(tmp_path / "a.jsonl", [GOOD] + ["oops"] * 12)
    output = run(source, tmp_path / "a.spacy").output
    assert f"{source}:11:" in output and f"{source}:12:" not in output
    assert "2 more" in output


@pytest.mark.slow
def test_many_records_become_a_folder_and_a_rerun_leaves_nothing_stale(tmp_path: Path) -> None:
    output = tmp_path / "a.spacy"
    many = write(tmp_path / "many.jsonl", [{"text": "a"}] * 20_001)
    few = write(tmp_path / "few.jsonl", [GOOD])
    assert run(many, output).exit_code == 0
    assert sorted(path.name for path in output.iterdir()) == ["00000.spacy", "00001.spacy"]
    assert len(load(output)) == 20_001
    assert run(few, output).exit_code == 0
    assert output.is_file() and len(load(output)) == 1
    assert run(many, output).exit_code == 0
    assert len(load(output)) == 20_001


@pytest.mark.parametrize("n_docs,files", [(2, None), (3, 2), (4, 2), (5, 3)])
def test_files_hold_the_docs_in_order(n_docs: int, files: Any, tmp_path: Path) -> None:
    nlp = spacy.blank("zh")
    texts = [f"第{i}句" for i in range(n_docs)]
    path = tmp_path / "a.spacy"
    write_docs((nlp(text) for text in texts), path, docs_per_file=2)
    assert [doc.text for doc in load(path)] == texts
    assert (len(list(path.iterdir())) if path.is_dir() else None) == files


def test_a_folder_with_other_files_is_not_replaced(tmp_path: Path) -> None:
    output = tmp_path / "a.spacy"
    output.mkdir()
    write(output / "notes.txt", ["mine"])
    result = run(write(tmp_path / "a.jsonl", [GOOD]), output)
    assert result.exit_code == 1 and "notes.txt" in result.output
    assert (output / "notes.txt").exists()


def test_output_must_be_something_that_spacy_reads(tmp_path: Path) -> None:
    source = write(tmp_path / "a.jsonl", [GOOD])
    result = run(source, source)
    assert result.exit_code == 1 and ".spacy" in result.output
    assert source.exists()


def test_options_of_reading_reach_the_conversion(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    write(folder / "a.jsonl", [GOOD, EMPTY])
    write(folder / "b.jsonl", [GOOD])
    (folder / "c").mkdir()
    write(folder / "c" / "a.jsonl", [GOOD])
    options = ["--exclude", "b.*", "--exclude", "*/data/c", "--empty", "unannotated"]
    result = run(folder, tmp_path / "out.spacy", *options, "--offsets", "utf16")
    assert result.exit_code == 0, result.output
    rows = counts(result.output)
    assert (rows["Records"], rows["without annotation"]) == (2, 1)
    assert rows["empty annotations"] == 1
    assert f"{folder / 'b.jsonl'}: excluded" in result.output
    assert "taken as not annotated: 1. If they state no triples, set --empty negative" in (
        re.sub(r"\s+", " ", result.output)
    )


def test_annotated_records_that_state_nothing_are_warned_of(tmp_path: Path) -> None:
    source = write(tmp_path / "a.jsonl", [EMPTY])
    assert "None of the annotated records states a" in run(source, tmp_path / "a.spacy").output
    source = write(tmp_path / "a.jsonl", [EMPTY, GOOD])
    assert "None of the annotated records" not in run(source, tmp_path / "a.spacy").output


@pytest.mark.parametrize(
    "text,columns",
    [
        ("text=Satz", {"text": "Satz"}),
        (" text = a b ,subject=von=an", {"text": "a b", "subject": "von=an"}),
    ],
)
def test_columns_are_given_by_role(text: str, columns: Dict[str, str]) -> None:
    assert parse_columns(text) == columns


@pytest.mark.parametrize("text", ["text", "text=", "=Satz", "text=a,", "text=a,,subject=b"])
def test_columns_of_another_form_are_an_error(text: str, tmp_path: Path) -> None:
    result = run(write(tmp_path / "a.jsonl", [GOOD]), tmp_path / "a.spacy", "--columns", text)
    assert result.exit_code == 1
    assert f"--columns is like text=sentence,subject=from, not {text!r}" in (
        re.sub(r"\s+", " ", result.output)
    )

import json
import re
from pathlib import Path
from typing import Any, List

import pytest
import spacy
from spacy.cli import app
from spacy.tokens import Doc, DocBin
from spacy.training import Corpus
from typer.testing import CliRunner

import spacy_spo.cli  # noqa: F401
from spacy_spo.cli.convert import make_tokenizer_pipeline, write_docs
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
    result = run(source, tmp_path / "out" / "a.spacy")
    assert result.exit_code == 0, result.output
    docs = load(tmp_path / "out" / "a.spacy")
    assert [[str(t) for t in get_triples(doc)] for doc in docs] == [
        ["Triple('竹影', '作者', '周舟')"],
        [],
        [],
    ]
    assert all(has_triples(doc) for doc in docs)
    assert counts(result.output) == {
        "Records": 4,
        "malformed": 1,
        "without annotation": 0,
        "Triples": 4,
        "kept": 1,
        "duplicates": 1,
        "lost": 2,
        "not in the text": 1,
        "not on token boundaries": 0,
        "offsets disagree with the text": 0,
        "empty argument": 1,
        "discontinuous argument": 0,
        "Repeated texts": 0,
        "with different triples": 0,
    }
    assert f"{source}:3: not valid JSON" in result.output


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
    write(folder / "labels.txt", ["作者"])
    result = run(folder, tmp_path / "out.spacy")
    assert [doc.text for doc in load(tmp_path / "out.spacy")] == [GOOD["text"], EMPTY["text"]]
    assert "labels.txt" in result.output


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
    path = write_docs((nlp(text) for text in texts), tmp_path / "a.spacy", docs_per_file=2)
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

import json
from pathlib import Path
from typing import List

import pytest
import spacy
import srsly
from spacy.tokens import DocBin
from transformers import AutoModel, AutoTokenizer
from typer.testing import CliRunner

from spacy_spo.cli import spo_cli
from spacy_spo.data.doc_files import read_texts

TEXTS = [f"《山海{i}》是青石写的小说，共{i}章" for i in range(20)]
SMALL = ["--hidden-size", "16", "--layers", "1", "--heads", "2", "--intermediate-size", "32"]


def run(*args: object):
    return CliRunner().invoke(spo_cli, ["make-encoder", *map(str, args)])


def spoken(result) -> str:
    return " ".join(result.output.split())


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    path = tmp_path / "texts.txt"
    path.write_text("\n".join(TEXTS), encoding="utf8")
    return path


def write_texts(path: Path, texts: List[str]) -> None:
    records = [{"text": text} for text in texts]
    if path.suffix == ".spacy":
        nlp = spacy.blank("zh")
        DocBin(docs=[nlp.make_doc(text) for text in texts]).to_disk(path)
    elif path.suffix == ".jsonl" or path.stem == "lines":
        srsly.write_jsonl(path, records)
    elif path.suffix == ".json":
        srsly.write_json(path, records)
    else:
        path.write_text("\n\n".join(texts), encoding="utf8")


@pytest.mark.parametrize("name", ["a.jsonl", "a.json", "lines.json", "a.txt", "a.spacy"])
def test_texts_are_read_from_every_format(tmp_path: Path, name: str):
    write_texts(tmp_path / name, TEXTS)
    assert list(read_texts(tmp_path / name)) == TEXTS


@pytest.mark.parametrize(
    "name, content, message",
    [
        ("a.jsonl", '{"text": "山"}\n{"txt": "海"}', "a.jsonl:2: the key 'text' is missing"),
        ("a.jsonl", '{"text": "山"}\nnothing', "a.jsonl:2: not valid JSON"),
        ("a.json", '[{"text": "山"}, {"text": 3}]', "'text' must be a string"),
        ("a.csv", "山", "are read from .json, .jsonl, .spacy, .txt files"),
    ],
)
def test_bad_texts_are_refused_with_their_place(
    tmp_path: Path, name: str, content: str, message: str
):
    (tmp_path / name).write_text(content, encoding="utf8")
    with pytest.raises(ValueError, match=message):
        list(read_texts(tmp_path / name))


def test_several_files_make_one_vocabulary(tmp_path: Path, corpus: Path):
    more = tmp_path / "more.txt"
    more.write_text("落梅落梅", encoding="utf8")
    result = run(tmp_path / "out", "-t", corpus, "-t", more, *SMALL)
    assert result.exit_code == 0, result.output
    tokenizer = AutoTokenizer.from_pretrained(tmp_path / "out")
    assert {"落", "梅", "山"} <= set(tokenizer.get_vocab())
    assert AutoModel.from_pretrained(tmp_path / "out").config.hidden_size == 16


def test_options_reach_the_encoder(tmp_path: Path, corpus: Path):
    options = ["--max-length", "40", "--dropout", "0.2", "--lower-case", "--min-count", "21"]
    result = run(tmp_path / "out", "-t", corpus, *SMALL, *options)
    assert result.exit_code == 0, result.output
    config = json.loads((tmp_path / "out" / "config.json").read_text(encoding="utf8"))
    assert config["max_position_embeddings"] == 40
    assert config["hidden_dropout_prob"] == 0.2
    assert config["architectures"] == ["RoFormerModel"]
    tokenizer = AutoTokenizer.from_pretrained(tmp_path / "out")
    assert tokenizer.model_max_length == 40
    assert tokenizer.tokenize("A1") == ["a", "##1"]
    assert "山" not in tokenizer.get_vocab()


def test_pretraining_reports_and_goes_on(tmp_path: Path, corpus: Path):
    first, second = tmp_path / "first", tmp_path / "second"
    steps = ["--mlm-steps", "4", "--mlm-length", "32", "--batch-size", "8"]
    result = run(first, "-t", corpus, *SMALL, *steps)
    assert result.exit_code == 0, result.output
    assert "Texts/s" in result.output
    assert "tokens before: loss" in spoken(result)
    assert "tokens after: loss" in spoken(result)
    result = run(second, "-t", corpus, "--encoder", first, *steps)
    assert result.exit_code == 0, result.output
    assert AutoModel.from_pretrained(second).config.hidden_size == 16
    model_files = [(folder / "model.safetensors").read_bytes() for folder in (first, second)]
    assert model_files[0] != model_files[1]


def test_same_seed_writes_the_same_weights(tmp_path: Path, corpus: Path):
    steps = ["--mlm-steps", "2", "--mlm-length", "32"]
    files = []
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        assert run(tmp_path / name, "-t", corpus, *SMALL, *steps, "--seed", seed).exit_code == 0
        files.append((tmp_path / name / "model.safetensors").read_bytes())
    assert files[0] == files[1]
    assert files[0] != files[2]


def test_an_older_encoder_is_overwritten(tmp_path: Path, corpus: Path):
    for seed in (1, 2):
        result = run(tmp_path / "out", "-t", corpus, *SMALL, "--seed", seed)
        assert result.exit_code == 0, result.output


def test_other_folders_and_files_are_kept(tmp_path: Path, corpus: Path):
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "keep.txt").write_text("keep", encoding="utf8")
    result = run(tmp_path / "notes", "-t", corpus, *SMALL)
    assert result.exit_code == 1
    assert "not an encoder" in spoken(result)
    assert [path.name for path in (tmp_path / "notes").iterdir()] == ["keep.txt"]
    result = run(corpus, "-t", corpus, *SMALL)
    assert result.exit_code == 1
    assert "is a file" in spoken(result)


@pytest.mark.parametrize(
    "options, message",
    [
        (["--hidden-size", "10", "--heads", "4"], "must be a multiple"),
        (["--min-count", "1000"], "No character"),
        (["--encoder", "anything"], "(--mlm-steps on the"),
        (["--mlm-steps", "1", "--mlm-length", "600"], "3 to 512"),
    ],
)
def test_bad_settings_are_refused(tmp_path: Path, corpus: Path, options: List[str], message: str):
    result = run(tmp_path / "out", "-t", corpus, *SMALL, *options)
    assert result.exit_code == 1
    assert message in spoken(result)
    assert not (tmp_path / "out").exists()


def test_a_missing_encoder_is_reported(tmp_path: Path, corpus: Path):
    (tmp_path / "nothing").mkdir()
    result = run(
        tmp_path / "out", "-t", corpus, "--encoder", tmp_path / "nothing", "--mlm-steps", 1
    )
    assert result.exit_code == 1
    assert "No encoder was made" in spoken(result)
    assert "config.json" in spoken(result)


def test_blank_texts_are_no_texts(tmp_path: Path):
    (tmp_path / "blank.txt").write_text("\n \n", encoding="utf8")
    result = run(tmp_path / "out", "-t", tmp_path / "blank.txt")
    assert result.exit_code == 1
    assert "No character" in spoken(result)


def test_frequent_words_are_wordpieces(tmp_path: Path):
    write_texts(tmp_path / "a.txt", ["Ann sang.", "Ann wept."])
    result = run(
        tmp_path / "encoder", "--texts", tmp_path / "a.txt", "--min-word-count", "2", *SMALL
    )
    assert result.exit_code == 0, result.output
    tokenizer = AutoTokenizer.from_pretrained(tmp_path / "encoder")
    assert tokenizer.tokenize("Ann sang.") == ["Ann", "s", "##a", "##n", "##g", "."]

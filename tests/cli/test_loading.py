"""Pipelines that commands cannot load: one line that names them, and the cause."""

import json

import pytest
import spacy
from typer.testing import CliRunner

from spacy_spo.cli import spo_cli
from spacy_spo.cli.loading import load_pipeline


@pytest.fixture
def saved(trained, tmp_path):
    trained.to_disk(tmp_path / "model")
    return tmp_path / "model"


def cut(path):
    path.write_bytes(path.read_bytes()[:-5])


@pytest.mark.parametrize(
    "damage",
    [
        lambda folder: cut(folder / "spo_tagger" / "model"),
        lambda folder: cut(folder / "vocab" / "strings.json"),
        lambda folder: cut(folder / "tokenizer"),
        lambda folder: (folder / "vocab" / "vectors").write_bytes(b""),
        lambda folder: (folder / "vocab" / "lookups.bin").write_bytes(b"\x93"),
        lambda folder: (folder / "config.cfg").write_text("[nlp\n", encoding="utf8"),
        lambda folder: (folder / "config.cfg").write_text("[a]\nb = ${c.d}\n", encoding="utf8"),
        lambda folder: (folder / "meta.json").write_text("[]", encoding="utf8"),
        lambda folder: (folder / "spo_tagger" / "cfg").unlink(),
    ],
)
def test_a_damaged_pipeline_is_one_line(saved, damage, tmp_path):
    damage(saved)
    (tmp_path / "texts.txt").write_text("Ann wrote Dune", encoding="utf8")
    arguments = ["extract", str(saved), str(tmp_path / "texts.txt")]
    result = CliRunner().invoke(spo_cli, arguments)
    assert result.exit_code == 1 and isinstance(result.exception, SystemExit)
    title, cause = result.output.splitlines()
    assert "No triples were extracted" in title
    assert f"The pipeline {saved} cannot be loaded" in cause


def test_any_error_is_named(monkeypatch):
    def fail(name):
        raise EOFError

    monkeypatch.setattr("spacy_spo.cli.loading.load_model", fail)
    with pytest.raises(ValueError, match=r"pipeline some/path cannot be loaded.*EOFError"):
        load_pipeline("some/path")


@pytest.mark.parametrize("command", ["extract", "render", "evaluate", "tune", "audit", "explain"])
def test_every_command_names_the_pipeline(command, tmp_path, monkeypatch):
    def fail(name):
        raise AttributeError("of something deep inside")

    monkeypatch.setattr("spacy_spo.cli.loading.load_model", fail)
    (tmp_path / "in.spacy").write_bytes(b"")
    outputs = [str(tmp_path / "out")] if command in ("render", "tune", "audit") else []
    data = [str(tmp_path / "in.spacy"), *outputs]
    if command == "explain":
        data = ["Ann wrote Dune", "--triple", "Ann", "author", "Dune"]
    result = CliRunner().invoke(spo_cli, [command, "some/path", *data])
    assert result.exit_code == 1, result.output
    assert "The pipeline some/path cannot be loaded" in result.output
    assert "AttributeError: of something deep inside" in result.output


def test_a_broken_config_is_named(tmp_path):
    config, corpus = tmp_path / "c.cfg", tmp_path / "corpus.spacy"
    config.write_text(json.dumps({}) + "[nlp]\nlang = ${a.b}\n", encoding="utf8")
    corpus.write_bytes(b"")
    arguments = ["ceiling", *map(str, (config, corpus, corpus))]
    result = CliRunner().invoke(spo_cli, arguments)
    assert result.exit_code == 1 and f"The config {config} cannot be loaded" in result.output


def test_the_cause_of_a_missing_component_is_kept(tmp_path):
    nlp = spacy.blank("en")
    nlp.add_pipe("sentencizer")
    nlp.to_disk(tmp_path / "model")
    path = tmp_path / "model" / "config.cfg"
    text = path.read_text(encoding="utf8").replace('"sentencizer"', '"of_another_package"')
    path.write_text(text.replace("components.sentencizer", "components.of_another_package"))
    with pytest.raises(ValueError, match="of_another_package"):
        load_pipeline(str(tmp_path / "model"))

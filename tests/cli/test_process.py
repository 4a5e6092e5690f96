"""The process of a command: signals, standard streams, its outputs until they are whole."""

import json
import os
import re
import resource
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Iterator

import pytest
import srsly
from spacy.tokens import DocBin
from support import SENTENCES, make_doc
from typer.testing import CliRunner

from spacy_spo.cli import spo_cli
from spacy_spo.cli.process import stoppable
from spacy_spo.data.doc_files import read_texts
from spacy_spo.data.files import read_items
from spacy_spo.outputs import reserved

RECORD = {"text": "Ann wrote Dune", "triples": []}


def run(*arguments: object, stdin: bytes = b"") -> Any:
    return CliRunner().invoke(spo_cli, [str(argument) for argument in arguments], input=stdin)


@contextmanager
def pipe(path: Path, content: str) -> Iterator[Path]:
    """A pipe that can be read once."""
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_text, args=[content], daemon=True)
    writer.start()
    yield path
    writer.join(timeout=10)


@contextmanager
def small_files(size: int) -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.fixture(scope="module")
def model(trained, tmp_path_factory):
    path = tmp_path_factory.mktemp("process") / "model"
    trained.to_disk(path)
    return path


@pytest.fixture
def gold(trained, tmp_path):
    """Gold without a triple that the pipeline finds."""
    path = tmp_path / "gold.spacy"
    docs = [make_doc(trained, text, facts[:1]) for text, facts in SENTENCES]
    DocBin(docs=docs).to_disk(path)
    return path


def test_texts_come_from_standard_input_and_records_go_to_standard_output(model, capfd):
    result = run("extract", model, "-", "-", stdin="Ann wrote Dune\n\n安 wrote Tron\n".encode())
    assert result.exit_code == 0, result.output
    records = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
    assert [record["text"] for record in records] == ["Ann wrote Dune", "安 wrote Tron"]
    assert "triples of 2 texts" in result.stderr and not result.stdout


def test_an_error_does_not_get_among_the_records(model):
    result = run("extract", model, "-", "-", stdin=b"\xff\n")
    assert result.exit_code == 1 and not result.stdout
    assert "stdin:1: not UTF-8" in result.stderr


@pytest.mark.parametrize(
    "content, texts",
    [
        ('\n{"text": "a"}\n{"text": "b"}\n', ["a", "b"]),
        ("a\nb\n", ["a", "b"]),
        ("{a}\nb\n", ["{a}", "b"]),
        ("12\n[b]\n", ["12", "[b]"]),
        ("", []),
    ],
)
def test_records_and_lines_are_told_apart_in_a_pipe(content, texts, tmp_path):
    with pipe(tmp_path / "pipe", content) as path:
        assert list(read_texts(path)) == texts


def test_records_are_converted_from_a_pipe_and_exported_to_standard_output(tmp_path, capfd):
    output = tmp_path / "out.spacy"
    with pipe(tmp_path / "records", json.dumps(RECORD) + "\n") as path:
        result = run("convert", path, output, "--lang", "en")
    assert result.exit_code == 0, result.output
    result = run("convert", "-", output, "--lang", "en", stdin=json.dumps(RECORD).encode())
    assert result.exit_code == 0, result.output
    capfd.readouterr()
    result = run("export", output, "-", "--format", "spo_jsonl")
    assert json.loads(capfd.readouterr().out)["text"] == RECORD["text"]
    assert "Wrote 1 records" in result.stderr and not result.stdout


def test_a_page_goes_to_standard_output(model, capfd):
    result = run("render", model, "-", "-", stdin=b"Ann wrote Dune\n")
    assert result.exit_code == 0, result.output
    assert capfd.readouterr().out.startswith("<!DOCTYPE html>") and "Wrote 1 texts" in result.stderr


def test_inputs_that_are_not_there_are_named(model, tmp_path):
    gone = tmp_path / "gone.txt"
    for command in (["extract", model], ["render", model], ["convert", "--lang", "en"]):
        result = run(*command, gone, tmp_path / "out")
        message = re.sub(r"[\s│]", "", result.output)  # in a box
        assert result.exit_code == 2 and re.search("gone.txt.?doesnotexist", message)


def test_a_byte_order_mark_is_none_but_at_the_start(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes("\ufeffone\n\ufefftwo\n".encode())
    assert list(read_texts(path)) == ["one", "\ufefftwo"]
    path.write_bytes('\ufeff{"a": 1}\n\ufeff{"a": 2}\n'.encode())
    assert [item.value for item in read_items(path)] == [{"a": 1}, {"a": 2}]


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT", "SIGHUP"])
def test_a_signal_ends_a_command_and_leaves_nothing(name, tmp_path, capfd):
    os.mkfifo(tmp_path / "never.jsonl")
    folder, number = tmp_path / "out", getattr(signal, name)
    handler = signal.getsignal(number)

    def stop():
        while not folder.exists():
            time.sleep(0.01)
        os.kill(os.getpid(), number)

    thread = threading.Thread(target=stop)
    thread.start()
    result = run("convert", tmp_path / "never.jsonl", folder / "out.spacy", "--lang", "en")
    thread.join()
    assert result.exit_code == 128 + number and not folder.exists()
    assert capfd.readouterr().err.strip() == f"Stopped by {name}"
    assert signal.getsignal(number) == handler


def test_other_processes_of_a_pipeline_end_as_ever(capfd):
    with stoppable():
        child = os.fork()
        if not child:
            os.kill(os.getpid(), signal.SIGTERM)
            os._exit(0)
        _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == -signal.SIGTERM
    assert "Stopped" not in capfd.readouterr().err


def test_a_signal_that_is_ignored_stays_ignored(tmp_path):
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with pipe(tmp_path / "a.jsonl", json.dumps(RECORD)) as path:
            os.kill(os.getpid(), signal.SIGHUP)
            assert run("convert", path, tmp_path / "a.spacy", "--lang", "en").exit_code == 0
            assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


@pytest.mark.slow
def test_who_reads_the_first_lines_only_sees_no_error(model, tmp_path):
    texts = tmp_path / "texts.txt"
    texts.write_text("Ann wrote Dune\n" * 3000, encoding="utf8")
    command = [sys.executable, "-m", "spacy", "spo", "extract", model, texts, "-"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None and process.stderr is not None
        assert json.loads(process.stdout.readline())["text"] == "Ann wrote Dune"
        process.stdout.close()
        errors = process.stderr.read().decode()
    assert process.returncode == 1 and "Broken pipe" not in errors and "Traceback" not in errors


def test_an_output_in_use_is_an_error_before_the_pipeline_is_loaded(tmp_path):
    (tmp_path / "a.txt").write_text("Ann wrote Dune", encoding="utf8")
    with reserved(tmp_path / "out.jsonl"):
        results: list = []
        arguments = ["extract", "no_such_pipeline", tmp_path / "a.txt", tmp_path / "out.jsonl"]
        thread = threading.Thread(target=lambda: results.append(run(*arguments)))
        thread.start()
        thread.join()
        (result,) = results
    assert result.exit_code == 1 and "out.jsonl is being written by another run" in result.output


def test_a_file_is_no_folder_to_write_and_a_folder_no_file(gold, tmp_path):
    (tmp_path / "file").write_text("x", encoding="utf8")
    commands = {
        "name a folder": ["make-encoder", tmp_path / "file", "--texts", gold],
        "name a file": ["apply-audit", gold, tmp_path / "file", tmp_path / "taken.spacy"],
    }
    (tmp_path / "taken.changes.jsonl").mkdir()
    for advice, command in commands.items():
        result = run(*command)
        assert result.exit_code == 1 and advice in result.output, result.output


def test_a_full_disk_keeps_decisions_and_all_other_files_of_an_audit(model, gold, tmp_path):
    arguments = ["audit", model, gold, tmp_path / "audit"]
    assert run(*arguments).exit_code == 0
    issues = tmp_path / "audit" / "missing.jsonl"
    items = [{**item, "decision": "accept"} for item in srsly.read_jsonl(issues)]
    srsly.write_jsonl(issues, items)
    before = {path: path.read_bytes() for path in (tmp_path / "audit").iterdir()}
    with small_files(issues.stat().st_size - 10):
        result = run(*arguments)
    assert result.exit_code == 1 and "File too large" in result.output
    assert {path: path.read_bytes() for path in (tmp_path / "audit").iterdir()} == before
    assert run(*arguments).exit_code == 0
    assert [item["decision"] for item in srsly.read_jsonl(issues)] == ["accept"] * len(items)


def test_corrected_gold_and_its_changes_are_written_together(model, gold, tmp_path):
    assert run("audit", model, gold, tmp_path / "audit").exit_code == 0
    issues = tmp_path / "audit" / "missing.jsonl"
    items = [{**item, "decision": "accept"} for item in srsly.read_jsonl(issues)]
    srsly.write_jsonl(issues, items)
    outputs = [tmp_path / "new.spacy", tmp_path / "new.changes.jsonl"]
    assert run("apply-audit", gold, issues, outputs[0]).exit_code == 0
    size, enough = (path.stat().st_size for path in outputs)
    for path in outputs:
        path.write_text("old", encoding="utf8")
    with small_files((size + enough) // 2):  # for the first of both
        assert size < enough
        result = run("apply-audit", gold, issues, outputs[0])
    assert result.exit_code == 1 and "File too large" in result.output, result.output
    assert [path.read_text(encoding="utf8") for path in outputs] == ["old", "old"]


@pytest.mark.parametrize(
    "command, size",
    [
        ("evaluate", 50),
        ("tune", 50),
        ("tune", 100_000),
        ("make-encoder", 50),
        ("make-encoder", 100_000),
        ("render", 50),
        ("scores", 50),
    ],
)
def test_a_full_disk_keeps_the_output_of_each_command(command, size, model, gold, tmp_path):
    output, metrics = tmp_path / "out", tmp_path / "metrics.json"
    arguments = {
        "evaluate": [model, gold, "--output", output, "--replicates", 100],
        "tune": [model, gold, output],
        "make-encoder": [output, "--texts", gold, "--min-count", 1],
        "render": [model, gold, output],
        "scores": [metrics, "--output", output],
    }[command]
    srsly.write_json(metrics, {"spo_f": 0.5, "spo_per_type": {}})
    first = run(command, *arguments)
    assert first.exit_code == 0, first.output
    files = [path for path in [output, *output.rglob("*")] if path.is_file()]
    before = {path: path.read_bytes() for path in files}
    with small_files(size):
        result = run(command, *arguments)
    assert result.exit_code == 1 and "File too large" in result.output, result.exception
    assert {path: path.read_bytes() for path in files} == before
    assert not list(tmp_path.glob(".*"))

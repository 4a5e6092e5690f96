"""What README and docs show is run."""

import re
from pathlib import Path

import pytest
import spacy
import srsly
from typer.testing import CliRunner

from spacy_spo.cli import spo_cli

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf8")
BLOCK = re.compile(r"```(\w+)\n(.*?)```", re.DOTALL)


def blocks(language):
    return [code for name, code in BLOCK.findall(README) if name == language]


@pytest.mark.parametrize("code", [c for c in blocks("python") if "model-best" not in c])
def test_python_blocks_run(code):
    exec(compile(code, "README.md", "exec"), {})


def test_the_block_that_needs_a_trained_pipeline_runs_on_one(trained, monkeypatch, capsys):
    (code,) = (c for c in blocks("python") if "model-best" in c)
    monkeypatch.setattr(spacy, "load", lambda path: trained)
    code = re.sub(r'nlp\("[^"]+"\)', 'nlp("Ann Lee wrote Dune and Bob made Tron")', code)
    exec(compile(code, "README.md", "exec"), {})
    assert "Ann Lee author Dune" in capsys.readouterr().out


def test_the_annotations_convert(tmp_path):
    (lines,) = blocks("json")
    (tmp_path / "train.jsonl").write_text(lines, encoding="utf8")
    arguments = ["convert", str(tmp_path / "train.jsonl"), str(tmp_path / "t.spacy")]
    options = ["--lang", "zh", "--strict", "--max-loss", "0"]
    assert CliRunner().invoke(spo_cli, [*arguments, *options]).exit_code == 0


def test_every_command_that_is_shown_exists():
    shown = set(re.findall(r"spacy spo ([\w-]+)", README))
    assert shown == {"convert", "make-encoder", "extract", "report", "render"}
    for command in shown:
        assert CliRunner().invoke(spo_cli, [command, "--help"]).exit_code == 0


def test_every_file_that_is_linked_exists():
    for page in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")]:
        for link in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf8")):
            assert link.startswith("https://") or (page.parent / link).exists(), (page.name, link)


@pytest.mark.skipif(not (ROOT / "spacy_spo").exists(), reason="tests run against a wheel")
def test_the_project_declares_every_file_of_the_package_it_runs():
    """Otherwise a change would not run a command again."""
    commands = srsly.read_yaml(ROOT / "project.yml")["commands"]
    declared = {dep for command in commands for dep in command["deps"]}
    files = {str(p.relative_to(ROOT)) for p in (ROOT / "spacy_spo").rglob("*.py")}
    apart = {f for f in files if f.endswith("__init__.py") and "formats" not in f}
    assert files - apart <= declared
    assert (
        not {d for d in declared if d.startswith(("spacy_spo/", "configs/"))}
        - files
        - {f"configs/{name}.cfg" for name in ("zh_tiny", "zh_bert", "en_minilm")}
    )

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


@pytest.mark.skipif(not (ROOT / "spacy_spo").exists(), reason="tests run against a wheel")
def test_every_file_that_is_linked_exists():
    for page in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")]:
        for link in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf8")):
            assert link.startswith("https://") or (page.parent / link).exists(), (page.name, link)


def package_files(*folders_and_files):
    return {
        str(path.relative_to(ROOT))
        for name in folders_and_files
        for path in [ROOT / "spacy_spo" / name, *(ROOT / "spacy_spo" / name).rglob("*.py")]
        if path.is_file() and path.name != "__init__.py"
    }


@pytest.mark.skipif(not (ROOT / "spacy_spo").exists(), reason="tests run against a wheel")
def test_commands_declare_the_code_that_they_run():
    """Otherwise a change would not run them again."""
    pipeline = package_files("models", "pipeline", "losses.py", "schema.py", "scorers.py")
    pipeline |= package_files("segments.py", "tokenizer.py", "triples.py")
    data = package_files("formats", "tokenizer.py", "triples.py")
    for command in srsly.read_yaml(ROOT / "project.yml")["commands"]:
        script, deps = " ".join(command["script"]), set(command["deps"])
        assert all((ROOT / dep).exists() for dep in deps if dep.startswith("spacy_spo/"))
        if re.search("spacy (train|evaluate)|spo (extract|render)", script):
            assert pipeline <= deps, command["name"]
        if "spo convert" in script:
            assert data <= deps, command["name"]
        for name in re.findall("spo ([a-z-]+)", script):
            assert f"spacy_spo/cli/{name.replace('-', '_')}.py" in deps
        for config in re.findall("configs/[a-z_]+.cfg", script):
            assert config in deps


def test_the_readme_documents_the_project_as_it_is():
    for command in srsly.read_yaml(ROOT / "project.yml")["commands"]:
        assert f"| `{command['name']}` | {command['help']} |" in README
    for name, steps in srsly.read_yaml(ROOT / "project.yml")["workflows"].items():
        assert f"| `{name}` | {' &rarr; '.join(f'`{step}`' for step in steps)} |" in README

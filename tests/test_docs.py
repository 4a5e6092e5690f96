"""What README and docs show is run."""

import re
import runpy
import shlex
import shutil
from pathlib import Path
from typing import NamedTuple

import pytest
import srsly
from spacy.tokens import DocBin
from spacy.util import registry
from support import SENTENCES, make_doc, run_spacy
from thinc.api import Config
from typer.testing import CliRunner

import spacy_spo
from spacy_spo.cli import spo_cli

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"(?:<!-- data: (\S+) -->\n)?```(\w+)\n(.*?)```", re.DOTALL)
SENTENCE = "Ann Lee wrote Dune and Bob made Tron"


class Block(NamedTuple):
    """A block of code on a page, and the name of the file that it shows, if any."""

    page: str
    file: str
    language: str
    code: str


BLOCKS = [
    Block(page.name, *match)
    for page in PAGES
    for match in BLOCK.findall(page.read_text(encoding="utf8"))
]


def blocks(language):
    found = [block for block in BLOCKS if block.language == language]
    ids = [f"{block.page}-{i}" for i, block in enumerate(found)]
    return pytest.mark.parametrize("block", found, ids=ids)


def lines(block):
    """The commands of a block of bash, those that a backslash continues in one line."""
    return [line for line in block.code.replace("\\\n", " ").splitlines() if line.strip()]


COMMANDS = [
    (block.page, line) for block in BLOCKS if block.language == "bash" for line in lines(block)
]


# Run as shown, but for the time that training takes.
SHORTER = [
    (r"--mlm-steps \d+", "--mlm-steps 1 --min-count 1"),
    (r"(spacy train .+)", r"\1 --training.max_steps 1 --training.eval_frequency 1"),
    (r"(spacy find-threshold .+)", r"\1 --n_trials 2"),
]
# Run by the tests of packaging, or by CI as a whole.
ELSEWHERE = ("make ", "mkdir ", "pip ", "python -m spacy package ", "python -m spacy project ")


def run_as_shown(command):
    for pattern, shorter in SHORTER:
        command = re.sub(pattern, shorter, command)
    python, _, program, *arguments = shlex.split(command)
    assert (python, program) == ("python", "spacy")
    run_spacy(*arguments)


def run_block(block):
    if block.language == "python":
        exec(compile(block.code, block.page, "exec"), {})
    if block.language == "bash":
        for line in lines(block):
            if not line.startswith(ELSEWHERE):
                run_as_shown(line)


@pytest.fixture(scope="module")
def workplace(trained, tmp_path_factory):
    """The folder of a user who has gone through the README.

    What takes long is stood in for: the pipelines of `make demo` and `make demo-en`.
    """
    folder = tmp_path_factory.mktemp("workplace")
    for name in ("zh", "en"):
        (folder / "training" / name).mkdir(parents=True)
        trained.to_disk(folder / "training" / name / "model-best")
    (folder / "corpus" / "en").mkdir(parents=True)
    docs = [make_doc(trained, *sentence) for sentence in SENTENCES]
    for split in ("train", "dev"):
        DocBin(docs=docs).to_disk(folder / "corpus" / "en" / f"{split}.spacy")
    for name in ("assets", "configs"):
        (folder / name).symlink_to(ROOT / name)
    for block in BLOCKS:
        if block.file:
            (folder / block.file).write_text(block.code, encoding="utf8")
    shutil.copy(folder / "train.jsonl", folder / "dev.jsonl")
    (folder / "texts.txt").write_text(f"{SENTENCE}\n", encoding="utf8")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for block in BLOCKS:
            if block.page == "README.md":
                run_block(block)
    return folder


@pytest.mark.slow
@blocks("python")
def test_python_blocks_run(block, workplace, monkeypatch):
    monkeypatch.chdir(workplace)
    run_block(block)


@pytest.mark.slow
def test_the_first_block_prints_triples(trained, workplace, monkeypatch, capsys):
    code = next(b.code for b in BLOCKS if b.language == "python")
    monkeypatch.chdir(workplace)
    exec(re.sub(r'nlp\("[^"]+"\)', f'nlp("{SENTENCE}")', code), {})
    assert "Ann Lee | author | Dune" in capsys.readouterr().out


def with_parents(fragment):
    """A fragment of a config, with the sections that its sections stand in."""
    names = re.findall(r"^\[(.+)\]$", fragment, re.MULTILINE)
    parents = {name.rsplit(".", i)[0] for name in names for i in range(1, name.count(".") + 1)}
    return "\n".join([*(f"[{name}]" for name in sorted(parents - set(names))), fragment])


@blocks("ini")
def test_config_blocks_name_what_exists(block):
    registry.ensure_populated()  # spaCy fills its registry late
    config = Config().from_str(with_parents(block.code), interpolate=False)

    def check(section):
        for key, value in section.items():
            if key.startswith("@"):
                assert getattr(registry, key[1:]).get(value)
            elif isinstance(value, dict):
                check(value)

    check(config)


@pytest.mark.slow
@blocks("json")
def test_the_data_that_is_shown_converts(block, workplace):
    options = ["--lang", "zh", "--strict", "--max-loss", "0"]
    output = workplace / "shown.spacy"
    result = CliRunner().invoke(
        spo_cli, ["convert", str(workplace / block.file), str(output), *options]
    )
    assert result.exit_code == 0, result.output


@pytest.mark.slow
@pytest.mark.parametrize(
    "command",
    [line for page, line in COMMANDS if page != "README.md" and not line.startswith(ELSEWHERE)],
)
def test_commands_run(command, workplace, monkeypatch):
    monkeypatch.chdir(workplace)
    run_as_shown(command)


def test_every_command_is_shown():
    shown = {line.split("spacy spo ")[1].split()[0] for _, line in COMMANDS if "spacy spo " in line}
    assert shown == {command.name for command in spo_cli.registered_commands if not command.hidden}


@pytest.mark.skipif(not (ROOT / "spacy_spo").exists(), reason="tests run against a wheel")
def test_every_file_that_is_linked_exists():
    others = (
        "CONTRIBUTING.md",
        "README.zh.md",
        "RELEASING.md",
        "assets/README.md",
        "benchmarks/README.md",
    )
    for page in [*PAGES, *(ROOT / name for name in others)]:
        for link in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf8")):
            assert link.startswith("https://") or (page.parent / link).exists(), (page.name, link)


def test_the_project_page_documents_the_project_as_it_is():
    page = (ROOT / "PROJECT.md").read_text(encoding="utf8")
    for command in srsly.read_yaml(ROOT / "project.yml")["commands"]:
        assert f"| `{command['name']}` | {command['help']} |" in page
    for name, steps in srsly.read_yaml(ROOT / "project.yml")["workflows"].items():
        assert f"| `{name}` | {' &rarr; '.join(f'`{step}`' for step in steps)} |" in page


def test_commands_of_the_project_declare_their_configs_and_no_code():
    """Otherwise a change of a config would not run them again."""
    for command in srsly.read_yaml(ROOT / "project.yml")["commands"]:
        configs = re.findall(r"configs/\S+", " ".join(command["script"]))
        assert set(configs) <= set(command["deps"])
        assert not any(dep.startswith("spacy_spo") for dep in command["deps"])


def test_both_readmes_show_the_same_code():
    english, chinese = (
        BLOCK.findall((ROOT / name).read_text(encoding="utf8"))
        for name in ("README.md", "README.zh.md")
    )
    assert english == chinese


@pytest.mark.skipif(not (ROOT / "spacy_spo").exists(), reason="tests run against a wheel")
def test_the_page_of_formats_is_that_of_their_modules():
    """`python docs/formats.py` writes it."""
    make_page = runpy.run_path(str(ROOT / "docs" / "formats.py"))["make_page"]
    assert (ROOT / "docs" / "formats.md").read_text(encoding="utf8") == make_page()


@pytest.mark.skipif(not (ROOT / "spacy_spo").exists(), reason="tests run against a wheel")
def test_the_tree_of_the_architecture_is_that_of_the_package():
    """`python docs/tree.py` writes it."""
    update_page = runpy.run_path(str(ROOT / "docs" / "tree.py"))["update_page"]
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf8")
    assert "spo_tagger.py" in page and update_page(page) == page


@pytest.mark.parametrize("name", ["triples.svg", "triples.zh.svg"])
def test_pictures_are_those_of_today(name):
    """`python docs/images/draw.py` draws them."""
    images = ROOT / "docs" / "images"
    draw = runpy.run_path(str(images / "draw.py"))["draw"]
    assert (images / name).read_text(encoding="utf8") == draw(name)


def test_versions_agree():
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf8")
    assert f"version: {spacy_spo.__version__}\n" in citation

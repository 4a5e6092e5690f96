"""The rooms of the package import downward only."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "spacy_spo"
# What each room may import, beside itself. CONTRIBUTING.md has the same rule in words.
ALLOWED = {
    "compat_spacy": set(),
    "provenance": set(),
    "triples": {"compat_spacy", "provenance"},
    "schema": {"triples"},
    "tokenizer": set(),
    "callbacks": {"outputs"},
    "losses": set(),
    "segments": set(),
    "window_merging": {"segments", "triples"},
    "augment": {"triples"},
    "outputs": set(),
    "pretraining": {"outputs"},
    "once": set(),
    "control_characters": set(),
    "text_streams": {"provenance"},
    "models": {"once"},
    "pipeline": {"losses", "models", "once", "schema", "segments", "triples", "window_merging"},
    "data": {"control_characters", "outputs", "provenance", "schema", "triples"},
    "evaluation": {"provenance", "text_streams", "triples"},
    "extraction": {"provenance", "text_streams", "triples"},
    "visualize": {"control_characters", "evaluation", "outputs", "provenance", "triples"},
    "analysis": {
        "data",
        "evaluation",
        "outputs",
        "pipeline",
        "provenance",
        "segments",
        "text_streams",
        "triples",
    },
}
pytestmark = pytest.mark.skipif(not PACKAGE.exists(), reason="tests run against a wheel")


def imports(path):
    """The modules of the package that a file imports, as paths of names below it."""
    here = path.relative_to(PACKAGE.parent).with_suffix("").parts
    for node in ast.walk(ast.parse(path.read_text(encoding="utf8"))):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = here[: len(here) - node.level]
            target = (*base, *(node.module or "").split("."))[1:]
            names = [target] if node.module else [(*target[:-1], a.name) for a in node.names]
            yield from ([part for part in name if part] for name in names)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("spacy_spo."):
            yield node.module.split(".")[1:]


def rooms():
    return sorted({path.relative_to(PACKAGE).with_suffix("").parts[0] for path in files()})


def files():
    return [path for path in PACKAGE.rglob("*.py") if path != PACKAGE / "__init__.py"]


def test_every_room_has_its_rule():
    assert set(rooms()) == {*ALLOWED, "cli"}


def test_rooms_import_downward_only():
    for path in files():
        room = path.relative_to(PACKAGE).with_suffix("").parts[0]
        if room != "cli":
            used = {target[0] for target in imports(path)}
            assert used <= ALLOWED[room] | {room, "__version__"}, path


def test_the_rules_have_no_circle():
    lower = {room: set(below) for room, below in ALLOWED.items()}
    while free := {room for room, below in lower.items() if not below}:
        lower = {room: below - free for room, below in lower.items() if room not in free}
    assert not lower


def test_no_module_has_the_name_of_a_function_in_it():
    for path in files():
        tree = ast.parse(path.read_text(encoding="utf8"))
        names = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
        assert path.stem not in names, path


def test_nothing_but_the_command_line_imports_the_command_line():
    benchmarks = PACKAGE.parent / "benchmarks"
    for path in [*files(), *benchmarks.glob("*.py")]:
        if path.relative_to(PACKAGE.parent).parts[:2] != ("spacy_spo", "cli"):
            text = path.read_text(encoding="utf8")
            assert "spacy_spo.cli" not in text and "from ..cli" not in text, path

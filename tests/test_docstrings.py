"""The first line of a docstring is short."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "spacy_spo"
MAX_WORDS = 12
pytestmark = pytest.mark.skipif(not PACKAGE.exists(), reason="tests run against a wheel")


def test_the_first_line_of_a_docstring_has_few_words():
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf8"))):
            if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)):
                first = (ast.get_docstring(node) or "").partition("\n")[0]
                name = getattr(node, "name", "")
                assert len(first.split()) <= MAX_WORDS, f"{path.name} {name}: {first}"

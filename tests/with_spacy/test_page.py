"""docs/spacy.md names tests that exist, and every test of this folder."""

import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
PAGE = (TESTS.parent / "docs" / "spacy.md").read_text(encoding="utf8")
NAMED = re.findall(r"`([\w/]+\.py)::(\w+)`", PAGE)


def names_in(path):
    return re.findall(r"^def (test_\w+)", path.read_text(encoding="utf8"), re.MULTILINE)


@pytest.mark.parametrize("file", sorted({file for file, _ in NAMED}))
def test_named_tests_exist(file):
    named = {test for other, test in NAMED if other == file}
    assert named <= set(names_in(TESTS / file))


@pytest.mark.parametrize(
    "path", sorted(Path(__file__).parent.glob("test_*.py")), ids=lambda path: path.stem
)
def test_every_test_of_this_folder_is_named(path):
    named = {test for file, test in NAMED if TESTS / file == path}
    assert path == Path(__file__) or named == set(names_in(path))


def test_every_row_names_a_test():
    rows = [line for line in PAGE.splitlines() if line.startswith("| ") and "Test |" not in line]
    assert len(rows) > 30 and all("::test_" in row for row in rows)

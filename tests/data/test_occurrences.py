"""Strings are found by scanning and by the index alike."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from spacy_spo.data.occurrences import Occurrences

LETTERS = "ab甲😀\ud83d \n"


def expected(text: str, part: str) -> list[int]:
    return [start for start in range(len(text)) if text[start:].startswith(part)]


@pytest.mark.parametrize("max_scanned", [0, 10, 10**9])
@given(st.text(LETTERS, max_size=40), st.lists(st.text(LETTERS, min_size=1, max_size=20)))
@example("a" * 30, ["a", "aa", "aaa", "a" * 9, "a" * 16, "a" * 31])
def test_all_occurrences_are_found(max_scanned: int, text: str, parts: list[str]) -> None:
    occurrences = Occurrences(text, max_scanned)
    for part in [*parts, text[3:15] or "a", text or "a"]:
        assert occurrences.find(part) == expected(text, part)


def test_a_string_that_begins_like_many_is_found_by_its_end() -> None:
    names = [f"Station {number}" for number in range(2000)]
    text = ", ".join(names)
    occurrences = Occurrences(text, max_scanned=0)
    for name in names[-20:]:
        assert occurrences.find(name) == expected(text, name)

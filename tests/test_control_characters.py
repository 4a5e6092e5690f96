"""Control characters in data: made visible, and nothing else changed."""

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spacy_spo.control_characters import escape_controls, escape_json

# Unicode's own word for them.
BIDI = ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI")
CONTROLS = [
    char
    for char in map(chr, range(0x10000))
    if unicodedata.category(char) in ("Cc", "Zl", "Zp", "Cs")
    or unicodedata.bidirectional(char) in BIDI
    or char in "\u200e\u200f\u061c"
]
TEXTS = st.text(st.one_of(st.characters(), st.sampled_from(CONTROLS)))


@pytest.mark.parametrize(
    "text, visible",
    [
        ("\x1b]0;title\x07", r"\x1b]0;title\x07"),
        ("Ann\nBob\t\r", r"Ann\nBob\t\r"),
        ("\x9b2J \u202eenuD", r"\x9b2J \u202eenuD"),
        ("\ud83d", r"\ud83d"),
        ("安写了《沙丘》 👩‍🚀 é", "安写了《沙丘》 👩‍🚀 é"),
    ],
)
def test_they_become_visible(text, visible):
    assert escape_controls(text) == visible


def test_some_may_be_kept():
    assert escape_controls("a\n\x1b\n", keep="\n") == "a\n\\x1b\n"


@given(TEXTS)
def test_all_of_them_and_no_other_character_is_escaped(text):
    expected = [c.encode("unicode_escape").decode("ascii") if c in CONTROLS else c for c in text]
    assert escape_controls(text) == "".join(expected)


@given(st.dictionaries(TEXTS, TEXTS))
def test_json_keeps_its_content(value):
    escaped = escape_json(json.dumps(value, ensure_ascii=False))
    assert json.loads(escaped) == value
    assert not set(escaped) & set(CONTROLS)

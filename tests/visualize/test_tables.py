"""Tables as Markdown: any cell is shown as text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from spacy_spo.control_characters import escape_controls
from spacy_spo.visualize.tables import Table, to_markdown

MARKUP = "\\`*_{}[]()<>#+-.!|~&$\n\x1b\u202ea1 "
# Spaces at both ends are none of a cell's.
TEXTS = (st.text(st.one_of(st.sampled_from(MARKUP), st.characters()), max_size=12)).map(
    lambda text: f"x{text}x"
)


def shown(page):
    """Texts of headings and cells, as a reader of the page sees them; no markup may be left."""
    tokens = MarkdownIt("commonmark").enable("table").parse(page)
    inline = [token for token in tokens if token.type == "inline"]
    parts = [part for token in inline for part in token.children]
    assert {part.type for part in parts} <= {"text", "text_special"}
    return ["".join(part.content for part in token.children) for token in inline]


@given(TEXTS, st.lists(st.lists(TEXTS, min_size=2, max_size=2), min_size=1, max_size=3))
def test_any_text_is_shown_as_it_is(title, rows):
    page = to_markdown([Table(title, rows[0], rows)])
    cells = [cell for row in [rows[0], *rows] for cell in row]
    assert shown(page) == list(map(escape_controls, [title, *cells]))


@pytest.mark.parametrize(
    "cell, markdown",
    [
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ("a\nb", "a\\\\nb"),
        ("a|b `c`", "a\\|b \\`c\\`"),
        ("born_in", "born_in"),
    ],
)
def test_cells_in_markdown(cell, markdown):
    assert f"| {markdown} |" in to_markdown([Table("T", ["cell"], [[cell]])])

"""Tables of text cells, for terminals, Markdown and HTML."""

import re
from html import escape
from typing import List, Literal, NamedTuple, Optional, Sequence

from wasabi import MarkdownRenderer

from ..control_characters import escape_controls

# Within a word, an underscore is text.
_MARKUP = re.compile(r"[\\`*~|\[\]$#]|(?<![^\W_])_|_(?![^\W_])")


class Table(NamedTuple):
    """A table of text cells.

    title (str): The title.
    header (List[str]): Names of the columns.
    rows (List[List[str]]): Cells by row.
    """

    title: str
    header: List[str]
    rows: List[List[str]]

    @property
    def aligns(self) -> List[Literal["l", "r", "c"]]:
        """Align the first column left, all others right.

        RETURNS (List[Literal["l", "r", "c"]]): "l" or "r" for each column, as wasabi takes them.
        """
        return ["l", *("r" for _ in self.header[1:])]  # type: ignore[list-item]


def percent(score: Optional[float]) -> str:
    """Format a score as a percentage.

    score (Optional[float]): A score in [0, 1].
    RETURNS (str): The percentage with two decimals; "-" for None.
    """
    return "-" if score is None else f"{100 * score:.2f}"


def to_markdown(tables: Sequence[Table]) -> str:
    """Write tables as Markdown.

    tables (Sequence[Table]): The tables.
    RETURNS (str): The document, a heading before each table.
    """
    page = MarkdownRenderer()
    for table in tables:
        page.add(page.title(2, escape_markdown(table.title)))
        cells = [list(map(escape_markdown, row)) for row in table.rows]
        header = list(map(escape_markdown, table.header))
        page.add(page.table(cells, header, table.aligns))
    return page.text + "\n"


def escape_markdown(text: str) -> str:
    """Escape text for a line of Markdown.

    text (str): Any text.
    RETURNS (str): Markdown that shows the text, with control characters made visible.
    """
    return _MARKUP.sub(r"\\\g<0>", escape(escape_controls(text), quote=False))

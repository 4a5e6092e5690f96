"""Tables of text cells, for terminals, Markdown and HTML."""

from typing import List, Literal, NamedTuple, Optional, Sequence

from wasabi import MarkdownRenderer


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
        page.add(page.title(2, table.title))
        cells = [list(map(_escape, row)) for row in table.rows]
        page.add(page.table(cells, list(map(_escape, table.header)), table.aligns))
    return page.text + "\n"


def _escape(cell: str) -> str:
    return cell.replace("|", "\\|")

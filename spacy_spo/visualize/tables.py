"""Tables of text cells, for terminals, Markdown and HTML."""

from typing import Any, List, NamedTuple


class Table(NamedTuple):
    """A table of text cells, the first column aligned left, the others right."""

    title: str
    header: List[str]
    rows: List[List[str]]

    @property
    def aligns(self) -> List[Any]:
        """RETURNS (List[str]): "l" or "r" for each column, as wasabi takes them."""
        return ["l", *("r" for _ in self.header[1:])]

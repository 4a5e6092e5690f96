"""The text of HTML, as a browser counts its characters."""

from html.parser import HTMLParser
from typing import List, Optional, Tuple

_BODY = "body"


def list_html_texts(html: str) -> List[str]:
    """List the texts that offsets in HTML may refer to.

    html (str): The HTML: a document or a part of one.
    RETURNS (List[str]): The texts of all its text nodes, and of those of its body; both also
        without the white space at the start, which a browser may leave out.
    """
    # A browser makes one character of a line end.
    parser = _TextParser()
    parser.feed(html.replace("\r\n", "\n").replace("\r", "\n"))
    parser.close()
    texts = [parser.body, parser.text]
    return list(dict.fromkeys([*texts, *(text.lstrip() for text in texts)]))


class _TextParser(HTMLParser):
    """Parser that gathers the text nodes of HTML."""

    def __init__(self) -> None:
        super().__init__()
        self._parts: List[str] = []
        # How many parts are before the body, and how many before its end.
        self._start = 0
        self._end: Optional[int] = None

    @property
    def text(self) -> str:
        """Get the text of all nodes."""
        return "".join(self._parts)

    @property
    def body(self) -> str:
        """Get the text of the body."""
        return "".join(self._parts[self._start : self._end])

    def handle_data(self, data: str) -> None:
        """Handle a text node."""
        self._parts.append(data)

    def handle_starttag(self, tag: str, attrs: List[Tuple[str, Optional[str]]]) -> None:
        """Handle a start tag: a line break counts as a character."""
        if tag == "br":
            self._parts.append("\n")
        elif tag == _BODY:
            self._start = len(self._parts)

    def handle_endtag(self, tag: str) -> None:
        """Handle an end tag."""
        if tag == _BODY:
            self._end = len(self._parts)

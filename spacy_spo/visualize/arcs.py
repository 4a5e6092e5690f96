"""Triples as labelled arcs between their arguments.

Each argument is a word in a row, however long it is; an argument inside another one stands beside
it; text between arguments is omitted. So the picture is as wide as there are arguments, in any
language, and the text stands above it.
"""

import re
from html import escape
from typing import List, NamedTuple, Sequence, Tuple
from unicodedata import east_asian_width

from ..triples import Triple
from .displacy_markup import FONTS, ArcLine, Picture, draw_arcs, with_fixed_ids

# SVG text has no widths: pixels a character at displaCy's font size, twice as many if it is wide.
CHAR_WIDTH = 8
MIN_WIDTH, MAX_CHARS = 150, 36
_LINE_HEIGHT, _PADDING, _MIN_TEXT_WIDTH = 24, 20, 480
# A line breaks after white space, and after each wide character.
_BREAKABLE = re.compile(r"[\u2e80-\uffff]\s*|[^\s\u2e80-\uffff]+\s*|\s+")

_SVG = """<svg xmlns="http://www.w3.org/2000/svg" xml:lang="{lang}" width="{width:g}" \
height="{height:g}" viewBox="0 0 {width:g} {height:g}" font-family="{fonts}" font-size="16">
<rect width="100%" height="100%" fill="#ffffff"/>
{lines}
<svg x="{x:g}" y="{y:g}" overflow="visible">{picture}</svg>
</svg>
"""

# Character offsets of an argument, and a number that tells its copies apart.
_Word = Tuple[int, int, int]


class Arc(NamedTuple):
    """A triple to draw.

    triple (Triple): The triple.
    prefix (str): Text before its predicate.
    style (str): CSS of its lines.
    """

    triple: Triple
    prefix: str = ""
    style: str = ""


def draw(text: str, arcs: Sequence[Arc], lang: str = "") -> str:
    """Draw triples of a text as HTML.

    text (str): The text.
    arcs (Sequence[Arc]): Its triples. Qualifiers are drawn as arcs from the object.
    lang (str): Language of the text.
    RETURNS (str): HTML: the text, and an SVG.
    """
    svg = _picture(text, arcs, lang).svg if arcs else ""
    return f"<p>{escape(text)}</p>{svg}"


def draw_svg(text: str, arcs: Sequence[Arc], lang: str = "") -> str:
    """Draw triples of a text as an SVG file.

    text (str): The text.
    arcs (Sequence[Arc]): Its triples, as `draw` takes them.
    lang (str): Language of the text.
    RETURNS (str): An SVG document on a white background; the same for the same triples.
    """
    picture = _picture(text, arcs, lang) if arcs else Picture("", 0, 0)
    width = max(picture.width, _MIN_TEXT_WIDTH) + 2 * _PADDING
    lines = _wrapped(text, width - 2 * _PADDING)
    height = _PADDING + _LINE_HEIGHT * len(lines) + picture.height + _PADDING / 2
    return _SVG.format(
        lang=lang or "en",
        width=width,
        height=height,
        fonts=FONTS,
        lines="\n".join(_text_line(line, i) for i, line in enumerate(lines)),
        x=(width - picture.width) / 2,
        y=height - picture.height - _PADDING / 2,
        picture=with_fixed_ids(picture.svg, "spo"),
    )


def _text_line(line: str, number: int) -> str:
    y = _PADDING + _LINE_HEIGHT * number + 12
    return f'<text x="{_PADDING}" y="{y}" fill="#000000">{escape(line)}</text>'


def _wrapped(text: str, width: float) -> List[str]:
    lines = [""]
    for piece in _BREAKABLE.findall(text):
        if lines[-1] and _text_width(lines[-1] + piece.rstrip()) > width:
            lines.append("")
        lines[-1] += piece
    return [" ".join(line.split()) for line in lines]


def _picture(text: str, arcs: Sequence[Arc], lang: str) -> Picture:
    lines = [line for arc in arcs for line in _lines(arc)]
    words = sorted({word for line in lines for word in line[:2]}, key=_text_order)
    index = {word: i for i, word in enumerate(words)}
    shown = [_shorten(text[start:end]) for start, end, _ in words]
    labels = [label for *_, label, _ in lines]
    distance = max(map(_word_width, [*shown, *labels]))
    arc_lines = [ArcLine(index[a], index[b], label, style) for a, b, label, style in lines]
    return draw_arcs(shown, arc_lines, distance, lang or "en")


def _lines(arc: Arc) -> List[Tuple[_Word, _Word, str, str]]:
    """Split a triple into arcs: from, to, label and style of each."""
    triple = arc.triple
    subject, object_ = (
        (span.start_char, span.end_char, 0) for span in (triple.subject, triple.object)
    )
    if subject == object_:
        object_ = (*object_[:2], 1)  # an arc needs two ends
    lines = [(subject, object_, f"{arc.prefix}{triple.predicate}", arc.style)]
    for name, span in triple.qualifiers.items():
        word = (span.start_char, span.end_char, 0)
        if word == object_:
            word = (*word[:2], 1)
        lines.append((object_, word, f"{arc.prefix}{name}", arc.style))
    return lines


def _text_order(word: _Word) -> Tuple[int, int, int]:
    start, end, copy = word
    return start, -end, copy


def _shorten(text: str) -> str:
    text = " ".join(text.split())
    if len(text) <= MAX_CHARS:
        return text
    half = MAX_CHARS // 2
    return f"{text[:half]} … {text[-half:]}"


def _text_width(text: str) -> int:
    return CHAR_WIDTH * (len(text) + sum(east_asian_width(char) in "WF" for char in text))


def _word_width(text: str) -> int:
    return max(MIN_WIDTH, _text_width(text) + 30)

"""Triples as labelled arcs between their arguments, drawn by displaCy.

displaCy draws words in a row and arcs over them. Here each argument is one such word, however long
it is; an argument inside another one stands beside it; what lies between arguments is left out. So
the picture is as wide as there are arguments, in any language, and the text stands above it.
"""

import re
from html import escape
from itertools import count
from typing import Any, Dict, List, NamedTuple, Sequence, Tuple
from unicodedata import east_asian_width

from spacy import displacy

from ..triples import Triple

# displaCy sets no widths: so many pixels a character, wide ones twice, at its font size.
CHAR_WIDTH = 8
MIN_WIDTH, MAX_CHARS = 150, 36
# What a line of text takes below where its arcs end.
BELOW = 70

# First and last character of an argument, and which of several words that it has.
_Place = Tuple[int, int, int]


class Arc(NamedTuple):
    """triple (Triple): What is drawn. note (str): What is written before its predicate. style
    (str): CSS of its lines."""

    triple: Triple
    note: str = ""
    style: str = ""


def draw(text: str, arcs: Sequence[Arc], lang: str = "") -> str:
    """Draw triples of one text.

    text (str): The text.
    arcs (Sequence[Arc]): Its triples. Qualifiers are drawn as arcs from the object.
    lang (str): The language of the text.
    RETURNS (str): HTML: the text, and an SVG.
    """
    lines = [line for arc in arcs for line in _lines(arc)]
    places = sorted({place for line in lines for place in line[:2]}, key=_reading_order)
    numbers = {place: i for i, place in enumerate(places)}
    words = [_shorten(text[start:end]) for start, end, _ in places]
    parsed = {
        "words": [{"text": word, "tag": ""} for word in words],
        "arcs": [_to_arc(numbers[a], numbers[b], label) for a, b, label, _ in lines],
        "settings": {"lang": lang or "en", "direction": "ltr"},
    }
    labels = [label for *_, label, _ in lines]
    distance = max(map(_width, [*words, *labels]), default=MIN_WIDTH)
    options = {"compact": True, "distance": distance, "offset_x": distance / 2}
    svg = displacy.render(parsed, style="dep", manual=True, options=options, jupyter=False)
    svg = _colored(_cropped(svg), [style for *_, style in lines])
    return f"<p>{escape(text)}</p>{svg if lines else ''}"


def _lines(arc: Arc) -> List[Tuple[_Place, _Place, str, str]]:
    """From, to, label and style of the arcs of a triple: to its object, on to its qualifiers."""
    triple = arc.triple
    subject, object_ = (
        (span.start_char, span.end_char, 0) for span in (triple.subject, triple.object)
    )
    if subject == object_:
        object_ = (*object_[:2], 1)  # an arc needs two ends
    lines = [(subject, object_, f"{arc.note}{triple.predicate}", arc.style)]
    for name, span in triple.qualifiers.items():
        place = (span.start_char, span.end_char, 0)
        if place == object_:
            place = (*place[:2], 1)
        lines.append((object_, place, f"{arc.note}{name}", arc.style))
    return lines


def _reading_order(place: _Place) -> Tuple[int, int, int]:
    start, end, copy = place
    return start, -end, copy


def _to_arc(start: int, end: int, label: str) -> Dict[str, Any]:
    direction = "right" if start < end else "left"
    first, last = sorted((start, end))
    return {"start": first, "end": last, "label": escape(label), "dir": direction}


def _shorten(text: str) -> str:
    text = " ".join(text.split())
    if len(text) <= MAX_CHARS:
        return text
    half = MAX_CHARS // 2
    return f"{text[:half]} … {text[-half:]}"


def _width(text: str) -> int:
    wide = sum(east_asian_width(char) in "WF" for char in text)
    return max(MIN_WIDTH, CHAR_WIDTH * (len(text) + wide) + 30)


def _cropped(svg: str) -> str:
    """displaCy leaves room for arcs three times as high as its compact ones are."""
    curves = re.findall(r'class="displacy-arc"[^>]* d="M\S+,(\S+) \S+,(\S+)', svg)
    if not curves:
        return svg
    bottom = float(curves[0][0]) + BELOW
    top = min(float(curve) for _, curve in curves) - 5
    height, size = bottom - top, re.compile(r'(?<= width=)"([\d.]+)" height="[\d.]+"')
    svg = size.sub(rf'"\1" height="{height}" viewBox="0 {top} \1 {height}"', svg, count=1)
    return re.sub(r"height: [\d.]+px", f"height: {height}px", svg, count=1)


def _colored(svg: str, styles: Sequence[str]) -> str:
    """displaCy has one colour for all arcs; they come in the order in which they were given."""
    number = count()

    def with_style(match: "re.Match[str]") -> str:
        return f'<g class="displacy-arrow" style="{escape(styles[next(number)])}">'

    return re.sub('<g class="displacy-arrow">', with_style, svg)

"""Dependencies on the markup of displaCy: SVG of arcs, template of spans.

displaCy draws arcs and spans, without options for the height of the picture, the colours of single
arcs and wide labels. `tests/visualize/test_displacy_markup.py` has a test for each part of the
markup that this module relies on.
"""

import re
from html import escape
from itertools import count, pairwise
from typing import Any, Dict, List, NamedTuple, Sequence, Tuple

from spacy import displacy
from spacy.displacy.templates import TPL_SPAN, TPL_SPAN_SLICE

# displaCy names Arial alone, which has no Chinese.
FONTS = "Arial, 'Noto Sans CJK SC', 'PingFang SC', 'Microsoft YaHei', sans-serif"
# Pixels below the end of the arcs, for the words.
_WORD_HEIGHT = 70
# M x,y of the start, then x,y of the height of a compact arc.
_CURVE = re.compile(r'class="displacy-arc"[^>]* d="M\S+,(\S+) \S+,(\S+)')
_SIZE = re.compile(r'(?<= width=)"([\d.]+)" height="([\d.]+)"')
_STYLE_HEIGHT = re.compile(r"height: [\d.]+px")
_ARROW = '<g class="displacy-arrow">'
_ID = re.compile(r"\b[0-9a-f]{32}-\d+")

# displaCy's own template of the start of a span, as wide as its label by an invisible copy: the
# label of a one-character argument would else cover the next one. `contain` keeps the copy from
# moving the baseline.
_SPAN_START = """
<span aria-hidden="true" style="display: block; contain: layout; height: 0; visibility: hidden; font-size: 0.6em; font-weight: bold; padding: 0 5px; white-space: nowrap">{label}</span>
<span style="background: {bg}; top: {top_offset}px; height: 4px; left: -1px; width: calc(100% + 2px); position: absolute">
<span style="background: {bg}; z-index: 10; top: -0.5em; padding: 2px 3px; position: absolute; font-size: 0.6em; font-weight: bold; line-height: 1; border-radius: 3px; white-space: nowrap">{label}{kb_link}</span>
</span>
"""  # noqa: E501
_TEMPLATES = {"span": TPL_SPAN, "slice": TPL_SPAN_SLICE, "start": _SPAN_START}


class ArcLine(NamedTuple):
    """An arc between two words.

    start (int): Index of the word that the arc leaves.
    end (int): Index of the word that the arrow points at; another one than `start`.
    label (str): Text on the arc.
    style (str): CSS of its lines; empty for displaCy's own.
    """

    start: int
    end: int
    label: str
    style: str = ""


class Picture(NamedTuple):
    """A drawing.

    svg (str): An SVG element.
    width (float): Width in pixels.
    height (float): Height in pixels.
    """

    svg: str
    width: float
    height: float


def draw_arcs(words: Sequence[str], arcs: Sequence[ArcLine], distance: int, lang: str) -> Picture:
    """Draw words in a row and labelled arcs over them.

    words (Sequence[str]): Words.
    arcs (Sequence[ArcLine]): Arcs.
    distance (int): Pixels between the centres of two words.
    lang (str): Language of the words.
    RETURNS (Picture): The drawing, cropped to its arcs.
    """
    parsed = {
        "words": [{"text": word, "tag": ""} for word in words],
        "arcs": [_to_displacy(arc) for arc in arcs],
        "settings": {"lang": lang, "direction": "ltr"},
    }
    options = {"compact": True, "distance": distance, "offset_x": distance / 2, "font": FONTS}
    svg = displacy.render(parsed, style="dep", manual=True, options=options, jupyter=False)
    return _cropped(_colored(svg, [arc.style for arc in arcs]))


def _to_displacy(arc: ArcLine) -> Dict[str, Any]:
    # displaCy escapes words, but not labels.
    start, end = sorted((arc.start, arc.end))
    direction = "right" if arc.start < arc.end else "left"
    return {"start": start, "end": end, "label": escape(arc.label), "dir": direction}


def _colored(svg: str, styles: Sequence[str]) -> str:
    # displaCy draws arcs in the order in which they were given.
    number = count()

    def with_style(match: "re.Match[str]") -> str:
        return f'{_ARROW[:-1]} style="{escape(styles[next(number)])}">'

    return re.sub(_ARROW, with_style, svg)


def _cropped(svg: str) -> Picture:
    # displaCy leaves room three times as high as compact arcs are.
    width, height = map(float, _size(svg))
    curves = _CURVE.findall(svg)
    if not curves:
        return Picture(svg, width, height)
    bottom = float(curves[0][0]) + _WORD_HEIGHT
    top = min(float(curve) for _, curve in curves) - 5
    height = bottom - top
    box = f'"{width:g}" height="{height:g}" viewBox="0 {top:g} {width:g} {height:g}"'
    svg = _SIZE.sub(box, svg, count=1)
    return Picture(_STYLE_HEIGHT.sub(f"height: {height:g}px", svg, count=1), width, height)


def _size(svg: str) -> Tuple[str, ...]:
    found = _SIZE.search(svg)
    if found is None:
        raise RuntimeError("displaCy's SVG has no width and height: this spaCy is not supported.")
    return found.groups()


def with_fixed_ids(svg: str, prefix: str) -> str:
    """Replace the random ids of an SVG.

    After it the same triples give the same file.

    svg (str): A drawing of `draw_arcs`.
    prefix (str): The id of the drawing, unique in its document.
    RETURNS (str): The SVG.
    """
    return _ID.sub(prefix, svg)


def mark_spans(text: str, spans: Sequence[Tuple[int, int, str]], colors: Dict[str, str]) -> str:
    """Underline and label spans of a text.

    Spans may overlap.

    text (str): The text.
    spans (Sequence[Tuple[int, int, str]]): Character offsets, half-open, and label of each span.
    colors (Dict[str, str]): Colours by label.
    RETURNS (str): HTML.
    """
    options = {
        "colors": {escape(label): color for label, color in colors.items()},
        "template": _TEMPLATES,
    }
    manual = _to_tokens(text, spans)
    return displacy.render(manual, style="span", manual=True, options=options, jupyter=False)


def _to_tokens(text: str, spans: Sequence[Tuple[int, int, str]]) -> Dict[str, Any]:
    # displaCy puts a space after each token, which would tear Chinese text apart: its tokens are
    # the stretches between boundaries of spans.
    cuts: List[int] = sorted(
        {0, len(text), *(cut for start, end, _ in spans for cut in (start, end))}
    )
    index = {cut: i for i, cut in enumerate(cuts)}
    return {
        "text": text,
        "tokens": [text[start:end] for start, end in pairwise(cuts)],
        "spans": [
            # displaCy escapes the text, but not labels.
            {"start_token": index[start], "end_token": index[end], "label": escape(label)}
            for start, end, label in spans
        ],
    }

"""Triples to look at: in notebooks, in files, on a page with a table, against gold.

In the style "triples" arguments are joined by labelled arcs; in "spans" the text is marked, by
displaCy's style of that name in manual mode, which can show spans that overlap or nest. Nothing
needs a network.
"""

from html import escape
from itertools import pairwise, repeat
from typing import (
    Any,
    Callable,
    Dict,
    Hashable,
    Iterable,
    List,
    Literal,
    NamedTuple,
    Optional,
    Union,
)

from spacy import displacy
from spacy.displacy.templates import TPL_SPAN, TPL_SPAN_SLICE
from spacy.tokens import Doc
from spacy.util import is_in_jupyter

from ..triples import Triple, get_triples, has_triples
from .arcs import Arc, draw

RIGHT = "right"
MISSING = "missing"
NOT_IN_GOLD = "not in the gold"
Style = Literal["triples", "spans"]
STYLES = ("triples", "spans")

# Lines of arcs: blue and orange of Paul Tol's "vibrant" scheme, which colour-blind readers can tell
# apart; what is missing is dashed, too.
_ARCS = {
    "": "color: #0077bb",
    RIGHT: "color: #0077bb",
    NOT_IN_GOLD: "color: #cc5500",
    MISSING: "color: #cc5500; stroke-dasharray: 6 4",
}

# Backgrounds for black text that colour-blind readers can tell apart: the "light" scheme of
# Paul Tol, "Colour Schemes" (SRON/EPS/TN/09-002, 2021).
_PALETTE = (
    "#77aadd", "#ee8866", "#eedd88", "#ffaabb", "#99ddff", "#44bb99", "#bbcc33", "#aaaa00",
)  # fmt: skip

_PAGE = """<!DOCTYPE html>
<html>
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto }}
section {{ border-top: 1px solid #ccc; padding: 1rem 0 }}
table {{ border-collapse: collapse; font-size: 0.9em }}
th, td {{ text-align: left; padding: 0.15rem 1rem 0.15rem 0; vertical-align: top }}
td b {{ padding: 0 0.3em; border-radius: 3px }}
.missing td, .not-in-the-gold td:last-child {{ color: #a30 }}
</style>
</head>
<body>
<h1>{title}</h1>
<p>{summary}</p>
{sections}
</body>
</html>
"""

_SECTION = """<section lang="{lang}">
{text}
{table}
</section>"""

# displaCy's own, made as wide as its label by an unseen copy: the label of a one-character
# argument would else lie upon its neighbour. `contain` keeps the copy from moving the baseline.
_TPL_START = """
<span aria-hidden="true" style="display: block; contain: layout; height: 0; visibility: hidden; font-size: 0.6em; font-weight: bold; padding: 0 5px; white-space: nowrap">{label}</span>
<span style="background: {bg}; top: {top_offset}px; height: 4px; left: -1px; width: calc(100% + 2px); position: absolute">
<span style="background: {bg}; z-index: 10; top: -0.5em; padding: 2px 3px; position: absolute; font-size: 0.6em; font-weight: bold; line-height: 1; border-radius: 3px; white-space: nowrap">{label}{kb_link}</span>
</span>
"""  # noqa: E501
_TEMPLATES = {"span": TPL_SPAN, "slice": TPL_SPAN_SLICE, "start": _TPL_START}


class Row(NamedTuple):
    """triple (Triple): A predicted or a gold one. mark (str): RIGHT, MISSING or NOT_IN_GOLD; empty
    where there is no gold."""

    triple: Triple
    mark: str


def render_page(
    docs: Iterable[Doc],
    gold: Optional[Iterable[Doc]] = None,
    title: str = "Triples",
    style: Style = "spans",
) -> str:
    """Write Docs and their triples as one HTML page.

    docs (Iterable[Doc]): Docs with predicted triples.
    gold (Optional[Iterable[Doc]]): Docs of the same texts with gold triples, whatever their
        tokens. A triple is right if its predicate and all of its arguments are, by text and
        character offsets. Docs that are not annotated mark nothing.
    title (str): The heading.
    style (Style): "triples" or "spans".
    RETURNS (str): The page. A predicate has one colour, given in alphabetical order.
    RAISES (ValueError): If a gold Doc has another text, there are more or fewer of them, or there
        is no such style.
    """
    _check_style(style)
    docs = list(docs)
    tables = _tables(docs, gold)
    rows = [row for table in tables for row in table]
    colors = _predicate_colors({row.triple.predicate for row in rows})
    sections = [_section(doc, table, colors, style) for doc, table in zip(docs, tables)]
    return _PAGE.format(
        title=escape(title), summary=_summary(docs, rows), sections="\n".join(sections)
    )


def render(
    docs: Union[Doc, Iterable[Doc]],
    style: Style = "triples",
    gold: Union[Doc, Iterable[Doc], None] = None,
    page: bool = False,
    jupyter: Optional[bool] = None,
) -> str:
    """Show Docs and their triples, as `displacy.render` shows other annotation.

    docs (Union[Doc, Iterable[Doc]]): Docs with triples.
    style (Style): "triples", arcs between arguments, or "spans", the text with marked arguments.
    gold (Union[Doc, Iterable[Doc], None]): Gold Docs to compare with, see `render_page`.
    page (bool): Whether to write a whole HTML page, with a table of the triples of each Doc.
    jupyter (Optional[bool]): Whether to show it in the notebook; None for "if this is one".
    RETURNS (str): The HTML; empty if it was shown.
    RAISES (ValueError): As `render_page`.
    """
    _check_style(style)
    shown, golds = _as_list(docs), None if gold is None else _as_list(gold)
    if page:
        html = render_page(shown, golds, style=style)
    else:
        tables = _tables(shown, golds)
        colors = _predicate_colors({row.triple.predicate for rows in tables for row in rows})
        html = "\n".join(_picture(d, rows, colors, style) for d, rows in zip(shown, tables))
    if jupyter or (jupyter is None and is_in_jupyter()):
        from IPython.display import HTML, display

        display(HTML(html))
        return ""
    return html


def _as_list(docs: Union[Doc, Iterable[Doc]]) -> List[Doc]:
    return [docs] if isinstance(docs, Doc) else list(docs)


def _check_style(style: str) -> None:
    if style not in STYLES:
        raise ValueError(f"A style is one of {', '.join(STYLES)}, not {style!r}.")


def _tables(docs: List[Doc], gold: Optional[Iterable[Doc]]) -> List[List[Row]]:
    golds = list(repeat(None, len(docs)) if gold is None else gold)
    if len(golds) != len(docs):
        raise ValueError(f"There are {len(docs)} Docs, but {len(golds)} gold Docs.")
    return [compare(doc, own) for doc, own in zip(docs, golds)]


def compare(
    doc: Doc, gold: Optional[Doc], key: Callable[[Triple], Hashable] = lambda triple: triple.key
) -> List[Row]:
    """Tell which triples are right.

    doc (Doc): With predicted triples.
    gold (Optional[Doc]): Of the same text; one that is not annotated marks nothing.
    key (Callable): What counts of a triple; by default its predicate, the texts and the offsets of
        all arguments.
    RETURNS (List[Row]): The triples of the Doc, then those of the gold that it lacks.
    RAISES (ValueError): If the gold Doc has another text.
    """
    predicted = get_triples(doc)
    if gold is None or not has_triples(gold):
        return [Row(triple, "") for triple in predicted]
    if gold.text != doc.text:
        raise ValueError(f"The gold Doc of {doc.text!r} has another text: {gold.text!r}.")
    predicted, expected = get_triples(doc), get_triples(gold)
    found, stated = ({key(triple) for triple in side} for side in (predicted, expected))
    marked = [Row(t, RIGHT if key(t) in stated else NOT_IN_GOLD) for t in predicted]
    return marked + [Row(t, MISSING) for t in expected if key(t) not in found]


def _predicate_colors(predicates: Iterable[str]) -> Dict[str, str]:
    return {p: _PALETTE[i % len(_PALETTE)] for i, p in enumerate(sorted(predicates))}


def _summary(docs: List[Doc], rows: List[Row]) -> str:
    marks = [row.mark for row in rows]
    counts = [f"{len(docs)} texts", f"{len(rows) - marks.count(MISSING)} triples"]
    if any(marks):
        counts += [f"{marks.count(mark)} {mark}" for mark in (RIGHT, MISSING, NOT_IN_GOLD)]
    return ", ".join(counts)


def _section(doc: Doc, rows: List[Row], colors: Dict[str, str], style: Style) -> str:
    return _SECTION.format(
        lang=escape(doc.lang_),
        text=_picture(doc, rows, colors, style),
        table=_table(rows, colors) if rows else "<p>No triples.</p>",
    )


def _picture(doc: Doc, rows: List[Row], colors: Dict[str, str], style: Style) -> str:
    if style == "triples":
        return picture(doc, rows)
    return _marked_text(doc, [r.triple for r in rows if r.mark != MISSING], colors)


def picture(doc: Doc, rows: List[Row]) -> str:
    """RETURNS (str): The text of a Doc, and arcs, as HTML."""
    notes = {RIGHT: "✓ ", MISSING: "missing: ", NOT_IN_GOLD: "not in gold: ", "": ""}
    arcs = [Arc(row.triple, notes[row.mark], _ARCS[row.mark]) for row in rows]
    return f'<div style="overflow-x: auto">{draw(doc.text, arcs, doc.lang_)}</div>'


def _marked_text(doc: Doc, triples: List[Triple], colors: Dict[str, str]) -> str:
    # One argument often serves several triples in one role: it is labelled once. displaCy
    # escapes the text but not the labels.
    places = {
        (span.start_char, span.end_char, escape(f"{t.predicate} · {role}")): colors[t.predicate]
        for t in triples
        for role, span in t.arguments.items()
    }
    manual = _manual_spans(doc.text, sorted(places))
    options = {
        "colors": {label: color for (_, _, label), color in places.items()},
        "template": _TEMPLATES,
    }
    return displacy.render(manual, style="span", manual=True, options=options, jupyter=False)


def _manual_spans(text: str, places: Iterable[Any]) -> Dict[str, Any]:
    # displaCy puts a space after each token, which would tear Chinese text apart: the tokens
    # given to it are the stretches between the edges of arguments.
    places = list(places)
    edges = sorted({0, len(text), *(edge for start, end, _ in places for edge in (start, end))})
    index = {edge: i for i, edge in enumerate(edges)}
    return {
        "text": text,
        "tokens": [text[start:end] for start, end in pairwise(edges)],
        "spans": [
            {"start_token": index[start], "end_token": index[end], "label": label}
            for start, end, label in places
        ],
    }


def _table(rows: List[Row], colors: Dict[str, str]) -> str:
    names = ["subject", "predicate", "object", "qualifiers", "score"]
    if any(row.mark for row in rows):
        names.append("gold")
    header = "".join(f"<th>{name}</th>" for name in names)
    body = "\n".join(_table_row(row, colors[row.triple.predicate]) for row in rows)
    return f"<table>\n<tr>{header}</tr>\n{body}\n</table>"


def _table_row(row: Row, color: str) -> str:
    triple, mark = row
    qualifiers = "; ".join(f"{role}: {span.text}" for role, span in triple.qualifiers.items())
    cells = [
        escape(triple.subject.text),
        f'<b style="background: {color}">{escape(triple.predicate)}</b>',
        escape(triple.object.text),
        escape(qualifiers),
        "" if mark == MISSING else f"{triple.score:.2f}",
        *([mark] if mark else []),
    ]
    kind = f' class="{mark.replace(" ", "-")}"' if mark else ""
    return f"<tr{kind}>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"

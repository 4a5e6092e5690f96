"""Pictures of triples for notebooks and files, with or without gold.

The style "triples" joins arguments by labelled arcs; "spans" marks them in the text, which can show
spans that overlap or nest. Nothing needs a network.
"""

from html import escape
from itertools import repeat
from typing import (
    Callable,
    Dict,
    Hashable,
    Iterable,
    List,
    Literal,
    NamedTuple,
    Optional,
    Sequence,
    Union,
)

from spacy.tokens import Doc
from spacy.util import is_in_jupyter

from ..provenance import get_id
from ..triples import TRIPLES_KEY, Triple, get_triples, has_triples
from .arcs import Arc, draw, draw_svg
from .displacy_markup import mark_spans

# Statuses of a triple in a comparison with gold.
CORRECT = "correct"
MISSING = "missing"
NOT_IN_GOLD = "not in gold"
Style = Literal["triples", "spans"]
STYLES = ("triples", "spans")

# Written before the predicate on an arc.
_PREFIXES = {CORRECT: "✓ ", MISSING: "missing: ", NOT_IN_GOLD: "not in gold: ", "": ""}
# Lines of arcs: blue and orange of Paul Tol's "vibrant" scheme, distinct for colour-blind readers;
# missing triples are dashed, too.
_ARC_STYLES = {
    "": "color: #0077bb",
    CORRECT: "color: #0077bb",
    NOT_IN_GOLD: "color: #cc5500",
    MISSING: "color: #cc5500; stroke-dasharray: 6 4",
}

# Backgrounds for black text, distinct for colour-blind readers: the "light" scheme of Paul Tol,
# "Colour Schemes" (SRON/EPS/TN/09-002, 2021).
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
.id {{ color: #555; font-size: 0.9em }}
td b {{ padding: 0 0.3em; border-radius: 3px }}
.missing td, .not-in-gold td:last-child {{ color: #a30 }}
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
{id}{text}
{table}
</section>"""


class TripleStatus(NamedTuple):
    """A triple of a comparison with gold.

    triple (Triple): A predicted or a gold triple.
    status (str): CORRECT, MISSING or NOT_IN_GOLD; empty without gold.
    """

    triple: Triple
    status: str


def render_page(
    docs: Iterable[Doc],
    gold: Optional[Iterable[Doc]] = None,
    title: str = "Triples",
    style: Style = "spans",
    spans_key: str = TRIPLES_KEY,
) -> str:
    """Write Docs and their triples as one HTML page.

    docs (Iterable[Doc]): Docs with predicted triples.
    gold (Optional[Iterable[Doc]]): Docs of the same texts with gold triples, whatever their
        tokens. A triple is correct if its predicate, and all of its arguments by text and
        character offsets, are gold. Unannotated Docs are shown without a comparison.
    title (str): The heading.
    style (Style): "triples", arcs between arguments, or "spans", the text with marked arguments.
    spans_key (str): The key of the triples in `doc.spans`.
    RETURNS (str): The page. Predicates have colours, in alphabetical order.
    RAISES (ValueError): If a gold Doc has another text, there are more or fewer gold Docs than
        Docs, or there is no such style.
    """
    _check_style(style)
    docs = list(docs)
    tables = _compare_all(docs, gold, spans_key)
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
    spans_key: str = TRIPLES_KEY,
) -> str:
    """Draw Docs and their triples, in a notebook or as HTML.

    Works as `displacy.render` does for other annotation.

    docs (Union[Doc, Iterable[Doc]]): Docs with triples.
    style (Style): "triples", arcs between arguments, or "spans", the text with marked arguments.
    gold (Union[Doc, Iterable[Doc], None]): Gold Docs to compare with, see `render_page`.
    page (bool): Whether to write a whole HTML page, with a table of the triples of each Doc.
    jupyter (Optional[bool]): Whether to display it in the notebook; None detects a notebook.
    spans_key (str): The key of the triples in `doc.spans`.
    RETURNS (str): The HTML; empty if it was displayed.
    RAISES (ValueError): As `render_page`.
    """
    _check_style(style)
    shown, golds = _as_list(docs), None if gold is None else _as_list(gold)
    if page:
        html = render_page(shown, golds, style=style, spans_key=spans_key)
    else:
        tables = _compare_all(shown, golds, spans_key)
        colors = _predicate_colors({row.triple.predicate for rows in tables for row in rows})
        html = "\n".join(_draw_doc(d, rows, colors, style) for d, rows in zip(shown, tables))
    if jupyter or (jupyter is None and is_in_jupyter()):
        from IPython.display import HTML, display

        display(HTML(html))
        return ""
    return html


def to_svg(doc: Doc, gold: Optional[Doc] = None, spans_key: str = TRIPLES_KEY) -> str:
    """Draw a Doc and its triples as an SVG file.

    doc (Doc): A Doc with triples.
    gold (Optional[Doc]): The Doc to compare with, see `render_page`.
    spans_key (str): The key of the triples in `doc.spans`.
    RETURNS (str): The SVG: the text and arcs between arguments, on a white background. The same
        triples give the same file.
    RAISES (ValueError): If the gold Doc has another text.
    """
    return draw_svg(doc.text, _arcs(compare(doc, gold, spans_key=spans_key)), doc.lang_)


def _as_list(docs: Union[Doc, Iterable[Doc]]) -> List[Doc]:
    return [docs] if isinstance(docs, Doc) else list(docs)


def _check_style(style: str) -> None:
    if style not in STYLES:
        raise ValueError(f"A style is one of {', '.join(STYLES)}, not {style!r}.")


def _compare_all(
    docs: List[Doc], gold: Optional[Iterable[Doc]], spans_key: str
) -> List[List[TripleStatus]]:
    golds = list(repeat(None, len(docs)) if gold is None else gold)
    if len(golds) != len(docs):
        raise ValueError(f"There are {len(docs)} Docs, but {len(golds)} gold Docs.")
    return [compare(doc, gold, spans_key=spans_key) for doc, gold in zip(docs, golds)]


def compare(
    doc: Doc,
    gold: Optional[Doc],
    key: Callable[[Triple], Hashable] = lambda triple: triple.key,
    spans_key: str = TRIPLES_KEY,
) -> List[TripleStatus]:
    """Compare predicted triples with gold.

    doc (Doc): A Doc with predicted triples.
    gold (Optional[Doc]): The same text; None, or an unannotated Doc, gives no status.
    key (Callable[[Triple], Hashable]): Reduces a triple to its compared parts; by default
        predicate, texts and offsets of all arguments.
    spans_key (str): The key of the triples in `doc.spans`.
    RETURNS (List[TripleStatus]): The triples of the Doc, then the missing ones.
    RAISES (ValueError): If the gold Doc has another text.
    """
    predicted = get_triples(doc, spans_key)
    if gold is None or not has_triples(gold, spans_key):
        return [TripleStatus(triple, "") for triple in predicted]
    if gold.text != doc.text:
        raise ValueError(f"The gold Doc of {doc.text!r} has another text: {gold.text!r}.")
    gold_triples = get_triples(gold, spans_key)
    keys, gold_keys = ({key(triple) for triple in side} for side in (predicted, gold_triples))
    rows = [TripleStatus(t, CORRECT if key(t) in gold_keys else NOT_IN_GOLD) for t in predicted]
    return rows + [TripleStatus(t, MISSING) for t in gold_triples if key(t) not in keys]


def _predicate_colors(predicates: Iterable[str]) -> Dict[str, str]:
    return {p: _PALETTE[i % len(_PALETTE)] for i, p in enumerate(sorted(predicates))}


def _summary(docs: List[Doc], rows: List[TripleStatus]) -> str:
    statuses = [row.status for row in rows]
    counts = [f"{len(docs)} texts", f"{len(rows) - statuses.count(MISSING)} triples"]
    if any(statuses):
        counts += [f"{statuses.count(s)} {s}" for s in (CORRECT, MISSING, NOT_IN_GOLD)]
    return ", ".join(counts)


def _section(doc: Doc, rows: List[TripleStatus], colors: Dict[str, str], style: Style) -> str:
    name = show_id(doc)
    return _SECTION.format(
        id=f'<p class="id">{escape(name)}</p>\n' if name else "",
        lang=escape(doc.lang_),
        text=_draw_doc(doc, rows, colors, style),
        table=_table(rows, colors) if rows else "<p>No triples.</p>",
    )


def show_id(doc: Doc) -> str:
    """Get the id of a Doc as it is shown.

    doc (Doc): The Doc.
    RETURNS (str): Its id; empty if it has none.
    """
    known = get_id(doc)
    return "" if known is None else str(known)


def _draw_doc(doc: Doc, rows: List[TripleStatus], colors: Dict[str, str], style: Style) -> str:
    if style == "triples":
        return draw_comparison(doc, rows)
    return _marked_text(doc, [row.triple for row in rows if row.status != MISSING], colors)


def draw_comparison(doc: Doc, rows: Sequence[TripleStatus]) -> str:
    """Draw a text and its compared triples as arcs.

    doc (Doc): The text.
    rows (Sequence[TripleStatus]): Its triples, from `compare`.
    RETURNS (str): HTML.
    """
    return f'<div style="overflow-x: auto">{draw(doc.text, _arcs(rows), doc.lang_)}</div>'


def _arcs(rows: Sequence[TripleStatus]) -> List[Arc]:
    return [Arc(row.triple, _PREFIXES[row.status], _ARC_STYLES[row.status]) for row in rows]


def _marked_text(doc: Doc, triples: List[Triple], colors: Dict[str, str]) -> str:
    # One argument often serves several triples in one role: it is labelled once.
    spans = {
        (span.start_char, span.end_char, f"{t.predicate} · {role}"): colors[t.predicate]
        for t in triples
        for role, span in t.arguments.items()
    }
    return mark_spans(doc.text, sorted(spans), {label: c for (_, _, label), c in spans.items()})


def _table(rows: List[TripleStatus], colors: Dict[str, str]) -> str:
    names = ["subject", "predicate", "object", "qualifiers", "score"]
    if any(row.status for row in rows):
        names.append("gold")
    header = "".join(f"<th>{name}</th>" for name in names)
    body = "\n".join(_table_row(row, colors[row.triple.predicate]) for row in rows)
    return f"<table>\n<tr>{header}</tr>\n{body}\n</table>"


def _table_row(row: TripleStatus, color: str) -> str:
    triple, status = row
    qualifiers = "; ".join(f"{role}: {span.text}" for role, span in triple.qualifiers.items())
    cells = [
        escape(triple.subject.text),
        f'<b style="background: {color}">{escape(triple.predicate)}</b>',
        escape(triple.object.text),
        escape(qualifiers),
        "" if status == MISSING else f"{triple.score:.2f}",
        *([status] if status else []),
    ]
    kind = f' class="{status.replace(" ", "-")}"' if status else ""
    return f"<tr{kind}>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"

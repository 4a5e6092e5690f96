"""The page: one file, no network."""

from typing import Any, Dict, List, NamedTuple, Optional, Sequence

from jinja2 import Environment, PackageLoader
from spacy.tokens import Doc

from ..display import MISSING, NOT_IN_GOLD, RIGHT, compare, picture
from ..overlaps import OVERLAPS, overlaps
from ..rules import text_key
from ..tables import Table
from ..triples import get_triples

# What a text may be filtered by, beside its predicates and its kinds of overlap.
ERRORS = ("all right", MISSING, NOT_IN_GOLD, "predicate wrong", "argument wrong")


class Sentence(NamedTuple):
    """A text to look at: what it may be found by, and its picture as HTML."""

    predicates: List[str]
    overlaps: List[str]
    errors: List[str]
    picture: str


def make_sentence(predicted: Doc, gold: Doc) -> Sentence:
    """Prepare a text.

    predicted (Doc): With what a pipeline found.
    gold (Doc): Of the same text, annotated.
    RETURNS (Sentence): Triples are compared by text. Found triples that are not gold are wrong in
        the predicate if the gold has their arguments, in an argument if it has their predicate and
        one of their arguments.
    """
    rows = compare(predicted, gold, key=text_key)
    errors = sorted({row.mark for row in rows} - {RIGHT}) or ["all right"]
    expected = [text_key(triple) for triple in get_triples(gold)]
    for row in rows:
        s, p, o = text_key(row.triple)
        if row.mark != NOT_IN_GOLD:
            continue
        if any((s, o) == (a, b) and p != q for a, q, b in expected):
            errors.append("predicate wrong")
        if any(p == q and (s == a) != (o == b) for a, q, b in expected):
            errors.append("argument wrong")
    predicates = sorted({row.triple.predicate for row in rows})
    kinds = overlaps(get_triples(gold))
    return Sentence(
        predicates,
        [kind for kind in OVERLAPS if kind in kinds],
        sorted(set(errors)),
        picture(predicted, rows),
    )


def render_report(
    title: str,
    tables: Sequence[Table],
    sentences: Sequence[Sentence] = (),
    plots: Optional[Dict[str, str]] = None,
) -> str:
    """Write the page.

    title (str): The heading.
    tables (Sequence[Table]): The tables.
    sentences (Sequence[Sentence]): Texts to look through.
    plots (Optional[Dict[str, str]]): SVG by title.
    RETURNS (str): The HTML. All but the pictures and the plots is escaped.
    """
    environment = Environment(loader=PackageLoader("spacy_spo.report", "."), autoescape=True)
    filters: Dict[str, Any] = {
        "predicates": sorted({p for s in sentences for p in s.predicates}),
        "overlaps": [k for k in OVERLAPS if any(k in s.overlaps for s in sentences)],
        "errors": [e for e in ERRORS if any(e in s.errors for s in sentences)],
    }
    return environment.get_template("report.html").render(
        title=title, tables=tables, sentences=sentences, filters=filters, plots=plots or {}
    )

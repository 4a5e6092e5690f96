"""The page: one file, no network."""

from typing import Any, Dict, List, Mapping, NamedTuple, Optional, Sequence, Set

from jinja2 import Environment, PackageLoader
from spacy.tokens import Doc

from ..evaluation.matching import text_key
from ..evaluation.overlap_types import OVERLAPS, overlaps
from ..triples import get_triples
from .display import MISSING, NOT_IN_GOLD, RIGHT, Row, compare, picture
from .tables import Table

# What a text may be filtered by, beside its predicates and its kinds of overlap.
ALL_RIGHT = "all right"
ERRORS = (ALL_RIGHT, MISSING, NOT_IN_GOLD, "predicate wrong", "argument wrong")
# By whether the first and the second of two pipelines have all right.
RIGHT_IN = {
    (True, True): "both",
    (True, False): "the first only",
    (False, True): "the second only",
    (False, False): "neither",
}


class Sentence(NamedTuple):
    """A text to look at: what it may be found by, and its picture as HTML by the pipeline's name.
    `right_in` is one of RIGHT_IN, and empty where there is one pipeline; `errors` are those of
    any."""

    predicates: List[str]
    overlaps: List[str]
    errors: List[str]
    right_in: List[str]
    pictures: Dict[str, str]


def make_sentence(predicted: Mapping[str, Doc], gold: Doc) -> Sentence:
    """Prepare a text.

    predicted (Mapping[str, Doc]): With what one or two pipelines found, by their names.
    gold (Doc): Of the same text, annotated.
    RETURNS (Sentence): Triples are compared by text. Found triples that are not gold are wrong in
        the predicate if the gold has their arguments, in an argument if it has their predicate and
        one of their arguments.
    """
    readings = {name: compare(doc, gold, key=text_key) for name, doc in predicted.items()}
    errors = [_errors(rows, gold) for rows in readings.values()]
    right = tuple(own == {ALL_RIGHT} for own in errors)
    kinds = overlaps(get_triples(gold))
    return Sentence(
        sorted({row.triple.predicate for rows in readings.values() for row in rows}),
        [kind for kind in OVERLAPS if kind in kinds],
        sorted(set().union(*errors)),
        [RIGHT_IN[right]] if right in RIGHT_IN else [],
        {name: picture(predicted[name], rows) for name, rows in readings.items()},
    )


def _errors(rows: Sequence[Row], gold: Doc) -> Set[str]:
    errors = {row.mark for row in rows} - {RIGHT}
    expected = [text_key(triple) for triple in get_triples(gold)]
    for row in rows:
        s, p, o = text_key(row.triple)
        if row.mark != NOT_IN_GOLD:
            continue
        if any((s, o) == (a, b) and p != q for a, q, b in expected):
            errors.add("predicate wrong")
        if any(p == q and (s == a) != (o == b) for a, q, b in expected):
            errors.add("argument wrong")
    return errors or {ALL_RIGHT}


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
        "right_in": [r for r in RIGHT_IN.values() if any(r in s.right_in for s in sentences)],
    }
    return environment.get_template("evaluation_page.html").render(
        title=title, tables=tables, sentences=sentences, filters=filters, plots=plots or {}
    )

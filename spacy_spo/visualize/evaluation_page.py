"""Output files of `spacy spo evaluate`: scores.json and report.html."""

from pathlib import Path
from typing import Any, Dict, List, Mapping, NamedTuple, Optional, Sequence, Set, Tuple

import srsly
from jinja2 import Environment, PackageLoader
from spacy.tokens import Doc

from ..evaluation.matching import text_key
from ..evaluation.overlap_types import OVERLAPS, overlaps
from ..outputs import replacing_all
from ..triples import TRIPLES_KEY, Triple, get_triples
from .display import CORRECT, MISSING, NOT_IN_GOLD, TripleStatus, compare, draw_comparison, show_id
from .score_tables import confusion_table
from .tables import Table

# Filters of texts, beside predicates and overlap types.
ALL_CORRECT = "all correct"
INCORRECT_PREDICATE, INCORRECT_ARGUMENT = "incorrect predicate", "incorrect argument"
ERRORS = (ALL_CORRECT, MISSING, NOT_IN_GOLD, INCORRECT_PREDICATE, INCORRECT_ARGUMENT)
# By whether the first and the second of two pipelines have all triples correct.
CORRECT_IN = {
    (True, True): "both",
    (True, False): "the first only",
    (False, True): "the second only",
    (False, False): "neither",
}


class PageText(NamedTuple):
    """A text on the page, with the values of its filters.

    predicates (List[str]): Predicates of its triples.
    overlaps (List[str]): Overlap types of its gold.
    errors (List[str]): ERRORS of any pipeline.
    correct_in (List[str]): One of CORRECT_IN; empty for a single pipeline.
    pictures (Dict[str, str]): HTML by the name of the pipeline.
    id (str): The id of the text; empty if it has none.
    """

    predicates: List[str]
    overlaps: List[str]
    errors: List[str]
    correct_in: List[str]
    pictures: Dict[str, str]
    id: str = ""


class TextCollector:
    """Callback of `evaluate` to keep the first texts.

    limit (int): Maximum number of texts.
    texts (List[Tuple[Sequence[Doc], Doc]]): Predicted Docs, one for each pipeline, and gold Doc.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.texts: List[Tuple[Sequence[Doc], Doc]] = []

    def __call__(self, predicted: Sequence[Doc], gold: Doc) -> None:
        if len(self.texts) < self.limit:
            self.texts.append((predicted, gold))


def write_evaluation(
    output: Path,
    result: Dict[str, Any],
    tables: Sequence[Table],
    texts: Sequence[Tuple[Sequence[Doc], Doc]],
    plots: Mapping[str, str],
    spans_key: str = TRIPLES_KEY,
) -> None:
    """Write scores.json and report.html.

    output (Path): The folder.
    result (Dict[str, Any]): What `Comparison.to_dict` returns, and "gold", the name of the corpus.
    tables (Sequence[Table]): Tables of the page.
    texts (Sequence[Tuple[Sequence[Doc], Doc]]): Texts of the page: predicted Docs, one for each
        pipeline, and gold Doc.
    plots (Mapping[str, str]): SVG by title.
    spans_key (str): The key of the triples in `doc.spans`.
    """
    shown = [*tables, confusion_table(result["models"][0]["confusion"])]
    names = [model["model"] for model in result["models"]]
    page_texts = [make_text(dict(zip(names, docs)), gold, spans_key) for docs, gold in texts]
    title = f"{' and '.join(names)} on {result['gold']}"
    page = render_evaluation(title, shown, page_texts, plots)
    with replacing_all(list_files(output), "file") as (scores_file, page_file):
        srsly.write_json(scores_file, result)
        page_file.write_text(page, encoding="utf8")


def list_files(output: Path) -> List[Path]:
    """List the files of `write_evaluation`.

    output (Path): The folder.
    RETURNS (List[Path]): Scores and page.
    """
    return [output / "scores.json", output / "report.html"]


def make_text(predicted: Mapping[str, Doc], gold: Doc, spans_key: str = TRIPLES_KEY) -> PageText:
    """Compare a text with gold and draw it.

    predicted (Mapping[str, Doc]): Docs of one or two pipelines, by the name of the pipeline.
    gold (Doc): The same text, annotated.
    spans_key (str): The key of the triples in `doc.spans`.
    RETURNS (PageText): Triples are matched by text. A predicted triple has an incorrect predicate
        if the gold has its arguments, an incorrect argument if the gold has its predicate with one
        of its arguments.
    """
    compared = {
        name: compare(doc, gold, key=text_key, spans_key=spans_key)
        for name, doc in predicted.items()
    }
    gold_triples = get_triples(gold, spans_key)
    errors = [_errors(rows, gold_triples) for rows in compared.values()]
    correct = tuple(kinds == {ALL_CORRECT} for kinds in errors)
    kinds = overlaps(gold_triples)
    return PageText(
        sorted({row.triple.predicate for rows in compared.values() for row in rows}),
        [kind for kind in OVERLAPS if kind in kinds],
        sorted(set().union(*errors)),
        [CORRECT_IN[correct]] if correct in CORRECT_IN else [],
        {name: draw_comparison(predicted[name], rows) for name, rows in compared.items()},
        show_id(gold),
    )


def _errors(rows: Sequence[TripleStatus], gold: Sequence[Triple]) -> Set[str]:
    errors = {row.status for row in rows} - {CORRECT}
    gold_keys = [text_key(triple) for triple in gold]
    for row in rows:
        s, p, o = text_key(row.triple)
        if row.status != NOT_IN_GOLD:
            continue
        if any((s, o) == (a, b) and p != q for a, q, b in gold_keys):
            errors.add(INCORRECT_PREDICATE)
        if any(p == q and (s == a) != (o == b) for a, q, b in gold_keys):
            errors.add(INCORRECT_ARGUMENT)
    return errors or {ALL_CORRECT}


def render_evaluation(
    title: str,
    tables: Sequence[Table],
    texts: Sequence[PageText] = (),
    plots: Optional[Mapping[str, str]] = None,
) -> str:
    """Write the page.

    title (str): The heading.
    tables (Sequence[Table]): The tables.
    texts (Sequence[PageText]): Texts with filters.
    plots (Optional[Mapping[str, str]]): SVG by title.
    RETURNS (str): The HTML. All but pictures and plots is escaped.
    """
    environment = Environment(loader=PackageLoader("spacy_spo.visualize", "."), autoescape=True)
    filters: Dict[str, Any] = {
        "predicates": sorted({p for t in texts for p in t.predicates}),
        "overlaps": [k for k in OVERLAPS if any(k in t.overlaps for t in texts)],
        "errors": [e for e in ERRORS if any(e in t.errors for t in texts)],
        "correct_in": [c for c in CORRECT_IN.values() if any(c in t.correct_in for t in texts)],
    }
    return environment.get_template("evaluation_page.html").render(
        title=title, tables=tables, texts=texts, filters=filters, plots=plots or {}
    )

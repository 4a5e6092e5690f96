"""`spacy spo render`: a page of texts and their predicted triples."""

from enum import Enum
from pathlib import Path
from typing import Annotated

from ..data.doc_files import read_texts_and_gold
from ..data.files import refuse_own_input
from ..outputs import open_text, replacing
from .compat_spacy import Arg, Opt
from .loading import load_pipeline
from .options import TEXTS_HELP, require_inputs
from .printing import msg
from .process import writing


class Styles(str, Enum):
    """Styles of the page."""

    triples = "triples"
    spans = "spans"


_DATA = f"{TEXTS_HELP}, optionally with gold triples to compare with"


def render_cli(
    model: Annotated[str, Arg(help="Pipeline name or path")],
    data: Annotated[Path, Arg(dir_okay=False, callback=require_inputs, help=_DATA)],
    output: Annotated[Path, Arg(dir_okay=False, help="HTML file to write, - for standard output")],
    limit: Annotated[int, Opt("--limit", "-n", min=1, help="Maximum number of texts")] = 50,
    gold: Annotated[bool, Opt(help="Compare with the gold triples of the corpus")] = True,
    style: Annotated[
        Styles, Opt("--style", "-s", help="Arcs between arguments, or marked text")
    ] = Styles.spans,
) -> None:
    """Draw texts and their predicted triples on an HTML page.

    Triples are drawn in the text, and listed in a table with their status: correct, missing or not
    in gold.
    """
    from ..extraction import extract_docs
    from ..pipeline.lookup import find_spans_key
    from ..visualize.display import render_page

    with writing("No page was written", output):
        refuse_own_input(data, output)
        nlp = load_pipeline(model)
        texts, golds = read_texts_and_gold(data, limit)
        spans_key = find_spans_key(nlp)
        docs = list(extract_docs(nlp, texts, spans_key=spans_key))
        if not docs:
            raise ValueError(f"{data} holds no text.")
        title = f"{data.name}: {model}"
        page = render_page(
            docs, golds if gold else None, title=title, style=style.value, spans_key=spans_key
        )
        with replacing(output) as unfinished, open_text(unfinished) as file:
            file.write(page)
        msg.good(f"Wrote {len(docs)} texts to {output}")

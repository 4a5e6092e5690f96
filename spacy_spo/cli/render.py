"""`spacy spo render`: a page of texts and their predicted triples."""

from enum import Enum
from pathlib import Path
from typing import Annotated

from spacy.util import load_model
from wasabi import msg

from ..data.doc_files import read_texts_and_gold
from ..data.files import refuse_own_input
from .compat_spacy import Arg, Opt
from .options import TEXTS_HELP
from .printing import exit_on_error


class Styles(str, Enum):
    """Styles of the page."""

    triples = "triples"
    spans = "spans"


_DATA = f"{TEXTS_HELP}, optionally with gold triples to compare with"


def render_cli(
    model: Annotated[str, Arg(help="Pipeline name or path")],
    data: Annotated[Path, Arg(exists=True, dir_okay=False, help=_DATA)],
    output: Annotated[Path, Arg(dir_okay=False, help="HTML file to write")],
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
    from ..visualize.display import render_page

    with exit_on_error("No page was written"):
        refuse_own_input(data, output)
        nlp = load_model(model)
        texts, golds = read_texts_and_gold(data, limit)
        docs = list(extract_docs(nlp, texts))
        if not docs:
            raise ValueError(f"{data} holds no text.")
        title = f"{data.name}: {model}"
        page = render_page(docs, golds if gold else None, title=title, style=style.value)
        output.write_text(page, encoding="utf8")
    msg.good(f"Wrote {len(docs)} texts to {output}")

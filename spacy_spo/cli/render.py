"""`spacy spo render`: a page of texts and their predicted triples."""

from enum import Enum
from itertools import islice
from pathlib import Path
from typing import Annotated, List, Optional, Tuple

from spacy.cli._util import Arg, Opt
from spacy.tokens import Doc
from spacy.util import load_model
from wasabi import msg

from ..data.doc_files import read_docs, read_texts
from ..data.files import refuse_own_input
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
    """
    Run a pipeline and write an HTML page of its triples: in the text, and as a table with their
    status: correct, missing or not in gold.
    """
    from ..triples import require_triples
    from ..visualize.display import render_page

    with exit_on_error("No page was written"):
        refuse_own_input(data, output)
        nlp = load_model(model)
        texts, golds = read_data(data, limit)
        docs = list(nlp.pipe(texts))
        if not docs:
            raise ValueError(f"{data} holds no text.")
        for doc in docs:
            require_triples(nlp, doc)
        title = f"{data.name}: {model}"
        page = render_page(docs, golds if gold else None, title=title, style=style.value)
        output.write_text(page, encoding="utf8")
    msg.good(f"Wrote {len(docs)} texts to {output}")


def read_data(path: Path, limit: int) -> Tuple[List[str], Optional[List[Doc]]]:
    """Read texts, and gold if there is any.

    path (Path): A `.spacy` file, or another one that `read_texts` takes.
    limit (int): Maximum number of texts.
    RETURNS (Tuple[List[str], Optional[List[Doc]]]): The texts, and their gold Docs if `path` is
        a `.spacy` file.
    RAISES (ValueError): If the file cannot be read.
    """
    if path.suffix != ".spacy":
        return list(islice(read_texts(path), limit)), None
    golds = list(islice(read_docs(path), limit))
    return [doc.text for doc in golds], golds

"""`spacy spo render`: a page of texts and the triples that a pipeline finds in them."""

from enum import Enum
from itertools import islice
from pathlib import Path
from typing import Annotated, List, Optional, Tuple

from spacy.cli._util import Arg, Opt
from spacy.tokens import Doc
from spacy.util import load_model
from wasabi import msg

from ..data.docs import TEXTS_HELP, read_docs, read_texts
from .errors import exit_on_error, refuse_own_input


class Styles(str, Enum):
    triples = "triples"
    spans = "spans"


_DATA = f"{TEXTS_HELP}; the last with gold triples to compare with, if it has them"


def render_cli(
    model: Annotated[str, Arg(help="Pipeline name or path")],
    data: Annotated[Path, Arg(exists=True, dir_okay=False, help=_DATA)],
    output: Annotated[Path, Arg(dir_okay=False, help="HTML file to write")],
    limit: Annotated[int, Opt("--limit", "-n", min=1, help="How many texts to show")] = 50,
    gold: Annotated[bool, Opt(help="Compare with the triples of the corpus, if any")] = True,
    style: Annotated[Styles, Opt("--style", "-s", help="Arcs or marked text")] = Styles.spans,
) -> None:
    """
    Run a pipeline and write an HTML page of its triples: in the text, and as a table that says
    which are right, missing or not in the gold.
    """
    from ..triples import has_triples
    from ..visualize.display import render_page

    with exit_on_error("No page was written"):
        refuse_own_input(data, output)
        nlp = load_model(model)
        texts, golds = read_data(data, limit)
        docs = list(nlp.pipe(texts))
        if not any(has_triples(doc) for doc in docs):
            raise ValueError(
                f"No component of {model} sets triples ({', '.join(nlp.pipe_names)}), or {data} "
                "holds no text. A pipeline with a trained spo_tagger sets them."
            )
        title = f"{data.name}: {model}"
        page = render_page(docs, golds if gold else None, title=title, style=style.value)
        output.write_text(page, encoding="utf8")
    msg.good(f"Wrote {len(docs)} texts to {output}")


def read_data(path: Path, limit: int) -> Tuple[List[str], Optional[List[Doc]]]:
    """Read what is to be shown.

    path (Path): A `.spacy` DocBin, or another file that `read_texts` takes.
    limit (int): How many texts to read.
    RETURNS (Tuple[List[str], Optional[List[Doc]]]): The texts, and their gold Docs if `path` is
        a DocBin.
    RAISES (ValueError): If the file cannot be read.
    """
    if path.suffix != ".spacy":
        return list(islice(read_texts(path), limit)), None
    golds = list(islice(read_docs(path), limit))
    return [doc.text for doc in golds], golds

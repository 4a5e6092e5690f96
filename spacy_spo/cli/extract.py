"""`spacy spo extract`: the triples of your own texts, as JSONL."""

import gc
from collections import Counter
from itertools import chain
from pathlib import Path
from typing import Annotated, Any, Dict, Iterable, Iterator, Optional

from spacy.cli._util import Arg, Opt
from spacy.language import Language
from spacy.util import load_model
from wasabi import msg

from ..data.docs import TEXTS_HELP, read_texts
from ..data.files import replacing, write_items
from .errors import exit_on_error, refuse_own_input

_OUTPUT = "JSONL file to write, a text a line; if not given, the triples are printed for reading"


def extract_cli(
    model: Annotated[str, Arg(help="Pipeline name or path")],
    texts: Annotated[Path, Arg(exists=True, dir_okay=False, help=TEXTS_HELP)],
    output: Annotated[Optional[Path], Arg(dir_okay=False, help=_OUTPUT)] = None,
    batch_size: Annotated[Optional[int], Opt(min=1, help="Texts in a batch")] = None,
) -> None:
    """
    Run a pipeline over texts and write their triples, with scores and character offsets, in the
    JSONL format that `spacy spo convert` reads.
    """
    with exit_on_error("No triples were extracted"):
        if output is not None:
            refuse_own_input(texts, output)
        nlp = load_model(model)
        # The collector would look through the pipeline's objects, which stay, time and again.
        gc.freeze()
        records = extract(nlp, texts, batch_size)
        if output is None:
            for record in records:
                print(to_lines(record))
        else:
            counts: Counter[str] = Counter()
            with replacing(output) as unfinished:
                write_items(unfinished, _counted(records, counts))
            msg.good(f"Wrote {counts['triples']} triples of {counts['texts']} texts: {output}")


def extract(
    nlp: Language, path: Path, batch_size: Optional[int] = None
) -> Iterator[Dict[str, Any]]:
    """Find the triples of texts, one text after the other.

    nlp (Language): A pipeline with a tagger.
    path (Path): A file that `read_texts` takes.
    batch_size (Optional[int]): Texts in a batch; the pipeline's own by default.
    YIELDS (Dict[str, Any]): `{"text": ..., "triples": [...]}`, as `Triple.to_dict` writes them.
    RAISES (ValueError): If the file holds no texts, or no component of the pipeline sets triples.
    """
    from ..triples import get_triples, has_triples

    texts = read_texts(path)
    first = next(texts, None)
    if first is None:
        raise ValueError(f"{path} holds no texts.")
    for doc in nlp.pipe(chain([first], texts), batch_size=batch_size):
        if not has_triples(doc):
            raise ValueError(
                f"No component of the pipeline sets triples: {', '.join(nlp.pipe_names)}. One with "
                "a trained spo_tagger does."
            )
        yield {"text": doc.text, "triples": [triple.to_dict() for triple in get_triples(doc)]}


def _counted(records: Iterable[Dict[str, Any]], counts: Counter[str]) -> Iterator[Dict[str, Any]]:
    for record in records:
        counts.update(texts=1, triples=len(record["triples"]))
        yield record


def to_lines(record: Dict[str, Any]) -> str:
    """Set a text and its triples out for reading.

    record (Dict[str, Any]): One of those that `extract` yields.
    RETURNS (str): The text, and an indented line for each triple.
    """
    lines = [record["text"]]
    for triple in record["triples"]:
        qualifiers = triple.get("qualifiers", {})
        more = "".join(f" | {name}: {item['text']}" for name, item in qualifiers.items())
        subject, object_ = triple["subject"]["text"], triple["object"]["text"]
        lines.append(
            f"    {subject} | {triple['predicate']} | {object_}{more} ({triple['score']:.2f})"
        )
    return "\n".join(lines)

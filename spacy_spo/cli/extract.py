"""`spacy spo extract`: triples of texts, as JSONL."""

import gc
from collections import Counter
from itertools import chain
from pathlib import Path
from typing import Annotated, Any, Dict, Iterable, Iterator, Optional

from spacy.language import Language
from spacy.tokens import Doc

from ..control_characters import escape_controls
from ..data.doc_files import TextFile
from ..data.files import refuse_own_input, write_items
from ..outputs import replacing
from ..provenance import TextItem, get_id
from ..triples import TRIPLES_KEY, get_triples
from .compat_spacy import Arg, Opt
from .loading import load_pipeline
from .options import TEXTS_HELP, require_inputs
from .printing import msg
from .process import writing

_OUTPUT = (
    "JSONL file to write, a text a line, - for standard output; if not given, the triples are "
    "printed"
)


def extract_cli(
    model: Annotated[str, Arg(help="Pipeline name or path")],
    texts: Annotated[Path, Arg(dir_okay=False, callback=require_inputs, help=TEXTS_HELP)],
    output: Annotated[Optional[Path], Arg(dir_okay=False, help=_OUTPUT)] = None,
    batch_size: Annotated[Optional[int], Opt(min=1, help="Number of texts in a batch")] = None,
) -> None:
    """Extract the triples of texts, with scores and character offsets.

    Writes JSONL, the format `spo_jsonl` of `spacy spo convert`. A record of the texts has its "id"
    there, and its other keys under "meta".
    """
    outputs = [] if output is None else [output]
    with writing("No triples were extracted", *outputs):
        if output is not None:
            refuse_own_input(texts, output)
        nlp = load_pipeline(model)
        # Keeps the garbage collector from scanning the pipeline's objects time and again.
        gc.freeze()
        file = TextFile(texts)
        if output is None:
            _print_docs(nlp, _require_some(file), batch_size)
        else:
            _write_records(nlp, _require_some(file), batch_size, output)
        if file.n_blank:
            msg.info(f"Skipped {file.n_blank} blank texts")


def _require_some(file: TextFile) -> Iterator[TextItem]:
    texts = iter(file)
    first = next(texts, None)
    if first is None:
        raise ValueError(f"{file.path} holds no texts.")
    return chain([first], texts)


def _print_docs(nlp: Language, texts: Iterable[TextItem], batch_size: Optional[int]) -> None:
    from ..extraction import extract_docs
    from ..pipeline.lookup import find_spans_key

    key = find_spans_key(nlp)
    for doc in extract_docs(nlp, texts, batch_size=batch_size, spans_key=key):
        msg.lines(to_lines(doc, key))


def _write_records(
    nlp: Language, texts: Iterable[TextItem], batch_size: Optional[int], output: Path
) -> None:
    from ..extraction import extract
    from ..pipeline.lookup import find_spans_key

    counts: Counter[str] = Counter()
    records = extract(nlp, texts, batch_size=batch_size, spans_key=find_spans_key(nlp))
    with replacing(output) as unfinished:
        write_items(unfinished, _counted(records, counts))
    msg.good(f"Wrote {counts['triples']} triples of {counts['texts']} texts: {output}")


def _counted(records: Iterable[Dict[str, Any]], counts: Counter[str]) -> Iterator[Dict[str, Any]]:
    for record in records:
        counts.update(texts=1, triples=len(record["triples"]))
        yield record


def to_lines(doc: Doc, spans_key: str = TRIPLES_KEY) -> str:
    """Format a Doc for the terminal.

    doc (Doc): A Doc with triples.
    spans_key (str): Their key in `doc.spans`.
    RETURNS (str): The text, after its id if it has one, and an indented line for each triple.
    """
    record_id = get_id(doc)
    text = doc.text if record_id is None else f"[{record_id}] {doc.text}"
    triples = (f"    {triple} ({triple.score:.2f})" for triple in get_triples(doc, spans_key))
    # A line end in the text must not look like one of ours.
    return "\n".join(map(escape_controls, [text, *triples]))

"""Measure the throughput of a pipeline beside its bare encoder, by stage.

In one process, on the same texts, in turn, several times:
A  the bare encoder: Hugging Face tokenizer and model, batches sorted by length, the fastest size;
B  `nlp.pipe` with the encoder only;
C  `nlp.pipe` with the whole pipeline;
D  the two-model scheme: a pass of the encoder over each text for its predicates, and one more for
   each predicted predicate, all as in A.
With --precision, also C with an encoder of that precision. With --freeze, the objects of the loaded
pipeline are kept from Python's garbage collector. Ratios are of the same round; the table has their
medians. On a machine that does anything else at the same time they are worthless.

    python benchmarks/throughput.py training/webnlg/model-best texts.txt
"""

import gc
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Annotated, Any, Optional

import spacy
import torch
import typer
from spacy.language import Language
from spacy.util import minibatch

from spacy_spo.data.doc_files import read_texts
from spacy_spo.models import torch_head
from spacy_spo.pipeline import spo_tagger

BARE_BATCH_SIZES = (4, 8, 16, 32, 64, 128)


class BareEncoder:
    """The Hugging Face tokenizer and model of a pipeline's transformer, without spaCy."""

    def __init__(self, nlp: Language) -> None:
        transformer = nlp.get_pipe("transformer").model
        self.tokenizer = transformer.tokenizer
        self.model = transformer.transformer.eval()

    def encode(self, texts: Sequence[str], batch_size: int) -> None:
        encoded = self.tokenizer(list(texts), truncation=True, max_length=512)["input_ids"]
        with torch.inference_mode():
            for batch in minibatch(sorted(encoded, key=len), batch_size):
                self.model(**self.tokenizer.pad({"input_ids": batch}, return_tensors="pt"))

    def fastest_size(self, texts: Sequence[str]) -> int:
        self.encode(texts, 16)  # warm-up
        return min(BARE_BATCH_SIZES, key=lambda n: timed(lambda: self.encode(texts, n)))


def timed(call: Callable[[], Any]) -> float:
    """Measure a call.

    RETURNS (float): Its seconds.
    """
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def exhaust(nlp: Language, texts: Sequence[str]) -> None:
    for _ in nlp.pipe(texts):
        pass


def schemes(nlp: Language, texts: Sequence[str]) -> tuple[dict[str, Callable[[], None]], str]:
    """Prepare the timed calls, by name, and a line on their settings."""
    bare = BareEncoder(nlp)
    size = bare.fastest_size(texts)
    docs = list(nlp.pipe(texts))
    again = [doc.text for doc in docs for _ in doc._.spo_relations]
    n_triples = sum(len(doc._.spo_triples) for doc in docs)

    def encoder_only() -> None:
        with nlp.select_pipes(enable=["transformer"]):
            exhaust(nlp, texts)

    calls: dict[str, Callable[[], None]] = {
        "A bare encoder": lambda: bare.encode(texts, size),
        "B nlp.pipe, encoder only": encoder_only,
        "C nlp.pipe, whole pipeline": lambda: exhaust(nlp, texts),
        "D two models": lambda: bare.encode([*texts, *again], size),
    }
    return calls, (
        f"bare batches of {size}, nlp.batch_size {nlp.batch_size}; a text has "
        f"{len(again) / len(texts):.2f} predicates, {n_triples / len(texts):.2f} triples"
    )


@contextmanager
def stopwatch(
    spent: dict[str, float], open_stages: list[str], owner: Any, name: str, stage: str
) -> Iterator[None]:
    """Book the time of a function to a stage.

    The function is an attribute of its owner. The time of stages inside it is theirs alone.
    """
    original = getattr(owner, name)

    def measured(*args: Any, **kwargs: Any) -> Any:
        open_stages.append(stage)
        start = time.perf_counter()
        try:
            return original(*args, **kwargs)
        finally:
            elapsed = time.perf_counter() - start
            open_stages.pop()
            spent[stage] += elapsed
            spent[open_stages[-1]] -= elapsed

    setattr(owner, name, measured)
    try:
        yield
    finally:
        setattr(owner, name, original)


def stages(nlp: Language, texts: Sequence[str]) -> dict[str, float]:
    """Measure the stages of the whole pipeline.

    RETURNS (dict[str, float]): Milliseconds a text by stage.
    """
    rest = "all else (nlp.pipe)"
    open_stages = [rest]
    spent: dict[str, float] = defaultdict(float)
    transformer, classifier, tagger = (nlp.get_pipe(name) for name in nlp.pipe_names)
    with ExitStack() as stack:
        for owner, name, stage in (
            (nlp, "make_doc", "tokenising"),
            (transformer, "predict", "encoder with its tokenizer"),
            (transformer.model.transformer, "forward", "encoder, forward pass"),
            (transformer, "set_annotations", "writing encoder output"),
            (torch_head, "_encode", "alignment and pooling"),
            (classifier, "predict", "relation classifier"),
            (tagger, "predict", "tagger"),
            (spo_tagger, "decode_rows", "links and decoding"),
            (classifier, "set_annotations", "writing relations"),
            (tagger, "set_annotations", "writing triples"),
        ):
            stack.enter_context(stopwatch(spent, open_stages, owner, name, stage))
        total = timed(lambda: exhaust(nlp, texts))
    spent[rest] += total
    return {stage: 1000 * seconds / len(texts) for stage, seconds in spent.items()}


def faster(model: str, precision: str, batch_size: int, texts: Sequence[str]) -> Callable[[], None]:
    """Prepare the pipeline with another precision, warmed up."""
    nlp = spacy.load(model, config={"components.transformer.model.precision": precision})
    nlp.batch_size = batch_size
    exhaust(nlp, texts)
    return lambda: exhaust(nlp, texts)


def main(
    model: Annotated[str, typer.Argument(help="Pipeline: transformer, classifier, tagger")],
    texts_path: Annotated[Path, typer.Argument(exists=True)],
    precision: Annotated[Optional[list[str]], typer.Option(help="bfloat16, int8")] = None,
    batch_size: Annotated[int, typer.Option(help="nlp.batch_size if not 0")] = 0,
    repeats: int = 5,
    limit: int = 1000,
    freeze: Annotated[bool, typer.Option(help="gc.freeze() once loaded")] = False,
) -> None:
    """Print texts and characters a second, ratios, and milliseconds by stage."""
    nlp = spacy.load(model, config={"components.transformer.model.precision": "float32"})
    nlp.batch_size = batch_size or nlp.batch_size
    texts = list(islice(read_texts(texts_path), limit))
    calls, settings = schemes(nlp, texts)
    for name in precision or ():
        calls[f"C {name}"] = faster(model, name, nlp.batch_size, texts)
    if freeze:
        gc.freeze()
    rounds = [{name: timed(call) for name, call in calls.items()} for _ in range(repeats)]
    print(f"{len(texts)} texts, {torch.get_num_threads()} threads; {settings}")
    print_rates(rounds, len(texts), sum(map(len, texts)))
    print("\nms a text")
    for stage, spent in stages(nlp, texts).items():
        print(f"{stage:28} {spent:8.3f}")


def print_rates(rounds: Sequence[dict[str, float]], n_texts: int, n_chars: int) -> None:
    bare, _, whole, *_ = rounds[0]
    for name in rounds[0]:
        seconds = median(r[name] for r in rounds)
        of_bare, of_whole = ([r[base] / r[name] for r in rounds] for base in (bare, whole))
        print(
            f"{name:28} {n_texts / seconds:7.1f} texts/s {n_chars / seconds:8.0f} chars/s   "
            f"of A: {median(of_bare):.2f} ({min(of_bare):.2f} to {max(of_bare):.2f})   "
            f"of C: {median(of_whole):.2f} ({min(of_whole):.2f} to {max(of_whole):.2f})"
        )


if __name__ == "__main__":
    typer.run(main)

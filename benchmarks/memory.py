"""Measure the memory of a pipeline: beside its bare encoder, long texts, streams.

Each row is measured in a fresh process (Linux only: it reads /proc), in MB of 2**20 bytes.
- The bare encoder: Hugging Face tokenizer and model, batches sorted by length, no spaCy. A peak is
  the highest resident memory of the process: one of loading, one of running.
- A long text: the rise is the peak of its run above the resident memory before. If memory is
  linear, the rise of a thousand characters does not grow with the text.
- A stream: resident memory on the way, with the Docs dropped one after the other, or kept in a
  list. The cost of a kept Doc is from the second half of the way.
"""

import time
from concurrent.futures import ProcessPoolExecutor
from itertools import cycle, islice
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any, Callable, List, NamedTuple, Optional, Sequence, Tuple, TypeVar

import typer

# Every child imports this module: what is heavy is imported where it is used.

T = TypeVar("T")

LENGTHS = (50_000, 100_000, 200_000)
CLEANED = {"attrs": {"tensor": None, "_.trf_data": None}}


class Usage(NamedTuple):
    """MB of a process that loads, then runs."""

    loading: float  # peak
    loaded: float  # resident
    running: float  # peak

    @property
    def all(self) -> float:
        return max(self.loading, self.running)


def in_child(function: Callable[..., T], *arguments: Any) -> T:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(function, *arguments).result()


def resident() -> float:
    return _status("VmRSS")


def peak() -> float:
    # The system hands ru_maxrss of a parent on to its children, but not this one.
    return _status("VmHWM")


def _status(field: str) -> float:
    lines = Path("/proc/self/status").read_text(encoding="utf8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(field)) / 1024


def new_peak() -> float:
    """Reset the peak.

    RETURNS (float): The peak so far.
    """
    last = peak()
    Path("/proc/self/clear_refs").write_text("5", encoding="utf8")
    return last


def read_all(path: Path, limit: int) -> List[str]:
    from spacy_spo.data.doc_files import read_texts

    return list(islice(read_texts(path), limit))


def save_encoder(model: str, folder: str) -> None:
    import spacy

    transformer = spacy.load(model).get_pipe("transformer").model
    transformer.tokenizer.save_pretrained(folder)
    transformer.transformer.save_pretrained(folder)


def use_encoder(folder: str, texts: Sequence[str], batch_size: int) -> Usage:
    import torch
    from transformers import AutoModel, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModel.from_pretrained(folder).eval()
    loading, loaded = new_peak(), resident()
    texts = sorted(texts, key=len)
    with torch.inference_mode():
        for start in range(0, len(texts), batch_size):
            batch = texts[start : start + batch_size]
            model(**tokenizer(batch, padding=True, truncation=True, return_tensors="pt"))
    return Usage(loading, loaded, peak())


def use_pipeline(model: str, texts: Sequence[str], batch_size: int) -> Usage:
    import spacy

    nlp = spacy.load(model)
    loading, loaded = new_peak(), resident()
    for _ in nlp.pipe(texts, batch_size=batch_size):
        pass
    return Usage(loading, loaded, peak())


def run_long_text(model: str, text: str) -> Tuple[float, float, int]:
    """Run a pipeline on one long text.

    RETURNS (Tuple[float, float, int]): Seconds, rise, number of triples.
    """
    import spacy

    nlp = spacy.load(model)
    nlp("A first text, for what is made once.")
    new_peak()
    before, start = resident(), time.perf_counter()
    doc = nlp(text)
    seconds = time.perf_counter() - start
    return seconds, peak() - before, len(doc._.spo_triples)


def run_stream(
    model: str, texts: Sequence[str], n_docs: int, batch_size: int, keep: bool, clean: bool
) -> Tuple[List[float], int]:
    """Run a pipeline on a stream of texts.

    RETURNS (Tuple[List[float], int]): MB resident at each quarter, number of triples.
    """
    import spacy

    nlp = spacy.load(model)
    if clean:
        nlp.add_pipe("doc_cleaner", config=CLEANED)
    marks = [n_docs * quarter // 4 for quarter in (1, 2, 3, 4)]
    kept, quarters, n_triples = [], [], 0
    docs = nlp.pipe(islice(cycle(texts), n_docs), batch_size=batch_size)
    for i, doc in enumerate(docs, 1):
        n_triples += len(doc._.spo_triples)
        if keep:
            kept.append(doc)
        if i in marks:
            quarters.append(resident())
    return quarters, n_triples


def join(texts: Sequence[str], length: int) -> str:
    """Join texts, repeated as needed.

    RETURNS (str): Text of so many characters.
    """
    once = " ".join(texts) + " "
    return (once * (length // len(once) + 1))[:length]


def print_usage(model: str, texts: Sequence[str], batch_size: int) -> None:
    with TemporaryDirectory() as folder:
        in_child(save_encoder, model, folder)
        bare = in_child(use_encoder, folder, texts, batch_size)
    whole = in_child(use_pipeline, model, texts, batch_size)
    print(f"{len(texts)} texts in batches of {batch_size}, MB")
    print(f"{'':18}{'loading, peak':>16}{'loaded':>12}{'running, peak':>16}{'all, peak':>12}")
    table = {"bare encoder": [*bare, bare.all], "whole pipeline": [*whole, whole.all]}
    for name, (loading, loaded, running, highest) in table.items():
        print(f"{name:18}{loading:16.1f}{loaded:12.1f}{running:16.1f}{highest:12.1f}")
    loading, loaded, running, highest = (b / a for a, b in zip(*table.values()))
    print(f"{'ratio':18}{loading:16.2f}{loaded:12.2f}{running:16.2f}{highest:12.2f}")


def print_long_texts(model: str, texts: Sequence[str], lengths: Sequence[int]) -> None:
    print("\nOne long text")
    for length in lengths:
        seconds, rise, n_triples = in_child(run_long_text, model, join(texts, length))
        print(
            f"{length:10,} characters   {seconds:7.1f} s   rise {rise:8.1f} MB, "
            f"{1000 * rise / length:6.3f} a 1,000 characters   {n_triples:,} triples"
        )


def print_streams(
    model: str, texts: Sequence[str], n_dropped: int, n_kept: int, batch_size: int
) -> None:
    print("\nA stream, MB resident after each quarter")
    for name, n_docs, keep, clean in (
        ("dropped", n_dropped, False, False),
        ("kept", n_kept, True, False),
        ("kept, doc_cleaner", n_kept, True, True),
    ):
        resident_mb, n_triples = in_child(run_stream, model, texts, n_docs, batch_size, keep, clean)
        a_doc = (resident_mb[3] - resident_mb[1]) / (n_docs / 2)
        quarters = "".join(f"{mb:10.1f}" for mb in resident_mb)
        print(f"{name:18}{n_docs:8,} Docs{quarters}   {a_doc:.4f} a Doc   {n_triples:,} triples")


def main(
    model: Annotated[str, typer.Argument(help="Pipeline with a transformer")],
    texts_path: Annotated[Path, typer.Argument(exists=True)],
    limit: int = 1000,
    batch_size: int = 32,
    length: Annotated[Optional[List[int]], typer.Option(help="Of a long text")] = None,
    stream: Annotated[int, typer.Option(min=4, help="Docs processed and dropped")] = 20_000,
    kept: Annotated[int, typer.Option(min=4, help="Docs processed and kept")] = 2_000,
) -> None:
    texts = in_child(read_all, texts_path, limit)
    print_usage(model, texts, batch_size)
    print_long_texts(model, texts, length or LENGTHS)
    print_streams(model, texts, stream, kept, batch_size)


if __name__ == "__main__":
    typer.run(main)

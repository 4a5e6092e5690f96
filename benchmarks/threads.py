"""Compare the answers of several threads with those of one.

Each call is of one text, drawn at random. Triples and predicates have to be the same, and scores
equal to the last digit.

    python benchmarks/threads.py training/en/model-best texts.txt
"""

import random
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import spacy
import typer
from spacy.language import Language

from spacy_spo.data.doc_files import read_texts


def answer(nlp: Language, text: str) -> tuple[Any, ...]:
    doc = nlp(text)
    return [(str(t), t.score) for t in doc._.spo_triples], doc._.spo_relations


def count_differences(nlp: Language, texts: Sequence[str], calls: int, threads: int) -> int:
    expected = [answer(nlp, text) for text in texts]
    print(f"{len(texts)} texts, {sum(len(triples) for triples, _ in expected)} triples")
    drawn = random.Random(0).choices(range(len(texts)), k=calls)
    with ThreadPoolExecutor(threads) as pool:
        answers = pool.map(lambda i: answer(nlp, texts[i]), drawn)
        return sum(got != expected[i] for i, got in zip(drawn, answers))


def main(model: Path, texts: Path, calls: int = 10_000, threads: int = 8) -> None:
    start = time.perf_counter()
    differences = count_differences(spacy.load(model), list(read_texts(texts)), calls, threads)
    seconds = time.perf_counter() - start
    print(f"{differences} of {calls} answers of {threads} threads differ ({seconds:.0f} s)")
    raise typer.Exit(differences > 0)


if __name__ == "__main__":
    typer.run(main)

"""Measure the cost of predicates: labels, and predictions a text.

In one process, on the same texts, in turn, several times: `nlp.pipe` with untrained pipelines (see
`random_pipeline.py`) of 10 or 200 predicates that predict the same number a text, and of 200
that predict 1 to 16 a text; and with the encoder only. Ratios are of times in the same round; the
table has their medians. The first round, which only warms up, does not count. On a machine that
does anything else at the same time they are worthless.

    python benchmarks/predicates.py path/to/encoder texts.txt
"""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Annotated

import torch
import typer
from random_pipeline import (
    Amounts,
    Thresholds,
    build,
    count_predictions,
    encode,
    find_thresholds,
    set_thresholds,
)
from spacy.language import Language
from throughput import exhaust, timed

from spacy_spo.data.doc_files import read_texts

FEW, MANY = 10, 200
PER_TEXT = 2.2
ACTIVE = (1, 2, 4, 8, 16)
ENCODER_ONLY = "encoder only"

# Seconds of each variant, by name.
Round = dict[str, float]


def name(n_predicates: int, per_text: float) -> str:
    return f"{n_predicates} predicates, {per_text:g} a text"


def variants(
    nlp: Language, texts: Sequence[str], n_predicates: int, active: Iterable[float]
) -> dict[str, Callable[[], float]]:
    """Prepare a timed call for each number of predicates a text.

    RETURNS (dict[str, Callable[[], float]]): Calls by name, which return seconds.
    """
    docs = encode(nlp, texts)
    calls = {}
    for per_text in active:
        thresholds = find_thresholds(nlp, docs, Amounts(per_text))
        n_predicted, n_triples = count_predictions(nlp, texts)
        variant = name(n_predicates, per_text)
        print(f"{variant:28} predicts {n_predicted:.2f} predicates a text, {n_triples:.2f} triples")
        calls[variant] = partial(time_pipeline, nlp, texts, thresholds)
    return calls


def time_pipeline(nlp: Language, texts: Sequence[str], thresholds: Thresholds) -> float:
    set_thresholds(nlp, thresholds)
    return timed(lambda: exhaust(nlp, texts))


def time_encoder_only(nlp: Language, texts: Sequence[str]) -> float:
    with nlp.select_pipes(enable=["transformer"]):
        return timed(lambda: exhaust(nlp, texts))


def main(
    encoder: Annotated[str, typer.Argument(help="Hugging Face folder")],
    texts_path: Annotated[Path, typer.Argument(exists=True)],
    layers: Annotated[int, typer.Option(min=0, help="Of a random encoder; 0: the folder's")] = 0,
    width: Annotated[int, typer.Option(help="Of a random encoder")] = 768,
    repeats: int = 5,
    limit: int = 500,
) -> None:
    """Print predictions, texts a second, and the cost of more predicates."""
    texts = list(islice(read_texts(texts_path), limit))
    few, many = (build(encoder, layers, width, n, texts) for n in (FEW, MANY))
    calls = {
        **variants(few, texts, FEW, [PER_TEXT]),
        **variants(many, texts, MANY, [PER_TEXT, *ACTIVE]),
        ENCODER_ONLY: partial(time_encoder_only, many, texts),
    }
    _, *rounds = [{variant: call() for variant, call in calls.items()} for _ in range(repeats + 1)]
    print(f"\n{len(texts)} texts, {torch.get_num_threads()} threads")
    print_rates(rounds, len(texts))


def print_rates(rounds: Sequence[Round], n_texts: int) -> None:
    first = name(FEW, PER_TEXT)
    for variant in rounds[0]:
        rate = n_texts / median(r[variant] for r in rounds)
        ratio = spread([r[variant] / r[first] for r in rounds], ".3f")
        print(f"{variant:28} {rate:7.1f} texts/s   time of the first: {ratio}")
    labels = [r[name(MANY, PER_TEXT)] / r[first] - 1 for r in rounds]
    print(f"\n{MANY} predicates instead of {FEW} cost {spread(labels, '+.1%')}")
    fewest, most = min(ACTIVE), max(ACTIVE)
    predicted = [
        (r[name(MANY, most)] - r[name(MANY, fewest)]) / (most - fewest) / r[ENCODER_ONLY]
        for r in rounds
    ]
    print(f"a predicate more in each text costs {spread(predicted, '+.2%')} of the encoder")


def spread(values: Sequence[float], form: str) -> str:
    """Format median, minimum and maximum.

    RETURNS (str): The three.
    """
    return f"{median(values):{form}} ({min(values):{form}} to {max(values):{form}})"


if __name__ == "__main__":
    typer.run(main)

"""Measure the training speed of a pipeline beside a bare encoder loop.

In one process, on the same sentences in the same batches, in turn, several times:
A  the bare loop: Hugging Face tokenizer with padding, forward, backward from the mean square of the
   last hidden state, step of torch's AdamW; float32, dropout on, a copy of the same weights;
B  `nlp.update` and its step, with the optimizer and the dropout of the pipeline's config.
The Examples of B are made beforehand, as `spacy train` makes them once for all epochs. Ratios are
of the same round; the first round, which only warms up, does not count. Encoder passes are those
of B: more than one an update means that components do not share the encoder. A machine that does
anything else at the same time makes the figures worthless.
"""

from collections import Counter
from copy import deepcopy
from pathlib import Path
from statistics import median
from typing import Annotated, Any, Callable, Dict, List, Optional

import spacy
import torch
import typer
from spacy.language import Language
from spacy.training import Corpus, Example
from spacy.util import registry
from thinc.api import Optimizer
from throughput import timed

Batches = List[List[Example]]


class BareLoop:
    """Training of a copy of a pipeline's Hugging Face encoder, without spaCy."""

    def __init__(self, nlp: Language, batches: Batches) -> None:
        transformer = nlp.get_pipe("transformer").model
        self.tokenizer = transformer.tokenizer
        self.model = deepcopy(transformer.transformer).float().train()
        self.optimizer = torch.optim.AdamW(self.model.parameters(), lr=1e-6)
        self.batches = [[eg.reference.text for eg in batch] for batch in batches]

    def __call__(self) -> None:
        for texts in self.batches:
            padded = self.tokenizer(texts, padding=True, truncation=True, return_tensors="pt")
            self.model(**padded).last_hidden_state.square().mean().backward()
            self.optimizer.step()
            self.optimizer.zero_grad()


class PipelineLoop:
    """Training of a pipeline with the settings of its config."""

    def __init__(self, nlp: Language, batches: Batches) -> None:
        training = nlp.config.interpolate()["training"]
        self.nlp = nlp
        self.drop: float = training["dropout"]
        settings = {"optimizer": training["optimizer"]}
        self.optimizer: Optimizer = registry.resolve(settings)["optimizer"]
        self.batches = batches

    def __call__(self) -> None:
        for batch in self.batches:
            self.nlp.update(batch, sgd=self.optimizer, drop=self.drop)
            self.optimizer.step_schedules()


def read_batches(nlp: Language, corpus: Path, limit: int, batch_size: int) -> Batches:
    examples = list(Corpus(corpus, limit=limit)(nlp))
    return [examples[i : i + batch_size] for i in range(0, len(examples), batch_size)]


def count_passes(encoder: torch.nn.Module) -> "Counter[str]":
    """Count forward and backward passes of the encoder from now on."""
    passes: Counter[str] = Counter()

    def count(module: torch.nn.Module, inputs: Any, output: Any) -> None:
        passes["forward"] += 1
        if output[0].requires_grad:
            output[0].register_hook(lambda gradient: passes.update(["backward"]))

    encoder.register_forward_hook(count)
    return passes


def measure(calls: Dict[str, Callable[[], None]], repeats: int) -> Dict[str, List[float]]:
    """Measure the calls in turn.

    RETURNS (Dict[str, List[float]]): Seconds by name of the call, one a round.
    """
    seconds: Dict[str, List[float]] = {name: [] for name in calls}
    for _ in range(repeats):
        for name, call in calls.items():
            seconds[name].append(timed(call))
    return seconds


def print_rates(seconds: Dict[str, List[float]], n_texts: int) -> None:
    first = next(iter(seconds.values()))
    for name, values in seconds.items():
        ratios = [a / b for a, b in zip(first, values)]
        print(
            f"{name:28} {n_texts / median(values):8.1f} texts/s   "
            f"of A: {median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"
        )


def main(
    model: Annotated[str, typer.Argument(help="Trained pipeline with a transformer")],
    corpus: Annotated[Path, typer.Argument(exists=True, help="Gold Docs (.spacy)")],
    repeats: int = 5,
    limit: int = 480,
    batch_size: int = 16,
    precision: Annotated[Optional[str], typer.Option(help="Of the encoder")] = None,
) -> None:
    settings = {"components.transformer.model.precision": precision} if precision else {}
    nlp = spacy.load(model, config=settings)
    batches = read_batches(nlp, corpus, limit, batch_size)
    calls: Dict[str, Callable[[], None]] = {
        "A bare loop": BareLoop(nlp, batches),
        "B nlp.update": PipelineLoop(nlp, batches),
    }
    measure(calls, 1)
    passes = count_passes(nlp.get_pipe("transformer").model.transformer)
    seconds = measure(calls, repeats)
    n_texts = sum(map(len, batches))
    print(f"{n_texts} texts in batches of {batch_size}, {torch.get_num_threads()} threads")
    print_rates(seconds, n_texts)
    for name in ("forward", "backward"):
        per_update = passes[name] / (repeats * len(batches))
        print(f"{name} passes of the encoder an update: {per_update:.2f}")


if __name__ == "__main__":
    typer.run(main)

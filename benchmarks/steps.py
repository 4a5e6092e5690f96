"""Print options of `spacy train` for so many epochs of a corpus.

Shipped configs count steps, for a corpus of one size. Texts are counted as they are: an augmenter
that joins some makes a few more batches.

    python benchmarks/steps.py configs/en_minilm.cfg corpus/nyt/train.spacy --epochs 11
"""

from pathlib import Path
from typing import Annotated

import typer
from spacy.util import load_config, registry

from spacy_spo.data.doc_files import read_docs


def main(
    config: Annotated[Path, typer.Argument(exists=True)],
    corpus: Annotated[Path, typer.Argument(exists=True)],
    epochs: Annotated[int, typer.Option(min=1, help="Passes over the corpus")],
) -> None:
    """Print the numbers of steps."""
    batcher = registry.resolve({"batcher": load_config(config)["training"]["batcher"]})["batcher"]
    steps_per_epoch = sum(1 for _ in batcher(read_docs(corpus)))
    options = {
        "max_steps": epochs * steps_per_epoch,
        "eval_frequency": steps_per_epoch,
        "optimizer.learn_rate.total_steps": epochs * steps_per_epoch,
    }
    print(" ".join(f"--training.{name} {value}" for name, value in options.items()))


if __name__ == "__main__":
    typer.run(main)

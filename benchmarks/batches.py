"""Count the batches that a config makes of a corpus, to set its steps for data of another size.

Texts are counted as they are: those that an augmenter joins take more batches.

    python benchmarks/batches.py configs/en_minilm.cfg corpus/nyt/train.spacy
"""

from pathlib import Path
from typing import Annotated

import spacy
import typer
from spacy.tokens import DocBin
from spacy.util import load_config, registry


def main(
    config: Annotated[Path, typer.Argument(exists=True)],
    corpus: Annotated[Path, typer.Argument(exists=True)],
) -> None:
    batcher = registry.resolve({"batcher": load_config(config)["training"]["batcher"]})["batcher"]
    docs = DocBin().from_disk(corpus).get_docs(spacy.blank("xx").vocab)
    typer.echo(sum(1 for _ in batcher(docs)))


if __name__ == "__main__":
    typer.run(main)

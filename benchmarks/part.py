"""Sample a part of a corpus with a fixed seed, for experiments with settings.

python benchmarks/part.py corpus/webnlg/train.spacy part.spacy --size 1500
"""

import random
from pathlib import Path
from typing import Annotated

import typer
from spacy.tokens import DocBin

from spacy_spo.data.doc_files import read_docs


def main(
    corpus: Annotated[Path, typer.Argument(exists=True)],
    output: Path,
    size: Annotated[int, typer.Option(min=1, help="Number of Docs")] = 1500,
) -> None:
    """Write a random sample of the Docs."""
    docs = list(read_docs(corpus))
    random.Random(0).shuffle(docs)
    DocBin(docs=docs[:size], store_user_data=True).to_disk(output)


if __name__ == "__main__":
    typer.run(main)

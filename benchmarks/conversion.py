"""Convert annotated files one by one, and print the counts of each as a row of a table.

python benchmarks/conversion.py zh duie1/train_data.json finre/train.txt
"""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Dict, List

import typer

from spacy_spo import convert
from spacy_spo.data.detection import detect


def main(lang: str, files: List[Path]) -> None:
    """Print a table in Markdown, without the columns of zeros."""
    counts = [_convert(path, lang) for path in files]
    names = [name for name in counts[0] if any(row[name] for row in counts)]
    _print_row(["file", "format", *names])
    _print_row(["---", "---", *("---:" for _ in names)])
    for path, row in zip(files, counts):
        name = f"{path.parent.name}/{path.name}"
        _print_row([name, detect(path).format.name, *(f"{row[name]:,}" for name in names)])


def _convert(path: Path, lang: str) -> Dict[str, int]:
    with TemporaryDirectory() as folder:
        report = convert([path], Path(folder) / "docs.spacy", lang=lang)
    return {name.strip(): count for name, count in report.rows}


def _print_row(cells: List[str]) -> None:
    print(f"| {' | '.join(cells)} |")


if __name__ == "__main__":
    typer.run(main)

"""Help texts and checks shared by several commands."""

from pathlib import Path
from typing import List, TypeVar, Union

import typer

TEXTS_HELP = 'Texts: .jsonl or .json (key "text"), .txt (one a line), .spacy; - for standard input'
SPANS_KEY_HELP = "Key of the triples in doc.spans"

Paths = TypeVar("Paths", bound=Union[Path, List[Path]])


def require_inputs(paths: Paths) -> Paths:
    """Check that input files exist.

    The check of typer itself does not know "-".

    paths (Union[Path, List[Path]]): One or several files, or "-".
    RETURNS (Union[Path, List[Path]]): The same.
    RAISES (BadParameter): If there is no such file.
    """
    for path in [paths] if isinstance(paths, Path) else paths:
        if str(path) != "-" and not path.exists():
            raise typer.BadParameter(f"{str(path)!r} does not exist.")
    return paths

"""Plain texts from files, for the commands that need no annotation."""

from pathlib import Path
from typing import Iterator

from spacy.tokens import DocBin
from spacy.vocab import Vocab

from ..formats.files import BrokenRecord, read_items
from ..formats.records import get_value

TEXTS_HELP = 'Texts: .jsonl or .json (key "text"), .txt (one a line), .spacy'


def read_texts(path: Path) -> Iterator[str]:
    """Stream the texts of a file. Blank texts are left out.

    path (Path): `.jsonl` or `.json` records with the key "text" (an array, or one a line),
        `.txt` with a text a line, or a `.spacy` DocBin.
    YIELDS (str): The texts, as they stand.
    RAISES (ValueError): If the format is not known or a record has no text.
    """
    readers = {".json": _read_json, ".jsonl": _read_json, ".spacy": _read_docbin, ".txt": _read_txt}
    if path.suffix not in readers:
        raise ValueError(f"{path} is not one of {', '.join(readers)}.")
    return (text for text in readers[path.suffix](path) if text.strip())


def _read_txt(path: Path) -> Iterator[str]:
    with path.open(encoding="utf-8-sig") as file_:
        yield from (line.rstrip("\n") for line in file_)


def _read_json(path: Path) -> Iterator[str]:
    for item in read_items(path):
        if isinstance(item, BrokenRecord):
            raise ValueError(str(item))
        try:
            yield get_value(item.value, "text", str)
        except ValueError as error:
            raise ValueError(f"{path}:{item.line}: {error}") from error


def _read_docbin(path: Path) -> Iterator[str]:
    return (doc.text for doc in DocBin().from_disk(path).get_docs(Vocab()))

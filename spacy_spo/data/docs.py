"""Plain texts and Docs from files, for the commands that take them."""

from pathlib import Path
from typing import Any, Dict, Iterable, Iterator, TypeVar, Union

from spacy.tokens import Doc, DocBin
from spacy.vocab import Vocab

from .files import BrokenRecord, ConversionError, read_items, read_lines
from .records import get_value

T = TypeVar("T")

TEXTS_HELP = 'Texts: .jsonl or .json (key "text"), .txt (one a line), .spacy'


def read_texts(path: Path) -> Iterator[str]:
    """Stream the texts of a file. Blank texts are left out.

    path (Path): `.jsonl` or `.json` records with the key "text" (an array, or one a line),
        `.txt` with a text a line, or a `.spacy` DocBin.
    YIELDS (str): The texts, as they stand.
    RAISES (ValueError): If the format is not known, a record has no text or a line is not UTF-8.
    """
    readers = {".json": _read_json, ".jsonl": _read_json, ".spacy": _read_docbin, ".txt": _read_txt}
    if path.suffix not in readers:
        raise ValueError(f"{path} is not one of {', '.join(readers)}.")
    return (text for text in readers[path.suffix](path) if text.strip())


def _read_txt(path: Path) -> Iterator[str]:
    return (line.text for line in _whole(read_lines(path)))


def read_rows(path: Path) -> Iterator[Dict[str, Any]]:
    """Read the JSON objects of a JSONL file.

    path (Path): The file.
    YIELDS (Dict[str, Any]): The objects.
    RAISES (ValueError): If a line is no JSON object.
    """
    return (item.value for item in _whole(read_items(path)))


def _read_json(path: Path) -> Iterator[str]:
    for item in _whole(read_items(path)):
        try:
            yield get_value(item.value, "text", str)
        except ValueError as error:
            raise ValueError(f"{path}:{item.place}: {error}") from error


def _whole(items: Iterable[Union[T, BrokenRecord]]) -> Iterator[T]:
    """What cannot be read is an error: nobody would miss it if it were left out."""
    for item in items:
        if isinstance(item, BrokenRecord):
            raise ValueError(str(item))
        yield item


def _read_docbin(path: Path) -> Iterator[str]:
    return (doc.text for doc in read_docs(path))


def read_docs(path: Path) -> Iterator[Doc]:
    """Stream the Docs of files that spaCy wrote, one file in memory at a time.

    path (Path): A `.spacy` DocBin, or a folder of them, read in the order of their names.
    YIELDS (Doc): The Docs. The strings that they need come with the files.
    RAISES (ConversionError): If there is no such file, or a file is something else.
    """
    files = sorted(p for p in path.rglob("*.spacy") if p.is_file()) if path.is_dir() else [path]
    if not files:
        raise ConversionError(f"The folder {path} has no .spacy files.")
    for file in files:
        try:
            yield from DocBin().from_disk(file).get_docs(Vocab())
        # zlib, msgpack and spaCy have errors of their own each. Those of the caller never get here:
        # it runs while this generator waits.
        except Exception as error:
            raise ConversionError(
                f"{file} is no file of Docs that spaCy wrote, or is damaged "
                f"({type(error).__name__}). `spacy spo convert` makes one from annotated texts."
            ) from error

"""Files of texts and of Docs, in and out."""

import re
from itertools import chain, islice
from pathlib import Path
from typing import Any, Dict, Iterable, Iterator, List, Optional, Tuple, TypeVar, Union

from spacy.tokens import Doc, DocBin
from spacy.vocab import Vocab

from ..outputs import is_stream, list_folder, refuse_foreign
from .files import ConversionError, Item, MalformedRecord, read_items, read_lines, spooled
from .values import get_value

T = TypeVar("T")

# One file holds up to this many Docs; more are written as a folder of such files.
DOCS_PER_FILE = 20_000
_SHARD_NAME = re.compile(r"\d{5,}\.spacy")


def read_texts(path: Path) -> Iterator[str]:
    """Stream the non-blank texts of a file.

    path (Path): `.jsonl` or `.json` records with the key "text" (an array, or one a line),
        `.txt` with a text a line, or a `.spacy` DocBin; "-" for standard input. Pipes without such
        a suffix have records if the first line is a JSON object, otherwise a text a line.
    YIELDS (str): The texts, unchanged.
    RAISES (ValueError): If the suffix is another one, a record has no text or a line is not UTF-8.
    """
    if path.suffix not in _READERS and not is_stream(path):
        raise ValueError(f"Texts are read from {', '.join(_READERS)} files, not from {path}.")
    return _read_texts(path)


def _read_texts(path: Path) -> Iterator[str]:
    with spooled(path) as file:
        read = _READERS.get(file.suffix) or (_read_json if _has_items(file) else _read_txt)
        yield from (text for text in read(file) if text.strip())


def _has_items(path: Path) -> bool:
    return isinstance(next(read_items(path), None), Item)


def _read_txt(path: Path) -> Iterator[str]:
    return (line.text for line in _require_all(read_lines(path)))


def read_rows(path: Path) -> Iterator[Dict[str, Any]]:
    """Read the JSON objects of a JSONL file.

    path (Path): The file.
    YIELDS (Dict[str, Any]): The objects.
    RAISES (ValueError): If a line is not a JSON object.
    """
    return (item.value for item in _require_all(read_items(path)))


def _read_json(path: Path) -> Iterator[str]:
    for item in _require_all(read_items(path)):
        try:
            yield get_value(item.value, "text", str)
        except ValueError as error:
            raise ValueError(f"{path}:{item.location}: {error}") from error


def _require_all(items: Iterable[Union[T, MalformedRecord]]) -> Iterator[T]:
    # An error: a text that is silently skipped would not be missed.
    for item in items:
        if isinstance(item, MalformedRecord):
            raise ValueError(str(item))
        yield item


def _read_docbin(path: Path) -> Iterator[str]:
    return (doc.text for doc in read_docs(path))


_READERS = {".json": _read_json, ".jsonl": _read_json, ".spacy": _read_docbin, ".txt": _read_txt}


def read_docs(path: Path) -> Iterator[Doc]:
    """Stream the Docs of DocBin files.

    One file is in memory at a time.

    path (Path): A `.spacy` DocBin, or a folder of them, read in the order of their names.
    YIELDS (Doc): The Docs, on a vocab with the strings of their file.
    RAISES (ConversionError): If there is no such file, or a file is not a DocBin.
    """
    files = _find_docbins(path) if path.is_dir() else [path]
    if not files:
        raise ConversionError(f"The folder {path} has no .spacy files.")
    for file in files:
        try:
            yield from DocBin().from_disk(file).get_docs(Vocab())
        # zlib, msgpack and spaCy raise different errors. Those of the caller never get here: it
        # runs while this generator waits.
        except Exception as error:
            raise ConversionError(
                f"{file} is no file of Docs (DocBin), or is damaged ({type(error).__name__}). "
                "`spacy spo convert` makes one from annotated texts."
            ) from error


def _find_docbins(folder: Path) -> List[Path]:
    # As for `spacy.Corpus`, what is hidden is not of the corpus: it may be unfinished.
    found = (path for path in folder.rglob("*.spacy") if path.is_file())
    return sorted(
        p for p in found if not any(n.startswith(".") for n in p.relative_to(folder).parts)
    )


def write_docs(docs: Iterable[Doc], output: Path, docs_per_file: int = DOCS_PER_FILE) -> None:
    """Write a stream of Docs for `spacy.Corpus`.

    One file is in memory at a time.

    docs (Iterable[Doc]): The Docs.
    output (Path): The file to write; a folder of numbered files if there are more Docs.
    docs_per_file (int): Number of Docs in a file.
    """
    stream = iter(docs)
    first = DocBin(docs=islice(stream, docs_per_file))
    following = next(stream, None)
    if following is None:
        first.to_disk(output)
        return
    output.mkdir()
    first.to_disk(output / _shard_name(0))
    number = 1
    while following is not None:
        rest = islice(stream, docs_per_file - 1)
        DocBin(docs=chain([following], rest)).to_disk(output / _shard_name(number))
        following = next(stream, None)
        number += 1


def read_texts_and_gold(path: Path, limit: int) -> Tuple[List[str], Optional[List[Doc]]]:
    """Read texts, and gold if there is any.

    path (Path): A `.spacy` file, or another one that `read_texts` takes.
    limit (int): Maximum number of texts.
    RETURNS (Tuple[List[str], Optional[List[Doc]]]): The texts, and their gold Docs if `path` is
        a `.spacy` file.
    RAISES (ValueError): If the file cannot be read.
    """
    if path.suffix != ".spacy":
        return list(islice(read_texts(path), limit)), None
    golds = list(islice(read_docs(path), limit))
    return [doc.text for doc in golds], golds


def check_docs_output(path: Path) -> None:
    """Check an output path of `write_docs`.

    path (Path): The `.spacy` file or folder to write; an earlier one will be replaced.
    RAISES (ValueError): If the suffix is another one, it is a pipe or a device, or the folder
        holds other files.
    """
    if path.suffix != ".spacy" or is_stream(path):
        raise ConversionError(
            f"OUTPUT must be a file or a folder that ends in .spacy, for spaCy to read it, unlike "
            f"{path}."
        )
    refuse_foreign(path, list(filter(_SHARD_NAME.fullmatch, list_folder(path))))


def _shard_name(number: int) -> str:
    return f"{number:05}.spacy"

"""Files of texts and of Docs, in and out."""

import re
from itertools import chain, islice, repeat
from pathlib import Path
from typing import Any, Callable, Dict, Iterable, Iterator, List, Optional, Tuple, TypeVar, Union

from spacy.tokens import Doc, DocBin
from spacy.vocab import Vocab

from ..outputs import is_stream, list_folder, refuse_foreign
from ..provenance import TextItem, to_item
from .files import (
    ConversionError,
    Item,
    MalformedRecord,
    content_suffix,
    read_items,
    read_lines,
    spooled,
)
from .plain_docbin import PlainDocBin
from .values import get_provenance, get_value

T = TypeVar("T")

# One file holds up to this many Docs; more are written as a folder of such files.
DOCS_PER_FILE = 20_000
_SHARD_NAME = re.compile(r"\d{5,}\.spacy")


class TextFile:
    """Texts of a file with provenance, and a count of blank ones.

    path (Path): `.jsonl` or `.json` records with the key "text" (an array, or one a line),
        `.txt` with a text a line, or a `.spacy` DocBin; "-" for standard input. Pipes without such
        a suffix have records if the first line is a JSON object, otherwise a text a line.
    n_blank (int): Blank texts so far, which are skipped.
    RAISES (ValueError): If the suffix is another one; when read, if a record has no text or a line
        is not UTF-8.
    """

    def __init__(self, path: Path) -> None:
        if content_suffix(path) not in _READERS and not is_stream(path):
            raise ValueError(f"Texts are read from {', '.join(_READERS)} files, not from {path}.")
        self.path = path
        self.n_blank = 0

    def __iter__(self) -> Iterator[TextItem]:
        self.n_blank = 0
        with spooled(self.path) as file:
            read = _READERS.get(content_suffix(file)) or _choose_reader(file)
            for text, context in read(file):
                if text.strip():
                    yield text, context
                else:
                    self.n_blank += 1


def read_texts(path: Path) -> Iterator[str]:
    """Stream the non-blank texts of a file.

    path (Path): The file, as of `TextFile`.
    RETURNS (Iterator[str]): The texts, unchanged.
    RAISES (ValueError): As `TextFile`.
    """
    return (text for text, _ in TextFile(path))


def _choose_reader(path: Path) -> Callable[[Path], Iterator[TextItem]]:
    return _read_json if isinstance(next(read_items(path), None), Item) else _read_txt


def _read_txt(path: Path) -> Iterator[TextItem]:
    number = 0
    for line in _require_all(read_lines(path)):
        # `read_lines` leaves out blank lines.
        yield from repeat(("", {}), line.number - number - 1)
        yield line.text, {}
        number = line.number


def read_rows(path: Path) -> Iterator[Dict[str, Any]]:
    """Read the JSON objects of a JSONL file.

    path (Path): The file.
    YIELDS (Dict[str, Any]): The objects.
    RAISES (ValueError): If a line is not a JSON object.
    """
    return (item.value for item in _require_all(read_items(path)))


def _read_json(path: Path) -> Iterator[TextItem]:
    for item in _require_all(read_items(path)):
        try:
            text = get_value(item.value, "text", str)
        except ValueError as error:
            raise ValueError(f"{path}:{item.location}: {error}") from error
        # Without the triples of an earlier extraction: they are not of the text.
        yield text, get_provenance(item.value, ("text", "triples"))


def _require_all(items: Iterable[Union[T, MalformedRecord]]) -> Iterator[T]:
    # An error: a text that is silently skipped would not be missed.
    for item in items:
        if isinstance(item, MalformedRecord):
            raise ValueError(str(item))
        yield item


def _read_docbin(path: Path) -> Iterator[TextItem]:
    return map(to_item, read_docs(path))


_READERS = {".json": _read_json, ".jsonl": _read_json, ".spacy": _read_docbin, ".txt": _read_txt}


def read_docs(path: Path) -> Iterator[Doc]:
    """Stream the Docs of DocBin files, with their user data.

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

    Their tokens, spans and user data are written, and no linguistic annotation. One file is in
    memory at a time.

    docs (Iterable[Doc]): The Docs.
    output (Path): The file to write; a folder of numbered files if there are more Docs.
    docs_per_file (int): Number of Docs in a file.
    """
    stream = iter(docs)
    first = PlainDocBin(islice(stream, docs_per_file))
    following = next(stream, None)
    if following is None:
        first.to_disk(output)
        return
    output.mkdir()
    first.to_disk(output / _shard_name(0))
    del first  # the next one is as large
    number = 1
    while following is not None:
        rest = islice(stream, docs_per_file - 1)
        PlainDocBin(chain([following], rest)).to_disk(output / _shard_name(number))
        following = next(stream, None)
        number += 1


def read_texts_and_gold(path: Path, limit: int) -> Tuple[List[TextItem], Optional[List[Doc]]]:
    """Read texts, and gold if there is any.

    path (Path): A `.spacy` file, or another one that `read_texts` takes.
    limit (int): Maximum number of texts.
    RETURNS (Tuple[List[TextItem], Optional[List[Doc]]]): The texts with their provenance, and
        their gold Docs if `path` is a `.spacy` file.
    RAISES (ValueError): If the file cannot be read.
    """
    if path.suffix != ".spacy":
        return list(islice(TextFile(path), limit)), None
    golds = list(islice(read_docs(path), limit))
    return [*map(to_item, golds)], golds


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

"""Which files are data, and of which format each is."""

from pathlib import Path
from typing import Iterable, List, NamedTuple, Optional, Sequence, Set, Tuple

from .files import ConversionError
from .format import Format
from .formats import FORMATS, detect, get_format

_JSON = (".json", ".jsonl")


class Input(NamedTuple):
    """A file, and the format of its records."""

    path: Path
    format: Format


def find_inputs(
    paths: Sequence[Path], format_name: Optional[str] = None
) -> Tuple[List[Input], List[Path]]:
    """Find the files to read.

    paths (Sequence[Path]): Files, which are read whatever their names, and folders, whose files
        are read if the suffix, or for text the first line, is that of a format. What belongs to a
        file beside it is read with that one.
    format_name (Optional[str]): The format of all of them; recognised file by file by default.
    RETURNS (Tuple[List[Input], List[Path]]): What to read, in the order of the paths and in a
        folder in that of the names; and what else is in the folders, folders included.
    RAISES (ConversionError): If there is no such format, the format of a file cannot be
        recognised, or a folder has no file to read.
    """
    formats = [get_format(format_name)] if format_name else FORMATS
    inputs: List[Input] = []
    unread: List[Path] = []
    companions = _companions(paths)
    for path in paths:
        if path in companions:
            continue
        files, others = _split(path, formats) if path.is_dir() else ([path], [])
        inputs.extend(Input(p, formats[0] if format_name else detect(p)) for p in files)
        unread.extend(others)
    return inputs, unread


def _split(folder: Path, formats: Sequence[Format]) -> Tuple[List[Path], List[Path]]:
    """The files of a folder that may be of the formats, and what else is in it."""
    there = {path for path in folder.iterdir() if not path.name.startswith(".")}
    there -= _companions(there)
    files = {p for p in there if p.is_file() and any(_may_be_of(p, f) for f in formats)}
    if not files:
        suffixes = {suffix for f in formats for suffix in f.suffixes or _JSON}
        names = f"the format {formats[0].name}" if len(formats) == 1 else "any format"
        raise ConversionError(
            f"The folder {folder} has no files of {names}. These end in "
            f"{' or '.join(sorted(suffixes))}."
        )
    return sorted(files), sorted(there - files)


def _may_be_of(path: Path, data_format: Format) -> bool:
    # Which format JSON is of is left to `detect`: an unknown one is an error.
    return data_format.claims(path) if data_format.suffixes else path.suffix in _JSON


def _companions(files: Iterable[Path]) -> Set[Path]:
    """Files that are no data of their own, but belong to one beside them."""
    return {
        path.with_suffix(data_format.companion)
        for path in files
        for data_format in FORMATS
        if data_format.companion and path.suffix in data_format.suffixes
    }

"""Which files are data, and of which format each is."""

from pathlib import Path
from typing import Iterable, List, NamedTuple, Optional, Sequence, Set, Tuple

from . import FORMATS, detect, get_format
from .files import ConversionError
from .format import Format

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
        are read if the suffix is one of a format.
    format_name (Optional[str]): The format of all of them; recognised file by file by default.
    RETURNS (Tuple[List[Input], List[Path]]): What to read, in the order of the paths and in a
        folder in that of the names; and what else is in the folders, folders included.
    RAISES (ConversionError): If there is no such format, the format of a file cannot be
        recognised, or a folder has no file to read.
    """
    formats = [get_format(format_name)] if format_name else FORMATS
    inputs: List[Input] = []
    unread: List[Path] = []
    for path in paths:
        files, others = _split(path, formats) if path.is_dir() else ([path], [])
        inputs.extend(Input(p, formats[0] if format_name else detect(p)) for p in files)
        unread.extend(others)
    return inputs, unread


def _split(folder: Path, formats: Sequence[Format]) -> Tuple[List[Path], List[Path]]:
    """The files of a folder that have a suffix of the formats, and what else is in it."""
    there = {path for path in folder.iterdir() if not path.name.startswith(".")}
    there -= _companions(there)
    suffixes = {suffix for f in formats for suffix in f.suffixes or _JSON}
    files = {path for path in there if path.suffix in suffixes and path.is_file()}
    if not files:
        allowed = " or ".join(sorted(suffixes))
        raise ConversionError(f"The folder {folder} has no files that end in {allowed}.")
    return sorted(files), sorted(there - files)


def _companions(files: Iterable[Path]) -> Set[Path]:
    """Files that are no data of their own, but belong to one beside them."""
    return {
        path.with_suffix(data_format.companion)
        for path in files
        for data_format in FORMATS
        if data_format.companion and path.suffix in data_format.suffixes
    }

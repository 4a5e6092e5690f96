"""Input files of a conversion, and the format of each."""

from pathlib import Path
from typing import Iterable, List, NamedTuple, Optional, Sequence, Set, Tuple

from .detection import detect, get_format
from .files import ConversionError
from .format import Format
from .formats import find_formats

_JSON = (".json", ".jsonl")


class Input(NamedTuple):
    """File of records.

    path (Path): The file.
    format (Format): The format of its records.
    """

    path: Path
    format: Format


def find_inputs(
    paths: Sequence[Path], format_name: Optional[str] = None
) -> Tuple[List[Input], List[Path]]:
    """Find the files to convert.

    paths (Sequence[Path]): Files with any suffix, and folders. Of a folder, the files are taken
        whose suffix, or for text the first line, is that of a format. A companion file is read with
        the file that it belongs to.
    format_name (Optional[str]): The format of all of them; detected file by file by default.
    RETURNS (Tuple[List[Input], List[Path]]): The files, in the order of the paths, those of a
        folder in the order of their names; and everything else in the folders, folders included.
    RAISES (ConversionError): If there is no such format, the format of a file cannot be
        recognised, or a folder has no file of a format.
    """
    formats = [get_format(format_name)] if format_name else find_formats()
    inputs: List[Input] = []
    skipped: List[Path] = []
    companions = _companions(paths)
    for path in paths:
        if path in companions:
            continue
        files, others = _split(path, formats) if path.is_dir() else ([path], [])
        inputs.extend(Input(p, formats[0] if format_name else detect(p)) for p in files)
        skipped.extend(others)
    return inputs, skipped


def _split(folder: Path, formats: Sequence[Format]) -> Tuple[List[Path], List[Path]]:
    """Split a folder into files of the formats and others."""
    present = {path for path in folder.iterdir() if not path.name.startswith(".")}
    present -= _companions(present)
    files = {p for p in present if p.is_file() and any(_may_be_of(p, f) for f in formats)}
    if not files:
        suffixes = {suffix for f in formats for suffix in f.suffixes or _JSON}
        names = f"the format {formats[0].name}" if len(formats) == 1 else "any format"
        raise ConversionError(
            f"The folder {folder} has no files of {names}. These end in "
            f"{' or '.join(sorted(suffixes))}."
        )
    return sorted(files), sorted(present - files)


def _may_be_of(path: Path, data_format: Format) -> bool:
    # The format of JSON is left to `detect`: an unknown one is an error.
    return data_format.claims(path) if data_format.suffixes else path.suffix in _JSON


def _companions(files: Iterable[Path]) -> Set[Path]:
    """Find the companions of files."""
    return {
        path.with_suffix(data_format.companion)
        for path in files
        for data_format in find_formats()
        if data_format.companion and path.suffix in data_format.suffixes
    }

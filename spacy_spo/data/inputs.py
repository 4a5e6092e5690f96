"""Input files of a conversion, and the format of each."""

from fnmatch import fnmatch
from pathlib import Path, PurePath
from typing import (
    Any,
    Iterable,
    Iterator,
    List,
    Mapping,
    NamedTuple,
    Optional,
    Sequence,
    Set,
    Tuple,
)

from .detection import Trial, detect, get_format
from .files import JSON_SUFFIXES, ConversionError, companion_of, content_suffix
from .format import Format
from .formats import find_formats

_GIVEN_TWICE = "given twice"
_EXCLUDED = "excluded"
_OF_NO_FORMAT = "not of a format"


class Input(NamedTuple):
    """File of records.

    path (Path): The file.
    format (Format): The format of its records.
    runner_up (Optional[Trial]): The format that fits it second best, if detected.
    """

    path: Path
    format: Format
    runner_up: Optional[Trial] = None


class Skipped(NamedTuple):
    """File of a folder that is not read.

    path (Path): The file.
    reason (str): Why it is not read.
    """

    path: Path
    reason: str

    def __str__(self) -> str:
        return f"{self.path}: {self.reason}"


def find_inputs(
    paths: Sequence[Path],
    format_name: Optional[str] = None,
    *,
    exclude: Sequence[str] = (),
    options: Mapping[str, Any] = {},
) -> Tuple[List[Input], List[Skipped]]:
    """Find the files to convert.

    paths (Sequence[Path]): Files with any suffix, and folders. Of a folder, and of all folders in
        it, the files are taken whose format is recognised. A companion file is read with the file
        that it belongs to.
    format_name (Optional[str]): The format of all of them; detected file by file by default.
    exclude (Sequence[str]): Patterns of files and folders in folders that are not read, by name or
        path, such as "*_backup.json" or "test".
    options (Mapping[str, Any]): Options of formats by name, of `OPTIONS` of format.py.
    RETURNS (Tuple[List[Input], List[Skipped]]): The files, in the order of the paths, those of a
        folder in the order of their names; and the other files of the folders, those first that may
        be data.
    RAISES (ConversionError): If there is no such format, the format of a file cannot be
        recognised, a folder has no file of a format, no format takes an option, or nothing fits a
        pattern of `exclude`.
    """
    known = [get_format(format_name)] if format_name else find_formats()
    finder = _Finder([f.configure(options) for f in known], bool(format_name), exclude)
    companions = _companions(paths)
    for path in paths:
        if path.is_dir():
            finder.add_folder(path)
        elif path not in companions:
            finder.add_file(path)
    finder.check_exclude()
    _check_options(options, finder.inputs)
    return finder.inputs, sorted(finder.skipped, key=_is_surely_none)


def _is_surely_none(file: Skipped) -> bool:
    return file.reason in (_GIVEN_TWICE, _EXCLUDED, _OF_NO_FORMAT)


class _Finder:
    """Finder of input files, each once."""

    def __init__(self, formats: Sequence[Format], is_named: bool, exclude: Sequence[str]) -> None:
        self.formats = formats
        self.is_named = is_named
        self.exclude = exclude
        self.inputs: List[Input] = []
        self.skipped: List[Skipped] = []
        self._seen: Set[Path] = set()
        self._unused = set(exclude)

    def add_file(self, path: Path) -> None:
        """Add a file, or skip it if it was added before."""
        if path.resolve() in self._seen:
            self.skipped.append(Skipped(path, _GIVEN_TWICE))
            return
        if self.is_named:
            self.inputs.append(Input(path, self.formats[0]))
        else:
            self.inputs.append(Input(path, *detect(path, self.formats)))
        self._seen.add(path.resolve())

    def add_folder(self, folder: Path) -> None:
        """Add the files of a folder that are of a format."""
        n_before, n_skipped = len(self.inputs), len(self.skipped)
        for path in sorted(_list_files(folder)):
            reason = self._reason_to_skip(path, folder)
            try:
                if not reason:
                    self.add_file(path)
            except ConversionError as error:
                reason = _shorten(error, path)
            if reason:
                self.skipped.append(Skipped(path, reason))
        skipped = self.skipped[n_skipped:]
        is_known = any(file.reason == _GIVEN_TWICE for file in skipped)
        if len(self.inputs) == n_before and not is_known:
            raise self._no_files(folder, skipped)

    def _reason_to_skip(self, path: Path, folder: Path) -> str:
        excluding = {pattern for pattern in self.exclude if _fits(path, folder, pattern)}
        self._unused -= excluding
        if excluding:
            return _EXCLUDED
        may_be_one = any(
            content_suffix(path) in (f.suffixes or JSON_SUFFIXES) for f in self.formats
        )
        return "" if may_be_one else _OF_NO_FORMAT

    def check_exclude(self) -> None:
        """Check that each pattern fits a file or a folder."""
        if self._unused:
            raise ConversionError(
                f"Nothing in the folders fits --exclude {min(self._unused)!r} (in Python: "
                "exclude). A pattern is of the name of a file or a folder, or of its path, as in "
                "'*.bak.json', 'test' or 'old/test'."
            )

    def _no_files(self, folder: Path, skipped: Sequence[Skipped]) -> ConversionError:
        suffixes = {suffix for f in self.formats for suffix in f.suffixes or JSON_SUFFIXES}
        names = f"the format {self.formats[0].name}" if self.is_named else "any format"
        reasons = "".join(f"\n  {file}" for file in sorted(skipped, key=_is_surely_none)[:10])
        return ConversionError(
            f"The folder {folder} has no files of {names}. These end in "
            f"{' or '.join(sorted(suffixes))}.{reasons}"
        )


def _fits(path: Path, folder: Path, pattern: str) -> bool:
    """Tell whether a file, or a folder around it, fits a pattern."""
    inner = path.relative_to(folder)
    parts = [inner, *inner.parents[:-1]]
    names = (name for part in parts for name in (part, PurePath(part.name), folder / part))
    return any(fnmatch(name.as_posix(), pattern.removesuffix("/")) for name in names)


def _list_files(folder: Path) -> Iterator[Path]:
    """List the files of a folder, without hidden ones and companions."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    companions = _companions(files)
    for path in files:
        is_hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if not is_hidden and path not in companions:
            yield path


def _companions(files: Iterable[Path]) -> Set[Path]:
    """Find the companions of files."""
    return {
        companion_of(path, data_format.companion)
        for path in files
        for data_format in find_formats()
        if data_format.companion and content_suffix(path) in data_format.suffixes
    }


def _shorten(error: ConversionError, path: Path) -> str:
    """Shorten an error of detection to what it says of the file."""
    message = str(error).partition(" Name the format ")[0]
    return message.removeprefix(f"The format of {path} cannot be recognised. ")


def _check_options(options: Mapping[str, Any], inputs: Sequence[Input]) -> None:
    formats = {given.format.name: given.format for given in inputs}
    for name, value in options.items():
        taken = any(name in (*f.parse_options, *f.arrange_options) for f in formats.values())
        if value and not taken:
            takers = [
                f.name for f in find_formats() if name in (*f.parse_options, *f.arrange_options)
            ]
            raise ConversionError(
                f"--{name.replace('_', '-')} (in Python: {name}) is an option of the formats "
                f"{', '.join(takers)}, not of: {', '.join(formats)}."
            )

"""Detection of the format of a file, by trial.

Records are parsed in each format that may fit. The format is taken under which the most records can
be parsed, and the most arguments are in the text."""

from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Callable, Dict, Iterable, List, NamedTuple, Optional, Sequence, Tuple, Union

from .files import (
    JSON_SUFFIXES,
    ConversionError,
    Item,
    MalformedRecord,
    content_suffix,
    read_start,
)
from .format import Format, Items, LocatedRecord, parse_item
from .formats import find_formats
from .records import Argument, RawTriple, Record
from .unrecognised import describe_content

# How many records of a file are tried, and how many triples of each.
N_RECORDS = 1000
N_TRIPLES = 100

_Items = List[Union[Item, MalformedRecord]]


class Trial(NamedTuple):
    """Result of parsing the first records of a file in a format.

    format (Format): The format.
    n_records (int): The records.
    n_fitting (int): Those of them that can be parsed.
    n_triples (int): The triples of these, lost ones included, as far as they were tried.
    n_found (int): Those of them with all arguments in the text.
    reason (str): Why the first of the others cannot be parsed, if they match by their keys.
    """

    format: Format
    n_records: int
    n_fitting: int
    n_triples: int
    n_found: int
    reason: str = ""

    @property
    def found(self) -> float:
        """Get the share of triples with all arguments in the text.

        RETURNS (float): The share; 1.0 without triples.
        """
        return self.n_found / self.n_triples if self.n_triples else 1.0

    @property
    def score(self) -> float:
        """Get how well the format fits.

        RETURNS (float): From 0 to 1. A record without triples shows little: many formats fit it.
        """
        evidence = self.found if self.n_triples else 0.0
        return self.n_fitting / max(self.n_records, 1) * (0.5 + 0.5 * evidence)

    def __str__(self) -> str:
        return (
            f"{self.format.name} ({self.n_fitting:,} of {self.n_records:,} records fit, with "
            f"{self.n_found:,} of {self.n_triples:,} triples in the text)"
        )


class Detection(NamedTuple):
    """Detected format.

    format (Format): The format.
    runner_up (Optional[Trial]): The format that fits second best, if any other does.
    """

    format: Format
    runner_up: Optional[Trial] = None


def get_format(name: str) -> Format:
    """Get a format by name.

    name (str): Its `Format.name`.
    RETURNS (Format): The format.
    RAISES (ConversionError): If there is none of that name.
    """
    for data_format in find_formats():
        if data_format.name == name:
            return data_format
    known = "\n".join(f"  {known.name}: {known.description}" for known in find_formats())
    raise ConversionError(f"There is no format {name!r}. The formats are:\n{known}")


def detect(path: Path, formats: Optional[Sequence[Format]] = None) -> Detection:
    """Detect the format of a file.

    path (Path): A file of any format.
    formats (Optional[Sequence[Format]]): The formats to try; all by default.
    RETURNS (Detection): The format that fits best.
    RAISES (ConversionError): If none fits.
    """
    trials, reasons = _try_all(path, find_formats() if formats is None else formats)
    trials.sort(key=lambda trial: (-trial.score, -trial.format.priority, trial.format.name))
    fitting = [t for t in trials if t.n_fitting and t.found >= t.format.min_found]
    if not fitting:
        reasons += [f"It is hardly of the format {trial}." for trial in trials if trial.n_fitting]
        reasons += [f"As {t.format.name}: {t.reason}." for t in trials if t.reason]
        raise _unrecognised(path, reasons)
    return Detection(fitting[0].format, fitting[1] if len(fitting) > 1 else None)


def _try_all(path: Path, formats: Sequence[Format]) -> Tuple[List[Trial], List[str]]:
    """Try formats on a file, with the reasons why some cannot be."""
    trials, reasons = [], []
    # Most formats read JSON: one sample is for all of them.
    samples: Dict[Callable[[Path], Items], _Items] = {}
    for data_format in find_candidates(path, formats):
        if data_format.read not in samples:
            samples[data_format.read] = _read_first(path, data_format)
        try:
            trials.append(try_format(path, samples[data_format.read], data_format))
        except ConversionError as error:
            # Of a format that only some records fit, its errors mislead.
            if all(_matches(item, data_format) for item in samples[data_format.read]):
                reasons.append(str(error))
    if len(samples) == len(trials) == 1:
        # The only format there is for such a file: its reader knows what is wrong.
        (items,) = samples.values()
        reasons += [str(item) for item in items if isinstance(item, MalformedRecord)][:1]
    return trials, reasons


def find_candidates(path: Path, formats: Sequence[Format]) -> List[Format]:
    """Find the formats to try on a file.

    path (Path): The file.
    formats (Sequence[Format]): Formats.
    RETURNS (List[Format]): Those with its suffix, and those of JSON if it is named so, or begins
        like JSON.
    """
    suffix = content_suffix(path)
    is_json = suffix in JSON_SUFFIXES or _begins_as_json(path)
    return [f for f in formats if (suffix in f.suffixes if f.suffixes else is_json)]


def _begins_as_json(path: Path) -> bool:
    return read_start(path, 1000).removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"[")


def try_format(path: Path, items: _Items, data_format: Format) -> Trial:
    """Try a format on the first records of a file.

    path (Path): The file.
    items (List[Union[Item, MalformedRecord]]): Its first items, as the format reads them.
    data_format (Format): The format.
    RETURNS (Trial): How many of the records fit.
    RAISES (ConversionError): If the items cannot be arranged.
    """
    matching = [item for item in items if _matches(item, data_format)]
    n_fitting = n_triples = n_found = n_arranged = 0
    reason = ""
    for item in data_format.arrange(iter(matching)):
        n_arranged += 1
        located = parse_item(path, item, data_format) if isinstance(item, Item) else item
        if isinstance(located, LocatedRecord):
            n_fitting += 1
            n_triples += min(_count_triples(located.record), N_TRIPLES)
            n_found += _count_found(located.record)
        else:
            reason = reason or str(located)
    # Items that do not match are records that do not fit.
    n_records = n_arranged + len(items) - len(matching)
    return Trial(data_format, n_records, n_fitting, n_triples, n_found, reason)


def _matches(item: Union[Item, MalformedRecord], data_format: Format) -> bool:
    return isinstance(item, Item) and data_format.matches(item.value)


def _read_first(path: Path, data_format: Format) -> _Items:
    items: _Items = []
    # Whoever reads the whole file will say so.
    with suppress(ConversionError):
        items.extend(islice(data_format.read(path), N_RECORDS))
    return items


def _count_triples(record: Record) -> int:
    return len(record.triples or []) + len(record.lost)


def _count_found(record: Record) -> int:
    text = record.text.lower()
    return sum(_is_found(triple, text) for triple in islice(record.triples or [], N_TRIPLES))


def _is_found(triple: RawTriple, text: str) -> bool:
    return all(_is_in(argument, text) for argument in (triple.subject, triple.object))


def _is_in(argument: Argument, text: str) -> bool:
    if not argument.is_stated:
        return not argument.lost
    return bool(argument.text.strip()) and argument.text.strip().lower() in text


def _unrecognised(path: Path, reasons: Iterable[str]) -> ConversionError:
    described = " ".join([f"{describe_content(path)}.", *reasons])
    names = ", ".join(sorted(known.name for known in find_formats()))
    return ConversionError(
        f"The format of {path} cannot be recognised. {described} Name the format by --format (in "
        "Python: format_name), leave the file out, or convert it to a table with the columns text, "
        'subject, predicate and object, or to {"text": "Ann wrote Dune", "triples": [{"subject": '
        '"Dune", "predicate": "author", "object": "Ann"}]}. The documentation shows the other '
        f"formats: {names}."
    )

"""Offsets of arguments, in whatever units a tool counts.

Tools in Python count characters, tools in JavaScript and Java UTF-16 code units, of which an emoji
has two. Line ends and byte order marks may have been changed after annotation. Offsets are
corrected by the stated text of the argument. Where the data state no text, the units of a file are
decided by evidence: spans that are outside the text, cut a word or begin with white space.
"""

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections import Counter
from dataclasses import replace
from itertools import accumulate, permutations, product
from operator import eq
from pathlib import Path
from typing import Callable, Dict, Iterable, List, Literal, NamedTuple, Optional, Tuple

from .files import ConversionError
from .occurrences import Occurrences
from .records import OUTSIDE, Argument, Record

Units = Literal["characters", "utf16"]
CHARACTERS: Units = "characters"
UTF16: Units = "utf16"
_UNITS: Tuple[Units, ...] = (CHARACTERS, UTF16)

# Cause of loss: a span that fits the text only in the other units.
UNCLEAR_OFFSETS = "offsets in other units than those of the file"
# Note: arguments whose offsets were corrected.
CORRECTED = "arguments with corrected offsets"

_ASTRAL = re.compile("[\U00010000-\U0010ffff]")
# Evidence against a coding: this many times as many implausible spans as under the other one, and
# this share of all spans that differ. A slip of an annotator is no evidence.
_MIN_RATIO = 5
_MIN_SHARE = 0.1
_SEPARATORS = "，、；：,;:"


class Coding(NamedTuple):
    """Units that offsets count.

    unit (str): "characters", "utf16" (code units) or "utf8" (bytes).
    crlf (int): Units of a line end of two characters: 2, or 1 if it was one in the tool.
    lf (int): Units of a line end of one character: 1, or 2 if it was two in the tool.
    bom (int): Byte order marks that the tool counted before the text: 0 or 1.
    """

    unit: str = CHARACTERS
    crlf: int = 2
    lf: int = 1
    bom: int = 0


class _Span(NamedTuple):
    start: int
    end: int


class CodedText:
    """Text with the characters at the offsets of any coding.

    text (str): The text of a record.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.occurrences = Occurrences(text)
        self.has_crlf = "\r\n" in text
        self.has_astral = not text.isascii() and _ASTRAL.search(text) is not None
        self._offsets: Dict[Coding, List[int]] = {}

    @property
    def codings(self) -> List[Coding]:
        """List the codings that differ for this text, the most common first.

        RETURNS (List[Coding]): The codings; that of characters is the first.
        """
        units = [CHARACTERS, *[UTF16] * self.has_astral, *["utf8"] * (not self.text.isascii())]
        has_lf = "\n" in self.text and not self.has_crlf
        line_ends = [(2, 1), *[(1, 1)] * self.has_crlf, *[(2, 2)] * has_lf]
        return [Coding(unit, *ends, bom) for bom, ends, unit in product((0, 1), line_ends, units)]

    def reduce(self, coding: Coding) -> Coding:
        """Reduce a coding to what makes a difference for this text.

        coding (Coding): The coding of a file.
        RETURNS (Coding): The same with the defaults for what the text does not have.
        """
        unit = coding.unit if self.has_astral else CHARACTERS
        return Coding(unit, coding.crlf if self.has_crlf else 2)

    def find(self, start: int, end: int, coding: Coding) -> Optional[_Span]:
        """Find the characters of a span.

        start (int): The offset of its first unit.
        end (int): The offset after its last unit.
        coding (Coding): What the offsets count.
        RETURNS (Optional[Tuple[int, int]]): Start and end in characters; None if the offsets are
            outside the text, or within a character.
        """
        before = coding.bom * _WIDTHS[coding.unit]("\ufeff")
        start, end, widths = start - before, end - before, coding._replace(bom=0)
        if widths not in self._offsets:
            self._offsets[widths] = _count_units(self.text, widths)
        offsets = self._offsets[widths]
        if not 0 <= start < end <= offsets[-1]:
            return None
        # Some characters have no unit of their own: a span neither begins nor ends with them.
        first, last = bisect_right(offsets, start) - 1, bisect_left(offsets, end)
        return _Span(first, last) if (offsets[first], offsets[last]) == (start, end) else None


def count_utf16(text: str) -> List[int]:
    """Map the offsets of characters to UTF-16 code units.

    text (str): The text.
    RETURNS (List[int]): The offsets, by offset in characters.
    """
    return _count_units(text, Coding(UTF16))


def _count_units(text: str, coding: Coding) -> List[int]:
    """Count the units before each character, and in all."""
    widths = [_WIDTHS[coding.unit](char) for char in text]
    if coding.crlf == 1:
        for match in re.finditer("\r\n", text):
            widths[match.start()] = 0
    if coding.lf == 2:
        for match in re.finditer("\n", text):
            widths[match.start()] = 2
    return list(accumulate(widths, initial=0))


_WIDTHS: Dict[str, Callable[[str], int]] = {
    CHARACTERS: lambda char: 1,
    UTF16: lambda char: 2 if char > "\uffff" else 1,
    "utf8": lambda char: len(char.encode("utf-8", "surrogatepass")),
}


class OffsetCorrector:
    """Corrects the offsets of the records of a file.

    path (Path): The file, for errors.
    read (Callable[[], Iterable[Record]]): Reads its records, to decide the units once.
    units (Optional[Literal["characters", "utf16"]]): What offsets count where the data do not state
        the text of the argument; decided by evidence by default.
    """

    def __init__(
        self, path: Path, read: Callable[[], Iterable[Record]], units: Optional[Units] = None
    ) -> None:
        self._path = path
        self._read = read
        self._units = units
        self._coding: Optional[Coding] = None

    def correct(self, record: Record) -> Record:
        """Correct the offsets of a record.

        record (Record): A record as parsed.
        RETURNS (Record): The record with offsets in characters, and with the number of corrected
            arguments in its notes.
        RAISES (ConversionError): If the units cannot be decided.
        """
        arguments = _list_arguments(record)
        if not arguments:
            return record
        text = CodedText(record.text)
        stated = [a for a in arguments if a.is_stated and a.text.strip() and not a.lost]
        codings = _rank_codings(stated, text)
        corrected = {a: _by_stated_text(a, text, codings) for a in stated}
        corrected.update({a: self._by_units(a, text) for a in arguments if not a.is_stated})
        triples = [t.map_arguments(lambda a: corrected.get(a, a)) for t in record.triples or []]
        n_corrected = sum(
            (old.start, old.end) != (new.start, new.end) for old, new in corrected.items()
        )
        notes = Counter(record.notes) + Counter({CORRECTED: n_corrected})
        return replace(record, triples=triples, notes=notes)

    def _by_units(self, argument: Argument, text: CodedText) -> Argument:
        readings = _read_all(argument, text)
        if len(set(readings.values())) > 1 and self._coding is None:
            self._coding = decide(self._path, self._read(), self._units)
        chosen = readings[self._coding or Coding()]
        if not _is_plausible(text.text, chosen):
            if any(_is_plausible(text.text, span) for span in set(readings.values())):
                return replace(argument, lost=UNCLEAR_OFFSETS)
            if chosen is None:
                return replace(argument, lost=OUTSIDE)
        assert chosen is not None
        kept = text.text[chosen.start : chosen.end]
        return replace(argument, text=kept, start=chosen.start, end=chosen.end, lost="")


def _list_arguments(record: Record) -> List[Argument]:
    """List the arguments with offsets, each once."""
    triples = record.triples or []
    arguments = dict.fromkeys(a for triple in triples for a in triple.arguments.values())
    return [a for a in arguments if a.start is not None and a.end is not None]


def _rank_codings(arguments: List[Argument], text: CodedText) -> List[Coding]:
    """Rank codings by how many stated texts are at their offsets."""
    if all(_find_stated(argument, text, Coding(), eq) for argument in arguments):
        return text.codings
    # Where a text is repeated, it may be at its offsets in several codings.
    n_right = {c: sum(bool(_find_stated(a, text, c, eq)) for a in arguments) for c in text.codings}
    return sorted(n_right, key=lambda coding: -n_right[coding])


def _find_stated(
    argument: Argument, text: CodedText, coding: Coding, is_same: Callable[[str, str], bool]
) -> Optional[_Span]:
    span = text.find(argument.start or 0, argument.end or 0, coding)
    return span if span and is_same(text.text[span.start : span.end], argument.text) else None


def _by_stated_text(argument: Argument, text: CodedText, codings: List[Coding]) -> Argument:
    for is_same, coding in product((eq, _has_same_words), codings):
        span = _find_stated(argument, text, coding, is_same)
        if span:
            return _at(argument, text.text, span)
    starts = text.occurrences.find(argument.text)
    if len(starts) == 1:
        return _at(argument, text.text, _Span(starts[0], starts[0] + len(argument.text)))
    return argument


def _at(argument: Argument, text: str, span: _Span) -> Argument:
    return replace(argument, text=text[span.start : span.end], start=span.start, end=span.end)


def _has_same_words(found: str, stated: str) -> bool:
    # Tools write one space where the text may have a line break.
    return found.split() == stated.split()


def decide(path: Path, records: Iterable[Record], units: Optional[Units] = None) -> Coding:
    """Decide what the offsets of a file count.

    path (Path): The file, for the error.
    records (Iterable[Record]): Its records, as parsed.
    units (Optional[Literal["characters", "utf16"]]): The units, if known: only how line ends are
        counted is decided then.
    RETURNS (Coding): The coding under which clearly fewer spans are implausible.
    RAISES (ConversionError): If there is none.
    """
    evidence = _Evidence()
    for record in records:
        evidence.add(record)
    best = [evidence.choose_line_ends(unit) for unit in ([units] if units else _UNITS)]
    if units or not evidence.n_texts:
        return best[0]
    for coding, other in (best, reversed(best)):
        if evidence.is_clear(coding, other):
            return coding
    raise ConversionError(
        f"It cannot be decided whether the offsets in {path} count characters or UTF-16 code "
        f"units, of which an emoji has two: {evidence.n_texts:,} of its texts have such "
        "characters, and the data do not state the texts of arguments. Name the units: --offsets "
        "utf16 (doccano's default, and tools in JavaScript or Java) or --offsets characters "
        "(tools in Python); in Python: offsets."
    )


class _Evidence:
    """Counts of spans for each pair of codings that differ on them."""

    def __init__(self) -> None:
        self.n_texts = 0
        self.differing: Counter[Tuple[Coding, Coding]] = Counter()
        # By pair: the spans that are implausible under the first coding.
        self.implausible: Counter[Tuple[Coding, Coding]] = Counter()

    def add(self, record: Record) -> None:
        text = CodedText(record.text)
        if not text.has_astral and not text.has_crlf:
            return
        arguments = [a for a in _list_arguments(record) if not a.is_stated]
        readings = [_read_all(argument, text) for argument in arguments]
        self.n_texts += any(map(_differs_by_unit, readings))
        for reading in readings:
            is_plausible = {c: _is_plausible(record.text, span) for c, span in reading.items()}
            for pair in permutations(reading, 2):
                differs = reading[pair[0]] != reading[pair[1]]
                self.differing[pair] += differs
                self.implausible[pair] += differs and not is_plausible[pair[0]]

    def choose_line_ends(self, unit: str) -> Coding:
        counted_as_one, counted_as_two = Coding(unit, crlf=1), Coding(unit, crlf=2)
        is_clear = self.is_clear(counted_as_one, counted_as_two)
        return counted_as_one if is_clear else counted_as_two

    def is_clear(self, coding: Coding, other: Coding) -> bool:
        pair = coding, other
        needed = _MIN_RATIO * self.implausible[pair], _MIN_SHARE * self.differing[pair]
        return self.implausible[other, coding] >= max(1, *needed)


def _read_all(argument: Argument, text: CodedText) -> Dict[Coding, Optional[_Span]]:
    """Read offsets without a stated text in all codings in question."""
    codings = [Coding(unit, crlf) for crlf in (2, 1) for unit in _UNITS]
    start, end = argument.start or 0, argument.end or 0
    return {coding: text.find(start, end, text.reduce(coding)) for coding in codings}


def _differs_by_unit(reading: Dict[Coding, Optional[_Span]]) -> bool:
    return any(reading[Coding(CHARACTERS, n)] != reading[Coding(UTF16, n)] for n in (1, 2))


def _is_plausible(text: str, span: Optional[_Span]) -> bool:
    if span is None:
        return False
    start, end = span
    inside = text[start:end]
    return not (
        inside != inside.strip()
        or _cuts_word(text, start)
        or _cuts_word(text, end)
        or _is_odd_start(inside[0])
        or _is_odd_end(inside[-1])
        or _has_open_bracket(inside)
    )


def _cuts_word(text: str, offset: int) -> bool:
    return 0 < offset < len(text) and _is_spaced(text[offset - 1]) and _is_spaced(text[offset])


def _is_spaced(char: str) -> bool:
    """Tell a letter or digit of a script with spaces between words."""
    return char.isalnum() and unicodedata.east_asian_width(char) not in "WF"


def _is_odd_start(char: str) -> bool:
    return char in _SEPARATORS + "。？！.?!" or unicodedata.category(char) in ("Pe", "Pf")


def _is_odd_end(char: str) -> bool:
    return char in _SEPARATORS or unicodedata.category(char) in ("Ps", "Pi")


def _has_open_bracket(text: str) -> bool:
    kinds = Counter(unicodedata.category(char) for char in text)
    return kinds["Ps"] != kinds["Pe"]

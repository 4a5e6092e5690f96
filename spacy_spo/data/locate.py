"""From what the data state of a text to triples of a Doc: where do the arguments stand?

Most data state an argument by its text alone, and that text may occur several times. All arguments
of a triple are located together: if one of them cannot be, the triple is lost, and counted.
"""

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from typing import Dict, Iterator, List, Literal, Sequence, Tuple, get_args

from spacy.tokens import Doc, Span

from ..triples import OBJECT, SUBJECT, Triple
from .records import DISCONTINUOUS, Argument, RawTriple, Record

Mentions = Literal["closest", "first"]

NOT_IN_TEXT = "not in the text"
NOT_ON_BOUNDARIES = "not on token boundaries"
OFFSETS_DISAGREE = "offsets disagree with the text"
EMPTY_ARGUMENT = "empty argument"
# The causes for which a triple is lost. A duplicate is dropped too, but nothing is lost with it.
LOSSES = (NOT_IN_TEXT, NOT_ON_BOUNDARIES, OFFSETS_DISAGREE, EMPTY_ARGUMENT, DISCONTINUOUS)
DUPLICATE = "duplicate"


def locate(
    record: Record, doc: Doc, mentions: Mentions = "closest"
) -> Tuple[List[Triple], Counter[str]]:
    """Find the triples of a record in its Doc.

    record (Record): What the data state. One that is not annotated has no triples.
    doc (Doc): A Doc of exactly the text of the record.
    mentions (Literal["closest", "first"]): Which mentions to take for arguments that occur several
        times: the subject and the object closest to each other, or the first ones.
    RETURNS (Tuple[List[Triple], Counter[str]]): The triples on the Doc, without duplicates, and how
        many were dropped by cause: one of `LOSSES`, or `DUPLICATE`.
    RAISES (ValueError): If the texts differ, or `mentions` is neither "closest" nor "first".
    """
    if doc.text != record.text:
        raise ValueError("The Doc is not of the text of the record: offsets would be wrong.")
    locator = _Locator(doc, mentions)
    located: Dict[Triple, None] = {}
    dropped: Counter[str] = Counter()
    for raw in record.triples or []:
        try:
            triple = locator.locate(raw)
        except _LostError as lost:
            dropped[lost.cause] += 1
        else:
            dropped[DUPLICATE] += triple in located
            located.setdefault(triple)
    return list(located), +dropped


class _LostError(Exception):
    def __init__(self, cause: str) -> None:
        self.cause = cause


class _Locator:
    """Locates triples in one Doc; searches once for an argument that many triples share."""

    def __init__(self, doc: Doc, mentions: Mentions) -> None:
        if mentions not in get_args(Mentions):
            raise ValueError(f"'mentions' is one of {get_args(Mentions)}, not {mentions!r}.")
        self.doc = doc
        self.text = doc.text
        self.closest = mentions == "closest"
        self._found: Dict[str, List[Span]] = {}

    def locate(self, raw: RawTriple) -> Triple:
        spans = {role: self._mentions(argument) for role, argument in raw.arguments.items()}
        subject, object_ = self._pair(spans.pop(SUBJECT), spans.pop(OBJECT))
        qualifiers = {name: self._pair([object_], found)[1] for name, found in spans.items()}
        types = {role: argument.type for role, argument in raw.arguments.items() if argument.type}
        return Triple(subject, raw.predicate, object_, raw.score, qualifiers, types)

    def _pair(self, subjects: Sequence[Span], objects: Sequence[Span]) -> Tuple[Span, Span]:
        return closest_pair(subjects, objects) if self.closest else (subjects[0], objects[0])

    def _mentions(self, argument: Argument) -> List[Span]:
        """All places on token boundaries where an argument may stand, in order; at least one."""
        if argument.lost:
            raise _LostError(argument.lost)
        wanted = argument.text.strip()
        if not wanted:
            raise _LostError(EMPTY_ARGUMENT)
        if argument.start is not None:
            return [self._mention_at(argument, argument.start)]
        if wanted not in self._found:
            self._found[wanted] = self._search(wanted)
        return self._found[wanted]

    def _mention_at(self, argument: Argument, start: int) -> Span:
        if start < 0 or self.text[start : argument.end] != argument.text:
            raise _LostError(OFFSETS_DISAGREE)
        trimmed = argument.text.strip()
        start += argument.text.index(trimmed)
        span = self.doc.char_span(start, start + len(trimmed))
        if span is None:
            raise _LostError(NOT_ON_BOUNDARIES)
        return span

    def _search(self, wanted: str) -> List[Span]:
        occurs = False
        for search in (_occurrences, _occurrences_in_any_case):
            starts = list(search(self.text, wanted))
            spans = [self.doc.char_span(start, start + len(wanted)) for start in starts]
            found = [span for span in spans if span is not None]
            if found:
                return found
            occurs = occurs or bool(starts)
        raise _LostError(NOT_ON_BOUNDARIES if occurs else NOT_IN_TEXT)


def _occurrences(text: str, wanted: str) -> Iterator[int]:
    start = text.find(wanted)
    while start >= 0:
        yield start
        start = text.find(wanted, start + 1)


def _occurrences_in_any_case(text: str, wanted: str) -> Iterator[int]:
    # The lookahead also finds occurrences that overlap. Lower-casing the text instead could
    # change its length.
    pattern = re.compile(f"(?={re.escape(wanted)})", re.IGNORECASE)
    return (match.start() for match in pattern.finditer(text))


def closest_pair(subjects: Sequence[Span], objects: Sequence[Span]) -> Tuple[Span, Span]:
    """Choose the subject and the object that are closest to each other.

    The fewest characters between them win, then the pair that starts first, then the subject that
    does. Mentions that overlap are taken only if all pairs do.

    subjects (Sequence[Span]): The mentions of the subject, in order, of equal length.
    objects (Sequence[Span]): The mentions of the object, in order, of equal length.
    RETURNS (Tuple[Span, Span]): The pair.
    """
    starts = [span.start_char for span in objects]
    ends = [span.end_char for span in objects]
    pairs: List[Tuple[Span, Span]] = []
    # Only the nearest object on either side of a subject can be the closest one.
    for subject in subjects:
        before = bisect_right(ends, subject.start_char) - 1
        after = bisect_left(starts, subject.end_char)
        pairs.extend((subject, objects[i]) for i in (before, after) if 0 <= i < len(objects))
    return min(pairs, key=_distance, default=(subjects[0], objects[0]))


def _distance(pair: Tuple[Span, Span]) -> Tuple[int, int, int]:
    first, second = sorted(pair, key=lambda span: span.start_char)
    return second.start_char - first.end_char, first.start_char, pair[0].start_char

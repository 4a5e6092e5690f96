"""Triples of a Doc from records, by mentions of the arguments.

Most data have only the text of an argument, and that text may occur several times. The mentions of
a triple are chosen together: if an argument has none, the triple is lost, and counted.
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
# The causes of loss. A duplicate is dropped too, but nothing is lost with it.
LOSSES = (NOT_IN_TEXT, NOT_ON_BOUNDARIES, OFFSETS_DISAGREE, EMPTY_ARGUMENT, DISCONTINUOUS)
DUPLICATE = "duplicate"


def find_triples(
    record: Record, doc: Doc, mentions: Mentions = "closest"
) -> Tuple[List[Triple], Counter[str]]:
    """Find the triples of a record in its Doc.

    record (Record): The record. An unannotated one has no triples.
    doc (Doc): A Doc of exactly the text of the record.
    mentions (Literal["closest", "first"]): The mentions to take for arguments without offsets and
        with several mentions: the subject and the object closest to each other, or the first ones.
    RETURNS (Tuple[List[Triple], Counter[str]]): The triples on the Doc, without duplicates, and the
        number of dropped ones by cause: one of `LOSSES`, or `DUPLICATE`.
    RAISES (ValueError): If the texts differ, or `mentions` is neither "closest" nor "first".
    """
    if doc.text != record.text:
        raise ValueError("The Doc is not of the text of the record: offsets would be incorrect.")
    finder = _Finder(doc, mentions)
    kept: Dict[Triple, None] = {}
    dropped: Counter[str] = Counter()
    for raw in record.triples or []:
        try:
            triple = finder.find(raw)
        except _LostError as lost:
            dropped[lost.cause] += 1
        else:
            dropped[DUPLICATE] += triple in kept
            kept.setdefault(triple)
    return list(kept), +dropped


class _LostError(Exception):
    def __init__(self, cause: str) -> None:
        self.cause = cause


class _Finder:
    """Finder of triples in one Doc, with a cache of mentions."""

    def __init__(self, doc: Doc, mentions: Mentions) -> None:
        if mentions not in get_args(Mentions):
            raise ValueError(f"'mentions' is one of {get_args(Mentions)}, not {mentions!r}.")
        self.doc = doc
        self.text = doc.text
        self.closest = mentions == "closest"
        self._cache: Dict[str, List[Span]] = {}

    def find(self, raw: RawTriple) -> Triple:
        """Find the spans of a triple."""
        spans = {role: self._mentions(argument) for role, argument in raw.arguments.items()}
        subject, object_ = self._pair(spans.pop(SUBJECT), spans.pop(OBJECT))
        qualifiers = {name: self._pair([object_], others)[1] for name, others in spans.items()}
        types = {role: argument.type for role, argument in raw.arguments.items() if argument.type}
        return Triple(subject, raw.predicate, object_, raw.score, qualifiers, types)

    def _pair(self, subjects: Sequence[Span], objects: Sequence[Span]) -> Tuple[Span, Span]:
        return closest_pair(subjects, objects) if self.closest else (subjects[0], objects[0])

    def _mentions(self, argument: Argument) -> List[Span]:
        """Find the mentions of an argument on token boundaries, in order."""
        if argument.lost:
            raise _LostError(argument.lost)
        text = argument.text.strip()
        if not text:
            raise _LostError(EMPTY_ARGUMENT)
        if argument.start is not None:
            return [self._mention_at(argument, argument.start)]
        if text not in self._cache:
            self._cache[text] = self._search(text)
        return self._cache[text]

    def _mention_at(self, argument: Argument, start: int) -> Span:
        if start < 0 or self.text[start : argument.end] != argument.text:
            raise _LostError(OFFSETS_DISAGREE)
        trimmed = argument.text.strip()
        start += argument.text.index(trimmed)
        span = self.doc.char_span(start, start + len(trimmed))
        if span is None:
            raise _LostError(NOT_ON_BOUNDARIES)
        return span

    def _search(self, text: str) -> List[Span]:
        occurs = False
        for search in (_occurrences, _occurrences_in_any_case):
            starts = list(search(self.text, text))
            spans = [self.doc.char_span(start, start + len(text)) for start in starts]
            mentions = [span for span in spans if span is not None]
            if mentions:
                return mentions
            occurs = occurs or bool(starts)
        raise _LostError(NOT_ON_BOUNDARIES if occurs else NOT_IN_TEXT)


def _occurrences(text: str, part: str) -> Iterator[int]:
    start = text.find(part)
    while start >= 0:
        yield start
        start = text.find(part, start + 1)


def _occurrences_in_any_case(text: str, part: str) -> Iterator[int]:
    # The lookahead also finds occurrences that overlap. Lower-casing the text instead could
    # change its length.
    pattern = re.compile(f"(?={re.escape(part)})", re.IGNORECASE)
    return (match.start() for match in pattern.finditer(text))


def closest_pair(subjects: Sequence[Span], objects: Sequence[Span]) -> Tuple[Span, Span]:
    """Choose the closest pair of subject and object.

    Of several pairs with equally few characters in between, the one that starts first is chosen,
    then the one whose subject does. Overlapping mentions are chosen only if all pairs overlap.

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

"""Triples of a Doc from records, by mentions of the arguments.

Most data have only the text of an argument, and that text may occur several times. The mentions of
a triple are chosen together: if an argument has none, the triple is lost, and counted.
"""

from bisect import bisect_left, bisect_right
from collections import Counter
from typing import (
    Dict,
    Hashable,
    Iterable,
    List,
    Literal,
    NamedTuple,
    Sequence,
    Tuple,
    Union,
    get_args,
)

from spacy.tokens import Doc, Span

from ..triples import Triple
from .occurrences import Occurrences
from .records import Argument, LostTriple, LostTripleError, RawTriple, Record

Mentions = Literal["closest", "first"]

# Causes of loss.
NOT_IN_TEXT = "not in the text"
NOT_ON_BOUNDARIES = "not on token boundaries"
OFFSETS_DISAGREE = "offsets disagree with the text"
EMPTY_ARGUMENT = "empty argument"
# Notes: nothing is lost with a duplicate, and an argument in another case is kept.
DUPLICATE = "duplicates"
OTHER_CASE = "arguments in upper or lower case unlike the text"


class FoundTriples(NamedTuple):
    """Triples of a record that were searched for in its Doc.

    triples (List[Triple]): The triples on the Doc, without duplicates.
    lost (List[LostTriple]): The triples with an argument that is no span of the Doc.
    notes (Counter[str]): Counts of `DUPLICATE` and `OTHER_CASE`.
    """

    triples: List[Triple]
    lost: List[LostTriple]
    notes: Counter[str]


def find_triples(record: Record, doc: Doc, mentions: Mentions = "closest") -> FoundTriples:
    """Find the triples of a record in its Doc.

    record (Record): The record. An unannotated one has no triples.
    doc (Doc): A Doc of exactly the text of the record.
    mentions (Literal["closest", "first"]): The mentions to take for arguments without offsets and
        with several mentions: the subject and the object closest to each other, or the first ones.
    RETURNS (FoundTriples): The triples on the Doc, the lost ones, and counts.
    RAISES (ValueError): If the texts differ, or `mentions` is neither "closest" nor "first".
    """
    if doc.text != record.text:
        raise ValueError("The Doc is not of the text of the record: offsets would be incorrect.")
    finder = _Finder(doc, mentions)
    kept: Dict[Triple, None] = {}
    lost: List[LostTriple] = []
    notes: Counter[str] = Counter()
    for raw in record.triples or []:
        try:
            triple = finder.find(raw)
        except LostTripleError as error:
            lost.append(LostTriple(error.cause, f"{error} ({raw})", raw.location))
        else:
            notes[DUPLICATE] += triple in kept
            kept.setdefault(triple)
    notes[OTHER_CASE] = finder.n_other_case
    return FoundTriples(list(kept), lost, +notes)


class _Finder:
    """Finder of triples in one Doc, with a cache of mentions."""

    def __init__(self, doc: Doc, mentions: Mentions) -> None:
        if mentions not in get_args(Mentions):
            raise ValueError(f"'mentions' is one of {get_args(Mentions)}, not {mentions!r}.")
        self.doc = doc
        self.text = doc.text
        self.folded = Occurrences(_fold(doc.text))
        self.closest = mentions == "closest"
        self.n_other_case = 0
        self._searched: Dict[str, Union[List[Span], LostTripleError]] = {}
        self._pairs: Dict[Hashable, Tuple[Span, Span]] = {}

    def find(self, raw: RawTriple) -> Triple:
        """Find the spans of a triple."""
        subject, object_ = self._find_pair(raw.subject, raw.object)
        qualifiers = {
            name: self._pair([object_], self._mentions(argument))[1]
            for name, argument in raw.qualifiers.items()
        }
        types = {role: argument.type for role, argument in raw.arguments.items() if argument.type}
        return Triple(subject, raw.predicate, object_, raw.score, qualifiers, types)

    def _find_pair(self, subject: Argument, object_: Argument) -> Tuple[Span, Span]:
        # One pair of texts may have many mentions and many predicates.
        key = subject.text, subject.start, subject.lost, object_.text, object_.start, object_.lost
        if key not in self._pairs:
            pair = self._pair(self._mentions(subject), self._mentions(object_))
            self._pairs[key] = pair
        return self._pairs[key]

    def _pair(self, subjects: Sequence[Span], objects: Sequence[Span]) -> Tuple[Span, Span]:
        return closest_pair(subjects, objects) if self.closest else (subjects[0], objects[0])

    def _mentions(self, argument: Argument) -> List[Span]:
        """Find the mentions of an argument on token boundaries, in order."""
        if argument.lost:
            raise LostTripleError(argument.lost, f"{argument.text!r} cannot be a span")
        text = argument.text.strip()
        if not text:
            raise LostTripleError(EMPTY_ARGUMENT, "an argument is empty")
        if argument.start is not None:
            return [self._mention_at(argument, argument.start)]
        if text not in self._searched:
            self._searched[text] = self._search(text)
        mentions = self._searched[text]
        if isinstance(mentions, LostTripleError):
            raise mentions
        return mentions

    def _mention_at(self, argument: Argument, start: int) -> Span:
        found = self.text[start : argument.end]
        if start < 0 or found != argument.text:
            reason = f"{argument.text!r} is not at its offsets, where the text is {found!r:.60}"
            raise LostTripleError(OFFSETS_DISAGREE, reason)
        trimmed = argument.text.strip()
        start += argument.text.index(trimmed)
        span = self.doc.char_span(start, start + len(trimmed))
        if span is None:
            raise self._not_on_boundaries(start, trimmed)
        return span

    def _search(self, text: str) -> Union[List[Span], LostTripleError]:
        """Search for mentions; without any, the error."""
        in_any_case = self.folded.find(_fold(text))
        if not in_any_case:
            return LostTripleError(NOT_IN_TEXT, f"{text!r} is not in the text")
        exact = (start for start in in_any_case if self.text.startswith(text, start))
        mentions = self._spans(exact, len(text))
        if not mentions:
            mentions = self._spans(in_any_case, len(text))
            self.n_other_case += bool(mentions)
        return mentions or self._not_on_boundaries(in_any_case[0], text)

    def _not_on_boundaries(self, start: int, text: str) -> LostTripleError:
        around = self.doc.char_span(start, start + len(text), alignment_mode="expand")
        is_cut = around is not None and around.start_char < start
        token = "" if around is None else around[0 if is_cut else -1].text
        reason = f"{text!r} begins or ends within the token {token!r}"
        return LostTripleError(NOT_ON_BOUNDARIES, reason)

    def _spans(self, starts: Iterable[int], length: int) -> List[Span]:
        spans = (self.doc.char_span(start, start + length) for start in starts)
        return [span for span in spans if span is not None]


def _fold(text: str) -> str:
    lower = text.lower()
    # A few characters are two in lower case: offsets would shift.
    if len(lower) != len(text):
        lower = "".join(map(_fold_character, text))
    # A sigma that ends a word has a lower case of its own, and may not end it in the text.
    return lower.replace("ς", "σ")


def _fold_character(char: str) -> str:
    lower = char.lower()
    return lower if len(lower) == 1 else char


def closest_pair(subjects: Sequence[Span], objects: Sequence[Span]) -> Tuple[Span, Span]:
    """Choose the closest pair of subject and object.

    Of several pairs with equally few characters in between, the one that starts first is chosen,
    then the one whose subject does. Overlapping mentions are chosen only if all pairs overlap.

    subjects (Sequence[Span]): The mentions of the subject, in order, of equal length.
    objects (Sequence[Span]): The mentions of the object, in order, of equal length.
    RETURNS (Tuple[Span, Span]): The pair.
    """
    # Only the nearest mention on either side can be the closest one.
    if len(subjects) <= len(objects):
        pairs = [(subject, near) for subject in subjects for near in _nearest(subject, objects)]
    else:
        pairs = [(near, object_) for object_ in objects for near in _nearest(object_, subjects)]
    return min(pairs, key=_distance, default=(subjects[0], objects[0]))


def _nearest(span: Span, others: Sequence[Span]) -> List[Span]:
    before = bisect_right(others, span.start_char, key=lambda other: other.end_char) - 1
    after = bisect_left(others, span.end_char, key=lambda other: other.start_char)
    return [others[number] for number in (before, after) if 0 <= number < len(others)]


def _distance(pair: Tuple[Span, Span]) -> Tuple[int, int, int]:
    first, second = sorted(pair, key=lambda span: span.start_char)
    return second.start_char - first.end_char, first.start_char, pair[0].start_char

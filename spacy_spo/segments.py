"""Segmenters: which stretches of a Doc triples are looked for in.

A segment is a half-open range of tokens. A Doc that fits the window is one segment; a longer
one is cut into overlapping windows at sentence punctuation, so that a triple near a cut lies
whole in one of them.
"""

import unicodedata
from bisect import bisect_right
from functools import partial
from itertools import pairwise
from typing import Callable, FrozenSet, Iterable, List, Set, Tuple

from spacy.tokens import Doc, Span

Segment = Tuple[int, int]
Segmenter = Callable[[Doc], List[Segment]]

# What tokens after which a window may end consist of. A line break is a token of white space.
SENTENCE_END = frozenset("。！？；!?;.…\n")


class MissingSentencesError(ValueError):
    """Sentences are asked for, and no component has set them yet."""


def make_window_segments(size: int = 256, overlap: int = 64) -> Segmenter:
    """Windows over the tokens, registered as `spacy-spo.window_segments.v1`.

    size (int): The most tokens of a segment.
    overlap (int): The fewest tokens that two neighbours share. A triple that needs fewer lies whole
        in a segment, with a token to spare on each side that was cut.
    RETURNS (Segmenter): Doc -> its segments, in order, covering every token.
    RAISES (ValueError): If the window is empty or the overlap is more than half of it.
    """
    _check_window(size, overlap)
    return partial(window_segments, size=size, overlap=overlap)


def _check_window(size: int, overlap: int) -> None:
    if size < 1 or not 0 <= overlap <= size // 2:
        raise ValueError(
            f"Windows of {size} tokens cannot overlap by {overlap}: size must be at least 1, "
            "overlap from 0 to half the size."
        )


def window_segments(doc: Doc, *, size: int, overlap: int) -> List[Segment]:
    """RETURNS (List[Segment]): Windows of at most `size` tokens that cover the Doc."""
    return _windows(doc[:], size, overlap)


def _windows(span: Span, size: int, overlap: int) -> List[Segment]:
    start = end = span.start
    if len(span) <= size:
        return [(start, span.end)] if len(span) else []
    cuts = [token.i + 1 for token in span if _is_end(token.text, SENTENCE_END)]
    segments: List[Segment] = []
    while start + size < span.end:
        # A cut in the first half would make windows short and many.
        earliest = max(start + size // 2, end)
        end = max(_between(cuts, earliest, start + size), default=start + size)
        segments.append((start, end))
        latest = end - overlap
        start = max(_between(cuts, max(start, latest - overlap), latest), default=latest)
    return [*segments, (start, span.end)]


def shared_edges(segments: List[Segment]) -> Set[int]:
    """Find the edges of windows that lie inside a neighbour.

    segments (List[Segment]): Segments of a Doc, in order.
    RETURNS (Set[int]): The edges. What touches one may be a part of what the neighbour sees whole.
    """
    pairs = ((left[1], right[0]) for left, right in pairwise(segments))
    return {edge for end, start in pairs if start < end for edge in (start, end)}


def _is_end(text: str, marks: FrozenSet[str]) -> bool:
    """Whether a token is nothing but marks, unlike "U.S." or "3.5", and white space."""
    return not marks.isdisjoint(text) and all(c in marks or c.isspace() for c in text)


def _between(cuts: List[int], low: int, high: int) -> List[int]:
    """The cuts c with low < c <= high; the list is sorted."""
    return cuts[bisect_right(cuts, low) : bisect_right(cuts, high)]


def make_sentence_segments(size: int = 256, overlap: int = 64) -> Segmenter:
    """One segment a sentence, registered as `spacy-spo.sentence_segments.v1`.

    Triples whose arguments stand in different sentences are out of reach then.

    size (int): The most tokens of a segment; a longer sentence is cut into windows.
    overlap (int): The fewest tokens that two windows share.
    RETURNS (Segmenter): Doc -> its segments; a Doc without sentence bounds is a ValueError.
    RAISES (ValueError): If the window is empty or the overlap is more than half of it.
    """
    _check_window(size, overlap)
    return partial(sentence_segments, size=size, overlap=overlap)


def sentence_segments(doc: Doc, *, size: int, overlap: int) -> List[Segment]:
    """RETURNS (List[Segment]): The sentences of the Doc, long ones in windows."""
    if not doc.has_annotation("SENT_START"):  # an empty Doc counts as annotated
        raise MissingSentencesError(
            "Sentence segments need sentence bounds, and this Doc has none. Add a sentencizer "
            "before the component and name it under [training] annotating_components, or use "
            "spacy-spo.window_segments.v1."
        )
    return [segment for sent in doc.sents for segment in _windows(sent, size, overlap)]


def make_punctuation_segments(
    marks: str = "。！？!?\n", size: int = 256, overlap: int = 64
) -> Segmenter:
    """Segments that end at punctuation, registered as `spacy-spo.punctuation_segments.v1`.

    Sentences without a component that finds them, for languages whose sentence ends are plain.

    marks (str): The characters that end a segment, with the closing quotes and brackets after them.
    size (int): The most tokens of a segment; a longer one is cut into windows.
    overlap (int): The fewest tokens that two windows share.
    RETURNS (Segmenter): Doc -> its segments.
    RAISES (ValueError): If there are no marks, the window is empty or the overlap is more than
        half of it.
    """
    _check_window(size, overlap)
    if not marks:
        raise ValueError("Segments that end at punctuation need marks, e.g. '。！？'.")
    return partial(punctuation_segments, marks=frozenset(marks), size=size, overlap=overlap)


def punctuation_segments(
    doc: Doc, *, marks: FrozenSet[str], size: int, overlap: int
) -> List[Segment]:
    """RETURNS (List[Segment]): The stretches between punctuation marks, long ones in windows."""
    ends = [0]
    after_mark = False
    for token in doc:
        is_mark = _is_end(token.text, marks)
        if after_mark and not is_mark and not _is_closing(token.text):
            ends.append(token.i)
        after_mark = is_mark or (after_mark and _is_closing(token.text))
    pairs = pairwise([*ends, len(doc)])
    return [segment for start, end in pairs for segment in _windows(doc[start:end], size, overlap)]


def _is_closing(text: str) -> bool:
    """Whether these are closing quotes and brackets, or white space."""
    return all(char.isspace() or unicodedata.category(char) in ("Pe", "Pf") for char in text)


def make_segment_spans(segments: Segmenter) -> Callable[[Iterable[Doc]], List[List[Span]]]:
    """What a transformer reads at once, registered as the span getter `spacy-spo.segment_spans.v1`.

    With the segmenter of the components the encoder sees just the segment that they decide on.

    segments (Segmenter): The segmenter.
    RETURNS (Callable): Docs -> the spans of each, for `get_spans` of spacy-transformers.
    """
    return partial(segment_spans, segments=segments)


def segment_spans(docs: Iterable[Doc], *, segments: Segmenter) -> List[List[Span]]:
    """RETURNS (List[List[Span]]): The segments of each Doc."""
    return [[doc[start:end] for start, end in segments(doc)] for doc in docs]

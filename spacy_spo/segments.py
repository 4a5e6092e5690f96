"""Segmenters: cut a Doc into the segments of both components.

A segment is a half-open range of tokens. A Doc that fits the window is one segment; a longer
one is cut into overlapping windows at sentence punctuation, so that a triple near a boundary
lies whole in one of them.
"""

import unicodedata
from bisect import bisect_right
from functools import partial
from itertools import pairwise
from typing import Callable, FrozenSet, Iterable, List, Set, Tuple

from spacy.tokens import Doc, Span

Segment = Tuple[int, int]
Segmenter = Callable[[Doc], List[Segment]]

# The most tokens of a segment, and the fewest that two windows share.
DEFAULT_SIZE = 256
DEFAULT_OVERLAP = 64
# A window may end after a token of these. A line break is a token of white space.
SENTENCE_END = frozenset("。！？；!?;.…\n")


class MissingSentencesError(ValueError):
    """A segmenter needs sentences, and no component has set them."""


def make_window_segments(size: int = DEFAULT_SIZE, overlap: int = DEFAULT_OVERLAP) -> Segmenter:
    """Make a segmenter of windows, registered as `spacy-spo.window_segments.v1`.

    size (int): The most tokens of a segment.
    overlap (int): The fewest tokens that two neighbours share. A triple that needs fewer lies whole
        in a segment, with a token to spare at each boundary.
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
    """Cut a Doc into windows.

    doc (Doc): The Doc.
    size (int): The most tokens of a window.
    overlap (int): The fewest tokens that two windows share.
    RETURNS (List[Segment]): Windows that cover the Doc, in order.
    """
    return _windows(doc[:], size, overlap)


def _windows(span: Span, size: int, overlap: int) -> List[Segment]:
    start = end = span.start
    if len(span) <= size:
        return [(start, span.end)] if len(span) else []
    ends = [token.i + 1 for token in span if _is_end(token.text, SENTENCE_END)]
    segments: List[Segment] = []
    while start + size < span.end:
        # An end in the first half would make windows short and many.
        earliest = max(start + size // 2, end)
        end = max(_between(ends, earliest, start + size), default=start + size)
        segments.append((start, end))
        latest = end - overlap
        start = max(_between(ends, max(start, latest - overlap), latest), default=latest)
    return [*segments, (start, span.end)]


def shared_boundaries(segments: List[Segment]) -> Set[int]:
    """Find the window boundaries inside a neighbouring window.

    segments (List[Segment]): Segments of a Doc, in order.
    RETURNS (Set[int]): The boundaries. An argument at one may be a part of a wider one, which the
        neighbour has whole.
    """
    pairs = ((first[1], second[0]) for first, second in pairwise(segments))
    return {boundary for end, start in pairs if start < end for boundary in (start, end)}


def _is_end(text: str, marks: FrozenSet[str]) -> bool:
    # Nothing but marks and white space, unlike "U.S." or "3.5".
    return not marks.isdisjoint(text) and all(c in marks or c.isspace() for c in text)


def _between(ends: List[int], low: int, high: int) -> List[int]:
    # Those with low < end <= high; the list is sorted.
    return ends[bisect_right(ends, low) : bisect_right(ends, high)]


def make_sentence_segments(size: int = DEFAULT_SIZE, overlap: int = DEFAULT_OVERLAP) -> Segmenter:
    """Make a segmenter of sentences, registered as `spacy-spo.sentence_segments.v1`.

    Triples with arguments in different sentences are out of reach.

    size (int): The most tokens of a segment; a longer sentence is cut into windows.
    overlap (int): The fewest tokens that two windows share.
    RETURNS (Segmenter): Doc -> its segments; a Doc without sentence boundaries is a
        MissingSentencesError.
    RAISES (ValueError): If the window is empty or the overlap is more than half of it.
    """
    _check_window(size, overlap)
    return partial(sentence_segments, size=size, overlap=overlap)


def sentence_segments(doc: Doc, *, size: int, overlap: int) -> List[Segment]:
    """Cut a Doc into sentences, long ones into windows.

    doc (Doc): The Doc.
    size (int): The most tokens of a segment.
    overlap (int): The fewest tokens that two windows share.
    RETURNS (List[Segment]): The segments, in order.
    RAISES (MissingSentencesError): If the Doc has no sentence boundaries.
    """
    if not doc.has_annotation("SENT_START"):  # an empty Doc counts as annotated
        raise MissingSentencesError(
            "Sentence segments need sentence boundaries, and this Doc has none. Add a sentencizer "
            "before the component and name it under [training] annotating_components, or use "
            "spacy-spo.window_segments.v1."
        )
    return [segment for sent in doc.sents for segment in _windows(sent, size, overlap)]


def make_punctuation_segments(
    marks: str = "。！？!?\n", size: int = DEFAULT_SIZE, overlap: int = DEFAULT_OVERLAP
) -> Segmenter:
    """Make a segmenter at punctuation, registered as `spacy-spo.punctuation_segments.v1`.

    Sentences without a sentencizer, for languages with unambiguous sentence ends.

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
    """Cut a Doc at punctuation marks, long segments into windows.

    doc (Doc): The Doc.
    marks (FrozenSet[str]): The characters that end a segment.
    size (int): The most tokens of a segment.
    overlap (int): The fewest tokens that two windows share.
    RETURNS (List[Segment]): The segments, in order.
    """
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
    # Quotes and brackets, or white space.
    return all(char.isspace() or unicodedata.category(char) in ("Pe", "Pf") for char in text)


def make_segment_spans(segments: Segmenter) -> Callable[[Iterable[Doc]], List[List[Span]]]:
    """Make a span getter of segments, registered as `spacy-spo.segment_spans.v1`.

    With the segmenter of the components, the encoder gets the same segments as they.

    segments (Segmenter): The segmenter.
    RETURNS (Callable): Docs -> the spans of each, for `get_spans` of spacy-transformers.
    """
    return partial(segment_spans, segments=segments)


def segment_spans(docs: Iterable[Doc], *, segments: Segmenter) -> List[List[Span]]:
    """Cut Docs into segments for a transformer.

    docs (Iterable[Doc]): The Docs.
    segments (Segmenter): The segmenter.
    RETURNS (List[List[Span]]): The segments of each Doc as spans.
    """
    return [[doc[start:end] for start, end in segments(doc)] for doc in docs]

"""Segmenters: which stretches of a Doc triples are looked for in.

A segment is a half-open range of tokens. A Doc that fits the window is one segment; a longer
one is cut into overlapping windows at sentence punctuation, so that a triple near a cut lies
whole in one of them.
"""

from bisect import bisect_right
from functools import partial
from itertools import pairwise
from typing import Callable, List, Set, Tuple

from spacy.tokens import Doc, Token

Segment = Tuple[int, int]
Segmenter = Callable[[Doc], List[Segment]]

# Tokens after which a window may end. A line break stands in a white space token.
SENTENCE_END = frozenset("。！？；!?;.…\n")


def make_window_segments(size: int = 256, overlap: int = 64) -> Segmenter:
    """Windows over the tokens, registered as `spacy-spo.window_segments.v1`.

    size (int): The most tokens of a segment.
    overlap (int): The fewest tokens that two neighbours share. A triple that needs fewer lies whole
        in a segment, with a token to spare on each side that was cut.
    RETURNS (Segmenter): Doc -> its segments, in order, covering every token.
    RAISES (ValueError): If the window is empty or the overlap is not less than half of it.
    """
    if size < 1 or not 0 <= overlap <= size // 2:
        raise ValueError(
            f"Windows of {size} tokens cannot overlap by {overlap}: size must be at least 1, "
            "overlap from 0 to half the size."
        )
    return partial(window_segments, size=size, overlap=overlap)


def window_segments(doc: Doc, *, size: int, overlap: int) -> List[Segment]:
    """RETURNS (List[Segment]): Windows of at most `size` tokens that cover the Doc."""
    if len(doc) <= size:
        return [(0, len(doc))] if len(doc) else []
    cuts = [token.i + 1 for token in doc if _ends_sentence(token)]
    segments: List[Segment] = []
    start = end = 0
    while start + size < len(doc):
        # A cut in the first half would make windows short and many.
        earliest = max(start + size // 2, end)
        end = max(_between(cuts, earliest, start + size), default=start + size)
        segments.append((start, end))
        latest = end - overlap
        start = max(_between(cuts, max(start, latest - overlap), latest), default=latest)
    return [*segments, (start, len(doc))]


def hard_cuts(doc: Doc, segments: List[Segment]) -> Set[int]:
    """Find the edges of windows that may run through an argument.

    doc (Doc): The Doc.
    segments (List[Segment]): Its segments, in order.
    RETURNS (Set[int]): Edges that lie inside a neighbour and not behind a sentence end. What
        touches one may be a part of what the neighbour sees whole.
    """
    shared = ((left[1], right[0]) for left, right in pairwise(segments) if right[0] < left[1])
    return {edge for edges in shared for edge in edges if not _ends_sentence(doc[edge - 1])}


def _ends_sentence(token: Token) -> bool:
    return not SENTENCE_END.isdisjoint(token.text)


def _between(cuts: List[int], low: int, high: int) -> List[int]:
    """The cuts c with low < c <= high; the list is sorted."""
    return cuts[bisect_right(cuts, low) : bisect_right(cuts, high)]


def make_sentence_segments() -> Segmenter:
    """One segment a sentence, registered as `spacy-spo.sentence_segments.v1`.

    Triples whose arguments stand in different sentences are out of reach then. RETURNS
    (Segmenter): Doc -> its sentences. RAISES (ValueError): If a Doc has no sentence bounds.
    """
    return sentence_segments


def sentence_segments(doc: Doc) -> List[Segment]:
    """RETURNS (List[Segment]): The sentences of the Doc."""
    if len(doc) and not doc.has_annotation("SENT_START"):
        raise ValueError(
            "Sentence segments need sentence bounds, and this Doc has none. Add a sentencizer "
            "before the component and name it under [training] annotating_components, or use "
            "spacy-spo.window_segments.v1."
        )
    return [(sent.start, sent.end) for sent in doc.sents] if len(doc) else []

"""Alignment of wordpieces with tokens, by character offsets."""

from collections import Counter
from typing import Any, Sequence

import numpy
from thinc.types import Ragged


def trim_offsets(texts: Sequence[str], offsets: Any) -> Any:
    """Trim white space from the offsets of wordpieces.

    A wordpiece of SentencePiece includes the space before it, and spacy-transformers counts the
    space after a token as part of the token: untrimmed, each token would get the first wordpiece
    of the next one.

    texts (Sequence[str]): The texts.
    offsets (ndarray): Start and end character of each wordpiece, (n_texts, T, 2).
    RETURNS (ndarray): The trimmed offsets. A wordpiece of white space alone has no characters.
    """
    trimmed = numpy.array(offsets)
    for text, rows in zip(texts, trimmed):
        is_space = numpy.fromiter(map(str.isspace, text), dtype=bool, count=len(text))
        if is_space.any():
            positions = numpy.arange(len(text) + 1)
            is_start, is_end = ~numpy.append(is_space, False), ~numpy.append(False, is_space)
            # The next position that starts a character of a word, and the last that ends one.
            starts = numpy.where(is_start, positions, len(text))[::-1]
            starts = numpy.minimum.accumulate(starts)[::-1]
            ends = numpy.maximum.accumulate(numpy.where(is_end, positions, 0))
            rows[:, 0] = starts[rows[:, 0]]
            rows[:, 1] = numpy.maximum(ends[rows[:, 1]], rows[:, 0])
    return trimmed


def count_indistinct(align: Ragged) -> int:
    """Count the tokens with exactly the wordpieces of another token.

    Such tokens have one vector, so no boundary between them can be predicted.

    align (Ragged): Indices of wordpieces by token.
    RETURNS (int): The number of tokens.
    """
    indices, lengths = numpy.asarray(align.dataXd), numpy.asarray(align.lengths)
    groups = [tuple(part.tolist()) for part in numpy.split(indices, numpy.cumsum(lengths)[:-1])]
    counts = Counter(group for group in groups if group)
    return sum(count for count in counts.values() if count > 1)

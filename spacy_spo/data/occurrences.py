"""Occurrences of many strings in one text.

The time is linear in the text and in the strings. A text is scanned for each of the first strings.
Beyond that, substrings of it are looked up in an index, which takes longer to build than a few
scans."""

from typing import Dict, List, NamedTuple

import numpy as np
from numpy.typing import NDArray

# How many characters are scanned before an index is built.
MAX_SCANNED = 5_000_000
# The longest substrings in an index. Longer ones are compared with the text.
_MAX_SIZE = 8
# Of the polynomial that makes a number of a substring; odd, as large as the numbers.
_BASE = 0x9E3779B97F4A7C15


class _Index(NamedTuple):
    """Substrings of one size.

    numbers (NDArray[uint64]): Their numbers, in ascending order.
    starts (NDArray[int64]): Where each begins.
    """

    numbers: NDArray[np.uint64]
    starts: NDArray[np.int64]


class Occurrences:
    """Finder of strings in a text.

    text (str): The text.
    max_scanned (int): How many characters are scanned before an index is built.
    """

    def __init__(self, text: str, max_scanned: int = MAX_SCANNED) -> None:
        self._text = text
        self._n_left = max_scanned
        self._found: Dict[str, List[int]] = {}
        self._indices: Dict[int, _Index] = {}

    def find(self, part: str) -> List[int]:
        """Find a string, overlapping occurrences included.

        part (str): The string, not empty.
        RETURNS (List[int]): The offsets of its first characters, in order.
        """
        if part not in self._found:
            self._found[part] = self._look_up(part) if self._n_left <= 0 else self._scan(part)
        return self._found[part]

    def _scan(self, part: str) -> List[int]:
        self._n_left -= len(self._text)
        starts = []
        start = self._text.find(part)
        while start >= 0:
            starts.append(start)
            start = self._text.find(part, start + 1)
        return starts

    def _look_up(self, part: str) -> List[int]:
        size = 1 << (min(len(part), _MAX_SIZE).bit_length() - 1)
        n_before = len(part) - size
        # Of names such as "Station 1" and "Station 2", the end tells more than the beginning.
        by_start = self._find_substring(part[:size])
        by_end = self._find_substring(part[n_before:]) - n_before
        starts = min(by_start, by_end, key=len).tolist()
        return [start for start in starts if start >= 0 and self._text.startswith(part, start)]

    def _find_substring(self, part: str) -> NDArray[np.int64]:
        """Find where substrings with the number of another one begin."""
        if len(part) not in self._indices:
            numbers = _number(self._text, len(part))
            order = np.argsort(numbers, kind="stable")
            self._indices[len(part)] = _Index(numbers[order], order)
        index = self._indices[len(part)]
        (number,) = _number(part, len(part))
        first, last = (np.searchsorted(index.numbers, number, side) for side in ("left", "right"))
        return index.starts[first:last]


def _number(text: str, size: int) -> NDArray[np.uint64]:
    """Number the substrings of a size that is a power of two."""
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    numbers = codes.astype(np.uint64)
    width = 1
    while width < size:
        # Two neighbours of half the size make one.
        factor = np.uint64(pow(_BASE, width, 2**64))
        numbers = numbers[:-width] * factor + numbers[width:]
        width *= 2
    return numbers

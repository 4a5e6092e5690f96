"""Offsets of tokens in a text, for formats with tokens."""

import unicodedata
from bisect import bisect_left, bisect_right
from operator import itemgetter
from typing import List, Optional, Sequence, Tuple

from .records import Argument

_SYMBOLS = ("So", "Sk")


class TokenText:
    """Text with the offsets of its tokens.

    Unless the data have the text, it is joined from the tokens: with a space between two of them,
    but none beside Chinese and Japanese characters and punctuation.

    tokens (Sequence[str]): The tokens.
    text (Optional[str]): The text of the tokens, if the data have it.
    RAISES (ValueError): If a token is not in the text, or not after the one before it.
    """

    def __init__(self, tokens: Sequence[str], text: Optional[str] = None) -> None:
        self.text = _join(tokens) if text is None else text
        self.offsets = _find_offsets(tokens, self.text)

    def argument(self, start: int, end: int, kind: str = "") -> Argument:
        """Build an argument from a span of tokens.

        start (int): Its first token.
        end (int): The token after its last one.
        kind (str): Its type.
        RETURNS (Argument): The argument, with its offsets.
        RAISES (ValueError): If there are no such tokens.
        """
        if not 0 <= start < end <= len(self.offsets):
            raise ValueError(
                f"there are no tokens {start} to {end}: the text has {len(self.offsets)}"
            )
        first, last = self.offsets[start][0], self.offsets[end - 1][1]
        return Argument(self.text[first:last], kind, first, last)


def find_tokens(tokens: Sequence[Tuple[int, int]], start: int, end: int) -> Tuple[int, int]:
    """Find the tokens of an argument, the inverse of `TokenText.argument`.

    tokens (Sequence[Tuple[int, int]]): Offsets of the tokens of the text.
    start (int): The offset of the first character of the argument.
    end (int): The offset after its last character.
    RETURNS (Tuple[int, int]): Its first token, and the token after its last one.
    RAISES (ValueError): If there are no tokens there.
    """
    first = bisect_right(tokens, start, key=itemgetter(1))
    last = bisect_left(tokens, end, key=itemgetter(0))
    if first >= last:
        raise ValueError(f"there are no tokens at the characters {start} to {end}")
    return first, last


def _join(tokens: Sequence[str]) -> str:
    parts: List[str] = []
    for token in tokens:
        if (
            parts
            and parts[-1]
            and token
            and not (_is_unspaced(parts[-1][-1]) or _is_unspaced(token[0]))
        ):
            parts.append(" ")
        parts.append(token)
    return "".join(parts)


def _is_unspaced(char: str) -> bool:
    is_wide = unicodedata.east_asian_width(char) in "WF"
    # Wide as well, but with spaces around them: Korean words, and symbols such as emoji.
    is_korean = unicodedata.name(char, "").startswith("HANGUL")
    return is_wide and not is_korean and unicodedata.category(char) not in _SYMBOLS


def _find_offsets(tokens: Sequence[str], text: str) -> List[Tuple[int, int]]:
    offsets = []
    end = 0
    for token in tokens:
        start = text.find(token, end)
        if start < 0:
            raise ValueError(f"the token {token!r} is not in the text after character {end}")
        end = start + len(token)
        offsets.append((start, end))
    return offsets

"""A tokenizer for Chinese text, with words of other scripts.

The arguments of triples start and end at token boundaries, so tokens must have vectors of their
own. A wordpiece vocabulary splits Chinese into characters but may have "1981" as one piece: tokens
of single characters would share that piece, and its one vector. Hence one token per Han character
or symbol, one per run of letters, one per run of digits.
"""

import re
from typing import Callable

from spacy.language import Language
from spacy.tokenizer import Tokenizer

# Unicode's Han script. Planes 2 and 3 are set aside for ideographs as a whole, which makes the
# pattern independent of the Unicode version that Python knows.
_HAN = r"\u3005\u3007\u3021-\u3029\u3038-\u303b\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_HAN += r"\U00020000-\U0003ffff"
# \w takes these for letters: fractions, superscripts, Roman and encircled numbers.
_NUMBER_SYMBOLS = r"\u00b2\u00b3\u00b9\u00bc-\u00be\u2070-\u209f\u2150-\u218f\u2460-\u24ff"
_NUMBER_SYMBOLS += r"\u2776-\u2793\u3190-\u319f\u3200-\u32ff"
# Accents and variation selectors belong to the character before them.
_MARKS = r"[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe00-\ufe0f\ufe20-\ufe2f"
_MARKS += r"\U000e0100-\U000e01ef]*"

_LETTER = rf"(?![{_HAN}{_NUMBER_SYMBOLS}])[^\W\d_]"
_TOKEN = re.compile(rf"(?:{_LETTER}{_MARKS})+|(?:\d{_MARKS})+|\S{_MARKS}")


def make_chinese_tokenizer() -> Callable[[Language], Tokenizer]:
    """Make a tokenizer of Han characters, letter runs and digit runs.

    Registered as `spacy-spo.ChineseTokenizer.v1`. It is a `spacy.tokenizer.Tokenizer` with one
    infix pattern, so it is saved, loaded and customised like any other, and keeps the text
    unchanged.

    RETURNS (Callable[[Language], Tokenizer]): Builds the tokenizer of a pipeline.
    """

    def create_tokenizer(nlp: Language) -> Tokenizer:
        # spaCy skips an infix at the start of a string and makes a token of the text before the
        # next one: since the matches have no gaps, that token is the skipped infix.
        return Tokenizer(nlp.vocab, infix_finditer=_TOKEN.finditer)

    return create_tokenizer

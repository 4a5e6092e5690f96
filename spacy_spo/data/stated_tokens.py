"""Tokens of arguments whose text the data state.

Some data count the last token of an argument, some the token after it, and data of one format may
do either. The stated text decides.
"""

from .records import Argument
from .tokens import TokenText


def find_stated(tokens: TokenText, start: int, end: int, stated: str, kind: str = "") -> Argument:
    """Find the tokens of an argument by its stated text.

    tokens (TokenText): The text and its tokens.
    start (int): The first token of the argument.
    end (int): Its last token, or the one after it.
    stated (str): Its text in the data.
    kind (str): Its type.
    RETURNS (Argument): The argument, with its offsets.
    RAISES (ValueError): If its text is not at these tokens.
    """
    for after in (end, end + 1):
        if 0 <= start < after <= len(tokens.offsets):
            argument = tokens.argument(start, after, kind)
            if is_same_text(argument.text, stated):
                return argument
    raise ValueError(f"the text {stated!r} is not at the tokens {start} to {end}")


def is_same_text(found: str, stated: str) -> bool:
    """Tell whether two texts differ in nothing but case and white space.

    found (str): The text of an argument in the text.
    stated (str): Its text in the data. Some corpora have it in lower case, or without the spaces
        between tokens.
    RETURNS (bool): Whether they are the same.
    """
    return _squeeze(found) == _squeeze(stated)


def _squeeze(text: str) -> str:
    return "".join(text.split()).casefold()

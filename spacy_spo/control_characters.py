"""Control characters in data: made visible before they reach a terminal.

A terminal obeys them: they move the cursor, set its title, reverse the order of letters, or hide
what comes before. In texts, predicates and file names they are data.
"""

import re
from typing import Match

# C0 and C1 controls, separators of lines and paragraphs, controls of the writing direction, and
# halves of surrogate pairs, which cannot be printed.
_CONTROLS = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)


def escape_controls(text: str, keep: str = "") -> str:
    r"""Make control characters visible.

    text (str): Any text.
    keep (str): Characters to leave as they are, e.g. line ends.
    RETURNS (str): The text with escapes such as `\x1b`, `\n` and `\u202e` in their place.
    """
    return _CONTROLS.sub(lambda match: match[0] if match[0] in keep else _escape(match), text)


def escape_json(text: str) -> str:
    r"""Escape control characters in JSON.

    text (str): JSON in one line.
    RETURNS (str): JSON with the same content.
    """
    return _CONTROLS.sub(lambda match: rf"\u{ord(match[0]):04x}", text)


def _escape(match: Match[str]) -> str:
    return match[0].encode("unicode_escape").decode("ascii")

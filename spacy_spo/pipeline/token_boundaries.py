"""Where tokens end, compared with those of the training.

Lengths of tokens vary with the kind of text; where a tokenizer cuts does not. A tokenizer of Han
characters cuts between any two, a tokenizer of words between half of them. Between two letters,
hardly any tokenizer cuts, and before white space every one does, unless tokens are merged.
"""

import re
from collections import Counter
from typing import Dict, Iterable, List, Mapping, Optional

from spacy.tokens import Doc

_HAN = "\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff"
_LETTER = rf"[^\W\d_{_HAN}]"
# Places in a text where a token may end, by what is before and after.
_PLACES = re.compile(
    rf"(?P<han>(?<=[{_HAN}])[{_HAN}])|(?P<letters>(?<={_LETTER}){_LETTER})"
    r"|(?P<digits>(?<=\d)\d)|(?P<spaces>(?<=\w)\s)"
)
_NAMES = {
    "han": "between Chinese characters",
    "letters": "between letters",
    "digits": "between digits",
    "spaces": "before white space",
}
# How far the share of boundaries may be from that of the training. In text full of contractions,
# English tokens end at 14 % of the places between letters, in other text at 0 %. Chinese words end
# at 29 to 61 % of the places of a text. If all places of the training are boundaries, that is a
# rule of its tokenizer: even few merged tokens break it.
_TOLERANCE = 0.25
_TOLERANCE_OF_A_RULE = 0.02
# The fewest places of a kind for a judgement.
_ENOUGH = 100
# Characters of one batch, which take 2 milliseconds, and places from which training learns.
_MAX_CHARACTERS = 2000
_MAX_PLACES = 20_000

# By kind of place, how many are token boundaries, and how many there are.
Boundaries = Dict[str, List[int]]


def add_boundaries(docs: Iterable[Doc], counts: Boundaries) -> None:
    """Count the token boundaries of the first Docs of a batch.

    docs (Iterable[Doc]): The Docs.
    counts (Boundaries): The counts so far, added to.
    """
    places: Counter[str] = Counter()
    boundaries: Counter[str] = Counter()
    n_characters = 0
    for doc in docs:
        text = doc.text[:_MAX_CHARACTERS]
        tokens = doc[: len(text)]
        ends = {end for token in tokens for end in (token.idx, token.idx + len(token))}
        for place in _PLACES.finditer(text):
            places[str(place.lastgroup)] += 1
            boundaries[str(place.lastgroup)] += place.start() in ends
        n_characters += len(text)
        if n_characters >= _MAX_CHARACTERS:
            break
    for kind, total in places.items():
        # One assignment for both numbers: threads may count at the same time.
        before = counts.get(kind, [0, 0])
        counts[kind] = [before[0] + boundaries[kind], before[1] + total]


def is_learned(counts: Boundaries) -> bool:
    """Check whether training has learned enough of the tokens.

    counts (Boundaries): The counts of the training.
    RETURNS (bool): Whether it has.
    """
    return sum(total for _, total in counts.values()) >= _MAX_PLACES


def explain_departure(seen: Boundaries, learned: Mapping[str, List[int]]) -> Optional[str]:
    """Explain where Docs are cut otherwise than those of the training.

    seen (Boundaries): Counts of Docs. A kind of place with enough is judged, and starts anew.
    learned (Mapping[str, List[int]]): Counts of the training.
    RETURNS (Optional[str]): The kind of place and both shares; None if they are alike.
    """
    for kind, count in list(seen.items()):
        if min(count[1], learned.get(kind, [0, 0])[1]) < _ENOUGH:
            continue
        seen.pop(kind, None)
        share, expected = (n_boundaries / total for n_boundaries, total in (count, learned[kind]))
        tolerance = _TOLERANCE_OF_A_RULE if expected == 1 else _TOLERANCE
        if abs(share - expected) > tolerance:
            return f"{share:.0%} of the places {_NAMES[kind]}, in training at {expected:.0%}"
    return None

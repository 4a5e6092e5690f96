"""Longer training texts, made of short ones.

Who trains on single sentences and reads whole documents asks for what was never learned: that the
subject of one sentence and the object of another do not belong together.
"""

import random
from collections import deque
from typing import Deque, Iterator

from spacy.language import Language
from spacy.tokens import Doc
from spacy.training import Example

from .triples import has_triples, join_docs


class TextJoiner:
    """Joins some training texts to longer ones, registered as `spacy-spo.join_texts.v1`.

    An augmenter for `[corpora.train.augmenter]`. A text that is joined follows others that came
    before it, so every text is there once at least, alone or in company. spaCy augments a corpus
    once, before the first epoch, or anew for each epoch if `max_epochs` is -1. Texts without
    annotation are left alone.

    level (float): The share of the texts that are joined to others, in [0, 1].
    max_texts (int): The most texts of a joined one; how many is drawn evenly from 2 on.
    ensure_whitespace (bool): Whether two texts are joined by a space. Not so in Chinese.
    RAISES (ValueError): If `level` or `max_texts` is out of its range.
    """

    def __init__(self, level: float, max_texts: int = 3, ensure_whitespace: bool = True) -> None:
        if not 0 <= level <= 1 or max_texts < 2:
            raise ValueError(
                "The joiner takes a level in [0, 1] and max_texts of at least 2, not "
                f"{level} and {max_texts}."
            )
        self.level = level
        self.max_texts = max_texts
        self.ensure_whitespace = ensure_whitespace
        self._earlier: Deque[Doc] = deque(maxlen=max_texts - 1)

    def __call__(self, nlp: Language, example: Example) -> Iterator[Example]:
        """YIELDS (Example): The example, or one that ends with it."""
        if not has_triples(example.reference):
            yield example
            return
        company = list(self._earlier)
        self._earlier.append(example.reference)
        if not company or random.random() >= self.level:
            yield example
            return
        company = company[-random.randint(1, len(company)) :]
        joined = join_docs([*company, example.reference], self.ensure_whitespace)
        yield Example(nlp.make_doc(joined.text), joined)

"""Longer training texts, made of short ones.

Who trains on single sentences and reads whole documents asks for what was never learned: that the
subject of one sentence and the object of another do not belong together.
"""

import random
from typing import Iterator, List

from spacy.language import Language
from spacy.tokens import Doc
from spacy.training import Example

from .triples import has_triples, join_docs


class TextJoiner:
    """Joins some training texts to longer ones, registered as `spacy-spo.join_texts.v1`.

    An augmenter for `[corpora.train.augmenter]`. No text is lost: one that waits for others when
    the corpus ends goes into the next epoch. Texts without annotation are left alone.

    level (float): The share of the texts that are joined, in [0, 1].
    max_texts (int): The most texts of a joined one; how many is drawn evenly from 2 on.
    ensure_whitespace (bool): Whether two texts are joined by a space. Not so in Chinese.
    RAISES (ValueError): If `level` or `max_texts` is out of its range.
    """

    def __init__(self, level: float, max_texts: int = 4, ensure_whitespace: bool = True) -> None:
        if not 0 <= level <= 1 or max_texts < 2:
            raise ValueError(
                "The joiner takes a level in [0, 1] and max_texts of at least 2, not "
                f"{level} and {max_texts}."
            )
        self.level = level
        self.max_texts = max_texts
        self.ensure_whitespace = ensure_whitespace
        self._waiting: List[Doc] = []
        self._wanted = 0

    def __call__(self, nlp: Language, example: Example) -> Iterator[Example]:
        """YIELDS (Example): The example, or a joined one once it has all its texts."""
        if not has_triples(example.reference) or random.random() >= self.level:
            yield example
            return
        self._wanted = self._wanted or random.randint(2, self.max_texts)
        self._waiting.append(example.reference)
        if len(self._waiting) == self._wanted:
            joined = join_docs(self._waiting, self.ensure_whitespace)
            self._waiting, self._wanted = [], 0
            yield Example(nlp.make_doc(joined.text), joined)

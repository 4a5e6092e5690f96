"""Augmentation: longer training texts, joined of short ones.

A pipeline that is trained on single sentences and applied to whole documents has not learned that
the subject of one sentence and the object of another seldom belong together.
"""

import random
from collections import deque
from typing import Any, Deque, Iterator, Optional

from spacy.language import Language
from spacy.tokens import Doc
from spacy.training import Example

from .triples import find_triple_keys, join_docs


class TextJoiner:
    """Join some training texts to longer ones, registered as `spacy-spo.join_texts.v1`.

    An augmenter for `[corpora.train.augmenter]`. A joined text follows some of the texts before it,
    so every text is in the corpus at least once, alone or joined. spaCy augments a corpus once,
    before the first epoch, or anew for each epoch if `max_epochs` is -1. Unannotated texts stay as
    they are.

    level (float): The share of the texts that are joined to others, in [0, 1].
    max_texts (int): The most texts of a joined one; their number is drawn evenly from 2 on.
    ensure_whitespace (bool): Whether two texts are joined by a space. Not so in Chinese.
    seed (Optional[int]): Seeds a random generator of this joiner alone. None takes the generator
        that spaCy seeds for the whole training.
    RAISES (ValueError): If `level` or `max_texts` is out of its range.
    """

    def __init__(
        self,
        level: float,
        max_texts: int = 3,
        ensure_whitespace: bool = True,
        seed: Optional[int] = None,
    ) -> None:
        if not 0 <= level <= 1 or max_texts < 2:
            raise ValueError(
                "The joiner takes a level in [0, 1] and max_texts of at least 2, not "
                f"level={level} and max_texts={max_texts}."
            )
        self.level = level
        self.max_texts = max_texts
        self.ensure_whitespace = ensure_whitespace
        # The module's own generator is the one that `spacy.util.fix_random_seed` seeds.
        self._random: Any = random if seed is None else random.Random(seed)
        # spaCy hands over one example at a time: these are the last texts before it.
        self._earlier: Deque[Doc] = deque(maxlen=max_texts - 1)

    def __call__(self, nlp: Language, example: Example) -> Iterator[Example]:
        """Join an example to some of the texts before it.

        nlp (Language): The pipeline.
        example (Example): The next example of the corpus.
        YIELDS (Example): The example, or a longer one that ends with it.
        """
        keys = find_triple_keys(example.reference)
        if not keys:
            yield example
            return
        # A text without annotation under one of the keys would make the joined one unannotated.
        earlier = [doc for doc in self._earlier if set(find_triple_keys(doc)) == set(keys)]
        self._earlier.append(example.reference)
        if not earlier or self._random.random() >= self.level:
            yield example
            return
        chosen = earlier[-self._random.randint(1, len(earlier)) :]
        joined = join_docs([*chosen, example.reference], self.ensure_whitespace)
        yield Example(nlp.make_doc(joined.text), joined)

"""Wordpiece case, for encoders with a lower-casing tokenizer.

Names end where capitals end, and such an encoder never sees capitals. BERT has an embedding of
token types, to tell two sentences apart; single texts have type 0 everywhere. Here the types are
those of case, so that every layer sees it, and the pretrained model is unchanged at first.
"""

from functools import lru_cache
from typing import Any, Sequence

import numpy
import torch

# No capitals; the first letter alone; capitals alone; any other mixture.
LOWER, TITLE, UPPER, MIXED = range(4)
N_CASES = 4


def case_types(texts: Sequence[str], offsets: numpy.ndarray) -> numpy.ndarray:
    """Classify wordpieces by case.

    texts (Sequence[str]): The texts of the spans.
    offsets (ndarray): First character of each wordpiece and the one after its last, (n_spans, T,
        2); the same for special wordpieces.
    RETURNS (ndarray): `LOWER`, `TITLE`, `UPPER` or `MIXED`, (n_spans, T).
    """
    types = [
        [case_of(text[start:end]) for start, end in span]
        for text, span in zip(texts, offsets.tolist())
    ]
    return numpy.asarray(types, dtype="int64").reshape(offsets.shape[:2])


@lru_cache(maxsize=2**16)
def case_of(piece: str) -> int:
    """Classify a wordpiece by case.

    piece (str): Its text, not lower-cased.
    RETURNS (int): Its case; a single capital is `TITLE`.
    """
    piece = piece.strip()  # those of SentencePiece begin with the space before them
    if not any(char.isupper() for char in piece):
        return LOWER
    if piece[:1].isupper() and not any(char.isupper() for char in piece[1:]):
        return TITLE
    return UPPER if piece.isupper() else MIXED


def learn_case(encoder: Any) -> None:
    """Give an encoder an embedding for each case.

    At first all equal that of token type 0.

    encoder (PreTrainedModel): The encoder, changed in place with its config.
    RAISES (ValueError): If it has no token types.
    """
    old = getattr(getattr(encoder, "embeddings", None), "token_type_embeddings", None)
    if old is None:
        raise ValueError(
            f"mark_case needs an encoder with token types, as BERT has them: {encoder.name_or_path}"
            " has none. Set mark_case = false; with a cased tokenizer it is not needed."
        )
    new = torch.nn.Embedding(N_CASES, old.embedding_dim).to(old.weight)
    new.weight.data[:] = old.weight.data[0]
    encoder.embeddings.token_type_embeddings = new
    encoder.config.type_vocab_size = N_CASES

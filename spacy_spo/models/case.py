"""The case of wordpieces, for encoders whose tokenizer folds it.

Names end where capitals end, and an encoder that never sees them cannot know. BERT has an embedding
of token types, for its task of telling two sentences apart; texts that are read alone have type 0
everywhere. Here the types are those of case, so that every layer sees it and the pretrained model
is unchanged until it has learned what case says.
"""

from functools import lru_cache
from typing import Any, Sequence

import numpy
import torch

# Without capitals or letters; first letter capital; capitals alone; any other mixture.
LOWER, TITLE, UPPER, MIXED = range(4)
N_CASES = 4


def case_types(texts: Sequence[str], offsets: numpy.ndarray) -> numpy.ndarray:
    """Tell the case of wordpieces.

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
    """RETURNS (int): The case of a wordpiece as it stands in the text. One capital is `TITLE`."""
    piece = piece.strip()  # those of SentencePiece begin with the space before them
    if not any(char.isupper() for char in piece):
        return LOWER
    if piece[:1].isupper() and not any(char.isupper() for char in piece[1:]):
        return TITLE
    return UPPER if piece.isupper() else MIXED


def learn_case(encoder: Any) -> None:
    """Give an encoder an embedding of each case, all of them that of token type 0.

    encoder (PreTrainedModel): Changed in place, its config too.
    RAISES (ValueError): If it has no token types.
    """
    old = getattr(getattr(encoder, "embeddings", None), "token_type_embeddings", None)
    if old is None:
        raise ValueError(
            f"mark_case needs an encoder with token types, as BERT has them: {encoder.name_or_path}"
            " has none. Turn it off; an encoder whose tokenizer keeps case does not need it."
        )
    new = torch.nn.Embedding(N_CASES, old.embedding_dim).to(old.weight)
    new.weight.data[:] = old.weight.data[0]
    encoder.embeddings.token_type_embeddings = new
    encoder.config.type_vocab_size = N_CASES

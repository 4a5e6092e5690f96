"""Pipelines on streams of texts, with errors that name the text."""

import reprlib
from collections import deque
from typing import Deque, Iterable, Iterator, Optional, Sequence, Tuple

from spacy.language import Language
from spacy.tokens import Doc


class TextError(ValueError):
    """Error of a component, or of the tokenizer, in a text."""


def pipe_texts(
    nlp: Language,
    texts: Iterable[str],
    *,
    batch_size: Optional[int] = None,
    disable: Sequence[str] = (),
    first: int = 1,
) -> Iterator[Doc]:
    """Run a pipeline on a stream of texts.

    nlp (Language): The pipeline.
    texts (Iterable[str]): The texts, consumed batch by batch. Errors of the stream itself are not
        changed.
    batch_size (Optional[int]): Number of texts in a batch; `nlp.batch_size` by default.
    disable (Sequence[str]): Names of components to leave out.
    first (int): The number of the first text, for errors.
    YIELDS (Doc): A Doc for each text, in order.
    RAISES (TextError): At any error of a component or of the tokenizer.
    """
    stream = _NumberedTexts(texts, first)
    docs = nlp.pipe(stream, as_tuples=True, batch_size=batch_size, disable=list(disable))
    try:
        for doc, number in docs:
            stream.forget(number)
            yield doc
    except Exception as error:
        if error is stream.error:
            raise
        raise TextError(_explain(nlp, stream.waiting, disable, error)) from error


class _NumberedTexts:
    """Texts with their numbers, and which of them have no Doc yet."""

    def __init__(self, texts: Iterable[str], first: int) -> None:
        self.texts = texts
        self.first = first
        self.waiting: Deque[Tuple[int, str]] = deque()
        self.error: Optional[Exception] = None

    def __iter__(self) -> Iterator[Tuple[str, int]]:
        try:
            for number, text in enumerate(self.texts, start=self.first):
                self.waiting.append((number, text))
                yield text, number
        except Exception as error:
            self.error = error
            raise

    def forget(self, number: Optional[int]) -> None:
        # A component may return another Doc, which has no number.
        if number is None:
            number = self.waiting[0][0]
        # An error handler may have dropped some before.
        while self.waiting and self.waiting[0][0] <= number:
            self.waiting.popleft()


def _explain(
    nlp: Language, waiting: Sequence[Tuple[int, str]], disable: Sequence[str], error: Exception
) -> str:
    """Explain an error by its text, or else by its batch."""
    for number, text in waiting:
        try:
            nlp(text, disable=list(disable))
        except Exception as cause:
            return f"Text {number} ({reprlib.repr(text)}): {_describe(cause)}"
    if not waiting:
        return f"The end of the texts: {_describe(error)}"
    where = f"Texts {waiting[0][0]} to {waiting[-1][0]} together"
    reason = _describe(error).removesuffix(".")
    return f"{where}: {reason}. Each text alone runs: take a smaller batch size."


def _describe(error: Exception) -> str:
    # Messages of other errors are often no sentences, such as that of a KeyError.
    return str(error) if isinstance(error, ValueError) else f"{type(error).__name__}: {error}"

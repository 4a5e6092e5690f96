"""Pipelines on streams of texts, with errors that name the text."""

import reprlib
from collections import deque
from typing import (
    Any,
    Deque,
    Iterable,
    Iterator,
    Mapping,
    NamedTuple,
    Optional,
    Sequence,
    Tuple,
    Union,
)

from spacy.language import Language
from spacy.tokens import Doc

from .provenance import TextItem, check_context, get_context, set_provenance

# What a pipeline runs on: a text, a text with its provenance, or a Doc.
TextLike = Union[str, TextItem, Doc]


class TextError(ValueError):
    """Error of a component, or of the tokenizer, in a text."""


def pipe_texts(
    nlp: Language,
    texts: Iterable[TextLike],
    *,
    batch_size: Optional[int] = None,
    disable: Sequence[str] = (),
    first: int = 1,
) -> Iterator[Doc]:
    """Run a pipeline on a stream of texts.

    nlp (Language): The pipeline.
    texts (Iterable[Union[str, TextItem, Doc]]): The texts, consumed batch by batch; some may be
        tuples of a text and its context, `{"id": ..., "meta": {...}}`, or Docs, which are changed
        in place. Errors of the stream itself are not changed.
    batch_size (Optional[int]): Number of texts in a batch; `nlp.batch_size` by default.
    disable (Sequence[str]): Names of components to leave out.
    first (int): The number of the first text, for errors.
    YIELDS (Doc): A Doc for each text, in order, with its id and meta data.
    RAISES (TextError): At any error of a component or of the tokenizer, or at an item that is no
        text.
    """
    stream = _NumberedTexts(nlp, texts, first)
    docs = nlp.pipe(stream, as_tuples=True, batch_size=batch_size, disable=list(disable))
    try:
        for doc, number in docs:
            context = stream.take_context(doc, number)
            # A component may have set them itself.
            if context:
                set_provenance(doc, **{**context, **get_context(doc)})
            yield doc
    except Exception as error:
        if error is stream.error:
            raise
        raise TextError(_explain(nlp, stream.waiting, disable, error)) from error


class _WaitingText(NamedTuple):
    """A text that has no Doc yet."""

    number: int
    source: Union[str, Doc]
    context: Mapping[str, Any]

    @property
    def text(self) -> str:
        return self.source.text if isinstance(self.source, Doc) else self.source

    def __str__(self) -> str:
        known = self.context.get("id")
        name = "" if known is None else f"id {known!r}, "
        return f"Text {self.number} ({name}{reprlib.repr(self.text)})"


class _NumberedTexts:
    """Texts with their numbers, and which of them have no Doc yet."""

    def __init__(self, nlp: Language, texts: Iterable[TextLike], first: int) -> None:
        self.nlp = nlp
        self.texts = texts
        self.first = first
        self.waiting: Deque[_WaitingText] = deque()
        self.error: Optional[Exception] = None

    def __iter__(self) -> Iterator[Tuple[Union[str, Doc], int]]:
        try:
            for number, item in enumerate(self.texts, start=self.first):
                waiting = _WaitingText(number, *_split(item, number))
                if isinstance(item, Doc) and item.vocab is not self.nlp.vocab:
                    raise TextError(
                        f"{waiting} is a Doc with another vocabulary than the pipeline. Load it "
                        "with `DocBin.get_docs(nlp.vocab)`, or pass its text."
                    )
                self.waiting.append(waiting)
                yield waiting.source, number
        except Exception as error:
            self.error = error
            raise

    def take_context(self, doc: Doc, number: Optional[int]) -> Mapping[str, Any]:
        """Take the context of a Doc, whose text waits no longer."""
        if number is None:
            return self._take_same(doc)
        context: Mapping[str, Any] = {}
        # An error handler may have dropped some before.
        while self.waiting and self.waiting[0].number <= number:
            context = self.waiting.popleft().context
        return context

    def _take_same(self, doc: Doc) -> Mapping[str, Any]:
        # A component returned another Doc, perhaps with other white space. Without a text like
        # that, it cannot be known whose Doc it is.
        words = doc.text.split()
        same = (text.number for text in self.waiting if text.text.split() == words)
        number = next(same, None)
        if number is None:
            self.waiting.popleft()
            return {}
        return self.take_context(doc, number)


def _split(item: Any, number: int) -> Tuple[Union[str, Doc], Mapping[str, Any]]:
    """Split an item into what the pipeline takes and its context."""
    if isinstance(item, str):
        return item, {}
    if isinstance(item, Doc):
        return item, get_context(item)
    if _is_pair(item):
        try:
            check_context(item[1])
        except ValueError as error:
            raise TextError(f"Text {number} ({reprlib.repr(item[0])}): {error}") from error
        return item
    raise TextError(
        f"Text {number} is {reprlib.repr(item)}. A text is a string, a tuple of a string and a "
        'dict with "id" and "meta", or a Doc.'
    )


def _is_pair(item: Any) -> bool:
    is_pair = isinstance(item, tuple) and len(item) == 2
    return is_pair and isinstance(item[0], str) and isinstance(item[1], Mapping)


def _explain(
    nlp: Language, waiting: Sequence[_WaitingText], disable: Sequence[str], error: Exception
) -> str:
    """Explain an error by its text, or else by its batch."""
    for text in waiting:
        source = text.source
        try:
            nlp(source.copy() if isinstance(source, Doc) else source, disable=list(disable))
        except Exception as cause:
            return f"{text}: {_describe(cause)}"
    if not waiting:
        return f"The end of the texts: {_describe(error)}"
    where = f"Texts {waiting[0].number} to {waiting[-1].number} together"
    reason = _describe(error).removesuffix(".")
    return f"{where}: {reason}. Each text alone runs: take a smaller batch size."


def _describe(error: Exception) -> str:
    # Messages of other errors are often no sentences, such as that of a KeyError.
    return str(error) if isinstance(error, ValueError) else f"{type(error).__name__}: {error}"

"""Filters of annotated gold.

A Doc is annotated if triples were set, even none at all.
"""

from typing import Callable, Generic, Iterable, Iterator, Set, TypeVar

from spacy.tokens import Doc
from spacy.training import Example

from ..triples import TRIPLES_KEY, explain_other_keys, find_triple_keys, has_triples

ItemT = TypeVar("ItemT")


class Annotated(Generic[ItemT]):
    """The annotated items of a stream, with a count of the others.

    items (Iterable[ItemT]): The stream, consumed once.
    get_gold (Callable[[ItemT], Doc]): Takes an item, returns its gold Doc.
    spans_key (str): The key of the gold triples in `doc.spans`.
    n_annotated (int): Annotated items so far.
    n_unannotated (int): Skipped items so far.
    """

    def __init__(
        self, items: Iterable[ItemT], get_gold: Callable[[ItemT], Doc], spans_key: str
    ) -> None:
        self._items = items
        self._get_gold = get_gold
        self._spans_key = spans_key
        self._other_keys: Set[str] = set()
        self.n_annotated = self.n_unannotated = 0

    def __iter__(self) -> Iterator[ItemT]:
        for item in self._items:
            gold = self._get_gold(item)
            if has_triples(gold, self._spans_key):
                self.n_annotated += 1
                yield item
            else:
                self.n_unannotated += 1
                self._other_keys.update(find_triple_keys(gold))

    def require_some(self, corpus: str = "") -> None:
        """Check a consumed stream for annotated items.

        corpus (str): The corpus that it comes from, for the error.
        RAISES (ValueError): If there were none.
        """
        self.refuse_other_keys()
        if not self.n_annotated:
            raise ValueError(
                f"No text{corpus and f' of {corpus}'} has gold triples: none of "
                f"{self.n_unannotated} Docs is annotated. Convert annotations with `spacy spo "
                "convert`, or set doc._.spo_triples; an empty list annotates a text without "
                "triples."
            )

    def refuse_other_keys(self) -> None:
        """Check a consumed stream for triples of other keys.

        RAISES (ValueError): If there are some, and no annotated items.
        """
        if self._other_keys and not self.n_annotated:
            reason = explain_other_keys(self._spans_key, self._other_keys)
            raise ValueError(f"None of {self.n_unannotated} Docs is annotated. {reason}")


def annotated_docs(docs: Iterable[Doc], spans_key: str = TRIPLES_KEY) -> Annotated[Doc]:
    """Filter annotated Docs.

    docs (Iterable[Doc]): Gold Docs, consumed as they are needed.
    spans_key (str): The key of the gold triples in `doc.spans`.
    RETURNS (Annotated[Doc]): An iterable of the annotated Docs that counts the others.
    """
    return Annotated(docs, lambda doc: doc, spans_key)


def annotated_examples(
    examples: Iterable[Example], spans_key: str = TRIPLES_KEY
) -> Annotated[Example]:
    """Filter examples with an annotated reference.

    examples (Iterable[Example]): Predicted and gold Docs, consumed as they are needed.
    spans_key (str): The key of the gold triples in `doc.spans`.
    RETURNS (Annotated[Example]): An iterable of those examples that counts the others.
    """
    return Annotated(examples, lambda example: example.reference, spans_key)

"""Filters of annotated gold.

A Doc is annotated if triples were set, even none at all.
"""

from typing import Callable, Generic, Iterable, Iterator, TypeVar

from spacy.tokens import Doc
from spacy.training import Example

from ..triples import has_triples

ItemT = TypeVar("ItemT")


class Annotated(Generic[ItemT]):
    """The annotated items of a stream, with a count of the others.

    items (Iterable[ItemT]): The stream, consumed once.
    get_gold (Callable[[ItemT], Doc]): Takes an item, returns its gold Doc.
    n_annotated (int): Annotated items so far.
    n_unannotated (int): Skipped items so far.
    """

    def __init__(self, items: Iterable[ItemT], get_gold: Callable[[ItemT], Doc]) -> None:
        self._items = items
        self._get_gold = get_gold
        self.n_annotated = self.n_unannotated = 0

    def __iter__(self) -> Iterator[ItemT]:
        for item in self._items:
            if has_triples(self._get_gold(item)):
                self.n_annotated += 1
                yield item
            else:
                self.n_unannotated += 1

    def require_some(self) -> None:
        """Check a consumed stream for annotated items.

        RAISES (ValueError): If there were none.
        """
        if not self.n_annotated:
            raise ValueError(
                f"No text has gold triples: none of {self.n_unannotated} Docs is annotated. "
                "Convert annotations with `spacy spo convert`, or set doc._.spo_triples; an "
                "empty list annotates a text without triples."
            )


def annotated_docs(docs: Iterable[Doc]) -> Annotated[Doc]:
    """Filter annotated Docs.

    docs (Iterable[Doc]): Gold Docs, consumed as they are needed.
    RETURNS (Annotated[Doc]): An iterable of the annotated Docs that counts the others.
    """
    return Annotated(docs, lambda doc: doc)


def annotated_examples(examples: Iterable[Example]) -> Annotated[Example]:
    """Filter examples with an annotated reference.

    examples (Iterable[Example]): Predicted and gold Docs, consumed as they are needed.
    RETURNS (Annotated[Example]): An iterable of those examples that counts the others.
    """
    return Annotated(examples, lambda example: example.reference)

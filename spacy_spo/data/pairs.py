"""Pairs of entities, for formats with one relation a record.

The pairs of one text make one record, wherever in the file they are. Otherwise a text would be
several Docs, each with the relations of the others missing.
"""

from typing import Any, Callable, Collection, Dict, List, Mapping, Optional

from .files import Item, MalformedRecord
from .format import Items
from .records import (
    NO_LABEL,
    LostTripleError,
    RawTriple,
    Record,
    build_record,
    is_no_relation,
)
from .values import find_id, get_meta, get_value

# The key of the pairs of a gathered record, and that of the label of a pair.
PAIRS = "pairs of the text"
RELATION = "relation"


def gather_pairs(items: Items, text_keys: Collection[str]) -> Items:
    """Gather the pairs of each text.

    items (Iterator[Union[Item, MalformedRecord]]): The items of a file, one a pair. They are all in
        memory: the last one may be of the first text.
    text_keys (Collection[str]): The keys of the text or its tokens.
    YIELDS (Union[Item, MalformedRecord]): The items, one a text. Each is its first pair, with all
        pairs under `PAIRS`.
    """
    gathered: Dict[str, Item] = {}
    for item in items:
        texts = [] if isinstance(item, MalformedRecord) else [item.value.get(k) for k in text_keys]
        if isinstance(item, MalformedRecord) or not any(texts):
            yield item
            continue
        first = gathered.setdefault(repr(texts), Item(item.location, {**item.value, PAIRS: []}))
        first.value[PAIRS].append(item.value)
    yield from gathered.values()


def get_pairs(item: Mapping[str, Any]) -> List[Mapping[str, Any]]:
    """Get the pairs of a record.

    item (Mapping[str, Any]): The record, gathered or not.
    RETURNS (List[Mapping[str, Any]]): Its pairs.
    """
    return get_value(item, PAIRS, list) if PAIRS in item else [item]


def build_pairs(
    text: str,
    item: Mapping[str, Any],
    parse: Callable[[Mapping[str, Any], str], RawTriple],
    known: Collection[str],
) -> Record:
    """Build the record of the pairs of a text.

    text (str): The text.
    item (Mapping[str, Any]): The record, gathered or not.
    parse (Callable[[Mapping[str, Any], str], RawTriple]): Parses a pair with its label.
    known (Collection[str]): Keys of the format, which are no further data.
    RETURNS (Record): The record; unannotated if no pair has a label.
    """
    pairs = get_pairs(item)
    meta = get_meta(item, (*known, PAIRS, RELATION))
    others: Dict[str, Any] = {"id": find_id(item, "id"), "meta": meta}
    if all(pair.get(RELATION) is None for pair in pairs):
        return Record(text, None, **others)

    def parse_pair(pair: Mapping[str, Any]) -> Optional[RawTriple]:
        label = _get_label(pair)
        return None if is_no_relation(label) else parse(pair, label)

    return build_record(text, pairs, parse_pair, **others)


def _get_label(pair: Mapping[str, Any]) -> str:
    if pair.get(RELATION) is None:
        raise LostTripleError(NO_LABEL, "the pair has no label, and others of its text have one")
    return get_value(pair, RELATION, str)

"""Pairs of entities, for formats with one relation an item.

The pairs of one text make one record, wherever in the file they are.
"""

from typing import Any, Callable, Collection, Hashable, Mapping

from .gathering import get_members
from .records import NO_LABEL, LostTripleError, RawTriple, Record, build_record
from .values import get_provenance, get_value, merge_provenance

# The key of the label of a pair.
RELATION = "relation"


def get_text_key(pair: Mapping[str, Any], text_keys: Collection[str]) -> Hashable:
    """Get what the pairs of one text have in common.

    pair (Mapping[str, Any]): A pair.
    text_keys (Collection[str]): The keys of the text or its tokens.
    RETURNS (Hashable): The text, as a key; None if it has none.
    """
    texts = [pair.get(key) for key in text_keys]
    return repr(texts) if any(texts) else None


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
    pairs = get_members(item)
    known = (*known, RELATION)
    provenance = merge_provenance(get_provenance(pair.value, known) for pair in pairs)
    if all(pair.value.get(RELATION) is None for pair in pairs):
        return Record(text, None, **provenance)
    return build_record(text, pairs, lambda pair: parse(pair, _get_label(pair)), **provenance)


def _get_label(pair: Mapping[str, Any]) -> str:
    if pair.get(RELATION) is None:
        raise LostTripleError(NO_LABEL, "the pair has no label, and others of its text have one")
    return get_value(pair, RELATION, str)

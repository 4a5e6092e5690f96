"""The format of DyGIE++, of SciERC, GENIA and WLPC.

`{"doc_key": "d1", "sentences": [["Hello", "."], ["Mara", "Quill", "runs", "Oldport"]], "ner": [[],
[[2, 3, "PER"], [5, 5, "ORG"]]], "relations": [[], [[5, 5, 2, 3, "chief"]]], "clusters": [],
"events": [[], []]}`, with a list of entities and of relations for each sentence. An entity is its
first and its last token, counted over the whole document, and its type; a relation is two entities
and a label. The sentences of a document are one text, built from the tokens. Coreference and events
are no triples; events are counted.

Source: Wadden et al. 2019, "Entity, Relation, and Event Extraction with Contextualized Span
Representations" (https://github.com/dwadden/dygiepp).
"""

from collections import Counter
from dataclasses import replace
from typing import Any, Iterator, List, Mapping, Set, Tuple

from ..entities import find_unique_types
from ..format import Format
from ..records import (
    EVENTS,
    SEVERAL_TYPES,
    UNTYPED_ENTITY,
    Argument,
    RawTriple,
    Record,
    build_record,
)
from ..tokens import TokenText
from ..values import check_value, get_list, get_optional_list, get_provenance, get_rows

_KEYS = (
    "sentences",
    "ner",
    "relations",
    "clusters",
    "events",
    "sentence_start",
    "_sentence_start",
)

_Span = Tuple[int, int]


class _Entities:
    """Arguments by their first and last token."""

    def __init__(self, tokens: TokenText, rows: List[Any]) -> None:
        self._tokens = tokens
        typed = [((row[0], row[1]), row[2]) for row in rows if _is_entity(row)]
        self._types = find_unique_types(typed)
        self._several = {span for span, kind in typed if kind} - set(self._types)
        self.n_malformed = len(rows) - len(typed)
        # The arguments with several types.
        self.untyped: Set[_Span] = set()

    def get(self, start: Any, end: Any) -> Argument:
        """Get an argument."""
        span = check_value(start, int, "a first token"), check_value(end, int, "a last token")
        argument = self._tokens.argument(span[0], span[1] + 1, self._types.get(span, ""))
        if span in self._several:
            self.untyped.add(span)
        return argument


def _is_entity(row: Any) -> bool:
    if not isinstance(row, list) or len(row) < 3:
        return False
    return isinstance(row[0], int) and isinstance(row[1], int) and isinstance(row[2], str)


def _parse_relation(row: Any, entities: _Entities) -> RawTriple:
    values = check_value(row, list, "a relation")
    if len(values) < 5:
        raise ValueError("a relation is two tokens of each of two entities, and a label")
    label = check_value(values[4], str, "the label of a relation")
    return RawTriple(entities.get(*values[:2]), label, entities.get(*values[2:4]))


def _flatten(sentences: List[Any]) -> Iterator[Any]:
    """Flatten lists by sentence; anything else is a row."""
    for sentence in sentences:
        is_list = isinstance(sentence, list) and not (sentence and isinstance(sentence[0], int))
        yield from sentence if is_list else [sentence]


def _matches(item: Mapping[str, Any]) -> bool:
    return "sentences" in item and not {"doc_key", "ner", "relations"}.isdisjoint(item)


def _parse(item: Mapping[str, Any]) -> Record:
    sentences = get_list(item, "sentences", list)
    tokens = TokenText([check_value(t, str, "a token") for s in sentences for t in s])
    predicted = [key for key in item if key.startswith("predicted_")]
    provenance = get_provenance(item, (*_KEYS, *predicted), "doc_key", "id")
    n_events = sum(1 for _ in _flatten(get_rows(item, "events")))
    relations = get_optional_list(item, "relations")
    entities = _Entities(tokens, list(_flatten(get_rows(item, "ner"))))
    record = build_record(
        tokens.text,
        None if relations is None else _flatten(relations),
        lambda row: _parse_relation(row, entities),
        notes={EVENTS: n_events, UNTYPED_ENTITY: entities.n_malformed},
        **provenance,
    )
    n_several = Counter({SEVERAL_TYPES: len(entities.untyped)})
    return replace(record, notes=Counter(record.notes) + n_several)


def _count_relations(item: Mapping[str, Any]) -> int:
    relations = item.get("relations")
    return sum(1 for _ in _flatten(relations)) if isinstance(relations, list) else 0


DYGIE = Format(
    "dygie",
    '"sentences" of tokens, and "relations" by sentence, of token indices',
    _matches,
    _parse,
    count=_count_relations,
    priority=3,
)

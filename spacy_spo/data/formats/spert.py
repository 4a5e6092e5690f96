"""The format of SpERT, of CoNLL04, SciERC and ADE.

`{"tokens": [...], "entities": [{"type": ..., "start": ..., "end": ...}], "relations":
[{"type": ..., "head": ..., "tail": ...}]}`, in one JSON array. `start` and `end` are tokens,
half-open; `head` and `tail` are indices of entities. The text is built from the tokens, unless
there is a key `text`, which this package writes. White space is no token.

Source: Eberts and Ulges 2020, "Span-based Joint Entity and Relation Extraction with Transformer
Pre-training" (https://github.com/lavis-nlp/spert).
"""

from typing import Any, Dict, List, Mapping, Tuple

from ..entities import from_label, get_character_offsets, index_entities, relate_numbered, to_label
from ..files import write_array
from ..format import OFFSETS, TYPES, Format
from ..records import Argument, Record
from ..tokens import TokenText, find_tokens
from ..values import get_list, get_value


def _parse(item: Mapping[str, Any]) -> Record:
    text = get_value(item, "text", str) if "text" in item else None
    tokens = TokenText(get_list(item, "tokens", str), text)
    entities = [_parse_entity(entity, tokens) for entity in get_list(item, "entities", dict)]
    relations = get_list(item, "relations", dict)
    return Record(tokens.text, [relate_numbered(relation, entities) for relation in relations])


def _parse_entity(entity: Mapping[str, Any], tokens: TokenText) -> Argument:
    start, end = get_value(entity, "start", int), get_value(entity, "end", int)
    return tokens.argument(start, end, from_label(get_value(entity, "type", str)))


def _dump(record: Record) -> Dict[str, Any]:
    triples = record.triples or []
    tokens = [(start, end) for start, end in record.tokens if not record.text[start:end].isspace()]
    entities = index_entities(triples)
    return {
        "text": record.text,
        "tokens": [record.text[start:end] for start, end in tokens],
        "entities": [_dump_entity(argument, tokens) for argument in entities],
        "relations": [
            {"type": t.predicate, "head": entities[t.subject], "tail": entities[t.object]}
            for t in triples
        ],
    }


def _dump_entity(argument: Argument, tokens: List[Tuple[int, int]]) -> Dict[str, Any]:
    start, end = find_tokens(tokens, *get_character_offsets(argument))
    return {"type": to_label(argument.type), "start": start, "end": end}


def _matches(item: Mapping[str, Any]) -> bool:
    return {"tokens", "entities", "relations"} <= set(item)


SPERT = Format(
    "spert",
    '"tokens", "entities" by token and "relations" of two entities',
    _matches,
    _parse,
    dump=_dump,
    represents=(OFFSETS, TYPES),
    write=write_array,
    priority=1,
)

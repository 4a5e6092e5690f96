"""The format of SpERT, in which CoNLL04, SciERC and ADE are published.

`{"tokens": [...], "entities": [{"type": ..., "start": ..., "end": ...}], "relations":
[{"type": ..., "head": ..., "tail": ...}]}`, in one JSON array. `start` and `end` count tokens, the
end not included; `head` and `tail` count entities. The text is put together from the tokens, unless
it stands under `text`, where this package writes it. White space is no token.

Source: Eberts and Ulges 2020, "Span-based Joint Entity and Relation Extraction with Transformer
Pre-training" (https://github.com/lavis-nlp/spert).
"""

from typing import Any, Dict, List, Mapping, Tuple

from ..entities import from_label, get_place, list_entities, relate_numbered, to_label
from ..format import OFFSETS, TYPES, Format
from ..records import Argument, Record, get_list, get_value
from ..tokens import TokenText, find_tokens


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
    entities = list_entities(triples)
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
    start, end = find_tokens(tokens, *get_place(argument))
    return {"type": to_label(argument.type), "start": start, "end": end}


def _matches(item: Mapping[str, Any]) -> bool:
    return {"tokens", "entities", "relations"} <= set(item)


SPERT = Format(
    "spert",
    '"tokens", "entities" by token and "relations" of two entities',
    _matches,
    _parse,
    dump=_dump,
    carries=(OFFSETS, TYPES),
    is_array=True,
)

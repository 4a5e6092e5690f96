"""The format of SpERT, of CoNLL04, SciERC and ADE.

`{"tokens": ["Mara", "Quill", "runs", "Oldport"], "entities": [{"type": "PER", "start": 0, "end":
2}, {"type": "ORG", "start": 3, "end": 4}], "relations": [{"type": "chief", "head": 1, "tail": 0}],
"orig_id": 7}`, in one JSON array. `start` and `end` are tokens, half-open; `head` and `tail` are
indices of entities. The text is built from the tokens, unless there is a key `text`, which this
package writes. White space is no token.

Source: Eberts and Ulges 2020, "Span-based Joint Entity and Relation Extraction with Transformer
Pre-training" (https://github.com/lavis-nlp/spert).
"""

from functools import partial
from typing import Any, Dict, List, Mapping, Tuple

from ..entities import (
    from_label,
    get_character_offsets,
    index_entities,
    number_entities,
    relate_numbered,
    to_label,
)
from ..files import write_array
from ..format import NEGATIVES, OFFSETS, PROVENANCE, TYPES, Format, count_lists
from ..records import Argument, Record, add_provenance, build_record, check_relation
from ..tokens import TokenText, find_tokens
from ..values import get_list, get_optional_list, get_provenance, get_rows, get_type, get_value

_KEYS = ("tokens", "entities", "relations")


def _parse(item: Mapping[str, Any]) -> Record:
    text = get_value(item, "text", str) if item.get("text") is not None else None
    tokens = TokenText(get_list(item, "tokens", str), text)
    rows = get_rows(item, "entities")
    entities = number_entities(rows, partial(_parse_entity, tokens=tokens))
    return build_record(
        tokens.text,
        get_optional_list(item, "relations"),
        partial(relate_numbered, entities=entities),
        **get_provenance(item, ("text", *_KEYS), "id", "orig_id"),
    )


def _parse_entity(entity: Mapping[str, Any], tokens: TokenText) -> Argument:
    start, end = get_value(entity, "start", int), get_value(entity, "end", int)
    return tokens.argument(start, end, from_label(get_type(entity, "type")))


def _dump(record: Record) -> Dict[str, Any]:
    triples = record.triples or []
    tokens = [(start, end) for start, end in record.tokens if not record.text[start:end].isspace()]
    entities = index_entities(triples)
    item = {
        "text": record.text,
        "tokens": [record.text[start:end] for start, end in tokens],
        "entities": [_dump_entity(argument, tokens) for argument in entities],
        "relations": [
            {
                "type": check_relation(t.predicate),
                "head": entities[t.subject],
                "tail": entities[t.object],
            }
            for t in triples
        ],
    }
    return add_provenance(item, record)


def _dump_entity(argument: Argument, tokens: List[Tuple[int, int]]) -> Dict[str, Any]:
    start, end = find_tokens(tokens, *get_character_offsets(argument))
    return {"type": to_label(argument.type), "start": start, "end": end}


def _matches(item: Mapping[str, Any]) -> bool:
    return all(key in item for key in _KEYS)


SPERT = Format(
    "spert",
    '"tokens", "entities" by token and "relations" of two entities',
    _matches,
    _parse,
    count=count_lists("relations"),
    dump=_dump,
    represents=(OFFSETS, TYPES, PROVENANCE, NEGATIVES),
    write=write_array,
    priority=1,
)

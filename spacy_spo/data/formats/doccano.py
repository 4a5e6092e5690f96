"""What doccano exports as JSONL with relations.

`{"id": 1, "text": "Mara Quill runs Oldport", "entities": [{"id": 7, "label": "PER", "start_offset":
0, "end_offset": 10}, {"id": 8, "label": "ORG", "start_offset": 16, "end_offset": 23}], "relations":
[{"id": 1, "from_id": 8, "to_id": 7, "type": "chief"}], "Comments": []}`. Offsets are
characters; in a project that counts grapheme clusters they are others where the two differ.

Source: https://github.com/doccano/doccano.
"""

from typing import Any, Mapping

from ..entities import map_entities, relate, slice_argument
from ..format import Format
from ..records import Argument, RawTriple, Record
from ..values import get_list, get_type, get_value


def _parse_entity(entity: Mapping[str, Any], text: str) -> Argument:
    start, end = get_value(entity, "start_offset", int), get_value(entity, "end_offset", int)
    return slice_argument(text, start, end, get_type(entity, "label"))


def _parse_relation(relation: Mapping[str, Any], entities: Mapping[int, Argument]) -> RawTriple:
    head, tail = get_value(relation, "from_id", int), get_value(relation, "to_id", int)
    return relate(entities, head, get_value(relation, "type", str), tail)


def _matches(item: Mapping[str, Any]) -> bool:
    return {"text", "entities", "relations"} <= set(item) and "tokens" not in item


def _parse(item: Mapping[str, Any]) -> Record:
    text = get_value(item, "text", str)
    rows = get_list(item, "entities", dict)
    entities = map_entities((get_value(row, "id", int), _parse_entity(row, text)) for row in rows)
    relations = get_list(item, "relations", dict)
    return Record(text, [_parse_relation(relation, entities) for relation in relations])


DOCCANO = Format("doccano", '"entities" with offsets, and "relations" by id', _matches, _parse)

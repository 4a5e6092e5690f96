"""What doccano exports and imports as JSONL with relations.

`{"id": 1, "text": "Mara Quill runs Oldport", "entities": [{"id": 7, "label": "PER", "start_offset":
0, "end_offset": 10}, {"id": 8, "label": "ORG", "start_offset": 16, "end_offset": 23}], "relations":
[{"id": 1, "from_id": 8, "to_id": 7, "type": "chief"}], "Comments": []}`. Further keys are meta
data. Offsets count UTF-16 code units, unless the project counts grapheme clusters. Texts that
nobody has annotated are exported with empty lists; so is a text annotated as having no entity.

Source: https://github.com/doccano/doccano.
"""

from typing import Any, Dict, Mapping, Sequence

from ..entities import (
    Entities,
    from_label,
    get_character_offsets,
    get_name,
    index_entities,
    map_entities,
    relate_labelled,
    slice_argument,
    to_label,
)
from ..format import OFFSETS, PREDICATE, PROVENANCE, TYPES, UNANNOTATED, Format, count_lists
from ..offsets import count_utf16
from ..records import Argument, RawTriple, Record, add_provenance, build_record, check_relation
from ..values import (
    get_first,
    get_optional_list,
    get_provenance,
    get_rows,
    get_type,
    get_value,
)

_KEYS = ("text", "entities", "relations")
_COMMENTS = "Comments"


def _parse_entity(entity: Mapping[str, Any], text: str) -> Argument:
    start, end = get_value(entity, "start_offset", int), get_value(entity, "end_offset", int)
    return slice_argument(text, start, end, from_label(get_type(entity, "label")))


def _parse_relation(
    relation: Mapping[str, Any], entities: Entities[str], predicate: str
) -> RawTriple:
    head, tail = get_name(relation, "from_id"), get_name(relation, "to_id")
    return relate_labelled(entities, head, get_type(relation, "type"), tail, predicate)


def _matches(item: Mapping[str, Any]) -> bool:
    if "text" not in item or "entities" not in item or "tokens" in item:
        return False
    first = get_first(item, "entities")
    return "relations" in item or (isinstance(first, dict) and "start_offset" in first)


def _parse(item: Mapping[str, Any], predicate: str = "") -> Record:
    text = get_value(item, "text", str)
    known = _KEYS if item.get(_COMMENTS) else (*_KEYS, _COMMENTS)
    others = get_provenance(item, known)
    rows = get_rows(item, "entities")
    relations = get_optional_list(item, "relations")
    if relations == [] == rows:
        return Record(text, None, is_untouched=True, **others)
    entities = map_entities(
        rows, lambda row: get_name(row, "id"), lambda row: _parse_entity(row, text)
    )
    return build_record(
        text, relations, lambda row: _parse_relation(row, entities, predicate), **others
    )


def _dump(record: Record) -> Dict[str, Any]:
    triples = record.triples or []
    entities = index_entities(triples)
    units = count_utf16(record.text)
    item = {
        "text": record.text,
        "entities": [_dump_entity(a, number, units) for a, number in entities.items()],
        "relations": [
            {
                "id": number,
                "from_id": entities[triple.subject],
                "to_id": entities[triple.object],
                "type": check_relation(triple.predicate),
            }
            for number, triple in enumerate(triples)
        ],
    }
    return add_provenance(item, record)


def _dump_entity(argument: Argument, number: int, units: Sequence[int]) -> Dict[str, Any]:
    start, end = get_character_offsets(argument)
    label = to_label(argument.type)
    return {"id": number, "label": label, "start_offset": units[start], "end_offset": units[end]}


DOCCANO = Format(
    "doccano",
    '"entities" with offsets, and "relations" by id',
    _matches,
    _parse,
    count=count_lists("relations"),
    parse_options=(PREDICATE,),
    dump=_dump,
    represents=(OFFSETS, TYPES, PROVENANCE, UNANNOTATED),
)

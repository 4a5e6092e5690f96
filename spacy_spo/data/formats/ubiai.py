"""What UBIAI exports as JSON with relations.

`{"document": "Mara Quill runs Oldport", "tokens": [{"text": "Mara Quill", "start": 0, "end": 10,
"token_start": 0, "token_end": 1, "entityLabel": "PER"}, {"text": "Oldport", "start": 16, "end": 23,
"token_start": 3, "token_end": 3, "entityLabel": "ORG"}], "relations": [{"head": 3, "child": 0,
"relationLabel": "chief"}]}`. `tokens` are entities. A relation names each by its first token; the
head is the subject. A record with neither entities nor relations is one that nobody has annotated.

Source: https://github.com/walidamamou/relation_extraction_transformer, data of a tutorial on
relation extraction with spaCy.
"""

from typing import Any, Mapping, Tuple

from ..entities import (
    Entities,
    find_types,
    get_character_offsets,
    get_name,
    map_entities,
    relate_labelled,
)
from ..format import PREDICATE, Format, count_lists
from ..records import UNTYPED_ENTITY, Argument, RawTriple, Record, build_record
from ..values import get_optional_list, get_provenance, get_rows, get_type, get_value

_KEYS = ("document", "tokens", "relations")


def _parse_entity(entity: Mapping[str, Any]) -> Argument:
    text, kind = get_value(entity, "text", str), get_type(entity, "entityLabel")
    return Argument(text, kind, get_value(entity, "start", int), get_value(entity, "end", int))


def _get_place_and_type(entity: Mapping[str, Any]) -> Tuple[Tuple[int, int], str]:
    argument = _parse_entity(entity)
    return get_character_offsets(argument), argument.type


def _parse_relation(
    relation: Mapping[str, Any], entities: Entities[str], predicate: str
) -> RawTriple:
    head, child = get_name(relation, "head"), get_name(relation, "child")
    return relate_labelled(entities, head, get_type(relation, "relationLabel"), child, predicate)


def _matches(item: Mapping[str, Any]) -> bool:
    return "document" in item and "tokens" in item


def _parse(item: Mapping[str, Any], predicate: str = "") -> Record:
    text = get_value(item, "document", str)
    others = get_provenance(item, _KEYS)
    rows, relations = get_rows(item, "tokens"), get_optional_list(item, "relations")
    if relations == [] == rows:
        return Record(text, None, is_untouched=True, **others)
    entities = map_entities(rows, lambda row: get_name(row, "token_start"), _parse_entity)
    _, notes = find_types(rows, _get_place_and_type)
    notes.pop(UNTYPED_ENTITY, None)  # a relation that names one is lost with its cause
    return build_record(
        text,
        relations,
        lambda row: _parse_relation(row, entities, predicate),
        notes=notes,
        **others,
    )


UBIAI = Format(
    "ubiai",
    '"document" with entities in "tokens", and "relations" by first token, as UBIAI exports them',
    _matches,
    _parse,
    count=count_lists("relations"),
    parse_options=(PREDICATE,),
)

"""The format of TPLinker.

`{"text": "Mara Quill runs Oldport", "relation_list": [{"subject": "Oldport", "predicate": "chief",
"object": "Mara Quill", "subj_char_span": [16, 23], "obj_char_span": [0, 10]}], "entity_list":
[{"text": "Oldport", "type": "ORG", "char_span": [16, 23]}]}`. The spans are character
offsets; without them the arguments are found by their texts. `entity_list` may be missing; it gives
the types by span, but none to a span with several. The type `DEFAULT` is none.

Source: Wang et al. 2020, "TPLinker: Single-stage Joint Extraction of Entities and Relations Through
Token Pair Linking" (https://github.com/131250208/TPlinker-joint-extraction).
"""

from functools import partial
from typing import Any, Mapping, Optional, Tuple

from ..entities import find_types
from ..format import Format, count_lists
from ..records import Argument, RawTriple, Record, build_record
from ..values import (
    get_offsets,
    get_optional_list,
    get_provenance,
    get_rows,
    get_text,
    get_type,
    get_value,
)

_RELATIONS, _ENTITIES = "relation_list", "entity_list"
_NO_TYPE = "DEFAULT"

_Span = Optional[Tuple[int, int]]


def _get_span(item: Mapping[str, Any], key: str) -> _Span:
    return get_offsets(item, key) if item.get(key) is not None else None


def _parse_entity(entity: Mapping[str, Any]) -> Tuple[_Span, str]:
    kind = get_type(entity, "type")
    span = _get_span(entity, "char_span")
    # Without a span, an entity cannot be told from other mentions of its text.
    return span, "" if span is None or kind == _NO_TYPE else kind


def _parse_triple(item: Mapping[str, Any], types: Mapping[_Span, str]) -> RawTriple:
    def parse_argument(role: str, span_key: str) -> Argument:
        text, span = get_text(item, role), _get_span(item, span_key)
        start, end = span or (None, None)
        return Argument(text, types.get(span, ""), start, end)

    return RawTriple(
        parse_argument("subject", "subj_char_span"),
        get_value(item, "predicate", str),
        parse_argument("object", "obj_char_span"),
    )


def _matches(item: Mapping[str, Any]) -> bool:
    return _RELATIONS in item


def _parse(item: Mapping[str, Any]) -> Record:
    types, notes = find_types(get_rows(item, _ENTITIES), _parse_entity)
    return build_record(
        get_value(item, "text", str),
        get_optional_list(item, _RELATIONS),
        partial(_parse_triple, types=types),
        **get_provenance(item, ("text", _RELATIONS, _ENTITIES)),
        notes=notes,
    )


TPLINKER = Format(
    "tplinker",
    '"relation_list" with character spans',
    _matches,
    _parse,
    count=count_lists(_RELATIONS),
    priority=5,
)

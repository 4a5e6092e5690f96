"""The format of TPLinker.

`{"text": "Mara Quill runs Oldport", "relation_list": [{"subject": "Oldport", "predicate": "chief",
"object": "Mara Quill", "subj_char_span": [16, 23], "obj_char_span": [0, 10]}], "entity_list":
[{"text": "Oldport", "type": "ORG", "char_span": [16, 23]}]}`. The spans are character
offsets; without them the arguments are found by their texts. `entity_list` may be missing; it gives
the types by span, but none to a span with several. The type `DEFAULT` is none.

Source: Wang et al. 2020, "TPLinker: Single-stage Joint Extraction of Entities and Relations Through
Token Pair Linking" (https://github.com/131250208/TPlinker-joint-extraction).
"""

from typing import Any, Dict, Mapping, Optional, Tuple

from ..entities import find_unique_types
from ..format import Format
from ..records import Argument, RawTriple, Record
from ..values import get_list, get_offsets, get_type, get_value

_NO_TYPE = "DEFAULT"

_Span = Optional[Tuple[int, int]]


def _get_span(item: Mapping[str, Any], key: str) -> _Span:
    return get_offsets(item, key) if item.get(key) is not None else None


def _parse_types(item: Mapping[str, Any]) -> Dict[_Span, str]:
    if "entity_list" not in item:
        return {}
    entities = get_list(item, "entity_list", dict)
    types = ((_get_span(e, "char_span"), get_type(e, "type")) for e in entities)
    # Without a span, an entity cannot be told from other mentions of its text.
    return find_unique_types((span, kind) for span, kind in types if span and kind != _NO_TYPE)


def _parse_argument(text: str, span: _Span, types: Mapping[_Span, str]) -> Argument:
    start, end = span or (None, None)
    return Argument(text, types.get(span, ""), start, end)


def _parse_triple(item: Mapping[str, Any], types: Mapping[_Span, str]) -> RawTriple:
    subject, object_ = get_value(item, "subject", str), get_value(item, "object", str)
    return RawTriple(
        _parse_argument(subject, _get_span(item, "subj_char_span"), types),
        get_value(item, "predicate", str),
        _parse_argument(object_, _get_span(item, "obj_char_span"), types),
    )


def _matches(item: Mapping[str, Any]) -> bool:
    return "relation_list" in item


def _parse(item: Mapping[str, Any]) -> Record:
    types = _parse_types(item)
    triples = [_parse_triple(value, types) for value in get_list(item, "relation_list", dict)]
    return Record(get_value(item, "text", str), triples)


TPLINKER = Format("tplinker", '"relation_list" with character spans', _matches, _parse, priority=5)

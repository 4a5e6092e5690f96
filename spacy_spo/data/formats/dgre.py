"""The format of DGRE, relations in fault reports.

`{"ID": "1", "text": "水泵漏油", "spo_list": [{"h": {"name": "水泵", "pos": [0, 2]}, "relation":
"部件故障", "t": {"name": "漏油", "pos": [2, 4]}}]}`. `pos` has character offsets; without them the
arguments are found by their texts. The keys may also be `sentence`, `spo`, `head`, `tail` and
`position`, as in the data for PaddleNLP.

Source: the data of a Chinese contest on relation extraction from fault reports of cars, and its
baseline for PaddleNLP (https://github.com/PaddlePaddle/PaddleNLP).
"""

from typing import Any, Mapping

from ..format import Format, count_lists
from ..records import Argument, RawTriple, Record, build_record
from ..values import (
    choose_key,
    get_offsets,
    get_optional_list,
    get_provenance,
    get_text,
    get_value,
    matches_first,
)

_TEXTS, _TRIPLES = ("text", "sentence"), ("spo_list", "spo")
_HEADS, _TAILS, _OFFSETS = ("h", "head"), ("t", "tail"), ("pos", "position")


def _parse_argument(entity: Mapping[str, Any]) -> Argument:
    name = get_text(entity, "name")
    key = choose_key(entity, *_OFFSETS)
    start, end = get_offsets(entity, key) if entity.get(key) is not None else (None, None)
    return Argument(name, "", start, end)


def _parse_triple(triple: Mapping[str, Any]) -> RawTriple:
    predicate = get_value(triple, "relation", str)
    head = get_value(triple, choose_key(triple, *_HEADS), dict)
    tail = get_value(triple, choose_key(triple, *_TAILS), dict)
    return RawTriple(_parse_argument(head), predicate, _parse_argument(tail))


def _matches_triple(first: Any) -> bool:
    return isinstance(first, dict) and isinstance(first.get(choose_key(first, *_HEADS)), dict)


def _matches(item: Mapping[str, Any]) -> bool:
    return any(matches_first(item, key, _matches_triple) for key in _TRIPLES)


def _parse(item: Mapping[str, Any]) -> Record:
    return build_record(
        get_value(item, choose_key(item, *_TEXTS), str),
        get_optional_list(item, choose_key(item, *_TRIPLES)),
        _parse_triple,
        **get_provenance(item, (*_TEXTS, *_TRIPLES), "ID", "id"),
    )


DGRE = Format(
    "dgre",
    '"spo_list" with "h", "t" and character offsets',
    _matches,
    _parse,
    count=count_lists(*_TRIPLES),
    priority=2,
)

"""The format of DGRE, relations in fault reports.

`{"text": "水泵漏油", "spo_list": [{"h": {"name": "水泵", "pos": [0, 2]}, "relation": "部件故障",
"t": {"name": "漏油", "pos": [2, 4]}}]}`. `pos` has character offsets.

Source: the data of a Chinese contest on relation extraction from fault reports of cars.
"""

from typing import Any, Mapping

from ..format import Format
from ..records import Argument, RawTriple, Record
from ..values import get_first, get_list, get_offsets, get_value


def _parse_argument(entity: Mapping[str, Any]) -> Argument:
    start, end = get_offsets(entity, "pos")
    return Argument(get_value(entity, "name", str), "", start, end)


def _parse_triple(triple: Mapping[str, Any]) -> RawTriple:
    return RawTriple(
        _parse_argument(get_value(triple, "h", dict)),
        get_value(triple, "relation", str),
        _parse_argument(get_value(triple, "t", dict)),
    )


def _matches(item: Mapping[str, Any]) -> bool:
    first = get_first(item, "spo_list")
    return isinstance(first, dict) and "h" in first


def _parse(item: Mapping[str, Any]) -> Record:
    triples = [_parse_triple(triple) for triple in get_list(item, "spo_list", dict)]
    return Record(get_value(item, "text", str), triples)


DGRE = Format(
    "dgre", '"spo_list" with "h", "t" and character offsets', _matches, _parse, priority=2
)

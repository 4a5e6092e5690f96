"""A format of Chinese contests: triples by text, with a key "relation".

`{"text": "林月是水师学堂的校长", "sro_list": [{"subject": "林月", "relation": "职务", "object":
"水师学堂的校长"}]}`.

Source: the data of a Chinese contest on relation extraction from news.
"""

from typing import Any, Mapping

from ..format import Format
from ..records import Argument, RawTriple, Record
from ..values import get_list, get_value


def _parse_triple(triple: Mapping[str, Any]) -> RawTriple:
    subject, object_ = get_value(triple, "subject", str), get_value(triple, "object", str)
    return RawTriple(Argument(subject), get_value(triple, "relation", str), Argument(object_))


def _matches(item: Mapping[str, Any]) -> bool:
    return "sro_list" in item


def _parse(item: Mapping[str, Any]) -> Record:
    triples = [_parse_triple(triple) for triple in get_list(item, "sro_list", dict)]
    return Record(get_value(item, "text", str), triples)


SRO_LIST = Format(
    "sro_list", '"sro_list" of subject, relation, object', _matches, _parse, priority=2
)

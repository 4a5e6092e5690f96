"""A format of Chinese contests: triples by text, with a key "relation".

`{"text": "林月是水师学堂的校长", "sro_list": [{"subject": "林月", "relation": "职务", "object":
"水师学堂的校长"}]}`.

Source: the data of a Chinese contest on relation extraction from news.
"""

from typing import Any, Mapping

from ..format import Format, count_lists
from ..records import Record, build_record
from ..textual_triples import parse_text_triple
from ..values import get_optional_list, get_provenance, get_value

_TRIPLES = "sro_list"


def _matches(item: Mapping[str, Any]) -> bool:
    return _TRIPLES in item


def _parse(item: Mapping[str, Any]) -> Record:
    return build_record(
        get_value(item, "text", str),
        get_optional_list(item, _TRIPLES),
        parse_text_triple,
        **get_provenance(item, ("text", _TRIPLES)),
    )


SRO_LIST = Format(
    "sro_list",
    '"sro_list" of subject, relation, object',
    _matches,
    _parse,
    count=count_lists(_TRIPLES),
    priority=2,
)

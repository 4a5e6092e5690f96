"""The format of REBEL and T-REx, abstracts of Wikipedia.

`{"docid": "7", "title": "Oldport", "uri": "Q7", "text": "Mara Quill runs Oldport", "entities":
[...], "triples": [{"subject": {"uri": "Q7", "boundaries": [16, 23], "surfaceform": "Oldport"},
"predicate": {"uri": "P6", "boundaries": null, "surfaceform": "chief"}, "object": {"uri": "Q8",
"boundaries": [0, 10], "surfaceform": "Mara Quill"}}]}`. `boundaries` are character offsets;
without them an argument is found by its text. A predicate without `surfaceform` is its `uri`.

Source: Huguet Cabot and Navigli 2021, "REBEL: Relation Extraction By End-to-end Language
generation" (https://github.com/Babelscape/rebel); Elsahar et al. 2018, "T-REx: A Large Scale
Alignment of Natural Language with Knowledge Base Triples"
(https://hadyelsahar.github.io/t-rex/).
"""

from typing import Any, Mapping

from ..format import Format, count_lists
from ..records import Argument, RawTriple, Record, build_record
from ..values import (
    get_first,
    get_offsets,
    get_optional_list,
    get_provenance,
    get_text,
    get_value,
)

_KEYS = ("text", "entities", "triples", "words_boundaries", "sentences_boundaries")


def _parse_argument(entity: Mapping[str, Any]) -> Argument:
    text = get_text(entity, "surfaceform")
    if entity.get("boundaries") is None:
        return Argument(text)
    return Argument(text, "", *get_offsets(entity, "boundaries"))


def _parse_predicate(predicate: Mapping[str, Any]) -> str:
    key = "uri" if predicate.get("surfaceform") in (None, "") else "surfaceform"
    return get_value(predicate, key, str)


def _parse_triple(triple: Mapping[str, Any]) -> RawTriple:
    return RawTriple(
        _parse_argument(get_value(triple, "subject", dict)),
        _parse_predicate(get_value(triple, "predicate", dict)),
        _parse_argument(get_value(triple, "object", dict)),
    )


def _matches(item: Mapping[str, Any]) -> bool:
    first = get_first(item, "triples")
    subject = first.get("subject") if isinstance(first, dict) else None
    has_surfaceform = isinstance(subject, dict) and "surfaceform" in subject
    return has_surfaceform or {"docid", "text", "triples"} <= set(item)


def _parse(item: Mapping[str, Any]) -> Record:
    text, triples = get_value(item, "text", str), get_optional_list(item, "triples")
    others = get_provenance(item, _KEYS, "docid", "id")
    return build_record(text, triples, _parse_triple, **others)


REBEL = Format(
    "rebel",
    '"triples" of JSON objects with "surfaceform" and "boundaries"',
    _matches,
    _parse,
    count=count_lists("triples"),
    priority=4,
)

"""DuIE 2.0, the data of LIC2020 and LIC2021, and CMeIE.

As DuIE 1.0, but `object` and `object_type` are JSON objects: `{"subject": "竹影", "subject_type":
"图书作品", "predicate": "作者", "object": {"@value": "周舟", "onDate": "2001年"}, "object_type":
{"@value": "人物", "onDate": "Date"}}`. `@value` is the object of the triple; every other key
(`inWork`, `onDate`, `inArea`, `period`) is a qualifier, unless its value is empty. Triples of DuIE
1.0 are parsed, too.

Source: the relation extraction task of the Language and Intelligence Challenge, published with
the data by Baidu (https://www.luge.ai); Guan et al. 2020, "CMeIE: Construction and Evaluation of
Chinese Medical Information Extraction Dataset".
"""

from functools import partial
from typing import Any, Mapping, Tuple

from ...schema import VALUE_KEY
from ..format import NEGATIVES, PROVENANCE, QUALIFIERS, TYPES, UNANNOTATED, Format, count_lists
from ..records import RawTriple
from ..values import matches_first
from .duie1 import TRIPLES, dump_duie, parse_duie


def _dump_object(triple: RawTriple) -> Tuple[Any, Any]:
    if VALUE_KEY in triple.qualifiers:
        raise ValueError(f"a qualifier is named {VALUE_KEY!r}, which is the key of the object here")
    arguments = {VALUE_KEY: triple.object, **triple.qualifiers}
    texts = {name: argument.text for name, argument in arguments.items()}
    return texts, {name: argument.type for name, argument in arguments.items()}


def _matches_triple(first: Any) -> bool:
    return isinstance(first, dict) and isinstance(first.get("object"), dict)


def _matches(item: Mapping[str, Any]) -> bool:
    return matches_first(item, TRIPLES, _matches_triple)


DUIE2 = Format(
    "duie2",
    '"spo_list" with objects that have "@value"',
    _matches,
    parse_duie,
    count=count_lists(TRIPLES),
    dump=partial(dump_duie, dump_object=_dump_object),
    represents=(TYPES, QUALIFIERS, PROVENANCE, UNANNOTATED, NEGATIVES),
    priority=6,
)

"""DuIE 2.0, the data of the LIC2020 and LIC2021 relation extraction tasks.

As DuIE 1.0, but `object` and `object_type` are JSON objects. `@value` is the object of the triple;
every other key (`inWork`, `onDate`, `inArea`, `period`) is a qualifier.

Source: the relation extraction task of the Language and Intelligence Challenge, published with
the data by Baidu (https://www.luge.ai).
"""

from functools import partial
from typing import Any, Dict, Mapping, Tuple

from ...schema import VALUE_KEY
from ..format import QUALIFIERS, TYPES, UNANNOTATED, Format
from ..records import Argument, RawTriple
from ..values import get_type, get_value
from .duie1 import dump_duie, first_object, parse_duie


def _parse_object(triple: Mapping[str, Any]) -> Tuple[Argument, Dict[str, Argument]]:
    texts = get_value(triple, "object", dict)
    types = get_value(triple, "object_type", dict) if "object_type" in triple else {}
    get_value(texts, VALUE_KEY, str)
    arguments = {key: Argument(get_value(texts, key, str), get_type(types, key)) for key in texts}
    return arguments.pop(VALUE_KEY), arguments


def _dump_object(triple: RawTriple) -> Tuple[Any, Any]:
    if VALUE_KEY in triple.qualifiers:
        raise ValueError(f"a qualifier is named {VALUE_KEY!r}, which is the key of the object here")
    arguments = {VALUE_KEY: triple.object, **triple.qualifiers}
    texts = {name: argument.text for name, argument in arguments.items()}
    return texts, {name: argument.type for name, argument in arguments.items()}


def _matches(item: Mapping[str, Any]) -> bool:
    return isinstance(first_object(item), dict)


DUIE2 = Format(
    "duie2",
    '"spo_list" with objects that have "@value"',
    _matches,
    partial(parse_duie, parse_object=_parse_object),
    dump=partial(dump_duie, dump_object=_dump_object),
    represents=(TYPES, QUALIFIERS, UNANNOTATED),
    priority=6,
)

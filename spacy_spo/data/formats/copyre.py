"""The format of CopyRE and its followers, first of NYT.

`{"sentText": "Mara Quill runs Oldport", "relationMentions": [{"em1Text": "Oldport", "em2Text":
"Mara Quill", "label": "chief"}], "entityMentions": [{"text": "Oldport", "label": "ORG"}]}`. The
label `None` is no relation. `entityMentions` may be missing; it gives the types, but none to a text
with several.

Source: Ren et al. 2017, "CoType: Joint Extraction of Typed Entities and Relations with Knowledge
Bases" (https://github.com/shanzhenren/CoType); Zeng et al. 2018, "Extracting Relational Facts by an
End-to-End Neural Model with Copy Mechanism" (https://github.com/xiangrongzeng/copy_re).
"""

from functools import partial
from typing import Any, Mapping, Tuple

from ..entities import find_types
from ..format import Format, count_lists
from ..records import Argument, RawTriple, Record, build_record
from ..values import get_optional_list, get_provenance, get_rows, get_text, get_type, get_value

_RELATIONS, _ENTITIES = "relationMentions", "entityMentions"


def _parse_entity(entity: Mapping[str, Any]) -> Tuple[str, str]:
    return get_text(entity, "text"), get_type(entity, "label")


def _parse_triple(mention: Mapping[str, Any], types: Mapping[str, str]) -> RawTriple:
    subject, object_ = get_text(mention, "em1Text"), get_text(mention, "em2Text")
    label = get_value(mention, "label", str)
    return RawTriple(
        Argument(subject, types.get(subject, "")), label, Argument(object_, types.get(object_, ""))
    )


def _matches(item: Mapping[str, Any]) -> bool:
    return "sentText" in item


def _parse(item: Mapping[str, Any]) -> Record:
    types, notes = find_types(get_rows(item, _ENTITIES), _parse_entity)
    return build_record(
        get_value(item, "sentText", str),
        get_optional_list(item, _RELATIONS),
        partial(_parse_triple, types=types),
        **get_provenance(item, ("sentText", _RELATIONS, _ENTITIES)),
        notes=notes,
    )


COPYRE = Format(
    "copyre",
    '"sentText" and "relationMentions"',
    _matches,
    _parse,
    count=count_lists(_RELATIONS),
    priority=3,
)

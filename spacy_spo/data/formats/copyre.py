"""The format of CopyRE and its followers, first of NYT.

`{"sentText": "Mara Quill runs Oldport", "relationMentions": [{"em1Text": "Oldport", "em2Text":
"Mara Quill", "label": "chief"}], "entityMentions": [{"text": "Oldport", "label": "ORG"}]}`. The
label `None` is no relation. `entityMentions` may be missing; it gives the types, but none to a text
with several.

Source: Ren et al. 2017, "CoType: Joint Extraction of Typed Entities and Relations with Knowledge
Bases" (https://github.com/shanzhenren/CoType); Zeng et al. 2018, "Extracting Relational Facts by an
End-to-End Neural Model with Copy Mechanism" (https://github.com/xiangrongzeng/copy_re).
"""

from typing import Any, Dict, Mapping

from ..entities import find_unique_types
from ..format import Format
from ..records import Argument, RawTriple, Record
from ..values import get_list, get_type, get_value

_NO_RELATION = "None"


def _parse_types(item: Mapping[str, Any]) -> Dict[str, str]:
    if "entityMentions" not in item:
        return {}
    entities = get_list(item, "entityMentions", dict)
    return find_unique_types((get_value(e, "text", str), get_type(e, "label")) for e in entities)


def _parse_triple(mention: Mapping[str, Any], types: Mapping[str, str]) -> RawTriple:
    subject, object_ = get_value(mention, "em1Text", str), get_value(mention, "em2Text", str)
    return RawTriple(
        Argument(subject, types.get(subject, "")),
        get_value(mention, "label", str),
        Argument(object_, types.get(object_, "")),
    )


def _matches(item: Mapping[str, Any]) -> bool:
    return "sentText" in item


def _parse(item: Mapping[str, Any]) -> Record:
    types = _parse_types(item)
    triples = [_parse_triple(value, types) for value in get_list(item, "relationMentions", dict)]
    positive = [triple for triple in triples if triple.predicate != _NO_RELATION]
    return Record(get_value(item, "sentText", str), positive)


COPYRE = Format("copyre", '"sentText" and "relationMentions"', _matches, _parse, priority=3)

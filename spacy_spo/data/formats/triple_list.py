"""The format of CasRel and PRGC, of NYT and WebNLG.

`{"text": "Mara Quill runs Oldport", "triple_list": [["Oldport", "chief", "Mara Quill"]]}`, in one
JSON array or as JSONL. The key may also be `triple_list_gold`, as in the results of CasRel,
`spo_list` or `spo`. A triple may also be a JSON object: `{"subject": "Oldport", "relation":
"chief", "object": "Mara Quill"}`.

Source: Wei et al. 2020, "A Novel Cascade Binary Tagging Framework for Relational Triple
Extraction" (https://github.com/weizhepei/CasRel); Zheng et al. 2021, "PRGC: Potential Relation and
Global Correspondence Based Joint Relational Triple Extraction" (https://github.com/hy-struggle/PRGC).
"""

from typing import Any, Dict, Mapping

from ..files import write_array
from ..format import NEGATIVES, PROVENANCE, Format, count_lists
from ..records import Record, add_provenance, build_record, check_relation
from ..textual_triples import choose_role_keys, parse_text_triple
from ..values import choose_key, get_optional_list, get_provenance, get_value, matches_first

_TRIPLES = "triple_list"
_OTHER_KEYS = ("triple_list_gold", "spo_list", "spo")
# Predictions, and how they differ from the gold triples.
_RESULTS = ("triple_list_pred", "new", "lack")
_KEYS = ("text", _TRIPLES, *_OTHER_KEYS, *_RESULTS)


def _matches(item: Mapping[str, Any]) -> bool:
    return (
        _TRIPLES in item
        or _OTHER_KEYS[0] in item
        # JointER has such a list beside "spo_details".
        or (matches_first(item, "spo_list", _is_list) and "spo_details" not in item)
        or matches_first(item, "spo", _is_triple)
    )


def _is_list(first: Any) -> bool:
    return isinstance(first, list)


def _is_triple(first: Any) -> bool:
    return _is_list(first) or (isinstance(first, dict) and choose_role_keys(first)[0] in first)


def _parse(item: Mapping[str, Any]) -> Record:
    return build_record(
        get_value(item, "text", str),
        get_optional_list(item, choose_key(item, _TRIPLES, *_OTHER_KEYS)),
        parse_text_triple,
        **get_provenance(item, _KEYS),
    )


def _dump(record: Record) -> Dict[str, Any]:
    triples = [
        [t.subject.text, check_relation(t.predicate), t.object.text] for t in record.triples or []
    ]
    return add_provenance({"text": record.text, _TRIPLES: triples}, record)


TRIPLE_LIST = Format(
    "triple_list",
    '"triple_list" of [subject, predicate, object]',
    _matches,
    _parse,
    count=count_lists(_TRIPLES, *_OTHER_KEYS),
    dump=_dump,
    represents=(PROVENANCE, NEGATIVES),
    write=write_array,
    priority=6,
)

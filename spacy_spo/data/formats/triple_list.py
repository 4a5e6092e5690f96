"""The format of CasRel and PRGC, of NYT and WebNLG.

`{"text": ..., "triple_list": [[subject, predicate, object], ...]}`, in one JSON array or as JSONL.
The key may also be `spo_list`.

Source: Wei et al. 2020, "A Novel Cascade Binary Tagging Framework for Relational Triple
Extraction" (https://github.com/weizhepei/CasRel); Zheng et al. 2021, "PRGC: Potential Relation and
Global Correspondence Based Joint Relational Triple Extraction" (https://github.com/hy-struggle/PRGC).
"""

import reprlib
from typing import Any, Dict, List, Mapping

from ..files import write_array
from ..format import Format
from ..records import Argument, RawTriple, Record
from ..values import check_value, get_first, get_list, get_value

_KEY = "triple_list"
_OTHER_KEY = "spo_list"


def _parse_triple(value: List[Any]) -> RawTriple:
    if len(value) != 3:
        raise ValueError(
            f"a triple is a list [subject, predicate, object], not {reprlib.repr(value)}"
        )
    names = ("a subject", "a predicate", "an object")
    subject, predicate, object_ = (check_value(v, str, n) for v, n in zip(value, names))
    return RawTriple(Argument(subject), predicate, Argument(object_))


def _matches(item: Mapping[str, Any]) -> bool:
    # JointER has such a list beside "spo_details".
    is_other = isinstance(get_first(item, _OTHER_KEY), list) and "spo_details" not in item
    return _KEY in item or is_other


def _parse(item: Mapping[str, Any]) -> Record:
    key = _OTHER_KEY if _OTHER_KEY in item and _KEY not in item else _KEY
    triples = [_parse_triple(triple) for triple in get_list(item, key, list)]
    return Record(get_value(item, "text", str), triples)


def _dump(record: Record) -> Dict[str, Any]:
    triples = [[t.subject.text, t.predicate, t.object.text] for t in record.triples or []]
    return {"text": record.text, _KEY: triples}


TRIPLE_LIST = Format(
    "triple_list",
    '"triple_list" of [subject, predicate, object]',
    _matches,
    _parse,
    dump=_dump,
    write=write_array,
    priority=6,
)

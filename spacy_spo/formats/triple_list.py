"""The format in which CasRel and PRGC publish NYT and WebNLG.

`{"text": ..., "triple_list": [[subject, predicate, object], ...]}`, in one JSON array or as JSONL.

Source: Wei et al. 2020, "A Novel Cascade Binary Tagging Framework for Relational Triple
Extraction" (https://github.com/weizhepei/CasRel); Zheng et al. 2021, "PRGC: Potential Relation and
Global Correspondence Based Joint Relational Triple Extraction" (https://github.com/hy-struggle/PRGC).
"""

import reprlib
from typing import Any, Mapping

from .format import Format
from .records import Argument, RawTriple, Record, check_value, get_value


def _parse_triple(value: Any) -> RawTriple:
    if not isinstance(value, list) or len(value) != 3:
        raise ValueError(
            f"a triple is a list [subject, predicate, object], not {reprlib.repr(value)}"
        )
    names = ("a subject", "a predicate", "an object")
    subject, predicate, object_ = (check_value(v, str, n) for v, n in zip(value, names))
    return RawTriple(Argument(subject), predicate, Argument(object_))


def _matches(item: Mapping[str, Any]) -> bool:
    return "triple_list" in item


def _parse(item: Mapping[str, Any]) -> Record:
    triples = [_parse_triple(value) for value in get_value(item, "triple_list", list)]
    return Record(get_value(item, "text", str), triples)


TRIPLE_LIST = Format(
    "triple_list", '"triple_list" of [subject, predicate, object]', _matches, _parse
)

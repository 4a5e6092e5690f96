"""The format of this package, for every part of a triple.

`{"text": ..., "triples": [...], "meta": {...}}`, each triple as `Triple.to_dict` writes it:
`{"subject": {"text": ..., "start": ..., "end": ..., "type": ...}, "predicate": ...,
"object": {...}, "score": ..., "qualifiers": {name: {...}}}`. Offsets are characters of the text;
without them the arguments are found by their texts. `type`, `score`, `qualifiers` and `meta` may be
missing. A record without `triples` is unannotated. Other keys are refused, so that no label is
missed.
"""

import reprlib
from typing import Any, Collection, Dict, Mapping, Optional, Tuple

from ...triples import OBJECT, SUBJECT
from ..format import OFFSETS, QUALIFIERS, SCORES, TYPES, UNANNOTATED, Format
from ..records import Argument, RawTriple, Record
from ..values import check_value, get_type, get_value

RECORD_KEYS = ("text", "triples", "meta")
_TRIPLE_KEYS = (SUBJECT, "predicate", OBJECT, "score", "qualifiers")
_ARGUMENT_KEYS = ("text", "start", "end", "type")


def _check_keys(item: Mapping[str, Any], allowed: Collection[str], name: str) -> None:
    unknown = [key for key in item if key not in allowed]
    if unknown:
        raise ValueError(
            f"{name} has the unknown key {unknown[0]!r}; allowed are: {', '.join(allowed)}"
        )


def _parse_argument(value: Any, role: str) -> Argument:
    item = check_value(value, dict, f"the argument {role!r}")
    _check_keys(item, _ARGUMENT_KEYS, f"the argument {role!r}")
    start, end = _parse_offsets(item, role)
    return Argument(get_value(item, "text", str), get_type(item, "type"), start, end)


def _parse_offsets(item: Mapping[str, Any], role: str) -> Tuple[Optional[int], Optional[int]]:
    start, end = item.get("start"), item.get("end")
    if start is None and end is None:
        return None, None
    if type(start) is not int or type(end) is not int:
        raise ValueError(
            f"'start' and 'end' of the argument {role!r} must be two whole numbers, or missing"
        )
    return start, end


def _parse_score(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 1:
        raise ValueError(f"'score' must be a number from 0 to 1, not {reprlib.repr(value)}")
    return float(value)


def _parse_triple(value: Any) -> RawTriple:
    item = check_value(value, dict, "a triple")
    _check_keys(item, _TRIPLE_KEYS, "a triple")
    qualifiers: Dict[str, Any] = check_value(item.get("qualifiers", {}), dict, "'qualifiers'")
    return RawTriple(
        _parse_argument(get_value(item, SUBJECT, dict), SUBJECT),
        get_value(item, "predicate", str),
        _parse_argument(get_value(item, OBJECT, dict), OBJECT),
        {name: _parse_argument(argument, name) for name, argument in qualifiers.items()},
        _parse_score(item.get("score", 1.0)),
    )


def _matches(item: Mapping[str, Any]) -> bool:
    return "triples" in item


def _parse(item: Mapping[str, Any]) -> Record:
    _check_keys(item, RECORD_KEYS, "a record")
    text = get_value(item, "text", str)
    meta: Dict[str, Any] = check_value(item.get("meta", {}), dict, "'meta'")
    if "triples" not in item:
        return Record(text, None, meta)
    triples = get_value(item, "triples", list)
    return Record(text, [_parse_triple(triple) for triple in triples], meta)


def _dump(record: Record) -> Dict[str, Any]:
    item: Dict[str, Any] = {"text": record.text}
    if record.triples is not None:
        item["triples"] = [_dump_triple(triple) for triple in record.triples]
    return {**item, "meta": dict(record.meta)} if record.meta else item


def _dump_triple(triple: RawTriple) -> Dict[str, Any]:
    item = {
        SUBJECT: _dump_argument(triple.subject),
        "predicate": triple.predicate,
        OBJECT: _dump_argument(triple.object),
        "score": triple.score,
    }
    qualifiers = {name: _dump_argument(value) for name, value in triple.qualifiers.items()}
    return {**item, "qualifiers": qualifiers} if qualifiers else item


def _dump_argument(argument: Argument) -> Dict[str, Any]:
    offsets = {"start": argument.start, "end": argument.end}
    known = {key: offset for key, offset in offsets.items() if offset is not None}
    kind = {"type": argument.type} if argument.type else {}
    return {"text": argument.text, **known, **kind}


SPO_JSONL = Format(
    "spo_jsonl",
    '"triples" as `Triple.to_dict` writes them',
    _matches,
    _parse,
    dump=_dump,
    represents=(OFFSETS, TYPES, QUALIFIERS, SCORES, UNANNOTATED),
    priority=-1,  # other formats may have a key "triples", too
)

"""The format of this package, for every part of a triple.

`{"text": "Ann wrote Dune", "triples": [{"subject": "Dune", "predicate": "author", "object":
"Ann"}]}`. A triple may also be a list, `["Dune", "author", "Ann"]`. Arguments are found by their
texts, unless they have offsets, which count characters: `Triple.to_dict` writes
`{"subject": {"text": "Dune", "start": 10, "end": 14, "type": "BOOK"}, "predicate": "author",
"object": {"text": "Ann", "start": 0, "end": 3}, "score": 0.9, "qualifiers": {"onDate": {"text":
"1965"}}}`. `type`, `score` and `qualifiers` may be missing. A record without `triples` is
unannotated. Further keys of a record are meta data; those of a triple are counted, and left out.
"""

import reprlib
from typing import Any, Dict, Mapping, Optional, Tuple

from ...triples import OBJECT, SUBJECT
from ..format import (
    NEGATIVES,
    OFFSETS,
    PROVENANCE,
    QUALIFIERS,
    SCORES,
    TYPES,
    UNANNOTATED,
    Format,
    count_lists,
)
from ..records import UNKNOWN_KEYS, Argument, RawTriple, Record, add_provenance, build_record
from ..textual_triples import choose_role_keys, parse_text_triple
from ..values import (
    check_value,
    get_optional_list,
    get_provenance,
    get_text,
    get_type,
    get_value,
    matches_first,
    to_text,
)

_TRIPLES = "triples"
_RECORD_KEYS = frozenset(("id", "text", _TRIPLES, "meta"))
_ARGUMENT_KEYS = frozenset(("text", "start", "end", "type"))


def parse_triple(value: Any) -> RawTriple:
    """Parse a triple as `Triple.to_dict` writes it, or one of texts.

    value (Any): The triple.
    RETURNS (RawTriple): The triple.
    RAISES (ValueError): If something is missing or not of the format.
    """
    if isinstance(value, list):
        return parse_text_triple(value)
    item = check_value(value, dict, "a triple")
    subject, predicate, object_ = choose_role_keys(item)
    return RawTriple(
        _parse_argument(item, subject, get_type(item, f"{subject}_type")),
        get_value(item, predicate, str),
        _parse_argument(item, object_, get_type(item, f"{object_}_type")),
        _parse_qualifiers(item),
        _parse_score(item.get("score")),
    )


def _parse_argument(item: Mapping[str, Any], role: str, kind: str = "") -> Argument:
    value = get_value(item, role, object)
    if not isinstance(value, dict):
        return Argument(to_text(value, repr(role)), kind)
    start, end = _parse_offsets(value, role)
    return Argument(get_text(value, "text"), get_type(value, "type") or kind, start, end)


def _parse_offsets(item: Mapping[str, Any], role: str) -> Tuple[Optional[int], Optional[int]]:
    start, end = item.get("start"), item.get("end")
    if start is None and end is None:
        return None, None
    if type(start) is not int or type(end) is not int:
        raise ValueError(
            f"'start' and 'end' of the argument {role!r} must be two whole numbers, or missing"
        )
    return start, end


def _parse_qualifiers(item: Mapping[str, Any]) -> Dict[str, Argument]:
    given = item.get("qualifiers")
    qualifiers = check_value({} if given is None else given, dict, "'qualifiers'")
    return {n: _parse_argument(qualifiers, n) for n, v in qualifiers.items() if v is not None}


def _parse_score(value: Any) -> float:
    if value is None:
        return 1.0
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 1:
        raise ValueError(f"'score' must be a number from 0 to 1, not {reprlib.repr(value)}")
    return float(value)


def _has_unknown_keys(value: Any) -> bool:
    """Tell a triple with keys that are left out."""
    if not isinstance(value, dict):
        return False
    roles = choose_role_keys(value)
    known = {*roles, *(f"{role}_type" for role in roles), "score", "qualifiers"}
    qualifiers = value.get("qualifiers")
    arguments = [value.get(role) for role in roles]
    arguments += qualifiers.values() if isinstance(qualifiers, dict) else ()
    return not known.issuperset(value) or any(
        isinstance(a, dict) and not _ARGUMENT_KEYS.issuperset(a) for a in arguments
    )


def _matches_triple(first: Any) -> bool:
    if not isinstance(first, dict):
        return isinstance(first, list)
    subject = first.get(choose_role_keys(first)[0])
    # Other formats with such a list have texts of arguments under other keys.
    return subject is not None and (not isinstance(subject, dict) or "text" in subject)


def _matches(item: Mapping[str, Any]) -> bool:
    is_text = "text" in item and _RECORD_KEYS.issuperset(item)
    return matches_first(item, _TRIPLES, _matches_triple) or (is_text and _TRIPLES not in item)


def _parse(item: Mapping[str, Any]) -> Record:
    triples = get_optional_list(item, _TRIPLES)
    n_unknown = sum(map(_has_unknown_keys, triples or ()))
    return build_record(
        get_value(item, "text", str),
        triples,
        parse_triple,
        **get_provenance(item, ("text", _TRIPLES)),
        notes={UNKNOWN_KEYS: n_unknown},
        reads_no_relation=False,
    )


def _dump(record: Record) -> Dict[str, Any]:
    item: Dict[str, Any] = {"text": record.text}
    if record.triples is not None:
        item[_TRIPLES] = [_dump_triple(triple) for triple in record.triples]
    return add_provenance(item, record)


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
    '{"text": "Ann wrote Dune", "triples": [{"subject": "Dune", "predicate": "author", '
    '"object": "Ann"}]}',
    _matches,
    _parse,
    count=count_lists(_TRIPLES),
    dump=_dump,
    represents=(OFFSETS, TYPES, QUALIFIERS, SCORES, PROVENANCE, UNANNOTATED, NEGATIVES),
    priority=-1,  # other formats may have a key "triples", too
)

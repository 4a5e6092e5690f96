"""Prodigy's relations, as `rel.manual` shows them and `db-out` writes them.

`{"text": ..., "tokens": [{"text": ..., "start": ..., "end": ..., "id": ..., "ws": ...}], "spans":
[{"start": ..., "end": ..., "token_start": ..., "token_end": ..., "label": ...}], "relations":
[{"head": ..., "child": ..., "head_span": {...}, "child_span": {...}, "label": ...}], "answer":
"accept"}`. `token_end` is the last token itself. The head is the subject, the child the object:
each the last token of its span. A token without a span is an argument as well. A record that was
rejected or ignored, or with neither an answer nor relations, is unannotated.

Source: https://prodi.gy/docs/api-interfaces#relations.
"""

import reprlib
from itertools import chain
from typing import Any, Dict, Iterator, List, Mapping, Sequence, Tuple

from ..entities import from_label, get_character_offsets, index_entities, slice_argument, to_label
from ..format import OFFSETS, TYPES, UNANNOTATED, Format
from ..records import Argument, RawTriple, Record
from ..tokens import find_tokens
from ..values import check_value, get_first, get_list, get_type, get_value

_ACCEPT = "accept"
_ANSWERS = (_ACCEPT, "reject", "ignore")


def _parse(item: Mapping[str, Any]) -> Record:
    text = get_value(item, "text", str)
    if not _is_annotated(item):
        return Record(text, None)
    return Record(text, [_parse_relation(r, item) for r in get_list(item, "relations", dict)])


def _is_annotated(item: Mapping[str, Any]) -> bool:
    if "answer" not in item:
        return "relations" in item
    if item["answer"] not in _ANSWERS:
        answer = reprlib.repr(item["answer"])
        raise ValueError(f"'answer' must be one of {_ANSWERS}, not {answer}")
    return bool(item["answer"] == _ACCEPT)


def _parse_relation(relation: Mapping[str, Any], item: Mapping[str, Any]) -> RawTriple:
    subject, object_ = (_parse_argument(relation, key, item) for key in ("head", "child"))
    return RawTriple(subject, get_value(relation, "label", str), object_)


def _parse_argument(relation: Mapping[str, Any], key: str, item: Mapping[str, Any]) -> Argument:
    span = relation.get(f"{key}_span")
    if span is None:
        span = _find_span(item, get_value(relation, key, int))
    check_value(span, dict, f"'{key}_span'")
    start, stop = get_value(span, "start", int), get_value(span, "end", int)
    return slice_argument(item["text"], start, stop, from_label(get_type(span, "label")))


def _find_span(item: Mapping[str, Any], token: int) -> Mapping[str, Any]:
    spans = get_list(item, "spans", dict) if "spans" in item else []
    tokens = get_list(item, "tokens", dict)
    found = next(_candidates(spans, tokens, token), None)
    if found is None:
        raise ValueError(f"a relation names the token {token}, and there are {len(tokens)}")
    return found


def _candidates(
    spans: Sequence[Mapping[str, Any]], tokens: Sequence[Mapping[str, Any]], token: int
) -> Iterator[Mapping[str, Any]]:
    """List the arguments of a token's index, the best first."""
    ranges = [(get_value(s, "token_start", int), get_value(s, "token_end", int)) for s in spans]
    return chain(
        (span for span, (_, last) in zip(spans, ranges) if last == token),
        (span for span, (first, last) in zip(spans, ranges) if first <= token <= last),
        (value for number, value in enumerate(tokens) if number == token),
    )


def _dump(record: Record) -> Dict[str, Any]:
    task: Dict[str, Any] = {"text": record.text, "tokens": _dump_tokens(record)}
    if record.triples is None:
        return task
    spans = {a: _dump_span(a, record.tokens) for a in index_entities(record.triples)}
    relations = [_dump_relation(triple, spans) for triple in record.triples]
    return {**task, "spans": list(spans.values()), "relations": relations, "answer": _ACCEPT}


def _dump_tokens(record: Record) -> List[Dict[str, Any]]:
    # "ws": whether white space, which is no token, follows.
    next_starts = [*(start for start, _ in record.tokens[1:]), len(record.text)]
    return [
        {"text": record.text[a:b], "start": a, "end": b, "id": number, "ws": b < next_start}
        for number, ((a, b), next_start) in enumerate(zip(record.tokens, next_starts))
    ]


def _dump_span(argument: Argument, tokens: Sequence[Tuple[int, int]]) -> Dict[str, Any]:
    start, end = get_character_offsets(argument)
    first, stop = find_tokens(tokens, start, end)
    return {
        "start": start,
        "end": end,
        "token_start": first,
        "token_end": stop - 1,
        "label": to_label(argument.type),
    }


def _dump_relation(
    triple: RawTriple, spans: Mapping[Argument, Mapping[str, Any]]
) -> Dict[str, Any]:
    head, child = spans[triple.subject], spans[triple.object]
    return {
        "head": head["token_end"],
        "child": child["token_end"],
        "head_span": head,
        "child_span": child,
        "label": triple.predicate,
    }


def _matches(item: Mapping[str, Any]) -> bool:
    return "relations" in item and isinstance(get_first(item, "tokens"), dict)


PRODIGY = Format(
    "prodigy",
    '"relations" from "head" to "child", by token, as Prodigy writes them',
    _matches,
    _parse,
    dump=_dump,
    represents=(OFFSETS, TYPES, UNANNOTATED),
)

"""Prodigy's relations, as `rel.manual` shows them and `db-out` writes them.

`{"text": ..., "tokens": [{"text": ..., "start": ..., "end": ..., "id": ..., "ws": ...}], "spans":
[{"start": ..., "end": ..., "token_start": ..., "token_end": ..., "label": ...}], "relations":
[{"head": ..., "child": ..., "head_span": {...}, "child_span": {...}, "label": ...}], "answer":
"accept"}`. `token_end` is the last token itself; the tokens state the text of a span. The head is
the subject, the child the object: each the last token of its span. A token without a span is an
argument as well. A record that was rejected or ignored is unannotated, and so is one without
relations, as of `ner.manual`.

Source: https://prodi.gy/docs/api-interfaces#relations.
"""

import reprlib
from itertools import accumulate
from typing import Any, Dict, List, Mapping, Sequence, Tuple

from ..entities import (
    from_label,
    get_character_offsets,
    index_entities,
    require_label,
    slice_argument,
    to_label,
)
from ..format import (
    NEGATIVES,
    OFFSETS,
    PREDICATE,
    PROVENANCE,
    TYPES,
    UNANNOTATED,
    Format,
    count_lists,
)
from ..records import (
    MALFORMED_ENTITY,
    NO_ENTITY,
    Argument,
    LostTripleError,
    RawTriple,
    Record,
    add_provenance,
    build_record,
    check_relation,
)
from ..tokens import find_tokens
from ..values import get_first, get_optional_list, get_provenance, get_type, get_value

_ACCEPT = "accept"
_ANSWERS = (_ACCEPT, "reject", "ignore")
# Hashes are of the data, and made anew when they are read.
_KEYS = ("text", "tokens", "spans", "relations", "answer", "_input_hash", "_task_hash")


class _Spans:
    """Arguments by token.

    item (Mapping[str, Any]): The JSON object of a record.
    """

    def __init__(self, item: Mapping[str, Any]) -> None:
        self._text = get_value(item, "text", str)
        self._tokens = get_optional_list(item, "tokens") or []
        # Joined once: many relations may name the same long span.
        stated = _state_tokens(self._tokens)
        self._joined = "".join(stated)
        self._starts = list(accumulate(map(len, stated), initial=0))
        self._by_last: Dict[int, Any] = {}
        self._by_token: Dict[int, Any] = {}
        # A token that is in no span, for each: itself, or one after it.
        self._uncovered = list(range(len(self._tokens) + 1))
        self._has_malformed = False
        for span in get_optional_list(item, "spans") or []:
            self._add(span)

    def _add(self, span: Any) -> None:
        try:
            first, last = get_value(span, "token_start", int), get_value(span, "token_end", int)
        except ValueError:
            self._has_malformed = True
            return
        self._by_last.setdefault(last, span)
        n_tokens = len(self._tokens)
        token = self._find_uncovered(min(max(first, 0), n_tokens))
        while token <= min(last, n_tokens - 1):
            self._by_token[token] = span
            self._uncovered[token] = token + 1
            token = self._find_uncovered(token)

    def _find_uncovered(self, token: int) -> int:
        # Not token by token: of many spans over each other, each would take as long as the first.
        uncovered = self._uncovered
        while uncovered[token] != token:
            uncovered[token] = uncovered[uncovered[token]]
            token = uncovered[token]
        return token

    def get(self, token: int) -> Argument:
        """Get the argument of a token: a span, or itself."""
        found = self._by_last.get(token, self._by_token.get(token))
        if found is not None:
            return self.parse(found)
        if not 0 <= token < len(self._tokens):
            n_tokens = len(self._tokens)
            raise LostTripleError(NO_ENTITY, f"there is no token {token}: there are {n_tokens}")
        if self._has_malformed:
            raise LostTripleError(
                MALFORMED_ENTITY,
                f"the token {token} is in no span, and there are spans without 'token_start' or "
                "'token_end'",
            )
        return self.parse(self._tokens[token])

    def parse(self, span: Any) -> Argument:
        """Parse a span, or a token."""
        start, end = get_value(span, "start", int), get_value(span, "end", int)
        kind = from_label(get_type(span, "label"))
        stated = span.get("text") or self._get_stated(span)
        if isinstance(stated, str) and stated:
            return Argument(stated, kind, start, end)
        return slice_argument(self._text, start, end, kind)

    def _get_stated(self, span: Mapping[str, Any]) -> str:
        # Only if they are at its offsets: a tool may count `token_end` as the token after it.
        first, last = span.get("token_start"), span.get("token_end")
        if not isinstance(first, int) or not isinstance(last, int):
            return ""
        last = min(last, len(self._tokens) - 1)
        if not 0 <= first <= last or not self._joined:
            return ""
        offsets = self._tokens[first].get("start"), self._tokens[last].get("end")
        if offsets != (span["start"], span["end"]):
            return ""
        return self._joined[self._starts[first] : self._starts[last + 1]].strip()


def _state_tokens(tokens: Sequence[Any]) -> List[str]:
    """List tokens with the white space after them, if all state text."""
    if not all(isinstance(token, dict) and "text" in token for token in tokens):
        return []
    return [f"{token['text']}{' ' * bool(token.get('ws'))}" for token in tokens]


def _parse(item: Mapping[str, Any], predicate: str = "") -> Record:
    text = get_value(item, "text", str)
    others = get_provenance(item, _KEYS)
    if not _is_accepted(item):
        return Record(text, None, **others)
    spans = _Spans(item)
    relations = get_optional_list(item, "relations")
    return build_record(
        text, relations, lambda row: _parse_relation(row, spans, predicate), **others
    )


def _is_accepted(item: Mapping[str, Any]) -> bool:
    answer = item.get("answer")
    if answer is not None and answer not in _ANSWERS:
        raise ValueError(f"'answer' must be one of {_ANSWERS}, not {reprlib.repr(answer)}")
    return answer in (None, _ACCEPT)


def _parse_relation(relation: Mapping[str, Any], spans: _Spans, predicate: str) -> RawTriple:
    subject = _parse_argument(relation, "head", spans)
    object_ = _parse_argument(relation, "child", spans)
    label = require_label(get_type(relation, "label"), predicate)
    return RawTriple(subject, label, object_)


def _parse_argument(relation: Mapping[str, Any], key: str, spans: _Spans) -> Argument:
    if not isinstance(relation, dict) or relation.get(f"{key}_span") is None:
        return spans.get(get_value(relation, key, int))
    return spans.parse(get_value(relation, f"{key}_span", dict))


def _dump(record: Record) -> Dict[str, Any]:
    task: Dict[str, Any] = {"text": record.text, "tokens": _dump_tokens(record)}
    task = add_provenance(task, record)
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
        "label": check_relation(triple.predicate),
    }


def _matches(item: Mapping[str, Any]) -> bool:
    token, relation = get_first(item, "tokens"), get_first(item, "relations")
    has_tokens = isinstance(token, dict) and "start" in token
    has_spans = isinstance(relation, dict) and "head_span" in relation
    # Without "answer", the tokens of an empty text show nothing.
    return "text" in item and (has_tokens or has_spans or item.get("answer") in _ANSWERS)


PRODIGY = Format(
    "prodigy",
    '"relations" from "head" to "child", by token, as Prodigy writes them',
    _matches,
    _parse,
    count=count_lists("relations"),
    parse_options=(PREDICATE,),
    dump=_dump,
    represents=(OFFSETS, TYPES, PROVENANCE, UNANNOTATED, NEGATIVES),
)

"""The format of GLiREL.

`{"tokenized_text": ["Mara", "Quill", "runs", "Oldport"], "ner": [[0, 1, "PER", "Mara Quill"], [3,
3, "ORG", "Oldport"]], "relations": [{"head": {"mention": "Oldport", "position": [3, 3], "type":
"ORG"}, "tail": {"mention": "Mara Quill", "position": [0, 1], "type": "PER"}, "relation_text":
"chief"}]}`. `position` has the first and the last token. Where it has the token after the last one
instead, `mention` shows it; a relation without `mention` is lost. The text is built from the
tokens.

Source: Boylan et al. 2025, "GLiREL - Generalist Model for Zero-Shot Relation Extraction"
(https://github.com/jackboyla/GLiREL).
"""

from typing import Any, Mapping

from ..format import Format, count_lists
from ..records import Argument, RawTriple, Record, build_record
from ..stated_tokens import find_stated
from ..tokens import TokenText
from ..values import (
    get_list,
    get_offsets,
    get_optional_list,
    get_provenance,
    get_text,
    get_type,
    get_value,
)

_KEYS = ("tokenized_text", "ner", "relations")


def _parse_argument(entity: Mapping[str, Any], tokens: TokenText) -> Argument:
    mention = get_text(entity, "mention")
    start, end = get_offsets(entity, "position")
    return find_stated(tokens, start, end, mention, get_type(entity, "type"))


def _parse_relation(relation: Mapping[str, Any], tokens: TokenText) -> RawTriple:
    label = get_value(relation, "relation_text", str)
    head, tail = get_value(relation, "head", dict), get_value(relation, "tail", dict)
    return RawTriple(_parse_argument(head, tokens), label, _parse_argument(tail, tokens))


def _matches(item: Mapping[str, Any]) -> bool:
    return "tokenized_text" in item


def _parse(item: Mapping[str, Any]) -> Record:
    tokens = TokenText(get_list(item, "tokenized_text", str))
    relations = get_optional_list(item, "relations")
    others = get_provenance(item, _KEYS)
    return build_record(
        tokens.text, relations, lambda relation: _parse_relation(relation, tokens), **others
    )


GLIREL = Format(
    "glirel",
    '"tokenized_text" and "relations" of "head", "tail" and "relation_text"',
    _matches,
    _parse,
    count=count_lists("relations"),
    priority=3,
)

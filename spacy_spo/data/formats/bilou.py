"""Tokens with BILOU tags, as in the CoNLL04 of TablERT.

`{"tokens": ["Mara", "Quill", "runs", "Oldport"], "tags": ["B-Peop", "L-Peop", "O", "U-Org"],
"relations": [{"head": 0, "tail": 1, "type": "Work_For"}]}`. `head` and `tail` are indices of the
entities in the order of the tags. BIO, IOB1, BIOES and BMES tags are parsed too. The text is built
from the tokens.

Source: Ma et al. 2022, "Named Entity Recognition and Relation Extraction using Enhanced Table
Filling by Contextualized Representations" (https://github.com/YoumiMa/TablERT); Roth and Yih 2004,
"A Linear Programming Formulation for Global Inference in Natural Language Tasks".
"""

import re
import reprlib
from dataclasses import dataclass
from functools import partial
from typing import Any, List, Mapping, Sequence, Tuple

from ..entities import number_entities, relate_numbered
from ..format import Format, count_lists
from ..records import Argument, Record, build_record
from ..tokens import TokenText
from ..values import get_list, get_optional_list, get_provenance, get_value

_TAG = re.compile(r"([BUSIMLE])-(.+)", re.DOTALL)
_OUTSIDE = "O"
_BEGIN = "BUS"
_LAST = "USLE"
_KEYS = ("tokens", "tags", "relations")


@dataclass
class _Chunk:
    """Tokens of an entity, with its type, or why it is malformed."""

    start: int
    end: int
    kind: str
    error: str = ""


def _split(tag: Any) -> Tuple[str, str]:
    """Split a tag into prefix and type; no tag has none."""
    match = _TAG.fullmatch(tag) if isinstance(tag, str) else None
    if match:
        return match[1], match[2]
    return (_OUTSIDE if tag == _OUTSIDE else ""), ""


def _decode(tags: Sequence[Any]) -> List[_Chunk]:
    """Decode tags into the entities in their order."""
    split = [_split(tag) for tag in tags]
    # In IOB1, an I begins an entity as well. With tags for the last token, it cannot.
    begin = _BEGIN if any(prefix and prefix in _LAST for prefix, _ in split) else _BEGIN + "I"
    chunks: List[_Chunk] = []
    # The type of the entity that the next tag may continue, and why numbers are unsure.
    open_type = unsure = ""
    for index, (prefix, kind) in enumerate(split):
        if not prefix:
            unsure = unsure or _describe_no_tag(index, tags[index])
            chunks.append(_Chunk(index, index + 1, "", unsure))
        elif prefix != _OUTSIDE and (prefix in _BEGIN or kind != open_type):
            stray = "" if prefix in begin else _describe_stray(index, tags[index])
            chunks.append(_Chunk(index, index + 1, kind, unsure or stray))
        elif prefix != _OUTSIDE:
            chunks[-1].end = index + 1
        open_type = "" if not prefix or prefix in _LAST else kind
    return chunks


def _describe_no_tag(index: int, tag: Any) -> str:
    return (
        f"the tag of token {index} is {reprlib.repr(tag)}, and a tag is O, or B, I, L, U, S, E or "
        "M with a type as in 'B-Person'; from there on the entities cannot be numbered"
    )


def _describe_stray(index: int, tag: str) -> str:
    return f"the tag {reprlib.repr(tag)} of token {index} goes on with no entity before it"


def _parse_entity(chunk: _Chunk, text: TokenText) -> Argument:
    if chunk.error:
        raise ValueError(chunk.error)
    return text.argument(chunk.start, chunk.end, chunk.kind)


def _matches(item: Mapping[str, Any]) -> bool:
    return "tokens" in item and "tags" in item


def _parse(item: Mapping[str, Any]) -> Record:
    tokens, tags = get_list(item, "tokens", str), get_value(item, "tags", list)
    if len(tokens) != len(tags):
        raise ValueError(f"there are {len(tokens)} tokens and {len(tags)} tags")
    text = TokenText(tokens)
    entities = number_entities(_decode(tags), partial(_parse_entity, text=text))
    return build_record(
        text.text,
        get_optional_list(item, "relations"),
        partial(relate_numbered, entities=entities),
        **get_provenance(item, _KEYS),
    )


BILOU = Format(
    "bilou",
    '"tokens" with BILOU or BIO "tags", and "relations"',
    _matches,
    _parse,
    count=count_lists("relations"),
    priority=2,
)

"""Tokens with BILOU tags, as in the CoNLL04 of TablERT.

`{"tokens": ["Mara", "Quill", "runs", "Oldport"], "tags": ["B-Peop", "L-Peop", "O", "U-Org"],
"relations": [{"head": 0, "tail": 1, "type": "Work_For"}]}`. `head` and `tail` are indices of the
entities in the order of the tags. BIO and BIOES tags are parsed too. The text is built from the
tokens.

Source: Ma et al. 2022, "Named Entity Recognition and Relation Extraction using Enhanced Table
Filling by Contextualized Representations" (https://github.com/YoumiMa/TablERT); Roth and Yih 2004,
"A Linear Programming Formulation for Global Inference in Natural Language Tasks".
"""

import re
from typing import Any, List, Mapping, Sequence, Tuple

from ..entities import relate_numbered
from ..format import Format
from ..records import Record
from ..tokens import TokenText
from ..values import get_list

_TAG = re.compile(r"([BUSILE])-(.+)", re.DOTALL)
_OUTSIDE = "O"
_BEGIN = "BUS"
_LAST = "USLE"


def _entities(tags: Sequence[str]) -> List[Tuple[int, int, str]]:
    """Decode tags into spans of tokens with their types."""
    entities: List[Tuple[int, int, str]] = []
    # The type of the entity that the next tag may continue.
    open_type = ""
    for index, tag in enumerate(tags):
        prefix, kind = _split(tag)
        if prefix in _BEGIN:
            entities.append((index, index + 1, kind))
        elif prefix != _OUTSIDE and kind == open_type:
            entities[-1] = (entities[-1][0], index + 1, kind)
        elif prefix != _OUTSIDE:
            raise ValueError(f"the tag {tag!r} of token {index} goes on with no entity before it")
        open_type = "" if prefix in _LAST else kind
    return entities


def _split(tag: str) -> Tuple[str, str]:
    match = _TAG.fullmatch(tag)
    if match:
        return match[1], match[2]
    if tag == _OUTSIDE:
        return _OUTSIDE, ""
    raise ValueError(
        f"a tag is O, or B, I, L, U, S or E with a type as in 'B-Person', and not {tag!r}"
    )


def _matches(item: Mapping[str, Any]) -> bool:
    return "tokens" in item and "tags" in item


def _parse(item: Mapping[str, Any]) -> Record:
    tokens, tags = get_list(item, "tokens", str), get_list(item, "tags", str)
    if len(tokens) != len(tags):
        raise ValueError(f"there are {len(tokens)} tokens and {len(tags)} tags")
    text = TokenText(tokens)
    entities = [text.argument(*entity) for entity in _entities(tags)]
    relations = get_list(item, "relations", dict)
    return Record(text.text, [relate_numbered(relation, entities) for relation in relations])


BILOU = Format(
    "bilou", '"tokens" with BILOU or BIO "tags", and "relations"', _matches, _parse, priority=2
)

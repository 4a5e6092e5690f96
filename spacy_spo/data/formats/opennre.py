"""The format of OpenNRE: NYT10, Wiki80, Wiki20m, FewRel and SemEval 2010.

`{"text": "Mara Quill runs Oldport", "h": {"name": "Oldport", "id": "Q7", "pos": [16, 23]}, "t":
{"name": "Mara Quill", "id": "Q8", "pos": [0, 10]}, "relation": "chief"}`, one pair of entities a
record. With `token`, a list, instead of `text`, `pos` counts tokens, and the text is built from
them. Some data count the last token or character, some the one after it: `name` decides, and a
relation without it is lost. The records of one text make one, wherever in the file they are.

Source: Han et al. 2019, "OpenNRE: An Open and Extensible Toolkit for Neural Relation Extraction"
(https://github.com/thunlp/OpenNRE).
"""

from functools import partial
from typing import Any, Callable, Mapping

from ..format import Format
from ..gathering import count_members, gather
from ..pairs import build_pairs, get_text_key
from ..records import Argument, RawTriple, Record
from ..stated_tokens import find_stated, is_same_text
from ..tokens import TokenText
from ..values import get_list, get_offsets, get_text, get_type, get_value

_TEXT_KEYS = ("text", "token")
_KEYS = (*_TEXT_KEYS, "h", "t")

_ParseArgument = Callable[[Mapping[str, Any]], Argument]


def _find_in_tokens(entity: Mapping[str, Any], tokens: TokenText) -> Argument:
    name, (start, end) = get_text(entity, "name"), get_offsets(entity, "pos")
    return find_stated(tokens, start, end, name, get_type(entity, "type"))


def _find_in_text(entity: Mapping[str, Any], text: str) -> Argument:
    name, (start, end) = get_text(entity, "name"), get_offsets(entity, "pos")
    kind = get_type(entity, "type")
    for after in (end, end + 1):
        if start >= 0 and is_same_text(text[start:after], name):
            return Argument(text[start:after], kind, start, after)
    return Argument(name, kind, start, end)


def _parse_pair(pair: Mapping[str, Any], label: str, parse: _ParseArgument) -> RawTriple:
    head, tail = get_value(pair, "h", dict), get_value(pair, "t", dict)
    return RawTriple(parse(head), label, parse(tail))


def _matches(item: Mapping[str, Any]) -> bool:
    return {"h", "t"} <= set(item) and not set(item).isdisjoint(_TEXT_KEYS)


def _parse(item: Mapping[str, Any]) -> Record:
    if item.get("token") is None:
        text = get_value(item, "text", str)
        parse: _ParseArgument = partial(_find_in_text, text=text)
    else:
        tokens = TokenText(get_list(item, "token", str))
        text, parse = tokens.text, partial(_find_in_tokens, tokens=tokens)
    return build_pairs(text, item, partial(_parse_pair, parse=parse), _KEYS)


OPENNRE = Format(
    "opennre",
    '"text" or "token", and one "relation" of the entities "h" and "t"',
    _matches,
    _parse,
    arrange=partial(gather, get_key=partial(get_text_key, text_keys=_TEXT_KEYS)),
    count=count_members,
    priority=3,
)

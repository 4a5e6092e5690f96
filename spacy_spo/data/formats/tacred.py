"""The format of TACRED, TACREV and Re-TACRED.

`{"id": "61", "token": ["Mara", "Quill", "runs", "Oldport"], "subj_start": 3, "subj_end": 3,
"subj_type": "ORG", "obj_start": 0, "obj_end": 1, "obj_type": "PER", "relation": "chief"}`, one pair
of entities a record. The ends are the last tokens. Copies that have the tokens after the last ones
are told by their spans: see `_is_inclusive`. The text is built from the tokens. The records of one
text make one, wherever in the file they are.

Source: Zhang et al. 2017, "Position-aware Attention and Supervised Data Improve Slot Filling"
(https://nlp.stanford.edu/projects/tacred/); Stoica et al. 2021, "Re-TACRED: Addressing
Shortcomings of the TACRED Dataset" (https://github.com/gstoica27/Re-TACRED).
"""

from functools import partial
from typing import Any, Iterable, List, Mapping, Tuple

from ..files import Item
from ..format import Format, Items
from ..gathering import count_members, gather, get_members
from ..pairs import build_pairs, get_text_key
from ..records import Argument, RawTriple, Record
from ..tokens import TokenText
from ..values import get_list, get_type, get_value

_IS_INCLUSIVE = "ends are last tokens"
_ROLES = ("subj", "obj")
_SPANS = [f"{role}_{key}" for role in _ROLES for key in ("start", "end", "type")]
_ANALYSES = ["stanford_pos", "stanford_ner", "stanford_head", "stanford_deprel"]
_KEYS = ["token", *_SPANS, *_ANALYSES, _IS_INCLUSIVE]

# So many arguments, and none of one token: they would be there in any corpus.
_MIN_ARGUMENTS = 20


def _arrange(items: Items) -> Items:
    arranged = list(gather(items, partial(get_text_key, text_keys=["token"])))
    values = [item.value for item in arranged if isinstance(item, Item)]
    is_inclusive = _is_inclusive(pair.value for value in values for pair in get_members(value))
    for item in arranged:
        if isinstance(item, Item):
            item = Item(item.location, {**item.value, _IS_INCLUSIVE: is_inclusive})
        yield item


def _is_inclusive(pairs: Iterable[Mapping[str, Any]]) -> bool:
    """Tell whether the ends of a file are the last tokens.

    If they are, arguments of one token end where they start. If not, none does, and an argument may
    end after the last token of the text.
    """
    spans = [span for pair in pairs for span in _list_spans(pair)]
    if any(start == end for start, end, _ in spans):
        return True
    ends_after_text = any(end == n_tokens for _, end, n_tokens in spans)
    return not ends_after_text and len(spans) < _MIN_ARGUMENTS


def _list_spans(pair: Mapping[str, Any]) -> List[Tuple[int, int, int]]:
    """List starts and ends, with the number of tokens."""
    try:
        n_tokens = len(get_value(pair, "token", list))
        return [(*_get_span(pair, role), n_tokens) for role in _ROLES]
    except ValueError:
        return []


def _get_span(pair: Mapping[str, Any], role: str) -> Tuple[int, int]:
    return get_value(pair, f"{role}_start", int), get_value(pair, f"{role}_end", int)


def _matches(item: Mapping[str, Any]) -> bool:
    return {"token", "subj_start", "obj_start"} <= set(item)


def _parse(item: Mapping[str, Any]) -> Record:
    tokens = TokenText(get_list(item, "token", str))
    n_last = 1 if item.get(_IS_INCLUSIVE, True) else 0

    def parse_argument(pair: Mapping[str, Any], role: str) -> Argument:
        start, end = _get_span(pair, role)
        return tokens.argument(start, end + n_last, get_type(pair, f"{role}_type"))

    def parse_pair(pair: Mapping[str, Any], label: str) -> RawTriple:
        return RawTriple(parse_argument(pair, "subj"), label, parse_argument(pair, "obj"))

    return build_pairs(tokens.text, item, parse_pair, _KEYS)


TACRED = Format(
    "tacred",
    '"token", and one "relation" of two entities by "subj_start" and "obj_start"',
    _matches,
    _parse,
    arrange=_arrange,
    count=count_members,
    priority=3,
)

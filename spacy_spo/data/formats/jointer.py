"""The format of JointER.

`{"tokens": ["Mara", "Quill", "runs", "Oldport"], "spo_list": [["Oldport", "chief", "Mara Quill"]],
"spo_details": [[3, 4, "ORG", "chief", 0, 2, "PER"]]}`: the first token of the subject, the token
after its last one, its type, the predicate, and the same of the object. The type `None` or
`None-label` is none. `spo_list` repeats the triples by text and is ignored. The text is built from
the tokens.

Source: Yu et al. 2020, "Joint Extraction of Entities and Relations Based on a Novel Decomposition
Strategy" (https://github.com/yubowen-ph/JointER).
"""

import reprlib
from functools import partial
from typing import Any, Mapping, Sequence

from ..format import Format, count_lists
from ..records import Argument, RawTriple, Record, build_record
from ..tokens import TokenText
from ..values import check_value, get_list, get_optional_list, get_provenance

_DETAILS = "spo_details"
_NO_TYPE = (None, "None", "None-label")


def _parse_argument(text: TokenText, values: Sequence[Any], role: str) -> Argument:
    start = check_value(values[0], int, f"the first token of the {role}")
    end = check_value(values[1], int, f"the token after the {role}")
    kind = "" if values[2] in _NO_TYPE else check_value(values[2], str, f"the type of the {role}")
    return text.argument(start, end, kind)


def _parse_triple(values: Any, text: TokenText) -> RawTriple:
    if not isinstance(values, list) or len(values) != 7:
        raise ValueError(
            "an element of 'spo_details' is [start, end, type, predicate, start, end, type], not "
            f"{reprlib.repr(values)}"
        )
    subject = _parse_argument(text, values[:3], "subject")
    predicate = check_value(values[3], str, "the predicate")
    return RawTriple(subject, predicate, _parse_argument(text, values[4:], "object"))


def _matches(item: Mapping[str, Any]) -> bool:
    return _DETAILS in item


def _parse(item: Mapping[str, Any]) -> Record:
    text = TokenText(get_list(item, "tokens", str))
    return build_record(
        text.text,
        get_optional_list(item, _DETAILS),
        partial(_parse_triple, text=text),
        **get_provenance(item, ("tokens", "spo_list", _DETAILS)),
    )


JOINTER = Format(
    "jointer",
    '"tokens" and "spo_details" with token offsets',
    _matches,
    _parse,
    count=count_lists(_DETAILS),
    priority=4,
)

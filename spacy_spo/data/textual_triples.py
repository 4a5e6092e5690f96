"""Triples whose arguments are texts without offsets, for formats with such triples.

A triple is a list, `["Oldport", "chief", "Mara Quill"]`, or a JSON object, with types and
qualifiers as in DuIE: `{"subject": "Oldport", "subject_type": "ORG", "predicate": "chief",
"object": {"@value": "Mara Quill", "onDate": "1998"}, "object_type": {"@value": "PER"}}`.
"""

import reprlib
from typing import Any, Dict, List, Mapping, Tuple

from ..schema import VALUE_KEY
from ..triples import OBJECT, SUBJECT
from .records import Argument, RawTriple
from .values import check_value, choose_key, get_text, get_type, get_value, to_text


def parse_text_triple(value: Any) -> RawTriple:
    """Parse a triple of texts.

    value (Any): A list [subject, predicate, object], or a JSON object with the keys of
        `choose_role_keys`.
    RETURNS (RawTriple): The triple. It has qualifiers if the object is a JSON object itself.
    RAISES (ValueError): If it is something else.
    """
    if isinstance(value, list):
        return _parse_list(value)
    item = check_value(value, dict, "a triple")
    subject, predicate, object_ = choose_role_keys(item)
    arguments = _parse_object(item, object_)
    return RawTriple(
        Argument(get_text(item, subject), get_type(item, f"{subject}_type")),
        get_value(item, predicate, str),
        arguments.pop(VALUE_KEY),
        arguments,
    )


def choose_role_keys(item: Mapping[str, Any]) -> Tuple[str, str, str]:
    """Choose the keys of the parts of a triple.

    item (Mapping[str, Any]): A triple.
    RETURNS (Tuple[str, str, str]): The keys of subject, predicate and object: "predicate" may also
        be "relation", and subject and object "head" and "tail" if both are texts. If they are
        numbers, they count entities.
    """
    if isinstance(item.get("head"), str) and isinstance(item.get("tail"), str):
        return "head", choose_key(item, "predicate", "relation", "type"), "tail"
    return SUBJECT, choose_key(item, "predicate", "relation"), OBJECT


def _parse_list(value: List[Any]) -> RawTriple:
    if len(value) != 3:
        raise ValueError(
            f"a triple is a list [subject, predicate, object], not {reprlib.repr(value)}"
        )
    subject, object_ = to_text(value[0], "a subject"), to_text(value[2], "an object")
    return RawTriple(
        Argument(subject), check_value(value[1], str, "a predicate"), Argument(object_)
    )


def _parse_object(item: Mapping[str, Any], key: str) -> Dict[str, Argument]:
    """Parse the object of a triple, under `VALUE_KEY`, and its qualifiers."""
    texts, types = get_value(item, key, object), item.get(f"{key}_type")
    if not isinstance(texts, Mapping):
        texts = {VALUE_KEY: to_text(texts, repr(key))}
    if not isinstance(types, Mapping):
        types = {VALUE_KEY: types}
    get_text(texts, VALUE_KEY)
    return {
        name: Argument(get_text(texts, name), get_type(types, name))
        for name, text in texts.items()
        # Some data have all qualifiers in all triples, most of them empty.
        if name == VALUE_KEY or text not in (None, "")
    }

"""DuIE 1.0, the data of the LIC2019 information extraction task.

`{"text": ..., "postag": ..., "spo_list": [{"subject": ..., "subject_type": ..., "predicate": ...,
"object": ..., "object_type": ...}]}`, all of them strings. `postag` is ignored. Test sets lack
`spo_list`.

Source: Li et al. 2019, "DuIE: A Large-scale Chinese Dataset for Information Extraction".
"""

from functools import partial
from typing import Any, Callable, Dict, Mapping, Tuple

from ..format import TYPES, UNANNOTATED, Format
from ..records import Argument, RawTriple, Record
from ..values import check_value, get_first, get_type, get_value

# Parses the object of a triple, and its qualifiers by name.
_ParseObject = Callable[[Mapping[str, Any]], Tuple[Argument, Dict[str, Argument]]]
# Makes "object" and "object_type" of a triple.
_DumpObject = Callable[[RawTriple], Tuple[Any, Any]]


def parse_duie(item: Mapping[str, Any], parse_object: _ParseObject) -> Record:
    """Parse a record of either DuIE format.

    item (Mapping[str, Any]): The JSON object.
    parse_object (Callable): Parses the object and the qualifiers of a triple, the only difference
        of the two formats.
    RETURNS (Record): The record.
    RAISES (ValueError): If something is missing or not of the format.
    """
    text = get_value(item, "text", str)
    if "spo_list" not in item:
        return Record(text, None)
    triples = get_value(item, "spo_list", list)
    return Record(text, [_parse_triple(triple, parse_object) for triple in triples])


def dump_duie(record: Record, dump_object: _DumpObject) -> Dict[str, Any]:
    """Dump a record of either DuIE format, the inverse of `parse_duie`.

    record (Record): The record.
    dump_object (Callable): Dumps the object of a triple, and its type.
    RETURNS (Dict[str, Any]): The JSON object.
    """
    if record.triples is None:
        return {"text": record.text}
    triples = [_dump_triple(triple, *dump_object(triple)) for triple in record.triples]
    return {"text": record.text, "spo_list": triples}


def first_object(item: Mapping[str, Any]) -> Any:
    """Get the object of the first triple.

    item (Mapping[str, Any]): The JSON object of a record.
    RETURNS (Any): The object; None if there is no triple.
    """
    first = get_first(item, "spo_list")
    return first.get("object") if isinstance(first, dict) else None


def _parse_triple(value: Any, parse_object: _ParseObject) -> RawTriple:
    triple = check_value(value, dict, "a triple in 'spo_list'")
    subject = Argument(get_value(triple, "subject", str), get_type(triple, "subject_type"))
    object_, qualifiers = parse_object(triple)
    return RawTriple(subject, get_value(triple, "predicate", str), object_, qualifiers)


def _dump_triple(triple: RawTriple, object_: Any, object_type: Any) -> Dict[str, Any]:
    return {
        "subject": triple.subject.text,
        "subject_type": triple.subject.type,
        "predicate": triple.predicate,
        "object": object_,
        "object_type": object_type,
    }


def _parse_object(triple: Mapping[str, Any]) -> Tuple[Argument, Dict[str, Argument]]:
    return Argument(get_value(triple, "object", str), get_type(triple, "object_type")), {}


def _dump_object(triple: RawTriple) -> Tuple[Any, Any]:
    return triple.object.text, triple.object.type


def _matches(item: Mapping[str, Any]) -> bool:
    return "postag" in item or isinstance(first_object(item), str)


DUIE1 = Format(
    "duie1",
    '"spo_list" with objects that are strings',
    _matches,
    partial(parse_duie, parse_object=_parse_object),
    dump=partial(dump_duie, dump_object=_dump_object),
    represents=(TYPES, UNANNOTATED),
    priority=6,
)

"""DuIE 1.0, the data of the LIC2019 information extraction task.

`{"text": "《竹影》是周舟的书", "postag": [...], "spo_list": [{"subject": "竹影", "subject_type":
"图书作品", "predicate": "作者", "object": "周舟", "object_type": "人物"}]}`. `postag` is ignored,
and types may be missing. Test sets lack `spo_list`. Triples of DuIE 2.0 are parsed, too.

Source: Li et al. 2019, "DuIE: A Large-scale Chinese Dataset for Information Extraction".
"""

from functools import partial
from typing import Any, Callable, Dict, Mapping, Tuple

from ..format import NEGATIVES, PROVENANCE, TYPES, UNANNOTATED, Format, count_lists
from ..records import RawTriple, Record, add_provenance, build_record
from ..textual_triples import choose_role_keys, parse_text_triple
from ..values import get_optional_list, get_provenance, get_value, matches_first

TRIPLES = "spo_list"
_TAGS = "postag"


def parse_duie(item: Mapping[str, Any]) -> Record:
    """Parse a record of either DuIE format.

    item (Mapping[str, Any]): The JSON object.
    RETURNS (Record): The record; unannotated without "spo_list".
    RAISES (ValueError): If the text is missing, or the triples are no list.
    """
    return build_record(
        get_value(item, "text", str),
        get_optional_list(item, TRIPLES),
        parse_text_triple,
        **get_provenance(item, ("text", TRIPLES, _TAGS)),
        reads_no_relation=False,
    )


def dump_duie(
    record: Record, dump_object: Callable[[RawTriple], Tuple[Any, Any]]
) -> Dict[str, Any]:
    """Dump a record of either DuIE format, the inverse of `parse_duie`.

    record (Record): The record.
    dump_object (Callable): Dumps the object of a triple, and its type.
    RETURNS (Dict[str, Any]): The JSON object.
    """
    item: Dict[str, Any] = {"text": record.text}
    if record.triples is not None:
        item[TRIPLES] = [_dump_triple(triple, *dump_object(triple)) for triple in record.triples]
    return add_provenance(item, record)


def _dump_triple(triple: RawTriple, object_: Any, object_type: Any) -> Dict[str, Any]:
    return {
        "subject": triple.subject.text,
        "subject_type": triple.subject.type,
        "predicate": triple.predicate,
        "object": object_,
        "object_type": object_type,
    }


def _dump_object(triple: RawTriple) -> Tuple[Any, Any]:
    return triple.object.text, triple.object.type


def _matches_triple(first: Any) -> bool:
    is_triple = isinstance(first, dict) and choose_role_keys(first)[0] in first
    return is_triple and not isinstance(first.get("object"), dict)


def _matches(item: Mapping[str, Any]) -> bool:
    is_test_set = _TAGS in item and TRIPLES not in item
    return is_test_set or matches_first(item, TRIPLES, _matches_triple)


DUIE1 = Format(
    "duie1",
    '"spo_list" with objects that are strings',
    _matches,
    parse_duie,
    count=count_lists(TRIPLES),
    dump=partial(dump_duie, dump_object=_dump_object),
    represents=(TYPES, PROVENANCE, UNANNOTATED, NEGATIVES),
    priority=6,
)

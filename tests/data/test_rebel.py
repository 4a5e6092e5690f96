from typing import Any, Dict

import pytest
from annotations import ITEMS

from spacy_spo.data.detection import get_format
from spacy_spo.data.records import Argument

REBEL = get_format("rebel")
TRIPLE = ITEMS["rebel"]["triples"][0]


def item(**changes: Any) -> Dict[str, Any]:
    return {**ITEMS["rebel"], **changes}


def test_a_record_keeps_its_id_title_and_address() -> None:
    record = REBEL.parse(item())
    assert record.id == "7"
    assert record.meta == {"title": "Oldport", "uri": "Q7"}


def test_an_argument_without_boundaries_is_its_text() -> None:
    subject = {"uri": "Q7", "boundaries": None, "surfaceform": "Oldport"}
    (triple,) = REBEL.parse(item(triples=[{**TRIPLE, "subject": subject}])).triples or []
    assert triple.subject == Argument("Oldport")


@pytest.mark.parametrize("surfaceform", [None, ""])
def test_a_predicate_without_name_is_its_address(surfaceform: Any) -> None:
    predicate = {"uri": "P6", "surfaceform": surfaceform}
    (triple,) = REBEL.parse(item(triples=[{**TRIPLE, "predicate": predicate}])).triples or []
    assert triple.predicate == "P6"


def test_a_malformed_triple_does_not_affect_the_others() -> None:
    broken = {**TRIPLE, "object": {"uri": "Q8", "boundaries": [0], "surfaceform": "Mara"}}
    record = REBEL.parse(item(triples=[broken, TRIPLE, "chief"]))
    assert [triple.predicate for triple in record.triples or []] == ["chief"]
    assert ["boundaries" in record.lost[0].reason, len(record.lost)] == [True, 2]


def test_a_record_without_list_is_unannotated_and_an_empty_list_states_nothing() -> None:
    assert REBEL.parse({"docid": "7", "text": "Oldport"}).triples is None
    empty = item(triples=[])
    assert REBEL.matches(empty)
    assert REBEL.parse(empty).triples == []

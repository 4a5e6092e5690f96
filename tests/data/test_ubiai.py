from typing import Any, Dict

import pytest

from spacy_spo.data.detection import get_format
from spacy_spo.data.records import (
    MALFORMED,
    MALFORMED_ENTITY,
    NO_ENTITY,
    NO_LABEL,
    NO_RELATION,
    SEVERAL_TYPES,
    Argument,
    RawTriple,
    Record,
)

UBIAI = get_format("ubiai")
TEXT = "Mara Quill runs Oldport"
MARA, OLDPORT = Argument("Mara Quill", "PER", 0, 10), Argument("Oldport", "ORG", 16, 23)
CHIEF = RawTriple(OLDPORT, "chief", MARA)


def entity(first: Any, last: Any, start: int, end: int, label: Any) -> Dict[str, Any]:
    place = {"start": start, "end": end, "token_start": first, "token_end": last}
    return {"text": TEXT[start:end], **place, "entityLabel": label}


ENTITIES = [entity(0, 1, 0, 10, "PER"), entity(3, 3, 16, 23, "ORG")]


def relation(**changes: Any) -> Dict[str, Any]:
    return {"head": 3, "child": 0, "relationLabel": "chief", **changes}


def parse(*relations: Any, tokens: Any = ENTITIES, **changes: Any) -> Record:
    item = {"document": TEXT, "tokens": tokens, "relations": list(relations), **changes}
    assert UBIAI.matches(item)
    return UBIAI.parse(item)


def test_relations_name_entities_by_their_first_tokens() -> None:
    back = relation(head=0, child=3, relationLabel="runs")
    assert parse(relation(), back) == Record(TEXT, [CHIEF, RawTriple(MARA, "runs", OLDPORT)])


@pytest.mark.parametrize(
    "bad,cause,reason",
    [
        # A token in an entity does not name it.
        (relation(child=1), NO_ENTITY, "there is no entity '1'"),
        (relation(relationLabel=None), NO_LABEL, "--predicate"),
        ({"head": 3, "child": 0}, NO_LABEL, "--predicate"),
        (relation(relationLabel=3), MALFORMED, "'relationLabel' must be a string"),
        ({"head": 3, "relationLabel": "chief"}, MALFORMED, "'child' is missing"),
        (relation(head=None), MALFORMED, "'head' must be a whole number or a string"),
        (3, MALFORMED, "a JSON object with the key 'head', not 3"),
    ],
)
def test_a_relation_is_lost_alone(bad: Any, cause: str, reason: str) -> None:
    record = parse(relation(), bad, relation())
    assert record.triples == [CHIEF, CHIEF]
    (lost,) = record.lost
    assert lost.cause == cause and reason in lost.reason


@pytest.mark.parametrize(
    "bad,reason",
    [
        ({**entity(2, 2, 11, 15, "X"), "text": None}, "'text' must be a string"),
        ({**entity(2, 2, 11, 15, "X"), "end": "15"}, "'end' must be a whole number"),
        (entity(2, 2, 11, 15, 3), "'entityLabel' must be a string"),
    ],
)
def test_a_malformed_entity_costs_the_relations_that_name_it(bad: Any, reason: str) -> None:
    tokens = [None, bad, *ENTITIES, {}]
    assert parse(relation(), tokens=tokens) == Record(TEXT, [CHIEF])
    record = parse(relation(), relation(child=2), tokens=tokens)
    assert record.triples == [CHIEF]
    (lost,) = record.lost
    assert lost.cause == MALFORMED_ENTITY and reason in lost.reason


def test_two_entities_that_begin_with_one_token_are_none() -> None:
    record = parse(relation(), tokens=[*ENTITIES, entity(0, 0, 0, 4, "PER")])
    assert record.triples == []
    assert [lost.cause for lost in record.lost] == [MALFORMED_ENTITY]


def test_an_entity_of_several_types_has_none_and_is_counted() -> None:
    record = parse(relation(), tokens=[*ENTITIES, entity(0, 1, 0, 10, "ORG")])
    (triple,) = record.triples or []
    assert (triple.subject.type, triple.object.type) == ("ORG", "")
    assert record.notes == {SEVERAL_TYPES: 1}


def test_the_stated_text_is_kept_for_offsets_in_other_units() -> None:
    shifted = {**ENTITIES[1], "start": 17, "end": 24}
    (triple,) = parse(relation(), tokens=[ENTITIES[0], shifted]).triples or []
    assert triple.subject == Argument("Oldport", "ORG", 17, 24)


def test_a_label_may_stand_for_no_relation() -> None:
    record = parse(relation(relationLabel="no_relation"), relation())
    assert record == Record(TEXT, [CHIEF], notes={NO_RELATION: 1})


def test_relations_without_label_may_be_given_a_predicate() -> None:
    item = {"document": TEXT, "tokens": ENTITIES, "relations": [relation(relationLabel=None)]}
    record = UBIAI.configure({"predicate": "part of"}).parse(item)
    assert record == Record(TEXT, [RawTriple(OLDPORT, "part of", MARA)])


def test_a_text_with_empty_lists_is_one_that_nobody_has_annotated() -> None:
    assert parse(tokens=[]) == Record(TEXT, None, is_untouched=True)
    assert parse() == Record(TEXT, [])
    assert parse(relations=None) == Record(TEXT, None)


def test_the_id_and_further_data_are_kept() -> None:
    assert parse(relation(), id="d1", page=2) == Record(TEXT, [CHIEF], id="d1", meta={"page": 2})


@pytest.mark.parametrize(
    "changes,reason",
    [
        ({"document": None}, "'document' must be a string"),
        ({"relations": {}}, "'relations' must be a list"),
    ],
)
def test_a_record_without_a_text_or_a_list_is_malformed(
    changes: Dict[str, Any], reason: str
) -> None:
    with pytest.raises(ValueError, match=reason):
        parse(relation(), **changes)

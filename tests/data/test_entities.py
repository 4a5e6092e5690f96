"""Entities and the relations between them: an error in one is one of its relations only."""

from typing import Any, List

import pytest

from spacy_spo.data.entities import (
    find_types,
    get_name,
    map_entities,
    number_entities,
    relate,
    relate_labelled,
    relate_numbered,
    slice_argument,
)
from spacy_spo.data.records import (
    EVENT,
    MALFORMED_ENTITY,
    NO_ENTITY,
    NO_LABEL,
    OUTSIDE,
    SEVERAL_TYPES,
    UNTYPED_ENTITY,
    Argument,
    LostTripleError,
    RawTriple,
)
from spacy_spo.data.values import get_text, get_type

ANN, LEE = Argument("Ann", "PER", 0, 3), Argument("Lee", "PER", 8, 11)


def parse(row: Any) -> Argument:
    if row == "event":
        raise LostTripleError(EVENT, "it is an event")
    return Argument(get_text(row, "text"), get_type(row, "type"))


def map_rows(*rows: Any) -> Any:
    return map_entities(rows, lambda row: get_name(row, "id"), parse)


def loss(function: Any, *args: Any) -> LostTripleError:
    with pytest.raises(LostTripleError) as error:
        function(*args)
    return error.value


def test_relations_find_their_entities() -> None:
    entities = map_rows({"id": 7, "text": "Ann", "type": "PER"}, {"id": "b", "text": 1998})
    triple = relate(entities, "7", "born", "b")
    assert triple == RawTriple(Argument("Ann", "PER"), "born", Argument("1998"))
    with pytest.raises(ValueError, match="predicate of a triple is empty"):
        relate(entities, "7", "", "b")


def test_a_malformed_entity_costs_the_relations_that_name_it() -> None:
    entities = map_rows({"id": 1}, {"id": 2, "text": "Ann"}, None, {"text": "Lee"}, {"id": 2.5})
    error = loss(relate, entities, "2", "met", "1")
    assert error.cause == MALFORMED_ENTITY
    assert str(error) == "the entity '1': the key 'text' is missing; there are: 'id'"
    assert loss(relate, entities, "3", "met", "2").cause == NO_ENTITY
    assert relate(entities, "2", "is", "2").subject == Argument("Ann")


def test_the_cause_of_an_entity_is_that_of_its_relations() -> None:
    entities = number_entities(["event", {"text": "Ann"}, 3], parse)
    assert loss(relate, entities, 1, "met", 0).cause == EVENT
    assert loss(relate, entities, 2, "met", 1).cause == MALFORMED_ENTITY


@pytest.mark.parametrize(
    "types,kind", [(["PER", "PER"], "PER"), (["PER", "ORG"], ""), (["PER", "ORG", "PER"], "")]
)
def test_an_entity_of_several_types_has_none(types: List[str], kind: str) -> None:
    entities = map_rows(*({"id": 1, "text": "Ann", "type": t} for t in types))
    assert entities["1"] == Argument("Ann", kind)


def test_two_entities_of_one_id_are_none() -> None:
    entities = map_rows({"id": 1, "text": "Ann"}, {"id": 1, "text": "Lee"}, {"id": 1, "text": "Al"})
    assert "two entities with this id" in str(loss(relate, entities, "1", "is", "1"))


@pytest.mark.parametrize("head,tail", [(2, 0), (0, -1)])
def test_an_index_of_no_entity_is_named(head: int, tail: int) -> None:
    entities = {0: ANN, 1: LEE}
    error = loss(relate_numbered, {"head": head, "tail": tail, "type": "met"}, entities)
    assert error.cause == NO_ENTITY and "there is no entity" in str(error)
    right = relate_numbered({"head": 1, "tail": 0, "type": "met"}, entities)
    assert right == RawTriple(LEE, "met", ANN)


def test_a_relation_without_label_takes_the_predicate_that_is_given() -> None:
    entities = {0: ANN, 1: LEE}
    error = loss(relate_labelled, entities, 0, "", 1)
    assert error.cause == NO_LABEL and "--predicate" in str(error)
    for label, predicate in (("met", "knows"), ("", "met")):
        assert relate_labelled(entities, 0, label, 1, predicate) == RawTriple(ANN, "met", LEE)


@pytest.mark.parametrize("start,end", [(-1, 3), (3, 3), (3, 2), (2, 12), (11, 12)])
def test_offsets_outside_the_text_are_kept_for_later(start: int, end: int) -> None:
    argument = slice_argument("Ann met Lee", start, end, "PER")
    assert argument == Argument("", "PER", start, end, OUTSIDE, is_stated=False)


def test_offsets_within_the_text_give_the_argument() -> None:
    assert slice_argument("Ann met Lee", 8, 11) == Argument("Lee", "", 8, 11, is_stated=False)


def test_types_of_entities_are_found_and_the_rest_is_counted() -> None:
    rows = [("Ann", "PER"), ("Lee", "PER"), ("Lee", "ORG"), ("Al", ""), ("Ann", ""), "bad", "bad"]

    def parse_pair(row: Any) -> Any:
        if row == "bad":
            raise ValueError(row)
        return row

    types, notes = find_types(rows, parse_pair)
    assert types == {"Ann": "PER"}
    assert notes == {SEVERAL_TYPES: 1, UNTYPED_ENTITY: 2}
    assert find_types([("Ann", "PER")], parse_pair) == ({"Ann": "PER"}, {})

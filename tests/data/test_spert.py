import re
from typing import Any, Dict, List, Optional

import pytest

from spacy_spo.data.detection import get_format
from spacy_spo.data.records import (
    MALFORMED,
    MALFORMED_ENTITY,
    NO_ENTITY,
    Argument,
    RawTriple,
    Record,
)

SPERT = get_format("spert")
TOKENS = ["The", "museum", "in", "Oldport", "hired", "Mara", "Quill", "."]
ENTITIES = [
    {"type": "ORG", "start": 1, "end": 4},
    {"type": "Argument", "start": 5, "end": 7},
]
RELATIONS = [{"type": "hired", "head": 0, "tail": 1}]


def item(**changes: Any) -> Dict[str, Any]:
    return {"tokens": TOKENS, "entities": ENTITIES, "relations": RELATIONS, "orig_id": 3, **changes}


def test_entities_are_ranges_of_tokens_and_relations_number_them() -> None:
    museum, mara = Argument("museum in Oldport", "ORG", 4, 21), Argument("Mara Quill", "", 28, 38)
    text = "The museum in Oldport hired Mara Quill ."
    assert SPERT.parse(item()) == Record(text, [RawTriple(museum, "hired", mara)], id=3)


def test_the_text_is_taken_where_it_stands_beside_the_tokens() -> None:
    text = "The museum\n in Oldport hired  Mara Quill."
    record = SPERT.parse(item(text=text))
    assert record.text == text
    ((triple,),) = [record.triples or []]
    assert (triple.subject.text, triple.object.text) == ("museum\n in Oldport", "Mara Quill")


def test_an_empty_list_states_nothing() -> None:
    assert SPERT.parse(item(entities=[], relations=[])).triples == []


@pytest.mark.parametrize(
    "changes,reason",
    [
        ({"tokens": "The museum"}, "'tokens' must be a list"),
        ({"tokens": ["The", 3]}, "an element of 'tokens' must be a string"),
        ({"text": "The museum hired"}, "the token 'in' is not in the text"),
    ],
)
def test_a_malformed_record_says_why(changes: Dict[str, Any], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        SPERT.parse(item(**changes))


@pytest.mark.parametrize(
    "changes,cause,reason",
    [
        ({"entities": [{"start": 7, "end": 9}]}, MALFORMED_ENTITY, "entity 0: .* no tokens 7 to 9"),
        ({"entities": [{"start": 4, "end": 4}]}, MALFORMED_ENTITY, "no tokens 4 to 4"),
        ({"entities": [3]}, MALFORMED_ENTITY, "entity 0: there must be a JSON object"),
        ({"relations": [{"type": "hired", "head": 0, "tail": 2}]}, NO_ENTITY, "no entity 2"),
        ({"relations": [{"type": "hired", "head": -1, "tail": 0}]}, NO_ENTITY, "no entity -1"),
        ({"relations": [{"type": "", "head": 0, "tail": 1}]}, MALFORMED, "predicate of a triple"),
        ({"relations": [{"head": 0, "tail": 1}]}, MALFORMED, "'type' is missing"),
        ({"relations": ["hired"]}, MALFORMED, "there must be a JSON object with the key 'head'"),
    ],
)
def test_a_lost_relation_says_why(changes: Dict[str, Any], cause: str, reason: str) -> None:
    record = SPERT.parse(item(**changes))
    (lost,) = record.lost
    assert record.triples == [] and lost.cause == cause
    assert re.search(reason, lost.reason)


def test_an_entity_may_have_no_type() -> None:
    entities = [{"start": 1, "end": 4}, {"type": None, "start": 5, "end": 7}]
    ((triple,),) = [SPERT.parse(item(entities=entities)).triples or []]
    assert (triple.subject.type, triple.object.type) == ("", "")


@pytest.mark.parametrize(
    "start,end,tokens",
    [(0, 3, (0, 1)), (0, 9, (0, 2)), (6, 9, (1, 2)), (1, 2, (0, 1)), (6, 10, (1, 3))],
)
def test_white_space_is_no_token(start: int, end: int, tokens: Any) -> None:
    assert SPERT.dump is not None
    text = "Ann \n Lee."
    places = [(0, 3), (4, 5), (6, 9), (9, 10)]
    argument = Argument(text[start:end], "", start, end)
    written = SPERT.dump(Record(text, [RawTriple(argument, "is", argument)], tokens=places))
    assert written == {
        "text": text,
        "tokens": ["Ann", "Lee", "."],
        "entities": [{"type": "Argument", "start": tokens[0], "end": tokens[1]}],
        "relations": [{"type": "is", "head": 0, "tail": 0}],
    }


def test_one_span_of_two_types_is_two_entities() -> None:
    assert SPERT.dump is not None
    kinds: List[Optional[str]] = ["PER", "ORG"]
    person, firm = (Argument("Quill", kind or "", 0, 5) for kind in kinds)
    record = Record("Quill", [RawTriple(person, "owns", firm), RawTriple(firm, "pays", person)])
    written = SPERT.dump(Record(record.text, record.triples, tokens=[(0, 5)]))
    assert [entity["type"] for entity in written["entities"]] == kinds
    assert SPERT.parse(written) == record

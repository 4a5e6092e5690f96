from typing import Any, Dict

import pytest
from annotations import ITEMS

from spacy_spo.data.detection import get_format
from spacy_spo.data.records import NO_RELATION

GLIREL = get_format("glirel")
RELATION = ITEMS["glirel"]["relations"][0]


def item(*relations: Any) -> Dict[str, Any]:
    return {**ITEMS["glirel"], "relations": list(relations)}


def relation(**changes: Any) -> Dict[str, Any]:
    return {**RELATION, **changes}


@pytest.mark.parametrize("head,tail", [([3, 3], [0, 1]), ([3, 4], [0, 2])])
def test_the_mention_decides_where_an_argument_ends(head: Any, tail: Any) -> None:
    record = GLIREL.parse(
        item(
            relation(
                head={"mention": "Oldport", "position": head, "type": "ORG"},
                tail={"mention": "Mara Quill", "position": tail},
            )
        )
    )
    (triple,) = record.triples or []
    assert (triple.subject.text, triple.subject.type, triple.subject.start) == (
        "Oldport",
        "ORG",
        16,
    )
    assert (triple.object.text, triple.object.type, triple.object.start) == ("Mara Quill", "", 0)


@pytest.mark.parametrize(
    "head",
    [{"position": [3, 3]}, {"mention": "Oldport", "position": [2, 2]}, {"mention": "Oldport"}, []],
)
def test_a_relation_whose_tokens_are_unclear_is_lost_alone(head: Any) -> None:
    record = GLIREL.parse(
        item(relation(head=head), RELATION, relation(relation_text="no relation"))
    )
    assert (len(record.lost), len(record.triples or [])) == (1, 1)
    assert record.notes == {NO_RELATION: 1}


def test_a_record_without_relations_is_unannotated() -> None:
    assert GLIREL.parse({"tokenized_text": ["Oldport"], "ner": []}).triples is None
    assert GLIREL.parse(item()).triples == []

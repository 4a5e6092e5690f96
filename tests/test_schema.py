"""Schemas: learned from triples, read from and written to JSONL."""

import pytest
import srsly

from spacy_spo.schema import Schema, read_schema
from spacy_spo.triples import Triple

ROWS = [
    {"predicate": "founded", "subject_type": "country", "object_type": "date"},
    {"predicate": "founded", "subject_type": "company", "object_type": "date"},
    {
        "predicate": "plays",
        "subject_type": "person",
        "object_type": "role",
        "qualifiers": {"inWork": "film"},
    },
]


def test_roles_and_types_come_from_all_rows_of_a_predicate():
    schema = Schema(ROWS)
    assert schema.predicates == ["founded", "plays"]
    assert schema.roles == ["subject", "object", "inWork"]
    assert schema.qualifiers("founded") == [] and schema.qualifiers("plays") == ["inWork"]


def test_a_type_that_the_predicate_does_not_settle_stays_empty():
    assert Schema(ROWS).types("founded") == {"object": "date"}
    assert Schema(ROWS).types("plays") == {"subject": "person", "object": "role", "inWork": "film"}
    assert Schema(ROWS).types("unheard of") == {}


def test_rows_survive_the_file(tmp_path):
    srsly.write_jsonl(tmp_path / "schema.jsonl", Schema(ROWS).to_rows())
    schema = Schema(read_schema(tmp_path / "schema.jsonl"))
    assert schema.to_rows() == Schema(ROWS).to_rows() and len(schema.to_rows()) == 3


def test_it_learns_from_triples(blank):
    doc = blank.make_doc("Ann plays Ada in Tron")
    schema = Schema()
    schema.add(
        Triple(
            doc[0:1], "plays", doc[2:3], qualifiers={"inWork": doc[4:5]}, types={"object": "role"}
        )
    )
    schema.add(Triple(doc[0:1], "knows", doc[2:3]))
    assert schema.roles == ["subject", "object", "inWork"]
    assert schema.types("plays") == {"object": "role"}


@pytest.mark.parametrize(
    "row",
    [
        {},
        {"predicate": ""},
        {"predicate": "p", "subject_type": 3},
        {"predicate": "p", "qualifiers": ["a"]},
    ],
)
def test_broken_rows_are_named_with_their_line(tmp_path, row):
    srsly.write_jsonl(tmp_path / "schema.jsonl", [ROWS[0], row])
    with pytest.raises(ValueError, match="line 2"):
        read_schema(tmp_path / "schema.jsonl")

"""Schemas: learned from triples, read from and written to JSONL."""

import pytest
import srsly

from spacy_spo.schema import UNKNOWN_PREDICATE, UNKNOWN_TYPES, Schema, read_schema
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
        {"predicate": "p", "qualifiers": {"subject": "a"}},
        {"predicate": 3},
        {"predicate": "p", "object_type": {"@value": 3}},
        {"predicate": "p", "object_type": {"value": "A"}},
        {"predicate": "p", "objekt_type": "A"},
        # Which of the two is meant, or both?
        {
            "predicate": "p",
            "object_type": {"@value": "A", "inWork": "W"},
            "qualifiers": {"onDate": "D"},
        },
        ["predicate"],
    ],
)
def test_broken_rows_are_named_with_their_line(tmp_path, row):
    srsly.write_jsonl(tmp_path / "schema.jsonl", [ROWS[0], row])
    with pytest.raises(ValueError, match="line 2"):
        read_schema(tmp_path / "schema.jsonl")


def test_lines_are_counted_as_they_stand_in_the_file(tmp_path):
    path = tmp_path / "schema.jsonl"
    path.write_text('\ufeff{"predicate": "p\u2028"}\n\n{"predicate": \n', encoding="utf8")
    with pytest.raises(ValueError, match="line 3"):
        read_schema(path)
    path.write_bytes(b'{"predicate": "p"}\n{"predicate": "\xff"}')
    with pytest.raises(ValueError, match=r"schema\.jsonl, line 2: 'utf-8'"):
        read_schema(path)
    path.write_text("[" * 100_000, encoding="utf8")
    with pytest.raises(ValueError, match="line 1"):
        read_schema(path)
    path.write_text("\n", encoding="utf8")
    with pytest.raises(ValueError, match="no rows"):
        read_schema(path)


def test_the_schema_files_of_duie_are_read(tmp_path):
    rows = [
        {"object_type": "Date", "predicate": "成立日期", "subject_type": "机构"},
        {"object_type": "Date", "predicate": "成立日期", "subject_type": "企业"},
        {
            "object_type": {"inWork": "影视作品", "@value": "人物"},
            "predicate": "配音",
            "subject_type": "娱乐人物",
        },
    ]
    srsly.write_jsonl(tmp_path / "schema.jsonl", rows)
    schema = Schema(read_schema(tmp_path / "schema.jsonl"))
    dubbed = {"subject": "娱乐人物", "object": "人物", "inWork": "影视作品"}
    assert schema.types("配音") == dubbed
    for kind in ("机构", "企业"):
        assert schema.violation("成立日期", {"subject": kind, "object": "Date"}) == ""
    assert schema.violation("成立日期", {"subject": "人物", "object": "Date"}) == UNKNOWN_TYPES


@pytest.mark.parametrize(
    "predicate,types,violation",
    [
        ("plays", {"subject": "person", "object": "role"}, ""),
        ("plays", {"subject": "person", "object": "role", "inWork": "film"}, ""),
        ("plays", {"subject": "", "object": "role", "inWork": ""}, ""),
        ("plays", {"subject": "person", "object": "film"}, UNKNOWN_TYPES),
        ("plays", {"subject": "person", "object": "role", "inWork": "role"}, UNKNOWN_TYPES),
        ("plays", {"subject": "person", "object": "role", "onDate": "date"}, UNKNOWN_TYPES),
        ("plays", {"subject": "person", "object": "role", "onDate": ""}, UNKNOWN_TYPES),
        ("Plays", {"subject": "person", "object": "role"}, UNKNOWN_PREDICATE),
        ("knows", {"subject": "anyone", "object": "person"}, ""),
        # Each of its types is of some row, but not both of one.
        ("made", {"subject": "person", "object": "date"}, UNKNOWN_TYPES),
    ],
)
def test_a_triple_may_differ_from_the_schema(predicate, types, violation):
    rows = [
        *ROWS,
        {"predicate": "knows", "object_type": "person"},
        {"predicate": "made", "subject_type": "person", "object_type": "film"},
        {"predicate": "made", "subject_type": "film", "object_type": "date"},
    ]
    assert Schema(rows).violation(predicate, types) == violation

from pathlib import Path
from typing import List, Union

import pytest

from spacy_spo.data.detection import get_format
from spacy_spo.data.files import MalformedRecord
from spacy_spo.data.format import read_records
from spacy_spo.data.records import NO_ENTITY, Record

MULTIHEAD = get_format("multihead")
# Token, tag, labels and tails.
ROWS = [
    ("Mara", "B-Peop", "['N']", "[0]"),
    ("Quill", "I-Peop", "['Work_For', 'Live_In']", "[4, 6]"),
    ("runs", "O", "['N']", "[2]"),
    ("Acorn", "B-Org", "['N']", "[3]"),
    ("Mills", "I-Org", "['OrgBased_In']", "[6]"),
    ("in", "O", "['N']", "[5]"),
    ("Oldport", "B-Loc", "['N']", "[6]"),
]


def document(rows: object = ROWS, first: int = 0, name: str = "17") -> str:
    lines = ["\t".join((str(n), *row)) for n, row in enumerate(rows, start=first)]  # type: ignore
    return "\n".join([f"#doc {name}", *lines, ""])


def with_row(place: int, *row: str) -> str:
    return document([*ROWS[:place], row, *ROWS[place + 1 :]])


def read(folder: Path, content: str) -> List[Union[Record, MalformedRecord]]:
    path = folder / "documents.txt"
    path.write_text(content, encoding="utf8")
    return list(read_records(path, MULTIHEAD))


def read_one(folder: Path, content: str) -> Record:
    (record,) = read(folder, content)
    assert isinstance(record, Record), record
    return record


def triples(record: Record) -> List[str]:
    return [f"{t.subject.text}|{t.predicate}|{t.object.text}" for t in record.triples or []]


def test_a_relation_goes_from_entity_to_entity(tmp_path: Path) -> None:
    record = read_one(tmp_path, document())
    assert (record.text, record.id) == ("Mara Quill runs Acorn Mills in Oldport", "17")
    assert triples(record) == [
        "Mara Quill|Work_For|Acorn Mills",
        "Mara Quill|Live_In|Oldport",
        "Acorn Mills|OrgBased_In|Oldport",
    ]
    first = (record.triples or [])[0]
    assert (first.subject.type, first.subject.start, first.object.type) == ("Peop", 0, "Org")


def test_each_document_is_a_record(tmp_path: Path) -> None:
    states_nothing = document([("Hello", "O", "['N']", "[0]")], name="18")
    first, second = read(tmp_path, document() + "\n" + states_nothing)
    assert isinstance(first, Record) and len(first.triples or []) == 3
    assert isinstance(second, Record) and (second.id, second.triples) == ("18", [])


def test_the_first_tag_of_an_entity_may_go_on_with_none_before_it(tmp_path: Path) -> None:
    record = read_one(tmp_path, with_row(0, "Mara", "I-Peop", "['N']", "[0]"))
    assert triples(record)[0] == "Mara Quill|Work_For|Acorn Mills"


@pytest.mark.parametrize(
    "row,n_lost",
    [
        (("Mills", "I-Org", "['OrgBased_In']", "[5]"), 1),
        (("Mills", "I-Org", "['OrgBased_In']", "[99]"), 1),
        (("Mills", "I-Org", "['OrgBased_In']", "['x']"), 1),
        (("Mills", "I-Org", "['OrgBased_In', 'Near']", "[6]"), 1),
        (("Mills", "I-Org", "OrgBased_In", "[6]"), 1),
        (("Mills", "I-Org", "['OrgBased_In', 'Near']", "[6, 2]"), 1),
        (("Mills", "I-Org", "['N', 'Near']", "[4, 2]"), 1),
    ],
)
def test_a_malformed_relation_is_lost_alone(row: List[str], n_lost: int, tmp_path: Path) -> None:
    record = read_one(tmp_path, with_row(4, *row))
    assert triples(record)[:2] == ["Mara Quill|Work_For|Acorn Mills", "Mara Quill|Live_In|Oldport"]
    assert len(record.lost) == n_lost


def test_a_head_outside_entities_is_counted_as_missing(tmp_path: Path) -> None:
    record = read_one(tmp_path, with_row(5, "in", "O", "['Near']", "[6]"))
    assert [lost.cause for lost in record.lost] == [NO_ENTITY]


@pytest.mark.parametrize("row", [("Mills", "I-Org"), ("Mills", "I-Org", "['N']", "[4]", "more")])
def test_a_document_that_lacks_columns_is_malformed_alone(row: List[str], tmp_path: Path) -> None:
    broken, good = read(tmp_path, with_row(4, *row) + document())
    assert isinstance(broken, MalformedRecord) and "5 columns" in broken.reason
    assert isinstance(good, Record)


def test_a_document_that_lacks_a_token_is_malformed(tmp_path: Path) -> None:
    lines = document().splitlines()
    (record,) = read(tmp_path, "\n".join(lines[:3] + lines[4:]))
    assert isinstance(record, MalformedRecord) and "one after the other" in record.reason


def test_tokens_may_be_counted_from_one(tmp_path: Path) -> None:
    rows = [(*row[:3], row[3].replace("4", "5").replace("6", "7")) for row in ROWS]
    assert triples(read_one(tmp_path, document(rows, first=1))) == triples(
        read_one(tmp_path, document())
    )


def test_another_text_file_is_refused_as_a_whole(tmp_path: Path) -> None:
    (record,) = read(tmp_path, "Mara\tB-Peop\nQuill\tI-Peop\n")
    assert isinstance(record, MalformedRecord) and "#doc" in record.reason

from pathlib import Path
from typing import Any, Dict, List

import pytest
from annotations import write_lines

from spacy_spo.data.detection import get_format
from spacy_spo.data.files import MalformedRecord
from spacy_spo.data.format import read_records
from spacy_spo.data.records import NO_LABEL, NO_RELATION, Record

OPENNRE = get_format("opennre")
TEXT = "Mara Quill runs Oldport"
TOKENS = TEXT.split()


def entity(name: str, *pos: int) -> Dict[str, Any]:
    return {"name": name, "id": "Q1", "pos": list(pos)}


def by_text(head: Any, tail: Any, **changes: Any) -> Dict[str, Any]:
    return {"text": TEXT, "h": head, "t": tail, "relation": "chief", **changes}


def by_token(head: Any, tail: Any, **changes: Any) -> Dict[str, Any]:
    return {"token": TOKENS, "h": head, "t": tail, "relation": "chief", **changes}


PAIR = by_text(entity("Oldport", 16, 23), entity("Mara Quill", 0, 10))


def read(folder: Path, items: List[Any]) -> List[Record]:
    records = read_records(write_lines(folder / "pairs.txt", items), OPENNRE)
    return [record for record in records if isinstance(record, Record)]


@pytest.mark.parametrize(
    "item",
    [
        PAIR,
        by_text(entity("Oldport", 16, 22), entity("Mara Quill", 0, 9)),
        by_text(entity("oldport", 16, 23), entity("mara quill", 0, 10)),
        by_token(entity("Oldport", 3, 4), entity("Mara Quill", 0, 2)),
        by_token(entity("Oldport", 3, 3), entity("Mara Quill", 0, 1)),
        by_token(entity("oldport", 3, 4), entity("maraquill", 0, 2)),
    ],
)
def test_the_name_decides_where_an_argument_ends(item: Any) -> None:
    (triple,) = OPENNRE.parse(item).triples or []
    assert (triple.subject.text, triple.subject.start, triple.subject.end) == ("Oldport", 16, 23)
    assert (triple.object.text, triple.object.start, triple.object.end) == ("Mara Quill", 0, 10)


def test_a_chinese_text_is_joined_from_its_characters() -> None:
    head, tail = entity("林月", 0, 1), entity("湖州", 4, 5)
    record = OPENNRE.parse({"token": list("林月住在湖州"), "h": head, "t": tail, "relation": "住"})
    (triple,) = record.triples or []
    assert (record.text, triple.subject.text, triple.object.text) == (
        "林月住在湖州",
        "林月",
        "湖州",
    )


@pytest.mark.parametrize(
    "head,reason",
    [
        ({"pos": [3, 4]}, "'name' is missing"),
        (entity("Mara Quill", 1, 3), "'Mara Quill' is not at the tokens 1 to 3"),
        (entity("Oldport", 3), "'pos' must be"),
    ],
)
def test_a_pair_whose_tokens_are_unclear_is_lost(head: Any, reason: str) -> None:
    record = OPENNRE.parse(by_token(head, entity("Mara Quill", 0, 2)))
    assert record.triples == []
    (lost,) = record.lost
    assert reason in lost.reason


def test_a_name_that_is_elsewhere_in_the_text_is_left_for_locating() -> None:
    (triple,) = OPENNRE.parse({**PAIR, "h": entity("Oldport", 11, 15)}).triples or []
    assert (triple.subject.text, triple.subject.start, triple.subject.end) == ("Oldport", 11, 15)


def test_the_pairs_of_a_text_are_gathered_from_all_of_the_file(tmp_path: Path) -> None:
    other = {**PAIR, "text": "Oldport hired Mara Quill", "relation": "NA"}
    other.update(h=entity("Oldport", 0, 7), t=entity("Mara Quill", 14, 24))
    items = [{**PAIR, "id": "a"}, other, {**PAIR, "relation": "mayor"}, {**PAIR, "relation": "NA"}]
    first, second = read(tmp_path, items)
    assert [triple.predicate for triple in first.triples or []] == ["chief", "mayor"]
    assert (first.id, first.notes) == ("a", {NO_RELATION: 1})
    assert (second.triples, second.notes) == ([], {NO_RELATION: 1})


def test_the_same_tokens_are_one_text(tmp_path: Path) -> None:
    pair = by_token(entity("Oldport", 3, 4), entity("Mara Quill", 0, 2))
    (record,) = read(tmp_path, [pair, {**pair, "relation": "mayor"}])
    assert len(record.triples or []) == 2


def test_a_text_without_labels_is_unannotated(tmp_path: Path) -> None:
    unlabelled = {key: value for key, value in PAIR.items() if key != "relation"}
    (record,) = read(tmp_path, [unlabelled, {**unlabelled, "relation": None}])
    assert record.triples is None
    (record,) = read(tmp_path, [unlabelled, PAIR])
    assert ([lost.cause for lost in record.lost], len(record.triples or [])) == ([NO_LABEL], 1)


def test_a_record_needs_its_text() -> None:
    with pytest.raises(ValueError, match="'text' is missing"):
        OPENNRE.parse({key: value for key, value in PAIR.items() if key != "text"})


def test_records_without_text_are_malformed_one_by_one(tmp_path: Path) -> None:
    unreadable = {key: value for key, value in PAIR.items() if key != "text"}
    path = write_lines(tmp_path / "pairs.txt", [unreadable, PAIR, unreadable, "no JSON"])
    malformed = [r for r in read_records(path, OPENNRE) if isinstance(r, MalformedRecord)]
    assert [record.location for record in malformed] == ["1", "3", "4"]

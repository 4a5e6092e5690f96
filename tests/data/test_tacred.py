from pathlib import Path
from typing import Any, Dict, List, Tuple

from annotations import write_lines

from spacy_spo.data.detection import get_format
from spacy_spo.data.format import read_records
from spacy_spo.data.records import NO_RELATION, Record

TACRED = get_format("tacred")
TOKENS = ["Yesterday", "Mara", "Quill", "joined", "Acorn", "Mills", "in", "Oldport"]
PERSON, COMPANY, TOWN = (1, 2), (4, 5), (7, 7)


def pair(
    subject: Tuple[int, int], object_: Tuple[int, int], relation: Any = "member", n: int = 0
) -> Dict[str, Any]:
    """A pair; `n` is added to the ends."""
    return {
        "token": TOKENS,
        "subj_start": subject[0],
        "subj_end": subject[1] + n,
        "subj_type": "A",
        "obj_start": object_[0],
        "obj_end": object_[1] + n,
        "obj_type": "B",
        "relation": relation,
        "stanford_pos": ["X"] * len(TOKENS),
    }


def read(folder: Path, items: List[Any]) -> List[Record]:
    records = read_records(write_lines(folder / "pairs.json", items), TACRED)
    return [record for record in records if isinstance(record, Record)]


def texts(record: Record) -> List[Tuple[str, str]]:
    return [(t.subject.text, t.object.text) for t in record.triples or []]


def test_the_pairs_of_a_text_are_one_record(tmp_path: Path) -> None:
    other = {**pair(TOWN, TOWN), "token": TOKENS[::-1], "relation": "no_relation"}
    pairs = [{**pair(PERSON, COMPANY), "id": "61", "docid": "d1"}, other, pair(COMPANY, TOWN)]
    first, second = read(tmp_path, pairs)
    assert texts(first) == [("Mara Quill", "Acorn Mills"), ("Acorn Mills", "Oldport")]
    assert (first.id, first.meta) == ("61", {"docid": "d1"})
    assert [(t.subject.type, t.object.type) for t in first.triples or []] == [("A", "B")] * 2
    assert (second.triples, second.notes) == ([], {NO_RELATION: 1})


def test_without_evidence_the_ends_are_the_last_tokens(tmp_path: Path) -> None:
    (record,) = read(tmp_path, [pair(PERSON, COMPANY)])
    assert texts(record) == [("Mara Quill", "Acorn Mills")]


def test_an_end_after_the_text_shows_that_ends_are_half_open(tmp_path: Path) -> None:
    (record,) = read(tmp_path, [pair(PERSON, COMPANY, n=1), pair(COMPANY, TOWN, n=1)])
    assert texts(record) == [("Mara Quill", "Acorn Mills"), ("Acorn Mills", "Oldport")]


def test_many_arguments_none_of_one_token_show_that_ends_are_half_open(tmp_path: Path) -> None:
    (record,) = read(tmp_path, [pair(PERSON, COMPANY, f"member {i}", n=1) for i in range(10)])
    assert set(texts(record)) == {("Mara Quill", "Acorn Mills")}


def test_one_argument_of_one_token_shows_that_ends_are_last_tokens(tmp_path: Path) -> None:
    pairs = [pair(PERSON, COMPANY, f"member {i}") for i in range(10)]
    (record,) = read(tmp_path, [*pairs, pair(COMPANY, TOWN)])
    assert set(texts(record)) == {("Mara Quill", "Acorn Mills"), ("Acorn Mills", "Oldport")}


def test_a_pair_outside_the_text_is_lost_alone(tmp_path: Path) -> None:
    (record,) = read(tmp_path, [pair(TOWN, (7, 9)), pair(COMPANY, TOWN)])
    assert texts(record) == [("Acorn Mills", "Oldport")]
    assert ["there are no tokens 7 to 10" in lost.reason for lost in record.lost] == [True]


def test_a_text_without_labels_is_unannotated(tmp_path: Path) -> None:
    (record,) = read(tmp_path, [pair(PERSON, TOWN, None)])
    assert record.triples is None


def test_a_text_keeps_what_its_pairs_have(tmp_path: Path) -> None:
    lost = {**pair((90, 91), TOWN), "id": "63", "page": 3}
    pairs = [
        {**pair(PERSON, TOWN), "id": "61"},
        {**pair(COMPANY, TOWN), "id": "62", "page": 2},
        lost,
    ]
    (record,) = read(tmp_path, pairs)
    assert record.id == "61"
    assert record.meta == {"ids": ["61", "62", "63"], "page": [2, 3]}
    assert [triple.location for triple in record.triples or []] == ["1", "2"]
    assert record.lost[0].location == "3"

from pathlib import Path
from typing import Any, Dict, List, Optional

import pytest
from annotations import write_lines

from spacy_spo.data.detection import get_format
from spacy_spo.data.files import MalformedRecord
from spacy_spo.data.format import read_records
from spacy_spo.data.records import Argument, RawTriple, Record

LABEL_STUDIO = get_format("label_studio")
TEXT = "Mara Quill runs Oldport"
MARA, OLDPORT = Argument("Mara Quill", "PER", 0, 10), Argument("Oldport", "", 16, 23)


def region(name: str, start: int, end: int, **value: Any) -> Dict[str, Any]:
    place = {"start": start, "end": end, **value}
    return {"id": name, "from_name": "ner", "to_name": "t", "type": "labels", "value": place}


def relation(**changes: Any) -> Dict[str, Any]:
    ends = {"from_id": "a", "to_id": "b", "direction": "right", "labels": ["runs"]}
    return {"type": "relation", **ends, **changes}


REGIONS = [
    region("a", 0, 10, text="Mara Quill", labels=["PER"]),
    region("b", 16, 23, text="Oldport", labels=["Argument"]),
]


def task(*results: Any, **changes: Any) -> Dict[str, Any]:
    annotations = [{"id": 7, "was_cancelled": False, "result": list(results)}]
    return {"id": 1, "data": {"text": TEXT}, "annotations": annotations, **changes}


def triples(*results: Any, **changes: Any) -> Optional[List[RawTriple]]:
    return LABEL_STUDIO.parse(task(*results, **changes)).triples


FORTH, BACK = RawTriple(MARA, "runs", OLDPORT), RawTriple(OLDPORT, "runs", MARA)


@pytest.mark.parametrize(
    "changes,stated",
    [
        ({}, [FORTH]),
        ({"direction": "left"}, [BACK]),
        ({"direction": "bi"}, [FORTH, BACK]),
        ({"labels": ["runs", "owns"]}, [FORTH, RawTriple(MARA, "owns", OLDPORT)]),
    ],
)
def test_a_relation_is_a_triple_for_each_label_and_direction(
    changes: Dict[str, Any], stated: List[RawTriple]
) -> None:
    assert triples(*REGIONS, relation(**changes)) == stated


def test_regions_may_have_no_text_and_no_label_and_relations_no_direction() -> None:
    bare = [region("a", 0, 10), region("b", 16, 23, labels=[])]
    undirected = {"type": "relation", "from_id": "a", "to_id": "b", "labels": ["runs"]}
    mara = Argument("Mara Quill", "", 0, 10)
    assert triples(*bare, undirected) == [RawTriple(mara, "runs", OLDPORT)]


def test_results_of_other_types_are_ignored() -> None:
    choice = {"id": "c", "type": "choices", "value": {"choices": ["good"]}}
    assert triples(choice, *REGIONS) == []


@pytest.mark.parametrize(
    "data,text",
    [
        ({"text": "甲", "source": "乙"}, "甲"),
        ({"sentence": "甲", "number": 3}, "甲"),
    ],
)
def test_the_key_of_the_text_may_have_another_name(data: Dict[str, Any], text: str) -> None:
    assert LABEL_STUDIO.parse({"data": data}) == Record(text, None)


@pytest.mark.parametrize("start,end", [(2, 5), (3, 6)])
def test_offsets_are_characters_or_code_units(start: int, end: int) -> None:
    """The text tells which: older versions counted an emoji as two."""
    text = "😀 Ann met 😀 Lee"
    ann = region("a", start, end, text="Ann")
    results = [ann, relation(to_id="a")]
    (triple,) = LABEL_STUDIO.parse(task(*results, data={"text": text})).triples or []
    assert triple.subject == Argument("Ann", "", 2, 5)


def test_offsets_that_are_neither_are_kept_and_lost_later() -> None:
    (triple,) = triples(*REGIONS, region("c", 3, 6, text="Lee"), relation(to_id="c")) or []
    assert triple.object == Argument("Lee", "", 3, 6)


def read(folder: Path, *tasks: Any) -> List[Any]:
    return list(read_records(write_lines(folder / "tasks.jsonl", list(tasks)), LABEL_STUDIO))


def test_a_task_of_several_annotators_is_a_record_for_each(tmp_path: Path) -> None:
    done, other = task(*REGIONS, relation()), task(*REGIONS)
    cancelled = {"was_cancelled": True, "result": []}
    both = [*done["annotations"], cancelled, *other["annotations"]]
    first, second = read(tmp_path, task(annotations=both))
    assert (first.triples, second.triples) == ([FORTH], [])
    with pytest.raises(ValueError, match="one annotation"):
        LABEL_STUDIO.parse(task(annotations=both))


def test_a_task_that_nobody_finished_is_not_annotated(tmp_path: Path) -> None:
    cancelled = [{"was_cancelled": True, "result": []}]
    records = read(
        tmp_path, task(annotations=cancelled), task(annotations=[]), {"data": {"x": "甲"}}
    )
    assert records == [Record(TEXT, None), Record(TEXT, None), Record("甲", None)]


def test_json_min_is_refused_with_what_to_do(tmp_path: Path) -> None:
    labels = [{"start": 0, "end": 4, "text": "Mara", "labels": ["PER"]}]
    minimal = {"id": 1, "text": TEXT, "label": labels, "annotator": 1}
    assert LABEL_STUDIO.matches(minimal)
    (broken,) = read(tmp_path, minimal)
    assert isinstance(broken, MalformedRecord) and broken.location == "1"
    assert "JSON_MIN" in broken.reason and "exports as JSON" in broken.reason


@pytest.mark.parametrize(
    "item,reason",
    [
        (task(data={"a": "甲", "b": "乙"}), "the strings are: 'a', 'b'"),
        (task(data={"number": 3}), "the strings are: none"),
        (task(data={"text": 3}), "'text' must be a string"),
        (task(data="甲"), "'data' must be a JSON object"),
        (task(annotations={}), "'annotations' must be a list"),
        (task(annotations=["done"]), "an element of 'annotations' must be a JSON object"),
        (task(annotations=[{"id": 3}]), "'result' is missing"),
        (task({"type": "labels", "value": {}}), "'id' is missing"),
        (task(region("a", 0, 99)), "no characters 0 to 99"),
        (task(region("a", 0, 4, labels=["PER", "ORG"])), "one type"),
        (task({**REGIONS[0], "value": {"start": "0", "end": 4}}), "'start' must be a whole number"),
        (task(*REGIONS, region("a", 0, 4)), "two entities 'a'"),
        (task(*REGIONS, relation(labels=[])), "a relation has no label"),
        (task(*REGIONS, relation(direction="up")), "'direction' must be one of .*'bi'.*'up'"),
        (task(*REGIONS, relation(direction=["bi"])), "'direction' must be a string"),
        (task(*REGIONS, relation(to_id="z")), "names the entity 'z'"),
    ],
)
def test_a_malformed_task_says_why(item: Dict[str, Any], reason: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=reason):
        LABEL_STUDIO.parse(item)
    (broken,) = read(tmp_path, item)
    assert isinstance(broken, MalformedRecord)


def dump(*stated: RawTriple) -> Dict[str, Any]:
    assert LABEL_STUDIO.dump is not None
    return LABEL_STUDIO.dump(Record(TEXT, list(stated)))


def test_what_is_written_has_the_documented_shape() -> None:
    written = dump(FORTH, RawTriple(MARA, "owns", OLDPORT), BACK)
    assert set(written) == {"data", "annotations"} and written["data"] == {"text": TEXT}
    ((annotation,),) = [written["annotations"]]
    regions = [result for result in annotation["result"] if result["type"] == "labels"]
    relations = [result for result in annotation["result"] if result["type"] == "relation"]
    assert len(regions) + len(relations) == len(annotation["result"])
    for result in regions:
        assert set(result) == {"id", "from_name", "to_name", "type", "value"}
        value = result["value"]
        assert set(value) == {"start", "end", "text", "labels"}
        assert TEXT[value["start"] : value["end"]] == value["text"]
        assert all(isinstance(label, str) for label in value["labels"])
    names = [result["id"] for result in regions]
    assert len(set(names)) == len(names) == 2
    for result in relations:
        assert set(result) == {"type", "from_id", "to_id", "direction", "labels"}
        assert {result["from_id"], result["to_id"]} <= set(names)
        assert result["direction"] == "right"


def test_predicates_of_one_pair_are_labels_of_one_relation() -> None:
    """The tool ignores a second relation from one region to another."""
    results = dump(FORTH, BACK, RawTriple(MARA, "owns", OLDPORT))["annotations"][0]["result"]
    assert [r["labels"] for r in results if r["type"] == "relation"] == [["runs", "owns"], ["runs"]]


def test_a_record_without_annotation_is_a_task_without() -> None:
    assert LABEL_STUDIO.dump is not None
    assert LABEL_STUDIO.dump(Record(TEXT, None)) == {"data": {"text": TEXT}}
    assert dump() == {"data": {"text": TEXT}, "annotations": [{"result": []}]}

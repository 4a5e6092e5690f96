from pathlib import Path
from typing import Any, Dict, List, Optional

import pytest
from annotations import write_lines

from spacy_spo.data.detection import detect, get_format
from spacy_spo.data.files import MalformedRecord
from spacy_spo.data.format import read_records
from spacy_spo.data.records import (
    MALFORMED,
    MALFORMED_ENTITY,
    NO_ENTITY,
    NO_LABEL,
    NO_RELATION,
    OUTSIDE,
    SEVERAL_TYPES,
    Argument,
    RawTriple,
    Record,
)

LABEL_STUDIO = get_format("label_studio")
PREDICTIONS = "predictions, which nobody has submitted as annotations"
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


RESULTS = [*REGIONS, relation()]


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


def parse(*results: Any, **changes: Any) -> Record:
    return LABEL_STUDIO.parse(task(*results, **changes))


def losses(*results: Any, **changes: Any) -> List[str]:
    """The causes for which relations are lost, if no triple is kept."""
    record = parse(*results, **changes)
    assert record.triples == []
    return [lost.cause for lost in record.lost]


@pytest.mark.parametrize("direction", [{}, {"direction": None}])
def test_a_relation_without_direction_goes_to_the_right(direction: Dict[str, Any]) -> None:
    undirected = {"type": "relation", "from_id": "a", "to_id": "b", "labels": ["runs"]}
    assert triples(*REGIONS, {**undirected, **direction}) == [FORTH]


def test_regions_may_have_no_text_and_no_label() -> None:
    bare = [region("a", 0, 10), region("b", 16, 23, labels=[])]
    subject = Argument("Mara Quill", "", 0, 10, is_stated=False)
    object_ = Argument("Oldport", "", 16, 23, is_stated=False)
    assert triples(*bare, relation()) == [RawTriple(subject, "runs", object_)]


def test_results_of_other_types_are_ignored() -> None:
    choice = {"id": "c", "type": "choices", "value": {"choices": ["good"]}}
    assert triples(choice, *REGIONS) == []


@pytest.mark.parametrize("kind", ["hypertextlabels", "labels", "brush"])
def test_regions_of_any_type_are_arguments(kind: str) -> None:
    value = {"start": 0, "end": 10, "text": "Mara Quill", kind: ["PER"]}
    (triple,) = triples({"id": "a", "type": kind, "value": value}, REGIONS[1], relation()) or []
    # Only controls of labels give types.
    assert triple.subject == Argument("Mara Quill", "" if kind == "brush" else "PER", 0, 10)


def test_a_remark_on_a_region_is_not_its_text() -> None:
    for text in ("Oldport", ["Oldport"]):
        remark = {**region("a", 0, 10, text=text), "type": "textarea"}
        assert triples(remark, *REGIONS, relation()) == [FORTH]


def test_line_ends_in_what_was_selected_are_escaped() -> None:
    results = [region("a", 0, 8, text="Ann\\nOak"), relation(to_id="a")]
    (triple,) = triples(*results, data={"text": "Ann\nOak\n"}) or []
    assert triple.subject == Argument("Ann\nOak", "", 0, 8)
    # A text may have that escape itself.
    (triple,) = triples(*results, data={"text": "Ann\\nOak"}) or []
    assert triple.subject == Argument("Ann\\nOak", "", 0, 8)


def test_offsets_are_left_as_they_are() -> None:
    results = [region("a", 3, 6, text="Ann"), relation(to_id="a")]
    (triple,) = triples(*results, data={"text": "😀 Ann met 😀 Lee"}) or []
    assert triple.subject == Argument("Ann", "", 3, 6)


# Regions with several types.


@pytest.mark.parametrize(
    "several",
    [
        [region("a", 0, 10, text="Mara Quill", labels=["PER", "ORG"])],
        [REGIONS[0], {**region("a", 0, 10, text="Mara Quill", labels=["ORG"]), "from_name": "x"}],
    ],
)
def test_a_region_of_several_types_has_none_and_is_counted(several: List[Any]) -> None:
    record = parse(*several, REGIONS[1], relation(direction="bi"))
    mara = Argument("Mara Quill", "", 0, 10)
    assert record.triples == [RawTriple(mara, "runs", OLDPORT), RawTriple(OLDPORT, "runs", mara)]
    assert record.notes == {SEVERAL_TYPES: 1}


def test_only_arguments_of_several_types_are_counted() -> None:
    several = region("c", 0, 4, text="Mara", labels=["PER", "ORG"])
    assert parse(*REGIONS, several, relation()).notes == {}


def test_a_region_that_two_controls_give_one_type_keeps_it() -> None:
    assert triples(REGIONS[0], *REGIONS, relation()) == [FORTH]


# The unit of failure.


@pytest.mark.parametrize(
    "bad,cause,reason",
    [
        (relation(to_id="z"), NO_ENTITY, "there is no entity 'z'"),
        (relation(labels=[]), NO_LABEL, "--predicate"),
        (relation(labels=None), NO_LABEL, "--predicate"),
        (relation(labels=[""]), NO_LABEL, "--predicate"),
        (relation(labels=[7]), MALFORMED, "'labels' must be a string, not 7"),
        (relation(direction="up"), MALFORMED, "'direction' must be one of"),
        (relation(direction=["bi"]), MALFORMED, "'direction' must be one of"),
        (relation(from_id=None), MALFORMED, "'from_id' must be a whole number or a string"),
        ({"type": "relation", "from_id": "a"}, MALFORMED, "'to_id' is missing"),
        (None, MALFORMED, "a JSON object with the key 'from_id', not None"),
        ("runs", MALFORMED, "not 'runs'"),
    ],
)
def test_a_relation_is_lost_alone(bad: Any, cause: str, reason: str) -> None:
    record = parse(*REGIONS, relation(), bad, relation(labels=["owns"]))
    assert record.triples == [FORTH, RawTriple(MARA, "owns", OLDPORT)]
    (lost,) = record.lost
    assert lost.cause == cause and reason in lost.reason


@pytest.mark.parametrize(
    "bad,reason",
    [
        ([region("c", 0, 4), region("c", 5, 10)], "there are two regions with this id"),
        ([region("c", 0, 4, labels="PER")], "'labels' must be a list"),
        ([region("c", 0, 4, labels=[3])], "an element of 'labels' must be a string"),
        ([region("c", 0, "4")], "'end' must be a whole number"),
        ([{"id": "c", "type": "labels"}], "'value' is missing"),
        ([{"id": "c", "type": "labels", "value": {"labels": ["PER"]}}], "'start' is missing"),
    ],
)
def test_a_malformed_region_costs_the_relations_that_name_it(bad: List[Any], reason: str) -> None:
    assert triples(*bad, *REGIONS, relation()) == [FORTH]
    record = parse(*bad, *REGIONS, relation(), relation(to_id="c"))
    assert record.triples == [FORTH]
    (lost,) = record.lost
    assert lost.cause == MALFORMED_ENTITY and reason in lost.reason


def test_a_region_without_text_may_be_outside_of_it() -> None:
    (triple,) = triples(*REGIONS, region("c", 20, 99), relation(to_id="c")) or []
    assert (triple.object.text, triple.object.lost) == ("", OUTSIDE)


def test_a_label_may_stand_for_no_relation() -> None:
    record = parse(*REGIONS, relation(labels=["no_relation", "runs"]))
    assert record.triples == [FORTH] and record.notes == {NO_RELATION: 1}


def test_relations_without_label_may_be_given_a_predicate() -> None:
    results = [*REGIONS, relation(labels=[]), relation(labels=["owns"])]
    configured = LABEL_STUDIO.configure({"predicate": "runs"})
    stated = [FORTH, RawTriple(MARA, "owns", OLDPORT)]
    assert configured.parse(task(*results)) == Record(TEXT, stated, id=1)


# HTML.


def hypertext(name: str, start: int, end: int, text: Optional[str]) -> Dict[str, Any]:
    value = {
        "start": "/p[1]/text()[1]",
        "end": "/p[1]/text()[1]",
        "startOffset": start,
        "endOffset": end,
        "globalOffsets": {"start": start, "end": end},
        "hypertextlabels": ["PER"],
        **({} if text is None else {"text": text}),
    }
    return {"id": name, "to_name": "text", "type": "hypertextlabels", "value": value}


def test_regions_of_a_text_without_tags_are_where_they_are_stated() -> None:
    regions = [hypertext("a", 0, 10, "Mara Quill"), REGIONS[1]]
    assert triples(*regions, relation()) == [FORTH]


@pytest.mark.parametrize(
    "text,mention",
    [
        ("<p>Mara Quill</p> runs Oldport", "Mara Quill"),
        # The offsets fit by chance: tags count or do not.
        ("Mara Quill runs <b>Oldport</b>", "Mara Quill"),
        ("A &amp; B runs Oldport", "A & B runs"),
        (TEXT, None),
    ],
)
def test_regions_of_html_are_refused(text: str, mention: Optional[str]) -> None:
    record = parse(hypertext("a", 0, 10, mention), relation(to_id="a"), data={"text": text})
    assert (record.text, record.triples) == (text, [])
    (lost,) = record.lost
    assert lost.cause == MALFORMED_ENTITY and "Annotate the text without tags" in lost.reason


def test_regions_of_paragraphs_are_refused() -> None:
    dialogue = {"start": "0", "end": "0", "startOffset": 0, "endOffset": 4, "text": "Mara"}
    paragraphs = {"id": "a", "type": "paragraphlabels", "value": dialogue}
    assert losses(paragraphs, relation(to_id="a")) == [MALFORMED_ENTITY]


# The text.


@pytest.mark.parametrize(
    "data,text",
    [
        ({"text": "甲", "source": "乙"}, "甲"),
        ({"sentence": "甲", "number": 3}, "甲"),
        ({"sentence": "甲", "id": "d1"}, "甲"),
        ({"sentence": "甲", "url": "https://example.org/a"}, "甲"),
    ],
)
def test_the_key_of_the_text_may_have_another_name(data: Dict[str, Any], text: str) -> None:
    assert LABEL_STUDIO.parse({"data": data}).text == text


@pytest.mark.parametrize("key", ["body", "text", "title"])
def test_the_text_is_where_the_stated_texts_are(key: str) -> None:
    data = dict.fromkeys(("text", "title"), "Oldport, a letter")
    record = parse(*REGIONS, relation(), data={**data, key: TEXT})
    assert (record.text, record.triples) == (TEXT, [FORTH])
    assert record.meta == {name: text for name, text in data.items() if name != key}


def test_the_text_is_the_one_of_that_name_if_stated_texts_are_nowhere_or_in_several() -> None:
    shifted = [region("a", 1, 11, text="Mara Quill"), REGIONS[1], relation()]
    for results in (RESULTS, shifted):
        for other in ("Oldport, a letter", TEXT):
            record = parse(*results, data={"copy": other, "text": TEXT})
            assert (record.text, record.meta) == (TEXT, {"copy": other})


def test_the_name_of_the_text_decides_between_two_that_fit() -> None:
    data = {"t": TEXT, "copy": TEXT, "other": "甲"}
    assert parse(*REGIONS, relation(), data=data).meta == {"copy": TEXT, "other": "甲"}


def test_the_key_of_the_text_may_be_named() -> None:
    configured = LABEL_STUDIO.configure({"text_key": "b"})
    data = {"a": "甲", "b": "乙", "text": "丙"}
    assert configured.parse({"data": data}) == Record("乙", None, meta={"a": "甲", "text": "丙"})


@pytest.mark.parametrize("address", ["s3://letters/7.txt", "https://a.example/b", "/data/l/7.txt"])
@pytest.mark.parametrize("key", ["text", "file"])
def test_an_address_is_no_text(key: str, address: str) -> None:
    with pytest.raises(ValueError, match=f"the text under '{key}' in 'data' is an address"):
        LABEL_STUDIO.parse({"data": {key: address}})


# Provenance.


def test_the_id_and_further_data_of_a_task_are_kept() -> None:
    data = {"text": TEXT, "source": ["a"], "meta": {"page": 2}}
    record = parse(*REGIONS, data=data)
    assert (record.id, record.meta) == (1, {"source": ["a"], "page": 2})
    assert parse(*REGIONS, data={**data, "id": "d1"}).id == "d1"


# Forms of tasks, and what is annotated.


def read(folder: Path, *tasks: Any) -> List[Any]:
    return list(read_records(write_lines(folder / "tasks.jsonl", list(tasks)), LABEL_STUDIO))


@pytest.mark.parametrize(
    "form",
    [
        {"id": 1, "data": {"text": TEXT}, "completions": [{"id": 7, "result": RESULTS}]},
        {"id": 7, "result": RESULTS, "task": {"id": 1, "data": {"text": TEXT}}},
        {"id": 1, "data": {"text": TEXT}, "annotations": [{"result": RESULTS}]},
    ],
)
def test_tasks_have_several_forms(form: Dict[str, Any], tmp_path: Path) -> None:
    assert LABEL_STUDIO.matches(form)
    assert read(tmp_path, form) == [Record(TEXT, [FORTH], id=1)]
    assert detect(tmp_path / "tasks.jsonl").format.name == "label_studio"


def test_a_task_of_several_annotators_is_a_record_for_each(tmp_path: Path) -> None:
    done, other = task(*REGIONS, relation()), task(*REGIONS)
    cancelled = {"was_cancelled": True, "result": []}
    skipped = {"skipped": True, "result": RESULTS}
    both = [*done["annotations"], cancelled, skipped, *other["annotations"]]
    first, second = read(tmp_path, task(annotations=both))
    assert (first.triples, second.triples) == ([FORTH], [])
    with pytest.raises(ValueError, match="one annotation"):
        LABEL_STUDIO.parse(task(annotations=both))


@pytest.mark.parametrize(
    "annotations",
    [[], None, [{"was_cancelled": True, "result": []}], [{"id": 7}], [{"id": 7, "result": None}]],
)
def test_a_task_that_nobody_finished_is_not_annotated(annotations: Any, tmp_path: Path) -> None:
    assert read(tmp_path, task(annotations=annotations)) == [Record(TEXT, None, id=1)]


def test_predictions_are_no_annotations() -> None:
    item = {"data": {"text": TEXT}, "predictions": [{"model_version": "m", "result": RESULTS}]}
    noted = Record(TEXT, None, notes={PREDICTIONS: 1})
    assert LABEL_STUDIO.parse(item) == noted
    assert LABEL_STUDIO.parse({**item, "annotations": []}) == noted
    submitted = [{"id": 7, "result": RESULTS}]
    assert not LABEL_STUDIO.parse({**item, "annotations": submitted}).notes


@pytest.mark.parametrize(
    "sign",
    [
        {"id": 7},
        {"completed_by": 2},
        {"created_at": "2031-05-07T10:00:00Z"},
        {"lead_time": 3.5},
        {"was_cancelled": False},
        {"unique_id": "u7"},
    ],
)
def test_an_empty_result_is_of_a_text_without_triples_only_if_submitted(
    sign: Dict[str, Any],
) -> None:
    assert parse(annotations=[{**sign, "result": []}]) == Record(TEXT, [], id=1)
    assert parse(annotations=[{"result": []}]) == Record(TEXT, None, id=1, is_untouched=True)


def test_json_min_is_refused_with_what_to_do(tmp_path: Path) -> None:
    labels = [{"start": 0, "end": 4, "text": "Mara", "labels": ["PER"]}]
    minimal = {"id": 1, "text": TEXT, "label": labels, "annotator": 1}
    assert LABEL_STUDIO.matches(minimal)
    (broken,) = read(tmp_path, minimal)
    assert isinstance(broken, MalformedRecord) and broken.location == "1"
    assert "JSON_MIN" in broken.reason and "export as JSON" in broken.reason


@pytest.mark.parametrize(
    "item,reason",
    [
        (task(data={"a": "甲", "b": "乙"}), "the strings are: 'a', 'b'.*--text-key"),
        (task(data={"number": 3}), "the strings are: none"),
        (task(data={"text": 3, "b": "乙"}), "'text' must be a string"),
        (task(data="甲"), "'data' must be a JSON object"),
        (task(annotations={}), "'annotations' must be a list"),
        (task(annotations=["done"]), "an element of 'annotations' must be a JSON object"),
        (task(annotations=[{"result": {}}]), "'result' must be a list"),
    ],
)
def test_a_task_without_a_text_or_a_list_is_malformed(
    item: Dict[str, Any], reason: str, tmp_path: Path
) -> None:
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
    assert set(annotation) == {"was_cancelled", "result"}
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


@pytest.mark.parametrize("stated", [None, [], [FORTH, RawTriple(MARA, "owns", OLDPORT), BACK]])
def test_what_was_written_is_read(stated: Optional[List[RawTriple]]) -> None:
    assert LABEL_STUDIO.dump is not None
    record = Record(TEXT, stated, id="d1", meta={"page": 2, "source": "letters"})
    assert LABEL_STUDIO.parse(LABEL_STUDIO.dump(record)) == record


# Predictions.


def dump_predicted(*scores: float, predicates: str = "runs owns") -> Dict[str, Any]:
    assert LABEL_STUDIO.dump_predicted is not None
    names = predicates.split()
    stated = [RawTriple(MARA, p, OLDPORT, score=s) for p, s in zip(names, scores)]
    (prediction,) = LABEL_STUDIO.dump_predicted(Record(TEXT, stated, id=3))["predictions"]
    assert isinstance(prediction, dict)
    return prediction


def test_predicted_triples_are_a_prediction() -> None:
    prediction = dump_predicted(0.75, 0.25)
    assert (prediction["model_version"], prediction["score"]) == ("spacy-spo", 0.5)
    *_, last = prediction["result"]
    # No label of a pair is surer than the least sure one.
    assert (last["labels"], last["score"]) == (["runs", "owns"], 0.25)
    gold = dump(FORTH, RawTriple(MARA, "owns", OLDPORT))["annotations"][0]["result"]
    assert prediction["result"] == [*gold[:-1], {**gold[-1], "score": 0.25}]


def test_a_prediction_of_nothing_has_no_score() -> None:
    assert dump_predicted() == {"model_version": "spacy-spo", "result": []}


def test_a_predicted_task_is_to_be_annotated() -> None:
    assert LABEL_STUDIO.dump_predicted is not None
    record = Record(TEXT, [FORTH], id=3, meta={"page": 2})
    written = LABEL_STUDIO.dump_predicted(record)
    assert set(written) == {"data", "predictions"}
    read_again = Record(TEXT, None, id=3, meta={"page": 2}, notes={PREDICTIONS: 1})
    assert LABEL_STUDIO.parse(written) == read_again
    assert LABEL_STUDIO.dump_predicted(Record(TEXT, None)) == {"data": {"text": TEXT}}

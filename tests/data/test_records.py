import json
from pathlib import Path
from typing import Any, Dict, List

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spacy_spo.data.detection import detect, get_format
from spacy_spo.data.files import ConversionError, Item, MalformedRecord
from spacy_spo.data.format import read_located, read_records
from spacy_spo.data.formats import find_builtin_formats
from spacy_spo.data.records import (
    MALFORMED,
    NO_RELATION,
    UNKNOWN_KEYS,
    Argument,
    LostTriple,
    LostTripleError,
    RawTriple,
    Record,
    add_provenance,
    build_record,
)
from spacy_spo.data.values import get_provenance, merge_provenance

FORMATS = find_builtin_formats()
TEXT = "周舟2001年写了《竹影》"
DUIE1_TRIPLE = {
    "subject": "竹影",
    "subject_type": "图书作品",
    "predicate": "作者",
    "object": "周舟",
    "object_type": "人物",
}
DUIE2_TRIPLE = {
    **DUIE1_TRIPLE,
    "object": {"@value": "周舟", "onDate": "2001年"},
    "object_type": {"@value": "人物", "onDate": "Date"},
}
SPO_JSONL_TRIPLE = {
    "subject": {"text": "竹影", "start": 11, "end": 13, "type": "图书作品"},
    "predicate": "作者",
    "object": {"text": "周舟"},
    "score": 0.5,
    "qualifiers": {"onDate": {"text": "2001年"}},
}
RECORDS: Dict[str, Dict[str, Any]] = {
    "duie1": {"postag": [], "text": TEXT, "spo_list": [DUIE1_TRIPLE]},
    "duie2": {"text": TEXT, "spo_list": [DUIE2_TRIPLE]},
    "triple_list": {"text": TEXT, "triple_list": [["竹影", "作者", "周舟"]]},
    "spo_jsonl": {"text": TEXT, "triples": [SPO_JSONL_TRIPLE], "meta": {"id": 3}},
}


def write_lines(path: Path, items: List[Any]) -> Path:
    lines = [i if isinstance(i, str) else json.dumps(i) for i in items]
    path.write_text("".join(line + "\n" for line in lines), encoding="utf8")
    return path


def read_one(path: Path, name: str, item: Any) -> Any:
    (record,) = read_records(write_lines(path / "one.jsonl", [item]), get_format(name))
    return record


def test_duie1(tmp_path: Path) -> None:
    record = read_one(tmp_path, "duie1", RECORDS["duie1"])
    triple = RawTriple(Argument("竹影", "图书作品"), "作者", Argument("周舟", "人物"))
    assert record == Record(TEXT, [triple])


def test_duie2_turns_further_keys_into_qualifiers(tmp_path: Path) -> None:
    (triple,) = read_one(tmp_path, "duie2", RECORDS["duie2"]).triples
    assert triple.object == Argument("周舟", "人物")
    assert triple.qualifiers == {"onDate": Argument("2001年", "Date")}


def test_triple_list(tmp_path: Path) -> None:
    record = read_one(tmp_path, "triple_list", RECORDS["triple_list"])
    assert record.triples == [RawTriple(Argument("竹影"), "作者", Argument("周舟"))]


def test_spo_jsonl(tmp_path: Path) -> None:
    record = read_one(tmp_path, "spo_jsonl", RECORDS["spo_jsonl"])
    subject = Argument("竹影", "图书作品", 11, 13)
    qualifiers = {"onDate": Argument("2001年")}
    assert record.triples == [RawTriple(subject, "作者", Argument("周舟"), qualifiers, 0.5)]
    assert record.meta == {"id": 3}


@pytest.mark.parametrize("name", ["duie1", "duie2", "spo_jsonl", "triple_list"])
def test_a_record_without_labels_is_not_annotated(name: str, tmp_path: Path) -> None:
    assert read_one(tmp_path, name, {"text": "甲\n"}) == Record("甲\n", None)


@pytest.mark.parametrize("name,key", [("duie1", "spo_list"), ("spo_jsonl", "triples")])
def test_an_empty_list_states_nothing(name: str, key: str, tmp_path: Path) -> None:
    assert read_one(tmp_path, name, {"text": "甲", key: []}) == Record("甲", [])


def changed(name: str, key: str, **changes: Any) -> Dict[str, Any]:
    return {"text": TEXT, key: [{**RECORDS[name][key][0], **changes}]}


@pytest.mark.parametrize(
    "name,item,reason",
    [
        ("duie1", '{"text": "甲"', "not valid JSON"),
        ("duie1", '{"text": ' + "[" * 100_000, "cannot be read"),
        ("duie1", '["甲"]', "JSON object"),
        ("duie1", {"spo_list": []}, "'text' is missing; there are: 'spo_list'"),
        ("duie1", {"text": 5}, "'text' must be a string, not 5"),
        ("duie1", '{"text": "\\ud83d"}', "surrogate"),
        ("duie1", {"text": "甲", "spo_list": {}}, "'spo_list' must be a list"),
        ("triple_list", {"\ud800": 1}, "'\\ud800'"),
    ],
)
def test_a_broken_record_says_why(name: str, item: Any, reason: str, tmp_path: Path) -> None:
    record = read_one(tmp_path, name, item)
    assert isinstance(record, MalformedRecord)
    assert reason in record.reason
    # It can be printed, whatever is in the record.
    assert record.reason.encode("utf8")


SURROGATE = "\ud800"


@pytest.mark.parametrize(
    "name,item,reason",
    [
        ("duie1", changed("duie1", "spo_list", subject=None), "'subject' must be a string"),
        ("duie1", changed("duie1", "spo_list", predicate=""), "predicate of a triple is empty"),
        ("duie2", changed("duie2", "spo_list", object={"onDate": "2001年"}), "'@value' is miss"),
        ("duie2", changed("duie2", "spo_list", object={"@value": "甲", "subject": "甲"}), "named"),
        ("duie2", changed("duie2", "spo_list", object={"@value": "甲", SURROGATE: "乙"}), "half"),
        ("spo_jsonl", changed("spo_jsonl", "triples", qualifiers={SURROGATE: {}}), "missing"),
        ("spo_jsonl", changed("spo_jsonl", "triples", qualifiers={SURROGATE: "甲"}), "'\\ud800'"),
        ("triple_list", {"text": TEXT, "triple_list": [["甲", "是"]]}, "[subject, predicate, obj"),
        ("spo_jsonl", changed("spo_jsonl", "triples", score=float("nan")), "from 0 to 1"),
        ("spo_jsonl", changed("spo_jsonl", "triples", object={"text": "甲", "start": 1}), "whole"),
    ],
)
def test_a_broken_triple_is_lost_alone_and_says_why(
    name: str, item: Any, reason: str, tmp_path: Path
) -> None:
    ((key, triples),) = ((key, value) for key, value in item.items() if key != "text")
    record = read_one(tmp_path, name, {**item, key: [*triples, RECORDS[name][key][0]]})
    assert record.triples == read_one(tmp_path, name, RECORDS[name]).triples
    (lost,) = record.lost
    assert lost.cause == MALFORMED and reason in lost.reason
    assert str(lost).encode("utf8")


def test_the_formats_of_duie_read_the_triples_of_each_other(tmp_path: Path) -> None:
    for reader, name in (("duie1", "duie2"), ("duie2", "duie1")):
        item = RECORDS[name]
        assert read_one(tmp_path, reader, item) == read_one(tmp_path, name, item)


def test_keys_that_are_unknown_are_kept_of_a_record_and_counted_of_a_triple(
    tmp_path: Path,
) -> None:
    item = {**changed("spo_jsonl", "triples", rank=1, object="周舟"), "source": "a.txt"}
    record = read_one(tmp_path, "spo_jsonl", item)
    assert [triple.object for triple in record.triples] == [Argument("周舟")]
    assert (record.meta, record.notes) == ({"source": "a.txt"}, {UNKNOWN_KEYS: 1})


def test_a_record_is_built_of_the_relations_that_can_be_parsed() -> None:
    triple = RawTriple(Argument("甲"), "是", Argument("乙"))

    def parse(relation: Any) -> Any:
        if relation == "unlabelled":
            raise LostTripleError("a cause", "a reason")
        return {"good": triple, "none": None}[relation] if relation else triple.object.missing

    relations = ["none", "good", "unlabelled", Item("7", "good"), "none"]
    record = build_record("甲乙", relations, parse, id=3, notes={"other": 1, NO_RELATION: 1})
    assert record == Record(
        "甲乙",
        [triple, triple],
        id=3,
        lost=(LostTriple("a cause", "a reason (in 'unlabelled')"),),
        notes={"other": 1, NO_RELATION: 3},
    )
    assert [kept.location for kept in record.triples or []] == ["", "7"]
    # A fault of the parser is not one of the data.
    with pytest.raises(AttributeError):
        build_record("甲乙", [""], parse)


def test_a_label_for_no_relation_may_be_a_predicate_of_the_format() -> None:
    triple = RawTriple(Argument("甲"), " Other", Argument("乙"))
    assert build_record("甲乙", [0], lambda _: triple).triples == []
    kept = build_record("甲乙", [0], lambda _: triple, reads_no_relation=False)
    assert (kept.triples, kept.notes) == ([triple], {})


@pytest.mark.parametrize(
    "record_id,meta", [(None, {}), (0, {}), ("a-7", {"page": 2}), (7, {"id": 1, "text": "甲"})]
)
def test_provenance_is_read_as_it_is_written(record_id: Any, meta: Dict[str, Any]) -> None:
    item = add_provenance({"text": "甲"}, Record("甲", None, meta, id=record_id))
    assert get_provenance(item, ("text",)) == {"id": record_id, "meta": meta}


def test_an_id_is_a_number_or_a_string() -> None:
    item = {"id": None, "ID": True, "doc": ["a"], "half": "\ud83d", "key": 0, "name": "a"}
    others = {"ID": True, "doc": ["a"], "half": "\ud83d"}
    found = get_provenance(item, (), "id", "ID", "doc", "half", "key", "name")
    assert found == {"id": 0, "meta": {**others, "name": "a"}}
    found = get_provenance(item, ("ID", "doc", "half"), "name", "key")
    assert found == {"id": "a", "meta": {"key": 0}}
    assert get_provenance({"id": 1.5}, (), "id", "no") == {"id": None, "meta": {"id": 1.5}}


def test_further_data_of_one_name_are_both_kept() -> None:
    item = {"source": "a", "meta": {"source": "b", "page": 2}}
    assert get_provenance(item, ())["meta"] == item
    assert get_provenance({"page": 1, "meta": {"source": "b"}}, ())["meta"] == {
        "page": 1,
        "source": "b",
    }


def test_provenance_is_merged() -> None:
    rows: List[Any] = [
        {"id": 7, "meta": {"page": [1], "by": "x"}},
        {"id": None, "meta": {"page": [2], "by": "x"}},
        {"id": 7, "meta": {"page": [1]}},
    ]
    assert merge_provenance(rows) == {"id": 7, "meta": {"page": [[1], [2]], "by": "x"}}
    assert merge_provenance([*rows, {"id": 8, "meta": {}}])["meta"]["ids"] == [7, 8]
    assert merge_provenance([]) == {"id": None, "meta": {}}


def test_the_records_around_a_broken_one_are_read(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "a.jsonl", [{"text": "甲"}, "", "oops", {"text": "乙"}])
    with path.open("ab") as file:
        file.write(b'{"text": "\xff"}\n{"text": "\xe4\xb8\x99\xe2\x80\xa8"}')
    first, broken, second, undecodable, last = read_records(path, get_format("spo_jsonl"))
    assert [first.text, second.text, last.text] == ["甲", "乙", "丙\u2028"]
    assert (broken.location, undecodable.location) == ("3", "5")
    assert str(broken).startswith(f"{path}:3: not valid JSON")


@pytest.mark.parametrize("name", list(RECORDS))
@pytest.mark.parametrize("indent", [None, 2])
def test_an_array_reads_as_its_lines_do(name: str, indent: Any, tmp_path: Path) -> None:
    items = [RECORDS[name], RECORDS[name]]
    array = tmp_path / "array.json"
    array.write_text("\ufeff\n" + json.dumps(items, indent=indent), encoding="utf8")
    lines = write_lines(tmp_path / "lines.jsonl", items)
    data_format = get_format(name)
    assert detect(array).format is detect(lines).format is data_format
    assert list(read_records(array, data_format)) == list(read_records(lines, data_format))


@given(st.lists(st.sampled_from([{"text": "甲"}, {"text": "]\n,["}, 3, "甲", {}])))
def test_elements_of_an_array_have_their_lines(tmp_path_factory: Any, items: List[Any]) -> None:
    path = tmp_path_factory.mktemp("array") / "array.json"
    path.write_text("[\n" + ",\n".join(json.dumps(i) for i in items) + "\n]\n", encoding="utf8")
    records = list(read_records(path, get_format("spo_jsonl")))
    assert len(records) == len(items)
    for number, (item, record) in enumerate(zip(items, records), start=1):
        if isinstance(item, dict) and "text" in item:
            assert record == Record(item["text"], None)
        else:
            assert isinstance(record, MalformedRecord)
            assert record.location == f"{number + 1} (record {number})"


def test_records_on_one_line_of_an_array_are_told_apart(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "array.json", [[{"text": "甲"}, 3, {"text": 4}]])
    located, *broken = read_located(path, get_format("spo_jsonl"))
    assert str(located) == f"{path}:1 (record 1)"
    assert [record.location for record in broken] == ["1 (record 2)", "1 (record 3)"]


@pytest.mark.parametrize("tail", ["", ",", ', {"text": ', ' {"text": "乙"}]', "] []"])
def test_an_array_that_breaks_off_is_refused(tail: str, tmp_path: Path) -> None:
    path = tmp_path / "array.json"
    path.write_text('[\n{"text": "甲"}' + tail, encoding="utf8")
    with pytest.raises(ConversionError, match=r"array\.json:2: .*JSONL"):
        list(read_records(path, get_format("spo_jsonl")))


def test_lines_are_streamed(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "a.jsonl", [{"text": "甲"}] * 3)
    records = read_records(path, get_format("spo_jsonl"))
    assert next(records) == Record("甲", None)
    with path.open("a", encoding="utf8") as file:
        file.write('{"text": "' + "乙" * 100_000 + '"}\n' * 1)
    assert len(list(records)) == 3


@pytest.mark.parametrize(
    "items,name",
    [
        ([{"text": "甲", "spo_list": []}, RECORDS["duie1"]], "duie1"),
        (["oops", RECORDS["duie2"]], "duie2"),
        ([{"text": "甲", "postag": []}], "duie1"),
        ([{"text": "甲", "spo_list": []}], "duie1"),
        ([{"text": "甲"}], "spo_jsonl"),
        ([{"text": "甲"}, RECORDS["triple_list"]], "triple_list"),
    ],
)
def test_detect(items: List[Any], name: str, tmp_path: Path) -> None:
    assert detect(write_lines(tmp_path / "a.jsonl", items)).format.name == name


@pytest.mark.parametrize(
    "items",
    [
        [],
        ["oops"],
        [{"\ud800": "甲"}],
        [{"text": "甲", "relations": []}],
        [{"text": "甲", "spo_list": ["甲"]}],
    ],
)
def test_an_unknown_format_is_an_error_that_lists_the_formats(
    items: List[Any], tmp_path: Path
) -> None:
    with pytest.raises(ConversionError) as error:
        detect(write_lines(tmp_path / "a.jsonl", items))
    assert all(data_format.name in str(error.value) for data_format in FORMATS)
    assert str(error.value).encode("utf8")


def test_an_unknown_format_name_is_an_error_that_lists_the_formats() -> None:
    with pytest.raises(ConversionError, match="conll") as error:
        get_format("conll")
    assert all(data_format.name in str(error.value) for data_format in FORMATS)

import json
from pathlib import Path
from typing import Any, Dict, List

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spacy_spo.data.detection import detect, get_format
from spacy_spo.data.files import ConversionError, MalformedRecord
from spacy_spo.data.format import read_located, read_records
from spacy_spo.data.formats import find_builtin_formats
from spacy_spo.data.records import Argument, RawTriple, Record

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


@pytest.mark.parametrize("name", ["duie1", "duie2", "spo_jsonl"])
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
        ("duie1", changed("duie1", "spo_list", subject=None), "'subject' must be a string"),
        ("duie1", changed("duie1", "spo_list", predicate=""), "predicate of a triple is empty"),
        ("duie1", RECORDS["duie2"], "'object' must be a string"),
        ("duie2", RECORDS["duie1"], "'object' must be a JSON object"),
        ("duie2", changed("duie2", "spo_list", object={"onDate": "2001年"}), "'@value' is miss"),
        (
            "duie2",
            changed("duie2", "spo_list", object={"@value": "周舟", "subject": "甲"}),
            "named",
        ),
        ("duie2", changed("duie2", "spo_list", object={"@value": "周舟", "\ud800": "甲"}), "half"),
        ("spo_jsonl", changed("spo_jsonl", "triples", qualifiers={"\ud800": {}}), "missing"),
        ("spo_jsonl", changed("spo_jsonl", "triples", qualifiers={"\ud800": "甲"}), "JSON object"),
        (
            "spo_jsonl",
            changed("spo_jsonl", "triples", qualifiers={"\ud800": {"text": "甲"}}),
            "'\\ud800'",
        ),
        ("triple_list", {"\ud800": 1}, "'\\ud800'"),
        ("triple_list", {"text": "甲", "triple_list": [["甲", "是"]]}, "[subject, predicate, obj"),
        ("triple_list", {"text": "甲", "triple_list": [["甲", "是", 1]]}, "an object must be"),
        ("triple_list", {"text": "甲"}, "'triple_list' is missing"),
        ("spo_jsonl", {"text": "甲", "relations": []}, "unknown key 'relations'"),
        ("spo_jsonl", changed("spo_jsonl", "triples", score=float("nan")), "from 0 to 1"),
        ("spo_jsonl", changed("spo_jsonl", "triples", object={"text": "甲", "start": 1}), "whole"),
        ("spo_jsonl", changed("spo_jsonl", "triples", object="周舟"), "'object' must be a JSON"),
        ("spo_jsonl", changed("spo_jsonl", "triples", rank=1), "unknown key 'rank'"),
    ],
)
def test_a_broken_record_says_why(name: str, item: Any, reason: str, tmp_path: Path) -> None:
    record = read_one(tmp_path, name, item)
    assert isinstance(record, MalformedRecord)
    assert reason in record.reason
    # It can be printed, whatever is in the record.
    assert record.reason.encode("utf8")


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
    assert detect(array) is detect(lines) is data_format
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
        ([{"text": "甲", "spo_list": []}], "duie2"),
        ([{"text": "甲"}], "spo_jsonl"),
        ([{"text": "甲"}, RECORDS["triple_list"]], "triple_list"),
    ],
)
def test_detect(items: List[Any], name: str, tmp_path: Path) -> None:
    assert detect(write_lines(tmp_path / "a.jsonl", items)).name == name


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


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("{}\n".encode("utf-16"), r"a\.json:1: not UTF-8"),
        ('{"text": "caf\xe9"}'.encode("latin-1"), r"a\.json:1: not UTF-8"),
        (b"text,triples\n", r"a\.json:1: not valid JSON"),
        (b'["text"]', r"a\.json:1 \(record 1\): a record is a JSON object, not 'text'"),
    ],
)
def test_a_file_without_a_record_says_why_the_first_is_none(
    content: bytes, reason: str, tmp_path: Path
) -> None:
    (tmp_path / "a.json").write_bytes(content)
    with pytest.raises(ConversionError, match=f"first record cannot be read: .*{reason}"):
        detect(tmp_path / "a.json")


@pytest.mark.parametrize("content", ["", "\n\n", "[]"])
def test_a_file_of_nothing_is_said_to_be_empty(content: str, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(content, encoding="utf8")
    with pytest.raises(ConversionError, match="It is empty"):
        detect(tmp_path / "a.json")

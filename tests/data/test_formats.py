"""All formats on the example of each (tests/annotations.py), and what only one of them has."""

import json
from functools import reduce
from operator import getitem
from pathlib import Path
from typing import Any, Dict, List, Optional, Union

import pytest
import spacy
from annotations import (
    FILES,
    ITEMS,
    NAMES,
    TEXT,
    WITH_OFFSETS,
    WITH_TYPES,
    write_files,
    write_lines,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from spacy_spo.data.detection import detect, get_format
from spacy_spo.data.files import MalformedRecord
from spacy_spo.data.format import read_records
from spacy_spo.data.formats import find_builtin_formats
from spacy_spo.data.mentions import find_triples
from spacy_spo.data.records import DISCONTINUOUS, Argument, RawTriple, Record
from spacy_spo.triples import set_triples

FORMATS = find_builtin_formats()


def read(folder: Path, name: str) -> List[Union[Record, MalformedRecord]]:
    return list(read_records(write_files(folder, name), get_format(name)))


def read_item(name: str, item: Any) -> Record:
    return get_format(name).parse(item)


def test_every_format_has_an_example() -> None:
    assert set(NAMES) == {data_format.name for data_format in FORMATS}


@pytest.mark.parametrize("name", NAMES)
def test_the_triples_of_the_example_are_read(name: str, tmp_path: Path) -> None:
    types = ("ORG", "PER") if name in WITH_TYPES else ("", "")
    places = ((16, 23), (0, 10)) if name in WITH_OFFSETS else ((None, None), (None, None))
    subject = Argument("Oldport", types[0], *places[0])
    object_ = Argument("Mara Quill", types[1], *places[1])
    (record,) = read(tmp_path, name)
    assert isinstance(record, Record)
    assert record.text == TEXT
    assert record.triples == [RawTriple(subject, "chief", object_)]


@pytest.mark.parametrize("name", NAMES)
def test_the_example_is_recognised(name: str, tmp_path: Path) -> None:
    assert detect(write_files(tmp_path, name)).name == name


@pytest.mark.parametrize("name", ITEMS)
def test_an_item_is_of_one_format_only(name: str) -> None:
    assert [f.name for f in FORMATS if f.matches(ITEMS[name])] == [name]


def test_a_text_beside_tokens_and_entities_is_not_the_mark_of_doccano() -> None:
    item = {**ITEMS["spert"], "text": TEXT}
    assert [f.name for f in FORMATS if f.matches(item)] == ["spert"]


def test_a_suffix_is_of_one_format_only() -> None:
    suffixes = [suffix for data_format in FORMATS for suffix in data_format.suffixes]
    assert len(set(suffixes)) == len(suffixes)


# Malformed records.

# Keys and indices, from the outermost on.
Where = List[Any]


def copy(name: str) -> Dict[str, Any]:
    item: Dict[str, Any] = json.loads(json.dumps(ITEMS[name]))
    return item


def put(item: Any, where: Where, value: Any) -> None:
    *path, last = where
    reduce(getitem, path, item)[last] = value


def rename(item: Any, where: Where, name: str) -> None:
    *path, last = where
    values = reduce(getitem, path, item)
    values[name] = values.pop(last)


def changed(name: str, where: Where, value: Any) -> Dict[str, Any]:
    """An example with another value somewhere in it."""
    item = copy(name)
    put(item, where, value)
    return item


def without(name: str, where: Where) -> Dict[str, Any]:
    """An example in which a key is missing."""
    item = copy(name)
    *path, last = where
    del reduce(getitem, path, item)[last]
    return item


MISSING = [
    ("triple_list", ["triple_list"]),
    ("triple_list", ["text"]),
    ("bilou", ["tokens"]),
    ("bilou", ["tags"]),
    ("bilou", ["relations"]),
    ("bilou", ["relations", 0, "head"]),
    ("tplinker", ["relation_list"]),
    ("tplinker", ["relation_list", 0, "object"]),
    ("jointer", ["tokens"]),
    ("jointer", ["spo_details"]),
    ("copyre", ["sentText"]),
    ("copyre", ["relationMentions"]),
    ("copyre", ["relationMentions", 0, "label"]),
    ("copyre", ["entityMentions", 0, "text"]),
    ("dgre", ["spo_list"]),
    ("dgre", ["spo_list", 0, "t"]),
    ("dgre", ["spo_list", 0, "h", "pos"]),
    ("sro_list", ["sro_list"]),
    ("sro_list", ["sro_list", 0, "relation"]),
    ("doccano", ["text"]),
    ("doccano", ["entities"]),
    ("doccano", ["relations", 0, "from_id"]),
    ("doccano", ["entities", 0, "id"]),
]


@pytest.mark.parametrize("name,path", MISSING)
def test_a_missing_key_is_named(name: str, path: Where) -> None:
    with pytest.raises(ValueError, match=f"the key '{path[-1]}' is missing; there are: "):
        read_item(name, without(name, path))


@pytest.mark.parametrize(
    "name,path,value,reason",
    [
        ("triple_list", ["triple_list", 0], "Oldport", "'triple_list' must be a list, not 'Old"),
        ("triple_list", ["triple_list", 0], ["Oldport"], "[subject, predicate, object], not ['Old"),
        ("bilou", ["tokens", 1], 5, "element of 'tokens' must be a string, not 5"),
        ("bilou", ["tags"], ["O"], "there are 4 tokens and 1 tags"),
        ("bilou", ["tags", 0], "O", "the tag 'L-PER' of token 1 goes on with no entity before it"),
        ("bilou", ["tags", 1], "I-ORG", "'I-ORG' of token 1 goes on with no entity"),
        ("bilou", ["tags", 0], "PER", "and not 'PER'"),
        ("bilou", ["tags", 2], "", "and not ''"),
        ("bilou", ["relations", 0, "head"], 2, "names the entity 2, and there is none"),
        ("bilou", ["relations", 0, "tail"], -1, "names the entity -1, and there is none"),
        ("bilou", ["relations", 0, "tail"], True, "'tail' must be a whole number, not True"),
        ("bilou", ["relations", 0, "type"], "", "the predicate of a triple is empty"),
        ("tplinker", ["relation_list", 0], 3, "'relation_list' must be a JSON object, not 3"),
        ("tplinker", ["relation_list", 0, "subj_char_span"], [1], "must be [start, end], not [1]"),
        ("tplinker", ["relation_list", 0, "subj_char_span"], [1, 2.5], "whole number, not 2.5"),
        ("tplinker", ["relation_list", 0, "obj_char_span"], [0, True], "whole number, not True"),
        ("tplinker", ["entity_list"], {}, "'entity_list' must be a list"),
        ("jointer", ["spo_details", 0], [3, 4], "is [start, end, type, predicate, start, end"),
        ("jointer", ["spo_details", 0, 1], 5, "there are no tokens 3 to 5: the text has 4"),
        ("jointer", ["spo_details", 0, 0], False, "first token of the subject must be a whole"),
        ("jointer", ["spo_details", 0, 5], "2", "the token after the object must be a whole"),
        ("jointer", ["spo_details", 0, 6], None, "the type of the object must be a string"),
        ("jointer", ["spo_details", 0, 3], 1, "the predicate must be a string, not 1"),
        ("copyre", ["relationMentions", 0, "em1Text"], None, "'em1Text' must be a string"),
        ("copyre", ["entityMentions", 0, "label"], 4, "'label' must be a string, not 4"),
        ("dgre", ["spo_list", 0, "h"], "Oldport", "'h' must be a JSON object, not 'Oldport'"),
        ("dgre", ["spo_list", 0, "t", "pos"], [0, 1, 2], "'pos' must be [start, end]"),
        ("sro_list", ["sro_list", 0], ["Oldport"], "'sro_list' must be a JSON object"),
        ("sro_list", ["sro_list", 0, "object"], 7, "'object' must be a string, not 7"),
        ("doccano", ["entities", 1, "end_offset"], 24, "no characters 16 to 24: the text has 23"),
        ("doccano", ["entities", 0, "start_offset"], 10, "there are no characters 10 to 10"),
        ("doccano", ["entities", 0, "id"], True, "'id' must be a whole number, not True"),
        ("doccano", ["entities", 1, "id"], 7, "there are two entities 7"),
        ("doccano", ["relations", 0, "to_id"], 9, "names the entity 9, and there is none"),
    ],
)
def test_a_wrong_value_is_named(name: str, path: Where, value: Any, reason: str) -> None:
    with pytest.raises(ValueError) as error:
        read_item(name, changed(name, path, value))
    assert reason in str(error.value)


N_JUNK = 100
JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-2, 30),
    st.just(10**30),
    st.floats(),
    st.sampled_from(["", "Oldport", "B-PER", "L-ORG", "O", "None", "unknown", "\ud83d", " ", TEXT]),
    st.just([]),
    st.just({}),
    st.lists(st.integers(-1, 25), max_size=3),
)
JUNK_NAMES = ["", "subject", "text", "onDate", "\ud83d"]
NLP = spacy.blank("xx")


def places(value: Any) -> List[Where]:
    """The ways to all values in a JSON object."""
    if not isinstance(value, (dict, list)):
        return []
    children = list(value.items() if isinstance(value, dict) else enumerate(value))
    return [[key, *rest] for key, child in children for rest in ([], *places(child))]


@settings(max_examples=N_JUNK)
@given(data=st.data())
@pytest.mark.parametrize("name", ITEMS)
def test_junk_makes_a_record_or_an_error(name: str, data: st.DataObject) -> None:
    item = copy(name)
    for _ in range(data.draw(st.integers(1, 3))):
        where = data.draw(st.sampled_from(places(item)))
        if isinstance(where[-1], str) and data.draw(st.booleans()):
            rename(item, where, data.draw(st.sampled_from(JUNK_NAMES)))
        else:
            put(item, where, data.draw(JUNK))
    for data_format in FORMATS:
        data_format.matches(item)
    try:
        record = get_format(name).parse(item)
    except ValueError as error:
        assert str(error).encode("utf8")
    else:
        # Whatever is read, a Doc can be made of it, and written.
        doc = NLP.tokenizer(record.text)
        set_triples(doc, find_triples(record, doc)[0])
        assert doc.to_bytes()


@settings(max_examples=N_JUNK)
@given(data=st.data())
@pytest.mark.parametrize("name", FILES)
def test_junk_in_a_file_makes_records_or_errors(
    name: str, tmp_path: Path, data: st.DataObject
) -> None:
    path = write_files(tmp_path, name)
    content = path.read_bytes()
    start = data.draw(st.integers(0, len(content)))
    end = data.draw(st.integers(start, len(content)))
    junk = data.draw(
        st.sampled_from([b"", b"\t", b"\n", b" ", b";", b"9", b"T1", b"\xff", b"\xe2\x80\xa8"])
    )
    path.write_bytes(content[:start] + junk + content[end:])
    for record in read_records(path, get_format(name)):
        if isinstance(record, Record):
            find_triples(record, NLP.tokenizer(record.text))


# What only one format has.


@pytest.mark.parametrize(
    "tags",
    [
        ["B-PER", "L-PER", "U-ORG", "U-ORG"],
        ["B-PER", "I-PER", "B-ORG", "B-ORG"],
        ["B-PER", "E-PER", "S-ORG", "S-ORG"],
    ],
)
def test_bilou_reads_the_tags_of_several_schemes(tags: List[str]) -> None:
    item = {**ITEMS["bilou"], "tags": tags, "relations": [{"head": 2, "tail": 0, "type": "chief"}]}
    (triple,) = read_item("bilou", item).triples or []
    assert triple.subject == Argument("Oldport", "ORG", 16, 23)
    assert triple.object == Argument("Mara Quill", "PER", 0, 10)


@pytest.mark.parametrize("tags", [["O", "U"], ["O", "S"], ["B", "L"], ["B", "E"], ["B", "O"]])
def test_an_entity_that_is_over_does_not_go_on(tags: List[str]) -> None:
    spelled = [tag if tag == "O" else f"{tag}-ORG" for tag in (*tags, "I", "L")]
    with pytest.raises(ValueError, match="'I-ORG' of token 2 goes on with no entity"):
        read_item("bilou", changed("bilou", ["tags"], spelled))


def test_a_chinese_text_has_no_spaces_between_its_tokens() -> None:
    item = {"tokens": ["林月", "住", "在", "湖州"], "spo_details": [[0, 1, "", "居住地", 3, 4, ""]]}
    record = read_item("jointer", item)
    assert record.text == "林月住在湖州"
    assert (record.triples or [])[0].object == Argument("湖州", "", 4, 6)


@pytest.mark.parametrize(
    "tokens,text",
    [
        (["나는", "학교에", "간다", "。"], "나는 학교에 간다。"),
        (["I", "😀", "👍🏽", "you"], "I 😀 👍🏽 you"),
        (["東京", "タワー", "は", "Tokyo", "Tower"], "東京タワーはTokyo Tower"),
        (["〇", "Ａ", "，", "1", "𠮷", "x"], "〇Ａ，1𠮷x"),
    ],
)
def test_scripts_without_spaces_have_none_between_tokens(tokens: List[str], text: str) -> None:
    assert read_item("jointer", {"tokens": tokens, "spo_details": []}).text == text


def test_tplinker_without_spans_is_searched() -> None:
    relation = {"subject": "Oldport", "predicate": "chief", "object": "Mara Quill"}
    item = changed("tplinker", ["relation_list"], [relation])
    triple = RawTriple(Argument("Oldport"), "chief", Argument("Mara Quill"))
    assert read_item("tplinker", item).triples == [triple]


@pytest.mark.parametrize(
    "name,path,value",
    [
        ("tplinker", ["entity_list", 0, "type"], "DEFAULT"),
        ("tplinker", ["entity_list"], []),
        ("tplinker", ["entity_list", 0, "char_span"], None),
        ("tplinker", ["entity_list", 1, "char_span"], [16, 23]),
        ("jointer", ["spo_details", 0, 2], "None"),
        ("jointer", ["spo_details", 0, 2], "None-label"),
        ("copyre", ["entityMentions"], []),
        ("copyre", ["entityMentions", 1, "text"], "Oldport"),
    ],
)
def test_a_type_can_be_none(name: str, path: Where, value: Any) -> None:
    assert (read_item(name, changed(name, path, value)).triples or [])[0].subject.type == ""


@pytest.mark.parametrize(
    "name,path", [("tplinker", ["entity_list"]), ("copyre", ["entityMentions"])]
)
@pytest.mark.parametrize("kind", ["ORG", None])
def test_an_entity_that_is_listed_twice_keeps_its_type(name: str, path: Where, kind: Any) -> None:
    key = {"tplinker": "type", "copyre": "label"}[name]
    entity = {**ITEMS[name][path[0]][0], key: kind}
    (triple,) = read_item(name, changed(name, [*path, 1], entity)).triples or []
    assert triple.subject.type == "ORG"


def test_an_entity_of_tplinker_without_a_span_gives_no_type() -> None:
    item = without("tplinker", ["entity_list", 0, "char_span"])
    del item["relation_list"][0]["subj_char_span"]
    (triple,) = read_item("tplinker", item).triples or []
    assert (triple.subject.type, triple.object.type) == ("", "PER")


@pytest.mark.parametrize("name,key", [("tplinker", "entity_list"), ("copyre", "entityMentions")])
def test_entities_may_be_missing(name: str, key: str) -> None:
    assert (read_item(name, without(name, [key])).triples or [])[0].object.type == ""


def test_the_label_none_states_no_relation() -> None:
    item = changed("copyre", ["relationMentions", 0, "label"], "None")
    assert read_item("copyre", item) == Record(TEXT, [])


def test_triple_list_reads_a_second_key(tmp_path: Path) -> None:
    item = {"text": TEXT, "spo_list": ITEMS["triple_list"]["triple_list"]}
    assert read_item("triple_list", item) == read_item("triple_list", ITEMS["triple_list"])
    assert detect(write_lines(tmp_path / "a.jsonl", [item])).name == "triple_list"
    assert [f.name for f in FORMATS if f.matches(item)] == ["triple_list"]


def test_finre_gathers_the_lines_of_a_text(tmp_path: Path) -> None:
    path = tmp_path / "pairs.tsv"
    path.write_bytes(
        "甲\t乙\t持股\t甲持有乙。\n\n丙\t丁\tunknown\t丙与丁。\r\nno tabs\n"
        "乙\t甲\tunknown\t甲持有乙。\n甲\t乙\t合作\t甲持有乙。\n\t\t\t\n甲\t\t \t乙\n".encode()
    )
    broken, first, second, last = read_records(path, get_format("finre"))
    pair = Argument("甲"), Argument("乙")
    assert first == Record(
        "甲持有乙。", [RawTriple(pair[0], "持股", pair[1]), RawTriple(pair[0], "合作", pair[1])]
    )
    assert second == Record("丙与丁。", [])
    assert isinstance(last, Record) and last.triples == [RawTriple(pair[0], " ", Argument(""))]
    assert isinstance(broken, MalformedRecord)
    assert str(broken) == (
        f"{path}:4: a line is head<tab>tail<tab>relation<tab>text, not 'no tabs'"
    )


def brat(folder: Path, text: str, annotations: str) -> Union[Record, MalformedRecord]:
    (folder / "a.txt").write_bytes(text.encode("utf8"))
    (folder / "a.ann").write_bytes(annotations.encode("utf8"))
    (record,) = read_records(folder / "a.ann", get_format("brat"))
    return record


@pytest.mark.parametrize(
    "text,line,argument",
    [
        # Offsets count characters: of a line end two, of an astral character one.
        ("𠮷\r\nAnn", "T1\tPER 3 6\tAnn", Argument("Ann", "PER", 3, 6)),
        ("\ufeffAnn", "T1\tPER 1 4\tAnn", Argument("Ann", "PER", 1, 4)),
        # Over a line break: in pieces, as brat writes it, or in one.
        ("Ann\nLee", "T1\tPER 0 3;4 7\tAnn Lee", Argument("Ann\nLee", "PER", 0, 7)),
        ("Ann\nLee", "T1\tPER 0 7\tAnn Lee", Argument("Ann\nLee", "PER", 0, 7)),
        ("Ann B Lee", "T1\tPER 0 3;6 9\tAnn Lee", Argument("Ann Lee", "PER", 0, 9, DISCONTINUOUS)),
        # What disagrees is left for locating to count.
        ("Ann Lee", "T1\tPER 0 3\tLee", Argument("Lee", "PER", 0, 3)),
        ("Ann", "T1\tPER 0 9\tAnn Lee", Argument("Ann Lee", "PER", 0, 9)),
        ("a\tb", "T1\tPER 0 3\ta\tb", Argument("a\tb", "PER", 0, 3)),
    ],
)
def test_brat_arguments(text: str, line: str, argument: Argument, tmp_path: Path) -> None:
    record = brat(tmp_path, text, f"R1\tis a:T1 b:T1\n{line}\n")
    assert record == Record(text, [RawTriple(argument, "is", argument)])


def test_brat_takes_the_arguments_of_a_relation_in_order(tmp_path: Path) -> None:
    lines = "R2\tchief Company:T2 Person:T1\nT1\tPER 0 3\tAnn\nT2\tORG 4 7\tOak\n"
    record = brat(tmp_path, "Ann Oak", lines)
    (triple,) = record.triples or []  # type: ignore[union-attr]
    assert (triple.subject.text, triple.object.text) == ("Oak", "Ann")


def test_brat_ignores_what_is_no_triple(tmp_path: Path) -> None:
    lines = "T1\tPER 0 3\tAnn\n*\tEquiv T1 T1\nA1\tOld T1\nM1\tOld T1\nN1\tReference T1 x:1\tAnn\n"
    lines += "#1\tAnnotatorNotes T1\tsure?\nE1\tMeet:T1 Who:T1\n\r\n"
    assert brat(tmp_path, "Ann", lines) == Record("Ann", [])
    assert brat(tmp_path, "Ann", "") == Record("Ann", [])


@pytest.mark.parametrize(
    "annotations,reason",
    [
        (
            "T1\tPER 0 3\tAnn\nT2\tPER 0\tAnn\n",
            "line 2 is no annotation of brat: 'T2\\tPER 0\\tAnn'",
        ),
        ("T1 PER 0 3 Ann", "line 1 is no annotation"),
        ("R1\tchief T1 T1", "line 1 is no annotation"),
        ("spouse of", "line 1 is no annotation"),
        ("Apple pie", "line 1 is no annotation"),
        ("E garbage", "line 1 is no annotation"),
        ("T1\tPER 0 3\tAnn\nT1\tPER 0 3\tAnn", "there are two entities 'T1'"),
        ("R1\tchief Arg1:T1 Arg2:T1", "names the entity 'T1', and there is none"),
        ("E1\tMeet:T1\nR1\tchief Arg1:E1 Arg2:E1", "names the entity 'E1', and there is none"),
    ],
)
def test_a_broken_annotation_of_brat_is_named(
    annotations: str, reason: str, tmp_path: Path
) -> None:
    record = brat(tmp_path, "Ann", annotations)
    assert isinstance(record, MalformedRecord) and reason in record.reason


def test_brat_needs_the_text_and_needs_it_in_utf8(tmp_path: Path) -> None:
    path = tmp_path / "a.ann"
    path.write_text("", encoding="utf8")
    (record,) = read_records(path, get_format("brat"))
    assert isinstance(record, MalformedRecord)
    assert str(tmp_path / "a.txt") in record.reason and "missing" in record.reason
    (tmp_path / "a.txt").write_bytes(b"\xff")
    (record,) = read_records(path, get_format("brat"))
    assert isinstance(record, MalformedRecord) and "cannot be read" in record.reason


def test_an_example_states_nothing_that_is_lost(tmp_path: Path) -> None:
    nlp = spacy.blank("en")
    counts: Dict[str, Optional[int]] = {}
    for name in NAMES:
        (record,) = read(tmp_path, name)
        assert isinstance(record, Record)
        triples, dropped = find_triples(record, nlp(record.text))
        counts[name] = len(triples) if not dropped else None
    assert counts == dict.fromkeys(NAMES, 1)

"""All formats on the example of each (tests/annotations.py), and what only one of them has."""

import json
from contextlib import suppress
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
    WITHOUT_TEXTS,
    write_files,
    write_lines,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from spacy_spo.data.detection import detect, get_format
from spacy_spo.data.files import ConversionError, MalformedRecord
from spacy_spo.data.format import read_records
from spacy_spo.data.formats import find_builtin_formats
from spacy_spo.data.mentions import find_triples
from spacy_spo.data.records import (
    MALFORMED,
    MALFORMED_ENTITY,
    NO_RELATION,
    SEVERAL_TYPES,
    UNTYPED_ENTITY,
    Argument,
    RawTriple,
    Record,
)
from spacy_spo.triples import set_triples

FORMATS = find_builtin_formats()


def read(folder: Path, name: str) -> List[Union[Record, MalformedRecord]]:
    return list(read_records(write_files(folder, name), get_format(name)))


def read_item(name: str, item: Any) -> Record:
    return get_format(name).parse(item)


def matching(item: Dict[str, Any]) -> List[str]:
    """The formats of JSON that an item may be of."""
    return [f.name for f in FORMATS if not f.suffixes and f.matches(item)]


def test_every_format_has_an_example() -> None:
    assert set(NAMES) == {data_format.name for data_format in FORMATS}


@pytest.mark.parametrize("name", NAMES)
def test_the_triples_of_the_example_are_read(name: str, tmp_path: Path) -> None:
    types = ("ORG", "PER") if name in WITH_TYPES else ("", "")
    places = ((16, 23), (0, 10)) if name in WITH_OFFSETS else ((None, None), (None, None))
    is_stated = name not in WITHOUT_TEXTS
    subject = Argument("Oldport", types[0], *places[0], is_stated=is_stated)
    object_ = Argument("Mara Quill", types[1], *places[1], is_stated=is_stated)
    (record,) = read(tmp_path, name)
    assert isinstance(record, Record)
    assert record.text == TEXT
    assert record.triples == [RawTriple(subject, "chief", object_)]


@pytest.mark.parametrize("name", NAMES)
def test_the_example_is_recognised(name: str, tmp_path: Path) -> None:
    assert detect(write_files(tmp_path, name)).format.name == name


@pytest.mark.parametrize("name", ITEMS)
def test_an_item_is_of_one_format_only(name: str) -> None:
    # The keys of a row are known only when it is read: any flat object may be one.
    assert {name} <= set(matching(ITEMS[name])) <= {name, "rows"}


def test_a_text_beside_tokens_and_entities_is_not_the_mark_of_doccano() -> None:
    item = {**ITEMS["spert"], "text": TEXT}
    assert matching(item) == ["spert"]


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


def reason_of_loss(name: str, item: Dict[str, Any]) -> str:
    """Why the relation of an example is lost. Its text stays."""
    record = read_item(name, item)
    assert (record.text, record.triples) == (TEXT, [])
    (lost,) = record.lost
    return lost.reason


@pytest.mark.parametrize(
    "name,path",
    [
        ("triple_list", ["text"]),
        ("duie1", ["text"]),
        ("spo_jsonl", ["text"]),
        ("tplinker", ["text"]),
        ("dgre", ["text"]),
        ("sro_list", ["text"]),
        ("copyre", ["sentText"]),
        ("bilou", ["tokens"]),
        ("bilou", ["tags"]),
        ("jointer", ["tokens"]),
        ("spert", ["tokens"]),
        ("doccano", ["text"]),
    ],
)
def test_a_record_without_text_is_malformed(name: str, path: Where) -> None:
    with pytest.raises(ValueError, match=f"the key '{path[-1]}' is missing; there are: "):
        read_item(name, without(name, path))


# The list of the relations of each format.
LISTS = {
    "duie1": "spo_list",
    "duie2": "spo_list",
    "triple_list": "triple_list",
    "spo_jsonl": "triples",
    "tplinker": "relation_list",
    "jointer": "spo_details",
    "copyre": "relationMentions",
    "bilou": "relations",
    "dgre": "spo_list",
    "sro_list": "sro_list",
    "spert": "relations",
    "rebel": "triples",
    "docred": "labels",
    "glirel": "relations",
    "doccano": "relations",
    "prodigy": "relations",
    "ubiai": "relations",
}
TEXTS = ("text", "tokens", "sentText", "sents", "tokenized_text", "document")


@pytest.mark.parametrize("name,key", LISTS.items())
def test_only_a_list_annotates_a_text(name: str, key: str, tmp_path: Path) -> None:
    assert read_item(name, changed(name, [key], None)).triples is None
    assert read_item(name, without(name, [key])).triples is None
    assert read_item(name, changed(name, [key], [])).triples == []
    with pytest.raises(ValueError, match=f"'{key}' must be a list"):
        read_item(name, changed(name, [key], {}))
    # Nothing but texts without triples is recognised as well.
    assert get_format(name).matches(changed(name, [key], []))


@pytest.mark.parametrize("name,key", LISTS.items())
def test_a_relation_is_lost_alone(name: str, key: str) -> None:
    (relation,) = ITEMS[name][key]
    record = read_item(name, changed(name, [key], [None, relation, {}, 3, relation]))
    assert record.triples == (read_item(name, ITEMS[name]).triples or []) * 2
    assert [lost.cause for lost in record.lost] == [MALFORMED] * 3


@pytest.mark.parametrize("name,key", LISTS.items())
def test_the_relations_of_a_malformed_record_are_counted(
    name: str, key: str, tmp_path: Path
) -> None:
    item = {**ITEMS[name], key: ITEMS[name][key] * 3}
    for text in item.keys() & set(TEXTS):
        item[text] = 7
    (record,) = read_records(write_lines(tmp_path / "a.jsonl", [item]), get_format(name))
    assert isinstance(record, MalformedRecord) and record.n_triples == 3


@pytest.mark.parametrize("name", sorted(LISTS.keys() - {"rebel", "docred"}))  # other ids
def test_the_id_and_further_data_of_a_record_are_kept(name: str) -> None:
    (others, *_) = [read_item(name, ITEMS[name]).meta]
    record = read_item(name, {**ITEMS[name], "id": 7, "source": ["a", 1], "meta": {"page": 2}})
    assert (record.id, record.meta) == (7, {**others, "source": ["a", 1], "page": 2})
    plain = read_item(name, {**ITEMS[name], "meta": "a letter"})
    assert plain.meta == {**others, "meta": "a letter"}


@pytest.mark.parametrize("name,key", [("dgre", "ID"), ("spert", "orig_id")])
def test_an_id_under_another_key_is_no_further_data(name: str, key: str) -> None:
    record = read_item(name, {**ITEMS[name], key: "a-7"})
    assert (record.id, record.meta) == ("a-7", {})


@pytest.mark.parametrize(
    "name,path",
    [
        ("duie1", ["spo_list", 0, "object"]),
        ("duie2", ["spo_list", 0, "object", "@value"]),
        ("triple_list", ["triple_list", 0, 2]),
        ("spo_jsonl", ["triples", 0, "object", "text"]),
        ("tplinker", ["relation_list", 0, "object"]),
        ("copyre", ["relationMentions", 0, "em2Text"]),
        ("dgre", ["spo_list", 0, "t", "name"]),
        ("sro_list", ["sro_list", 0, "object"]),
    ],
)
def test_a_number_is_an_argument(name: str, path: Where) -> None:
    (triple,) = read_item(name, changed(name, path, 1998)).triples or []
    assert triple.object.text == "1998"
    assert "must be a string, not nan" in reason_of_loss(name, changed(name, path, float("nan")))
    assert "must be a string, not True" in reason_of_loss(name, changed(name, path, True))


@pytest.mark.parametrize(
    "name,path",
    [
        ("bilou", ["relations", 0, "head"]),
        ("tplinker", ["relation_list", 0, "object"]),
        ("copyre", ["relationMentions", 0, "label"]),
        ("dgre", ["spo_list", 0, "t"]),
        ("sro_list", ["sro_list", 0, "object"]),
        ("spert", ["relations", 0, "type"]),
        ("doccano", ["relations", 0, "from_id"]),
    ],
)
def test_a_missing_key_of_a_relation_is_named(name: str, path: Where) -> None:
    assert f"the key '{path[-1]}' is missing" in reason_of_loss(name, without(name, path))


@pytest.mark.parametrize(
    "name,key,n_lost",
    [
        ("tplinker", "entity_list", 0),
        ("copyre", "entityMentions", 0),
        ("dygie", "ner", 0),
        ("doccano", "entities", 1),
        ("spert", "entities", 1),
        ("ubiai", "tokens", 1),
    ],
)
@pytest.mark.parametrize("value", [{}, 3, "Oldport"])
def test_entities_that_are_no_list_cost_their_relations_alone(
    name: str, key: str, n_lost: int, value: Any
) -> None:
    record = read_item(name, changed(name, [key], value))
    assert len(record.lost) == n_lost
    assert len(record.triples or []) == len(read_item(name, ITEMS[name]).triples or []) - n_lost


@pytest.mark.parametrize(
    "name,path,value,reason",
    [
        ("bilou", ["tokens", 1], 5, "element of 'tokens' must be a string, not 5"),
        ("bilou", ["tags"], ["O"], "there are 4 tokens and 1 tags"),
        ("spert", ["text"], "Mara Quill ran", "the token 'runs' is not in the text"),
    ],
)
def test_an_unusable_text_is_named(name: str, path: Where, value: Any, reason: str) -> None:
    with pytest.raises(ValueError) as error:
        read_item(name, changed(name, path, value))
    assert reason in str(error.value)


@pytest.mark.parametrize(
    "name,path,value,reason",
    [
        ("triple_list", ["triple_list", 0], "Oldport", "a triple must be a JSON object, not 'Old"),
        ("triple_list", ["triple_list", 0], ["Oldport"], "[subject, predicate, object], not ['Old"),
        ("bilou", ["tags", 0], "O", "the tag 'L-PER' of token 1 goes on with no entity before it"),
        ("bilou", ["tags", 1], "I-ORG", "'I-ORG' of token 1 goes on with no entity"),
        ("bilou", ["tags", 0], "PER", "the tag of token 0 is 'PER'"),
        ("bilou", ["tags", 2], "", "the tag of token 2 is ''"),
        ("bilou", ["tags", 1], None, "the tag of token 1 is None"),
        ("bilou", ["relations", 0, "head"], 2, "there is no entity 2"),
        ("bilou", ["relations", 0, "tail"], -1, "there is no entity -1"),
        ("bilou", ["relations", 0, "tail"], True, "'tail' must be a whole number, not True"),
        ("bilou", ["relations", 0, "type"], "", "the predicate of a triple is empty"),
        ("tplinker", ["relation_list", 0], 3, "a JSON object with the key 'subject', not 3"),
        ("tplinker", ["relation_list", 0, "subj_char_span"], [1], "must be [start, end], not [1]"),
        ("tplinker", ["relation_list", 0, "subj_char_span"], [1, 2.5], "whole number, not 2.5"),
        ("tplinker", ["relation_list", 0, "obj_char_span"], [0, True], "whole number, not True"),
        ("jointer", ["spo_details", 0], [3, 4], "is [start, end, type, predicate, start, end"),
        ("jointer", ["spo_details", 0, 1], 5, "there are no tokens 3 to 5: the text has 4"),
        ("jointer", ["spo_details", 0, 0], False, "first token of the subject must be a whole"),
        ("jointer", ["spo_details", 0, 5], "2", "the token after the object must be a whole"),
        ("jointer", ["spo_details", 0, 6], [], "the type of the object must be a string"),
        ("jointer", ["spo_details", 0, 3], 1, "the predicate must be a string, not 1"),
        ("copyre", ["relationMentions", 0, "em1Text"], None, "'em1Text' must be a string"),
        ("dgre", ["spo_list", 0, "h"], "Oldport", "'h' must be a JSON object, not 'Oldport'"),
        ("dgre", ["spo_list", 0, "t", "pos"], [0, 1, 2], "'pos' must be [start, end]"),
        ("sro_list", ["sro_list", 0], ["Oldport"], "[subject, predicate, object], not ['Old"),
        ("sro_list", ["sro_list", 0, "object"], [7], "'object' must be a string, not [7]"),
    ],
)
def test_a_wrong_value_of_a_relation_is_named(
    name: str, path: Where, value: Any, reason: str
) -> None:
    assert reason in reason_of_loss(name, changed(name, path, value))


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
        set_triples(doc, find_triples(record, doc).triples)
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
    # XML that is broken cannot be read from there on.
    with suppress(ConversionError):
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


@pytest.mark.parametrize(
    "tags,spans",
    [
        # An I that begins an entity, and one after an entity of the same type.
        (["I-PER", "I-PER", "O", "I-ORG"], [(0, 10), (16, 23)]),
        (["I-PER", "B-PER", "I-PER", "I-ORG"], [(0, 4), (5, 15)]),
        (["O", "I-PER", "I-ORG", "I-ORG"], [(5, 10), (11, 23)]),
        (["B-PER", "M-PER", "E-PER", "S-ORG"], [(0, 15), (16, 23)]),
    ],
)
def test_bilou_decodes_entities(tags: List[str], spans: Any) -> None:
    (triple,) = read_item("bilou", changed("bilou", ["tags"], tags)).triples or []
    assert [(a.start, a.end) for a in (triple.object, triple.subject)] == spans


@pytest.mark.parametrize("tags", [["O", "U"], ["O", "S"], ["B", "L"], ["B", "E"]])
def test_an_entity_that_is_over_does_not_go_on(tags: List[str]) -> None:
    spelled = [tag if tag == "O" else f"{tag}-ORG" for tag in (*tags, "I", "L")]
    reason = reason_of_loss("bilou", changed("bilou", ["tags"], spelled))
    assert "'I-ORG' of token 2 goes on with no entity" in reason


@pytest.mark.parametrize(
    "first,kept",
    # An entity that begins wrongly is lost, and counted; after what is no tag no number is sure.
    [("L-PER", [("U-ORG", "U-ORG")]), ("U-PER", [("U-PER", "U-PER"), ("U-ORG", "U-ORG")])],
)
def test_a_bad_tag_loses_no_entity_before_it(first: str, kept: Any) -> None:
    tags = [first, "U-ORG", "PER", "U-PER"]
    relations = [{"head": n, "tail": n, "type": "is"} for n in range(4)]
    record = read_item("bilou", {**ITEMS["bilou"], "tags": tags, "relations": relations})
    triples = record.triples or []
    assert [(f"U-{t.subject.type}", f"U-{t.object.type}") for t in triples] == kept
    assert [lost.cause for lost in record.lost] == [MALFORMED_ENTITY] * (4 - len(kept))


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
        ("jointer", ["spo_details", 0, 2], None),
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


@pytest.mark.parametrize("label", ["None", "NA", "no_relation"])
def test_a_label_states_no_relation(label: str) -> None:
    item = changed("copyre", ["relationMentions", 0, "label"], label)
    assert read_item("copyre", item) == Record(TEXT, [], notes={NO_RELATION: 1})


def test_an_argument_of_several_types_has_none_and_is_counted() -> None:
    entity = {"text": "Oldport", "label": "PER"}
    record = read_item("copyre", changed("copyre", ["entityMentions", 1], entity))
    assert [triple.subject.type for triple in record.triples or []] == [""]
    assert record.notes == {SEVERAL_TYPES: 1}


@pytest.mark.parametrize("entity", [None, {}, {"text": "Oldport", "type": 3, "label": 3}])
@pytest.mark.parametrize(
    "name,path", [("tplinker", ["entity_list"]), ("copyre", ["entityMentions"])]
)
def test_a_malformed_entity_costs_a_type_and_is_counted(
    name: str, path: Where, entity: Any
) -> None:
    record = read_item(name, changed(name, [*path, 0], entity))
    (triple,) = record.triples or []
    assert (triple.subject.type, triple.object.type) == ("", "PER")
    assert record.notes == ({} if name == "tplinker" and entity == {} else {UNTYPED_ENTITY: 1})


def test_triple_list_reads_a_second_key(tmp_path: Path) -> None:
    item = {"text": TEXT, "spo_list": ITEMS["triple_list"]["triple_list"]}
    assert read_item("triple_list", item) == read_item("triple_list", ITEMS["triple_list"])
    assert detect(write_lines(tmp_path / "a.jsonl", [item])).format.name == "triple_list"
    assert matching(item) == ["triple_list"]


TRIPLE = ("Oldport", "chief", "Mara Quill")


@pytest.mark.parametrize("key", ["triple_list", "triple_list_gold", "spo_list", "spo", "triples"])
@pytest.mark.parametrize(
    "names",
    [
        ("subject", "predicate", "object"),
        ("subject", "relation", "object"),
        ("head", "relation", "tail"),
        ("head", "type", "tail"),
        None,
    ],
)
def test_triples_of_texts_have_several_forms(key: str, names: Any, tmp_path: Path) -> None:
    triple = dict(zip(names, TRIPLE)) if names else list(TRIPLE)
    path = write_lines(tmp_path / "a.jsonl", [{"text": TEXT, key: [triple, triple]}])
    (record,) = read_records(path, detect(path).format)
    read = RawTriple(Argument("Oldport"), "chief", Argument("Mara Quill"))
    assert record == Record(TEXT, [read, read])


@pytest.mark.parametrize("name,key", [("triple_list", "spo"), ("spo_jsonl", "triples")])
def test_numbers_of_entities_are_no_texts(name: str, key: str) -> None:
    item = {"text": TEXT, key: [{"head": 1, "relation": "chief", "tail": 0}]}
    assert not get_format(name).matches(item)
    assert "is missing; there are: 'head', 'relation', 'tail'" in reason_of_loss(name, item)


def test_predictions_beside_gold_triples_are_left_out() -> None:
    item = {"text": TEXT, "triple_list_gold": [list(TRIPLE)], "triple_list_pred": [], "new": []}
    record = read_item("triple_list", item)
    assert (len(record.triples or []), record.meta) == (1, {})


def test_dgre_has_other_keys_in_other_data(tmp_path: Path) -> None:
    head = {"name": "Oldport", "position": [16, 23]}
    tail = {"name": "Mara Quill", "position": [0, 10]}
    item = {"ID": "5", "sentence": TEXT, "spo": [{"head": head, "tail": tail, "relation": "chief"}]}
    path = write_lines(tmp_path / "a.jsonl", [item])
    (record,) = read_records(path, detect(path).format)
    triples = read_item("dgre", ITEMS["dgre"]).triples
    assert record == Record(TEXT, triples, id="5")


@pytest.mark.parametrize("change", [{"pos": None}, {"position": None}])
def test_dgre_without_offsets_is_searched(change: Dict[str, Any]) -> None:
    item = changed("dgre", ["spo_list", 0, "h"], {"name": "Oldport", **change})
    (triple,) = read_item("dgre", item).triples or []
    assert triple.subject == Argument("Oldport")


def test_finre_gathers_the_lines_of_a_text(tmp_path: Path) -> None:
    path = tmp_path / "pairs.tsv"
    path.write_bytes(
        "甲\t乙\t持股\t甲持有乙。\n\n丙\t丁\tunknown\t丙与丁。\r\nno tabs\n"
        "乙\t甲\tunknown\t甲持有乙。\n甲\t乙\t合作\t甲持有乙。\n\t\t\t\n甲\t\t \t乙\n".encode()
    )
    broken, first, second, last = read_records(path, get_format("finre"))
    pair = Argument("甲"), Argument("乙")
    triples = [RawTriple(pair[0], label, pair[1]) for label in ("持股", "合作")]
    assert first == Record("甲持有乙。", triples, notes={NO_RELATION: 1})
    assert second == Record("丙与丁。", [], notes={NO_RELATION: 1})
    assert isinstance(last, Record) and last.triples == []
    assert "the row has no predicate and no object" in last.lost[0].reason
    assert last.lost[0].location == "8"
    assert isinstance(broken, MalformedRecord)
    assert str(broken) == (
        f"{path}:4: a line is head<tab>tail<tab>relation<tab>text, not 'no tabs'"
    )


def test_an_example_states_nothing_that_is_lost(tmp_path: Path) -> None:
    nlp = spacy.blank("en")
    counts: Dict[str, Optional[int]] = {}
    for name in NAMES:
        (record,) = read(tmp_path, name)
        assert isinstance(record, Record)
        found = find_triples(record, nlp(record.text))
        counts[name] = len(found.triples) if not (found.lost or found.notes) else None
    assert counts == dict.fromkeys(NAMES, 1)

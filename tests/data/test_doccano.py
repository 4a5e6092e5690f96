from pathlib import Path
from typing import Any, Dict, List, Optional

import pytest
from annotations import write_lines

from spacy_spo.data.detection import detect, get_format
from spacy_spo.data.format import read_records
from spacy_spo.data.records import (
    MALFORMED,
    MALFORMED_ENTITY,
    NO_ENTITY,
    NO_LABEL,
    NO_RELATION,
    OUTSIDE,
    Argument,
    RawTriple,
    Record,
)

DOCCANO = get_format("doccano")
TEXT = "Mara Quill runs Oldport"
MARA = Argument("Mara Quill", "PER", 0, 10, is_stated=False)
OLDPORT = Argument("Oldport", "ORG", 16, 23, is_stated=False)
CHIEF = RawTriple(OLDPORT, "chief", MARA)


def entity(name: Any, start: Any, end: Any, label: Any = "PER") -> Dict[str, Any]:
    return {"id": name, "label": label, "start_offset": start, "end_offset": end}


def relation(head: Any = 8, tail: Any = 7, **changes: Any) -> Dict[str, Any]:
    return {"id": 1, "from_id": head, "to_id": tail, "type": "chief", **changes}


ENTITIES = [entity(7, 0, 10), entity(8, 16, 23, "ORG")]


def parse(*relations: Any, entities: Any = ENTITIES, **changes: Any) -> Record:
    item = {"text": TEXT, "entities": entities, "relations": list(relations), **changes}
    return DOCCANO.parse(item)


@pytest.mark.parametrize(
    "names,ends",
    [((7, 8), (8, 7)), (("7", "8"), (8, 7)), ((7, 8), ("8", "7")), (("p", "o"), ("o", "p"))],
)
def test_relations_name_entities_by_id(names: Any, ends: Any) -> None:
    entities = [entity(names[0], 0, 10), entity(names[1], 16, 23, "ORG")]
    assert parse(relation(*ends), entities=entities) == Record(TEXT, [CHIEF])


@pytest.mark.parametrize(
    "bad,cause,reason",
    [
        (relation(8, 99), NO_ENTITY, "there is no entity '99'"),
        (relation(type=None), NO_LABEL, "--predicate"),
        (relation(type=""), NO_LABEL, "--predicate"),
        ({"from_id": 8, "to_id": 7}, NO_LABEL, "--predicate"),
        (relation(type=3), MALFORMED, "'type' must be a string, not 3"),
        (relation(8, None), MALFORMED, "'to_id' must be a whole number or a string"),
        ({"to_id": 7, "type": "chief"}, MALFORMED, "'from_id' is missing"),
        (None, MALFORMED, "a JSON object with the key 'from_id', not None"),
    ],
)
def test_a_relation_is_lost_alone(bad: Any, cause: str, reason: str) -> None:
    record = parse(relation(), bad, relation())
    assert record.triples == [CHIEF, CHIEF]
    (lost,) = record.lost
    assert lost.cause == cause and reason in lost.reason


@pytest.mark.parametrize(
    "bad,reason",
    [
        (entity(9, "0", 4), "'start_offset' must be a whole number"),
        (entity(9, 0, 4, label=3), "'label' must be a string"),
        ({"id": 9, "label": "PER", "start_offset": 0}, "'end_offset' is missing"),
    ],
)
def test_a_malformed_entity_costs_the_relations_that_name_it(bad: Any, reason: str) -> None:
    entities = [bad, *ENTITIES, None, {"label": "PER"}]
    assert parse(relation(), entities=entities) == Record(TEXT, [CHIEF])
    record = parse(relation(), relation(9), entities=entities)
    assert record.triples == [CHIEF]
    (lost,) = record.lost
    assert lost.cause == MALFORMED_ENTITY and reason in lost.reason


@pytest.mark.parametrize("start,end", [(20, 99), (-3, 4), (4, 4), (10, 0)])
def test_an_entity_outside_of_the_text_does_no_harm_to_others(start: int, end: int) -> None:
    entities = [entity(9, start, end), *ENTITIES]
    assert parse(relation(), entities=entities) == Record(TEXT, [CHIEF])
    (triple,) = parse(relation(9), entities=entities).triples or []
    assert triple.subject == Argument("", "PER", start, end, OUTSIDE, is_stated=False)


def test_two_entities_of_one_id_are_none() -> None:
    entities = [*ENTITIES, entity(7, 0, 4)]
    assert [lost.cause for lost in parse(relation(), entities=entities).lost] == [MALFORMED_ENTITY]


def test_a_type_may_be_missing() -> None:
    entities = [entity(7, 0, 10, label=None), entity(8, 16, 23, label="Argument")]
    (triple,) = parse(relation(), entities=entities).triples or []
    assert (triple.subject.type, triple.object.type) == ("", "")


def test_a_label_may_stand_for_no_relation() -> None:
    assert parse(relation(type="None"), relation()) == Record(TEXT, [CHIEF], notes={NO_RELATION: 1})


def test_relations_without_label_may_be_given_a_predicate() -> None:
    item = {"text": TEXT, "entities": ENTITIES, "relations": [relation(type=None), relation()]}
    record = DOCCANO.configure({"predicate": "part of"}).parse(item)
    assert record == Record(TEXT, [RawTriple(OLDPORT, "part of", MARA), CHIEF])


# What is annotated.


def test_a_text_with_empty_lists_is_one_that_nobody_has_annotated() -> None:
    assert parse(entities=[]) == Record(TEXT, None, is_untouched=True)
    assert parse(entities=None) == Record(TEXT, None, is_untouched=True)


def test_a_text_with_entities_alone_has_no_triples() -> None:
    assert parse() == Record(TEXT, [])


@pytest.mark.parametrize("missing", [{}, {"relations": None}])
def test_a_text_without_a_list_of_relations_is_unannotated(missing: Dict[str, Any]) -> None:
    item = {"text": TEXT, "entities": ENTITIES, **missing}
    assert DOCCANO.matches(item)
    assert DOCCANO.parse(item) == Record(TEXT, None)


@pytest.mark.parametrize(
    "changes,reason",
    [
        ({"text": 3}, "'text' must be a string"),
        ({"relations": {}}, "'relations' must be a list"),
    ],
)
def test_a_record_without_a_text_or_a_list_is_malformed(
    changes: Dict[str, Any], reason: str
) -> None:
    with pytest.raises(ValueError, match=reason):
        parse(relation(), **changes)


def test_the_id_and_further_data_are_kept() -> None:
    record = parse(relation(), id=3, Comments=[], source="a")
    assert (record.id, record.meta) == (3, {"source": "a"})
    assert parse(relation(), Comments=["sure?"]).meta == {"Comments": ["sure?"]}
    assert parse(entities=[], id=3, source="a").meta == {"source": "a"}


def test_entities_without_relations_are_of_another_export() -> None:
    assert not DOCCANO.matches({"id": 1, "text": TEXT, "label": [[0, 10, "PER"]]})


def test_an_export_is_recognised_by_the_texts_that_are_annotated(tmp_path: Path) -> None:
    untouched = {"id": 1, "text": "甲", "entities": [], "relations": [], "Comments": []}
    done = {**untouched, "text": TEXT, "entities": ENTITIES, "relations": [relation()]}
    path = write_lines(tmp_path / "a.jsonl", [untouched, untouched, done])
    assert detect(path).format.name == "doccano"
    records = list(read_records(path, DOCCANO))
    assert [r.triples for r in records if isinstance(r, Record)] == [None, None, [CHIEF]]


# Writing.


def dump(triples: Optional[List[RawTriple]], **others: Any) -> Dict[str, Any]:
    assert DOCCANO.dump is not None
    return DOCCANO.dump(Record(TEXT, triples, **others))


def test_what_is_written_has_the_documented_shape() -> None:
    bare = RawTriple(MARA, "runs", Argument("Oldport", "", 16, 23))
    written = dump([CHIEF, bare], id=3)
    assert set(written) == {"id", "text", "entities", "relations"}
    for row in written["entities"]:
        assert set(row) == {"id", "label", "start_offset", "end_offset"} and row["label"]
    names = [row["id"] for row in written["entities"]]
    assert len(set(names)) == len(names) == 3
    for row in written["relations"]:
        assert set(row) == {"id", "from_id", "to_id", "type"}
        assert {row["from_id"], row["to_id"]} <= set(names)
    assert len({row["id"] for row in written["relations"]}) == 2


@pytest.mark.parametrize("triples", [[CHIEF], [CHIEF, RawTriple(MARA, "runs", OLDPORT), CHIEF]])
def test_what_was_written_is_read(triples: List[RawTriple]) -> None:
    written = dump(triples, id="d1", meta={"page": 2})
    assert DOCCANO.parse(written) == Record(TEXT, triples, id="d1", meta={"page": 2})


def test_an_unannotated_text_is_written_as_exported() -> None:
    assert dump(None) == {"text": TEXT, "entities": [], "relations": []}
    assert DOCCANO.parse(dump(None)).triples is None


def test_an_argument_without_offsets_is_not_written() -> None:
    with pytest.raises(ValueError, match="'Oldport' has no offsets"):
        dump([RawTriple(Argument("Oldport"), "chief", MARA)])


def test_offsets_are_written_in_utf16_units() -> None:
    parts = ["Mara 𠮷", "Oldport"]
    text = "😀 Mara 𠮷 runs Oldport"
    arguments = [Argument(part, "", (n := text.index(part)), n + len(part)) for part in parts]
    assert DOCCANO.dump is not None
    item = DOCCANO.dump(Record(text, [RawTriple(arguments[0], "runs", arguments[1])]))
    units = text.encode("utf-16-le")
    spans = [(entity["start_offset"], entity["end_offset"]) for entity in item["entities"]]
    assert [units[2 * a : 2 * b].decode("utf-16-le") for a, b in spans] == parts

from typing import Any, Dict, List, Tuple

import pytest

from spacy_spo.data.detection import get_format
from spacy_spo.data.records import EVENTS, NO_RELATION, SEVERAL_TYPES, UNTYPED_ENTITY, Record

DYGIE = get_format("dygie")
SENTENCES = [["Oldport", "grew", "."], ["Mara", "Quill", "runs", "Oldport", "."]]
NER = [[[0, 0, "LOC"]], [[3, 4, "PER"], [6, 6, "LOC"]]]


def item(**changes: Any) -> Dict[str, Any]:
    relations = [[], [[3, 4, 6, 6, "runs"]]]
    return {
        "doc_key": "d1",
        "dataset": "towns",
        "sentences": SENTENCES,
        "ner": NER,
        "relations": relations,
        "clusters": [[[0, 0], [6, 6]]],
        "predicted_ner": [[], []],
        **changes,
    }


def arguments(record: Record) -> List[Tuple[str, str, str, str]]:
    triples = record.triples or []
    return [(t.subject.text, t.subject.type, t.object.text, t.object.type) for t in triples]


def test_indices_count_the_tokens_of_the_document() -> None:
    record = DYGIE.parse(item())
    assert record.text == "Oldport grew . Mara Quill runs Oldport ."
    assert arguments(record) == [("Mara Quill", "PER", "Oldport", "LOC")]
    assert [t.object.start for t in record.triples or []] == [31]
    assert (record.id, record.meta) == ("d1", {"dataset": "towns"})


def test_relations_may_cross_sentences_and_have_scores() -> None:
    record = DYGIE.parse(item(relations=[[[0, 0, 3, 4, "chief", 7.1, 0.9]], []]))
    assert arguments(record) == [("Oldport", "LOC", "Mara Quill", "PER")]


def test_relations_need_not_be_lists_by_sentence() -> None:
    record = DYGIE.parse(item(relations=[[3, 4, 6, 6, "runs"]], ner=[[3, 4, "PER"]]))
    assert arguments(record) == [("Mara Quill", "PER", "Oldport", "")]


@pytest.mark.parametrize("row", [[3, 4, 6, "runs"], [3, 4, 6, 99, "x"], [3, 4, 6, 6, 7], "runs"])
def test_a_malformed_relation_is_lost_alone(row: Any) -> None:
    record = DYGIE.parse(item(relations=[[], [row, [3, 4, 6, 6, "runs"]]]))
    assert (len(record.lost), len(record.triples or [])) == (1, 1)


def test_an_argument_with_several_types_has_none_and_is_counted_once() -> None:
    ner = [[[0, 0, "LOC"], [0, 0, "ORG"]], [[3, 4, "PER"], [6, 6, "LOC"], [6, 6, "ORG"]]]
    rows = [[3, 4, 6, 6, "runs"], [3, 4, 6, 6, "leads"], [6, 6, 3, 4, "NA"]]
    record = DYGIE.parse(item(ner=ner, relations=[[], rows]))
    assert set(arguments(record)) == {("Mara Quill", "PER", "Oldport", "")}
    assert record.notes == {SEVERAL_TYPES: 1, NO_RELATION: 1}


def test_malformed_entities_are_counted() -> None:
    record = DYGIE.parse(item(ner=[[["x"]], NER[1]]))
    assert arguments(record) == [("Mara Quill", "PER", "Oldport", "LOC")]
    assert record.notes == {UNTYPED_ENTITY: 1}


def test_events_are_counted() -> None:
    events = [[], [[[5, "Start"], [3, 4, "Agent"]]]]
    assert DYGIE.parse(item(events=events)).notes == {EVENTS: 1}
    unannotated = DYGIE.parse(item(events=events, relations=None))
    assert (unannotated.triples, unannotated.notes) == (None, {EVENTS: 1})


def test_entities_alone_are_no_annotation_of_relations() -> None:
    without = {key: value for key, value in item().items() if key != "relations"}
    assert DYGIE.matches(without)
    assert DYGIE.parse(without).triples is None
    assert DYGIE.parse(item(relations=[[], []])).triples == []


def test_the_relations_of_a_malformed_document_are_counted() -> None:
    row = [0, 0, 3, 4, "r"]
    assert DYGIE.count_relations(item(sentences=3, relations=[[], [row, row], []])) == 2
    assert DYGIE.count_relations(item(relations=None)) == 1

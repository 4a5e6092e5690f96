from typing import Any, Dict, List, Tuple

import pytest

from spacy_spo.data.detection import get_format
from spacy_spo.data.records import MALFORMED_ENTITY, NO_ENTITY, Record

DOCRED = get_format("docred")
SENTENCES = [
    ["Oldport", "lies", "by", "the", "sea", "."],
    ["Mara", "Quill", "left", "Newtown", "."],
    ["Quill", "runs", "Oldport", "now", "."],
    ["Oldport", "thanks", "Mara", "Quill", "."],
]


def mention(name: str, sentence: int, start: int, end: int, kind: str = "") -> Dict[str, Any]:
    return {"name": name, "sent_id": sentence, "pos": [start, end], "type": kind}


OLDPORT = [
    mention("Oldport", 0, 0, 1, "LOC"),
    mention("Oldport", 3, 0, 1, "LOC"),
    mention("Oldport", 2, 2, 3, "LOC"),
]
QUILL = [
    mention("Mara Quill", 1, 0, 2, "PER"),
    mention("Quill", 2, 0, 1, "PER"),
    mention("Mara Quill", 3, 2, 4, "PER"),
]
NEWTOWN = [mention("Newtown", 1, 3, 4, "LOC")]


def parse(labels: Any, *entities: Any) -> Record:
    entities = entities or (OLDPORT, QUILL, NEWTOWN)
    return DOCRED.parse(
        {"title": "Oldport", "sents": SENTENCES, "vertexSet": list(entities), "labels": labels}
    )


def places(record: Record) -> List[Tuple[Any, Any]]:
    return [(t.subject.start, t.object.start) for t in record.triples or []]


def start(sentence: int, token: int) -> int:
    tokens = [t for s in SENTENCES[:sentence] for t in s] + SENTENCES[sentence][:token]
    return len(" ".join([*tokens, ""]))


def test_a_document_is_one_text_with_id_and_types() -> None:
    record = parse([{"h": 0, "t": 1, "r": "P6", "evidence": [2]}])
    assert record.text == " ".join(token for sentence in SENTENCES for token in sentence)
    assert (record.id, record.meta) == ("Oldport", {})
    (triple,) = record.triples or []
    assert (triple.subject.text, triple.subject.type) == ("Oldport", "LOC")
    assert (triple.predicate, triple.object.text, triple.object.type) == ("P6", "Quill", "PER")


@pytest.mark.parametrize(
    "evidence,sentence,tokens",
    [([2], 2, (2, 0)), ([0, 3], 3, (0, 2)), ([], 2, (2, 0)), ([1], 2, (2, 0)), (None, 2, (2, 0))],
)
def test_mentions_in_a_sentence_of_the_evidence_come_first(
    evidence: Any, sentence: int, tokens: Tuple[int, int]
) -> None:
    record = parse([{"h": 0, "t": 1, "r": "P6", "evidence": evidence}])
    assert places(record) == [(start(sentence, tokens[0]), start(sentence, tokens[1]))]


def test_entities_of_different_sentences_have_the_closest_mentions() -> None:
    record = parse([{"h": 2, "t": 0, "r": "P17", "evidence": [0, 1]}])
    assert places(record) == [(start(1, 3), start(2, 2))]


def test_mentions_that_overlap_are_the_last_choice() -> None:
    inner = [mention("Quill", 3, 3, 4), mention("Quill", 2, 0, 1)]
    outer = [mention("Mara Quill", 3, 2, 4)]
    label = {"h": 0, "t": 1, "r": "same", "evidence": [3]}
    assert places(parse([label], outer, inner)) == [(start(3, 2), start(2, 0))]
    assert places(parse([label], outer, inner[:1])) == [(start(3, 2), start(3, 3))]


def test_the_name_shows_that_the_end_is_the_last_token() -> None:
    inclusive = [mention("Mara Quill", 1, 0, 1)]
    record = parse([{"h": 0, "t": 2, "r": "left"}], inclusive, OLDPORT, NEWTOWN)
    assert [t.subject.text for t in record.triples or []] == ["Mara Quill"]


def test_a_mention_that_is_not_at_its_tokens_is_left_out() -> None:
    elsewhere = mention("Mara Quill", 0, 1, 3)
    label = {"h": 0, "t": 1, "r": "left"}
    assert places(parse([label], [elsewhere, QUILL[0]], NEWTOWN)) == [(start(1, 0), start(1, 3))]
    (lost,) = parse([label], [elsewhere], NEWTOWN).lost
    assert lost.cause == MALFORMED_ENTITY and "'Mara Quill' is not at the tokens" in lost.reason


def test_a_mention_does_not_go_on_in_the_next_sentence() -> None:
    record = parse([{"h": 0, "t": 1, "r": "x"}], [mention(". Mara", 0, 5, 7)], NEWTOWN)
    assert [lost.cause for lost in record.lost] == [MALFORMED_ENTITY]


@pytest.mark.parametrize("head,cause", [(9, NO_ENTITY), (-1, NO_ENTITY)])
def test_a_relation_of_no_entity_is_lost_alone(head: int, cause: str) -> None:
    record = parse([{"h": head, "t": 1, "r": "P6"}, {"h": 0, "t": 1, "r": "P6"}])
    assert [lost.cause for lost in record.lost] == [cause]
    assert len(record.triples or []) == 1


def test_a_document_without_labels_is_unannotated() -> None:
    item = {"title": "Oldport", "sents": SENTENCES, "vertexSet": []}
    assert DOCRED.parse(item).triples is None
    assert DOCRED.parse({**item, "labels": None}).triples is None
    assert DOCRED.parse({**item, "labels": []}).triples == []

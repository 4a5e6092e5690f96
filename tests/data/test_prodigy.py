from dataclasses import replace
from pathlib import Path
from typing import Any, Dict, List, Optional

import pytest

from spacy_spo.data.detection import get_format
from spacy_spo.data.offsets import OffsetCorrector
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

PRODIGY = get_format("prodigy")
TEXT = "Mara Quill runs Oldport"
PLACES = [(0, 4), (5, 10), (11, 15), (16, 23)]
TOKENS = [
    {"text": TEXT[a:b], "start": a, "end": b, "id": i, "ws": b < len(TEXT)}
    for i, (a, b) in enumerate(PLACES)
]


def span(first: int, last: int, label: Optional[str] = None) -> Dict[str, Any]:
    place = {"start": PLACES[first][0], "end": PLACES[last][1]}
    return {**place, "token_start": first, "token_end": last, "label": label}


def task(*relations: Any, **changes: Any) -> Dict[str, Any]:
    answered = {"text": TEXT, "tokens": TOKENS, "spans": [], "answer": "accept"}
    return {**answered, "relations": list(relations), **changes}


def relation(**changes: Any) -> Dict[str, Any]:
    return {"head": 1, "child": 3, "label": "runs", **changes}


def arguments(*relations: Any, **changes: Any) -> List[Argument]:
    (triple,) = PRODIGY.parse(task(*relations, **changes)).triples or []
    assert triple.predicate == "runs"
    return [triple.subject, triple.object]


MARA, QUILL = Argument("Mara Quill", "PER", 0, 10), Argument("Quill", "", 5, 10)
OLDPORT, RUNS_OLDPORT = Argument("Oldport", "", 16, 23), Argument("runs Oldport", "X", 11, 23)
PAIR = {"head_span": span(0, 1, "PER"), "child_span": span(3, 3, "Argument")}
RUNS = RawTriple(MARA, "runs", OLDPORT)


def test_the_spans_of_a_relation_come_first() -> None:
    others = [span(1, 1, "X"), span(2, 3, "X")]
    assert arguments(relation(**PAIR), spans=others) == [MARA, OLDPORT]


def test_a_span_may_state_its_text() -> None:
    # Where it is not at its offsets, it is not taken from there.
    stated = {"head_span": {**span(0, 1, "PER"), "text": "Quill"}}
    assert arguments(relation(**{**PAIR, **stated}))[0] == Argument("Quill", "PER", 0, 10)


@pytest.mark.parametrize(
    "spans,head,stated",
    [
        ([span(1, 3, "X"), span(0, 1, "PER")], 1, MARA),
        ([span(0, 1, "PER")], 0, MARA),
        # Of several, the first one.
        ([span(0, 1, "PER"), span(0, 3, "X")], 0, MARA),
        ([span(1, 1, "X"), span(0, 1, "PER"), span(0, 3, "X")], 0, MARA),
        ([span(1, 2, "X"), span(0, 3, "Y")], 2, Argument("Quill runs", "X", 5, 15)),
        ([span(2, 3, "X")], 1, QUILL),
        ([], 1, QUILL),
    ],
)
def test_a_token_stands_for_the_span_that_ends_there_or_holds_it(
    spans: List[Any], head: int, stated: Argument
) -> None:
    assert arguments(relation(head=head), spans=spans)[0] == stated


def test_spans_of_a_relation_may_be_null() -> None:
    nulls = {"head_span": None, "child_span": None}
    assert arguments(relation(**nulls), spans=[span(2, 3, "X")]) == [QUILL, RUNS_OLDPORT]


@pytest.mark.parametrize("answer", ["reject", "ignore"])
def test_what_was_not_accepted_is_not_annotated(answer: str) -> None:
    assert PRODIGY.parse(task(relation(), answer=answer)) == Record(TEXT, None)


def test_what_was_not_answered_is_annotated_if_it_has_relations() -> None:
    item = {"text": TEXT, "tokens": TOKENS}
    assert PRODIGY.parse(item) == Record(TEXT, None)
    assert PRODIGY.parse({**item, "relations": []}) == Record(TEXT, [])


@pytest.mark.parametrize("missing", [{}, {"relations": None}])
def test_entities_alone_are_no_annotation_of_relations(missing: Dict[str, Any]) -> None:
    item = {"text": TEXT, "tokens": TOKENS, "spans": [span(0, 1, "PER")], "answer": "accept"}
    assert PRODIGY.matches({**item, **missing})
    assert PRODIGY.parse({**item, **missing}) == Record(TEXT, None)


@pytest.mark.parametrize(
    "bad,cause,reason",
    [
        ("runs", MALFORMED, "a JSON object with the key 'head', not 'runs'"),
        (None, MALFORMED, "not None"),
        ({"head": 1, "child": 3}, NO_LABEL, "--predicate"),
        (relation(label=""), NO_LABEL, "--predicate"),
        (relation(label=None), NO_LABEL, "--predicate"),
        (relation(label=3), MALFORMED, "'label' must be a string, not 3"),
        ({"child": 3, "label": "runs"}, MALFORMED, "'head' is missing"),
        (relation(head="1"), MALFORMED, "'head' must be a whole number"),
        (relation(head=4), NO_ENTITY, "there is no token 4: there are 4"),
        (relation(head=-1), NO_ENTITY, "there is no token -1"),
        (relation(head_span=[0, 10]), MALFORMED, "'head_span' must be a JSON object"),
        (relation(child_span={"start": 0}), MALFORMED, "'end' is missing"),
        (relation(head_span={**span(0, 1), "label": 3}), MALFORMED, "'label' must be a string"),
    ],
)
def test_a_relation_is_lost_alone(bad: Any, cause: str, reason: str) -> None:
    record = PRODIGY.parse(task(relation(**PAIR), bad, relation(**PAIR)))
    assert record.triples == [RUNS, RUNS]
    (lost,) = record.lost
    assert lost.cause == cause and reason in lost.reason


def test_a_span_may_be_outside_of_the_text() -> None:
    outside = {"head_span": {"start": 20, "end": 99}}
    assert arguments(relation(**outside))[0] == Argument("", "", 20, 99, OUTSIDE, is_stated=False)


@pytest.mark.parametrize("malformed", [{"start": 0, "end": 10, "label": "PER"}, None, 3])
def test_a_token_that_may_be_in_a_malformed_span_is_no_argument(malformed: Any) -> None:
    relations = [relation(**PAIR), relation(), relation(head=3)]
    record = PRODIGY.parse(task(*relations, spans=[malformed, span(3, 3, "Argument")]))
    assert record.triples == [RUNS, RawTriple(OLDPORT, "runs", OLDPORT)]
    (lost,) = record.lost
    assert lost.cause == MALFORMED_ENTITY and "the token 1 is in no span" in lost.reason


@pytest.mark.parametrize("key", ["spans", "tokens"])
def test_relations_with_spans_need_nothing_else(key: str) -> None:
    item = task(relation(**PAIR), **{key: None})
    assert PRODIGY.matches(item)
    assert PRODIGY.matches({"text": TEXT, "relations": [relation(**PAIR)]})
    (triple,) = PRODIGY.parse(item).triples or []
    is_stated = key != "tokens"
    assert triple == RUNS.map_arguments(lambda a: replace(a, is_stated=is_stated))


def test_tokens_state_the_text_of_spans() -> None:
    # Offsets as a tool in JavaScript counts them.
    text = "😀 Ann  met\r\n Lee"
    places = [(0, 2), (3, 6), (8, 11), (14, 17)]
    words = zip(["😀", "Ann", "met", "Lee"], places)
    tokens = [{"text": word, "start": a, "end": b, "ws": True} for word, (a, b) in words]
    head = {"start": 3, "end": 11, "token_start": 1, "token_end": 2}
    child = {"start": 14, "end": 17, "token_start": 3, "token_end": 3}
    row = relation(head_span=head, child_span=child)
    record = PRODIGY.parse({"text": text, "tokens": tokens, "relations": [row]})
    (triple,) = OffsetCorrector(Path("a.jsonl"), list).correct(record).triples or []
    assert triple.subject == Argument("Ann  met", "", 2, 10)
    assert triple.object == Argument("Lee", "", 13, 16)


@pytest.mark.parametrize(
    "changes",
    [{"token_end": 2}, {"token_start": -3}, {"token_start": "0"}, {"token_start": 4}],
)
def test_tokens_elsewhere_state_nothing(changes: Dict[str, Any]) -> None:
    head = {**span(0, 1, "PER"), **changes}
    subject = arguments(relation(**{**PAIR, "head_span": head}))[0]
    assert subject == replace(MARA, is_stated=False)


def test_a_label_may_stand_for_no_relation() -> None:
    record = PRODIGY.parse(task(relation(**PAIR, label="no_relation"), relation(**PAIR)))
    assert record == Record(TEXT, [RUNS], notes={NO_RELATION: 1})


def test_relations_without_label_may_be_given_a_predicate() -> None:
    configured = PRODIGY.configure({"predicate": "owns"})
    record = configured.parse(task(relation(**PAIR, label=""), relation(**PAIR)))
    assert record == Record(TEXT, [RawTriple(MARA, "owns", OLDPORT), RUNS])


def test_the_id_and_further_data_of_a_record_are_kept() -> None:
    hashes = {"_input_hash": 7, "_task_hash": -3}
    item = task(relation(**PAIR), id="d1", meta={"source": "a"}, page=2, **hashes)
    assert PRODIGY.parse(item) == Record(TEXT, [RUNS], id="d1", meta={"page": 2, "source": "a"})
    rejected = PRODIGY.parse({**item, "answer": "reject"})
    assert rejected == Record(TEXT, None, id="d1", meta={"page": 2, "source": "a"})


@pytest.mark.parametrize(
    "item,reason",
    [
        (task(answer="maybe"), "'answer' must be one of .*'ignore'.*'maybe'"),
        (task(answer=["accept"]), "'answer' must be one of"),
        (task(text=None), "'text' must be a string"),
        (task(relations={}), "'relations' must be a list"),
    ],
)
def test_a_record_without_text_list_or_answer_is_malformed(
    item: Dict[str, Any], reason: str
) -> None:
    with pytest.raises(ValueError, match=reason):
        PRODIGY.parse(item)


def dump(text: str, places: Any, triples: Optional[List[RawTriple]]) -> Dict[str, Any]:
    assert PRODIGY.dump is not None
    return PRODIGY.dump(Record(text, triples, tokens=places))


def test_what_is_written_has_the_documented_shape() -> None:
    owner = RawTriple(OLDPORT, "is run by", MARA)
    written = dump(TEXT, PLACES, [RawTriple(MARA, "runs", OLDPORT), owner])
    assert set(written) == {"text", "tokens", "spans", "relations", "answer"}
    assert written["answer"] == "accept" and written["tokens"] == TOKENS
    assert written["spans"] == [span(0, 1, "PER"), span(3, 3, "Argument")]
    for relation_ in written["relations"]:
        assert set(relation_) == {"head", "child", "head_span", "child_span", "label"}
        for end in ("head", "child"):
            assert relation_[f"{end}_span"] in written["spans"]
            assert relation_[end] == relation_[f"{end}_span"]["token_end"]
    assert [r["label"] for r in written["relations"]] == ["runs", "is run by"]


def test_tokens_know_whether_white_space_follows() -> None:
    text = "Ann\n met Lee. "
    places = [(0, 3), (3, 4), (5, 8), (9, 12), (12, 13)]
    written = dump(text, places, [])
    assert [token["ws"] for token in written["tokens"]] == [False, True, True, False, True]


def test_a_record_without_annotation_is_a_task_to_be_answered() -> None:
    assert dump(TEXT, PLACES, None) == {"text": TEXT, "tokens": TOKENS}
    assert dump("", [], []) == {
        "text": "", "tokens": [], "spans": [], "relations": [], "answer": "accept"
    }  # fmt: skip


@pytest.mark.parametrize(
    "triples", [None, [], [RUNS], [RUNS, RawTriple(OLDPORT, "is run by", MARA), RUNS]]
)
def test_what_was_written_is_read(triples: Optional[List[RawTriple]]) -> None:
    assert PRODIGY.dump is not None
    record = Record(TEXT, triples, id=7, meta={"page": 2}, tokens=PLACES)
    written = PRODIGY.dump(record)
    assert PRODIGY.parse(written) == replace(record, tokens=())
    assert PRODIGY.matches(written)

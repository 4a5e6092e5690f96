from typing import Any, Dict, List, Optional

import pytest

from spacy_spo.data.detection import get_format
from spacy_spo.data.records import Argument, RawTriple, Record

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


def test_the_spans_of_a_relation_come_first() -> None:
    spans = {"head_span": span(0, 1, "PER"), "child_span": span(3, 3, "Argument")}
    others = [span(1, 1, "X"), span(2, 3, "X")]
    assert arguments(relation(**spans), spans=others) == [MARA, OLDPORT]


@pytest.mark.parametrize(
    "spans,head,stated",
    [
        ([span(1, 3, "X"), span(0, 1, "PER")], 1, MARA),
        ([span(0, 1, "PER")], 0, MARA),
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


@pytest.mark.parametrize(
    "item,reason",
    [
        (task(answer="maybe"), "'answer' must be one of .*'ignore'.*'maybe'"),
        (task(answer=["accept"]), "'answer' must be one of"),
        ({"text": TEXT, "answer": "accept"}, "'relations' is missing"),
        (task(text=None), "'text' must be a string"),
        (task(relations={}), "'relations' must be a list"),
        (task("runs"), "an element of 'relations' must be a JSON object"),
        (task({"head": 1, "child": 3}), "'label' is missing"),
        (task(relation(label="")), "predicate of a triple is empty"),
        (task({"child": 3, "label": "runs"}), "'head' is missing"),
        (task(relation(head=4)), "names the token 4, and there are 4"),
        (task(relation(head=-1)), "names the token -1"),
        (task(relation(head="1")), "'head' must be a whole number"),
        (task(relation(head_span=[0, 10])), "'head_span' must be a JSON object"),
        (task(relation(head_span={"start": 0, "end": 99})), "no characters 0 to 99"),
        (task(relation(), spans=[{"start": 0, "end": 4}]), "'token_start' is missing"),
        (task(relation(), spans=None), "'spans' must be a list"),
    ],
)
def test_a_malformed_record_says_why(item: Dict[str, Any], reason: str) -> None:
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

import time
from collections import Counter
from typing import Any, List, Optional, Tuple

import pytest
import spacy
from hypothesis import given
from hypothesis import strategies as st
from spacy.tokens import Doc, Span

from spacy_spo.data.detection import get_format
from spacy_spo.data.mentions import (
    DUPLICATE,
    EMPTY_ARGUMENT,
    NOT_IN_TEXT,
    NOT_ON_BOUNDARIES,
    OFFSETS_DISAGREE,
    OTHER_CASE,
    FoundTriples,
    closest_pair,
    find_triples,
)
from spacy_spo.data.records import DISCONTINUOUS, OUTSIDE, Argument, RawTriple, Record
from spacy_spo.tokenizer import make_chinese_tokenizer
from spacy_spo.triples import Triple, get_triples, set_triples

NLP = spacy.blank("zh")
NLP.tokenizer = make_chinese_tokenizer()(NLP)


def raw(subject: Any, object_: Any, **qualifiers: Any) -> RawTriple:
    def argument(value: Any) -> Argument:
        return value if isinstance(value, Argument) else Argument(value)

    named = {name: argument(value) for name, value in qualifiers.items()}
    return RawTriple(argument(subject), "关系", argument(object_), named)


def run(text: str, *triples: RawTriple, **settings: Any) -> FoundTriples:
    return find_triples(Record(text, list(triples)), NLP(text), **settings)


def run_one(text: str, triple: RawTriple, **settings: Any) -> Triple:
    (found,), lost, _ = run(text, triple, **settings)
    assert not lost
    return found


def starts(text: str, *args: Any, **settings: Any) -> Tuple[int, ...]:
    triple = run_one(text, raw(*args), **settings)
    return tuple(span.start_char for span in triple.arguments.values())


@pytest.mark.parametrize(
    "text,subject,object_,closest,first",
    [
        ("甲，很久以后，甲见乙", "甲", "乙", (7, 9), (0, 9)),
        ("乙见甲，甲见乙", "甲", "乙", (2, 0), (2, 0)),
        ("甲乙甲", "甲", "乙", (0, 1), (0, 1)),
        # The object also stands inside the subject.
        ("东山大学在东山", "东山大学", "东山", (0, 5), (0, 0)),
        ("东山大学", "东山大学", "东山", (0, 0), (0, 0)),
        ("甲", "甲", "甲", (0, 0), (0, 0)),
        ("甲与甲与甲", "甲", "甲", (0, 2), (0, 0)),
        ("哈哈哈哈", "哈哈", "哈哈", (0, 2), (0, 0)),
        ("  甲见乙\n", " 甲\u3000", "乙\n", (2, 4), (2, 4)),
    ],
)
def test_mentions(
    text: str, subject: str, object_: str, closest: Tuple[int, int], first: Tuple[int, int]
) -> None:
    assert starts(text, subject, object_) == closest
    assert starts(text, subject, object_, mentions="first") == first


def test_a_qualifier_is_the_mention_closest_to_the_object() -> None:
    text = "2000年，甲来了；乙2000年去了"
    triple = run_one(text, raw("甲", "乙", onDate="2000年"))
    assert triple.qualifiers["onDate"].start_char == text.rindex("2000")
    triple = run_one(text, raw("甲", "乙", onDate="2000年"), mentions="first")
    assert triple.qualifiers["onDate"].start_char == 0


def test_types_and_score_are_kept() -> None:
    subject, object_ = Argument("甲", "人物"), Argument("乙")
    triple = RawTriple(subject, "友", object_, {"onDate": Argument("1年", "Date")}, 0.25)
    kept = run_one("甲乙1年", triple)
    assert (kept.score, kept.types) == (0.25, {"subject": "人物", "onDate": "Date"})


def test_case_is_the_second_try() -> None:
    assert starts("nova见Nova和乙", "Nova", "乙") == (5, 10)
    assert starts("NOVA见乙", "Nova", "乙") == (0, 5)
    # The exact mention is inside a word, the other one is a word.
    assert starts("novas，NOVA见乙", "nova", "乙") == (6, 11)


def test_arguments_in_another_case_are_counted_each_once() -> None:
    triples = [raw("Nova", "乙"), raw("Nova", "甲"), raw("NOVA", "乙"), raw("甲", "乙")]
    assert run("nova见乙和甲", *triples).notes == {DUPLICATE: 1, OTHER_CASE: 2}
    assert not run("Nova见乙", triples[0]).notes


@pytest.mark.parametrize(
    "triple,cause",
    [
        (raw("丙", "乙"), NOT_IN_TEXT),
        (raw("甲", "乙", inArea="丙"), NOT_IN_TEXT),
        (raw("198", "乙"), NOT_ON_BOUNDARIES),
        (raw("甲", "LPHA"), NOT_ON_BOUNDARIES),
        (raw("甲", " \u3000"), EMPTY_ARGUMENT),
        (raw("甲", "乙", inArea=""), EMPTY_ARGUMENT),
        (raw("甲", Argument("乙", "", 0, 1)), OFFSETS_DISAGREE),
        (raw("甲", Argument("乙", "", 2, 30)), OFFSETS_DISAGREE),
        (raw("甲", Argument("ha", "", -2, 13)), OFFSETS_DISAGREE),
        (raw("甲", Argument("ha", "", 11, 13)), NOT_ON_BOUNDARIES),
        (raw(Argument("甲", "", 0, 1, DISCONTINUOUS), "乙"), DISCONTINUOUS),
        (raw("甲", Argument("", "", 9, 30, OUTSIDE, is_stated=False)), OUTSIDE),
    ],
)
def test_a_triple_is_lost_whole_with_cause_and_reason(triple: RawTriple, cause: str) -> None:
    good = raw("甲", "乙")
    triples, (lost,), notes = run("甲在乙，1981Alpha", triple, good)
    assert [t.object.text for t in triples] == ["乙"]
    assert not notes
    assert lost.cause == cause and str(triple) in lost.reason


def test_offsets_win_over_the_search() -> None:
    assert starts("甲乙甲", Argument("甲", "", 2, 3), "乙") == (2, 1)
    assert starts("甲乙 甲", Argument(" 甲", "", 2, 4), "乙") == (3, 1)


def test_duplicates_are_dropped_and_counted() -> None:
    same, other = raw("甲", "乙"), raw("甲", "乙", onDate="3年")
    triples, lost, notes = run("甲乙3年", same, other, same, raw(" 甲", "乙"))
    assert (len(triples), lost, notes) == (2, [], {DUPLICATE: 2})


def test_a_record_without_annotation_has_no_triples() -> None:
    assert find_triples(Record("甲", None), NLP("甲")) == ([], [], Counter())


def test_wrong_use_is_refused() -> None:
    with pytest.raises(ValueError, match="not of the text"):
        find_triples(Record("甲", []), NLP("乙"))
    with pytest.raises(ValueError, match="'last'"):
        find_triples(Record("甲", []), NLP("甲"), mentions="last")  # type: ignore[arg-type]


def slow_closest(subjects: List[Span], objects: List[Span]) -> Tuple[Span, Span]:
    """The rule as it is stated, over all pairs."""

    def rank(pair: Tuple[Span, Span]) -> Tuple[bool, int, int, int]:
        s, o = pair
        gap = max(o.start_char - s.end_char, s.start_char - o.end_char)
        return gap < 0, max(gap, 0), min(s.start_char, o.start_char), s.start_char

    return min(((s, o) for s in subjects for o in objects), key=rank)


@st.composite
def mention_lists(draw: st.DrawFn, doc: Doc) -> List[Span]:
    length = draw(st.integers(1, 4))
    places = draw(st.sets(st.integers(0, len(doc) - length), min_size=1))
    return [doc[i : i + length] for i in sorted(places)]


@given(st.data())
def test_the_closest_pair_is_the_best_of_all_pairs(data: st.DataObject) -> None:
    doc = NLP("甲" * 20)
    subjects, objects = data.draw(mention_lists(doc)), data.draw(mention_lists(doc))
    assert closest_pair(subjects, objects) == slow_closest(subjects, objects)


def test_many_mentions_take_little_time() -> None:
    text = "甲乙丙，" * 5000
    triples = [raw("甲", "乙", inArea="丙"), raw("乙", "甲"), raw("丙", "丙")]
    doc = NLP(text)
    before = time.perf_counter()
    found = find_triples(Record(text, triples), doc)
    assert len(found.triples) == 3
    # All pairs would be 25 million for each triple.
    assert time.perf_counter() - before < 10


ALPHABET = "甲乙aA1 ，"


@given(
    st.text(ALPHABET),
    st.lists(st.tuples(st.text(ALPHABET, max_size=3), st.text(ALPHABET, max_size=3))),
    st.sampled_from(["closest", "first"]),
)
def test_every_triple_is_kept_or_counted_and_kept_ones_are_right(
    text: str, pairs: List[Tuple[str, str]], mentions: str
) -> None:
    triples, lost, notes = run(text, *(raw(s, o) for s, o in pairs), mentions=mentions)
    assert len(triples) + len(lost) + notes[DUPLICATE] == len(pairs)
    wanted = {(s.strip().lower(), o.strip().lower()) for s, o in pairs}
    for triple in triples:
        assert (triple.subject.text.lower(), triple.object.text.lower()) in wanted
        assert text[triple.subject.start_char : triple.subject.end_char] == triple.subject.text


@st.composite
def annotated_docs(draw: st.DrawFn) -> Doc:
    doc = NLP(draw(st.text("甲乙丙a1，", min_size=1)))

    def span() -> Span:
        start = draw(st.integers(0, len(doc) - 1))
        return doc[start : draw(st.integers(start + 1, len(doc)))]

    def triple() -> Triple:
        qualifiers: Optional[Any] = {"onDate": span()} if draw(st.booleans()) else {}
        score = draw(st.floats(0, 1))
        return Triple(span(), draw(st.sampled_from("友师")), span(), score, qualifiers)

    set_triples(doc, [triple() for _ in range(draw(st.integers(0, 3)))])
    return doc


@given(annotated_docs())
def test_what_to_dict_writes_is_read_back_whole(doc: Doc) -> None:
    item = {"text": doc.text, "triples": [triple.to_dict() for triple in get_triples(doc)]}
    triples, lost, notes = find_triples(get_format("spo_jsonl").parse(item), NLP(doc.text))
    assert [t.to_dict() for t in triples] == item["triples"]
    assert not lost and not notes


@pytest.mark.parametrize(
    "argument,token", [("Werk GmbH", "GmbH."), ("erk GmbH.", "Werk"), ("erk", "Werk")]
)
@pytest.mark.parametrize("start", [None, 0])
def test_a_loss_at_token_boundaries_names_the_token(
    argument: str, token: str, start: Optional[int]
) -> None:
    doc = Doc(spacy.blank("de").vocab, ["Werk", "GmbH."], [True, False])
    assert doc.text == "Werk GmbH."
    start = None if start is None else doc.text.index(argument)
    cut = Argument(argument, "", start, None if start is None else start + len(argument))
    (lost,) = find_triples(Record(doc.text, [RawTriple(cut, "is", cut)]), doc).lost
    assert f"{argument!r} begins or ends within the token {token!r}" in lost.reason

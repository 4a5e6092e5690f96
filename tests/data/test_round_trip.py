"""Docs go out in every format that can be written, through files, and come back the same as far as
the format can represent them; losses are counted."""

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Dict, List, Optional, Tuple

import pytest
import spacy
from hypothesis import assume, example, given
from hypothesis import strategies as st
from spacy.language import Language
from spacy.tokens import Doc, Span

from spacy_spo.data.doc_records import doc_to_record, reduce_doc
from spacy_spo.data.format import (
    NEGATIVES,
    OFFSETS,
    PROVENANCE,
    QUALIFIERS,
    SCORES,
    TYPES,
    UNANNOTATED,
    Format,
    read_records,
)
from spacy_spo.data.formats import find_builtin_formats
from spacy_spo.data.mentions import EMPTY_ARGUMENT, find_triples
from spacy_spo.data.offsets import OffsetCorrector
from spacy_spo.data.records import NO_RELATION_LABELS, Argument, RawTriple, Record
from spacy_spo.provenance import get_context, get_id, get_meta, set_provenance
from spacy_spo.tokenizer import make_chinese_tokenizer
from spacy_spo.triples import Triple, get_triples, has_triples, set_triples

pytestmark = pytest.mark.slow

FORMATS = find_builtin_formats()
ENGLISH, CHINESE = spacy.blank("en"), spacy.blank("zh")
CHINESE.tokenizer = make_chinese_tokenizer()(CHINESE)
WRITABLE = [data_format for data_format in FORMATS if data_format.dump]
NAMES = [data_format.name for data_format in WRITABLE]
# Pieces that repeat, that are cut into several tokens, that take two code units, and white space.
PIECES = [
    "Ann",
    "ann",
    "Lee",
    "O'Neil",
    "3.5",
    " ",
    "  ",
    "\n",
    "\u3000",
    "😀",
    "𠮷",
    "甲",
    "乙",
    "甲乙",
]
PIECES += ["《", "》", "，", '"', "\\", "\t", "é", "e\u0301", "\u200e", "1981", "-", "]", "</b>"]
PIECES += ["\r", "\r\n", ",", ";", "\x85", "\u2028"]
IDS = [None, 7, "letter-3", "a/b"]


@st.composite
def docs(draw: st.DrawFn) -> Doc:
    nlp = draw(st.sampled_from([ENGLISH, CHINESE]))
    doc = nlp("".join(draw(st.lists(st.sampled_from(PIECES), max_size=12))))

    def span() -> Span:
        start = draw(st.integers(0, len(doc) - 1))
        return doc[start : draw(st.integers(start + 1, len(doc)))]

    def triple() -> Triple:
        names = draw(st.sets(st.sampled_from(["onDate", "地点"])))
        qualifiers = {name: span() for name in names}
        kinds = st.sampled_from(["", "PER", "人物"])
        types = {role: draw(kinds) for role in ("subject", "object", *names)}
        score = draw(st.sampled_from([1.0, 0.25]))
        return Triple(
            span(), draw(st.sampled_from(["友", "works at"])), span(), score, qualifiers, types
        )

    if draw(st.integers(0, 9)):
        size = st.integers(0, 5 if len(doc) else 0)
        set_triples(doc, [triple() for _ in range(draw(size))])
    set_provenance(doc, draw(st.sampled_from(IDS)), draw(st.sampled_from([{}, {"page": [3]}])))
    return doc


def through_file(folder: Path, data_format: Format, record: Record) -> Record:
    assert data_format.dump is not None
    item = data_format.dump(record)
    with TemporaryDirectory(dir=folder) as name:
        output = Path(name, "out").with_suffix(next(iter(data_format.output)))
        data_format.write(output, [item])
        (path,) = output.glob("*.ann") if output.is_dir() else [output]
        (read,) = read_records(path, data_format)
    assert isinstance(read, Record), read
    return OffsetCorrector(path, lambda: [read]).correct(read)


def in_order(triples: Optional[List[RawTriple]]) -> Optional[List[RawTriple]]:
    """Without saying whether the data state the texts of arguments."""
    if triples is None:
        return None
    plain = (t.map_arguments(lambda a: replace(a, is_stated=True)) for t in triples)
    return sorted(plain, key=repr)


def counts_characters(text: str) -> bool:
    """Whether offsets alone have one meaning: else evidence decides, and random spans are none."""
    return "\r\n" not in text and all(char < "\U00010000" for char in text)


def has_label_of_two_words(record: Record) -> bool:
    return any(" " in triple.predicate for triple in record.triples or [])


def contents(triples: List[Triple]) -> List[Dict[str, Any]]:
    """What triples say, but for white space at the edges of arguments, each once."""

    def place(span: Span) -> Tuple[str, int]:
        text = span.text.strip()
        return text, span.start_char + span.text.index(text)

    said: Dict[str, Dict[str, Any]] = {}
    for triple in triples:
        statement = {role: place(span) for role, span in sorted(triple.arguments.items())}
        statement["predicate"] = triple.predicate, 0
        rest = {"types": {r: k for r, k in triple.types.items() if k}, "score": triple.score}
        said.setdefault(repr(statement), {**statement, **rest})
    return list(said.values())


OF_TRIPLES = {QUALIFIERS, TYPES, SCORES, OFFSETS, EMPTY_ARGUMENT}
SPACE_AT_THE_EDGES = ENGLISH("Ann \n met\n  Lee")
set_triples(
    SPACE_AT_THE_EDGES,
    [Triple(SPACE_AT_THE_EDGES[0:2], "met", SPACE_AT_THE_EDGES[3:5])],
)


@pytest.mark.parametrize("data_format", WRITABLE, ids=NAMES)
@given(doc=docs())
@example(doc=SPACE_AT_THE_EDGES)
def test_what_comes_back_is_what_went_out_but_for_what_was_counted(
    data_format: Format, doc: Doc, tmp_path: Path
) -> None:
    assume(data_format.name != "doccano" or counts_characters(doc.text))
    record, lost = reduce_doc(doc, data_format)
    assert not set(lost) & set(data_format.represents)
    if record is None:
        (kind,) = set(lost) - {EMPTY_ARGUMENT}
        assert UNANNOTATED not in data_format.represents
        assert (kind == UNANNOTATED) == (not has_triples(doc)) and kind in (UNANNOTATED, NEGATIVES)
        return
    if data_format.name == "brat" and has_label_of_two_words(record):
        with pytest.raises(ValueError, match="no white space in labels"):
            through_file(tmp_path, data_format, record)
        return
    read = through_file(tmp_path, data_format, record)
    triples = None if lost[NEGATIVES] else in_order(record.triples)
    assert (read.text, in_order(read.triples)) == (doc.text, triples)
    # Without an id, brat has the name of the file.
    if not lost[PROVENANCE] and get_context(doc):
        # Tables know no numbers.
        assert (str(read.id), read.meta) == (str(get_id(doc)), get_meta(doc))
    nlp: Language = ENGLISH if doc.lang_ == "en" else CHINESE
    found = find_triples(read, nlp(doc.text))
    assert not found.lost
    before, after = contents(get_triples(doc)), contents(found.triples)
    missing = [content for content in before if content not in after]
    n_lost = sum(count for cause, count in lost.items() if cause in OF_TRIPLES)
    assert bool(missing) == bool(n_lost)
    assert len(missing) <= n_lost


def make_doc(text: str, *facts: Tuple[Any, ...]) -> Doc:
    """Facts are subject, object, score, qualifiers and types; arguments by their characters."""
    doc = ENGLISH(text)

    def span(place: Tuple[int, int]) -> Span:
        found = doc.char_span(*place)
        assert found is not None
        return found

    triples = []
    for subject, object_, score, qualifiers, types in facts:
        named = {name: span(place) for name, place in qualifiers.items()}
        triples.append(Triple(span(subject), "met", span(object_), score, named, types))
    set_triples(doc, triples)
    return doc


# "Ann" stands at 0 and 12, "Lee" at 8 and 21.
TEXT = "Ann met Lee Ann here. Lee 3 May"
ANN, LEE, OTHER_ANN, OTHER_LEE, DATE = (0, 3), (8, 11), (12, 15), (22, 25), (26, 31)
FACTS = [
    (ANN, LEE, 0.5, {}, {"subject": "PER"}),
    (ANN, OTHER_LEE, 1.0, {}, {}),
    (OTHER_ANN, LEE, 1.0, {"onDate": DATE}, {}),
]


@pytest.mark.parametrize(
    "name,written,lost",
    [
        ("spo_jsonl", 3, {}),
        ("label_studio", 3, {QUALIFIERS: 1, SCORES: 1}),
        ("prodigy", 3, {QUALIFIERS: 1, SCORES: 1}),
        ("spert", 3, {QUALIFIERS: 1, SCORES: 1}),
        ("doccano", 3, {QUALIFIERS: 1, SCORES: 1}),
        ("brat", 3, {QUALIFIERS: 1, SCORES: 1}),
        ("table", 3, {QUALIFIERS: 1}),
        # Without offsets the first two are one, at the closest mentions: the third's.
        ("duie2", 2, {SCORES: 1, OFFSETS: 2}),
        ("triple_list", 1, {QUALIFIERS: 1, TYPES: 1, SCORES: 1, OFFSETS: 2}),
        # The one that is written has the type of the first at the offsets of the third.
        ("duie1", 1, {QUALIFIERS: 1, SCORES: 1, OFFSETS: 3}),
    ],
)
def test_losses_are_counted_by_cause(name: str, written: int, lost: Dict[str, int]) -> None:
    (data_format,) = (f for f in WRITABLE if f.name == name)
    record, counted = reduce_doc(make_doc(TEXT, *FACTS), data_format)
    assert record is not None and record.triples is not None
    assert (len(record.triples), counted) == (written, lost)


def test_every_writable_format_is_in_the_test_above() -> None:
    (cases,) = test_losses_are_counted_by_cause.pytestmark  # type: ignore[attr-defined]
    assert {name for name, *_ in cases.args[1]} == set(NAMES)


@pytest.mark.parametrize("data_format", WRITABLE, ids=NAMES)
def test_a_blank_argument_cannot_be_said(data_format: Format) -> None:
    doc = make_doc("Ann \n Lee", ((0, 3), (6, 9), 1.0, {}, {}))
    set_triples(doc, [*get_triples(doc), Triple(doc[0:1], "met", doc[1:2])])
    record, lost = reduce_doc(doc, data_format)
    assert record is not None and len(record.triples or []) == 1
    assert lost == {EMPTY_ARGUMENT: 1}


def test_a_doc_becomes_a_record_and_a_record_its_triples() -> None:
    doc = make_doc(TEXT, *FACTS)
    record = doc_to_record(doc)
    found = find_triples(record, ENGLISH(TEXT))
    assert not found.lost
    assert [t.to_dict() for t in found.triples] == [t.to_dict() for t in get_triples(doc)]
    assert [record.text[a:b] for a, b in record.tokens] == [token.text for token in doc]
    assert doc_to_record(ENGLISH(TEXT)).triples is None


def test_spo_jsonl_writes_what_to_dict_does() -> None:
    doc = make_doc(TEXT, *FACTS)
    (data_format,) = (f for f in WRITABLE if f.name == "spo_jsonl")
    assert data_format.dump is not None
    triples = [triple.to_dict() for triple in get_triples(doc)]
    assert data_format.dump(doc_to_record(doc)) == {"text": TEXT, "triples": triples}
    meta = {"source": "a letter"}
    item = {"text": TEXT, "triples": triples, "meta": meta}
    assert data_format.dump(data_format.parse(item)) == item


@pytest.mark.parametrize("name", ["spert", "label_studio", "prodigy", "doccano", "brat"])
def test_an_argument_without_offsets_cannot_be_written_by_offsets(name: str) -> None:
    (data_format,) = (f for f in WRITABLE if f.name == name)
    assert data_format.dump is not None
    record = Record("Ann", [RawTriple(Argument("Ann"), "is", Argument("Ann"))], tokens=[(0, 3)])
    with pytest.raises(ValueError, match="'Ann' has no offsets"):
        data_format.dump(record)


@pytest.mark.parametrize("data_format", WRITABLE, ids=NAMES)
@pytest.mark.parametrize("label", [*sorted(NO_RELATION_LABELS), "NA", "Other"])
def test_a_predicate_that_would_be_read_as_no_relation_is_not_written(
    data_format: Format, label: str
) -> None:
    assert data_format.dump is not None
    ann = Argument("Ann", "", 0, 3)
    record = Record("Ann", [RawTriple(ann, label, ann)], tokens=[(0, 3)])
    try:
        item = data_format.dump(record)
    except ValueError as error:
        assert "no relation" in str(error) or "white space" in str(error)
    else:
        assert [triple.predicate for triple in data_format.parse(item).triples or []] == [label]


@pytest.mark.parametrize("name", ["spert", "prodigy"])
def test_an_argument_without_tokens_cannot_be_written_by_token(name: str) -> None:
    (data_format,) = (f for f in WRITABLE if f.name == name)
    assert data_format.dump is not None
    ann = Argument("Ann", "", 0, 3)
    with pytest.raises(ValueError, match="no tokens at the characters 0 to 3"):
        data_format.dump(Record("Ann", [RawTriple(ann, "is", ann)]))


def test_a_qualifier_cannot_have_the_name_of_the_object_in_duie() -> None:
    (data_format,) = (f for f in WRITABLE if f.name == "duie2")
    assert data_format.dump is not None
    ann = Argument("Ann")
    with pytest.raises(ValueError, match="@value"):
        data_format.dump(Record("Ann", [RawTriple(ann, "is", ann, {"@value": ann})]))

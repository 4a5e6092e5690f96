"""Offsets that count other units than characters: corrected by stated texts, or by evidence."""

from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any, Iterable, List, Optional, Tuple

import pytest
import spacy
from annotations import write_lines
from hypothesis import assume, given
from hypothesis import strategies as st

from spacy_spo import convert
from spacy_spo.data.doc_files import read_docs
from spacy_spo.data.entities import slice_argument
from spacy_spo.data.files import ConversionError
from spacy_spo.data.mentions import OFFSETS_DISAGREE, find_triples
from spacy_spo.data.offsets import (
    CORRECTED,
    UNCLEAR_OFFSETS,
    CodedText,
    Coding,
    OffsetCorrector,
    Units,
    decide,
)
from spacy_spo.data.records import OUTSIDE, Argument, RawTriple, Record
from spacy_spo.triples import get_triples

PATH = Path("letters.jsonl")
TOWN = "😀 Mara Quill runs Oldport"


def width(text: str, unit: str) -> int:
    return {
        "characters": len(text),
        "utf16": len(text.encode("utf-16-le")) // 2,
        "utf8": len(text.encode("utf-8")),
    }[unit]


def encode(text: str, start: int, end: int, unit: str = "utf16") -> Tuple[int, int]:
    """Offsets in characters, as a tool counts them."""
    return width(text[:start], unit), width(text[:end], unit)


def place(text: str, part: str, unit: str = "utf16") -> Tuple[int, int]:
    start = text.index(part)
    return encode(text, start, start + len(part), unit)


def stated(text: str, parts: Iterable[str], unit: str = "utf16") -> Record:
    """A record whose data have offsets and texts of the arguments."""
    subject, object_ = (Argument(part, "", *place(text, part, unit)) for part in parts)
    return Record(text, [RawTriple(subject, "chief", object_)])


def sliced(text: str, parts: Iterable[str], unit: str = "utf16") -> Record:
    """A record whose data have offsets only."""
    subject, object_ = (slice_argument(text, *place(text, part, unit)) for part in parts)
    return Record(text, [RawTriple(subject, "chief", object_)])


def correct(*records: Record, units: Optional[Units] = None) -> List[Record]:
    corrector = OffsetCorrector(PATH, lambda: records, units)
    return [corrector.correct(record) for record in records]


def texts(record: Record) -> List[str]:
    """The texts at the offsets of the arguments, which must be the texts that they have."""
    arguments = [a for triple in record.triples or [] for a in triple.arguments.values()]
    found = [record.text[a.start : a.end] for a in arguments]
    assert found == [a.text for a in arguments]
    return found


def causes(record: Record) -> List[str]:
    return [a.lost for triple in record.triples or [] for a in triple.arguments.values()]


# With a stated text.


@pytest.mark.parametrize("unit,n_corrected", [("characters", 0), ("utf16", 2), ("utf8", 2)])
def test_a_stated_text_shows_the_units(unit: str, n_corrected: int) -> None:
    (record,) = correct(stated(TOWN, ["Oldport", "Mara Quill"], unit))
    assert texts(record) == ["Oldport", "Mara Quill"]
    assert record.notes[CORRECTED] == n_corrected


def test_an_argument_that_is_only_longer_is_corrected_and_counted() -> None:
    (record,) = correct(stated("A😀B, Oldport", ["A😀B", "Oldport"]))
    assert texts(record) == ["A😀B", "Oldport"]
    assert record.notes[CORRECTED] == 2


# What the tool saw, and what is in the file.
@pytest.mark.parametrize(
    "seen,text",
    [
        ("Mara Quill\nruns\nOldport", "Mara Quill\r\nruns\r\nOldport"),
        ("Mara Quill\r\nruns\r\nOldport", "Mara Quill\nruns\nOldport"),
        ("\ufeffMara Quill runs Oldport", "Mara Quill runs Oldport"),
        ("😀\nMara Quill\nruns Oldport", "😀\r\nMara Quill\r\nruns Oldport"),
        ("\ufeff😀\nMara Quill runs Oldport", "😀\r\nMara Quill runs Oldport"),
    ],
)
@pytest.mark.parametrize("unit", ["characters", "utf16"])
def test_a_stated_text_shows_what_became_of_line_ends_and_marks(
    seen: str, text: str, unit: str
) -> None:
    tool = stated(seen, ["Oldport", "Mara Quill"], unit)
    (record,) = correct(Record(text, tool.triples))
    assert texts(record) == ["Oldport", "Mara Quill"]


def test_an_argument_over_a_line_end_may_be_stated_with_a_space() -> None:
    text = "Mara\nQuill runs Oldport"
    argument = Argument("Mara Quill", "", 0, 10)
    (record,) = correct(Record(text, [RawTriple(argument, "runs", argument)]))
    assert texts(record) == ["Mara\nQuill"] * 2


def test_a_stated_text_is_taken_exactly_where_it_can_be() -> None:
    text = "😀ab cd"
    last = Argument("cd", "", *place(text, "cd", "characters"))
    first = Argument("😀ab", "", *place(text, "😀ab", "utf16"))
    (record,) = correct(Record(text, [RawTriple(first, "is", last)]))
    # In characters, the first one would have the space after it.
    assert texts(record) == ["😀ab", "cd"]


def test_a_stated_text_that_is_elsewhere_once_is_there() -> None:
    wrong = Argument("Oldport", "ORG", 3, 10)
    right = Argument("Mara Quill", "", *place(TOWN, "Mara Quill", "characters"))
    (record,) = correct(Record(TOWN, [RawTriple(wrong, "chief", right)]))
    assert texts(record) == ["Oldport", "Mara Quill"]
    assert (record.triples or [])[0].subject.type == "ORG"
    assert record.notes == {CORRECTED: 1}


def test_a_stated_text_that_is_elsewhere_twice_stays_lost() -> None:
    wrong = Argument("Oldport", "", 3, 10)
    record = Record("Oldport is not Oldport", [RawTriple(wrong, "is", wrong)])
    assert correct(record) == [record]
    assert [lost.cause for lost in find_triples(record, spacy.blank("en")(record.text)).lost] == [
        OFFSETS_DISAGREE
    ]


def test_the_other_arguments_tell_which_mention_of_a_repeated_text_is_meant() -> None:
    text = "😀甲甲甲住在湖州"
    subject = Argument("甲", "", *encode(text, 1, 2))
    (record,) = correct(Record(text, [RawTriple(subject, "住", Argument("湖州", "", 7, 9))]))
    (triple,) = record.triples or []
    assert (triple.subject.start, triple.object.start) == (1, 6)


def test_qualifiers_are_corrected_and_arguments_without_offsets_are_left_alone() -> None:
    bare = Argument("Oldport")
    qualifiers = {"onDate": Argument("Mara", "Date", *place(TOWN, "Mara"))}
    (record,) = correct(Record(TOWN, [RawTriple(bare, "chief", bare, qualifiers, 0.5)]))
    (triple,) = record.triples or []
    assert (triple.subject, triple.score) == (bare, 0.5)
    assert triple.qualifiers == {"onDate": Argument("Mara", "Date", 2, 6)}


def test_a_record_without_triples_is_the_same() -> None:
    for record in (Record("😀", None), Record("😀", [])):
        assert correct(record) == [record]


LETTERS = "ab甲乙é 😀𠮷👍\n"
UNITS = st.sampled_from(["characters", "utf16", "utf8"])


@st.composite
def spans(draw: st.DrawFn, text: str) -> Tuple[int, int]:
    start = draw(st.integers(0, len(text) - 1))
    end = draw(st.integers(start + 1, len(text)))
    assume(text[start:end].strip())
    return start, end


@given(st.data(), UNITS, st.sampled_from(["", "\ufeff"]))
def test_arguments_with_stated_texts_come_back_whatever_the_units(
    data: st.DataObject, unit: str, mark: str
) -> None:
    # Each character once: the text of an argument is at one place.
    text = "".join(data.draw(st.lists(st.sampled_from(LETTERS), min_size=1, unique=True)))
    first, second = data.draw(spans(text)), data.draw(spans(text))
    seen = mark + text

    def argument(start: int, end: int) -> Argument:
        there = encode(seen, start + len(mark), end + len(mark), unit)
        return Argument(text[start:end], "", *there)

    triple = RawTriple(argument(*first), "is", argument(*second))
    (record,) = correct(Record(text, [triple]))
    (corrected,) = record.triples or []
    assert [(a.start, a.end) for a in corrected.arguments.values()] == [first, second]
    assert texts(record) == [a.text for a in triple.arguments.values()]


@given(st.data(), UNITS)
def test_a_repeated_text_never_becomes_another_one(data: st.DataObject, unit: str) -> None:
    text = data.draw(st.text("a甲😀", min_size=1))
    places = [data.draw(spans(text)) for _ in range(4)]
    arguments = [Argument(text[s:e], "", *encode(text, s, e, unit)) for s, e in places]
    record = Record(text, [RawTriple(a, "is", b) for a, b in pairwise(arguments)])
    (corrected,) = correct(record)
    wanted = [a.text for triple in record.triples or [] for a in triple.arguments.values()]
    assert texts(corrected) == wanted


@given(st.text(LETTERS + "\r", min_size=1), st.data())
def test_offsets_of_a_coding_are_found_again(text: str, data: st.DataObject) -> None:
    coded = CodedText(text)
    start, end = data.draw(spans(text))
    for unit in ("characters", "utf16", "utf8"):
        for bom in (0, 1):
            before = bom * width("\ufeff", unit)
            there = [before + offset for offset in encode(text, start, end, unit)]
            assert coded.find(*there, Coding(unit, bom=bom)) == (start, end)
    # Half of a character is none.
    if text[start] > "\uffff":
        first, last = encode(text, start, end)
        assert coded.find(first + 1, last, Coding("utf16")) is None
        assert coded.find(first, first + 1, Coding("utf16")) is None


# Without a stated text.

NAMES = ["Mara Quill", "Oldport"]
ENGLISH = [f"{mark} Mara Quill runs Oldport, again." for mark in ("😀", "👍👍", "a 𝄞 b")]


@pytest.mark.parametrize("unit", ["characters", "utf16"])
def test_evidence_decides_for_a_file(unit: str) -> None:
    records = [sliced(text, NAMES, unit) for text in ENGLISH]
    # The file decides for a text that shows nothing, too.
    records.append(sliced("😀甲乙丙丁戊己", ["乙丙", "戊"], unit))
    for record in correct(*records):
        wanted = NAMES if "Mara" in record.text else ["乙丙", "戊"]
        assert (texts(record), causes(record)) == (wanted, ["", ""])


def test_offsets_beyond_the_text_are_evidence() -> None:
    text = "😀😀😀甲乙"
    (record,) = correct(sliced(text, ["甲", "乙"]))
    assert texts(record) == ["甲", "乙"]


@pytest.mark.parametrize("text", ["😀甲乙丙丁戊己", "😀 😀a b c d e f g h"])
def test_units_that_nothing_shows_are_refused_with_what_to_do(text: str) -> None:
    record = sliced(text, [text[3], text[5]])
    with pytest.raises(ConversionError, match=r"letters.jsonl .*1 of its texts.*--offsets utf16"):
        correct(record)
    for units, shift in (("utf16", 0), ("characters", 1)):
        (chosen,) = correct(record, units=units)  # type: ignore[arg-type]
        n_astral = text.count("😀")
        assert texts(chosen) == [text[3 + n_astral * shift], text[5 + n_astral * shift]]


def slip(text: str, part: str) -> Record:
    """A record of characters in which the object begins one character too late."""
    (start, end), there = place(text, part, "characters"), place(text, NAMES[0], "characters")
    object_ = slice_argument(text, start + 1, end + 1)
    return Record(text, [RawTriple(slice_argument(text, *there), "runs", object_)])


def test_slips_of_an_annotator_decide_nothing() -> None:
    good = [sliced(text, NAMES, "characters") for text in ENGLISH * 4]
    records = [*good, slip(ENGLISH[0], "Oldport")]
    assert decide(PATH, records) == Coding("characters")
    # One such span among many that are as good in both units is no evidence.
    chinese = [sliced(f"😀甲{n}乙丙丁戊己庚", ["乙丙", "戊"]) for n in "一二三四五六七八九十"]
    with pytest.raises(ConversionError, match="cannot be decided"):
        decide(PATH, [*chinese, slip(ENGLISH[0], "Oldport")])


def plain(shift: int) -> Record:
    """A record in which spans of both units are as plausible; with a shift, of characters only."""
    text = "😀甲，乙丙丁戊己庚辛壬癸"
    places = [(1, 2), (7, 8)] if shift else [(4, 5), (7, 8)]
    subject, object_ = (slice_argument(text, *place) for place in places)
    return Record(text, [RawTriple(subject, "友", object_)])


@pytest.mark.parametrize("n_others,is_clear", [(4, True), (8, False)])
def test_evidence_is_a_share_of_the_spans(n_others: int, is_clear: bool) -> None:
    # One span is implausible in code units, and all others are plausible in both.
    records = [plain(shift=1), *[plain(shift=0)] * n_others]
    if is_clear:
        assert decide(PATH, records) == Coding("characters")
        return
    with pytest.raises(ConversionError, match="cannot be decided"):
        decide(PATH, records)


def test_evidence_for_both_is_none() -> None:
    records = [sliced(ENGLISH[0], NAMES, unit) for unit in ("characters", "utf16", "utf16")]
    with pytest.raises(ConversionError, match="cannot be decided"):
        decide(PATH, records)


@pytest.mark.parametrize(
    "text,part,unit",
    # In characters; in code units, the span would begin one character earlier.
    [
        ("😀丁，甲乙丙", "甲乙", "characters"),
        ("😀丁。甲乙丙", "甲乙", "characters"),
        ("😀丁）甲乙丙", "甲乙", "characters"),
        ("😀丁”甲乙丙", "甲乙", "characters"),
        ("😀丁甲，乙丙", "甲，乙", "characters"),
        ("😀丁甲“乙”丙", "甲“乙", "characters"),
        ("😀丁甲（乙）丙", "甲（乙）", "characters"),
        ("😀丁 甲乙丙", "甲乙", "characters"),
        # In code units; in characters, it would begin one character later.
        ("😀丁Ann乙丙", "Ann", "utf16"),
        ("😀丁乙Ann丙", "乙", "utf16"),
        ("😀丁甲乙 丙", "甲乙", "utf16"),
    ],
)
def test_a_span_is_plausible_or_not_by_its_edges(text: str, part: str, unit: str) -> None:
    argument = slice_argument(text, *place(text, part, unit))
    record = Record(text, [RawTriple(argument, "is", argument)])
    assert decide(PATH, [record]) == Coding(unit)


def test_a_span_that_fits_the_other_units_only_is_lost() -> None:
    records = [sliced(text, NAMES) for text in ENGLISH * 4]
    odd = sliced("👍👍 Mara Quill runs Oldport", NAMES, "characters")
    *_, record = correct(*records, odd)
    assert causes(record) == [UNCLEAR_OFFSETS] * 2
    (named,) = correct(odd, units="utf16")
    assert causes(named) == [UNCLEAR_OFFSETS] * 2


@pytest.mark.parametrize("units", [None, "characters", "utf16"])
def test_a_span_outside_the_text_is_lost(units: Optional[Units]) -> None:
    for text in ("Oldport", "😀 Oldport"):
        outside = slice_argument(text, 40, 45)
        (record,) = correct(Record(text, [RawTriple(outside, "is", outside)]), units=units)
        assert causes(record) == [OUTSIDE] * 2


LINES = "Mara Quill\r\nruns\r\nOldport, by the\r\nsea."


def seen_with_short_line_ends(text: str, parts: List[str], unit: str = "characters") -> Record:
    return Record(text, sliced(text.replace("\r\n", "\n"), parts, unit).triples)


def resliced(text: str, record: Record) -> Record:
    """The same offsets in another text."""

    def slice_again(argument: Argument) -> Argument:
        assert argument.start is not None and argument.end is not None
        return slice_argument(text, argument.start, argument.end)

    return Record(text, [triple.map_arguments(slice_again) for triple in record.triples or []])


@pytest.mark.parametrize("units", [None, "characters", "utf16"])
def test_line_ends_are_decided_by_evidence(units: Optional[Units]) -> None:
    short = resliced(LINES, seen_with_short_line_ends(LINES, ["Oldport", "sea"]))
    assert texts(correct(short, units=units)[0]) == ["Oldport", "sea"]
    long = sliced(LINES, ["Oldport", "sea"], "characters")
    assert texts(correct(long, units=units)[0]) == ["Oldport", "sea"]
    assert correct(long, units=units)[0].notes[CORRECTED] == 0


def test_texts_with_line_ends_and_texts_with_emoji_are_evidence_of_their_own() -> None:
    lines = resliced(LINES, seen_with_short_line_ends(LINES, ["Oldport", "sea"]))
    emoji = [sliced(text, NAMES) for text in ENGLISH * 5]
    corrected = correct(lines, *emoji)
    assert [texts(record) for record in corrected] == [["Oldport", "sea"], *[NAMES] * 15]
    assert decide(PATH, [lines, *emoji]) == Coding("utf16", crlf=1)
    assert decide(PATH, emoji) == Coding("utf16")
    assert decide(PATH, [lines]) == Coding("characters", crlf=1)


def test_a_file_is_read_once_more_and_only_if_it_must_be() -> None:
    n_reads = 0
    records = [sliced(text, NAMES) for text in ENGLISH]

    def read() -> List[Record]:
        nonlocal n_reads
        n_reads += 1
        return records

    corrector = OffsetCorrector(PATH, read)
    corrector.correct(sliced("Mara Quill runs Oldport", NAMES))
    corrector.correct(stated(ENGLISH[0], NAMES))
    assert n_reads == 0
    for record in records:
        corrector.correct(record)
    assert n_reads == 1


@given(st.data(), st.sampled_from(["characters", "utf16"]))
def test_named_units_are_taken(data: st.DataObject, units: Any) -> None:
    text = data.draw(st.text("甲乙😀𠮷", min_size=1))
    start, end = data.draw(spans(text))
    argument = slice_argument(text, *encode(text, start, end, units))
    (record,) = correct(Record(text, [RawTriple(argument, "is", argument)]), units=units)
    (triple,) = record.triples or []
    assert (triple.subject.start, triple.subject.end) == (start, end)
    assert (triple.subject.text, triple.subject.lost) == (text[start:end], "")


# Through files.


def doccano_item(text: str, unit: str) -> Any:
    places = [place(text, part, unit) for part in NAMES]
    entities = [
        {"id": n, "label": "", "start_offset": start, "end_offset": end}
        for n, (start, end) in enumerate(places)
    ]
    return {
        "text": text,
        "entities": entities,
        "relations": [{"from_id": 1, "to_id": 0, "type": "chief"}],
    }


@pytest.mark.parametrize("unit", ["characters", "utf16"])
@pytest.mark.parametrize("units", [None, "characters", "utf16"])
def test_offsets_are_an_option_of_convert(
    unit: str, units: Optional[Units], tmp_path: Path
) -> None:
    source = write_lines(tmp_path / "a.jsonl", [doccano_item(text, unit) for text in ENGLISH])
    run = partial(convert, [source], tmp_path / "a.spacy", lang="en", offsets=units)
    if units not in (None, unit):
        report = run(max_loss=1.0)
        assert (report.n_kept, report.lost) == (0, {UNCLEAR_OFFSETS: 3})
        return
    report = run()
    assert report.n_kept == 3 and report.notes[CORRECTED] == (6 if unit == "utf16" else 0)
    docs = list(read_docs(tmp_path / "a.spacy"))
    assert [str(t) for doc in docs for t in get_triples(doc)] == [
        "Oldport | chief | Mara Quill"
    ] * 3


def test_units_of_another_name_are_an_error(tmp_path: Path) -> None:
    source = write_lines(tmp_path / "a.jsonl", [doccano_item(ENGLISH[0], "utf16")])
    with pytest.raises(ConversionError, match=r"'characters', 'utf16'.*not 'bytes'"):
        convert([source], tmp_path / "a.spacy", lang="en", offsets="bytes")  # type: ignore[arg-type]

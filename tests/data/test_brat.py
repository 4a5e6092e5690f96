import gzip
from pathlib import Path
from typing import Any, Dict, List, Optional, Union

import pytest

from spacy_spo.data.detection import get_format
from spacy_spo.data.files import ConversionError, MalformedRecord
from spacy_spo.data.format import read_records
from spacy_spo.data.inputs import find_inputs
from spacy_spo.data.records import (
    DISCONTINUOUS,
    EVENT,
    EVENTS,
    MALFORMED,
    MALFORMED_ENTITY,
    NO_ENTITY,
    NO_RELATION,
    OUTSIDE,
    Argument,
    RawTriple,
    Record,
)

BRAT = get_format("brat")
TEXT = "Mara Quill runs Oldport"
MARA, OLDPORT = Argument("Mara Quill", "PER", 0, 10), Argument("Oldport", "", 16, 23)
ENTITIES = "T1\tPER 0 10\tMara Quill\nT2\tArgument 16 23\tOldport\n"
RUNS = RawTriple(MARA, "runs", OLDPORT)
CHIEF = RawTriple(OLDPORT, "chief", MARA)
# The note about lines that are none of brat.
UNKNOWN_LINES = "lines that are no annotation"


def read(folder: Path, text: bytes, annotations: bytes) -> Union[Record, MalformedRecord]:
    (folder / "note.txt").write_bytes(text)
    (folder / "note.ann").write_bytes(annotations)
    (record,) = read_records(folder / "note.ann", BRAT)
    return record


def parse(annotations: str, text: str = TEXT) -> Record:
    return BRAT.parse({"text": text, "annotations": annotations})


def argument(line: str, text: str) -> Argument:
    """The argument that an entity is."""
    (triple,) = parse(f"R1\tis Arg1:T1 Arg2:T1\n{line}\n", text).triples or []
    assert triple.subject == triple.object
    return triple.subject


@pytest.mark.parametrize(
    "text,line,stated",
    [
        # Offsets are left as they are.
        ("𠮷\r\nAnn", "T1\tPER 3 6\tAnn", Argument("Ann", "PER", 3, 6)),
        ("𠮷\r\nAnn", "T1\tPER 4 7\tAnn", Argument("Ann", "PER", 4, 7)),
        # Over a line break: in pieces, as brat writes it, or in one.
        ("Ann\nLee", "T1\tPER 0 3;4 7\tAnn Lee", Argument("Ann\nLee", "PER", 0, 7)),
        ("Ann\r\nLee", "T1\tPER 0 3;5 8\tAnn Lee", Argument("Ann\r\nLee", "PER", 0, 8)),
        ("Ann\nLee", "T1\tPER 0 7\tAnn Lee", Argument("Ann\nLee", "PER", 0, 7)),
        ("Ann B Lee", "T1\tPER 0 3;6 9\tAnn Lee", Argument("Ann Lee", "PER", 0, 9, DISCONTINUOUS)),
        ("Ann B Lee", "T1\tPER 0 3;6 9", Argument("", "PER", 0, 9, DISCONTINUOUS)),
        # What disagrees is left for locating to count.
        ("Ann Lee", "T1\tPER 0 3\tLee", Argument("Lee", "PER", 0, 3)),
        ("Ann Lee", "T1\tPER 0 3\tLee\r", Argument("Lee", "PER", 0, 3)),
        ("Ann", "T1\tPER 0 9\tAnn Lee", Argument("Ann Lee", "PER", 0, 9)),
        ("a\tb", "T1\tPER 0 3\ta\tb", Argument("a\tb", "PER", 0, 3)),
        # Without a stated text, the offsets are all there is.
        ("Ann Lee", "T1\tPER 0 3", Argument("Ann", "PER", 0, 3, is_stated=False)),
        ("Ann", "T1\tPER 0 9", Argument("", "PER", 0, 9, OUTSIDE, is_stated=False)),
    ],
)
def test_an_entity_is_an_argument(text: str, line: str, stated: Argument) -> None:
    assert argument(line, text) == stated


@pytest.mark.parametrize(
    "roles,triple",
    [
        ("Arg1:T1 Arg2:T2", RUNS),
        ("Arg2:T2 Arg1:T1", RUNS),
        ("Subject:T1 Object:T2", RUNS),
        ("Object:T2 Subject:T1", RUNS),
        ("object:T2 subject:T1", RUNS),
        # Other names do not say which is the subject.
        ("Person:T1 Company:T2", RUNS),
        ("Company:T1 Person:T2", RUNS),
        ("Subject:T1 Arg1:T2", RUNS),
    ],
)
def test_roles_say_which_argument_is_the_subject(roles: str, triple: RawTriple) -> None:
    assert parse(f"{ENTITIES}R1\truns {roles}\t\n").triples == [triple]


def test_annotations_are_in_any_order() -> None:
    assert parse(f"R1\truns Arg1:T1 Arg2:T2\n{ENTITIES}").triples == [RUNS]


@pytest.mark.parametrize(
    "bad,cause,reason",
    [
        ("R2\truns Arg1:T1 Arg2:T9", NO_ENTITY, "there is no entity 'T9'"),
        ("R2\truns Arg1:T1 Arg2:E1", EVENT, "the argument 'E1' is an event"),
        ("R2\truns Arg1:E1 Arg2:T1", EVENT, "the argument 'E1' is an event"),
        ("R2\truns Arg1:E9 Arg2:T1", NO_ENTITY, "there is no entity 'E9'"),
        ("R2\truns T1 T2", MALFORMED, "a relation is id<tab>label role:id role:id"),
        ("R2\truns Arg1:T1", MALFORMED, "a relation is id<tab>label"),
        ("R2\truns Arg1:T1 Arg2:T2 Arg3:T1", MALFORMED, "a relation is id<tab>label"),
        ("R2\truns Arg1: Arg2:T2", MALFORMED, "a relation is id<tab>label"),
        ("R2\t", MALFORMED, "a relation is id<tab>label"),
        # Without its tabs.
        ("R2 runs Arg1:T1 Arg2:T2", MALFORMED, "a relation is id<tab>label"),
    ],
)
def test_a_relation_is_lost_alone(bad: str, cause: str, reason: str) -> None:
    event = "T3\tRun 11 15\truns\nE1\tRun:T3 Who:T1\n"
    relation = "R1\truns Arg1:T1 Arg2:T2\n"
    record = parse(f"{ENTITIES}{event}{relation}{bad}\n{relation}")
    assert record.triples == [RUNS, RUNS] and record.notes == {EVENTS: 1}
    (lost,) = record.lost
    assert lost.cause == cause and reason in lost.reason


@pytest.mark.parametrize(
    "bad,reason",
    [
        ("T3\tPER 0\tMara", "id<tab>type start end<tab>text, not 'T3"),
        ("T3\tPER 0 x\tMara", "id<tab>type start end"),
        ("T3\tPER 0 ²\tMara", "id<tab>type start end"),
        ("T3\tPER -1 4\tMara", "id<tab>type start end"),
        ("T3\tPER 0 4;\tMara", "id<tab>type start end"),
        ("T3\tPER", "id<tab>type start end"),
        ("T3\t", "id<tab>type start end"),
        ("T3 PER 0 4 Mara", "id<tab>type start end"),
        ("T3\tPER 0 4\tMara\nT3\tPER 5 10\tQuill", "there are two entities with this id"),
    ],
)
def test_a_malformed_entity_costs_the_relations_that_name_it(bad: str, reason: str) -> None:
    relations = "R1\truns Arg1:T1 Arg2:T2\nR2\truns Arg1:T3 Arg2:T2\n"
    record = parse(f"{bad}\n{ENTITIES}{relations}")
    assert record.triples == [RUNS] and record.notes == {}
    (lost,) = record.lost
    assert lost.cause == MALFORMED_ENTITY and reason in lost.reason


def test_a_line_that_is_no_annotation_is_counted() -> None:
    lines = "spouse of\nT pie\nX1\tPER 0 4\n\nApple pie\n"
    record = parse(f"{ENTITIES}{lines}R1\truns Arg1:T1 Arg2:T2\n")
    assert record == Record(TEXT, [RUNS], notes={UNKNOWN_LINES: 4})


def test_other_annotations_are_ignored_and_events_counted() -> None:
    others = "*\tEquiv T1 T2\nA1\tOld T1\nM1\tOld T1\nN1\tReference T1 x:1\tMara\n"
    others += "#1\tAnnotatorNotes T1\tsure?\n\r\n"
    assert parse(ENTITIES + others) == Record(TEXT, [])
    events = "E1\tRun:T1 Who:T2\nE2\tRun:T1\n"
    assert parse(ENTITIES + others + events) == Record(TEXT, [], notes={EVENTS: 2})


def test_a_label_may_stand_for_no_relation() -> None:
    lines = "R1\tOther Arg1:T1 Arg2:T2\nR2\truns Arg1:T1 Arg2:T2\n"
    assert parse(ENTITIES + lines) == Record(TEXT, [RUNS], notes={NO_RELATION: 1})


# What is annotated.


@pytest.mark.parametrize("annotations", ["", "\n\r\n", "#1\tAnnotatorNotes T1\tto do\n"])
def test_a_file_without_entities_is_of_a_text_that_nobody_has_annotated(annotations: str) -> None:
    assert parse(annotations) == Record(TEXT, None, is_untouched=True)


def test_a_text_with_entities_alone_has_no_triples() -> None:
    assert parse(ENTITIES) == Record(TEXT, [])


@pytest.mark.parametrize("line", ["spouse of", "Apple pie", "Title\tOldport", "T1 PER 0 4 Mara"])
def test_a_file_without_any_annotation_of_brat_is_malformed(line: str) -> None:
    with pytest.raises(ValueError) as error:
        parse(f"{line}\n")
    assert f"no line is an annotation of brat: {line!r}" in str(error.value)


# Files.


def test_the_id_of_a_record_is_the_name_of_its_files(tmp_path: Path) -> None:
    assert read(tmp_path, TEXT.encode(), ENTITIES.encode()) == Record(TEXT, [], id="note")


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_files_of_editors_are_read(mark: str, line_end: str, tmp_path: Path) -> None:
    lines = f"{mark}{ENTITIES}R1\truns Arg1:T1 Arg2:T2\n".replace("\n", line_end)
    text = f"{TEXT}{line_end}Ann{line_end}"
    record = read(tmp_path, f"{mark}{text}".encode(), lines.encode())
    # The line ends of the text are kept.
    assert record == Record(text, [RUNS], id="note")


def test_a_compressed_file_is_read_with_its_text(tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_text(TEXT, encoding="utf8")
    path = tmp_path / "note.ann.gz"
    content = gzip.compress(ENTITIES.encode() * 500)
    path.write_bytes(content)
    assert list(read_records(path, BRAT)) == [Record(TEXT, [], id="note")]
    path.write_bytes(content[:-12])
    with pytest.raises(ConversionError, match="damaged"):
        list(read_records(path, BRAT))


def test_both_files_may_be_compressed(tmp_path: Path) -> None:
    for name, content in (("a.b.ann.gz", ENTITIES), ("a.b.txt.gz", TEXT)):
        (tmp_path / name).write_bytes(gzip.compress(content.encode()))
    (record,) = read_records(tmp_path / "a.b.ann.gz", BRAT)
    assert isinstance(record, Record) and (record.text, record.id) == (TEXT, "a.b")
    (found,), skipped = find_inputs([tmp_path])
    assert found.path.name == "a.b.ann.gz" and not skipped


def test_lost_relations_and_triples_have_their_lines() -> None:
    lines = ["", ENTITIES.rstrip("\n"), "R1\truns Arg1:T1 Arg2:T9", "R2\truns Arg1:T1 Arg2:T2"]
    text = "\n".join(lines)
    record = parse(text)
    assert [lost.location for lost in record.lost] == [str(text.count("\n"))]
    assert [t.location for t in record.triples or []] == [str(text.count("\n") + 1)]


def test_a_text_that_is_missing_or_unreadable_is_named(tmp_path: Path) -> None:
    path = tmp_path / "note.ann"
    path.write_text("", encoding="utf8")
    (missing,) = read_records(path, BRAT)
    assert isinstance(missing, MalformedRecord)
    assert str(tmp_path / "note.txt") in missing.reason and "missing" in missing.reason
    for contents in [(b"\xff", b""), (b"", b"\xff")]:
        broken = read(tmp_path, *contents)
        assert isinstance(broken, MalformedRecord) and "cannot be read" in broken.reason


# Writing.


def dump(triples: Optional[List[RawTriple]], text: str = TEXT, **others: Any) -> Dict[str, Any]:
    assert BRAT.dump is not None
    return BRAT.dump(Record(text, triples, **others))


def test_what_is_written_has_the_documented_shape() -> None:
    assert dump([RUNS, CHIEF], id=7) == {
        "name": "7",
        "text": TEXT,
        "annotations": "T1\tPER 0 10\tMara Quill\nT2\tArgument 16 23\tOldport\n"
        "R1\truns Arg1:T1 Arg2:T2\t\nR2\tchief Arg1:T2 Arg2:T1\t\n",
    }


@pytest.mark.parametrize(
    "text,mention",
    [
        (TEXT, "Mara Quill"),
        ("Mara\nQuill", "Mara\nQuill"),
        ("Mara\r\nQuill", "Mara\r\nQuill"),
        ("Mara \n\n Quill", "Mara \n\n Quill"),
        ("Mara\tQuill", "Mara\tQuill"),
        ("Mara\u2028Quill 😀", "Mara\u2028Quill 😀"),
        ("Mara\x85Quill", "Mara\x85Quill"),
    ],
)
def test_what_was_written_is_read(text: str, mention: str) -> None:
    mara = Argument(mention, "PER", 0, len(mention))
    triples = [RawTriple(mara, "knows", mara)]
    assert BRAT.parse(dump(triples, text, id="a")) == Record(text, triples, id="a")


def test_a_mention_over_a_line_break_is_written_in_pieces() -> None:
    mara = Argument("Mara\nQuill", "PER", 0, 10)
    annotations = dump([RawTriple(mara, "knows", mara)], "Mara\nQuill")["annotations"]
    assert annotations.splitlines()[0] == "T1\tPER 0 4;5 10\tMara Quill"


def test_an_unannotated_text_has_an_empty_file() -> None:
    assert dump(None) == {"text": TEXT, "annotations": ""}


@pytest.mark.parametrize("name", ["is chief", "", "a\tb", "a\nb", " a"])
def test_labels_with_white_space_are_refused(name: str) -> None:
    typed = Argument("Oldport", name or "a b", 16, 23)
    with pytest.raises(ValueError, match="white space in labels"):
        dump([RawTriple(MARA, "runs", typed)])
    if name:
        with pytest.raises(ValueError, match="white space in labels"):
            dump([RawTriple(MARA, name, OLDPORT)])


def test_a_folder_has_two_files_for_each_record(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "letters"
    text = f"{TEXT}\r\nAnn"
    BRAT.write(folder, [dump([RUNS], text, id="note"), dump(None, id="blank")])
    assert {p.name for p in folder.iterdir()} == {
        "note.ann", "note.txt", "blank.ann", "blank.txt"
    }  # fmt: skip
    assert list(read_records(folder / "note.ann", BRAT)) == [Record(text, [RUNS], id="note")]
    (blank,) = read_records(folder / "blank.ann", BRAT)
    assert blank == Record(TEXT, None, id="blank", is_untouched=True)


@pytest.mark.parametrize(
    "ids",
    [
        [None, None],
        ["a", "A", "a"],
        ["2", None, "1"],
        ["a", "a-2", "a"],
        ["../up", "/etc/x", "a/b", "..", ".", "a\\b", "a\x00b"],
        ["long" * 300, "", "長" * 90, "-rf", ".hidden"],
    ],
)
def test_names_of_files_are_safe_and_unique(ids: List[Any], tmp_path: Path) -> None:
    texts = [f"{number}. letter" for number in range(len(ids))]
    BRAT.write(tmp_path / "out", [dump(None, text, id=i) for i, text in zip(ids, texts)])
    assert [p.name for p in tmp_path.iterdir()] == ["out"]
    written = sorted((tmp_path / "out").glob("*.txt"))
    assert sorted(path.read_text(encoding="utf8") for path in written) == texts
    assert len({path.name.casefold() for path in written}) == len(texts)
    assert not [path for path in written if path.name.startswith((".", "-"))]
    assert all(path.with_suffix(".ann").exists() for path in written)


@pytest.mark.parametrize("name", ["letter", "Letter 7", "d-1.v2", "é", "信"])
def test_a_safe_id_is_the_name_of_the_files(name: str, tmp_path: Path) -> None:
    BRAT.write(tmp_path, [dump([RUNS], id=name)])
    assert list(read_records(tmp_path / f"{name}.ann", BRAT)) == [Record(TEXT, [RUNS], id=name)]


def test_a_stream_is_no_folder() -> None:
    with pytest.raises(ConversionError, match="name a folder"):
        BRAT.write(Path("-"), [dump([RUNS])])

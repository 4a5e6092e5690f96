"""Tables and records of one triple a row: columns, quotes, gathering, and what is no table."""

import csv
import json
from pathlib import Path
from typing import Any, List, Optional

import pytest
from annotations import TEXT, write_lines

from spacy_spo.data.detection import detect
from spacy_spo.data.files import ConversionError, MalformedRecord
from spacy_spo.data.format import COLUMNS, Format, read_records
from spacy_spo.data.formats.finre import FINRE
from spacy_spo.data.formats.rows import ROWS
from spacy_spo.data.formats.table import TABLE
from spacy_spo.data.records import NO_RELATION, Argument, RawTriple, Record
from spacy_spo.data.triple_rows import choose_columns

TRIPLE = RawTriple(Argument("Oldport"), "chief", Argument("Mara Quill"))


def write(folder: Path, content: str, name: str = "a.csv", encoding: str = "utf8") -> Path:
    (folder / name).write_bytes(content.encode(encoding))
    return folder / name


def read(path: Path, data_format: Format = TABLE) -> List[Any]:
    return list(read_records(path, data_format))


def lines(path: Path) -> List[str]:
    return path.read_text(encoding="utf8").splitlines()


@pytest.mark.parametrize(
    "content",
    [
        f"text,subject,predicate,object\n{TEXT},Oldport,chief,Mara Quill\n",
        f"\ufefftext;subject;predicate;object\r\n{TEXT};Oldport;chief;Mara Quill\r\n",
        f"object\tText\tSubject\tPredicate\nMara Quill\t{TEXT}\tOldport\tchief\n",
        f"sentence|head|relation|tail\n{TEXT}|Oldport|chief|Mara Quill",
        f"sep=,\n文本,主体,关系,客体\n{TEXT},Oldport,chief,Mara Quill\n",
        f'\n"text","subject","predicate","object"\n"{TEXT}","Oldport","chief","Mara Quill"\n',
    ],
)
@pytest.mark.parametrize("encoding", ["utf8", "utf16"])
def test_tables_of_spreadsheets_are_read(content: str, encoding: str, tmp_path: Path) -> None:
    path = write(tmp_path, content, encoding=encoding)
    assert detect(path).format is TABLE
    (record,) = read(path)
    assert (record.text, record.triples) == (TEXT, [TRIPLE])


def test_quotes_keep_delimiters_and_line_ends(tmp_path: Path) -> None:
    content = 'text,subject,predicate,object\n"Bo, ""the cat""\nsleeps",Bo,does,sleeps\nx,1\n'
    record, broken = read(write(tmp_path, content))[::-1]
    assert record.text == 'Bo, "the cat"\nsleeps'
    assert isinstance(broken, MalformedRecord)
    assert str(broken).endswith("a.csv:4: the row has 2 cells, and the header 4")


@pytest.mark.parametrize("quote", ["", '"'])
def test_a_quoted_cell_may_look_like_rows(quote: str, tmp_path: Path) -> None:
    rows = [
        ["text", "subject", "predicate", "object"],
        *[["Ann left Oak", "Ann", "left", "Oak"]] * 3,
    ]
    content = "".join(",".join(f"{quote}{cell}{quote}" for cell in row) + "\n" for row in rows)
    content += '"He said ""go"" in Oak",Oak,x,He\n"One, two, three, go:\nDune",Dune,author,One\n'
    path = write(tmp_path, content)
    assert detect(path).format is TABLE
    texts = [record.text for record in read(path)]
    assert texts == ["Ann left Oak", 'He said "go" in Oak', "One, two, three, go:\nDune"]


def test_spaces_after_commas_are_no_part_of_labels(tmp_path: Path) -> None:
    content = f"text, subject, predicate, object\n{TEXT}, Oldport, chief, Mara Quill\n"
    (record,) = read(write(tmp_path, content + f"{TEXT}, Oldport, NA, Oldport\n"))
    assert [triple.predicate for triple in record.triples] == ["chief"]
    assert record.notes == {NO_RELATION: 1}


def test_a_record_may_lack_what_others_have(tmp_path: Path) -> None:
    whole = {
        "id": 1,
        "text": TEXT,
        "subject": "Oldport",
        "predicate": "chief",
        "object": "Mara Quill",
    }
    items = [whole, {**whole, "id": 2, "text": "Ann left", "object": None}, {"id": 3, "text": "It"}]
    path = write_lines(
        tmp_path / "a.jsonl", [*items, {k: whole[k] for k in whole if k != "object"}]
    )
    first, second, third = read(path, ROWS)
    assert first.triples == [TRIPLE]
    assert [(lost.reason[:21], lost.location) for lost in first.lost] == [
        ("the row has no object", "4")
    ]
    assert len(second.lost) == 1 and third.is_untouched
    assert detect(path).format is ROWS


def test_ids_of_rows_do_not_part_the_rows_of_a_text(tmp_path: Path) -> None:
    row = f"{TEXT},Oldport,chief,Mara Quill"
    header = "id,text,subject,predicate,object\n"
    (record,) = read(write(tmp_path, f"{header}1,{row}\n2,{row}\n"))
    assert (record.id, record.meta, len(record.triples)) == ("1", {"ids": ["1", "2"]}, 2)
    # Of texts, they do.
    one, two = read(write(tmp_path, f"{header}1,{row}\n2,{row}\n2,{row}\n"))
    assert ([r.id for r in (one, two)], len(two.triples)) == (["1", "2"], 2)


def test_long_cells_are_allowed_here_alone(tmp_path: Path) -> None:
    limit = csv.field_size_limit()
    (record,) = read(
        write(tmp_path, f"text,subject,predicate,object\n{'Ann ' * 50_000},Ann,is,Ann\n")
    )
    assert len(record.text) == 200_000 and csv.field_size_limit() == limit


def test_a_quote_that_is_text_swallows_no_rows(tmp_path: Path) -> None:
    content = 'text\tsubject\tpredicate\tobject\n"So Ann left Oak\tAnn\tleft\tOak\n'
    content += "Bo left Elm\tBo\tleft\tElm\n"
    texts = [record.text for record in read(write(tmp_path, content, "a.tsv"))]
    assert texts == ['"So Ann left Oak', "Bo left Elm"]


def test_rows_without_text_are_one_malformed_record_and_blank_rows_are_none(tmp_path: Path) -> None:
    content = f"text,subject,predicate,object\n{TEXT},Oldport,chief,Mara Quill\n,,,\n,, ,\n"
    content += ",Mara Quill,runs,Oldport\n ,Oldport,near,Oldport\n"
    record, malformed = read(write(tmp_path, content))
    assert len(record.triples) == 1
    assert isinstance(malformed, MalformedRecord) and malformed.n_triples == 2
    assert str(malformed).endswith("a.csv:5: the row has no text: repeat it in each row")


@pytest.mark.parametrize("score,start,expected", [("0,97", "16.0", 0.97), ("0.5", "16", 0.5)])
def test_numbers_are_as_spreadsheets_write_them(
    score: str, start: str, expected: float, tmp_path: Path
) -> None:
    content = "text;subject;predicate;object;subject_start;score\n"
    content += f"{TEXT};Oldport;chief;Mara Quill;{start};{score}\n"
    content += f"{TEXT};Oldport;near;Mara Quill;16.5;\n{TEXT};Oldport;runs;Mara Quill;;1. Jan\n"
    (record,) = read(write(tmp_path, content))
    (triple,) = record.triples
    assert (triple.score, triple.subject.start, triple.subject.end) == (expected, 16, 23)
    assert [(lost.cause, lost.location) for lost in record.lost] == [
        ("malformed relation", "3"),
        ("malformed relation", "4"),
    ]
    assert "subject_start must be a whole number, not '16.5'" in record.lost[0].reason
    assert "score must be a number, not '1. Jan'" in record.lost[1].reason


def test_gold_triples_are_written_without_score(tmp_path: Path) -> None:
    ann = Argument("Ann", "", 0, 3)
    triples = [RawTriple(ann, "is", ann), RawTriple(ann, "likes", ann, score=0.5)]
    TABLE.write(tmp_path / "a.csv", [TABLE.dump(Record("Ann", triples))])
    assert [line.split(",")[-1] for line in lines(tmp_path / "a.csv")] == ["score", "", "0.5"]


def test_the_rows_of_a_text_make_one_record(tmp_path: Path) -> None:
    content = "id,text,subject,predicate,object,source\n"
    content += (
        f"1,{TEXT},Oldport,chief,Mara Quill,web\n2,{TEXT},,,,\n1,{TEXT},Mara Quill,runs,Oldport,x\n"
    )
    first, second = read(write(tmp_path, content))
    assert (first.id, len(first.triples), first.meta) == ("1", 2, {"source": ["web", "x"]})
    assert [triple.location for triple in first.triples] == ["2", "4"]
    # A spreadsheet is filled in line by line.
    assert (second.id, second.triples, second.is_untouched) == ("2", None, True)


def test_labels_for_no_relation_make_a_negative(tmp_path: Path) -> None:
    content = f"text,subject,predicate,object\n{TEXT},Oldport,NA,Mara Quill\n"
    (record,) = read(write(tmp_path, content))
    assert (record.triples, record.notes) == ([], {NO_RELATION: 1})


@pytest.mark.parametrize(
    "cells,reason",
    [
        ("Oldport,chief,,,", "the row has no object"),
        (",chief,,,", "the row has no subject and no object"),
        ("Oldport,chief,Mara Quill,x,", "subject_start must be a number, not 'x'"),
        ("Oldport,chief,Mara Quill,,2", "score must be a number from 0 to 1, not '2'"),
        ("Oldport,chief,Mara Quill,,nan", "score must be a number from 0 to 1, not 'nan'"),
    ],
)
def test_a_row_that_is_no_triple_is_lost(cells: str, reason: str, tmp_path: Path) -> None:
    content = f"text,subject,predicate,object,subject_start,score\n{TEXT},{cells}\n"
    content += f"{TEXT},Oldport,chief,Mara Quill,,\n"
    (record,) = read(write(tmp_path, content))
    assert record.triples == [TRIPLE]
    (lost,) = record.lost
    assert reason in str(lost)


def test_types_offsets_and_scores_are_read(tmp_path: Path) -> None:
    content = (
        "text,subject,predicate,object,subject_type,subject_start,subject_end,object_start,score\n"
    )
    content += f"{TEXT},Oldport,chief,Mara Quill,ORG,16,23,0,.5\n"
    (record,) = read(write(tmp_path, content))
    (triple,) = record.triples
    assert triple.subject == Argument("Oldport", "ORG", 16, 23)
    # An offset without end, as in DeepKE.
    assert triple.object == Argument("Mara Quill", "", 0, 10)
    assert triple.score == 0.5


def test_columns_of_other_names_are_given(tmp_path: Path) -> None:
    path = write(tmp_path, f"Satz,von,p,zu\n{TEXT},Oldport,chief,Mara Quill\n")
    with pytest.raises(ConversionError, match=r"no column for 'text', .* as in text=NAME"):
        detect(path)
    columns = {"text": "Satz", "subject": "von", "predicate": "p", "object": "zu"}
    (record,) = read(path, TABLE.configure({COLUMNS: columns}))
    assert record.triples == [TRIPLE]


@pytest.mark.parametrize(
    "names,columns,reason",
    [
        (["text", "subj", "head", "relation", "tail"], None, "'subj', 'head' may each be the subj"),
        (["text", "subject", "predicate", "object"], {"topic": "text"}, "and not 'topic'"),
        (["text", "subject", "predicate", "object"], {"text": "Satz"}, "There is no column 'Satz'"),
    ],
)
def test_columns_that_are_not_clear_are_errors(
    names: List[str], columns: Optional[Any], reason: str
) -> None:
    with pytest.raises(ConversionError, match=reason):
        choose_columns(names, columns)


def test_the_name_of_the_role_goes_before_others() -> None:
    names = ["text", "head", "subject", "predicate", "object"]
    assert choose_columns(names)["subject"] == "subject"


def test_two_columns_of_one_name_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConversionError, match="two columns are named 'text'"):
        read(write(tmp_path, "text,text,subject\na,b,c\n"))


@pytest.mark.parametrize("column", range(5))
def test_a_row_that_is_not_utf8_is_malformed_alone(column: int, tmp_path: Path) -> None:
    good = f"{TEXT},Oldport,chief,Mara Quill,seen\n".encode()
    cells = good.split(b",")
    cells[column] = b"d\xe9j\xe0 " + cells[column]
    path = tmp_path / "a.csv"
    path.write_bytes(b"text,subject,predicate,object,notes\n" + b",".join(cells) + good)
    bad, record = sorted(read(path), key=lambda each: isinstance(each, Record))
    assert isinstance(bad, MalformedRecord) and bad.location == "2"
    assert bad.reason == "not UTF-8: save the table as UTF-8, in Excel as CSV UTF-8"
    assert record.triples == [TRIPLE] and record.meta == {"notes": "seen"}


def test_a_header_that_is_not_utf8_is_an_error(tmp_path: Path) -> None:
    path = write(tmp_path, "text,subject,predicate,object,pr\xe9cision\n", encoding="latin-1")
    with pytest.raises(ConversionError, match=r"a\.csv: its header is not UTF-8: save the table"):
        read(path)


@pytest.mark.parametrize("empty", ["", "nan", "NaN", "<NA>", "None"])
def test_empty_cells_of_data_frames_are_no_triple(empty: str, tmp_path: Path) -> None:
    content = "text,subject,predicate,object,subject_start\n"
    (record,) = read(write(tmp_path, f"{content}{TEXT}{f',{empty}' * 4}\n"))
    assert record == Record(TEXT, None, is_untouched=True)


def test_an_argument_may_be_called_as_empty_cells_are(tmp_path: Path) -> None:
    row = "We ate nan in Oldport,nan,eaten in,Oldport"
    (record,) = read(write(tmp_path, f"text,subject,predicate,object\n{row}\n"))
    assert record.triples == [RawTriple(Argument("nan"), "eaten in", Argument("Oldport"))]


def test_records_of_one_triple_are_gathered(tmp_path: Path) -> None:
    row = {"sentence": TEXT, "head": "Oldport", "relation": "chief", "tail": "Mara Quill"}
    other = {**row, "sentence": "x", "relation": "Other"}
    path = write_lines(tmp_path / "a.jsonl", [row, other, {**row, "relation": "seat", "n": 1}])
    assert detect(path).format is ROWS
    first, second = read(path, ROWS)
    assert [triple.predicate for triple in first.triples] == ["chief", "seat"]
    assert (second.triples, second.notes) == ([], {NO_RELATION: 1})


def test_a_record_of_one_triple_may_have_numbers(tmp_path: Path) -> None:
    row = {"text": "Oak, since 1998", "subject": "Oak", "predicate": "since", "object": 1998}
    path = tmp_path / "a.json"
    path.write_text(json.dumps([row]), encoding="utf8")
    (record,) = read(path, ROWS)
    assert record.triples[0].object.text == "1998"


# Tables that are not of FinRE.


@pytest.mark.parametrize(
    "content",
    [
        "Oak\tleads\tAnn\tAnn leads Oak\nElm\tleads\tBo\tBo leads Elm\n",
        "Ann\tNNP\tB-NP\tB-PER\nleads\tVBZ\tB-VP\tO\n\nOak\tNNP\tB-NP\tB-ORG\n",
        "m.1\tm.2\toak_x\tann_y\t/chief\tAnn leads Oak .\t###END###\n",
    ],
)
def test_other_columns_are_not_those_of_finre(content: str, tmp_path: Path) -> None:
    with pytest.raises(ConversionError, match=r"cannot be recognised.* header"):
        detect(write(tmp_path, content, "a.tsv"))


def test_finre_removes_quotes_around_a_whole_cell(tmp_path: Path) -> None:
    content = '甲\t乙\t持股\t"甲持有""乙"""\n丙\t丁\t合作\t"丙"与丁\n'
    first, second = read(write(tmp_path, content, "a.txt"), FINRE)
    assert (first.text, second.text) == ('甲持有"乙"', '"丙"与丁')

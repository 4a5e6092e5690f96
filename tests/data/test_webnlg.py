from pathlib import Path
from typing import List, Union

import pytest

from spacy_spo.data.detection import get_format
from spacy_spo.data.files import ConversionError, MalformedRecord
from spacy_spo.data.format import read_records
from spacy_spo.data.records import Argument, Record

WEBNLG = get_format("webnlg")
TRIPLES = """<originaltripleset><otriple>Oldport | mayor | Mara_Quill</otriple></originaltripleset>
<modifiedtripleset><mtriple>Oldport | chief | Mara_Quill</mtriple>
<mtriple>Oldport | founded | "1 May 1820"</mtriple></modifiedtripleset>"""
TEXTS = """<lex comment="good" lid="Id1" lang="en">Mara Quill runs Oldport.</lex>
<lex comment="" lid="Id2">Oldport, founded 1 May 1820, is &quot;hers&quot; &amp; ours.</lex>"""


def entry(content: str) -> str:
    return f'<entry category="City" eid="Id7" size="2">\n{content}\n</entry>'


def benchmark(*entries: str) -> str:
    return f"<benchmark>\n<entries>{''.join(entries)}</entries>\n</benchmark>\n"


def read(folder: Path, content: Union[str, bytes]) -> List[Union[Record, MalformedRecord]]:
    path = folder / "city.xml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf8"))
    return list(read_records(path, WEBNLG))


def read_one(folder: Path, content: str) -> Record:
    (record,) = read(folder, benchmark(entry(content)))
    assert isinstance(record, Record), record
    return record


def test_each_text_has_all_triples_of_its_entry(tmp_path: Path) -> None:
    first, second = read(tmp_path, benchmark(entry(TRIPLES + TEXTS)))
    assert isinstance(first, Record) and isinstance(second, Record)
    assert first.text == "Mara Quill runs Oldport."
    assert second.text == 'Oldport, founded 1 May 1820, is "hers" & ours.'
    assert [str(triple) for triple in first.triples or []] == [
        "'Oldport' | 'chief' | 'Mara Quill'",
        "'Oldport' | 'founded' | '1 May 1820'",
    ]
    assert first.triples == second.triples
    assert (first.id, second.id) == ("Id7-Id1", "Id7-Id2")
    assert first.meta == {"category": "City", "size": "2", "comment": "good", "lang": "en"}


@pytest.mark.parametrize(
    "name,text",
    [
        ("New_Town,_Wessex", "New Town, Wessex"),
        ('"New Town, Wessex"', "New Town, Wessex"),
        ('"New Town"@en', "New Town"),
        ('"1820-05-01"^^xsd:date', "1820-05-01"),
        ('The "Old" Port', 'The "Old" Port'),
    ],
)
def test_names_become_texts(name: str, text: str, tmp_path: Path) -> None:
    triple = f"<modifiedtripleset><mtriple>Oldport | x | {name}</mtriple></modifiedtripleset>"
    (parsed,) = read_one(tmp_path, triple + "<lex>Oldport</lex>").triples or []
    assert parsed.object == Argument(text)


def test_the_original_triples_are_taken_if_there_are_no_others(tmp_path: Path) -> None:
    original = TRIPLES.split("\n", maxsplit=1)[0]
    (triple,) = read_one(tmp_path, original + "<lex>Oldport</lex>").triples or []
    assert triple.predicate == "mayor"


def test_a_malformed_triple_is_lost_alone(tmp_path: Path) -> None:
    broken = TRIPLES.replace("Oldport | chief | Mara_Quill", "Oldport | chief | Mara | Quill")
    record = read_one(tmp_path, broken + "<lex>Oldport</lex>")
    assert [triple.predicate for triple in record.triples or []] == ["founded"]
    assert ["subject | predicate | object" in lost.reason for lost in record.lost] == [True]


def test_a_text_without_triples_is_unannotated(tmp_path: Path) -> None:
    assert read_one(tmp_path, "<lex>Oldport</lex>").triples is None
    assert read_one(tmp_path, "<modifiedtripleset/><lex>Oldport</lex>").triples == []


def test_the_triples_of_an_entry_do_not_go_on_in_the_next(tmp_path: Path) -> None:
    content = benchmark(entry(TRIPLES + TEXTS), entry("<lex>Hello</lex>"))
    last = read(tmp_path, content)[-1]
    assert isinstance(last, Record) and last.triples is None


def test_a_text_beside_its_template_is_taken(tmp_path: Path) -> None:
    lex = "<lex><text>Mara Quill runs it.</text><template>AGENT runs it.</template></lex>"
    assert read_one(tmp_path, TRIPLES + lex).text == "Mara Quill runs it."


def test_the_encoding_may_be_utf16(tmp_path: Path) -> None:
    content = '<?xml version="1.0" encoding="utf-16"?>\n' + benchmark(entry(TRIPLES + TEXTS))
    records = read(tmp_path, content.encode("utf-16"))
    assert [isinstance(record, Record) for record in records] == [True, True]


@pytest.mark.parametrize("doctype", ['<!DOCTYPE b [<!ENTITY e "x">]>', "<!DOCTYPE benchmark>"])
def test_a_document_type_is_refused(doctype: str, tmp_path: Path) -> None:
    with pytest.raises(ConversionError, match=r"city.xml:1: .*a document type is not allowed"):
        read(tmp_path, doctype + benchmark(entry(TRIPLES + TEXTS)))


def test_broken_xml_is_named_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(ConversionError, match=r"city.xml:4: the XML cannot be read"):
        read(tmp_path, "<benchmark>\n\n<entries>\n</wrong>")


def test_other_xml_is_refused(tmp_path: Path) -> None:
    (record,) = read(tmp_path, "<notes><note>Oldport</note></notes>")
    assert isinstance(record, MalformedRecord) and "not WebNLG" in record.reason


def test_elements_within_a_text_are_text(tmp_path: Path) -> None:
    text = "<lex>Mara <b>Quill</b> runs <i>Old</i>port.</lex>"
    assert read_one(tmp_path, benchmark(entry(TRIPLES + text))).text == "Mara Quill runs Oldport."

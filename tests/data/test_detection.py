"""The format of a file is found by trial; a file of none is described, with what to do."""

import gzip
import json
import re
from pathlib import Path
from typing import Any, Dict, List

import pytest
from annotations import FILES, ITEMS, NAMES, TEXT, write_files, write_lines

from spacy_spo.data.detection import detect, get_format
from spacy_spo.data.files import ConversionError, MalformedRecord
from spacy_spo.data.format import read_records
from spacy_spo.data.inputs import find_inputs
from spacy_spo.data.records import Record

TRIPLE: Dict[str, Any] = ITEMS["duie1"]["spo_list"][0]


def put(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def refusal(path: Path) -> str:
    with pytest.raises(ConversionError) as error:
        detect(path)
    message = str(error.value)
    assert message.startswith(f"The format of {path} cannot be recognised. ")
    assert "duie1" in message
    reason, separator, _ = message.partition(" Name the format by --format ")
    assert separator
    return reason


def read(path: Path) -> List[Any]:
    return list(read_records(path, detect(path).format))


def test_one_record_that_is_unlike_the_others_decides_nothing(tmp_path: Path) -> None:
    odd = {"text": TEXT, "triple_list": []}
    records = [odd, *[{"text": TEXT, "spo_list": [TRIPLE]}] * 4]
    assert detect(write_lines(tmp_path / "a.jsonl", records)).format.name == "duie1"
    assert detect(write_lines(tmp_path / "b.jsonl", [*records[1:], odd])).format.name == "duie1"


def test_the_format_is_the_one_with_the_arguments_in_the_text(tmp_path: Path) -> None:
    item = {**ITEMS["dgre"], "sro_list": ITEMS["sro_list"]["sro_list"]}
    far = {"subject": "Nobody", "relation": "chief", "object": "No one"}
    for key, value, name in (
        ("sro_list", [far], "dgre"),
        (
            "spo_list",
            [{"h": {"name": "Nobody"}, "relation": "r", "t": {"name": "No one"}}],
            "sro_list",
        ),
    ):
        best, runner_up = detect(write_lines(tmp_path / "a.jsonl", [{**item, key: value}] * 2))
        assert best.name == name
        assert runner_up is not None and runner_up.found == 0.0


def test_a_table_whose_cells_are_not_in_the_texts_is_hardly_of_a_format(tmp_path: Path) -> None:
    row = "Oldport\tMara Quill\tchief\tMara Quill runs Oldport"
    far = "Nobody\tNo one\tchief\tAnn left"
    path = put(tmp_path / "a.txt", "\n".join([row, far]).encode())
    assert "It is hardly of the format finre (2 of 2 records fit, with 1 of 2" in refusal(path)
    assert detect(put(path, "\n".join([row] * 9 + [far]).encode())).format.name == "finre"


def test_the_runner_up_says_how_well_it_fits(tmp_path: Path) -> None:
    far = {**TRIPLE, "subject": "Nobody"}
    both = {"text": TEXT, "spo_list": [TRIPLE], "sro_list": [far]}
    best, runner_up = detect(write_lines(tmp_path / "a.jsonl", [both, {"text": TEXT}]))
    assert best.name == "duie1" and runner_up is not None
    assert str(runner_up) == "sro_list (1 of 2 records fit, with 0 of 1 triples in the text)"
    # No other format fits at all.
    assert detect(write_lines(tmp_path / "b.jsonl", [ITEMS["tacred"]])).runner_up is None


def test_lines_that_are_no_json_do_not_hide_those_that_are(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "a.jsonl", ["// our data", ITEMS["duie1"], "[", ITEMS["duie1"]])
    assert detect(path).format.name == "duie1"


@pytest.mark.parametrize("name", NAMES)
def test_an_example_may_be_compressed(name: str, tmp_path: Path) -> None:
    path = write_files(tmp_path, name)
    (plain,) = read(path)
    compressed = put(path.with_name(f"{path.name}.gz"), gzip.compress(path.read_bytes()))
    assert detect(compressed).format.name == name
    assert read(compressed) == [plain]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("name", NAMES)
def test_utf16_with_a_byte_order_mark_is_read(name: str, encoding: str, tmp_path: Path) -> None:
    path = write_files(tmp_path, name)
    (plain,) = read(path)
    put(path, ("\ufeff" + path.read_text(encoding="utf8")).encode(encoding))
    assert read(path) == [plain]


@pytest.mark.parametrize("name", NAMES)
def test_utf8_with_a_byte_order_mark_is_read(name: str, tmp_path: Path) -> None:
    path = write_files(tmp_path, name)
    (plain,) = read(path)
    put(path, b"\xef\xbb\xbf" + path.read_bytes())
    assert read(path) == [plain]


@pytest.mark.parametrize("name", ITEMS)
@pytest.mark.parametrize("between", ["\n", "\n\n", ",\n", ""])
def test_records_over_several_lines_are_read(name: str, between: str, tmp_path: Path) -> None:
    record = json.dumps(ITEMS[name], indent=2)
    path = put(tmp_path / "a.json", between.join([record] * 3).encode())
    assert read(path) == read(write_lines(tmp_path / "lines.json", [ITEMS[name]] * 3))


def test_records_over_several_lines_that_break_off_are_told(tmp_path: Path) -> None:
    record = json.dumps(ITEMS["duie1"], indent=2)
    path = put(tmp_path / "a.json", f"{record}\n{record[:-20]}".encode())
    n_lines = record.count("\n") + 2
    with pytest.raises(ConversionError, match=rf"a\.json:{n_lines}: the JSON object that starts"):
        read(path)


def test_damaged_compression_is_told(tmp_path: Path) -> None:
    whole = gzip.compress(json.dumps({"text": "Oldport " * 5000}).encode())
    for damaged in (whole[:-30], whole[:12], whole[:20] + b"\0" * 20 + whole[40:]):
        path = put(tmp_path / "a.jsonl.gz", damaged)
        with pytest.raises(ConversionError, match=r"a\.jsonl\.gz is compressed by gzip, and dam"):
            detect(path)


@pytest.mark.parametrize(
    "name,content,description",
    [
        ("a.json", b"", "It is empty"),
        ("a.txt", b"\n \n", "It is empty"),
        ("a.json", b"[]", "It has no records"),
        ("a.json", "中文\n".encode("gbk") * 9, "It is not UTF-8, but may be GBK.*iconv -f GB18030"),
        ("a.csv", "霧島さやかは先生です\n".encode("cp932") * 9, "may be Shift-JIS.*iconv -f CP932"),
        ("a.jsonl", b'{"text": "caf\xe9"}', "not UTF-8, but may be an encoding of one byte"),
        ("a.json", "{}".encode("utf-16-le"), "UTF-16 without a byte order mark: save it as UTF-8"),
        (
            "a.xml",
            b"<?xml version='1.0'?><notes/>",
            "It is XML .*<.xml version.*only that of WebNLG is read",
        ),
        ("a.json", b"<html>\n<p>", "It is XML or HTML, beginning with '<html>'"),
        ("a.json", b"%PDF-1.7", "It is a PDF"),
        ("a.jsonl", b"PK\x03\x04\x14\0", "It is a zip file or an Excel workbook"),
        ("a.json", b'[{"text"', "Its JSON is broken: .*a.json:1: the JSON array"),
        ("a.json", b'["text"]', r"a\.json:1 \(record 1\): a record is a JSON object, not 'text'"),
        ("a.json", b"text,triples\n", "It may be a table; its first line is 'text,triples'"),
        ("a.json", b"Data of ours\n", "neither JSON nor a table; its first line is 'Data of ours'"),
        ("a.json", b'{"words": [], "links": []}', "Its first record has: 'words', 'links'"),
        (
            "a.json",
            b'{"version": 1, "data": [{"text": "a"}, {"text": "b"}]}',
            "Its records are under the key 'data': .* `jq '.data'`",
        ),
        (
            "a.json",
            b'{"1": {"a": 1}, "2": {"a": 2}}',
            "record under each key: .* `jq -c '.\\[\\]'`",
        ),
        (
            "a.jsonl",
            b'{"predicate": "chief", "subject_type": "ORG", "object_type": "PER"}\n' * 2,
            "It is a schema, without texts: pass it by --schema",
        ),
    ],
)
def test_a_file_of_no_format_is_described(
    name: str, content: bytes, description: str, tmp_path: Path
) -> None:
    message = refusal(put(tmp_path / name, content))
    assert re.search(description, message), message


def test_what_is_wrong_with_the_records_of_a_format_is_told(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "a.jsonl", [{**ITEMS["duie1"], "text": 3}] * 2)
    assert f"As duie1: {path}:1: 'text' must be a string, not 3." in refusal(path)


def test_a_record_of_gbk_among_others_is_malformed_alone(tmp_path: Path) -> None:
    line = json.dumps(ITEMS["duie1"]).encode() + b"\n"
    gbk = json.dumps({**ITEMS["duie1"], "text": "林月"}, ensure_ascii=False).encode("gbk") + b"\n"
    first, broken, last = read(put(tmp_path / "a.jsonl", line + gbk + line))
    assert isinstance(first, Record) and first == last
    assert isinstance(broken, MalformedRecord) and "not UTF-8" in broken.reason


def test_a_folder_names_what_it_leaves_out_and_why(tmp_path: Path) -> None:
    source = write_lines(tmp_path / "train.json", [ITEMS["duie1"]])
    others = {
        "schema.json": "It is a schema",
        "rel2id.json": "Its first record has: 'chief'",
        "empty.json": "It is empty",
        "README.md": "not of a format",
    }
    write_lines(tmp_path / "schema.json", [{k: TRIPLE[k] for k in TRIPLE if k not in ("subject",)}])
    write_lines(tmp_path / "rel2id.json", [{"chief": 0}])
    put(tmp_path / "empty.json", b"")
    put(tmp_path / "README.md", b"mine")
    put(tmp_path / ".hidden.json", b"{}")
    inputs, skipped = find_inputs([tmp_path])
    assert [(given.path, given.format.name) for given in inputs] == [(source, "duie1")]
    assert {file.path.name for file in skipped} == others.keys()
    for file in skipped:
        assert file.reason.startswith(others[file.path.name])
        assert "Name the format" not in str(file) and str(file).startswith(f"{file.path}: ")


def test_the_folders_in_a_folder_are_read(tmp_path: Path) -> None:
    for name in ("b", "a/deep"):
        (tmp_path / name).mkdir(parents=True)
        write_files(tmp_path / name, "brat")
    inputs, skipped = find_inputs([tmp_path])
    paths = [given.path.relative_to(tmp_path).as_posix() for given in inputs]
    assert (paths, skipped) == (["a/deep/note.ann", "b/note.ann"], [])


@pytest.mark.parametrize(
    "patterns,left",
    [
        (["b.jsonl"], ["a.jsonl", "test/c.jsonl"]),
        (["test/*"], ["a.jsonl", "b.jsonl"]),
        (["test"], ["a.jsonl", "b.jsonl"]),
        (["test/"], ["a.jsonl", "b.jsonl"]),
        (["*/test", "*/b.jsonl"], ["a.jsonl"]),
        (["c.*", "a.jsonl"], ["b.jsonl"]),
        ([], ["a.jsonl", "b.jsonl", "test/c.jsonl"]),
    ],
)
def test_files_of_a_folder_are_excluded(
    patterns: List[str], left: List[str], tmp_path: Path
) -> None:
    (tmp_path / "test").mkdir()
    names = ["a.jsonl", "b.jsonl", "test/c.jsonl"]
    for name in names:
        write_lines(tmp_path / name, [ITEMS["duie1"]])
    inputs, skipped = find_inputs([tmp_path], exclude=patterns)
    assert [given.path.relative_to(tmp_path).as_posix() for given in inputs] == left
    assert [file.reason for file in skipped] == ["excluded"] * (3 - len(left))


def test_a_file_that_a_folder_cannot_read_is_an_error_by_itself(tmp_path: Path) -> None:
    write_lines(tmp_path / "a.jsonl", [ITEMS["duie1"]])
    bad = write_lines(tmp_path / "bad.jsonl", [{"chief": 0}])
    with pytest.raises(ConversionError, match=r"bad.jsonl cannot be recognised"):
        find_inputs([tmp_path, bad])


@pytest.mark.parametrize("name", ["a.ann.gz", "a.ANN"])
def test_the_text_beside_annotations_of_brat_is_no_file_of_its_own(
    name: str, tmp_path: Path
) -> None:
    content = b"T1\tPER 0 3\tAnn\nR1\tis Arg1:T1 Arg2:T1\n"
    put(tmp_path / name, gzip.compress(content) if name.endswith("gz") else content)
    put(tmp_path / "a.txt", b"Ann is Ann")
    inputs, skipped = find_inputs([tmp_path])
    assert ([given.path.name for given in inputs], skipped) == ([name], [])
    (record,) = read(inputs[0].path)
    assert record.text == "Ann is Ann" and len(record.triples) == 1


def test_what_is_not_valid_in_utf16_is_malformed_in_its_line(tmp_path: Path) -> None:
    lines = [json.dumps(ITEMS["duie1"]), '{"text": "Ann \ud83d wrote"}', json.dumps(ITEMS["duie1"])]
    content = "\ufeff" + "".join(f"{line}\n" for line in lines)
    path = put(tmp_path / "a.jsonl", content.encode("utf-16-le", "surrogatepass"))
    first, broken, last = read(path)
    assert isinstance(broken, MalformedRecord) and "not UTF-8" in str(broken)
    assert first.text == last.text == ITEMS["duie1"]["text"]


def test_a_pattern_that_excludes_nothing_is_an_error(tmp_path: Path) -> None:
    write_lines(tmp_path / "a.jsonl", [ITEMS["duie1"]])
    with pytest.raises(ConversionError, match=r"fits --exclude 'tset'.*'test' or 'old/test'"):
        find_inputs([tmp_path], exclude=["tset"])


def test_what_may_be_data_is_named_first(tmp_path: Path) -> None:
    write_lines(tmp_path / "a.jsonl", [ITEMS["duie1"]])
    for name in ("b.bin", "c.csv", "d.md"):
        put(tmp_path / name, b"Satz,von,ist,zu\n")
    _, skipped = find_inputs([tmp_path])
    assert [file.path.name for file in skipped] == ["c.csv", "b.bin", "d.md"]


def test_a_folder_of_nothing_else_is_an_error(tmp_path: Path) -> None:
    write_lines(tmp_path / "a.jsonl", [ITEMS["duie1"]])
    with pytest.raises(ConversionError, match=r"no files of any format.*(\n.*)*a.jsonl: excluded"):
        find_inputs([tmp_path], exclude=["a.*"])
    with pytest.raises(ConversionError, match=r"no files of the format brat. These end in .ann\."):
        find_inputs([tmp_path], "brat")


def test_a_file_that_is_given_twice_is_read_once(tmp_path: Path) -> None:
    source = write_lines(tmp_path / "a.jsonl", [ITEMS["duie1"]])
    link = tmp_path / "link.jsonl"
    link.symlink_to(source)
    for paths in ([source, source], [source, tmp_path], [tmp_path, link], [tmp_path, tmp_path]):
        inputs, skipped = find_inputs(paths)
        assert [given.path for given in inputs] == [source]
        assert skipped and {file.reason for file in skipped} == {"given twice"}


def test_an_option_that_no_format_of_the_files_has_is_an_error(tmp_path: Path) -> None:
    source = write_lines(tmp_path / "a.jsonl", [ITEMS["duie1"]])
    with pytest.raises(
        ConversionError, match=r"--text-key \(in Python: text_key\) is an option of"
    ):
        find_inputs([source], options={"text_key": "body"})


def test_a_companion_is_no_file_of_its_own(tmp_path: Path) -> None:
    source = write_files(tmp_path, "brat")
    names = list(FILES["brat"])
    inputs, skipped = find_inputs([tmp_path / name for name in names])
    assert ([given.path for given in inputs], skipped) == ([source], [])


def test_a_format_is_found_by_its_name() -> None:
    assert get_format("brat").name == "brat"

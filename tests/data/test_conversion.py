"""`spacy_spo.convert`: files in, a corpus and its counts out; nothing is printed."""

from pathlib import Path
from typing import Any, Dict, Iterable, List

import pytest
from annotations import ITEMS, TEXT, write_files, write_lines

from spacy_spo import convert
from spacy_spo.data.conversion_report import ConversionLossError
from spacy_spo.data.detection import get_format
from spacy_spo.data.doc_files import read_docs
from spacy_spo.data.exporting import ExportLossError, export
from spacy_spo.data.files import ConversionError
from spacy_spo.data.mentions import OTHER_CASE
from spacy_spo.provenance import get_id, get_meta
from spacy_spo.triples import get_triples, has_triples

ITEM = ITEMS["triple_list"]
LOST: Dict[str, Any] = {**ITEM, "triple_list": [["Oldport", "chief", "Nobody"]]}


def test_the_report_has_what_the_command_prints(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    source = write_lines(folder / "a.jsonl", [ITEM, LOST, ITEM, "oops"])
    (folder / "notes.md").write_text("mine", encoding="utf8")
    report = convert([folder], tmp_path / "a.spacy", lang="en")
    assert [given[:2] for given in report.inputs] == [(source, get_format("triple_list"))]
    assert [file.path for file in report.skipped] == [folder / "notes.md"]
    assert (report.n_docs, report.n_triples, report.n_kept, report.n_lost) == (3, 3, 2, 1)
    assert [str(record).split(": ")[0] for record in report.first_malformed] == [f"{source}:4"]
    assert [len(get_triples(doc)) for doc in read_docs(tmp_path / "a.spacy")] == [1, 0, 1]
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    "items,settings,message",
    [
        ([ITEM, LOST], {"max_loss": 0.4}, "1 of 2 triples are lost: 50.00%, more than .* 40.00%"),
        (["oops"], {"format_name": "duie1"}, "no record that can be read"),
    ],
)
def test_the_error_of_a_loss_has_the_report(
    items: List[Any], settings: Dict[str, Any], message: str, tmp_path: Path
) -> None:
    source = write_lines(tmp_path / "a.jsonl", items)
    with pytest.raises(ConversionLossError, match=message) as error:
        convert([source], tmp_path / "a.spacy", lang="en", **settings)
    assert dict(error.value.report.rows)["Records"] == len(items)
    assert not (tmp_path / "a.spacy").exists()


@pytest.mark.parametrize(
    "settings,message",
    [
        ({"mentions": "last"}, "'closest', 'first'.*not 'last'"),
        ({"violations": "ignore"}, "'count', 'drop', 'fail'.*not 'ignore'"),
        ({"violations": "drop"}, "needs --schema .in Python: schema_path"),
        ({"strict": True}, r"a.jsonl:2: not valid JSON.*\(format: triple_list\)"),
        ({"empty": "none"}, r"'negative', 'unannotated'.*not 'none'"),
        ({"offsets": "utf8"}, r"'characters', 'utf16'.*not 'utf8'"),
    ],
)
def test_settings_that_do_not_fit_are_errors(
    settings: Dict[str, Any], message: str, tmp_path: Path
) -> None:
    source = write_lines(tmp_path / "a.jsonl", [ITEM, "oops"])
    with pytest.raises(ValueError, match=message):
        convert([source], tmp_path / "a.spacy", lang="en", **settings)
    assert list(tmp_path.iterdir()) == [source]


def test_progress_sees_every_record_and_every_doc(tmp_path: Path) -> None:
    seen: List[Any] = []

    def watch(elements: Iterable[Any]) -> Iterable[Any]:
        for element in elements:
            seen.append(element)
            yield element

    source, docs = write_lines(tmp_path / "a.jsonl", [ITEM, LOST]), tmp_path / "a.spacy"
    convert([source], docs, lang="en", progress=watch)
    assert [str(located) for located in seen] == [f"{source}:1", f"{source}:2"]
    export(docs, tmp_path / "out.json", format_name="triple_list", progress=watch)
    assert [doc.text for doc in seen[2:]] == [ITEM["text"], LOST["text"]]


def test_the_error_of_an_export_has_the_report(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    source = write_lines(tmp_path / "a.jsonl", [ITEMS["duie1"]])
    convert([source], tmp_path / "a.spacy", lang="en")
    settings = {"format_name": "triple_list", "strict": True}
    with pytest.raises(ExportLossError, match=r"types \(1\)") as error:
        export(tmp_path / "a.spacy", tmp_path / "out.json", **settings)  # type: ignore[arg-type]
    assert dict(error.value.report.rows)["  changed: types"] == 1
    assert not (tmp_path / "out.json").exists()
    assert capfd.readouterr() == ("", "")


def test_one_path_in_place_of_a_list_is_refused(tmp_path):
    with pytest.raises(ConversionError, match="list of paths"):
        convert("train.jsonl", tmp_path / "out.spacy", lang="en")


BAD: Dict[str, Any] = {**ITEM, "triple_list": [["Oldport", "chief"]]}


@pytest.mark.parametrize(
    "items,max_loss,message",
    [
        ([ITEM, LOST, LOST], None, "2 of 3 triples are lost: 66.67%, more than .* of 50.00%"),
        ([ITEM, BAD, BAD], None, "2 of 3 triples are lost"),
        ([ITEM, LOST], None, ""),
        ([ITEM, LOST, LOST], 0.7, ""),
        ([ITEM, BAD, BAD], 0.7, ""),
        ([ITEM, *[ITEM] * 9, BAD], 0, "1 of 11 triples are lost: 9.09%"),
        ([ITEM, *[ITEM] * 9, BAD], 0.05, "1 of 11 triples are lost"),
        ([ITEM, *[ITEM] * 9, BAD], 0.1, ""),
        # Most records are malformed, and few triples are known to be lost.
        ([{**ITEM, "triple_list": ITEM["triple_list"] * 9}, "oops", "oops"], None, "2 records are"),
        ([{**ITEM, "triple_list": ITEM["triple_list"] * 9}, "oops"], None, ""),
        ([{**ITEM, "triple_list": ITEM["triple_list"] * 9}, "oops", "oops"], 0.5, ""),
        # Triples of malformed records are lost, too.
        ([ITEM, {**ITEM, "text": 3, "triple_list": [3] * 4}], None, "4 of 5 triples are lost"),
    ],
)
def test_more_than_half_lost_is_an_error_unless_it_is_allowed(
    items: List[Any], max_loss: Any, message: str, tmp_path: Path
) -> None:
    source, output = write_lines(tmp_path / "a.jsonl", items), tmp_path / "a.spacy"
    if not message:
        convert([source], output, lang="en", max_loss=max_loss)
        assert output.exists()
        return
    with pytest.raises(ConversionLossError, match=message) as error:
        convert([source], output, lang="en", max_loss=max_loss)
    assert "max_loss" in str(error.value)
    assert not output.exists()


@pytest.mark.parametrize("max_loss", [-0.1, 1.5, float("nan")])
def test_a_maximum_that_is_no_share_is_an_error(max_loss: float, tmp_path: Path) -> None:
    source = write_lines(tmp_path / "a.jsonl", [ITEM])
    with pytest.raises(ConversionError, match="'max_loss' is a share from 0 to 1"):
        convert([source], tmp_path / "a.spacy", lang="en", max_loss=max_loss)


def test_an_error_of_loss_names_the_next_best_format(tmp_path: Path) -> None:
    far = {"subject": "Nobody", "predicate": "chief", "object": "No one"}
    item = {**ITEM, "triple_list": [["Nobody", "chief", "No one"]], "sro_list": [far]}
    source = write_lines(tmp_path / "a.jsonl", [item])
    with pytest.raises(ConversionLossError, match=r"next best format is \w+ \(1 of 1 records fit"):
        convert([source], tmp_path / "a.spacy", lang="en")


@pytest.mark.parametrize("show_lost", [0, 1, 3, 9])
def test_lost_triples_are_listed_with_file_and_line(show_lost: int, tmp_path: Path) -> None:
    two = {**ITEM, "triple_list": [["Oldport", "chief"], ["Oldport", "chief", "Nobody"]]}
    source = write_lines(tmp_path / "a.jsonl", [ITEM, "", two, LOST, *[ITEM] * 3])
    report = convert([source], tmp_path / "a.spacy", lang="en", show_lost=show_lost)
    expected = [
        (f"{source}:3: malformed relation: ", "['Oldport', 'chief']"),
        (f"{source}:3: not in the text: ", "'Nobody'"),
        (f"{source}:4: not in the text: ", "'Nobody'"),
    ]
    assert len(report.first_lost) == min(show_lost or 3, 3)
    for line, (start, part) in zip(report.first_lost, expected):
        assert line.startswith(start) and part in line
    assert report.lost == {"malformed relation": 1, "not in the text": 2}


def test_a_lost_relation_is_an_error_with_strict(tmp_path: Path) -> None:
    source = write_lines(tmp_path / "a.jsonl", [ITEM, BAD])
    with pytest.raises(ConversionError, match=r"a.jsonl:2: malformed relation: .*format: triple_l"):
        convert([source], tmp_path / "a.spacy", lang="en", strict=True)


DOCCANO = ITEMS["doccano"]
UNTOUCHED: Dict[str, Any] = {**DOCCANO, "entities": [], "relations": []}


@pytest.mark.parametrize(
    "items,empty,annotated,n_untouched",
    [
        # A tool that exports untouched texts so.
        ([DOCCANO, UNTOUCHED], None, [True, False], 1),
        ([DOCCANO, UNTOUCHED], "unannotated", [True, False], 1),
        ([DOCCANO, UNTOUCHED], "negative", [True, True], 0),
        # Entities without relations were made by someone.
        ([DOCCANO, {**DOCCANO, "relations": []}], None, [True, True], 0),
        ([DOCCANO, {**DOCCANO, "relations": []}], "unannotated", [True, False], 1),
        # Data in which an empty list states that there is no triple.
        ([ITEM, {**ITEM, "triple_list": []}], None, [True, True], 0),
        ([ITEM, {**ITEM, "triple_list": []}], "negative", [True, True], 0),
        ([ITEM, {**ITEM, "triple_list": []}], "unannotated", [True, False], 1),
        # A text without a list is not annotated, whatever empty lists mean.
        ([ITEM, {"text": TEXT}], "negative", [True, False], 0),
        # Nor does a relation that is lost make a list empty.
        ([ITEM, BAD], None, [True, False], 0),
        ([ITEM, BAD], "negative", [True, False], 0),
        ([ITEM, LOST], None, [True, False], 0),
    ],
)
def test_what_empty_lists_mean_can_be_said(
    items: List[Any], empty: Any, annotated: List[bool], n_untouched: int, tmp_path: Path
) -> None:
    source = write_lines(tmp_path / "a.jsonl", items)
    report = convert([source], tmp_path / "a.spacy", lang="en", empty=empty)
    assert [has_triples(doc) for doc in read_docs(tmp_path / "a.spacy")] == annotated
    assert report.n_untouched == n_untouched
    assert report.n_unannotated == annotated.count(False)


def test_folders_are_read_whole_and_files_once(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    for name in ("train/notes", "test"):
        (folder / name).mkdir(parents=True)
    write_files(folder / "train" / "notes", "brat")
    source = write_lines(folder / "train" / "a.jsonl", [ITEM])
    write_lines(folder / "test" / "a.jsonl", [ITEM])
    report = convert([source, folder], tmp_path / "a.spacy", lang="en", exclude=["test/*"])
    assert [given.path.name for given in report.inputs] == ["a.jsonl", "note.ann"]
    assert (report.n_docs, report.n_kept) == (2, 2)
    reasons = {file.path.relative_to(folder).as_posix(): file.reason for file in report.skipped}
    assert reasons == {"train/a.jsonl": "given twice", "test/a.jsonl": "excluded"}


def test_ids_and_further_data_come_along(tmp_path: Path) -> None:
    item = {**ITEM, "id": "a-7", "page": 3}
    convert([write_lines(tmp_path / "a.jsonl", [item])], tmp_path / "a.spacy", lang="en")
    (doc,) = read_docs(tmp_path / "a.spacy")
    assert (get_id(doc), get_meta(doc)) == ("a-7", {"page": 3})


def test_arguments_in_another_case_are_kept_and_counted(tmp_path: Path) -> None:
    item = {**ITEM, "triple_list": [["OLDPORT", "chief", "Mara Quill"]]}
    source = write_lines(tmp_path / "a.jsonl", [item])
    rows = dict(convert([source], tmp_path / "a.spacy", lang="en").rows)
    assert rows["  kept"] == rows[f"  {OTHER_CASE}"] == rows["Notes"] == 1

"""`spacy_spo.convert`: files in, a corpus and its counts out; nothing is printed."""

from pathlib import Path
from typing import Any, Dict, Iterable, List

import pytest
from annotations import ITEMS, write_lines

from spacy_spo import convert
from spacy_spo.data.conversion_report import ConversionLossError
from spacy_spo.data.doc_files import read_docs
from spacy_spo.data.exporting import ExportLossError, export
from spacy_spo.data.files import ConversionError
from spacy_spo.triples import get_triples

ITEM = ITEMS["triple_list"]
LOST: Dict[str, Any] = {**ITEM, "triple_list": [["Oldport", "chief", "Nobody"]]}


def test_the_report_has_what_the_command_prints(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    source = write_lines(folder / "a.jsonl", [ITEM, LOST, "oops"])
    (folder / "notes.md").write_text("mine", encoding="utf8")
    report = convert([folder], tmp_path / "a.spacy", lang="en")
    assert [(path, known.name) for path, known in report.inputs] == [(source, "triple_list")]
    assert report.skipped == [folder / "notes.md"]
    assert (report.n_docs, report.n_triples, report.n_kept, report.n_lost) == (2, 2, 1, 1)
    assert [str(record).split(": ")[0] for record in report.first_malformed] == [f"{source}:3"]
    assert [len(get_triples(doc)) for doc in read_docs(tmp_path / "a.spacy")] == [1, 0]
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

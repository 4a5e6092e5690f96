"""Files of an audit: issues with decisions, tasks for annotation tools; `spacy spo audit`."""

import pytest
import srsly
from faulty_gold import FACTS, TEXT, WRONG, gold, gold_texts
from spacy.tokens import DocBin
from spacy.vocab import Vocab
from typer.testing import CliRunner

from spacy_spo.analysis.issues import BOUNDARY
from spacy_spo.cli import spo_cli
from spacy_spo.data.detection import detect
from spacy_spo.data.files import write_items
from spacy_spo.data.format import read_records

pytestmark = pytest.mark.slow


@pytest.fixture
def files(trained, tmp_path):
    trained.to_disk(tmp_path / "model")
    DocBin(docs=gold(trained)).to_disk(tmp_path / "gold.spacy")
    arguments = ["audit", tmp_path / "model", tmp_path / "gold.spacy", tmp_path / "out"]
    result = CliRunner().invoke(spo_cli, [str(a) for a in arguments])
    assert result.exit_code == 0, result.output
    assert "Bob | maker | Tron" in result.output and "Ann Lee | maker | Tron" in result.output
    return tmp_path


@pytest.mark.slow
def test_the_commands(files):
    path = files / "out" / "missing.jsonl"
    items = list(srsly.read_jsonl(path))
    assert items[0]["decision"] is None and len(items[0]["id"]) == 16
    items[0]["decision"] = "accept"
    write_items(path, items)
    arguments = ["apply-audit", files / "gold.spacy", path, files / "corrected.spacy"]
    result = CliRunner().invoke(spo_cli, [str(a) for a in arguments])
    assert result.exit_code == 0, result.output
    assert "1 triples added, 0 replaced, 0 removed" in result.output
    corrected = next(DocBin().from_disk(files / "corrected.spacy").get_docs(Vocab()))
    assert ("Bob", "maker", "Tron") in gold_texts(corrected)
    assert list(srsly.read_jsonl(files / "corrected.changes.jsonl")) == items[:1]


def test_who_decides_reads_letters_of_any_script(files):
    path = files / "out" / "missing.jsonl"
    item = next(srsly.read_jsonl(path))
    text = item["text"] + "沙丘"
    write_items(path, [{**item, "id": "gone", "text": text, "decision": "reject"}])
    arguments = ["audit", files / "model", files / "gold.spacy", files / "out"]
    assert CliRunner().invoke(spo_cli, [str(a) for a in arguments]).exit_code == 0
    assert f'"text": "{text}"' in path.read_text(encoding="utf8")


def test_another_audit_keeps_the_decisions(files):
    path = files / "out" / "missing.jsonl"
    items = [{**item, "decision": "reject"} for item in srsly.read_jsonl(path)]
    gone = {**items[0], "id": "gone"}
    write_items(path, [*items, gone])
    arguments = ["audit", files / "model", files / "gold.spacy", files / "out"]
    assert CliRunner().invoke(spo_cli, [str(a) for a in arguments]).exit_code == 0
    assert list(srsly.read_jsonl(path)) == [*items, gone]


def test_decisions_stay_when_the_gold_around_them_makes_another_kind_of_it(files):
    path = files / "out" / "missing.jsonl"
    first, *rest = srsly.read_jsonl(path)
    write_items(path, rest)
    decided = {**first, "kind": BOUNDARY, "decision": "reject"}
    write_items(files / "out" / "boundary.jsonl", [decided])
    arguments = ["audit", files / "model", files / "gold.spacy", files / "out"]
    assert CliRunner().invoke(spo_cli, [str(a) for a in arguments]).exit_code == 0
    assert next(srsly.read_jsonl(path)) == {**first, "decision": "reject"}
    assert decided not in list(srsly.read_jsonl(files / "out" / "boundary.jsonl"))


OLD_NAMES = {"boundary": "variant", "pairing": "crossed", "low_confidence": "doubtful"}


def test_a_folder_of_an_earlier_version_is_carried_over(files):
    """Its decisions are, whatever became of the issue; its files are replaced."""
    folder = files / "out"
    decided = {}
    for kind, old in OLD_NAMES.items():
        path = folder / f"{kind}.jsonl"
        items = [{**i, "kind": old, "decision": "reject"} for i in srsly.read_jsonl(path)]
        gone = {**next(srsly.read_jsonl(folder / "missing.jsonl")), "id": f"gone {old}"}
        items.append({**gone, "kind": old, "decision": "accept"})
        path.unlink()
        write_items(folder / f"{old}.jsonl", items)
        decided[kind] = {item["id"]: (kind, item["decision"]) for item in items}
    arguments = ["audit", files / "model", files / "gold.spacy", folder]
    assert CliRunner().invoke(spo_cli, [str(a) for a in arguments]).exit_code == 0
    for kind, old in OLD_NAMES.items():
        items = srsly.read_jsonl(folder / f"{kind}.jsonl")
        assert {i["id"]: (i["kind"], i["decision"]) for i in items} == decided[kind]
        assert not (folder / f"{old}.jsonl").exists()


@pytest.mark.slow
def test_the_former_name_of_the_maximum_confidence(files):
    def count(*options):
        arguments = ["audit", files / "model", files / "gold.spacy", files / "other", *options]
        result = CliRunner().invoke(spo_cli, [str(a) for a in arguments])
        assert result.exit_code == 0, result.output
        return len(list(srsly.read_jsonl(files / "other" / "low_confidence.jsonl")))

    assert count("--doubt", 1) == count("--max-confidence", 1) > count() == 1
    help_text = CliRunner().invoke(spo_cli, ["audit", "--help"]).output
    assert "--max-confidence" in help_text and "--doubt" not in help_text


def test_a_broken_line_is_named(files):
    path = files / "out" / "missing.jsonl"
    path.write_text(path.read_text(encoding="utf8") + "{\n", encoding="utf8")
    n_lines = len(path.read_text(encoding="utf8").splitlines())
    for arguments in (
        ["apply-audit", files / "gold.spacy", path, files / "corrected.spacy"],
        ["audit", files / "model", files / "gold.spacy", files / "out"],
    ):
        result = CliRunner().invoke(spo_cli, [str(a) for a in arguments])
        assert result.exit_code == 1
        assert f"missing.jsonl:{n_lines}:" in "".join(result.output.split())


def test_what_is_no_issue_in_an_earlier_audit_is_an_error(files):
    path = files / "out" / "missing.jsonl"
    path.write_text('{"id": "a"}\n', encoding="utf8")
    arguments = ["audit", files / "model", files / "gold.spacy", files / "out"]
    result = CliRunner().invoke(spo_cli, [str(a) for a in arguments])
    assert result.exit_code == 1 and "missing.jsonl:1 is not what an audit wrote" in result.output


def test_it_is_one_before_the_pipeline_is_loaded(tmp_path):
    (tmp_path / "gold.spacy").touch()
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "pairing.jsonl").write_text("{}\n", encoding="utf8")
    arguments = ["audit", "no_such_pipeline", tmp_path / "gold.spacy", tmp_path / "out"]
    result = CliRunner().invoke(spo_cli, [str(a) for a in arguments])
    assert result.exit_code == 1 and "pairing.jsonl:1 is not what" in result.output


def test_nothing_that_is_read_is_written_over(files):
    path, folder = files / "out" / "missing.jsonl", files / "corpus"
    folder.mkdir()
    (files / "gold.spacy").rename(folder / "gold.spacy")
    for output in (folder / "gold.spacy", folder / "more.spacy", path):
        arguments = ["apply-audit", folder, path, output]
        assert CliRunner().invoke(spo_cli, [str(a) for a in arguments]).exit_code == 1


def test_the_tasks_are_what_the_tools_take(files):
    (task, *_) = srsly.read_json(files / "out" / "label_studio.json")
    assert task["data"]["text"] == TEXT
    (prediction,) = task["predictions"]
    assert {"model_version", "score", "result"} == set(prediction)
    kinds = [result["type"] for result in prediction["result"]]
    assert kinds.count("labels") == 4 and kinds.count("relation") == 3
    first = next(srsly.read_jsonl(files / "out" / "prodigy.jsonl"))
    assert {"text", "tokens", "spans", "relations", "meta"} == set(first)
    assert {r["label"] for r in first["relations"]} == {"author", "maker"}


def test_what_comes_back_from_the_tools_converts(files):
    """Submitted as proposed: the gold, and what was proposed."""
    tasks = srsly.read_json(files / "out" / "label_studio.json")
    for task in tasks:
        task["annotations"] = task.pop("predictions")
    srsly.write_json(files / "back.json", tasks)
    rows = [{**row, "answer": "accept"} for row in srsly.read_jsonl(files / "out/prodigy.jsonl")]
    write_items(files / "back.jsonl", rows)
    for name in ("back.json", "back.jsonl"):
        record = next(read_records(files / name, detect(files / name).format))
        triples = {(t.subject.text, t.predicate, t.object.text) for t in record.triples}
        assert triples == {*FACTS, WRONG}

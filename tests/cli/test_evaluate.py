"""`spacy spo evaluate`: tables and files of one pipeline and of two."""

import sys

import pytest
import srsly
from spacy.tokens import DocBin
from support import SENTENCES, make_doc
from typer.testing import CliRunner

from spacy_spo.cli import spo_cli

pytestmark = pytest.mark.slow


@pytest.fixture
def gold(blank, tmp_path):
    docs = [make_doc(blank, *sentence) for sentence in SENTENCES]
    DocBin(docs=[*docs, blank("unannotated")]).to_disk(tmp_path / "gold.spacy")
    return tmp_path / "gold.spacy"


@pytest.fixture
def model(trained, tmp_path):
    trained.to_disk(tmp_path / "model")
    return tmp_path / "model"


def run(*arguments):
    return CliRunner().invoke(spo_cli, ["evaluate", *map(str, arguments)])


def test_one_pipeline(model, gold, tmp_path):
    result = run(model, gold, "--output", tmp_path / "out", "--min-support", 1)
    assert result.exit_code == 0, result.output
    assert "Skipped 1 unannotated texts" in result.output
    for row in ("Text", "Offsets", "Last words", "Strict", "DuIE 2.0", "nxm", "author", "superset"):
        assert row in result.output
    scores = srsly.read_json(tmp_path / "out" / "scores.json")
    assert scores["version"] == 2
    assert scores["unannotated"] == 1
    assert scores["gold"] == str(gold)
    assert [m["model"] for m in scores["models"]] == [str(model)]
    assert scores["models"][0]["criteria"]["text"]["f"] == 1
    assert result.output.count("no types in the gold") == 2
    assert scores["models"][0]["criteria"]["text"]["signature"] in result.output
    assert scores["differences"] == {}
    other = CliRunner().invoke(spo_cli, ["scores", str(tmp_path / "out" / "scores.json")])
    assert other.exit_code == 1 and "report.html beside it" in " ".join(other.output.split())


def test_the_report(model, gold, tmp_path):
    log = tmp_path / "log.jsonl"
    scores = {"spo_f": 50.0, "rel_f": 60.0}
    srsly.write_jsonl(log, [{"step": 1, "scores": scores}])
    result = run(model, gold, "--output", tmp_path, "--texts", 2, "--training-log", log)
    assert result.exit_code == 0, result.output
    html = (tmp_path / "report.html").read_text(encoding="utf8")
    assert html.count("<article") == 2
    assert html.count("<figure") == 3
    assert "Confused predicates" in html


def test_the_report_without_plots(model, gold, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    result = run(model, gold, "--output", tmp_path)
    assert result.exit_code == 0, result.output
    assert "spacy-spo[report]" in result.output
    assert "<figure" not in (tmp_path / "report.html").read_text(encoding="utf8")


def test_two_pipelines(model, gold, tmp_path):
    result = run(model, gold, "--compare", model, "--output", tmp_path / "out")
    assert result.exit_code == 0, result.output
    assert "Second minus first" in result.output
    scores = srsly.read_json(tmp_path / "out" / "scores.json")
    assert len(scores["models"]) == 2
    assert scores["differences"]["text"]["f"] == {"interval": [0, 0], "significant": False}


@pytest.mark.parametrize(
    ("option", "name", "title"),
    [
        ("--criterion", "offset", "Offsets"),
        ("--criterion", "boundaries", "Offsets"),
        ("--criterion", "head", "Heads"),
        ("--rule", "boundary", "Heads"),
        ("--rule", "offset", "Offsets"),
    ],
)
def test_the_criterion_of_the_breakdown(model, gold, option, name, title):
    assert f"Overlap type ({title})" in run(model, gold, option, name).output


def test_a_criterion_that_is_none(model, gold):
    result = run(model, gold, "--criterion", "exact")
    assert result.exit_code == 1
    assert "no criterion 'exact'" in result.output
    assert "--rule" not in run("--help").output


def test_rare_predicates_are_left_out_of_the_table(model, gold):
    def rows(min_support):
        output = run(model, gold, "--min-support", min_support).output
        return output[output.index("Predicates (Text)") :]

    assert "spouse" in rows(2)
    assert "spouse" not in rows(3)


def test_aliases(model, gold, tmp_path):
    names = tmp_path / "names.txt"
    names.write_text("no tab\n", encoding="utf8")
    result = run(model, gold, "--aliases", names)
    assert result.exit_code == 1
    assert "names.txt:1" in result.output


def test_a_pipeline_without_triples(blank, gold, tmp_path):
    blank.to_disk(tmp_path / "blank")
    result = run(tmp_path / "blank", gold)
    assert result.exit_code == 1
    assert "sets triples" in result.output
    assert not (tmp_path / "out").exists()

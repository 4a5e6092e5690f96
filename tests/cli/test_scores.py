"""`spacy spo scores`: files of `spacy evaluate --output` as tables."""

from pathlib import Path
from typing import Any, Dict, List

import pytest
import srsly
from typer.testing import CliRunner

from spacy_spo.cli import spo_cli

PREDICATES = {
    "作者": {"p": 0.5, "r": 0.25, "f": 1 / 3, "support": 4},
    "a|b": {"p": 1.0, "r": 1.0, "f": 1.0, "support": 9},
    "歌手": {"p": None, "r": 0.0, "f": None, "support": 4},
}
SCORES: Dict[str, Any] = {
    "token_acc": 1.0,
    "spo_text_p": 0.812345,
    "spo_text_r": 0.7,
    "spo_text_f": 0.75,
    "spo_offset_p": 0.6,
    "spo_offset_r": 0.5,
    "spo_offset_f": 0.55,
    "spo_slot_p": None,
    "spo_slot_r": None,
    "spo_slot_f": None,
    "spo_per_predicate": PREDICATES,
    "spo_list_exact": 0.625,
    "spo_relation_micro_p": 0.95,
    "spo_relation_micro_r": 0.94,
    "spo_relation_micro_f": 0.945,
    "spo_relation_macro_p": 0.85,
    "spo_relation_macro_r": 0.84,
    "spo_relation_macro_f": 0.845,
    "spo_relation_per_predicate": {"出版社": {"p": 0.1, "r": 0.2, "f": 0.15, "support": 3}},
    "spo_relation_sets": {
        "exact": 0.5,
        "superset": 0.2,
        "subset": 0.1,
        "overlapping": 0.05,
        "disjoint": 0.05,
        "both_empty": 0.1,
    },
    "speed": 12345.6,
    "spo_signature": "text|norm:lower+《》|aliases:no|spacy-spo:0.1.0",
}


def run(*args: object):
    return CliRunner().invoke(spo_cli, ["scores", *map(str, args)])


def write(path: Path, scores: Any = SCORES) -> Path:
    path.parent.mkdir(exist_ok=True)
    srsly.write_json(path, scores)
    return path


def rows(text: str) -> Dict[str, List[str]]:
    """The lines of wasabi's tables: label of any number of words, then cells."""
    lines = [line.split("   ") for line in text.splitlines()]
    return {cells[0].strip(): [c.strip() for c in cells[1:] if c.strip()] for cells in lines}


def markdown_rows(path: Path) -> List[List[str]]:
    lines = path.read_text(encoding="utf8").splitlines()
    return [line.strip("| ").split(" | ") for line in lines if line.startswith("|")]


def test_one_file_is_shown_whole(tmp_path: Path):
    result = run(write(tmp_path / "dev.json"))
    assert result.exit_code == 0, result.output
    found = rows(result.output)
    assert found["Triples: text"] == ["81.23", "70.00", "75.00"]
    assert found["Triples: offsets"] == ["60.00", "50.00", "55.00"]
    assert found["Triples: text, qualifiers"] == ["-", "-", "-"]
    assert found["Relations: micro"] == ["95.00", "94.00", "94.50"]
    assert found["Relations: macro"] == ["85.00", "84.00", "84.50"]
    assert found["Exact predicate multisets"] == ["62.50"]
    assert found["Relation sets: superset"] == ["20.00"]
    assert found["Relation sets: both empty"] == ["10.00"]
    assert found["Words per second"] == ["12,346"]
    assert SCORES["spo_signature"] in result.output
    assert found["作者"] == ["50.00", "25.00", "33.33", "4"]
    assert found["歌手"] == ["-", "0.00", "-", "4"]
    assert found["出版社"] == ["10.00", "20.00", "15.00", "3"]


def test_frequent_predicates_come_first(tmp_path: Path):
    lines = run(write(tmp_path / "dev.json")).output.splitlines()
    firsts = [line.split()[0] for line in lines if line.strip()]
    places = [firsts.index(predicate) for predicate in ("a|b", "作者", "歌手", "出版社")]
    assert places == sorted(places)


def test_several_files_stand_side_by_side(tmp_path: Path):
    other = {**SCORES, "spo_text_f": 0.5, "speed": None, "spo_relation_sets": None}
    result = run(write(tmp_path / "small.json"), write(tmp_path / "large.json", other))
    assert result.exit_code == 0, result.output
    found = rows(result.output)
    assert found["Triples: text"] == ["81.23", "70.00", "75.00", "81.23", "70.00", "50.00"]
    assert found["Words per second"] == ["12,346", "-"]
    assert found["Relation sets: exact"] == ["50.00", "-"]
    assert "small F" in result.output and "large F" in result.output
    assert "作者" not in result.output


def test_files_of_one_name_are_told_apart(tmp_path: Path):
    paths = [write(tmp_path / run_name / "metrics.json") for run_name in ("one", "two")]
    output = tmp_path / "scores.md"
    run(*paths, "--output", output)
    header = markdown_rows(output)[0]
    assert len(header) == 6
    assert any(name.endswith("one/metrics P") for name in header)
    assert any(name.endswith("two/metrics P") for name in header)


def test_markdown_holds_the_same_tables(tmp_path: Path):
    output = tmp_path / "scores.md"
    result = run(write(tmp_path / "dev.json"), "--output", output)
    assert result.exit_code == 0, result.output
    found = markdown_rows(output)
    assert ["Triples: text", "81.23", "70.00", "75.00"] in found
    assert ["作者", "50.00", "25.00", "33.33", "4"] in found
    assert ["a\\|b", "100.00", "100.00", "100.00", "9"] in found
    assert "## Triples by predicate" in output.read_text(encoding="utf8")


def test_scores_of_one_component_are_enough(tmp_path: Path):
    scores = {key: value for key, value in SCORES.items() if "relation" in key}
    result = run(write(tmp_path / "dev.json", scores))
    assert result.exit_code == 0, result.output
    found = rows(result.output)
    assert found["Triples: text"] == ["-", "-", "-"]
    assert found["Relations: micro"] == ["95.00", "94.00", "94.50"]
    assert "Triples by predicate" not in result.output


@pytest.mark.parametrize("scores", [{"token_acc": 1.0}, {}, []])
def test_files_of_other_scores_are_refused(tmp_path: Path, scores: Any):
    result = run(write(tmp_path / "dev.json", scores))
    assert result.exit_code == 1
    assert "spacy evaluate MODEL CORPUS.spacy --output" in " ".join(result.output.split())


def test_files_that_are_not_json_are_refused(tmp_path: Path):
    (tmp_path / "dev.json").write_text("P 0.8", encoding="utf8")
    result = run(tmp_path / "dev.json")
    assert result.exit_code == 1
    assert "is not JSON" in " ".join(result.output.split())


def test_the_name_of_earlier_versions(tmp_path: Path):
    path = str(write(tmp_path / "dev.json"))
    result = CliRunner().invoke(spo_cli, ["report", path])
    assert result.exit_code == 0, result.output
    assert result.output == run(path).output
    assert "report" not in CliRunner().invoke(spo_cli, ["--help"]).output


def test_every_command_has_a_help_of_one_line():
    output = CliRunner().invoke(spo_cli, ["--help"], terminal_width=80).output
    lines = output[output.index("Commands") :].splitlines()[1:]
    shown = [line for line in lines if line.strip(" │╰─╯")]
    commands = [command for command in spo_cli.registered_commands if not command.hidden]
    assert len(shown) == len(commands) == 12
    for command, line in zip(commands, shown):
        assert line.split()[0].strip("│") in ("", command.name)
        assert command.short_help and command.short_help in line and len(line) <= 80

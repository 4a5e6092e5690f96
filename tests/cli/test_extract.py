"""`spacy spo extract`: own texts in, JSONL that `convert` reads out."""

import pytest
import spacy
import srsly
from spacy.language import Language
from support import SENTENCES
from typer.testing import CliRunner

from spacy_spo.cli import spo_cli
from spacy_spo.cli.extract import to_lines
from spacy_spo.triples import Triple, set_triples

TEXTS = [text for text, _ in SENTENCES]


@pytest.fixture(scope="module")
def model(trained, tmp_path_factory):
    path = tmp_path_factory.mktemp("extract") / "model"
    trained.to_disk(path)
    return path


@pytest.fixture
def texts(tmp_path):
    path = tmp_path / "texts.txt"
    path.write_text("\n".join(TEXTS), encoding="utf8")
    return path


def run(*arguments):
    return CliRunner().invoke(spo_cli, ["extract", *map(str, arguments)])


def test_a_line_for_each_text_with_what_the_pipeline_finds(model, trained, texts, tmp_path):
    result = run(model, texts, tmp_path / "out.jsonl")
    assert result.exit_code == 0 and "7 triples of 5 texts" in result.output
    records = list(srsly.read_jsonl(tmp_path / "out.jsonl"))
    assert [record["text"] for record in records] == TEXTS
    for record in records:
        found = trained(record["text"])._.spo_triples
        for triple, expected in zip(record["triples"], found, strict=True):
            assert triple.pop("score") == pytest.approx(expected.score, abs=1e-4)
            assert triple.items() <= expected.to_dict().items()
    assert sum(len(record["triples"]) for record in records) == 7


def test_without_an_output_the_triples_are_printed_for_reading(model, texts):
    lines = run(model, texts).stdout.splitlines()
    assert [line for line in lines if not line.startswith("    ")] == TEXTS
    assert "    Ann Lee | author | Dune (1.00)" in lines


def test_qualifiers_are_printed_too():
    doc = spacy.blank("en")("x")
    set_triples(doc, [Triple(doc[0:1], "p", doc[0:1], 0.5, {"onDate": doc[0:1]})])
    assert to_lines(doc) == "x\n    x | p | x | onDate: x (0.50)"


def test_convert_reads_what_it_writes(model, texts, tmp_path):
    run(model, texts, tmp_path / "out.jsonl")
    arguments = ["convert", tmp_path / "out.jsonl", tmp_path / "out.spacy", "--lang", "en"]
    options = ["--strict", "--max-loss", "0"]
    assert CliRunner().invoke(spo_cli, [*map(str, arguments), *options]).exit_code == 0


def test_a_run_that_fails_leaves_the_output_as_it_was(texts, tmp_path):
    spacy.blank("en").to_disk(tmp_path / "no_tagger")
    (tmp_path / "out.jsonl").write_text("{}", encoding="utf8")
    result = run(tmp_path / "no_tagger", texts, tmp_path / "out.jsonl")
    assert result.exit_code == 1 and "spo_tagger" in result.output
    assert (tmp_path / "out.jsonl").read_text(encoding="utf8") == "{}"


def test_a_file_without_texts_is_an_error(model, tmp_path):
    (tmp_path / "texts.txt").write_text("\n \n", encoding="utf8")
    result = run(model, tmp_path / "texts.txt", tmp_path / "out.jsonl")
    assert result.exit_code == 1 and "texts.txt holds no texts" in result.output
    assert not (tmp_path / "out.jsonl").exists()


def test_a_pipeline_that_is_not_there_is_a_clear_error(texts):
    result = run("no_such_pipeline", texts)
    assert result.exit_code == 1 and "no_such_pipeline" in result.output


def test_the_texts_are_never_replaced_by_what_is_written(texts, tmp_path):
    (tmp_path / "link.txt").symlink_to(texts)
    before = texts.read_bytes()
    for command, output in (("extract", texts), ("extract", "link.txt"), ("render", texts)):
        arguments = [command, "no_such_pipeline", texts, tmp_path / output]
        result = CliRunner().invoke(spo_cli, [*map(str, arguments)])
        assert result.exit_code == 1 and "is the file to read" in result.output
    assert texts.read_bytes() == before


def test_a_line_that_is_not_utf8_is_named(model, tmp_path):
    (tmp_path / "texts.txt").write_bytes("Ann wrote Dune\r\n\ncafé".encode("latin-1"))
    result = run(model, tmp_path / "texts.txt", tmp_path / "out.jsonl")
    assert result.exit_code == 1 and "texts.txt:3: not UTF-8" in result.output
    assert not (tmp_path / "out.jsonl").exists()


@Language.component("fails_at_anything")
def fails_at_anything(doc):
    if "anything" in doc.text:
        raise RuntimeError("out of luck")
    return doc


def test_an_error_in_one_text_names_it(trained, texts, tmp_path):
    nlp = spacy.blank("en")
    for name in trained.pipe_names:
        nlp.add_pipe(name, source=trained)
    nlp.add_pipe("fails_at_anything")
    nlp.to_disk(tmp_path / "failing")
    result = run(tmp_path / "failing", texts, tmp_path / "out.jsonl")
    assert result.exit_code == 1 and isinstance(result.exception, SystemExit)
    assert "Text 5 ('nobody wrote anything here'): RuntimeError: out of luck" in result.output
    assert not (tmp_path / "out.jsonl").exists()


def test_control_characters_are_shown_and_escaped_in_json(model, tmp_path):
    text = "Ann\x1b[2J wrote\u202e Dune\n    and Tron"
    srsly.write_jsonl(tmp_path / "texts.jsonl", [{"text": text}])
    shown = run(model, tmp_path / "texts.jsonl").output
    assert shown.splitlines()[0] == r"Ann\x1b[2J wrote\u202e Dune\n    and Tron"
    assert run(model, tmp_path / "texts.jsonl", tmp_path / "out.jsonl").exit_code == 0
    assert "\u202e" not in (tmp_path / "out.jsonl").read_text(encoding="utf8")
    assert next(srsly.read_jsonl(tmp_path / "out.jsonl"))["text"] == text


def test_records_keep_where_they_are_from(model, tmp_path):
    rows = [
        {"id": 7, "text": TEXTS[0], "source": "a", "meta": {"pages": [1, 2]}},
        {"text": " "},
        {"text": TEXTS[1]},
    ]
    srsly.write_jsonl(tmp_path / "texts.jsonl", rows)
    result = run(model, tmp_path / "texts.jsonl", tmp_path / "out.jsonl")
    assert result.exit_code == 0 and "Skipped 1 blank texts" in result.output
    first, second = srsly.read_jsonl(tmp_path / "out.jsonl")
    assert (first["id"], first["meta"]) == (7, {"source": "a", "pages": [1, 2]})
    assert list(second) == ["text", "triples"]
    arguments = ["convert", tmp_path / "out.jsonl", tmp_path / "out.spacy", "--lang", "en"]
    assert CliRunner().invoke(spo_cli, [*map(str, arguments)]).exit_code == 0
    run(model, tmp_path / "out.spacy", tmp_path / "again.jsonl")
    assert list(srsly.read_jsonl(tmp_path / "again.jsonl")) == [first, second]
    shown = run(model, tmp_path / "texts.jsonl").output.splitlines()
    assert f"[7] {TEXTS[0]}" in shown and TEXTS[1] in shown


def test_an_error_names_the_id_of_the_text(model, tmp_path):
    nlp = spacy.load(model)
    nlp.add_pipe("fails_at_anything")
    nlp.to_disk(tmp_path / "failing")
    srsly.write_jsonl(tmp_path / "texts.jsonl", [{"id": "a-7", "text": "anything"}])
    result = run(tmp_path / "failing", tmp_path / "texts.jsonl")
    assert result.exit_code == 1 and "Text 1 (id 'a-7', 'anything')" in result.output

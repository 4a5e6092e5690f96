"""Paths of one machine do not stay in a config."""

import spacy

from spacy_spo.callbacks import make_forget_paths


def test_absolute_paths_of_files_are_shortened_wherever_they_stand(blank, tmp_path):
    (tmp_path / "schema.jsonl").touch()
    blank.add_pipe("spo_tagger")
    blank.get_pipe_config("spo_tagger")["notes"] = [str(tmp_path)]
    blank.config["initialize"]["components"] = {
        "spo_tagger": {"schema_rows": {"path": str(tmp_path / "schema.jsonl")}}
    }
    nlp = make_forget_paths()(blank)
    rows = nlp.config["initialize"]["components"]["spo_tagger"]["schema_rows"]
    assert nlp is blank and rows == {"path": "schema.jsonl"}
    assert nlp.config["components"]["spo_tagger"]["notes"] == [tmp_path.name]


def test_what_is_no_path_of_a_file_stays(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "here").touch()
    strings = {"relative": "here", "predicate": "/people/person/nationality", "root": "/"}
    nlp = spacy.blank("en", config={"paths": strings})
    assert {**make_forget_paths()(nlp).config["paths"], **strings} == nlp.config["paths"]

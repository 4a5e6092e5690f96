"""What is done to a pipeline before it is saved."""

import os
import signal
import time

import pytest
import spacy

from spacy_spo.callbacks import make_forget_paths, make_save_whole


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


def fail_halfway(nlp, path, **_):
    path.mkdir(exist_ok=True)
    (path / "config.cfg").write_text("half", encoding="utf8")
    raise ZeroDivisionError


def test_a_save_that_fails_keeps_the_pipeline_before(blank, tmp_path, monkeypatch):
    save = make_save_whole()
    blank.meta["name"] = "first"
    save(blank).to_disk(tmp_path / "model")
    (tmp_path / "model" / "notes.txt").touch()
    blank.meta["name"] = "second"
    monkeypatch.setattr(type(blank), "to_disk", fail_halfway)
    with pytest.raises(ZeroDivisionError):
        save(blank).to_disk(tmp_path / "model")
    assert spacy.load(tmp_path / "model").meta["name"] == "first"
    monkeypatch.undo()
    save(blank).to_disk(tmp_path / "model")
    assert spacy.load(tmp_path / "model").meta["name"] == "second"
    assert (tmp_path / "model" / "notes.txt").exists()
    assert os.listdir(tmp_path) == ["model"] and "to_disk" not in vars(blank)


def test_a_training_killed_while_it_saves_leaves_a_pipeline(blank, tmp_path):
    pipeline = make_save_whole()(blank)
    pipeline.to_disk(tmp_path / "model")
    for moment in range(8):
        child = os.fork()
        if not child:
            while True:
                pipeline.to_disk(tmp_path / "model")
        time.sleep(0.05 + moment * 0.007)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        assert spacy.load(tmp_path / "model").lang == "en"
    pipeline.to_disk(tmp_path / "model")
    assert os.listdir(tmp_path) == ["model"]


def test_one_callback_can_follow_another(blank, tmp_path):
    blank.config["paths"]["train"] = str(tmp_path)
    make_save_whole(make_forget_paths())(blank).to_disk(tmp_path / "model")
    assert spacy.load(tmp_path / "model").config["paths"]["train"] == tmp_path.name

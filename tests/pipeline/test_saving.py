"""Files of components: damage and edits are errors that name the file."""

import json
import re
import shutil

import numpy
import pytest
import spacy
import srsly
import torch
from support import PIPES, SENTENCES, answers, make_examples

import spacy_spo
from spacy_spo.models.torch_layer import torch_module

CLASSIFIER, TAGGER = PIPES


@pytest.fixture(scope="module")
def saved(trained, tmp_path_factory):
    folder = tmp_path_factory.mktemp("saved") / "pipeline"
    trained.to_disk(folder)
    return folder


@pytest.fixture
def folder(saved, tmp_path):
    """A copy to damage."""
    return shutil.copytree(saved, tmp_path / "pipeline")


def edit(folder, pipe, **values):
    """Change the cfg of a component; "checksums" = None deletes them."""
    path = folder / pipe / "cfg"
    cfg = {**json.loads(path.read_text()), **values}
    path.write_text(json.dumps({key: value for key, value in cfg.items() if value is not None}))


def cannot_be_loaded(folder, pipe, file):
    return pytest.raises(ValueError, match=re.escape(f"{folder / pipe / file} cannot be loaded"))


def labels(folder, pipe):
    return json.loads((folder / pipe / "cfg").read_text())["labels"]


def test_a_pipeline_without_checksums_loads(trained, folder):
    """As saved by earlier versions."""
    for pipe in PIPES:
        edit(folder, pipe, checksums=None, version=None, settings=None)
    assert answers(spacy.load(folder)) == answers(trained)


@pytest.mark.parametrize("pipe", PIPES)
@pytest.mark.parametrize("checksums", [None, "kept"])
@pytest.mark.parametrize("change", [lambda names: names[1:], lambda names: [*names, "other"]])
def test_a_dropped_or_added_label_is_an_error(folder, pipe, checksums, change):
    edits = {"labels": change(labels(folder, pipe))}
    edit(folder, pipe, **edits, **({} if checksums else {"checksums": None}))
    with cannot_be_loaded(folder, pipe, "cfg"):
        spacy.load(folder)


@pytest.mark.parametrize("pipe", PIPES)
def test_swapped_labels_are_an_error_unless_on_purpose(folder, pipe):
    edit(folder, pipe, labels=labels(folder, pipe)[::-1])
    with cannot_be_loaded(folder, pipe, "cfg") as error:
        spacy.load(folder)
    assert "checksum" in str(error.value)
    edit(folder, pipe, checksums=None)
    assert list(spacy.load(folder).get_pipe(pipe).labels) == labels(folder, pipe)


def test_an_unknown_qualifier_is_an_error(folder):
    path = folder / TAGGER / "cfg"
    (row, *rows) = json.loads(path.read_text())["schema"]
    row["object_type"] = {"@value": "Work", "inYear": "Date"}
    edit(folder, TAGGER, schema=[row, *rows], checksums=None)
    with cannot_be_loaded(folder, TAGGER, "cfg"):
        spacy.load(folder)


@pytest.mark.parametrize("contents", ["", "[]", "{}", '{"labels": [1]}', '{"labels"'])
@pytest.mark.parametrize("pipe", PIPES)
def test_a_cfg_of_another_form_is_an_error(folder, pipe, contents):
    (folder / pipe / "cfg").write_text(contents)
    with cannot_be_loaded(folder, pipe, "cfg"):
        spacy.load(folder)


@pytest.mark.parametrize("pipe", PIPES)
@pytest.mark.parametrize("checksums", [True, False])
@pytest.mark.parametrize("share", [0, 0.5, 0.999])
def test_a_cut_model_is_an_error(folder, pipe, checksums, share):
    if not checksums:
        edit(folder, pipe, checksums=None)
    path = folder / pipe / "model"
    data = path.read_bytes()
    path.write_bytes(data[: int(share * len(data))])
    with cannot_be_loaded(folder, pipe, "model"):
        spacy.load(folder)


@pytest.mark.parametrize("pipe", PIPES)
def test_a_changed_bit_is_an_error(folder, pipe):
    path = folder / pipe / "model"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))
    with cannot_be_loaded(folder, pipe, "model"):
        spacy.load(folder)


@pytest.mark.parametrize("pipe", PIPES)
@pytest.mark.parametrize("file", ["cfg", "model"])
def test_a_missing_file_is_an_error(folder, pipe, file):
    (folder / pipe / file).unlink()
    with pytest.raises(ValueError, match=rf"{pipe} cannot be loaded: .*{file}"):
        spacy.load(folder)


@pytest.mark.parametrize("pipe", PIPES)
def test_weights_that_are_not_finite_are_an_error(trained, tmp_path, pipe):
    for break_weights in (fill_head, fill_encoder):
        nlp = copy(trained)
        break_weights(nlp.get_pipe(pipe))
        nlp.to_disk(tmp_path)
        with cannot_be_loaded(tmp_path, pipe, "model"):
            spacy.load(tmp_path)


def copy(nlp):
    copied = spacy.blank("en")
    for name in PIPES:
        copied.add_pipe(name)
    return copied.from_bytes(nlp.to_bytes())


def fill_head(pipe):
    with torch.no_grad():
        next(torch_module(pipe.model.layers[1]).parameters()).fill_(float("inf"))


def fill_encoder(pipe):
    node = next(n for n in pipe.model.get_ref("tok2vec").walk() if n.has_param("W"))
    node.set_param("W", numpy.full_like(node.get_param("W"), numpy.nan))


def test_bytes_are_checked_too(trained):
    message = srsly.msgpack_loads(trained.to_bytes())
    component = srsly.msgpack_loads(message[TAGGER])
    component["model"] = component["model"][:-9]
    message[TAGGER] = srsly.msgpack_dumps(component)
    with pytest.raises(ValueError, match="'spo_tagger': model cannot be loaded"):
        copy(trained).from_bytes(srsly.msgpack_dumps(message))


def test_parts_may_be_left_out(trained, tmp_path):
    pipe = trained.get_pipe(TAGGER)
    pipe.to_disk(tmp_path, exclude=["vocab", "model"])
    assert [path.name for path in tmp_path.iterdir()] == ["cfg"]
    nlp = spacy.blank("en")
    loaded = nlp.add_pipe(TAGGER).from_disk(tmp_path, exclude=["vocab", "model"])
    assert loaded.labels == pipe.labels and loaded.schema.to_rows() == pipe.schema.to_rows()
    data = pipe.to_bytes(exclude=["vocab", "model"])
    for exclude in (["vocab", "model"], []):
        loaded = spacy.blank("en").add_pipe(TAGGER).from_bytes(data, exclude=exclude)
        assert loaded.labels == pipe.labels


def test_a_pipeline_of_a_newer_version_warns(folder, monkeypatch):
    cfg = json.loads((folder / TAGGER / "cfg").read_text())
    assert cfg["version"] == spacy_spo.__version__
    edit(folder, TAGGER, version="99.1.0", checksums=None)
    with pytest.warns(UserWarning, match="saved by spacy-spo 99.1.0, which is newer"):
        spacy.load(folder)


def test_meta_has_the_package(saved, make_pipeline):
    requirement = f"spacy-spo>={spacy_spo.__version__}"
    assert srsly.read_json(saved / "meta.json")["requirements"] == [requirement]
    nlp = make_pipeline()
    nlp.meta["requirements"] = ["other>=1", *nlp.meta["requirements"]]
    nlp.add_pipe(TAGGER, name="second")
    assert nlp.meta["requirements"] == ["other>=1", requirement]


def test_an_untrained_pipeline_is_saved_and_loaded(make_pipeline, tmp_path):
    nlp = make_pipeline()
    nlp.get_pipe(TAGGER).add_label("author")
    nlp.to_disk(tmp_path)
    loaded = spacy.load(tmp_path)
    assert loaded.get_pipe(TAGGER).labels == ("author",)
    loaded.initialize(lambda: make_examples(loaded, SENTENCES))

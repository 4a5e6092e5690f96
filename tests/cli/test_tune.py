"""`spacy spo tune`: what it prints, and the pipeline that it writes."""

import pytest
import spacy
from spacy.tokens import DocBin
from support import PIPES, SENTENCES, make_doc
from typer.testing import CliRunner

from spacy_spo.analysis.selection import Settings
from spacy_spo.analysis.tuning import config_overrides, current_settings, save_tuned, tune
from spacy_spo.cli import spo_cli
from spacy_spo.data.doc_files import read_docs

CLASSIFIER, TAGGER = PIPES
pytestmark = pytest.mark.slow


@pytest.fixture
def files(trained, tmp_path):
    trained.to_disk(tmp_path / "model")
    docs = [make_doc(trained, *sentence) for sentence in SENTENCES]
    DocBin(docs=docs).to_disk(tmp_path / "dev.spacy")
    return tmp_path


def run(folder, *options):
    arguments = [folder / "model", folder / "dev.spacy", folder / "tuned", *options]
    return CliRunner().invoke(spo_cli, ["tune", *map(str, arguments)])


def test_the_settings_are_in_the_pipeline_and_its_config(files):
    result = run(files, "--per-predicate", "--min-support", 1)
    assert result.exit_code == 0, result.output
    shown = ("before", "after, cross-validated", "0.9 to 1.0", "boundary_threshold = ", "text|norm")
    for row in shown:
        assert row in result.output
    nlp = spacy.load(files / "tuned")
    tagger, config = nlp.get_pipe(TAGGER), nlp.config["components"][TAGGER]
    for name in ("boundary_threshold", "pair_threshold", "temperature"):
        assert getattr(tagger, name) == config[name]
    assert f"boundary_threshold = {tagger.boundary_threshold}" in result.output
    assert nlp.get_pipe(CLASSIFIER).temperature != 1.0


def test_the_scores_in_the_meta_are_those_of_the_tuned_pipeline(files):
    run(files)
    performance = spacy.load(files / "tuned").meta["performance"]
    assert performance == {f"{key}_{e}": 1.0 for key in ("spo", "spo_text") for e in "prf"}


def test_the_pipeline_is_not_written_over(files):
    arguments = [files / "model", files / "dev.spacy", files / "model"]
    result = CliRunner().invoke(spo_cli, ["tune", *map(str, arguments)])
    assert result.exit_code == 1 and "is the file to read" in result.output


def test_temperatures_stay_if_nothing_is_calibrated(files):
    assert run(files, "--no-calibrate").exit_code == 0
    nlp = spacy.load(files / "tuned")
    assert [nlp.get_pipe(name).temperature for name in PIPES] == [1.0, 1.0]


@pytest.mark.slow
def test_scores_that_too_few_errors_calibrate_are_warned_of(files, monkeypatch):
    for is_extreme in (False, True):
        monkeypatch.setattr(
            "spacy_spo.analysis.calibration.is_extreme", lambda t, value=is_extreme: value
        )
        assert ("end of the search range" in run(files).output) == is_extreme
        assert "end of the search range" not in run(files, "--no-calibrate").output


def test_thresholds_of_single_predicates_are_saved(files):
    nlp = spacy.load(files / "model")
    settings = Settings(0.4, 0.1, 0.2, {"author": 0.3, "maker": 0.95}, (1.5, 4.0))
    spacy.load(files / "model", config=config_overrides(nlp, settings)).to_disk(files / "own")
    classifier = spacy.load(files / "own").get_pipe(CLASSIFIER)
    assert classifier.label_thresholds == [["author", 0.3], ["maker", 0.95]]


def test_tuned_settings_go_before_those_changed_at_run_time(files):
    nlp = spacy.load(files / "model")
    configured = current_settings(nlp)
    tuned = tune(nlp, read_docs(files / "dev.spacy"))._replace(settings=configured)
    for pipe, name in ((CLASSIFIER, "threshold"), (TAGGER, "pair_threshold")):
        setattr(nlp.get_pipe(pipe), name, 0.99)
    nlp.to_disk(files / "model")
    save_tuned(nlp, str(files / "model"), tuned, files / "tuned")
    assert current_settings(spacy.load(files / "model")).threshold == 0.99
    assert current_settings(spacy.load(files / "tuned")) == configured


def test_a_pipeline_without_the_components(blank, files):
    blank.to_disk(files / "model")
    result = run(files)
    assert result.exit_code == 1
    assert "The pipeline has no spo_" in result.output
    assert not (files / "tuned").exists()

"""`spacy spo ceiling`: the best that a config could reach, and what the rest is lost to."""

from pathlib import Path

import pytest
import spacy
from spacy.tokens import Doc, DocBin
from support import SENTENCES, make_doc
from typer.testing import CliRunner

from spacy_spo.cli import spo_cli
from spacy_spo.cli.ceiling import find_ceiling
from spacy_spo.pipeline.gold import IN_NO_SEGMENT, NOT_IN_SCHEMA, NOT_ON_TOKENS
from spacy_spo.triples import Triple, set_triples

# All of them fit the words of the blank pipeline, and the schema of SENTENCES.
HARD = [
    (
        "Ann Lee and Bob wrote Dune and Tron",
        [("Ann Lee", "author", "Dune"), ("Bob", "author", "Tron")],
    ),
    ("Ann Lee wrote Dune II", [("Ann", "author", "Dune"), ("Ann Lee", "author", "Dune II")]),
    ("Ann married Ann", [("Ann", "spouse", "Ann")]),
    ("Tron II made Tron", [("Tron II", "maker", "Tron"), ("Tron", "maker", "Tron II")]),
]


@pytest.fixture
def corpus(blank, tmp_path):
    def write(name, sentences):
        docs = [make_doc(blank, *sentence) for sentence in sentences]
        DocBin(docs=docs).to_disk(tmp_path / name)
        return tmp_path / name

    return write


@pytest.fixture
def train(corpus):
    return corpus("train.spacy", SENTENCES)


def test_what_fits_comes_back_whole(make_pipeline, train, corpus):
    found = find_ceiling(make_pipeline(), train, corpus("dev.spacy", SENTENCES + HARD))
    assert found.scores["spo_text_f"] == found.scores["spo_offset_f"] == 1
    assert (found.n_triples, found.extra, dict(found.losses)) == (14, 0, {})


def test_an_argument_that_occurs_again_is_counted(make_pipeline, train, corpus):
    dev = corpus(
        "dev.spacy", [("Ann and Ann wrote Dune", [("Ann", "author", "Dune")]), SENTENCES[0]]
    )
    assert find_ceiling(make_pipeline(), train, dev).repeated == 1


@pytest.mark.parametrize(
    ("sentence", "cause"),
    [
        (("Ann is from Rome", [("Ann", "bornIn", "Rome")]), NOT_IN_SCHEMA),
        (("Ann who lives here wrote Dune", [("Ann", "author", "Dune")]), IN_NO_SEGMENT),
    ],
)
def test_what_is_lost_is_counted_by_cause(sentence, cause, make_pipeline, train, corpus):
    segments = {"@misc": "spacy-spo.window_segments.v1", "size": 4, "overlap": 1}
    nlp = make_pipeline(spo_tagger={"segments": segments})
    found = find_ceiling(nlp, train, corpus("dev.spacy", [sentence]))
    assert dict(found.losses) == {cause: 1}
    assert found.scores["spo_text_r"] == 0


def test_an_argument_inside_a_token_is_lost(make_pipeline, train, blank, tmp_path):
    doc = Doc(blank.vocab, ["A", "nn", "wrote", "Dune"], [False, True, True, False])
    set_triples(doc, [Triple(doc[1:2], "author", doc[3:])])
    DocBin(docs=[doc]).to_disk(tmp_path / "dev.spacy")
    found = find_ceiling(make_pipeline(), train, tmp_path / "dev.spacy")
    assert dict(found.losses) == {NOT_ON_TOKENS: 1}


def test_two_statements_that_the_encoding_takes_for_more(make_pipeline, train, corpus):
    """Links join starts with starts and ends with ends: of arguments that share both with others,
    too many pairs look linked."""
    dev = corpus("dev.spacy", HARD[1:2])
    found = find_ceiling(make_pipeline(), train, dev)
    assert (found.extra, found.scores["spo_text_r"]) == (0, 1)


def test_the_command_prints_scores_and_losses(train, corpus):
    dev = corpus("dev.spacy", [*SENTENCES, ("Ann is from Rome", [("Ann", "bornIn", "Rome")])])
    config = Path(__file__).parents[2] / "configs" / "en_minilm.cfg"
    outcome = CliRunner().invoke(spo_cli, ["ceiling", str(config), str(train), str(dev)])
    assert outcome.exit_code == 0, outcome.stdout
    assert "8 gold triples" in outcome.stdout
    assert f"1 {NOT_IN_SCHEMA}" in outcome.stdout
    assert "87.50" in outcome.stdout


def test_a_config_without_a_tagger_is_refused(train, tmp_path):
    spacy.blank("en").config.to_disk(tmp_path / "config.cfg")
    outcome = CliRunner().invoke(
        spo_cli, ["ceiling", str(tmp_path / "config.cfg"), str(train), str(train)]
    )
    assert outcome.exit_code == 1
    assert "no spo_tagger" in outcome.stdout


@pytest.mark.parametrize("bad", ["train", "dev"])
def test_what_is_no_gold_is_refused(bad, train, make_pipeline, tmp_path):
    (tmp_path / "texts.spacy").write_text("Ann wrote Dune")
    DocBin(docs=[spacy.blank("en")("Ann wrote Dune")]).to_disk(tmp_path / "bare.spacy")
    for name, message in (
        ("texts", "is no file of Docs .*spacy spo convert"),
        ("bare", "has gold triples"),
    ):
        files = {"train": train, "dev": train, bad: tmp_path / f"{name}.spacy"}
        with pytest.raises(ValueError, match=rf"{name}\.spacy {message}"):
            find_ceiling(make_pipeline(), **files)

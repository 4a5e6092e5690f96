"""`spacy spo ceiling`: the upper bound of a config, and the causes of unreachable triples."""

from pathlib import Path

import pytest
import spacy
from spacy.tokens import Doc, DocBin
from support import SENTENCES, answers, make_doc
from typer.testing import CliRunner

from spacy_spo.analysis.ceiling import find_ceiling
from spacy_spo.cli import spo_cli
from spacy_spo.data.doc_files import read_docs
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


def docs(nlp, sentences):
    return [make_doc(nlp, *sentence) for sentence in sentences]


def ceiling(nlp, dev, train=SENTENCES):
    return find_ceiling(nlp, docs(nlp, train), docs(nlp, dev))


def test_what_fits_comes_back_whole(make_pipeline):
    found = ceiling(make_pipeline(), SENTENCES + HARD)
    assert found.scores["spo_text_f"] == found.scores["spo_offset_f"] == 1
    assert (found.n_gold, found.n_extra, dict(found.unreachable)) == (14, 0, {})


def test_an_argument_that_occurs_again_is_counted(make_pipeline):
    dev = [("Ann and Ann wrote Dune", [("Ann", "author", "Dune")]), SENTENCES[0]]
    assert ceiling(make_pipeline(), dev).n_ambiguous == 1


@pytest.mark.parametrize(
    ("sentence", "cause"),
    [
        (("Ann is from Rome", [("Ann", "bornIn", "Rome")]), NOT_IN_SCHEMA),
        (("Ann who lives here wrote Dune", [("Ann", "author", "Dune")]), IN_NO_SEGMENT),
    ],
)
def test_unreachable_triples_are_counted_by_cause(sentence, cause, make_pipeline):
    segments = {"@misc": "spacy-spo.window_segments.v1", "size": 4, "overlap": 1}
    found = ceiling(make_pipeline(spo_tagger={"segments": segments}), [sentence])
    assert dict(found.unreachable) == {cause: 1}
    assert found.scores["spo_text_r"] == 0


def test_an_argument_inside_a_token_is_unreachable(make_pipeline, blank):
    doc = Doc(blank.vocab, ["A", "nn", "wrote", "Dune"], [False, True, True, False])
    set_triples(doc, [Triple(doc[1:2], "author", doc[3:])])
    found = find_ceiling(make_pipeline(), docs(blank, SENTENCES), [doc])
    assert dict(found.unreachable) == {NOT_ON_TOKENS: 1}


def test_two_statements_that_the_encoding_takes_for_more(make_pipeline):
    """Links join starts with starts and ends with ends: of arguments that share both with others,
    too many pairs look linked."""
    found = ceiling(make_pipeline(), HARD[1:2])
    assert (found.n_extra, found.scores["spo_text_r"]) == (0, 1)


def test_a_trained_pipeline_stays_as_it_is(trained):
    """Of the schema of the training corpus alone is the upper bound, whatever it learned."""
    before, labels = answers(trained), trained.get_pipe("spo_tagger").labels
    other = [("Ann is from Rome", [("Ann", "bornIn", "Rome")])]
    found = ceiling(trained, [*SENTENCES, *other], train=other)
    assert dict(found.unreachable) == {NOT_IN_SCHEMA: 7}
    assert trained.get_pipe("spo_tagger").labels == labels
    assert answers(trained) == before


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
def test_a_file_that_is_no_corpus_is_refused(bad, train, tmp_path, make_pipeline):
    (tmp_path / "texts.spacy").write_text("Ann wrote Dune")
    files = {"train": train, "dev": train, bad: tmp_path / "texts.spacy"}
    with pytest.raises(ValueError, match=r"texts\.spacy is no file of Docs .*spacy spo convert"):
        find_ceiling(make_pipeline(), *map(read_docs, files.values()))


@pytest.mark.parametrize("bad", ["training", "dev"])
def test_what_is_no_gold_is_refused(bad, make_pipeline, blank):
    corpora = {"training": docs(blank, SENTENCES), "dev": docs(blank, SENTENCES)}
    corpora[bad] = [blank("Ann wrote Dune")]
    with pytest.raises(ValueError, match=f"No text of the {bad} corpus has gold triples"):
        find_ceiling(make_pipeline(), *corpora.values())

"""The joiner makes longer texts out of short ones and loses nothing."""

import random
from itertools import pairwise

import pytest
from spacy.tokens import DocBin
from spacy.training.loop import create_train_batches
from spacy.util import registry
from support import SENTENCES, make_doc, make_examples
from thinc.api import fix_random_seed

from spacy_spo.augment import TextJoiner
from spacy_spo.triples import Triple, get_triples, has_triples, join_docs


def run(joiner, nlp, sentences):
    fix_random_seed(0)
    return [new for eg in make_examples(nlp, sentences) for new in joiner(nlp, eg)]


def statements(docs):
    triples = [t for doc in docs for t in get_triples(doc)]
    return sorted((t.subject.text, t.predicate, t.object.text) for t in triples)


def test_every_text_is_in_a_training_run_alone_or_behind_others(blank):
    texts = [text for text, _ in SENTENCES]
    examples = run(TextJoiner(1.0, max_texts=2), blank, SENTENCES)
    joined = [f"{before} {text}" for before, text in pairwise(texts)]
    assert [eg.text for eg in examples] == [texts[0], *joined]
    assert all(eg.predicted.text == eg.text for eg in examples)
    assert not any(has_triples(eg.predicted) for eg in examples)
    gold = [make_doc(blank, *sentence) for sentence in SENTENCES]
    assert set(statements(eg.reference for eg in examples)) == set(statements(gold))


@pytest.mark.parametrize("level, counts", [(0.0, {1}), (1.0, {1, 2, 3})])
def test_level_and_max_texts(blank, level, counts):
    sentences = [("Ann wrote Dune .", [("Ann", "author", "Dune")])] * 60
    examples = run(TextJoiner(level, max_texts=3), blank, sentences)
    assert {eg.text.count(".") for eg in examples} == counts and len(examples) == 60


def test_without_white_space(blank):
    joiner = TextJoiner(1.0, max_texts=2, ensure_whitespace=False)
    _, joined = run(joiner, blank, [("Ann .", []), ("Bob", [])])
    assert joined.text == "Ann .Bob"


def counts_of(joiner, nlp):
    """How many texts each example has, of sixty that are joined or not by chance."""
    sentences = [("Ann wrote Dune .", [("Ann", "author", "Dune")])] * 60
    return [eg.text.count(".") for eg in run(joiner, nlp, sentences)]


def test_by_default_the_seed_of_spacy_decides_and_a_seed_alone_otherwise(blank):
    default = counts_of(TextJoiner(0.5), blank)
    assert counts_of(TextJoiner(0.5), blank) == default and len(set(default)) == 3
    seeded = counts_of(TextJoiner(0.5, seed=1), blank)
    random.random()
    assert counts_of(TextJoiner(0.5, seed=1), blank) == seeded
    assert counts_of(TextJoiner(0.5, seed=2), blank) != seeded
    fix_random_seed(0)
    drawn = random.random()
    fix_random_seed(0)
    list(TextJoiner(1.0, seed=1)(blank, make_examples(blank, SENTENCES)[0]))
    assert random.random() == drawn


def test_unannotated_texts_stay_as_they_are(blank):
    examples = run(TextJoiner(1.0), blank, [("Ann wrote Dune", None)] * 5)
    assert [eg.text for eg in examples] == ["Ann wrote Dune"] * 5


@pytest.mark.parametrize("settings", [{"level": 1.5}, {"level": 0.5, "max_texts": 1}])
def test_settings_out_of_range_are_refused(settings):
    with pytest.raises(ValueError, match="joiner"):
        TextJoiner(**settings)


def test_join_docs_keeps_scores_types_and_qualifiers(blank):
    docs = [blank("Ann wrote Dune in 1965"), blank(""), blank("Bob wrote Tron")]
    docs[0]._.spo_triples = [
        Triple(docs[0][0:1], "author", docs[0][2:3], 0.5, {"on": docs[0][4:5]}, {"on": "Date"})
    ]
    docs[1]._.spo_triples = []
    docs[2]._.spo_triples = [Triple(docs[2][0:1], "author", docs[2][2:3], 0.25)]
    joined = join_docs(docs)
    first, second = joined._.spo_triples
    assert joined.text == "Ann wrote Dune in 1965 Bob wrote Tron"
    assert (first.score, first.types, first.qualifiers["on"].text) == (0.5, {"on": "Date"}, "1965")
    assert (second.score, second.subject.start_char) == (0.25, 23)


def test_what_is_joined_with_an_unannotated_doc_is_unannotated(blank):
    annotated, unannotated = blank("Ann wrote Dune"), blank("Bob")
    annotated._.spo_triples = []
    assert has_triples(join_docs([annotated]))
    assert not has_triples(join_docs([annotated, unannotated]))


def test_join_docs_takes_one_doc_at_least():
    with pytest.raises(ValueError, match="at least one"):
        join_docs([])


def test_training_loses_no_text(tmp_path, blank):
    DocBin(docs=[make_doc(blank, *s) for s in SENTENCES]).to_disk(tmp_path / "a.spacy")
    augmenter = {"@augmenters": "spacy-spo.join_texts.v1", "level": 1.0, "max_texts": 5}
    corpus = {
        "@readers": "spacy.Corpus.v1",
        "path": tmp_path,
        "gold_preproc": False,
        "augmenter": augmenter,
    }
    reader = registry.resolve({"corpus": corpus})["corpus"]
    batches = create_train_batches(blank, reader, lambda examples: [examples], max_epochs=2)
    for _, batch in batches:
        assert max(len(eg.reference) for eg in batch) > 10
        assert all(any(text in eg.text for eg in batch) for text, _ in SENTENCES)

"""Gold that a component cannot learn or be scored on: it says so, with counts, once."""

from copy import deepcopy

import pytest
from spacy.tokens import Doc
from spacy.training import Example
from support import PIPES, SENTENCES, TEXTS, make_examples

from spacy_spo.triples import Triple, set_triples

LABELS = ["author", "maker", "spouse"]
KILLED = ("Bob killed Ann", [("Bob", "killer", "Ann")])
SAW = ("Ann saw Tron", [("Ann", "viewer", "Tron")])
UNANNOTATED = [(text, None) for text in TEXTS]
WITHOUT_TRIPLES = [(text, []) for text in TEXTS]


@pytest.fixture
def warned(recwarn):
    """Take the warnings so far, by component; anything else is a failure."""

    def take():
        messages = [str(w.message) for w in recwarn.list]
        recwarn.clear()
        by_name = {name: [m for m in messages if m.startswith(f"'{name}'")] for name in PIPES}
        assert sum(map(len, by_name.values())) == len(messages)
        return by_name

    return take


@pytest.fixture
def nlp(trained):
    return deepcopy(trained)


def assert_one_each(by_name, *parts):
    for messages in by_name.values():
        (message,) = messages
        assert all(part in message for part in parts), message


@pytest.mark.parametrize("name", PIPES)
def test_given_labels_that_lack_a_predicate_are_reported(make_pipeline, name, warned):
    nlp = make_pipeline()
    examples = make_examples(nlp, [*SENTENCES, KILLED, KILLED, SAW])
    nlp.get_pipe(name).initialize(lambda: examples, labels=LABELS)
    (message,) = warned()[name]
    assert "3 gold triples of training" in message and "['killer', 'viewer'] (2 in all)" in message
    assert "spacy init labels" in message
    nlp.get_pipe(name).update(examples)
    assert not any(warned().values())


def test_an_update_reports_each_new_predicate_once(nlp, warned):
    nlp.update(make_examples(nlp, SENTENCES))
    assert not any(warned().values())
    for _ in range(2):
        nlp.update(make_examples(nlp, [*SENTENCES, KILLED, KILLED]))
    assert_one_each(warned(), "2 gold triples of a training batch", "['killer'] (1 in all)")
    nlp.update(make_examples(nlp, [KILLED, SAW]))
    assert_one_each(warned(), "1 gold triples of a training batch", "['viewer'] (1 in all)")


def test_many_predicates_are_counted_and_the_first_named(nlp, warned):
    nlp.update(make_examples(nlp, [("a b", [("a", f"p{i}", "b")]) for i in range(30)]))
    assert_one_each(warned(), "30 gold triples", "'p0', ", "...] (30 in all)")


def test_an_evaluation_reports_predicates_and_counts_misses(nlp, warned):
    for _ in range(2):
        scores = nlp.evaluate(make_examples(nlp, [*SENTENCES, KILLED, SAW]))
    assert_one_each(warned(), "2 gold triples of evaluation", "'killer', 'viewer'", "misses")
    assert scores["spo_r"] == pytest.approx(7 / 9) and scores["rel_r"] == pytest.approx(5 / 7)


@pytest.mark.parametrize(
    "sentences, counts",
    [
        ([], "0 evaluation examples, 0 annotated, 0 gold triples"),
        (UNANNOTATED, "5 evaluation examples, 0 annotated, 0 gold triples"),
        (WITHOUT_TRIPLES, "5 evaluation examples, 5 annotated, 0 gold triples"),
    ],
)
def test_an_evaluation_without_triples_says_so(nlp, warned, sentences, counts):
    for _ in range(2):
        scores = nlp.evaluate(make_examples(nlp, sentences))
    assert_one_each(warned(), "cannot be scored", counts)
    assert not scores["spo_f"] and not scores["rel_f"]


def test_without_a_scorer_gold_is_not_read(nlp, warned):
    for name in PIPES:
        nlp.get_pipe(name).scorer = None
    assert set(nlp.evaluate(make_examples(nlp, UNANNOTATED))) & {"spo_f", "rel_f"} == set()
    assert not any(warned().values())


@pytest.mark.parametrize("name", PIPES)
@pytest.mark.parametrize(
    "sentences, counts, advice",
    [
        ([], "0 training examples, 0 annotated, 0 gold", "max_length"),
        (UNANNOTATED, "5 training examples, 0 annotated, 0 gold", "spacy spo convert"),
        (WITHOUT_TRIPLES, "5 training examples, 5 annotated, 0 gold", "without triples"),
    ],
)
def test_training_without_triples_is_an_error(make_pipeline, name, sentences, counts, advice):
    nlp = make_pipeline()
    examples = make_examples(nlp, sentences)
    with pytest.raises(ValueError, match=f"{name}.*{counts}.*{advice}"):
        nlp.get_pipe(name).initialize(lambda: iter(examples))


@pytest.mark.parametrize("name", PIPES)
def test_given_labels_do_not_hide_a_corpus_without_triples(make_pipeline, name, warned):
    nlp = make_pipeline()
    examples = make_examples(nlp, UNANNOTATED)
    nlp.get_pipe(name).initialize(lambda: examples, labels=LABELS)
    (message,) = warned()[name]
    assert "has nothing to learn: 5 training examples, 0 annotated" in message
    with pytest.raises(ValueError, match="no token to learn from: 0 training examples"):
        make_pipeline().get_pipe(name).initialize(lambda: iter([]), labels=LABELS)


def test_initialize_without_a_corpus_does_not_warn(make_pipeline, warned):
    nlp = make_pipeline()
    for name in PIPES:
        nlp.get_pipe(name).add_label("author")
    nlp.initialize()
    assert not any(warned().values())


def test_a_component_that_is_trained_further_checks_the_tokens_of_its_first_batch(nlp, warned):
    reference = Doc(nlp.vocab, ["A", "nn", "wrote", "Dune"], [False, True, True, False])
    set_triples(reference, [Triple(reference[1:2], "author", reference[3:])])
    example = Example(nlp.make_doc(reference.text), reference)
    for _ in range(2):
        nlp.get_pipe("spo_tagger").update([example, *make_examples(nlp, [SENTENCES[0]])])
    (message,) = warned()["spo_tagger"]
    assert "1 gold triples of the first batch do not start and end at tokens" in message


@pytest.mark.parametrize("name", PIPES)
@pytest.mark.parametrize(
    "labels, message",
    [([], "labels or schema are empty, and 7 gold triples"), ("author", "a list, not the string")],
)
def test_wrong_labels_are_an_error_of_their_own(blank, name, labels, message):
    pipe = blank.add_pipe(name)
    with pytest.raises(ValueError, match=message):
        pipe.initialize(lambda: make_examples(blank, SENTENCES), nlp=blank, labels=labels)

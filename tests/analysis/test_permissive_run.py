"""Permissive thresholds: other threads see the pipeline as it is while an analysis runs."""

import threading

import pytest
import spacy
from faulty_gold import UNSEEN, gold
from spacy.language import Language
from support import SENTENCES, TEXTS, answers

from spacy_spo.analysis.auditing import audit
from spacy_spo.analysis.candidates import collect_candidates
from spacy_spo.analysis.ceiling import find_ceiling
from spacy_spo.analysis.explanation import explain
from spacy_spo.analysis.permissive_run import predict_permissively
from spacy_spo.analysis.tuning import current_settings, tune

ANALYSES = {
    "audit": audit,
    "collect": collect_candidates,
    "tune": tune,
    "ceiling": lambda nlp, docs: find_ceiling(nlp, docs, docs),
    "explain": lambda nlp, docs: explain(nlp, TEXTS[0], "Bob", "author", "Dune"),
}
SEEN = []
UNSEEN_TEXTS = [text for text, _ in UNSEEN]


@Language.factory("test_watcher")
class Watcher:
    """Notes the state of its pipeline whenever a Doc passes."""

    def __init__(self, nlp, name):
        self.nlp = nlp

    def __call__(self, doc):
        SEEN.append(state(self.nlp))
        return doc


def state(nlp):
    labels = [nlp.get_pipe(name).labels for name in ("spo_relation_classifier", "spo_tagger")]
    return current_settings(nlp), tuple(nlp.pipe_names), tuple(labels)


@pytest.fixture(scope="module")
def watched(trained):
    nlp = spacy.blank("en")
    for name in trained.pipe_names:
        nlp.add_pipe(name)
    nlp.from_bytes(trained.to_bytes())
    nlp.add_pipe("test_watcher", first=True)
    return nlp


@pytest.mark.parametrize("name", ANALYSES)
def test_settings_do_not_change_while_an_analysis_runs(name, watched):
    SEEN.clear()
    before = state(watched)
    ANALYSES[name](watched, gold(watched, SENTENCES))
    assert SEEN and set(map(repr, SEEN)) == {repr(before)}


def test_another_thread_predicts_as_before(trained):
    expected, results = answers(trained, UNSEEN_TEXTS), []
    batches = predict_permissively(trained, gold(trained, UNSEEN))
    next(batches)  # the copies are permissive now
    thread = threading.Thread(target=lambda: results.append(answers(trained, UNSEEN_TEXTS)))
    thread.start()
    thread.join()
    assert results == [expected]


def test_more_is_predicted_than_by_the_pipeline(unsure):
    (batch,) = predict_permissively(unsure, gold(unsure, UNSEEN))
    assert [example.reference.text for example in batch.examples] == UNSEEN_TEXTS
    n_predicted = sum(len(facts) for facts, _ in answers(unsure, UNSEEN_TEXTS))
    assert sum(len(decoded) for _, decoded in batch.queries) > n_predicted

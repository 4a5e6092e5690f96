"""Selected triples are those that a pipeline with the same settings predicts."""

import pytest
from spacy.training import Example
from support import with_settings

from spacy_spo.analysis.selection import Settings, select_triples
from spacy_spo.evaluation.matching import text_key
from spacy_spo.evaluation.scorers import score_triples

pytestmark = pytest.mark.slow

SOME = [
    Settings(0.5, 0.3, 0.3, {}, (1.0, 1.0)),
    Settings(0.05, 0.02, 0.02, {}, (1.0, 1.0)),
    Settings(0.3, 0.1, 0.2, {"author": 0.9, "maker": 0.05}, (1.0, 1.0)),
    Settings(0.3, 0.05, 0.05, {}, (2.0, 4.0)),
    Settings(0.7, 0.5, 0.02, {}, (0.5, 0.5)),
]


@pytest.mark.parametrize("settings", SOME)
def test_it_selects_what_the_pipeline_predicts(unsure, unsure_gold, candidates, settings):
    nlp = with_settings(unsure, settings)
    selected = select_triples(candidates, settings)
    scores = {}
    for doc in nlp.pipe(doc.text for doc in unsure_gold):
        for t in doc._.spo_triples:
            key = doc.text, *text_key(t)
            scores[key] = max(t.score, scores.get(key, 0.0))
    assert sorted(selected.scores) == pytest.approx(sorted(scores.values()), abs=1e-4)
    expected = score_triples([Example(nlp(doc.text), doc) for doc in unsure_gold])
    tp, n_gold = selected.correct.sum(), candidates.n_gold.sum()
    assert tp / max(1, len(selected.correct)) == pytest.approx(expected["spo_text_p"])
    assert tp / n_gold == pytest.approx(expected["spo_text_r"])


def test_thresholds_change_what_is_selected(candidates):
    assert len({len(select_triples(candidates, settings).scores) for settings in SOME}) > 2

"""Candidates: their columns, and gold that cannot be used."""

import numpy
import pytest
from support import make_doc

from spacy_spo.analysis.candidates import CANDIDATE, N_FOLDS, collect_candidates, logit
from spacy_spo.evaluation.matching import text_key
from spacy_spo.pipeline.tagging.decode import expit
from spacy_spo.triples import get_triples


def test_the_columns(unsure, unsure_gold, candidates):
    table = candidates.candidates
    assert table.dtype == CANDIDATE and len(table)
    assert candidates.labels == list(unsure.get_pipe("spo_relation_classifier").labels)
    assert (table["subject"][:, 0] <= table["subject"][:, 1]).all()
    assert ((table["parts"] > 0) & (table["parts"] <= 1)).all()
    # Several candidates may be one triple by the text criterion, of one text.
    n_correct = len(set(table["key"][table["correct"]]))
    assert 0 < n_correct <= candidates.n_gold.sum()
    for key in set(table["key"]):
        assert len(set(table["fold"][table["key"] == key])) == 1


def test_gold_is_counted_by_predicate_and_fold(unsure, unsure_gold, candidates):
    expected = numpy.zeros_like(candidates.n_gold)
    for i, doc in enumerate(unsure_gold):
        for _, predicate, _ in set(map(text_key, get_triples(doc))):
            expected[candidates.labels.index(predicate), i % N_FOLDS] += 1
    assert numpy.array_equal(candidates.n_gold, expected)
    other = [make_doc(unsure, "Ann penned Dune", [("Ann", "penned", "Dune")]), *unsure_gold]
    assert collect_candidates(unsure, other).n_gold[-1].sum() == 1


def test_log_odds():
    p = numpy.asarray([0.001, 0.5, 0.99])
    assert expit(logit(p)) == pytest.approx(p)
    assert numpy.isfinite(logit(numpy.asarray([0.0, 1.0]))).all()


def test_gold_that_cannot_be_used_is_refused(unsure, blank):
    with pytest.raises(ValueError, match="has no spo_relation_classifier"):
        collect_candidates(blank, [])
    with pytest.raises(ValueError, match="No text has gold"):
        collect_candidates(unsure, [unsure.make_doc("unknown")])
    with pytest.raises(ValueError, match="No text has gold"):
        collect_candidates(unsure, [make_doc(unsure, "nobody wrote", [])])
    with pytest.raises(ValueError, match=r"Not one triple .* It has 3, among them author, "):
        collect_candidates(
            unsure, [make_doc(unsure, "Ann wrote Dune", [("Ann", "penned", "Dune")])]
        )

"""A pipeline with uncertain predictions, and gold for it."""

import pytest
import spacy
from faulty_gold import UNSEEN, gold
from spacy.language import Language
from support import SENTENCES, make_examples, train

from spacy_spo.analysis.candidates import CandidateSet, collect_candidates


@pytest.fixture(scope="session")
def unsure() -> Language:
    """A pipeline with too little training: thresholds matter. Tests must not change it."""
    nlp = spacy.blank("en")
    nlp.add_pipe("spo_relation_classifier")
    nlp.add_pipe("spo_tagger")
    train(nlp, make_examples(nlp, SENTENCES), steps=30)
    return nlp


@pytest.fixture(scope="session")
def unsure_gold(unsure: Language) -> list:
    return gold(unsure, [*SENTENCES, *UNSEEN])


@pytest.fixture(scope="session")
def candidates(unsure: Language, unsure_gold: list) -> CandidateSet:
    return collect_candidates(unsure, unsure_gold)

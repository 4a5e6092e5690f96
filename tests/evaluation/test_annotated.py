"""Annotated gold is kept, unannotated gold is counted."""

import pytest
import spacy
from spacy.training import Example
from support import make_doc

from spacy_spo.evaluation.annotated import annotated_docs, annotated_examples

NLP = spacy.blank("en")
EMPTY, UNANNOTATED = make_doc(NLP, "nothing here", []), make_doc(NLP, "nobody knows", None)


def test_docs():
    docs = annotated_docs(iter([UNANNOTATED, EMPTY, UNANNOTATED]))
    assert list(docs) == [EMPTY]
    assert (docs.n_annotated, docs.n_unannotated) == (1, 2)
    docs.require_some()


def test_examples():
    examples = [Example(NLP.make_doc(doc.text), doc) for doc in (EMPTY, UNANNOTATED)]
    assert list(annotated_examples(examples)) == examples[:1]


def test_no_annotated_gold():
    docs = annotated_docs([UNANNOTATED])
    assert list(docs) == []
    with pytest.raises(ValueError, match="No text has gold triples: none of 1 Docs is annotated"):
        docs.require_some()

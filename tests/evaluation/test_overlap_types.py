"""How triples of a sentence share their arguments, in cases counted by hand."""

import pytest
from spacy.tokens import Doc
from spacy.vocab import Vocab

from spacy_spo.evaluation.overlap_types import overlaps
from spacy_spo.triples import Triple

# Tokens are told apart by their letters; "a" stands at 0 and again at 6.
WORDS = list("abcdefa")


def triple(subject, predicate, object_):
    doc = Doc(Vocab(), words=WORDS)
    return Triple(doc[slice(*subject)], predicate, doc[slice(*object_)])


A, A_AGAIN, B, C, D, A_B, B_C = (0, 1), (6, 7), (1, 2), (2, 3), (3, 4), (0, 2), (1, 3)


@pytest.mark.parametrize(
    ("triples", "expected"),
    [
        ([], set()),
        ([(A, "p", B)], {"normal"}),
        ([(A, "p", B), (C, "p", D)], {"normal", "nxm"}),
        ([(A, "p", B), (C, "q", D)], {"normal"}),
        ([(A, "p", B), (A, "q", C)], {"seo"}),
        ([(A, "p", B), (A_AGAIN, "q", C)], {"seo"}),
        ([(A, "p", B), (A, "q", B)], {"epo"}),
        ([(A, "p", B), (B, "q", A)], {"epo"}),
        ([(A, "p", B), (A, "q", B), (A, "q", C)], {"epo", "seo"}),
        ([(A_B, "p", B)], {"soo"}),
        ([(A, "p", A)], {"soo"}),
        ([(A, "p", C), (A_B, "p", D)], {"normal", "nested", "nxm"}),
        ([(A_B, "p", D), (B_C, "p", D)], {"seo", "nested"}),
        ([(A, "p", C), (A_B, "q", D)], {"normal"}),
    ],
)
def test_classes(triples, expected):
    assert overlaps([triple(*t) for t in triples]) == expected

"""Label issues: their kinds and identifiers."""

import pytest

from spacy_spo.analysis.issues import KINDS, LOW_CONFIDENCE, classify, issue_id
from spacy_spo.triples import Triple


def test_identifiers_never_change(blank):
    """Decisions of earlier audits are found by them."""
    doc = blank("Ann wrote Dune in Rome")
    triple = Triple(doc[0:1], "author", doc[2:3], 0.7, {"inArea": doc[4:5]})
    expected = dict.fromkeys(KINDS, "1467d68c1cb1ddf1") | {LOW_CONFIDENCE: "2ce73de30bf92aab"}
    assert {kind: issue_id(kind, doc.text, triple) for kind in KINDS} == expected


@pytest.mark.parametrize(
    ("gold", "kind"),
    [
        ([], "missing"),
        ([(0, 2, "author", 4)], "boundary"),
        ([(0, 2, "maker", 4)], "missing"),
        ([(0, 1, "author", 3)], "missing"),
        ([(0, 1, "author", 3), (3, 4, "author", 4)], "pairing"),
    ],
)
def test_the_kind_depends_on_the_gold_of_the_predicate(gold, kind, blank):
    doc = blank("A B wrote D E")
    triples = [Triple(doc[a:b], p, doc[o : o + 1]) for a, b, p, o in gold]
    assert classify(Triple(doc[0:1], "author", doc[4:5]), triples) == kind

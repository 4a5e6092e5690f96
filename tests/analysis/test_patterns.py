"""Patterns of gold: inverse predicates, cardinality, types."""

import pytest

from spacy_spo.analysis.patterns import TypeCheck, infer_patterns
from spacy_spo.triples import Triple


def test_inverse_predicates():
    ways = [("a", "spouse", "b"), ("b", "spouse", "a"), ("a", "parent", "c"), ("c", "child", "a")]
    texts = [ways] * 5 + [[("a", "parent", "d")]]
    patterns = infer_patterns(texts)
    assert patterns.inverses_of("spouse") == ["spouse"]
    assert patterns.inverses_of("parent") == ["child"]
    assert patterns.inverses["parent"]["child"] == pytest.approx(5 / 6)
    assert patterns.inverses_of("unknown") == []
    rows = {row["predicate"]: row for row in patterns.to_rows()}
    assert rows["spouse"]["symmetric"] and not rows["parent"]["symmetric"]
    # Of both predicates, four triples are too few.
    assert infer_patterns([ways] * 4).inverses_of("parent") == []


def test_cardinality():
    texts = [[("a", "p", "x"), ("a", "p", "y"), ("b", "p", "x")]]
    (row,) = infer_patterns(texts).to_rows()
    assert row["objects_per_subject"] == {1: 1, 2: 1}
    assert row["subjects_per_object"] == {1: 1, 2: 1}


def test_rare_types(blank):
    doc = blank("Ann wrote Dune")

    def typed(kind):
        return Triple(doc[0:1], "author", doc[2:3], types={"subject": kind, "object": "Book"})

    check = TypeCheck([*(typed("Person") for _ in range(200)), typed("Place")])
    assert check.is_rare(typed("Place"))
    assert not check.is_rare(typed("Person"))
    assert not check.is_rare(Triple(doc[0:1], "author", doc[2:3]))

"""Evidence of the audit: statistics of the corpus, and violations."""

from faulty_gold import FAULTY, gold

from spacy_spo.analysis.auditing import audit
from spacy_spo.analysis.evidence import Evidence
from spacy_spo.analysis.issues import MISSING
from spacy_spo.triples import Triple, get_triples, set_triples


def test_evidence(trained):
    # The missing triple stands in another text, and its pair has a predicate there, too.
    again = "Bob made Tron and Bob wrote Tron"
    more = [(again, [("Bob", "maker", "Tron"), ("Bob", "author", "Tron")])]
    evidence = audit(trained, gold(trained, FAULTY + more)).issues[MISSING][0].evidence
    assert evidence["same_elsewhere"] == 1
    # `SENTENCES` has ("Bob", "author", "Tron") as well.
    assert evidence["pair_elsewhere"] == 3
    assert evidence["predicate"] == sum(f[1] == "maker" for _, fs in FAULTY + more for f in fs)
    assert evidence["inverse"] == {}


def test_violations(blank):
    """One of twelve texts lacks the inverse; one of 241 triples has another type."""
    docs = []
    for i in range(12):
        doc = blank("Ann and Bob")
        a, b = doc[0:1], doc[2:3]
        set_triples(doc, [Triple(a, "spouse", b), *([Triple(b, "spouse", a)] if i else [])])
        docs.append(doc)
    for i in range(240):
        doc = blank("Ann wrote Dune")
        types = {"subject": "Person" if i else "Place", "object": "Book"}
        set_triples(doc, [Triple(doc[0:1], "author", doc[2:3], types=types)])
        docs.append(doc)
    evidence = Evidence([get_triples(doc) for doc in docs])
    causes = [v.cause for doc in docs for v in evidence.violations(doc)]
    assert causes == ["no 'spouse' in the opposite direction", "types 'Place' and 'Book' are rare"]

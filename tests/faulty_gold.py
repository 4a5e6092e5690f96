"""Gold with errors, and decisions on its label issues."""

from support import SENTENCES, make_doc

from spacy_spo.analysis.issues import LOW_CONFIDENCE, MISSING
from spacy_spo.triples import get_triples

# The first sentence lacks one triple, and has an incorrect one.
(TEXT, FACTS), *OTHERS = SENTENCES
WRONG = ("Ann Lee", "maker", "Tron")
FAULTY = [(TEXT, [FACTS[0], WRONG]), *OTHERS]

# Their words stand elsewhere in what the pipeline was trained on: it is unsure of them.
UNSEEN = [
    (
        "Ann wrote Tron II and Bob made Dune",
        [("Ann", "author", "Tron II"), ("Bob", "maker", "Dune")],
    ),
    ("Bob Lee wrote Tron", [("Bob Lee", "author", "Tron")]),
    ("Dune and Tron are married", [("Dune", "spouse", "Tron"), ("Tron", "spouse", "Dune")]),
    ("Ann made Tron and wrote Dune", [("Ann", "maker", "Tron"), ("Ann", "author", "Dune")]),
    ("nobody made Dune", []),
    ("Lee made Tron and Ann", [("Lee", "maker", "Tron")]),
]


def texts(issues):
    """Triples of issues as texts."""
    return [(i.triple.subject.text, i.triple.predicate, i.triple.object.text) for i in issues]


def gold(nlp, sentences=FAULTY):
    return [make_doc(nlp, *sentence) for sentence in sentences]


def decide(found, missing, low_confidence):
    """Issues with a decision on the first of each kind."""
    items = [issue.to_dict() for issue in (*found.issues[MISSING], *found.issues[LOW_CONFIDENCE])]
    decisions = {MISSING: missing, LOW_CONFIDENCE: low_confidence}
    first = {kind: next(i for i in items if i["kind"] == kind) for kind in decisions}
    for kind, item in first.items():
        item["decision"] = decisions[kind]
    return items


def gold_texts(doc):
    """Gold triples of a Doc as texts."""
    return {(t.subject.text, t.predicate, t.object.text) for t in get_triples(doc)}

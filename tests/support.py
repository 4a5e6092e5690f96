"""What tests of several files build on: invented sentences, examples, a training loop."""

from typing import List, Optional, Sequence, Tuple

from spacy.language import Language
from spacy.tokens import Doc
from spacy.training import Example
from thinc.api import fix_random_seed

from spacy_spo.triples import Triple, set_triples

# Subject, predicate, object as texts, each at its first place in the sentence.
Facts = Sequence[Tuple[str, str, str]]

SENTENCES: List[Tuple[str, Facts]] = [
    (
        "Ann Lee wrote Dune and Bob made Tron",
        [("Ann Lee", "author", "Dune"), ("Bob", "maker", "Tron")],
    ),
    ("Bob wrote Tron and Ann wrote Dune", [("Bob", "author", "Tron"), ("Ann", "author", "Dune")]),
    ("Ann and Bob are married", [("Ann", "spouse", "Bob"), ("Bob", "spouse", "Ann")]),
    ("Tron made Tron II", [("Tron", "maker", "Tron II")]),
    ("nobody wrote anything here", []),
]


def make_doc(nlp: Language, text: str, facts: Optional[Facts]) -> Doc:
    """A Doc with the given triples; without annotation if `facts` is None."""
    doc = nlp.make_doc(text)
    if facts is not None:
        spans = {
            a: doc.char_span(text.index(a), text.index(a) + len(a))
            for f in facts
            for a in (f[0], f[2])
        }
        set_triples(doc, [Triple(spans[s], p, spans[o]) for s, p, o in facts])
    return doc


def make_examples(nlp: Language, sentences: Sequence[Tuple[str, Optional[Facts]]]) -> List[Example]:
    return [Example(nlp.make_doc(text), make_doc(nlp, text, facts)) for text, facts in sentences]


def train(nlp: Language, examples: List[Example], steps: int = 100, seed: int = 0) -> List[float]:
    """Overfit the pipeline; the summed loss of each step."""
    fix_random_seed(seed)
    optimizer = nlp.initialize(lambda: examples)
    optimizer.learn_rate = 0.005
    totals = []
    for _ in range(steps):
        losses = nlp.update(examples, sgd=optimizer)
        totals.append(sum(losses.values()))
    return totals

"""What tests of several files build on: invented sentences, examples, a training loop."""

from pathlib import Path
from typing import Dict, List, Optional, Sequence, Tuple

import spacy
from spacy.cli._util import app
from spacy.language import Language
from spacy.tokens import Doc
from spacy.training import Example
from thinc.api import fix_random_seed
from typer.testing import CliRunner

from spacy_spo.analysis.selection import Settings
from spacy_spo.analysis.tuning import config_overrides
from spacy_spo.models.compat_thinc import get_forward, set_forward
from spacy_spo.pretraining import build_encoder, build_tokenizer, build_vocab, save_encoder
from spacy_spo.triples import TRIPLES_KEY, Triple, set_triples

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
TEXTS = [text for text, _ in SENTENCES]
# What another model has to find in the same texts.
FILMS: List[Tuple[str, Facts]] = [
    (TEXTS[0], [("Bob", "filmed", "Tron")]),
    (TEXTS[1], []),
    (TEXTS[2], []),
    (TEXTS[3], [("Tron", "filmed", "Tron II")]),
    (TEXTS[4], [("nobody", "knows", "anything")]),
]
PIPES = ["spo_relation_classifier", "spo_tagger"]


def make_doc(nlp: Language, text: str, facts: Optional[Facts], spans_key: str = TRIPLES_KEY) -> Doc:
    """A Doc with the given triples; unannotated if `facts` is None."""
    doc = nlp.make_doc(text)
    if facts is not None:
        spans = {
            a: doc.char_span(text.index(a), text.index(a) + len(a))
            for f in facts
            for a in (f[0], f[2])
        }
        set_triples(doc, [Triple(spans[s], p, spans[o]) for s, p, o in facts], spans_key)
    return doc


def make_examples(
    nlp: Language,
    sentences: Sequence[Tuple[str, Optional[Facts]]],
    spans_key: str = TRIPLES_KEY,
) -> List[Example]:
    return [
        Example(nlp.make_doc(text), make_doc(nlp, text, facts, spans_key))
        for text, facts in sentences
    ]


def train(nlp: Language, examples: List[Example], steps: int = 100, seed: int = 0) -> List[float]:
    """Overfit the pipeline; the summed loss of each step."""
    fix_random_seed(seed)
    optimizer = nlp.initialize(lambda: examples)
    totals = []
    for step in range(steps):
        # A rate that stays high throws a pipeline off what it knows already, now and then.
        optimizer.learn_rate = 0.005 * (1 - step / steps)
        losses = nlp.update(examples, sgd=optimizer)
        totals.append(sum(losses.values()))
    return totals


def facts(doc: Doc) -> List[Tuple[str, str, str, float]]:
    return [
        (t.subject.text, t.predicate, t.object.text, round(t.score, 4)) for t in doc._.spo_triples
    ]


def relations(doc: Doc) -> Dict[str, float]:
    return {label: round(score, 4) for label, score in doc._.spo_relations.items()}


def answers(nlp: Language, texts: Sequence[str] = TEXTS) -> List[Tuple[list, dict]]:
    """All that the pipeline says of each text."""
    return [(facts(doc), relations(doc)) for doc in nlp.pipe(texts)]


def found(nlp: Language, texts: Sequence[str] = TEXTS) -> List[list]:
    """The triples of each text, without their scores."""
    return [sorted(fact[:3] for fact in facts) for facts, _ in answers(nlp, texts)]


def expected() -> List[list]:
    """What a pipeline that knows SENTENCES by heart has to find."""
    return [sorted(facts) for _, facts in SENTENCES]


def make_tiny_encoder(folder: Path, hidden_size: int = 32, lower_case: bool = False) -> str:
    """Write a transformer that knows the characters of SENTENCES; its path."""
    vocab = build_vocab(TEXTS, min_count=1, lower_case=lower_case)
    model = build_encoder(
        len(vocab), hidden_size=hidden_size, layers=1, heads=2, intermediate_size=64
    )
    save_encoder(model.base_model, build_tokenizer(vocab, lower_case=lower_case), folder)
    return str(folder)


def run_spacy(*arguments: object) -> str:
    """Run a command of spaCy's in this process; what it prints."""
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert result.exit_code == 0, result.output
    return result.output


def count_forwards(nlp: Language, name: str) -> List[bool]:
    """For each pass of an encoder from now on, whether it is one of training."""
    encoder, calls = nlp.get_pipe(name).model, []
    forward = get_forward(encoder)

    def counting(model, docs, is_train):
        calls.append(is_train)
        return forward(model, docs, is_train)

    set_forward(encoder, counting)
    return calls


def with_settings(nlp: Language, settings: Settings) -> Language:
    """Copy a pipeline, with other thresholds and temperatures."""
    config = config_overrides(nlp, settings)
    copy = spacy.blank("en")
    for name in nlp.pipe_names:
        copy.add_pipe(name, config=config["components"][name])
    return copy.from_bytes(nlp.to_bytes())

"""Score a pipeline by how the gold triples of a sentence overlap, and its pairs against rules.

Sentences can overlap in several ways and count in each. A rule takes the arguments of a predicate
that the pipeline finds without its learned pairs, and joins all with all, or each object with the
subject that stands nearest. Each rule has the thresholds of arguments that suit it best on the very
texts that are scored. With --join, random texts are read as one, where much that could be paired
does not belong together.

    python benchmarks/overlaps.py training/webnlg/model-best corpus/webnlg/dev.spacy --join 3
"""

import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from itertools import product
from pathlib import Path
from typing import Annotated, NamedTuple

import spacy
import torch
import typer
from spacy.language import Language
from spacy.scorer import PRFScore
from spacy.tokens import Doc, DocBin

from spacy_spo import Triple, join_docs
from spacy_spo.evaluation.matching import text_key
from spacy_spo.evaluation.overlap_types import MANY_TO_MANY, OVERLAPS, overlaps
from spacy_spo.pipeline.tagging.links import OBJECT_ROLE, pair_channels
from spacy_spo.triples import get_triples

# Of arguments, for the rules to choose from.
THRESHOLDS = (0.05, 0.2, 0.5)
# A logit that no score of a link outweighs.
CERTAIN = 1000.0

Pairing = Callable[[Sequence[Triple]], Iterable[Triple]]


class Sentence(NamedTuple):
    kinds: set[str]
    gold: Sequence[Triple]
    found: Sequence[Triple]


def cross_product(triples: Sequence[Triple]) -> Iterable[Triple]:
    """Of one predicate: every subject with every object."""
    return (Triple(a.subject, a.predicate, b.object) for a, b in product(triples, repeat=2))


def nearest(triples: Sequence[Triple]) -> Iterable[Triple]:
    """Of one predicate: each object with the subject that starts nearest to it."""
    for b in triples:
        a = min(triples, key=lambda t: abs(t.subject.start - b.object.start))
        yield Triple(a.subject, b.predicate, b.object)


def pair_anew(triples: Sequence[Triple], pairing: Pairing) -> list[Triple]:
    by_predicate: dict[str, list[Triple]] = defaultdict(list)
    for triple in triples:
        by_predicate[triple.predicate].append(triple)
    return [triple for group in by_predicate.values() for triple in pairing(group)]


def score_pairs(sentences: Sequence[Sentence], pairing: Pairing) -> PRFScore:
    score = PRFScore()
    for sentence in sentences:
        found = {text_key(t) for t in pair_anew(sentence.found, pairing)}
        score.score_set(found, {text_key(t) for t in sentence.gold})
    return score


def print_score(name: str, sentences: Sequence[Sentence], pairing: Pairing = iter) -> None:
    score = score_pairs(sentences, pairing)
    print(
        f"{name:24}{len(sentences):6} sentences {score.tp + score.fn:6} triples   "
        f"P {score.precision:.3f}  R {score.recall:.3f}  F1 {score.fscore:.3f}"
    )


def of_kind(kind: str, sentences: Sequence[Sentence]) -> list[Sentence]:
    return [sentence for sentence in sentences if kind in sentence.kinds]


def read(nlp: Language, docs: Sequence[Doc]) -> list[Sentence]:
    gold = [get_triples(doc) for doc in docs]
    found = [get_triples(doc) for doc in nlp.pipe(doc.text for doc in docs)]
    return [Sentence(overlaps(g), g, f) for g, f in zip(gold, found)]


def read_without_pairs(model: str, docs: Sequence[Doc]) -> Iterable[list[Sentence]]:
    """With every subject linked to every object, at several thresholds."""
    nlp = spacy.load(model)
    tagger = nlp.get_pipe("spo_tagger")
    links = tagger.model.get_ref("links").shims[0]._model
    with torch.no_grad():
        links.prior[list(pair_channels(OBJECT_ROLE, len(tagger.schema.roles)))] += CERTAIN
    for boundary, span in product(THRESHOLDS, repeat=2):
        tagger.boundary_threshold, tagger.pair_threshold = boundary, span
        yield read(nlp, docs)


def _joined(docs: Sequence[Doc], n: int) -> Iterable[Doc]:
    mixed = list(docs)
    random.Random(0).shuffle(mixed)
    has_spaces = docs[0].lang_ != "zh"
    return (join_docs(mixed[i : i + n], has_spaces) for i in range(0, len(mixed), n))


def main(
    model: str,
    corpus: Path,
    join: Annotated[int, typer.Option(min=1, help="Texts that are read as one")] = 1,
) -> None:
    """Print scores by text."""
    nlp = spacy.load(model)
    docs = list(DocBin().from_disk(corpus).get_docs(nlp.vocab))
    if join > 1:
        docs = list(_joined(docs, join))
    sentences = read(nlp, docs)
    print_score("all", sentences)
    for kind in OVERLAPS:
        print_score(kind, of_kind(kind, sentences))
    readings = list(read_without_pairs(model, docs))
    for pairing in (cross_product, nearest):
        best = max(readings, key=lambda reading: score_pairs(reading, pairing).fscore)
        for name, some in (("all", best), (MANY_TO_MANY, of_kind(MANY_TO_MANY, best))):
            print_score(f"{name}, {pairing.__name__}", some, pairing)


if __name__ == "__main__":
    typer.run(main)

"""Score a pipeline by how the gold triples of a sentence overlap, and its pairs against rules.

Sentences can overlap in several ways and count in each. A rule takes the arguments that the
pipeline found for a predicate and pairs them anew: all with all, or each object with the subject
that stands nearest. Both get the pairs' spans for free, and no pair that the pipeline leaves alone.
With --join, random texts are read as one, where much that could be paired does not belong together.

    python benchmarks/overlaps.py training/webnlg/model-best corpus/webnlg/dev.spacy --join 3
"""

import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from itertools import product
from pathlib import Path
from typing import Annotated, NamedTuple

import spacy
import typer
from spacy.scorer import PRFScore
from spacy.tokens import Doc, DocBin

from spacy_spo import Triple, join_docs
from spacy_spo.overlaps import MANY_TO_MANY, OVERLAPS, overlaps
from spacy_spo.rules import text_key
from spacy_spo.triples import get_triples

Pairing = Callable[[Sequence[Triple]], Iterable[Triple]]


class Sentence(NamedTuple):
    kinds: set[str]
    gold: Sequence[Triple]
    found: Sequence[Triple]


def cross_product(triples: Sequence[Triple]) -> Iterable[Triple]:
    """Of one predicate: every subject with every object."""
    return (Triple(a.subject, a.predicate, b.object) for a, b in product(triples, repeat=2))


def nearest(triples: Sequence[Triple]) -> Iterable[Triple]:
    """Of one predicate: each object with the subject that the fewest tokens lie between."""
    for b in triples:
        a = min(triples, key=lambda t: abs(t.subject.start - b.object.start))
        yield Triple(a.subject, b.predicate, b.object)


def pair_anew(triples: Sequence[Triple], pairing: Pairing) -> list[Triple]:
    by_predicate: dict[str, list[Triple]] = defaultdict(list)
    for triple in triples:
        by_predicate[triple.predicate].append(triple)
    return [triple for group in by_predicate.values() for triple in pairing(group)]


def print_score(name: str, sentences: Sequence[Sentence], pairing: Pairing = iter) -> None:
    score, n_gold = PRFScore(), 0
    for sentence in sentences:
        gold = {text_key(t) for t in sentence.gold}
        score.score_set({text_key(t) for t in pair_anew(sentence.found, pairing)}, gold)
        n_gold += len(gold)
    print(
        f"{name:24}{len(sentences):6} sentences {n_gold:6} triples   "
        f"P {score.precision:.3f}  R {score.recall:.3f}  F1 {score.fscore:.3f}"
    )


def read(model: str, corpus: Path, join: int) -> list[Sentence]:
    nlp = spacy.load(model)
    docs = list(DocBin().from_disk(corpus).get_docs(nlp.vocab))
    if join > 1:
        docs = list(_joined(docs, join))
    gold = [get_triples(doc) for doc in docs]
    found = [get_triples(doc) for doc in nlp.pipe(doc.text for doc in docs)]
    return [Sentence(overlaps(g), g, f) for g, f in zip(gold, found)]


def _joined(docs: list[Doc], n: int) -> Iterable[Doc]:
    random.Random(0).shuffle(docs)
    has_spaces = docs[0].lang_ != "zh"
    return (join_docs(docs[i : i + n], has_spaces) for i in range(0, len(docs), n))


def main(
    model: str,
    corpus: Path,
    join: Annotated[int, typer.Option(min=1, help="Texts that are read as one")] = 1,
) -> None:
    """Print scores by text."""
    sentences = read(model, corpus, join)
    print_score("all", sentences)
    for kind in OVERLAPS:
        print_score(kind, [s for s in sentences if kind in s.kinds])
    many = [s for s in sentences if MANY_TO_MANY in s.kinds]
    for name, some in (("all", sentences), (MANY_TO_MANY, many)):
        for pairing in (cross_product, nearest):
            print_score(f"{name}, {pairing.__name__}", some, pairing)


if __name__ == "__main__":
    typer.run(main)

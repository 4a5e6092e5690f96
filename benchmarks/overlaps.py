"""Scores by overlap type, and of learned pairs against two heuristics.

A text can have several overlap types and counts in each. A heuristic takes the predicted arguments
of a predicate, without the learned pairs, and pairs all subjects with all objects, or each object
with the nearest subject. Each heuristic has the best argument thresholds on the scored texts
themselves. With --join, random texts are joined, so that few of the possible pairs are correct.

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
from spacy.tokens import Doc, DocBin

from spacy_spo import Triple, join_docs
from spacy_spo.evaluation.matching import by_key, text_key
from spacy_spo.evaluation.overlap_types import MANY_TO_MANY, OVERLAPS, overlaps
from spacy_spo.evaluation.tally import Tally
from spacy_spo.models.torch_layer import torch_module
from spacy_spo.pipeline.tagging.links import OBJECT_ROLE, pair_channels
from spacy_spo.triples import get_triples

# Argument thresholds that the heuristics are tried with.
THRESHOLDS = (0.05, 0.2, 0.5)
# A logit that no score of a link outweighs.
CERTAIN = 1000.0

Pairing = Callable[[Sequence[Triple]], Iterable[Triple]]


class Text(NamedTuple):
    """Overlap types, gold and predicted triples of a text."""

    types: set[str]
    gold: Sequence[Triple]
    predicted: Sequence[Triple]


def cross_product(triples: Sequence[Triple]) -> Iterable[Triple]:
    """Pair every subject of a predicate with every object."""
    return (Triple(a.subject, a.predicate, b.object) for a, b in product(triples, repeat=2))


def nearest(triples: Sequence[Triple]) -> Iterable[Triple]:
    """Pair each object of a predicate with the subject of nearest start."""
    for b in triples:
        a = min(triples, key=lambda t: abs(t.subject.start - b.object.start))
        yield Triple(a.subject, b.predicate, b.object)


def pair_anew(triples: Sequence[Triple], pairing: Pairing) -> list[Triple]:
    by_predicate: dict[str, list[Triple]] = defaultdict(list)
    for triple in triples:
        by_predicate[triple.predicate].append(triple)
    return [triple for group in by_predicate.values() for triple in pairing(group)]


def score_pairs(texts: Sequence[Text], pairing: Pairing) -> Tally:
    match, tally = by_key(text_key), Tally()
    for text in texts:
        matched = match(pair_anew(text.predicted, pairing), text.gold)
        tally.add(*map(len, matched.sets()))
    return tally


def print_score(name: str, texts: Sequence[Text], pairing: Pairing = iter) -> None:
    tally = score_pairs(texts, pairing)
    p, r, f = tally.scores().values()
    counts = f"{name:24}{len(texts):6} texts {tally.gold:6} triples   "
    print(f"{counts}P {p:.3f}  R {r:.3f}  F1 {f:.3f}")


def of_type(overlap_type: str, texts: Sequence[Text]) -> list[Text]:
    return [text for text in texts if overlap_type in text.types]


def predict(nlp: Language, docs: Sequence[Doc]) -> list[Text]:
    gold = [get_triples(doc) for doc in docs]
    predicted = [get_triples(doc) for doc in nlp.pipe(doc.text for doc in docs)]
    return [Text(overlaps(g), g, p) for g, p in zip(gold, predicted)]


def predict_without_pairs(model: str, docs: Sequence[Doc]) -> Iterable[list[Text]]:
    """Link every subject to every object, at several thresholds."""
    nlp = spacy.load(model)
    tagger = nlp.get_pipe("spo_tagger")
    links = torch_module(tagger.model.get_ref("links"))
    with torch.no_grad():
        links.prior[list(pair_channels(OBJECT_ROLE, len(tagger.schema.roles)))] += CERTAIN
    for boundary, span in product(THRESHOLDS, repeat=2):
        tagger.boundary_threshold, tagger.pair_threshold = boundary, span
        yield predict(nlp, docs)


def _joined(docs: Sequence[Doc], n: int) -> Iterable[Doc]:
    mixed = list(docs)
    random.Random(0).shuffle(mixed)
    has_spaces = docs[0].lang_ != "zh"
    return (join_docs(mixed[i : i + n], has_spaces) for i in range(0, len(mixed), n))


def main(
    model: str,
    corpus: Path,
    join: Annotated[int, typer.Option(min=1, help="Number of texts joined to one")] = 1,
) -> None:
    """Print scores by text."""
    nlp = spacy.load(model)
    docs = list(DocBin().from_disk(corpus).get_docs(nlp.vocab))
    if join > 1:
        docs = list(_joined(docs, join))
    texts = predict(nlp, docs)
    print_score("all", texts)
    for overlap_type in OVERLAPS:
        print_score(overlap_type, of_type(overlap_type, texts))
    unpaired = list(predict_without_pairs(model, docs))
    for pairing in (cross_product, nearest):
        best = max(unpaired, key=lambda texts: score_pairs(texts, pairing).scores()["f"])
        for name, some in (("all", best), (MANY_TO_MANY, of_type(MANY_TO_MANY, best))):
            print_score(f"{name}, {pairing.__name__}", some, pairing)


if __name__ == "__main__":
    typer.run(main)

"""Counts of gold triples, and what they mean for training and evaluation."""

import reprlib
from collections import Counter
from dataclasses import dataclass, field
from typing import Iterable, List, Sequence, Set

from spacy.training import Example

from ..triples import (
    TRIPLES_KEY,
    Triple,
    explain_other_keys,
    find_triple_keys,
    get_triples,
    has_triples,
)

TRAINING = "training"
EVALUATION = "evaluation"
# A part of the training corpus.
BATCH = "a training batch"

# What becomes of triples whose predicate is no label, and what to do, by corpus.
_LEFT_OUT = (
    "Training leaves them out. A trained component takes no new predicates: source the encoder "
    "alone, and train both components anew on all texts. Labels from a file or a schema have to "
    "include them. Of a stream (max_epochs = -1), initialize sees the first texts only: write all "
    "labels to files with `spacy init labels --training.max_epochs 0`."
)
_MISSED = (
    "They count as misses. Train both components on texts with these predicates, or correct their "
    "spelling in the gold."
)
_EFFECTS = {TRAINING: _LEFT_OUT, BATCH: _LEFT_OUT, EVALUATION: _MISSED}


@dataclass
class GoldCounts:
    """Counts of the gold of examples.

    spans_key (str): The key of the gold triples in `doc.spans`.
    n_examples (int): Examples.
    n_annotated (int): Those with an annotated reference.
    triples (Counter[str]): Gold triples by predicate.
    other_keys (Set[str]): Keys of triples in references that are not annotated under `spans_key`.
    """

    spans_key: str = TRIPLES_KEY
    n_examples: int = 0
    n_annotated: int = 0
    triples: "Counter[str]" = field(default_factory=Counter)
    other_keys: Set[str] = field(default_factory=set)

    def add(self, example: Example) -> List[Triple]:
        """Count an example.

        example (Example): The example.
        RETURNS (List[Triple]): Its gold triples.
        """
        triples = get_triples(example.reference, self.spans_key)
        self.n_examples += 1
        if has_triples(example.reference, self.spans_key):
            self.n_annotated += 1
        else:
            self.other_keys.update(find_triple_keys(example.reference))
        self.triples.update(triple.predicate for triple in triples)
        return triples


def count_gold(examples: Iterable[Example], spans_key: str = TRIPLES_KEY) -> GoldCounts:
    """Count the gold triples of examples by predicate.

    examples (Iterable[Example]): The examples.
    spans_key (str): The key of the gold triples in `doc.spans`.
    RETURNS (GoldCounts): The counts.
    """
    counts = GoldCounts(spans_key)
    for example in examples:
        counts.add(example)
    return counts


def explain_no_triples(gold: GoldCounts, corpus: str) -> str:
    """Explain why a corpus has no gold triples.

    gold (GoldCounts): Its counts.
    corpus (str): `TRAINING` or `EVALUATION`.
    RETURNS (str): Counts, the likely cause and the remedy.
    """
    found = f"{gold.n_examples} {corpus} examples, {gold.n_annotated} annotated, 0 gold triples."
    if not gold.n_examples:
        advice = (
            "The file of the corpus is empty, or its reader drops every text: check the path, and "
            "`max_length` in the [corpora] section."
        )
    elif not gold.n_annotated and gold.other_keys:
        advice = explain_other_keys(gold.spans_key, gold.other_keys)
    elif not gold.n_annotated:
        advice = (
            "Convert annotations with `spacy spo convert`, or set doc._.spo_triples before the "
            "Docs are saved."
        )
    else:
        advice = "Every text is annotated as one without triples: check the source of the corpus."
    return f"{found} {advice}"


def explain_foreign(name: str, gold: GoldCounts, predicates: Sequence[str], corpus: str) -> str:
    """Explain what becomes of predicates that are no labels.

    name (str): The component's name.
    gold (GoldCounts): Counts of the gold.
    predicates (Sequence[str]): Those of its predicates that are no labels.
    corpus (str): `TRAINING`, `BATCH` or `EVALUATION`.
    RETURNS (str): Counts, the effect and the remedy.
    """
    count = sum(gold.triples[predicate] for predicate in predicates)
    return (
        f"{name!r}: {count} gold triples of {corpus} have predicates that are no labels of the "
        f"component: {reprlib.repr(list(predicates))} ({len(predicates)} in all). "
        f"{_EFFECTS[corpus]}"
    )

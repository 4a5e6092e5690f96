"""Gold by segment, for the training of both components."""

from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Callable, Dict, Iterable, List, Optional, Set

from spacy.training import Example

from ..segments import MissingSentencesError, Segment, Segmenter
from ..triples import TRIPLES_KEY, Triple, align, get_triples, has_triples

# Why a gold triple cannot be learned.
NOT_ON_TOKENS = "do not start and end at tokens of the pipeline's tokenizer"
IN_NO_SEGMENT = "have arguments that no segment holds together"
NOT_IN_SCHEMA = "have a predicate or a qualifier that the labels or the schema lack"


@dataclass
class GoldSegment:
    """The gold of one segment.

    triples (Dict[str, List[Triple]]): By predicate, those with all arguments inside; their spans
        belong to the predicted Doc.
    unknown (Set[str]): Predicates with incomplete gold: one of their triples does not fit the
        tokens, or no segment holds it whole. Such a predicate is no negative of the segment.
    """

    triples: Dict[str, List[Triple]] = field(default_factory=dict)
    unknown: Set[str] = field(default_factory=set)


def gold_segments(
    example: Example, segments: List[Segment], spans_key: str = TRIPLES_KEY
) -> Optional[List[GoldSegment]]:
    """Sort the gold triples of an example into segments.

    example (Example): Its reference has the gold triples.
    segments (List[Segment]): The segments of its predicted Doc.
    spans_key (str): The key of the gold triples in `doc.spans`.
    RETURNS (Optional[List[GoldSegment]]): One a segment; None if the reference is unannotated.
    """
    if not has_triples(example.reference, spans_key):
        return None
    gold = [GoldSegment() for _ in segments]
    triples = get_triples(example.reference, spans_key)
    aligned, misaligned = align(triples, example.predicted)
    unknown = {triple.predicate for triple in misaligned}
    for triple in aligned:
        holders = [g for g, segment in zip(gold, segments) if holds(segment, triple)]
        for holder in holders:
            holder.triples.setdefault(triple.predicate, []).append(triple)
        if not holders:
            unknown.add(triple.predicate)
    for segment_gold in gold:
        segment_gold.unknown.update(unknown)
    return gold


def count_unlearnable(
    examples: Iterable[Example],
    segmenter: Segmenter,
    covers: Callable[[Triple], bool],
    spans_key: str = TRIPLES_KEY,
) -> Counter[str]:
    """Count the gold triples without use in training, by cause.

    examples (Iterable[Example]): Gold examples.
    segmenter (Segmenter): Cuts their predicted Docs. If it needs sentences, which are not set
        before training, `IN_NO_SEGMENT` is not counted.
    covers (Callable[[Triple], bool]): Whether the labels and the schema cover a triple.
    spans_key (str): The key of the gold triples in `doc.spans`.
    RETURNS (Counter[str]): Triples by cause, `NOT_ON_TOKENS`, `IN_NO_SEGMENT` or `NOT_IN_SCHEMA`,
        without causes of none. Texts that an augmenter repeats count each time.
    """
    counts: Counter[str] = Counter()
    for example in examples:
        triples = get_triples(example.reference, spans_key)
        aligned, misaligned = align(triples, example.predicted)
        counts[NOT_ON_TOKENS] += len(misaligned)
        counts[NOT_IN_SCHEMA] += sum(not covers(triple) for triple in aligned)
        with suppress(MissingSentencesError):
            segments = segmenter(example.predicted)
            counts[IN_NO_SEGMENT] += sum(not any(holds(s, t) for s in segments) for t in aligned)
    return +counts


def holds(segment: Segment, triple: Triple) -> bool:
    """Check whether a segment holds all arguments of a triple.

    segment (Segment): The segment.
    triple (Triple): The triple.
    RETURNS (bool): Whether it does.
    """
    start, end = segment
    return all(start <= a.start and a.end <= end for a in triple.arguments.values())

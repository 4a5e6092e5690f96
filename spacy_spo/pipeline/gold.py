"""What the gold says of each segment: shared by both components in training."""

from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Callable, Dict, Iterable, List, Optional, Set

from spacy.training import Example

from ..segments import MissingSentencesError, Segment, Segmenter
from ..triples import Triple, align, get_triples, has_triples

# Why training cannot learn from a gold triple.
NOT_ON_TOKENS = "do not start and end at tokens of the pipeline's tokenizer"
IN_NO_SEGMENT = "have arguments that no segment holds together"
NOT_IN_SCHEMA = "have a predicate or a qualifier that the labels or the schema lack"


@dataclass
class GoldSegment:
    """The gold of one segment.

    triples (Dict[str, List[Triple]]): By predicate, those whose arguments all lie inside; their
        spans belong to the predicted Doc.
    unknown (Set[str]): Predicates of which the gold shows only a part here: one of their triples
        does not fit the tokens, or no segment holds it whole. What is not in `triples` can then
        neither be taught nor be called wrong.
    """

    triples: Dict[str, List[Triple]] = field(default_factory=dict)
    unknown: Set[str] = field(default_factory=set)


def gold_segments(example: Example, segments: List[Segment]) -> Optional[List[GoldSegment]]:
    """Sort the gold triples of an example into segments of its predicted Doc.

    example (Example): Gold triples are those of its reference.
    segments (List[Segment]): The segments of its predicted Doc.
    RETURNS (Optional[List[GoldSegment]]): One a segment; None if the reference is not annotated.
    """
    if not has_triples(example.reference):
        return None
    gold = [GoldSegment() for _ in segments]
    fitting, lost = align(get_triples(example.reference), example.predicted)
    unknown = {triple.predicate for triple in lost}
    for triple in fitting:
        holders = [g for g, segment in zip(gold, segments) if holds(segment, triple)]
        for holder in holders:
            holder.triples.setdefault(triple.predicate, []).append(triple)
        if not holders:
            unknown.add(triple.predicate)
    for segment_gold in gold:
        segment_gold.unknown.update(unknown)
    return gold


def count_unlearnable(
    examples: Iterable[Example], segmenter: Segmenter, covers: Callable[[Triple], bool]
) -> Counter[str]:
    """Count the gold triples that training has to leave out.

    examples (Iterable[Example]): Gold examples.
    segmenter (Segmenter): Cuts their predicted Docs. Where it waits for sentences, which are not
        set before training, segments do not count.
    covers (Callable[[Triple], bool]): Whether the labels and the schema have a place for a triple.
    RETURNS (Counter[str]): How many by cause, `NOT_ON_TOKENS`, `IN_NO_SEGMENT` or `NOT_IN_SCHEMA`;
        a cause that does not occur is left out. Texts that an augmenter repeats count as often.
    """
    counts: Counter[str] = Counter()
    for example in examples:
        fitting, lost = align(get_triples(example.reference), example.predicted)
        counts[NOT_ON_TOKENS] += len(lost)
        counts[NOT_IN_SCHEMA] += sum(not covers(triple) for triple in fitting)
        with suppress(MissingSentencesError):
            segments = segmenter(example.predicted)
            counts[IN_NO_SEGMENT] += sum(not any(holds(s, t) for s in segments) for t in fitting)
    return +counts


def holds(segment: Segment, triple: Triple) -> bool:
    """RETURNS (bool): Whether all arguments of the triple lie inside the segment."""
    start, end = segment
    return all(start <= a.start and a.end <= end for a in triple.arguments.values())

"""What a tagger could reach at best: gold through its own encoding and decoding.

No training can win back what is lost on that way: to tokens that do not fit, to segments, to a
schema that lacks something, to an encoding that takes two statements for one.
"""

from typing import Any, List, Sequence

import numpy
from spacy.training import Example

from ..pipeline.gold import gold_segments
from ..pipeline.spo_tagger import Query, SpoTagger, query_gold
from ..pipeline.tagging.decode import DecodedTriple, decode_rows
from ..pipeline.tagging.targets import RowGold, build_targets

# The logit of a model that is sure, of a score that is the same in float32 as 1.
SURE = 20.0


def read_gold(tagger: SpoTagger, examples: Sequence[Example]) -> None:
    """Set the triples of the predicted Docs to what the tagger would find if all its scores were
    right.

    tagger (SpoTagger): One that has learned its schema; its model is not needed.
    examples (Sequence[Example]): The predicted Docs are changed in place.
    RAISES (MissingSentencesError): If segments are sentences, and a Doc has none.
    """
    rows = [row for i, example in enumerate(examples) for row in _gold_rows(tagger, i, example)]
    readings = [(row, _decode(tagger, query_gold(row, tagger.schema))) for row in rows]
    tagger.set_annotations([example.predicted for example in examples], readings)


def _gold_rows(tagger: SpoTagger, i: int, example: Example) -> List[Query]:
    segments = tagger.segments(example.predicted)
    labels = set(tagger.labels)
    return [
        Query(i, segment, predicate, triples=triples)
        for segment, gold in zip(segments, gold_segments(example, segments) or [])
        for predicate, triples in gold.triples.items()
        if predicate in labels
    ]


def _decode(tagger: SpoTagger, gold: RowGold) -> List[DecodedTriple]:
    targets = build_targets([gold], tagger.schema.roles)

    def score_links(positions: Any, rows: Any, channels: Any) -> Any:
        (own,) = positions
        return _logits(targets.links[:, own[:, None], own])

    (decoded,) = decode_rows(
        _logits(targets.boundaries),
        numpy.asarray([gold.length]),
        [gold.roles],
        score_links,
        boundary_threshold=0.5,
        pair_threshold=0.5,
    )
    return decoded


def _logits(targets: numpy.ndarray) -> numpy.ndarray:
    return numpy.where(targets > 0, SURE, -SURE)

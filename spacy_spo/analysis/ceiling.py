"""Find the upper bound of a tagger by encoding and decoding gold.

No training can win back triples that do not fit the tokens, that no segment holds, that the schema
lacks, or that the encoding does not tell apart.
"""

from collections import Counter
from copy import copy
from typing import Any, Dict, Iterable, Iterator, List, NamedTuple, Sequence

import numpy
from spacy.language import Language
from spacy.schemas import ConfigSchemaInit
from spacy.tokens import Doc
from spacy.training import Example
from spacy.util import minibatch, registry
from thinc.api import Model

from ..evaluation.annotated import annotated_docs
from ..evaluation.matching import offset_key
from ..evaluation.scorers import score_triples, without_key
from ..pipeline.gold import count_unlearnable, gold_segments
from ..pipeline.lookup import find_tagger
from ..pipeline.spo_tagger import Query, SpoTagger, query_gold
from ..pipeline.tagging.decode import DecodedTriple, decode_rows
from ..pipeline.tagging.targets import RowGold, build_targets
from ..triples import get_triples

# Logit whose sigmoid rounds to 1.0 in float32.
MAX_LOGIT = 20.0
# Enough Docs to be fast, few enough for any memory.
BATCH_SIZE = 500


class Ceiling(NamedTuple):
    """The upper bound on the score of a tagger.

    n_gold (int): Gold triples.
    scores (Dict[str, Any]): Scores of the decoded gold, as `score_triples` returns them.
    unreachable (Counter[str]): Gold triples that are not decoded, by cause.
    n_extra (int): Decoded triples that are not gold.
    n_ambiguous (int): Gold triples with an argument whose text occurs several times in its Doc;
        training relies on the mention that the gold gives.
    """

    n_gold: int
    scores: Dict[str, Any]
    unreachable: "Counter[str]"
    n_extra: int
    n_ambiguous: int


def find_ceiling(nlp: Language, train: Iterable[Doc], dev: Iterable[Doc]) -> Ceiling:
    """Find the upper bound on the score of a config.

    nlp (Language): A pipeline with an spo_tagger, trained or not. It does not change.
    train (Iterable[Doc]): Gold Docs that labels and schema are learned from; unannotated ones are
        skipped.
    dev (Iterable[Doc]): Gold Docs to encode and decode; unannotated ones are skipped.
    RETURNS (Ceiling): The scores, and the causes of unreachable triples.
    RAISES (ValueError): If the pipeline has no spo_tagger, a corpus no annotated text, or the
        training corpus no triple.
    """
    tagger = _untrained_copy(find_tagger(nlp))
    settings = registry.resolve(nlp.config["initialize"], schema=ConfigSchemaInit)
    schema_settings = settings["components"].get(tagger.name, {})
    key = tagger.spans_key
    tagger.learn_schema(_examples(nlp, train, "training", key), **schema_settings)
    examples = list(_examples(nlp, dev, "dev", key))
    _run_untrained_components(nlp, examples)
    for batch in minibatch(examples, BATCH_SIZE):
        decode_gold(tagger, batch)
    unreachable = count_unlearnable(examples, tagger.segments, tagger.covers, key)
    counts: Counter[str] = Counter()
    for example in examples:
        counts.update(_compare(example, key))
    unreachable["are encoded but not decoded"] = counts["missing"] - sum(unreachable.values())
    return Ceiling(
        counts["gold"],
        without_key(score_triples(examples, spans_key=key), key),
        +unreachable,
        counts["extra"],
        counts["ambiguous"],
    )


def _untrained_copy(live: SpoTagger) -> SpoTagger:
    """Copy a tagger, without model, labels and schema."""
    tagger = copy(live)
    tagger.cfg = {**live.cfg, "labels": [], "schema": []}
    # An initialized model would take no further labels.
    tagger.model = Model("untrained", lambda model, X, is_train: (X, lambda dY: dY))
    return tagger


def _examples(nlp: Language, docs: Iterable[Doc], corpus: str, spans_key: str) -> Iterator[Example]:
    annotated = annotated_docs(docs, spans_key)
    for doc in annotated:
        yield Example(nlp.make_doc(doc.text), doc)
    annotated.require_some(f"the {corpus} corpus")


def _run_untrained_components(nlp: Language, examples: Iterable[Example]) -> None:
    # Segments may need their annotations.
    pipes = [pipe for _, pipe in nlp.pipeline if not getattr(pipe, "is_trainable", False)]
    for example in examples:
        for pipe in pipes:
            example.predicted = pipe(example.predicted)


def decode_gold(tagger: SpoTagger, examples: Sequence[Example]) -> None:
    """Encode gold triples, decode them, and write them to the predicted Docs.

    tagger (SpoTagger): A tagger with labels and schema; its model is not used.
    examples (Sequence[Example]): Their predicted Docs are changed in place.
    RAISES (MissingSentencesError): If segments are sentences, and a Doc has none.
    """
    queries = [query for i, eg in enumerate(examples) for query in _gold_queries(tagger, i, eg)]
    decoded = [(query, _decode(tagger, query_gold(query, tagger.schema))) for query in queries]
    tagger.set_annotations([example.predicted for example in examples], decoded)


def _gold_queries(tagger: SpoTagger, i: int, example: Example) -> List[Query]:
    segments = tagger.segments(example.predicted)
    gold_of_doc = gold_segments(example, segments, tagger.spans_key)
    labels = set(tagger.labels)
    return [
        Query(i, segment, predicate, triples=triples)
        for segment, gold in zip(segments, gold_of_doc or [])
        for predicate, triples in gold.triples.items()
        if predicate in labels
    ]


def _decode(tagger: SpoTagger, gold: RowGold) -> List[DecodedTriple]:
    targets = build_targets([gold], tagger.schema.roles)

    def score_links(positions: Any, rows: Any, channels: Any) -> Any:
        (candidates,) = positions
        return _logits(targets.links[:, candidates[:, None], candidates])

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
    return numpy.where(targets > 0, MAX_LOGIT, -MAX_LOGIT)


def _compare(example: Example, spans_key: str) -> Dict[str, int]:
    gold, text = get_triples(example.reference, spans_key), example.reference.text
    gold_keys = set(map(offset_key, gold))
    predicted = set(map(offset_key, get_triples(example.predicted, spans_key)))
    return {
        "gold": len(gold),
        "missing": sum(offset_key(triple) not in predicted for triple in gold),
        "extra": len(predicted - gold_keys),
        "ambiguous": sum(
            any(text.count(span.text) > 1 for span in triple.arguments.values()) for triple in gold
        ),
    }

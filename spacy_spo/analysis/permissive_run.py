"""Run a pipeline with permissive thresholds, on copies of its components.

The copies share model and vocabulary with the components of the pipeline, whose settings never
change: other threads may use the pipeline meanwhile.
"""

from copy import copy
from typing import Iterable, Iterator, List, NamedTuple, Optional, Tuple

from spacy.language import Language
from spacy.tokens import Doc
from spacy.training import Example
from spacy.util import minibatch

from ..pipeline.lookup import find_components
from ..pipeline.relation_classifier import RelationClassifier, RelationScores
from ..pipeline.spo_tagger import DecodedQueries, SpoTagger
from ..provenance import TextItem, to_item
from ..text_streams import pipe_texts

# Of boundaries and links. No lower thresholds are searched.
MIN_THRESHOLD = 0.02
# Of predicates: far below the lowest threshold of the search, since a temperature moves their
# probabilities.
MIN_PREDICATE_THRESHOLD = 0.001
# Enough Docs to be fast, few enough for any memory.
BATCH_SIZE = 500


class PermissiveBatch(NamedTuple):
    """Predictions of a batch of Docs.

    examples (List[Example]): Predicted and gold Docs; the predicted ones have no triples yet.
    relations (RelationScores): Scores of the relation classifier.
    queries (DecodedQueries): Queries of the tagger with their triples.
    """

    examples: List[Example]
    relations: RelationScores
    queries: DecodedQueries


def predict_permissively(
    nlp: Language,
    gold: Iterable[Doc],
    *,
    keep_overlaps: bool = False,
    temperature: Optional[float] = None,
) -> Iterator[PermissiveBatch]:
    """Predict all triples above minimal thresholds.

    Components after the last of both do not run: triples are those of the tagger.

    nlp (Language): A trained pipeline with both components.
    gold (Iterable[Doc]): Gold Docs, consumed batch by batch.
    keep_overlaps (bool): Whether to skip overlap suppression.
    temperature (Optional[float]): Temperature of both components; None keeps theirs.
    YIELDS (PermissiveBatch): Predictions, in the order of the gold.
    RAISES (ValueError): If the pipeline lacks a component.
    """
    classifier, tagger = _permissive_copies(nlp, temperature)
    for number, references in enumerate(minibatch(gold, BATCH_SIZE)):
        docs = list(_encode(nlp, map(to_item, references), 1 + number * BATCH_SIZE))
        relations = classifier.predict(docs)
        classifier.set_annotations(docs, relations)
        examples = [Example(doc, reference) for doc, reference in zip(docs, references)]
        yield PermissiveBatch(examples, relations, tagger.decode(docs, keep_overlaps=keep_overlaps))


def _permissive_copies(
    nlp: Language, temperature: Optional[float]
) -> Tuple[RelationClassifier, SpoTagger]:
    live_classifier, live_tagger = find_components(nlp)
    classifier, tagger = copy(live_classifier), copy(live_tagger)
    classifier.threshold = MIN_PREDICATE_THRESHOLD
    classifier.label_thresholds = []
    tagger.boundary_threshold = tagger.pair_threshold = MIN_THRESHOLD
    if temperature is not None:
        classifier.temperature = tagger.temperature = temperature
    return classifier, tagger


def _encode(nlp: Language, texts: Iterable[TextItem], first: int) -> Iterator[Doc]:
    """Run all components before the last of both, except for them.

    Later ones may remove the encoder's output.
    """
    components = find_components(nlp)
    indices = [i for i, (_, pipe) in enumerate(nlp.pipeline) if pipe in components]
    skipped = [nlp.pipe_names[i] for i in indices] + nlp.pipe_names[max(indices) + 1 :]
    # `nlp.select_pipes` would disable them for other threads too.
    return pipe_texts(nlp, texts, disable=skipped, first=first)

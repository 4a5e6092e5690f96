"""The relation classifier: the predicates of each segment."""

from collections import defaultdict
from typing import (
    Any,
    Callable,
    Dict,
    Iterable,
    List,
    NamedTuple,
    Optional,
    Sequence,
    Tuple,
)

import numpy
from spacy.language import Language
from spacy.tokens import Doc, Span
from spacy.training import Example, validate_get_examples
from spacy.vocab import Vocab
from thinc.api import Config, Model
from thinc.types import Floats2d

from ..losses import MultiLabelLoss
from ..models.torch_head import HeadModel, HeadOutput
from ..segments import Segment, Segmenter
from ..triples import relations_key, set_relation_spans
from .base import Backprop, Batch, DocSegment, SegmentPipe, batch_by_length
from .gold import GoldSegment, gold_segments
from .gold_counts import count_gold
from .handover import HardNegative, leave_negatives
from .overwriting import claim_group
from .saving import require_package
from .settings import (
    LabelThresholds,
    Setting,
    get_settings,
    parse_label_thresholds,
    parse_probability,
)
from .tagging.decode import expit

DEFAULT_CONFIG = """
[relation_classifier]
spans_key = "spo"
threshold = 0.5
label_thresholds = []
temperature = 1.0
learn_rate_factor = 1.0

[relation_classifier.segments]
@misc = "spacy-spo.window_segments.v1"

[relation_classifier.loss]
@losses = "spacy-spo.AsymmetricLoss.v2"

[relation_classifier.scorer]
@scorers = "spacy-spo.relation_scorer.v1"

[relation_classifier.model]
@architectures = "spacy-spo.RelationClassifier.v1"

[relation_classifier.model.tok2vec]
@architectures = "spacy.HashEmbedCNN.v2"
pretrained_vectors = null
width = 96
depth = 4
embed_size = 2000
window_size = 1
maxout_pieces = 3
subword_features = true
"""

# The padded tokens of one pass, which has this many attention weights for each predicate: at
# inference few enough for the caches of a processor. In training each pass has a gradient as large
# as the whole batch.
MAX_TOKENS = 512
MAX_TRAINING_TOKENS = 8192
# Hard negatives of a segment, from which the tagger chooses.
MAX_NEGATIVES = 8


class RelationScores(NamedTuple):
    """Scores of a batch.

    doc_segments (List[DocSegment]): The segments.
    logits (Floats2d): Their logits, (n_segments, n_predicates).
    """

    doc_segments: List[DocSegment]
    logits: Floats2d


@Language.factory(
    "spo_relation_classifier",
    assigns=["doc.spans", "doc._.spo_relations"],
    default_config=Config().from_str(DEFAULT_CONFIG)["relation_classifier"],
    default_score_weights={"rel_f": 1.0},
)
def make_relation_classifier(
    nlp: Language,
    name: str,
    model: Model,
    spans_key: str,
    threshold: float,
    label_thresholds: LabelThresholds,
    temperature: float,
    segments: Segmenter,
    loss: MultiLabelLoss,
    learn_rate_factor: float,
    scorer: Optional[Callable],
) -> "RelationClassifier":
    """Build the relation classifier, with the settings of `RelationClassifier`.

    RETURNS (RelationClassifier): The classifier, untrained.
    """
    require_package(nlp)
    return RelationClassifier(
        nlp.vocab,
        model,
        name,
        spans_key=spans_key,
        threshold=threshold,
        label_thresholds=label_thresholds,
        temperature=temperature,
        segments=segments,
        loss=loss,
        learn_rate_factor=learn_rate_factor,
        scorer=scorer,
    )


class RelationClassifier(SegmentPipe):
    """Predict the predicates of each segment: none, one or several.

    It writes `doc.spans["spo_relations"]`: one span per predicted (segment, predicate), the
    predicate as its label, the probabilities in `attrs["scores"]`.

    vocab (Vocab): The shared vocabulary.
    model (HeadModel): Docs and batches of segments -> logits (n_segments, n_predicates).
    name (str): The component's name.
    spans_key (str): The key of the triples in `doc.spans`: gold is read there, and the predicates
        are written to `f"{spans_key}_relations"`.
    threshold (float): Minimum probability for predicting a predicate, in [0, 1].
    label_thresholds (LabelThresholds): Thresholds of single predicates.
    temperature (float): Divisor of the logits, above 0: below 1, scores move away from one half.
        `spacy spo tune` calibrates it.
    segments (Segmenter): Cuts a Doc into segments.
    loss (MultiLabelLoss): The loss over all (segment, predicate).
    learn_rate_factor (float): Factor of the optimizer's learn rate, for the head alone.
    scorer (Optional[Callable]): Computes the scores of `nlp.evaluate`.
    RAISES (ValueError): If a setting is out of its range.
    """

    FACTORY = "spo_relation_classifier"
    threshold = Setting(parse_probability)
    label_thresholds = Setting(parse_label_thresholds)

    def __init__(
        self,
        vocab: Vocab,
        model: HeadModel,
        name: str = "spo_relation_classifier",
        *,
        spans_key: str,
        threshold: float,
        label_thresholds: LabelThresholds,
        temperature: float,
        segments: Segmenter,
        loss: MultiLabelLoss,
        learn_rate_factor: float,
        scorer: Optional[Callable],
    ) -> None:
        super().__init__(
            vocab,
            model,
            name,
            spans_key=spans_key,
            segments=segments,
            loss=loss,
            temperature=temperature,
            learn_rate_factor=learn_rate_factor,
            scorer=scorer,
        )
        self.threshold = threshold
        self.label_thresholds = label_thresholds
        self._configured = get_settings(self)

    def predict(self, docs: Iterable[Doc]) -> RelationScores:
        """Score every predicate for every segment, without changing the Docs.

        docs (Iterable[Doc]): The Docs.
        RETURNS (RelationScores): Segments and logits.
        RAISES (ValueError): If all token vectors of the encoder are zero.
        """
        self._require_labels()
        docs = list(docs)
        self._check_boundaries(docs)
        doc_segments = self._doc_segments(docs)
        if not doc_segments:
            return RelationScores(doc_segments, self.model.ops.alloc2f(0, len(self.labels)))
        batches = batch_by_length(docs, doc_segments, max_tokens=MAX_TOKENS)
        outputs = self.model.predict((docs, [batch.rows for batch in batches]))
        return RelationScores(doc_segments, self._in_order(doc_segments, batches, outputs))

    def set_annotations(self, docs: Iterable[Doc], scores: RelationScores) -> None:
        """Write the predicates at or above their threshold.

        docs (Iterable[Doc]): The Docs, changed in place.
        scores (RelationScores): The result of `predict` for them.
        """
        probabilities = self.probabilities(scores)
        predicted = probabilities >= numpy.asarray(self.thresholds())
        chosen = _by_doc(scores.doc_segments, predicted)
        docs = list(docs)
        claim_group(docs, relations_key(self.spans_key), self)
        for i, doc in enumerate(docs):
            relations = [
                (
                    Span(doc, *scores.doc_segments[row][1], label=self.labels[column]),
                    probabilities[row, column],
                )
                for row, column in chosen[i]
            ]
            set_relation_spans(doc, relations, self.spans_key)

    def probabilities(self, scores: RelationScores) -> numpy.ndarray:
        """Compute calibrated probabilities.

        scores (RelationScores): Scores of a batch.
        RETURNS (ndarray): Those of each predicate in each segment, (n_segments, n_predicates).
        """
        return expit(self.model.ops.to_numpy(scores.logits) / self.temperature)

    def get_loss(
        self, examples: Iterable[Example], scores: RelationScores
    ) -> Tuple[float, Floats2d]:
        """Compute the loss: sum over predicates, mean over segments.

        examples (Iterable[Example]): The batch.
        scores (RelationScores): Scores of its predicted Docs.
        RETURNS (Tuple[float, Floats2d]): The loss, and its gradient (n_segments, n_predicates).
        """
        targets, weights = self.targets(examples, scores)
        xp = self.model.ops.xp
        loss, gradient = self.loss(scores.logits, xp.asarray(targets), xp.asarray(weights))
        n_segments = max(1, len(scores.doc_segments))
        return loss / n_segments, gradient / n_segments

    def initialize(
        self,
        get_examples: Callable[[], Iterable[Example]],
        *,
        nlp: Optional[Language] = None,
        labels: Optional[Sequence[str]] = None,
    ) -> None:
        """Collect the predicates and build the model.

        get_examples (Callable[[], Iterable[Example]]): Gold examples.
        nlp (Optional[Language]): The pipeline.
        labels (Optional[Sequence[str]]): The predicates, in place of those of the examples.
        RAISES (ValueError): If there is no predicate, or no token, at all.
        """
        validate_get_examples(get_examples, "RelationClassifier.initialize")
        gold = count_gold(get_examples(), self.spans_key)
        self._set_labels(sorted(gold.triples) if labels is None else labels, gold)
        self.thresholds()
        self._set_sizes()
        self.model.initialize(X=(self._sample(get_examples), []))

    def _begin_update(self, examples: List[Example]) -> Tuple[RelationScores, Backprop]:
        docs = [eg.predicted for eg in examples]
        doc_segments = self._doc_segments(docs)
        batches = batch_by_length(docs, doc_segments, max_tokens=MAX_TRAINING_TOKENS)
        outputs, backprop = self.model.begin_update((docs, [batch.rows for batch in batches]))
        scores = RelationScores(doc_segments, self._in_order(doc_segments, batches, outputs))
        # Without another pass: the tagger learns to find no triples for these.
        self._leave_negatives(examples, scores)

        def backprop_in_order(d_logits: Any) -> Any:
            return backprop([(d_logits[batch.members],) for batch in batches])

        return scores, backprop_in_order

    def thresholds(self) -> List[float]:
        """Get the threshold of each label.

        RETURNS (List[float]): The thresholds, in order of the labels.
        RAISES (ValueError): If `label_thresholds` names a predicate that is no label.
        """
        special = {str(label): float(value) for label, value in self.label_thresholds}
        unknown = sorted(set(special) - set(self.labels))
        if unknown:
            raise ValueError(
                f"label_thresholds of {self.name!r} names predicates that are no labels: "
                f"{unknown}. The labels are: {list(self.labels)}."
            )
        return [special.get(label, self.threshold) for label in self.labels]

    def _sizes(self) -> Dict[str, int]:
        return {"nO": len(self.labels)}

    def _doc_segments(self, docs: Sequence[Doc]) -> List[DocSegment]:
        return [(i, segment) for i, doc in enumerate(docs) for segment in self.segments(doc)]

    def _in_order(
        self, doc_segments: List[DocSegment], batches: List[Batch], outputs: HeadOutput
    ) -> Floats2d:
        logits: Any = self.model.ops.alloc2f(len(doc_segments), len(self.labels))
        for batch, (rows,) in zip(batches, outputs):
            logits[batch.members] = rows
        return logits

    def _gold(
        self, examples: Iterable[Example], doc_segments: List[DocSegment]
    ) -> List[Optional[GoldSegment]]:
        # In order of the segments: by Doc, then by position.
        by_doc: Dict[int, List[Segment]] = defaultdict(list)
        for i, segment in doc_segments:
            by_doc[i].append(segment)
        gold: List[Optional[GoldSegment]] = []
        for i, example in enumerate(examples):
            of_doc = gold_segments(example, by_doc[i], self.spans_key)
            gold.extend(of_doc or [None] * len(by_doc[i]))
        return gold

    def targets(
        self, examples: Iterable[Example], scores: RelationScores
    ) -> Tuple[numpy.ndarray, numpy.ndarray]:
        """Build the targets of scores.

        examples (Iterable[Example]): The batch.
        scores (RelationScores): Scores of its predicted Docs.
        RETURNS (Tuple[ndarray, ndarray]): Targets and weights, each (n_segments, n_predicates);
            unknown gold weighs 0.
        """
        gold = self._gold(examples, scores.doc_segments)
        columns = {label: i for i, label in enumerate(self.labels)}
        targets = numpy.zeros((len(gold), len(columns)), dtype="f")
        weights = numpy.ones_like(targets)
        for row, segment in enumerate(gold):
            if segment is None:
                weights[row] = 0
                continue
            unknown = segment.unknown.difference(segment.triples)
            targets[row, [columns[p] for p in segment.triples if p in columns]] = 1
            weights[row, [columns[p] for p in unknown if p in columns]] = 0
        return targets, weights

    def _leave_negatives(self, examples: Sequence[Example], scores: RelationScores) -> None:
        # The negatives with the highest scores, whatever their threshold.
        targets, weights = self.targets(examples, scores)
        probabilities = self.probabilities(scores)
        negatives = numpy.where((targets == 0) & (weights == 1), probabilities, -1.0)
        rank = numpy.argsort(numpy.argsort(-negatives, axis=1), axis=1)
        chosen = _by_doc(scores.doc_segments, (rank < MAX_NEGATIVES) & (negatives >= 0))
        for i, example in enumerate(examples):
            negatives_of_doc = [
                HardNegative(
                    scores.doc_segments[row][1],
                    self.labels[column],
                    float(probabilities[row, column]),
                )
                for row, column in chosen[i]
            ]
            leave_negatives(example.predicted, self.spans_key, negatives_of_doc)


def _by_doc(
    doc_segments: List[DocSegment], chosen: numpy.ndarray
) -> Dict[int, List[Tuple[int, int]]]:
    # By index of the Doc, rows and columns of a mask (n_segments, n_predicates).
    pairs: Dict[int, List[Tuple[int, int]]] = defaultdict(list)
    for row, column in zip(*numpy.nonzero(chosen)):
        pairs[doc_segments[row][0]].append((row, column))
    return pairs

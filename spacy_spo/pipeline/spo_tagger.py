"""The tagger: the arguments of each predicted predicate, and their pairs."""

import random
import warnings
from itertools import chain
from typing import Any, Callable, Dict, Iterable, List, NamedTuple, Optional, Sequence, Tuple

import numpy
from spacy.language import Language
from spacy.tokens import Doc
from spacy.training import Example, validate_get_examples
from spacy.vocab import Vocab
from thinc.api import Config, Model

from ..losses import MultiLabelLoss
from ..models.torch_head import HeadModel
from ..once import select_new
from ..schema import Schema
from ..segments import Segment, Segmenter
from ..triples import (
    OBJECT,
    SUBJECT,
    TRIPLES_KEY,
    Triple,
    get_relation_spans,
    has_relations,
    relations_key,
    set_triples,
)
from ..window_merging import merge_windows
from .base import Backprop, Batch, DocSegment, SegmentPipe, batch_by_length
from .gold import count_unlearnable, gold_segments
from .gold_counts import GoldCounts
from .handover import get_negatives
from .overwriting import claim_group
from .saving import require_package
from .settings import Setting, get_settings, parse_count, parse_probability
from .tagging.decode import DecodedTriple, decode_rows, expit
from .tagging.links import active_links, n_links
from .tagging.row_loss import compute_row_loss
from .tagging.targets import RowGold, build_targets

DEFAULT_CONFIG = """
[spo_tagger]
spans_key = "spo"
boundary_threshold = 0.3
pair_threshold = 0.3
temperature = 1.0
negatives = 2
max_rows = 64
learn_rate_factor = 1.0

[spo_tagger.segments]
@misc = "spacy-spo.window_segments.v1"

[spo_tagger.loss]
@losses = "spacy-spo.AsymmetricLoss.v2"

[spo_tagger.scorer]
@scorers = "spacy-spo.triple_scorer.v1"

[spo_tagger.model]
@architectures = "spacy-spo.SpoTagger.v1"
hidden_width = 128
link_width = 32
window_size = 1

[spo_tagger.model.tok2vec]
@architectures = "spacy.HashEmbedCNN.v2"
pretrained_vectors = null
width = 96
depth = 4
embed_size = 2000
window_size = 1
maxout_pieces = 3
subword_features = true
"""

# What a component reports once.
UNLEARNABLE = "unlearnable"


class Query(NamedTuple):
    """One (segment, predicate) for the tagger.

    doc_index (int): The index of the Doc in its batch.
    segment (Segment): The segment of that Doc.
    predicate (str): The predicate.
    score (float): Its probability at inference.
    triples (Sequence[Triple]): Its gold triples in training.
    """

    doc_index: int
    segment: Segment
    predicate: str
    score: float = 1.0
    triples: Sequence[Triple] = ()

    @property
    def doc_segment(self) -> DocSegment:
        """Get the segment with the index of its Doc.

        RETURNS (DocSegment): The pair.
        """
        return self.doc_index, self.segment


class TaggerScores(NamedTuple):
    """Scores of a training batch.

    queries (List[Query]): The queries.
    batches (List[Batch]): Indices of the queries, by length.
    outputs (List[Tuple[Any, Any]]): For each batch, boundary logits (n_rows, n_roles, 2, T) and
        link logits (n_active, T, T) in order of `active_links`.
    """

    queries: List[Query]
    batches: List[Batch]
    outputs: List[Tuple[Any, Any]]


# The decoded triples of each query.
DecodedQueries = List[Tuple[Query, List[DecodedTriple]]]


@Language.factory(
    "spo_tagger",
    requires=["doc.spans"],
    assigns=["doc.spans", "doc._.spo_triples"],
    default_config=Config().from_str(DEFAULT_CONFIG)["spo_tagger"],
    default_score_weights={"spo_f": 1.0, "spo_p": 0.0, "spo_r": 0.0},
)
def make_spo_tagger(
    nlp: Language,
    name: str,
    model: Model,
    spans_key: str,
    boundary_threshold: float,
    pair_threshold: float,
    temperature: float,
    negatives: int,
    max_rows: int,
    segments: Segmenter,
    loss: MultiLabelLoss,
    learn_rate_factor: float,
    scorer: Optional[Callable],
) -> "SpoTagger":
    """Build the tagger, with the settings of `SpoTagger`.

    RETURNS (SpoTagger): The tagger, untrained.
    """
    require_package(nlp)
    return SpoTagger(
        nlp.vocab,
        model,
        name,
        spans_key=spans_key,
        boundary_threshold=boundary_threshold,
        pair_threshold=pair_threshold,
        temperature=temperature,
        negatives=negatives,
        max_rows=max_rows,
        segments=segments,
        loss=loss,
        learn_rate_factor=learn_rate_factor,
        scorer=scorer,
    )


class SpoTagger(SegmentPipe):
    """Find and pair the arguments of each predicted predicate.

    It reads the queries from `doc.spans["spo_relations"]` and writes the triples to
    `doc.spans["spo"]`, where `doc._.spo_triples` reads them.

    vocab (Vocab): The shared vocabulary.
    model (HeadModel): Docs and batches of queries -> boundary logits and modulated token
        vectors; its ref "links" scores links between such vectors.
    name (str): The component's name.
    spans_key (str): The key of the triples in `doc.spans`: gold is read and predictions are written
        there. The predicates are in `f"{spans_key}_relations"`.
    boundary_threshold (float): Minimum probability for the start or end of an argument.
    pair_threshold (float): Minimum probability for a link between two positions. A triple takes
        eight decisions at once, so even odds for each give low recall: both defaults are lower.
    temperature (float): A triple's score is the product of the probabilities of its parts, to the
        power of 1 / temperature. The parts are dependent, so the bare product is far too low:
        `spacy spo tune` finds the temperature at which scores are calibrated.
    negatives (int): Negative predicates of each segment in training, beside the gold ones.
    max_rows (int): The most queries of one pass, a row each. Results do not change.
    segments (Segmenter): Cuts a Doc into segments in training; must be the classifier's.
    loss (MultiLabelLoss): The loss over boundaries and over links.
    learn_rate_factor (float): Factor of the optimizer's learn rate, for the head alone.
    scorer (Optional[Callable]): Computes the scores of `nlp.evaluate`.
    RAISES (ValueError): If a setting is out of its range.
    """

    FACTORY = "spo_tagger"
    boundary_threshold = Setting(parse_probability)
    pair_threshold = Setting(parse_probability)
    negatives = Setting(parse_count(0))
    max_rows = Setting(parse_count(1))

    def __init__(
        self,
        vocab: Vocab,
        model: HeadModel,
        name: str = "spo_tagger",
        *,
        spans_key: str,
        boundary_threshold: float,
        pair_threshold: float,
        temperature: float,
        negatives: int,
        max_rows: int,
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
        self.boundary_threshold = boundary_threshold
        self.pair_threshold = pair_threshold
        self.negatives = negatives
        self.max_rows = max_rows
        self._configured = get_settings(self)
        self.cfg["schema"] = []
        self._schema: Tuple[Any, Schema] = (None, Schema())

    @property
    def schema(self) -> Schema:
        """Get the roles and types of each predicate.

        RETURNS (Schema): The schema, as learned.
        """
        # Built once for each list of rows: every batch asks, and learning and loading put another
        # list into `cfg`, past this class.
        rows = self.cfg["schema"]
        if self._schema[0] is not rows:
            self._schema = (rows, Schema(rows))
        return self._schema[1]

    def predict(self, docs: Iterable[Doc]) -> DecodedQueries:
        """Score and decode every query, without changing the Docs.

        docs (Iterable[Doc]): Docs with predicates of a relation classifier.
        RETURNS (DecodedQueries): The queries, and the triples of each. Only the scores of one batch
            are in memory at a time.
        RAISES (ValueError): If a Doc has no predicates, or all token vectors are zero.
        """
        return self.decode(docs)

    def decode(self, docs: Iterable[Doc], *, keep_overlaps: bool = False) -> DecodedQueries:
        """Score and decode every query, with or without overlap suppression.

        docs (Iterable[Doc]): Docs with predicates of a relation classifier.
        keep_overlaps (bool): Whether all overlapping triples of a query are kept.
        RETURNS (DecodedQueries): The queries, and the triples of each.
        RAISES (ValueError): As `predict`.
        """
        self._require_labels()
        docs = list(docs)
        self._check_boundaries(docs)
        queries = self._known(
            query
            for i, doc in enumerate(docs)
            for query in predicted_queries(i, doc, self.spans_key)
        )
        if not queries:
            return []
        batches = self._batches(docs, queries)
        outputs = self.model.predict((docs, [batch.rows for batch in batches]))
        decoded: DecodedQueries = []
        for batch, (boundaries, Z) in zip(batches, outputs):
            members = [queries[i] for i in batch.members]
            decoded.extend(zip(members, self._decode(members, boundaries, Z, keep_overlaps)))
        return decoded

    def probabilities(
        self, doc: Doc, segment: Segment, predicate: str
    ) -> Tuple[numpy.ndarray, numpy.ndarray]:
        """Score all positions for one predicate, whatever the thresholds.

        doc (Doc): A Doc with the outputs of the encoder.
        segment (Segment): One of its segments, T tokens.
        predicate (str): One of the labels.
        RETURNS (Tuple[ndarray, ndarray]): The probabilities of boundaries, (n_roles, 2, T), and of
            links, (n_links, T, T); 0 for links of other predicates.
        """
        queries = [Query(0, segment, predicate)]
        ((boundaries, Z),) = self.model.predict(([doc], [self._batches([doc], queries)[0].rows]))
        T = Z.shape[1]
        row_ids, channels = self._active_links(queries)
        inputs = (Z, numpy.arange(T)[None], row_ids, channels)
        (active,) = self.model.get_ref("links").predict(inputs)
        links = numpy.zeros((n_links(len(self.schema.roles)), T, T), dtype="f")
        to_numpy = self.model.ops.to_numpy
        links[channels] = expit(to_numpy(active))
        return expit(to_numpy(boundaries)[0]), links

    def set_annotations(self, docs: Iterable[Doc], scores: DecodedQueries) -> None:
        """Write the triples.

        docs (Iterable[Doc]): The Docs, changed in place.
        scores (DecodedQueries): The result of `predict` for them.
        """
        docs = list(docs)
        triples_of: List[Dict[Segment, List[Triple]]] = [{} for _ in docs]
        for query, decoded in scores:
            i, segment = query.doc_segment
            triples = [self.to_triple(docs[i], query, triple) for triple in decoded]
            triples_of[i].setdefault(segment, []).extend(triples)
        claim_group(docs, self.spans_key, self)
        for doc, by_segment in zip(docs, triples_of):
            set_triples(doc, merge_windows(by_segment), self.spans_key)

    def get_loss(
        self, examples: Iterable[Example], scores: TaggerScores
    ) -> Tuple[float, List[Tuple[Any, Any]]]:
        """Compute the loss: sum over boundaries and links, mean over queries.

        examples (Iterable[Example]): The batch.
        scores (TaggerScores): Scores of its queries, which have their gold.
        RETURNS (Tuple[float, List[Tuple[Array, Array]]]): The loss and its gradient, shaped like
            the outputs.
        """
        schema, n_queries = self.schema, max(1, len(scores.queries))
        gold = [query_gold(query, schema) for query in scores.queries]
        total, gradients = 0.0, []
        for batch, output in zip(scores.batches, scores.outputs):
            targets = build_targets([gold[i] for i in batch.members], schema.roles)
            loss, (d_boundaries, d_links) = compute_row_loss(self.loss, *output, targets)
            total += loss / n_queries
            gradients.append((d_boundaries / n_queries, d_links / n_queries))
        return total, gradients

    def initialize(
        self,
        get_examples: Callable[[], Iterable[Example]],
        *,
        nlp: Optional[Language] = None,
        labels: Optional[Sequence[str]] = None,
        schema_rows: Optional[Iterable[Dict[str, Any]]] = None,
    ) -> None:
        """Collect predicates and schema and build the model.

        get_examples (Callable[[], Iterable[Example]]): Gold examples.
        nlp (Optional[Language]): The pipeline.
        labels (Optional[Sequence[str]]): The predicates, in place of those of the schema.
        schema_rows (Optional[Iterable[Dict[str, Any]]]): Rows of a schema file, in place of the
            schema of the examples.
        RAISES (ValueError): If there is no predicate or no token at all, or a row of the schema is
            not valid.
        """
        validate_get_examples(get_examples, "SpoTagger.initialize")
        self.learn_schema(get_examples(), labels=labels, schema_rows=schema_rows)
        self._set_sizes()
        self.model.initialize(X=(self._sample(get_examples), []))
        select_new(self, [UNLEARNABLE])
        self._warn_of_unlearnable(get_examples(), "")
        if nlp is not None:
            self._check_score_weights(nlp)

    def _check_score_weights(self, nlp: Language) -> None:
        # The default weights of the factory are those of the default key.
        key, weights = self.spans_key, nlp.config["training"]["score_weights"]
        if key != TRIPLES_KEY and not any(weights.get(f"{key}_{e}") for e in "fpr"):
            warnings.warn(
                f"No score of {self.name!r}, whose spans_key is {key!r}, is in score_weights of "
                "[training]: `spacy train` chooses the best model without it. Add "
                f"{key}_f = 1.0.",
                stacklevel=3,
            )

    def learn_schema(
        self,
        examples: Iterable[Example],
        *,
        labels: Optional[Sequence[str]] = None,
        schema_rows: Optional[Iterable[Dict[str, Any]]] = None,
    ) -> None:
        """Collect predicates and schema, without a model.

        examples (Iterable[Example]): Gold examples.
        labels (Optional[Sequence[str]]): As in `initialize`.
        schema_rows (Optional[Iterable[Dict[str, Any]]]): As in `initialize`.
        RAISES (ValueError): As `initialize`.
        """
        learned, gold = Schema(schema_rows or []), GoldCounts(self.spans_key)
        for example in examples:
            for triple in gold.add(example):
                if schema_rows is None:
                    learned.add(triple)
        self._set_labels(learned.predicates if labels is None else labels, gold)
        self.cfg["schema"] = learned.to_rows()

    def covers(self, triple: Triple) -> bool:
        """Check whether labels and schema cover a triple.

        triple (Triple): The triple.
        RETURNS (bool): Whether they have its predicate and its qualifiers.
        """
        qualifiers = self.schema.qualifiers(triple.predicate)
        return triple.predicate in self.cfg["labels"] and set(triple.qualifiers) <= set(qualifiers)

    def _warn_of_unlearnable(self, examples: Iterable[Example], where: str) -> None:
        counts = count_unlearnable(examples, self.segments, self._covers_qualifiers, self.spans_key)
        for cause, count in counts.items():
            warnings.warn(
                f"{self.name!r}: {count} gold triples{where} {cause}. Training leaves them out.",
                stacklevel=3,
            )

    def _covers_qualifiers(self, triple: Triple) -> bool:
        # Predicates that are no labels have a warning of their own.
        return triple.predicate not in self.cfg["labels"] or self.covers(triple)

    def _sizes(self) -> Dict[str, int]:
        n_roles = len(self.schema.roles)
        return {
            "n_predicates": len(self.labels),
            "n_roles": n_roles,
            "n_links": n_links(n_roles),
        }

    def _begin_update(self, examples: List[Example]) -> Tuple[TaggerScores, Backprop]:
        # Sourced components are not initialized: those look at their first batch.
        if select_new(self, [UNLEARNABLE]):
            self._warn_of_unlearnable(examples, " of the first batch")
        docs = [eg.predicted for eg in examples]
        training = (self._training_queries(i, example) for i, example in enumerate(examples))
        queries = list(chain.from_iterable(training))
        batches = self._batches(docs, queries)
        # Without queries this still runs: the encoder waits for the call of its last listener.
        outputs, backprop = self.model.begin_update((docs, [batch.rows for batch in batches]))
        scores, link_backprops = TaggerScores(queries, batches, []), []
        for batch, (boundaries, Z) in zip(batches, outputs):
            active = self._active_links([queries[i] for i in batch.members])
            positions = numpy.tile(numpy.arange(Z.shape[1]), (len(Z), 1))
            (links,), backprop_links = self.model.get_ref("links").begin_update(
                (Z, positions, *active)
            )
            scores.outputs.append((boundaries, links))
            link_backprops.append(backprop_links)

        def backprop_all(gradients: List[Tuple[Any, Any]]) -> Any:
            pairs = zip(gradients, link_backprops)
            return backprop(
                [(d_boundaries, bp((d_links,))) for (d_boundaries, d_links), bp in pairs]
            )

        return scores, backprop_all

    def _batches(self, docs: Sequence[Doc], queries: Sequence[Query]) -> List[Batch]:
        columns = {label: i for i, label in enumerate(self.labels)}
        doc_segments = [query.doc_segment for query in queries]
        predicates = [columns[query.predicate] for query in queries]
        return batch_by_length(docs, doc_segments, predicates, max_rows=self.max_rows)

    def _known(self, queries: Iterable[Query]) -> List[Query]:
        # Drops predicates that are no labels, with a warning.
        queries, labels = list(queries), set(self.labels)
        unknown = sorted({query.predicate for query in queries} - labels)
        if unknown:
            warnings.warn(
                f"{self.name!r} was not trained with the predicates {unknown} and skips them. "
                "Train both components on the same data.",
                stacklevel=2,
            )
        return [query for query in queries if query.predicate in labels]

    def _training_queries(self, i: int, example: Example) -> List[Query]:
        # Gold predicates, then negatives, of every segment of an annotated example.
        segments = self.segments(example.predicted)
        negatives = self._negatives(example.predicted, segments)
        queries = []
        gold_of_doc = gold_segments(example, segments, self.spans_key)
        for segment, gold in zip(segments, gold_of_doc or []):
            positives = [p for p in gold.triples if p in self.labels and p not in gold.unknown]
            excluded = gold.unknown.union(gold.triples)
            drawn = [p for p in negatives(segment) if p not in excluded][: self.negatives]
            queries += [
                Query(i, segment, p, triples=gold.triples.get(p, ())) for p in positives + drawn
            ]
        return queries

    def _negatives(self, doc: Doc, segments: Sequence[Segment]) -> Callable[[Segment], List[str]]:
        # Predicates to choose negatives from: those of a classifier in this update, those that a
        # frozen classifier predicted, each best first; else all in random order.
        queries = _hard_negatives(doc, self.spans_key)
        if queries is None:
            # The generator that spaCy seeds.
            return lambda segment: random.sample(self.labels, len(self.labels))
        queries = sorted(self._known(queries), key=lambda query: -query.score)
        if not {query.segment for query in queries} <= set(segments):
            raise ValueError(
                f"{self.name!r} cuts other segments than the relation classifier before it. Give "
                "both the same `segments`."
            )
        return lambda segment: [query.predicate for query in queries if query.segment == segment]

    def _decode(
        self, queries: List[Query], boundaries: Any, Z: Any, keep_overlaps: bool
    ) -> List[List[DecodedTriple]]:
        # Z: (n_rows, T, hidden_width), of which only the candidate positions are linked.
        ops = self.model.ops
        lengths = [end - start for start, end in (query.segment for query in queries)]

        def score_links(positions: Any, row_ids: Any, channels: Any) -> Any:
            candidates = Z[ops.xp.arange(len(queries))[:, None], ops.xp.asarray(positions)]
            (links,) = self.model.get_ref("links").predict(
                (candidates, positions, row_ids, channels)
            )
            return ops.to_numpy(links)

        return decode_rows(
            ops.to_numpy(boundaries),
            numpy.asarray(lengths),
            self._roles(queries),
            score_links,
            boundary_threshold=self.boundary_threshold,
            pair_threshold=self.pair_threshold,
            keep_overlaps=keep_overlaps,
        )

    def _active_links(self, queries: List[Query]) -> Tuple[numpy.ndarray, numpy.ndarray]:
        return active_links(self._roles(queries), len(self.schema.roles))

    def _roles(self, queries: List[Query]) -> List[List[int]]:
        # Of each query, subject, object and the qualifiers of its predicate.
        schema = self.schema
        return [schema.role_ids(query.predicate) for query in queries]

    def to_triple(self, doc: Doc, query: Query, decoded: DecodedTriple) -> Triple:
        """Convert a decoded triple of a query to a Triple.

        doc (Doc): The Doc of the query.
        query (Query): The query.
        decoded (DecodedTriple): One of its decoded triples.
        RETURNS (Triple): The triple on the Doc, with types of the schema and calibrated score.
        """
        roles, types = self.schema.roles, self.schema.types(query.predicate)
        offset = query.segment[0]
        spans = {
            roles[role]: doc[offset + tokens.start : offset + tokens.stop]
            for role, tokens in decoded.spans.items()
        }
        subject, object_ = spans.pop(SUBJECT), spans.pop(OBJECT)
        types = {role: types[role] for role in (SUBJECT, OBJECT, *spans) if role in types}
        score = (query.score * decoded.score) ** (1 / self.temperature)
        return Triple(subject, query.predicate, object_, score, spans, types)


def predicted_queries(i: int, doc: Doc, spans_key: str) -> List[Query]:
    """Read the queries of a Doc from its predicted predicates.

    i (int): The index of the Doc in its batch.
    doc (Doc): The Doc.
    spans_key (str): The key of its triples in `doc.spans`.
    RETURNS (List[Query]): One per predicted (segment, predicate).
    RAISES (ValueError): If the Doc has no predicates of a relation classifier.
    """
    if not has_relations(doc, spans_key):
        raise ValueError(
            "The tagger reads the predicates of each segment in "
            f"doc.spans[{relations_key(spans_key)!r}], and this Doc has none. Add "
            f"spo_relation_classifier with spans_key = {spans_key!r} to the pipeline before the "
            "tagger, or enable it."
        )
    spans = get_relation_spans(doc, spans_key)
    return [Query(i, (span.start, span.end), span.label_, score) for span, score in spans]


def _hard_negatives(doc: Doc, spans_key: str) -> Optional[List[Query]]:
    negatives = get_negatives(doc, spans_key)
    if negatives is not None:
        return [Query(0, *negative) for negative in negatives]
    return predicted_queries(0, doc, spans_key) if has_relations(doc, spans_key) else None


def query_gold(query: Query, schema: Schema) -> RowGold:
    """Convert the gold of a query for building targets.

    query (Query): A query of training.
    schema (Schema): The schema of the tagger.
    RETURNS (RowGold): Its segment, roles and gold triples.
    """
    start, end = query.segment
    return RowGold(start, end - start, schema.role_ids(query.predicate), query.triples)

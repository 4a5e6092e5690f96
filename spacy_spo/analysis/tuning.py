"""Thresholds and temperatures from gold that is read once.

The pipeline reads each text with thresholds near 0 and keeps what every triple was decided by. What
any setting would have found is then counted in arrays: the thresholds of predicates, boundaries and
pairs are searched together, since a triple has to pass all of them.
"""

from contextlib import contextmanager
from itertools import islice, product
from typing import (
    Any,
    Callable,
    Dict,
    Hashable,
    Iterable,
    Iterator,
    List,
    NamedTuple,
    Optional,
    Sequence,
    Set,
    Tuple,
)

import numpy
from spacy.language import Language
from spacy.tokens import Doc
from spacy.training import Example
from spacy.util import minibatch

from ..evaluation.matching import precision_recall_f1, text_key
from ..pipeline.lookup import find_components
from ..pipeline.relation_classifier import RelationClassifier
from ..pipeline.spo_tagger import Query, SpoTagger
from ..pipeline.tagging.decode import (
    BOUNDARY_PARTS,
    LINK_PARTS,
    PARTS,
    DecodedTriple,
    expit,
    suppress_overlaps,
)
from ..triples import get_triples, has_triples

# What is read at all. Thresholds below this are not searched.
FLOOR = 0.02
# Of predicates, whose probabilities a temperature moves: far enough below the lowest threshold.
PREDICATE_FLOOR = 0.001
GRID = (0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
PREDICATE_GRID = numpy.linspace(0.05, 0.95, 19).round(2)
TEMPERATURES = numpy.geomspace(0.1, 10.0, 201)
# At this one the floor of predicates is at the lowest threshold.
MAX_PREDICATE_TEMPERATURE = 2.3
N_FOLDS = 5
ALL_FOLDS = numpy.arange(N_FOLDS)
# Docs that are read at once.
BATCH = 500


class Settings(NamedTuple):
    """What is tuned. label_thresholds (Dict[str, float]): Of single predicates. temperatures
    (Tuple[float, float]): Of the relation classifier and of the tagger."""

    threshold: float
    boundary_threshold: float
    pair_threshold: float
    label_thresholds: Dict[str, float]
    temperatures: Tuple[float, float]


class Counts(NamedTuple):
    """Triples under the text rule."""

    right: int
    found: int
    stated: int

    @property
    def scores(self) -> Tuple[float, float, float]:
        """RETURNS (Tuple[float, float, float]): Precision, recall and F1."""
        p, r, f = precision_recall_f1(self.right, self.found, self.right, self.stated)
        return float(p), float(r), float(f)


class Tuned(NamedTuple):
    """settings (Settings): The best found. before (Counts): With the settings as they were. after
    (Counts): With the best, on the texts that they were chosen on. held_out (Counts): Each fold of
    the texts with what was chosen on the others. reliability (Dict[str, ndarray]): "before" and
    "after", for each tenth of the scores, triples, right ones and the mean score, (10, 3)."""

    settings: Settings
    before: Counts
    after: Counts
    held_out: Counts
    reliability: Dict[str, numpy.ndarray]


class Candidates(NamedTuple):
    """All readings of all texts, by row, each array (n,) or as given.

    rows: Of one (segment, predicate). labels: Numbers of the predicates. folds: Of the texts.
    keys: Triples of one text that the text rule takes for one have one key. right: Whether gold.
    subjects, objects: First and last token, (n, 2). stated: Logits of the predicates.
    parts: Probabilities that the score of the tagger is the product of, (n, 7).
    """

    rows: numpy.ndarray
    labels: numpy.ndarray
    folds: numpy.ndarray
    keys: numpy.ndarray
    right: numpy.ndarray
    subjects: numpy.ndarray
    objects: numpy.ndarray
    stated: numpy.ndarray
    parts: numpy.ndarray


class Reading(NamedTuple):
    """labels (Sequence[str]): The predicates. candidates (Candidates): What could be found. stated
    (ndarray): Gold triples by predicate and fold, (n_labels, N_FOLDS); those of unknown predicates
    are in the last row, (n_labels + 1). logits, targets (ndarray): Of each predicate in each
    segment with known gold, (n,)."""

    labels: Sequence[str]
    candidates: Candidates
    stated: numpy.ndarray
    logits: numpy.ndarray
    targets: numpy.ndarray


class Scored(NamedTuple):
    """Candidates at a temperature of the relation classifier, by row, best first. `stated`,
    `boundaries`, `links` and `scores` are probabilities (n,): of the predicate, the least of the
    boundaries, the least of the links, and the product of all but the predicate."""

    candidates: Candidates
    stated: numpy.ndarray
    boundaries: numpy.ndarray
    links: numpy.ndarray
    scores: numpy.ndarray


class ThresholdCounts(NamedTuple):
    """Triples found, and right ones, at every threshold of PREDICATE_GRID: (n_labels,
    n_thresholds, N_FOLDS)."""

    found: numpy.ndarray
    right: numpy.ndarray


class Found(NamedTuple):
    """Triples that the text rule tells apart: their scores, and whether they are right, (n,)."""

    scores: numpy.ndarray
    right: numpy.ndarray


class Choice(NamedTuple):
    """boundary, pair (float): Thresholds. predicates (ndarray): Indices into PREDICATE_GRID,
    (n_labels,). general (int): That of predicates without one of their own."""

    boundary: float
    pair: float
    predicates: numpy.ndarray
    general: int


def tune(
    nlp: Language,
    gold: Iterable[Doc],
    *,
    precision: Optional[float] = None,
    per_predicate: bool = False,
    min_support: int = 20,
    calibrate: bool = True,
) -> Tuned:
    """Find the best settings for gold. The pipeline is left as it is.

    nlp (Language): A trained pipeline with both components.
    gold (Iterable[Doc]): Annotated Docs; others are left out.
    precision (Optional[float]): The precision to keep; recall is what is sought then, else F1.
    per_predicate (bool): Whether predicates get thresholds of their own.
    min_support (int): The gold triples from which on they do.
    calibrate (bool): Whether temperatures are sought too.
    RETURNS (Tuned): Counts are those of the text rule. What a cut between two windows does to
        triples is not in them.
    RAISES (ValueError): If the pipeline lacks a component, no gold triple is there, none of what is
        found with the lowest thresholds is right, or no setting reaches the precision.
    """
    classifier, tagger = find_components(nlp)
    now = Settings(
        classifier.threshold,
        tagger.boundary_threshold,
        tagger.pair_threshold,
        {str(label): float(value) for label, value in classifier.label_thresholds},
        (classifier.temperature, tagger.temperature),
    )
    reading = read(nlp, gold)
    first = calibrate_predicates(reading) if calibrate else now.temperatures[0]
    scored = score(reading.candidates, first)
    tables = {
        pair: count(scored, scored_left(scored, *pair), len(reading.labels))
        for pair in product(GRID, GRID)
    }
    support = min_support if per_predicate else None
    choice = choose(tables, reading.stated, ALL_FOLDS, precision, support)
    reached = _counts(tables, reading.stated, choice, ALL_FOLDS).scores[0]
    if precision is not None and reached < precision:
        raise ValueError(
            f"No thresholds reach a precision of {precision}: the best is {reached:.3f}."
        )
    best = _settings(choice, reading.labels, (first, now.temperatures[1]))
    if calibrate:
        best = best._replace(temperatures=(first, calibrate_triples(reading, best)))
    found = {"before": find(reading, now), "after": find(reading, best)}
    n_gold = int(reading.stated.sum())
    before, after = (Counts(int(f.right.sum()), len(f.right), n_gold) for f in found.values())
    return Tuned(
        best,
        before,
        after,
        _held_out(tables, reading.stated, precision, support),
        {when: _reliability(own) for when, own in found.items()},
    )


def read(nlp: Language, gold: Iterable[Doc]) -> Reading:
    """Read texts with thresholds near 0. The settings and RAISES are those of `tune`."""
    classifier, tagger = find_components(nlp)
    # What comes after both may clear what the encoder left.
    own = [i for i, (_, pipe) in enumerate(nlp.pipeline) if pipe in (classifier, tagger)]
    names = [nlp.pipe_names[i] for i in own] + nlp.pipe_names[max(own) + 1 :]
    collector = _Collector(classifier, tagger)
    with nlp.select_pipes(disable=names), at_floor(classifier, tagger, temperature=1.0):
        for batch in minibatch((doc for doc in gold if has_triples(doc)), BATCH):
            docs = nlp.pipe(doc.text for doc in batch)
            collector.add([Example(doc, own) for doc, own in zip(docs, batch)])
    return collector.reading()


@contextmanager
def at_floor(
    classifier: RelationClassifier, tagger: SpoTagger, **settings: float
) -> Iterator[None]:
    """Set thresholds near 0, and other settings of both, for a while."""
    low: Dict[Any, Dict[str, Any]] = {
        classifier: {"threshold": PREDICATE_FLOOR, "label_thresholds": [], **settings},
        tagger: {"boundary_threshold": FLOOR, "pair_threshold": FLOOR, **settings},
    }
    before = {pipe: {name: getattr(pipe, name) for name in own} for pipe, own in low.items()}
    try:
        _set(low)
        yield
    finally:
        _set(before)


def _set(settings: Dict[Any, Dict[str, Any]]) -> None:
    for pipe, own in settings.items():
        for name, value in own.items():
            setattr(pipe, name, value)


class _Collector:
    """Reads batches of texts and keeps what `Reading` has."""

    def __init__(self, classifier: RelationClassifier, tagger: SpoTagger) -> None:
        self.classifier, self.tagger = classifier, tagger
        self.columns = {label: i for i, label in enumerate(classifier.labels)}
        self.n_texts = self.n_rows = 0
        self.keys: Dict[Hashable, int] = {}
        self.rows: List[Tuple[Any, ...]] = []
        self.parts: List[numpy.ndarray] = []
        self.stated = numpy.zeros((len(self.columns) + 1, N_FOLDS), dtype=int)
        self.logits: List[numpy.ndarray] = []
        self.targets: List[numpy.ndarray] = []

    def add(self, examples: Sequence[Example]) -> None:
        """Read texts, whose encoder has run."""
        docs = [example.predicted for example in examples]
        scores = self.classifier.predict(docs)
        self.classifier.set_annotations(docs, scores)
        targets, weights = self.classifier.targets(examples, scores)
        known = weights > 0
        self.logits.append(self.classifier.model.ops.to_numpy(scores.logits)[known])
        self.targets.append(targets[known])
        gold = [set(map(text_key, get_triples(example.reference))) for example in examples]
        for i, own in enumerate(gold):
            for _, predicate, _ in own:
                self.stated[self.columns.get(predicate, -1), (self.n_texts + i) % N_FOLDS] += 1
        for row, decoded in self.tagger.decode(docs, keep_overlaps=True):
            self._add_row(docs[row.doc_index], row, decoded, gold[row.doc_index])
        self.n_texts += len(docs)

    def _add_row(self, doc: Doc, row: Query, decoded: Sequence[DecodedTriple], gold: Set) -> None:
        text = self.n_texts + row.doc_index
        for own in decoded:
            triple = self.tagger.to_triple(doc, row, own)
            key = text_key(triple)
            number = self.keys.setdefault((text, key), len(self.keys))
            subject, object_ = triple.subject, triple.object
            places = (subject.start, subject.end - 1, object_.start, object_.end - 1)
            label = self.columns[row.predicate]
            self.rows.append(
                (self.n_rows, label, text % N_FOLDS, number, key in gold, *places, row.score)
            )
            self.parts.append(own.parts)
        self.n_rows += 1

    def reading(self) -> Reading:
        """RETURNS (Reading): Of all that was added."""
        if not self.stated.sum():
            raise ValueError("No text has gold triples to tune on.")
        rows = numpy.asarray(self.rows, dtype=float).reshape(-1, 10)
        parts = numpy.asarray(self.parts).reshape(-1, len(PARTS))
        numbers = rows[:, :9].astype(int)
        row, label, fold, key, right = numbers[:, :5].T
        subjects, objects = numbers[:, 5:7], numbers[:, 7:9]
        if not right.any():
            raise ValueError(
                "Not one triple that the pipeline finds is right, whatever the thresholds. Was it "
                "trained too little, or is the gold of another language or other predicates? It "
                f"has {len(self.columns)}, among them {', '.join(islice(self.columns, 10))}."
            )
        stated = _logit(rows[:, 9])
        candidates = Candidates(row, label, fold, key, right > 0, subjects, objects, stated, parts)
        logits, targets = numpy.concatenate(self.logits), numpy.concatenate(self.targets)
        return Reading(list(self.columns), candidates, self.stated, logits, targets)


def calibrate_predicates(reading: Reading) -> float:
    """RETURNS (float): The temperature of the relation classifier under which the predicates of all
    segments are most probable (Guo et al., 2017, "On Calibration of Modern Neural Networks")."""
    temperature = _most_probable(lambda t: expit(reading.logits / t), reading.targets > 0)
    return min(temperature, MAX_PREDICATE_TEMPERATURE)


def calibrate_triples(reading: Reading, settings: Settings) -> float:
    """RETURNS (float): The temperature of the tagger under which it is most probable that of the
    triples that settings find those are right that are."""
    found = find(reading, settings._replace(temperatures=(settings.temperatures[0], 1.0)))
    return _most_probable(lambda t: found.scores ** (1 / t), found.right)


def is_extreme(temperature: float) -> bool:
    """RETURNS (bool): Whether it is at an end of what is searched, so that the best lies beyond."""
    return temperature in (TEMPERATURES.min(), TEMPERATURES.max())


def _most_probable(probabilities: Callable[[float], numpy.ndarray], truth: numpy.ndarray) -> float:
    if not len(truth):
        return 1.0

    def cost(temperature: float) -> float:
        p = numpy.clip(probabilities(temperature), 1e-6, 1 - 1e-6)
        return -float(numpy.log(numpy.where(truth, p, 1 - p)).sum())

    return round(float(min(TEMPERATURES, key=cost)), 3)


def score(candidates: Candidates, temperature: float) -> Scored:
    """RETURNS (Scored): The probabilities of candidates, at a temperature of the classifier."""
    order = numpy.lexsort((-candidates.parts.prod(axis=1), candidates.rows))
    own = Candidates(*(array[order] for array in candidates))
    return Scored(
        own,
        expit(own.stated / temperature),
        own.parts[:, BOUNDARY_PARTS].min(axis=1),
        own.parts[:, LINK_PARTS].min(axis=1),
        own.parts.prod(axis=1),
    )


def scored_left(scored: Scored, boundary: float, pair: float) -> numpy.ndarray:
    """RETURNS (ndarray): Indices of what these thresholds leave, less rivals."""
    passed = numpy.flatnonzero((scored.boundaries >= boundary) & (scored.links >= pair))
    own = scored.candidates
    return passed[
        suppress_overlaps(
            own.rows[passed], own.subjects[passed], own.objects[passed], scored.scores[passed]
        )
    ]


def count(scored: Scored, left: numpy.ndarray, n_labels: int) -> ThresholdCounts:
    """RETURNS (ThresholdCounts): Of the triples that are left."""
    unique = _unique(scored, left)
    own = scored.candidates
    bins = numpy.searchsorted(PREDICATE_GRID, scored.stated[unique], side="right") - 1
    unique, bins = unique[bins >= 0], bins[bins >= 0]
    found = numpy.zeros((n_labels, len(PREDICATE_GRID), N_FOLDS), dtype=int)
    right = numpy.zeros_like(found)
    places = (own.labels[unique], bins, own.folds[unique])
    numpy.add.at(found, places, 1)
    numpy.add.at(right, places, own.right[unique])
    # What passes a threshold passes all lower ones.
    return ThresholdCounts(
        *(numpy.cumsum(array[:, ::-1], axis=1)[:, ::-1] for array in (found, right))
    )


def _unique(scored: Scored, left: numpy.ndarray) -> numpy.ndarray:
    """Of triples that the text rule takes for one, that of the most probable predicate."""
    keys = scored.candidates.keys[left]
    order = numpy.lexsort((-scored.stated[left], keys))
    _, first = numpy.unique(keys[order], return_index=True)
    return left[order[first]]


def choose(
    tables: Dict[Tuple[float, float], ThresholdCounts],
    stated: numpy.ndarray,
    folds: numpy.ndarray,
    precision: Optional[float],
    min_support: Optional[int],
) -> Choice:
    """Find the best thresholds for some folds.

    tables (Dict): By the thresholds of boundaries and pairs.
    stated (ndarray): Gold triples, (n_labels + 1, N_FOLDS).
    folds (ndarray): Numbers of the folds.
    precision (Optional[float]): The precision to keep; None for the best F1.
    min_support (Optional[int]): Gold triples from which on a predicate gets its own threshold; None
        for none.
    RETURNS (Choice): The thresholds.
    """
    n_gold = int(stated[:, folds].sum())

    def worth(right: numpy.ndarray, found: numpy.ndarray) -> numpy.ndarray:
        return _worth(right, found, n_gold, precision)

    best = []
    for (boundary, pair), table in tables.items():
        found, right = (array[..., folds].sum(axis=(0, 2)) for array in table)
        values = worth(right, found)
        best.append((values.max(), boundary, pair, int(values.argmax())))
    _, boundary, pair, general = max(best)
    found, right = (array[..., folds].sum(axis=2) for array in tables[boundary, pair])
    chosen = numpy.full(len(found), general)
    support = stated[:-1, folds].sum(axis=1)
    frequent = [] if min_support is None else numpy.flatnonzero(support >= min_support).tolist()
    for label in frequent * 2:  # each once more, beside the others' own
        others = numpy.arange(len(found)) != label
        rest = (array[others, chosen[others]].sum() for array in (right, found))
        values = worth(*(all_others + own[label] for all_others, own in zip(rest, (right, found))))
        if values.max() > values[chosen[label]]:
            chosen[label] = int(values.argmax())
    return Choice(boundary, pair, chosen, general)


def _worth(
    right: numpy.ndarray, found: numpy.ndarray, n_gold: int, precision: Optional[float]
) -> numpy.ndarray:
    """What is to be as high as it can be: F1, or recall where precision is kept; short of that, the
    precision comes first."""
    reached, recall, f1 = precision_recall_f1(right, found, right, numpy.full_like(right, n_gold))
    if precision is None:
        return f1
    return numpy.where(reached >= precision, recall, reached - 1 - precision)


def _held_out(
    tables: Dict[Tuple[float, float], ThresholdCounts],
    stated: numpy.ndarray,
    precision: Optional[float],
    min_support: Optional[int],
) -> Counts:
    """Each fold, with the thresholds that are best for the others, taken together."""
    counts = []
    for fold in ALL_FOLDS:
        choice = choose(tables, stated, ALL_FOLDS[fold != ALL_FOLDS], precision, min_support)
        counts.append(_counts(tables, stated, choice, ALL_FOLDS[[fold]]))
    return Counts(*map(sum, zip(*counts)))


def _counts(
    tables: Dict[Tuple[float, float], ThresholdCounts],
    stated: numpy.ndarray,
    choice: Choice,
    folds: numpy.ndarray,
) -> Counts:
    labels = numpy.arange(len(choice.predicates))
    found, right = (
        int(array[labels, choice.predicates][:, folds].sum())
        for array in tables[choice.boundary, choice.pair]
    )
    return Counts(right, found, int(stated[:, folds].sum()))


def _settings(choice: Choice, labels: Sequence[str], temperatures: Tuple[float, float]) -> Settings:
    special = {
        label: float(PREDICATE_GRID[i])
        for label, i in zip(labels, choice.predicates)
        if i != choice.general
    }
    general = float(PREDICATE_GRID[choice.general])
    return Settings(general, choice.boundary, choice.pair, special, temperatures)


def find(reading: Reading, settings: Settings) -> Found:
    """RETURNS (Found): What a pipeline with these settings finds."""
    scored = score(reading.candidates, settings.temperatures[0])
    own = settings.label_thresholds
    thresholds = numpy.asarray([own.get(label, settings.threshold) for label in reading.labels])
    left = scored_left(scored, settings.boundary_threshold, settings.pair_threshold)
    passed = scored.stated[left] >= thresholds[scored.candidates.labels[left]]
    unique = _unique(scored, left[passed])
    scores = (scored.scores[unique] * scored.stated[unique]) ** (1 / settings.temperatures[1])
    return Found(scores, scored.candidates.right[unique])


def _reliability(found: Found) -> numpy.ndarray:
    bins = numpy.minimum((found.scores * 10).astype(int), 9)
    n, right, total = (numpy.bincount(bins, w, 10) for w in (None, found.right, found.scores))
    return numpy.stack([n, right, total / numpy.maximum(1, n)], axis=1)


def _logit(p: numpy.ndarray) -> numpy.ndarray:
    p = numpy.clip(p, 1e-7, 1 - 1e-7)
    return numpy.log(p / (1 - p))

"""Evaluation of pipelines against gold, in one pass and in constant memory."""

import reprlib
import warnings
from collections import Counter, defaultdict
from itertools import tee
from typing import (
    Any,
    Callable,
    Dict,
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

from ..provenance import to_item
from ..text_streams import pipe_texts
from ..triples import TRIPLES_KEY, Triple, get_relations, get_triples, require_triples
from .annotated import annotated_docs
from .bootstrap import Bootstrap, interval
from .matching import Criterion, Matched, make_criteria, text_key
from .overlap_types import OVERLAPS, overlaps
from .reliability import ScoreHistogram
from .tally import RelationTally, Tally, TripleTally

# Of the JSON that `Comparison.to_dict` returns. It changes when a key changes its meaning or goes.
SCHEMA_VERSION = 2
NO_TYPES = "no types in the gold"
# Texts are grouped by their tokens, up to these numbers, and more.
LENGTHS = (16, 32, 64, 128)
MAX_TRIPLES = 5
# Classes of equal width that scores of triples are counted in.
N_SCORE_BINS = 100

Callback = Callable[[Sequence[Doc], Doc], None]


class Evaluation:
    """Counts of one pipeline.

    criteria (Sequence[Criterion]): Match criteria; all groups are counted under each.
    spans_key (str): The key of predicted and gold triples in `doc.spans`.
    triples (TripleTally): Counts of all triples, and by predicate.
    relations (RelationTally): Counts of predicted predicates.
    groups (Dict[str, Dict[str, Dict[str, Tally]]]): Counts by dimension, group and criterion.
    histogram (ScoreHistogram): Correct triples by score, matched by text.
    confusion (Counter[Tuple[str, str]]): Gold and predicted predicate of confused triples.
    has_types (bool): Whether the gold has argument types.
    """

    def __init__(self, criteria: Sequence[Criterion], spans_key: str = TRIPLES_KEY) -> None:
        self.criteria = list(criteria)
        self.spans_key = spans_key
        self.triples = TripleTally(self.criteria)
        self.relations = RelationTally()
        self.groups: Dict[str, Dict[str, Dict[str, Tally]]] = defaultdict(
            lambda: defaultdict(lambda: defaultdict(Tally))
        )
        self.histogram = ScoreHistogram(N_SCORE_BINS)
        self.confusion: Counter[Tuple[str, str]] = Counter()
        self.has_types = False

    def add(self, predicted: Doc, gold: Doc) -> numpy.ndarray:
        """Count a text.

        predicted (Doc): The text with predicted triples.
        gold (Doc): The same text, annotated.
        RETURNS (ndarray): Its counts under each criterion, (n_criteria, 4), as `Bootstrap` takes
            them.
        """
        predicted_triples = get_triples(predicted, self.spans_key)
        gold_triples = get_triples(gold, self.spans_key)
        self.has_types |= any(triple.types for triple in gold_triples)
        matches = self.triples.add(predicted_triples, gold_triples)
        relations = set(get_relations(predicted, self.spans_key))
        self.relations.add(relations, {triple.predicate for triple in gold_triples})
        self._add_groups(text_groups(gold, gold_triples), matches)
        self._add_scores(predicted_triples, gold_triples)
        self.confusion.update(confused(predicted_triples, gold_triples))
        return numpy.asarray([[len(keys) for keys in matched.sets()] for matched in matches])

    def _add_groups(self, groups: Sequence[Tuple[str, str]], matches: Sequence[Matched]) -> None:
        for dimension, group in groups:
            tallies = self.groups[dimension][group]
            for criterion, matched in zip(self.criteria, matches):
                tallies[criterion.name].add(*map(len, matched.sets()))

    def _add_scores(self, predicted: Sequence[Triple], gold: Sequence[Triple]) -> None:
        gold_keys = set(map(text_key, gold))
        best: Dict[Tuple[str, str, str], float] = {}
        for triple in predicted:
            key = text_key(triple)
            best[key] = max(triple.score, best.get(key, 0.0))
        self.histogram.add(list(best.values()), [key in gold_keys for key in best])

    def to_dict(self) -> Dict[str, Any]:
        """Convert to plain JSON.

        RETURNS (Dict[str, Any]): The keys of a model in scores.json, see `docs/evaluation.md`.
        """
        return {
            "texts": self.triples.n_texts,
            "criteria": {c.name: self._criterion_dict(c) for c in self.criteria},
            "relations": {
                **self.relations.scores(),
                "list_exact": self.triples.list_exact or 0.0,
            },
            "scores": [row.to_dict() for row in self.histogram.bins() if row.n],
            "confusion": [
                {"gold": gold, "predicted": predicted, "n": n}
                for (gold, predicted), n in self.confusion.most_common()
            ],
        }

    def _criterion_dict(self, criterion: Criterion) -> Dict[str, Any]:
        names = {"title": criterion.title, "signature": criterion.signature}
        if criterion.needs_types and not self.has_types:
            return {**names, **Tally().to_dict(), "unscored": NO_TYPES, "groups": {}}
        groups = {
            dimension: {group: tallies[criterion.name] for group, tallies in groups.items()}
            for dimension, groups in self.groups.items()
        }
        groups["predicate"] = self.triples.by_predicate[criterion.name]
        return {
            **names,
            **self.triples.total[criterion.name].to_dict(),
            "unscored": None,
            "groups": {
                dimension: {group: tally.to_dict() for group, tally in tallies.items()}
                for dimension, tallies in groups.items()
            },
        }


def text_groups(gold: Doc, triples: Sequence[Triple]) -> List[Tuple[str, str]]:
    """List the groups of a text.

    gold (Doc): The text.
    triples (Sequence[Triple]): Its gold triples.
    RETURNS (List[Tuple[str, str]]): Dimension and name of each group.
    """
    kinds = overlaps(triples)
    n = len(triples)
    return [
        *(("overlap", kind) for kind in OVERLAPS if kind in kinds),
        ("triples", str(n) if n < MAX_TRIPLES else f"{MAX_TRIPLES}+"),
        ("tokens", _length_group(len(gold))),
    ]


def _length_group(n_tokens: int) -> str:
    for start, end in zip((1, *(length + 1 for length in LENGTHS)), LENGTHS):
        if n_tokens <= end:
            return f"{start}-{end}"
    return f"{LENGTHS[-1] + 1}+"


def confused(predicted: Sequence[Triple], gold: Sequence[Triple]) -> Iterator[Tuple[str, str]]:
    """Find predicted triples with another predicate in the gold.

    predicted (Sequence[Triple]): Predicted triples of a text.
    gold (Sequence[Triple]): Gold triples of the text.
    YIELDS (Tuple[str, str]): Gold and predicted predicate of the same two arguments.
    """
    gold_predicates: Dict[Tuple[str, str], Set[str]] = defaultdict(set)
    for subject, predicate, object_ in map(text_key, gold):
        gold_predicates[subject, object_].add(predicate)
    for subject, predicate, object_ in set(map(text_key, predicted)):
        others = gold_predicates.get((subject, object_), set())
        if predicate not in others:
            yield from ((other, predicate) for other in sorted(others))


class Comparison(NamedTuple):
    """Scores of one pipeline, or of two on the same gold.

    evaluations (List[Evaluation]): Counts of each pipeline.
    bootstrap (Bootstrap): A series for each pipeline and criterion, all criteria of the first
        pipeline first.
    n_unannotated (int): Gold Docs that were skipped.
    """

    evaluations: List[Evaluation]
    bootstrap: Bootstrap
    n_unannotated: int

    def to_dict(self, names: Sequence[str] = ("first", "second")) -> Dict[str, Any]:
        """Convert to plain JSON.

        names (Sequence[str]): Names of the pipelines.
        RETURNS (Dict[str, Any]): The content of scores.json, see `docs/evaluation.md`. Scores are
            in [0, 1].
        """
        criteria = [criterion.name for criterion in self.evaluations[0].criteria]
        n_models = len(self.evaluations)
        scores = self.bootstrap.scores().reshape(n_models, len(criteria), 3, -1)
        models = []
        for name, evaluation, replicates in zip(names, self.evaluations, scores):
            result = evaluation.to_dict()
            for criterion, values in zip(criteria, replicates):
                row = result["criteria"][criterion]
                intervals = map(interval, values) if row["f"] is not None else [None] * 3
                row["interval"] = dict(zip("prf", intervals))
            models.append({"model": name, **result})
        return {
            "version": SCHEMA_VERSION,
            "unannotated": self.n_unannotated,
            "models": models,
            "differences": _differences(models[0], criteria, scores) if n_models == 2 else {},
        }


def _differences(
    model: Dict[str, Any], criteria: Sequence[str], scores: numpy.ndarray
) -> Dict[str, Any]:
    first, second = scores
    return {
        name: _difference(second[i] - first[i])
        for i, name in enumerate(criteria)
        if model["criteria"][name]["f"] is not None
    }


def _difference(differences: numpy.ndarray) -> Dict[str, Any]:
    result = {}
    for name, values in zip("prf", differences):
        low, high = interval(values)
        # The differences are paired: they are significant if the interval does not contain 0.
        result[name] = {"interval": (low, high), "significant": low > 0 or high < 0}
    return result


def evaluate(
    pipelines: Sequence[Language],
    gold: Iterable[Doc],
    criteria: Optional[Sequence[Criterion]] = None,
    *,
    n_replicates: int = 1000,
    seed: int = 0,
    callback: Optional[Callback] = None,
    spans_key: str = TRIPLES_KEY,
) -> Comparison:
    """Score one pipeline, or compare two on the same gold.

    pipelines (Sequence[Language]): One or two pipelines that set triples.
    gold (Iterable[Doc]): Gold Docs, consumed as they are needed; unannotated ones are skipped.
    criteria (Optional[Sequence[Criterion]]): Match criteria; by default all, without aliases, see
        `spacy_spo.evaluation.matching.make_criteria`.
    n_replicates (int): Bootstrap replicates behind the intervals.
    seed (int): Seed of the bootstrap.
    callback (Optional[Callable[[Sequence[Doc], Doc], None]]): Called for each text with the
        predicted Docs, one for each pipeline, and the gold Doc.
    spans_key (str): The key of predicted and gold triples in `doc.spans`, a setting of the tagger.
    RETURNS (Comparison): Scores, intervals and breakdowns; `to_dict` converts them to plain JSON.
    RAISES (ValueError): If there are neither one nor two pipelines, one of them sets no triples, or
        no Doc is annotated.
    """
    if isinstance(pipelines, (Language, str)):
        raise ValueError(f"evaluate takes a list of one or two pipelines, not {pipelines!r}.")
    if len(pipelines) not in (1, 2):
        raise ValueError(f"evaluate takes a list of one or two pipelines, not of {len(pipelines)}.")
    criteria = make_criteria() if criteria is None else criteria
    evaluations = [Evaluation(criteria, spans_key) for _ in pipelines]
    bootstrap = Bootstrap(len(criteria) * len(pipelines), n_replicates, seed)
    annotated = annotated_docs(gold, spans_key)
    predicates: Counter[str] = Counter()
    for reference, *predicted in _predictions(pipelines, annotated, spans_key):
        predicates.update(triple.predicate for triple in get_triples(reference, spans_key))
        counts = [e.add(doc, reference) for e, doc in zip(evaluations, predicted)]
        bootstrap.add(numpy.concatenate(counts))
        if callback is not None:
            callback(predicted, reference)
    annotated.require_some()
    for nlp in pipelines:
        _warn_of_foreign(nlp, predicates)
    return Comparison(evaluations, bootstrap, annotated.n_unannotated)


def _warn_of_foreign(nlp: Language, predicates: Counter[str]) -> None:
    taggers = [n for n in nlp.pipe_names if nlp.get_pipe_meta(n).factory == "spo_tagger"]
    labels = {label for name in taggers for label in nlp.pipe_labels[name]}
    foreign = sorted(set(predicates) - labels)
    if taggers and foreign:
        warnings.warn(
            f"{sum(predicates[p] for p in foreign)} gold triples have predicates that are no "
            f"labels of the tagger: {reprlib.repr(foreign)} ({len(foreign)} in all). They count as "
            "misses.",
            stacklevel=3,
        )


def _predictions(
    pipelines: Sequence[Language], gold: Iterable[Doc], spans_key: str
) -> Iterator[Tuple[Doc, ...]]:
    """Pair gold Docs with the predictions of each pipeline."""
    golds, *copies = tee(gold, len(pipelines) + 1)
    # Copies run ahead of each other by the buffers of the pipelines, no further.
    streams = [pipe_texts(nlp, map(to_item, copy)) for nlp, copy in zip(pipelines, copies)]
    for reference, *predicted in zip(golds, *streams):
        for nlp, doc in zip(pipelines, predicted):
            require_triples(nlp, doc, spans_key)
        yield (reference, *predicted)

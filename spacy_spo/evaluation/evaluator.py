"""Everything that is counted of predictions against gold, in one pass and in constant memory."""

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

from ..triples import Triple, get_relations, get_triples, has_triples
from .bootstrap import Bootstrap, interval
from .matching import Matched, Rule, precision_recall_f1, text_key
from .overlap_types import OVERLAPS, overlaps
from .scorers import RelationTally

# Of the JSON that `to_dict` returns. It changes when a key changes its meaning or goes.
SCHEMA_VERSION = 1
# Sentences are grouped by their tokens, up to these numbers, and more.
LENGTHS = (16, 32, 64, 128)
MOST_TRIPLES = 5
# Scores of triples are counted in this many classes of equal width.
N_SCORE_BINS = 100


class Tally:
    """The counts of one group under one rule, and what comes of them."""

    def __init__(self) -> None:
        self.right = self.found = self.covered = self.stated = 0

    def add(self, right: int, found: int, covered: int, stated: int) -> None:
        """Count a sentence, or a part of it."""
        self.right += right
        self.found += found
        self.covered += covered
        self.stated += stated

    def to_dict(self) -> Dict[str, Any]:
        """RETURNS (Dict[str, Any]): Counts, and "p", "r", "f"; None where nothing was to be found
        and nothing was."""
        counts = {key: getattr(self, key) for key in ("right", "found", "covered", "stated")}
        known = self.found or self.stated
        scores = map(float, precision_recall_f1(**counts)) if known else [None] * 3
        return {**dict(zip("prf", scores)), **counts}


class ScoreBins:
    """How often triples of which score are right.

    counts (ndarray): For each class of scores, (N_SCORE_BINS,): triples, right ones, and the sum of
        their scores.
    """

    def __init__(self) -> None:
        self.counts = numpy.zeros((N_SCORE_BINS, 3))

    def add(self, score: float, right: bool) -> None:
        """Count a triple."""
        own = min(int(score * N_SCORE_BINS), N_SCORE_BINS - 1)
        self.counts[own] += (1, right, score)

    def to_list(self) -> List[Dict[str, Any]]:
        """RETURNS (List[Dict[str, Any]]): The classes that have triples, the lowest first."""
        return [
            {"from": i / N_SCORE_BINS, "n": int(n), "right": int(right), "mean": total / n}
            for i, (n, right, total) in enumerate(self.counts)
            if n
        ]


class Evaluation:
    """The counts of one pipeline.

    rules (Sequence[Rule]): How triples are matched. All groups are counted under each.
    """

    def __init__(self, rules: Sequence[Rule]) -> None:
        self.rules = list(rules)
        self.n_sentences = 0
        self.has_types = False
        # By dimension, group and rule.
        self.tallies: Dict[str, Dict[str, Dict[str, Tally]]] = defaultdict(
            lambda: defaultdict(lambda: defaultdict(Tally))
        )
        self.relations = RelationTally()
        self.n_lists_right = 0
        self.score_bins = ScoreBins()
        self.confusion: Counter[Tuple[str, str]] = Counter()

    def add(self, predicted: Doc, gold: Doc) -> numpy.ndarray:
        """Count a text.

        predicted (Doc): With what the pipeline found.
        gold (Doc): Of the same text, annotated.
        RETURNS (ndarray): Its counts under each rule, (n_rules, 4), as `Bootstrap` takes them.
        """
        found, stated = get_triples(predicted), get_triples(gold)
        self.n_sentences += 1
        self.has_types |= any(triple.types for triple in stated)
        groups = sentence_groups(gold, stated)
        counts = []
        for rule in self.rules:
            matched = rule.match(found, stated)
            counts.append(
                [len(matched.right), len(matched.found), len(matched.covered), len(matched.stated)]
            )
            self._count(rule.name, matched, groups)
        self._count_predicates(predicted, found, stated)
        self._count_scores(found, stated)
        self.confusion.update(confused(found, stated))
        return numpy.asarray(counts)

    def _count(self, rule: str, matched: Matched, groups: Sequence[Tuple[str, str]]) -> None:
        sizes = (matched.right, matched.found, matched.covered, matched.stated)
        for dimension, group in groups:
            self.tallies[dimension][group][rule].add(*map(len, sizes))
        by_predicate = [Counter(str(key[1]) for key in keys) for keys in sizes]
        for predicate in by_predicate[1].keys() | by_predicate[3].keys():
            own = (counts[predicate] for counts in by_predicate)
            self.tallies["predicate"][predicate][rule].add(*own)

    def _count_predicates(
        self, predicted: Doc, found: Sequence[Triple], stated: Sequence[Triple]
    ) -> None:
        self.relations.see(set(get_relations(predicted)), {t.predicate for t in stated})
        lists = [Counter(key[1] for key in set(map(text_key, side))) for side in (found, stated)]
        self.n_lists_right += lists[0] == lists[1]

    def _count_scores(self, found: Sequence[Triple], stated: Sequence[Triple]) -> None:
        gold = set(map(text_key, stated))
        best: Dict[Tuple[str, str, str], float] = {}
        for triple in found:
            key = text_key(triple)
            best[key] = max(triple.score, best.get(key, 0.0))
        for key, score in best.items():
            self.score_bins.add(score, key in gold)

    def to_dict(self) -> Dict[str, Any]:
        """RETURNS (Dict[str, Any]): Plain JSON. `docs/evaluation.md` says what is where."""
        return {
            "sentences": self.n_sentences,
            "rules": {rule.name: self._rule_dict(rule) for rule in self.rules},
            "relations": {
                **self.relations.scores(),
                "list_exact": self.n_lists_right / max(1, self.n_sentences),
            },
            "scores": self.score_bins.to_list(),
            "confusion": [
                {"gold": gold, "predicted": predicted, "n": n}
                for (gold, predicted), n in self.confusion.most_common()
            ],
        }

    def _rule_dict(self, rule: Rule) -> Dict[str, Any]:
        if rule.name == "typed" and not self.has_types:
            return {"title": rule.title, **Tally().to_dict(), "groups": {}}
        groups = {
            dimension: {group: tallies[rule.name].to_dict() for group, tallies in groups.items()}
            for dimension, groups in self.tallies.items()
            if dimension != "all"
        }
        whole = self.tallies["all"]["all"][rule.name].to_dict()
        return {"title": rule.title, **whole, "groups": groups}


def sentence_groups(gold: Doc, triples: Sequence[Triple]) -> List[Tuple[str, str]]:
    """RETURNS (List[Tuple[str, str]]): Dimension and group of each group that a text belongs to."""
    kinds = overlaps(triples)
    n = len(triples)
    return [
        ("all", "all"),
        *(("overlap", kind) for kind in OVERLAPS if kind in kinds),
        ("triples", str(n) if n < MOST_TRIPLES else f"{MOST_TRIPLES}+"),
        ("tokens", _length_group(len(gold))),
    ]


def _length_group(n_tokens: int) -> str:
    for least, most in zip((1, *(length + 1 for length in LENGTHS)), LENGTHS):
        if n_tokens <= most:
            return f"{least}-{most}"
    return f"{LENGTHS[-1] + 1}+"


def confused(found: Sequence[Triple], stated: Sequence[Triple]) -> Iterator[Tuple[str, str]]:
    """YIELDS (Tuple[str, str]): Gold and predicted predicate of each predicted triple that is not
    gold, and whose arguments have another predicate in the gold."""
    gold: Dict[Tuple[str, str], Set[str]] = defaultdict(set)
    for subject, predicate, object_ in map(text_key, stated):
        gold[subject, object_].add(predicate)
    for subject, predicate, object_ in set(map(text_key, found)):
        others = gold.get((subject, object_), set())
        if predicate not in others:
            yield from ((other, predicate) for other in sorted(others))


class Comparison(NamedTuple):
    """evaluations (List[Evaluation]): Of each pipeline. bootstrap (Bootstrap): A series for each
    pipeline and rule, the rules of the first pipeline first. unknown (int): Texts without gold,
    which were left out."""

    evaluations: List[Evaluation]
    bootstrap: Bootstrap
    unknown: int

    def to_dict(self, names: Sequence[str]) -> Dict[str, Any]:
        """RETURNS (Dict[str, Any]): Plain JSON, the results of each pipeline under its name."""
        rules = [rule.name for rule in self.evaluations[0].rules]
        scores = self.bootstrap.scores().reshape(len(names), len(rules), 3, -1)
        models = []
        for name, evaluation, replicates in zip(names, self.evaluations, scores):
            result = evaluation.to_dict()
            for rule, values in zip(rules, replicates):
                own = result["rules"][rule]
                intervals = map(interval, values) if own["f"] is not None else [None] * 3
                own["interval"] = dict(zip("prf", intervals))
            models.append({"model": name, **result})
        differences = {}
        if len(names) == 2:
            known = models[0]["rules"]
            differences = {
                rule: _difference(a, b)
                for rule, a, b in zip(rules, *scores)
                if known[rule]["f"] is not None
            }
        return {
            "version": SCHEMA_VERSION,
            "without_gold": self.unknown,
            "models": models,
            "differences": differences,
        }


def _difference(a: numpy.ndarray, b: numpy.ndarray) -> Dict[str, Any]:
    """By how much the second pipeline is better, and whether that holds: whether the interval of
    the paired differences lies on one side of 0."""
    result = {}
    for name, values in zip("prf", b - a):
        low, high = interval(values)
        result[name] = {"interval": (low, high), "holds": low > 0 or high < 0}
    return result


def evaluate(
    pipelines: Sequence[Language],
    gold: Iterable[Doc],
    rules: Sequence[Rule],
    *,
    n_replicates: int = 1000,
    seed: int = 0,
    see: Optional[Callable[[Sequence[Doc], Doc], None]] = None,
) -> Comparison:
    """Read texts with one pipeline, or with two to compare, and count.

    pipelines (Sequence[Language]): One or two pipelines that set triples.
    gold (Iterable[Doc]): Gold Docs, read as they are needed.
    rules (Sequence[Rule]): How triples are matched.
    n_replicates (int): Of the bootstrap.
    seed (int): Of the bootstrap.
    see (Optional[Callable]): Called with what the pipelines made of each text, and its gold.
    RETURNS (Comparison): The counts. Docs without annotation are left out.
    RAISES (ValueError): If a pipeline sets no triples, or no Doc is annotated.
    """
    evaluations = [Evaluation(rules) for _ in pipelines]
    bootstrap = Bootstrap(len(rules) * len(pipelines), n_replicates, seed)
    unknown: Counter[bool] = Counter()
    for reference, *predicted in _predictions(pipelines, _annotated(gold, unknown)):
        counts = [e.add(doc, reference) for e, doc in zip(evaluations, predicted)]
        bootstrap.add(numpy.concatenate(counts))
        if see is not None:
            see(predicted, reference)
    if not evaluations[0].n_sentences:
        raise ValueError("No text has gold triples to score against.")
    return Comparison(evaluations, bootstrap, unknown[True])


def _annotated(gold: Iterable[Doc], unknown: "Counter[bool]") -> Iterator[Doc]:
    for doc in gold:
        if has_triples(doc):
            yield doc
        else:
            unknown[True] += 1


def _predictions(pipelines: Sequence[Language], gold: Iterable[Doc]) -> Iterator[Tuple[Doc, ...]]:
    """Gold Docs, each with what the pipelines find in its text."""
    golds, *copies = tee(gold, len(pipelines) + 1)
    # Copies run ahead of each other by the buffers of the pipelines, no further.
    streams = [nlp.pipe(doc.text for doc in copy) for nlp, copy in zip(pipelines, copies)]
    for reference, *predicted in zip(golds, *streams):
        for nlp, doc in zip(pipelines, predicted):
            if not has_triples(doc):
                raise ValueError(
                    "No component of the pipeline sets triples "
                    f"({', '.join(nlp.pipe_names) or 'it is empty'}). One with a trained "
                    "spo_tagger does."
                )
        yield (reference, *predicted)

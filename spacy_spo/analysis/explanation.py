"""Explain a triple: the conditions of its prediction, and the failed one."""

from difflib import get_close_matches
from itertools import product
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Sequence, Set, Tuple

from spacy.language import Language
from spacy.tokens import Doc, Span

from ..evaluation.matching import text_key
from ..pipeline.gold import holds
from ..pipeline.lookup import find_components
from ..pipeline.relation_classifier import RelationClassifier
from ..pipeline.spo_tagger import SpoTagger
from ..pipeline.tagging.decode import BOUNDARY_PARTS, LINK_PARTS, PARTS
from ..pipeline.tagging.links import OBJECT_ROLE, SUBJECT_ROLE, pair_channels, span_channel
from ..segments import Segment
from ..triples import OBJECT, SUBJECT, Triple, get_triples, spans_overlap

_ROLES = {SUBJECT: SUBJECT_ROLE, OBJECT: OBJECT_ROLE}
_SIDES = ("start", "end")


class Step(NamedTuple):
    """A condition of a triple.

    name (str): The condition.
    passed (bool): Whether the triple meets it.
    score (Optional[float]): A probability that is compared with a threshold, if any.
    threshold (Optional[float]): That threshold.
    detail (str): Further information.
    """

    name: str
    passed: bool
    score: Optional[float] = None
    threshold: Optional[float] = None
    detail: str = ""


class Explanation(NamedTuple):
    """The conditions of a triple, and the outcome.

    Of several mentions and segments, those are explained that come furthest.

    steps (List[Step]): Conditions in the order of the pipeline. Later ones may fail as well.
    predicted (bool): Whether the pipeline predicts the triple.
    """

    steps: List[Step]
    predicted: bool

    @property
    def failed_step(self) -> Optional[Step]:
        """Get the first failed condition.

        RETURNS (Optional[Step]): The condition; None if the triple meets all.
        """
        return next((step for step in self.steps if not step.passed), None)


def explain(nlp: Language, text: str, subject: str, predicate: str, object: str) -> Explanation:
    """Explain why a pipeline predicts a triple, or not.

    nlp (Language): A trained pipeline with both components. It does not change.
    text (str): The text.
    subject (str): The subject, as it stands in the text.
    predicate (str): The predicate.
    object (str): The object, as it stands in the text.
    RETURNS (Explanation): The conditions, and whether the triple is predicted.
    RAISES (ValueError): If the pipeline lacks a component.
    """
    doc, classifier, tagger = _run(nlp, text)
    absent = [argument for argument in (subject, object) if argument not in text]
    if absent:
        return _stop("the text has the arguments", f"no {' and no '.join(map(repr, absent))}")
    mentions = [_mentions(doc, argument) for argument in (subject, object)]
    if not all(mentions):
        return _stop("arguments are whole tokens", f"the tokens are {[t.text for t in doc]}")
    if predicate not in classifier.labels or predicate not in tagger.labels:
        return _stop("both components have the predicate", _labels(predicate, classifier, tagger))
    triples = [Triple(s, predicate, o) for s, o in product(*mentions)]
    segments = classifier.segments(doc)
    held = [(t, segment) for t in triples for segment in segments if holds(segment, t)]
    if not held:
        cuts = [doc[start:end].text for start, end in segments]
        return _stop("one segment holds both arguments", f"the segments are {cuts}")
    explanations = [
        _explain_query(doc, triple, segment, classifier, tagger) for triple, segment in held
    ]
    return max(explanations, key=_progress)


def _run(nlp: Language, text: str) -> Tuple[Doc, RelationClassifier, SpoTagger]:
    """Run the pipeline up to the last component.

    Later ones may remove the encoder's output.
    """
    classifier, tagger = find_components(nlp)
    doc = nlp.make_doc(text)
    waiting: Set[Any] = {classifier, tagger}
    for _, pipe in nlp.pipeline:
        doc = pipe(doc)
        waiting.discard(pipe)
        if not waiting:
            break
    return doc, classifier, tagger


def _stop(name: str, detail: str) -> Explanation:
    return Explanation([Step(name, False, detail=detail)], False)


def _labels(predicate: str, classifier: RelationClassifier, tagger: SpoTagger) -> str:
    """Name the components with a predicate, or similar labels."""
    names = [pipe.name for pipe in (classifier, tagger) if predicate in pipe.labels]
    if names:
        return f"a label of {names[0]} alone"
    similar = get_close_matches(predicate, set(classifier.labels) & set(tagger.labels))
    return f"a label of no component{'; similar: ' if similar else ''}{', '.join(similar)}"


def _mentions(doc: Doc, argument: str) -> List[Span]:
    starts = (i for i in range(len(doc.text)) if doc.text.startswith(argument, i))
    spans = (doc.char_span(start, start + len(argument)) for start in starts)
    return [span for span in spans if span is not None]


def _progress(explanation: Explanation) -> Tuple[bool, int, float]:
    """Rank an explanation by its first failed condition and lowest score."""
    passed = [step.passed for step in explanation.steps]
    first = passed.index(False) if False in passed else len(passed)
    scores = [step.score for step in explanation.steps[: first + 1] if step.score is not None]
    return explanation.predicted, first, min(scores, default=0.0)


def _explain_query(
    doc: Doc,
    triple: Triple,
    segment: Segment,
    classifier: RelationClassifier,
    tagger: SpoTagger,
) -> Explanation:
    steps = [_predicate_step(doc, triple.predicate, segment, classifier)]
    steps += _tagger_steps(doc, triple, segment, tagger)
    if all(step.passed for step in steps):
        steps.append(_suppression_step(doc, triple, segment, tagger))
    predicted = text_key(triple) in set(map(text_key, get_triples(doc, tagger.spans_key)))
    if not predicted and all(step.passed for step in steps):
        steps.append(Step("not part of a wider argument across the window boundary", False))
    return Explanation(steps, predicted)


def _predicate_step(
    doc: Doc, predicate: str, segment: Segment, classifier: RelationClassifier
) -> Step:
    scores = classifier.predict([doc])
    row = [other for _, other in scores.doc_segments].index(segment)
    column = classifier.labels.index(predicate)
    score = float(classifier.probabilities(scores)[row, column])
    threshold = classifier.thresholds()[column]
    return Step("the predicate is predicted", score >= threshold, score, threshold)


def _tagger_steps(doc: Doc, triple: Triple, segment: Segment, tagger: SpoTagger) -> Iterator[Step]:
    """Check all parts of a decoded triple: boundaries, then links."""
    boundaries, links = tagger.probabilities(doc, segment, triple.predicate)
    ends = {
        role: (span.start - segment[0], span.end - 1 - segment[0])
        for role, span in triple.arguments.items()
    }
    for part in (PARTS[i] for i in BOUNDARY_PARTS):
        role, side = part.split("_")
        index = _SIDES.index(side)
        position = ends[role][index]
        score = float(boundaries[_ROLES[role], index, position])
        token = doc[segment[0] + position].text
        yield _scored(f"the {role} {side}s here", score, tagger.boundary_threshold, token)
    for part in (PARTS[i] for i in LINK_PARTS):
        for name, link in _links(part, ends, len(tagger.schema.roles)):
            yield _scored(f"{name} belong together", float(links[link]), tagger.pair_threshold)


def _links(
    part: str, ends: Dict[str, Tuple[int, int]], n_roles: int
) -> Iterator[Tuple[str, Tuple[int, int, int]]]:
    """Name the links of a part, with their indices (channel, from, to)."""
    role, _ = part.split("_")
    if role in _ROLES:
        yield f"the {role}'s start and end", (span_channel(_ROLES[role]), *ends[role])
    else:
        channels = pair_channels(OBJECT_ROLE, n_roles)
        for side, channel, start, end in zip(_SIDES, channels, ends[SUBJECT], ends[OBJECT]):
            yield f"the {side}s of subject and object", (channel, start, end)


def _scored(name: str, score: float, threshold: float, detail: str = "") -> Step:
    return Step(name, score >= threshold, score, threshold, detail)


def _suppression_step(doc: Doc, triple: Triple, segment: Segment, tagger: SpoTagger) -> Step:
    kept = [
        tagger.to_triple(doc, query, candidate)
        for query, decoded in tagger.predict([doc])
        if query.segment == segment and query.predicate == triple.predicate
        for candidate in decoded
    ]
    name = "not suppressed by an overlapping triple"
    if any(_has_same_arguments(other, triple) for other in kept):
        return Step(name, True)
    overlapping = [other for other in kept if _overlaps(other, triple)]
    if overlapping:
        return Step(name, False, detail=_join(overlapping))
    return Step("among the best-scored candidates of the query", False)


def _has_same_arguments(a: Triple, b: Triple) -> bool:
    """Compare subject and object, without qualifiers."""
    pairs = ((a.subject, b.subject), (a.object, b.object))
    return all((x.start, x.end) == (y.start, y.end) for x, y in pairs)


def _overlaps(a: Triple, b: Triple) -> bool:
    return spans_overlap(a.subject, b.subject) and spans_overlap(a.object, b.object)


def _join(triples: Sequence[Triple]) -> str:
    return "; ".join(map(str, triples))

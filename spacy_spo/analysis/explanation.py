"""Why a triple was found, or which step removed it."""

from difflib import get_close_matches
from itertools import product
from typing import Any, Iterator, List, NamedTuple, Optional, Sequence, Set, Tuple

import numpy
from spacy.language import Language
from spacy.tokens import Doc, Span

from ..evaluation.matching import text_key
from ..pipeline.gold import holds
from ..pipeline.lookup import find_components
from ..pipeline.relation_classifier import RelationClassifier
from ..pipeline.spo_tagger import SpoTagger
from ..pipeline.tagging.links import OBJECT_ROLE, SUBJECT_ROLE, pair_channels, span_channel
from ..segments import Segment
from ..triples import Triple, get_triples


class Step(NamedTuple):
    """One thing that a triple has to pass.

    name (str): What it is. passed (bool): Whether the triple does. score, threshold
    (Optional[float]): Its probability and what that has to reach, if it is a matter of such. detail
    (str): What else there is to say.
    """

    name: str
    passed: bool
    score: Optional[float] = None
    threshold: Optional[float] = None
    detail: str = ""


class Explanation(NamedTuple):
    """steps (List[Step]): In the order in which they are taken, for the mentions and the segment
    that come furthest. A step that removes a triple need not be the only one that would. found
    (bool): Whether the pipeline finds the triple."""

    steps: List[Step]
    found: bool

    @property
    def removed_by(self) -> Optional[Step]:
        """RETURNS (Optional[Step]): The first step that the triple does not pass."""
        return next((step for step in self.steps if not step.passed), None)


def explain(nlp: Language, text: str, subject: str, predicate: str, object: str) -> Explanation:
    """Tell which step removed a triple that was expected.

    nlp (Language): A trained pipeline with both components.
    text (str): The text.
    subject, predicate, object (str): The triple. Its arguments are looked for in the text.
    RETURNS (Explanation): The steps, and whether the triple is found.
    RAISES (ValueError): If the pipeline lacks a component.
    """
    doc, classifier, tagger = _run(nlp, text)
    missing = [argument for argument in (subject, object) if argument not in text]
    if missing:
        return _stop("the text has the arguments", f"no {' and no '.join(map(repr, missing))}")
    places = [_mentions(doc, argument) for argument in (subject, object)]
    if not all(places):
        return _stop("arguments are whole tokens", f"the tokens are {[t.text for t in doc]}")
    if predicate not in classifier.labels or predicate not in tagger.labels:
        return _stop("training had the predicate", _known_to(predicate, classifier, tagger))
    triples = [Triple(s, predicate, o) for s, o in product(*places)]
    rows = [
        (triple, segment)
        for triple in triples
        for segment in classifier.segments(doc)
        if holds(segment, triple)
    ]
    if not rows:
        cuts = [doc[start:end].text for start, end in classifier.segments(doc)]
        return _stop("one segment holds both arguments", f"the segments are {cuts}")
    explanations = [
        _explain_row(doc, triple, segment, classifier, tagger) for triple, segment in rows
    ]
    return max(explanations, key=_progress)


def _run(nlp: Language, text: str) -> Tuple[Doc, RelationClassifier, SpoTagger]:
    """The Doc as the tagger leaves it: later components may clear what the encoder left."""
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


def _known_to(predicate: str, classifier: RelationClassifier, tagger: SpoTagger) -> str:
    """Which component has a predicate; if none has, which similar ones both have."""
    known = [pipe.name for pipe in (classifier, tagger) if predicate in pipe.labels]
    if known:
        return f"known to {known[0]} alone"
    similar = get_close_matches(predicate, set(classifier.labels) & set(tagger.labels))
    return f"known to no component{'; there is ' if similar else ''}{', '.join(similar)}"


def _mentions(doc: Doc, argument: str) -> List[Span]:
    starts = (i for i in range(len(doc.text)) if doc.text.startswith(argument, i))
    spans = (doc.char_span(start, start + len(argument)) for start in starts)
    return [span for span in spans if span is not None]


def _progress(explanation: Explanation) -> Tuple[bool, int, float]:
    """How far a triple came, and how close it was there."""
    passed = [step.passed for step in explanation.steps]
    first = passed.index(False) if False in passed else len(passed)
    scores = [step.score for step in explanation.steps[: first + 1] if step.score is not None]
    return explanation.found, first, min(scores, default=0.0)


def _explain_row(
    doc: Doc,
    triple: Triple,
    segment: Segment,
    classifier: RelationClassifier,
    tagger: SpoTagger,
) -> Explanation:
    stated = _predicate_step(doc, triple.predicate, segment, classifier)
    steps = [stated, *_tagger_steps(doc, triple, segment, tagger)]
    if all(step.passed for step in steps):
        steps.append(_rival_step(doc, triple, segment, tagger))
    found = text_key(triple) in set(map(text_key, get_triples(doc)))
    if not found and all(step.passed for step in steps):
        steps.append(Step("no longer argument crosses the cut between two segments", False))
    return Explanation(steps, found)


def _predicate_step(
    doc: Doc, predicate: str, segment: Segment, classifier: RelationClassifier
) -> Step:
    scores = classifier.predict([doc])
    row = [own for _, own in scores.doc_segments].index(segment)
    column = classifier.labels.index(predicate)
    score = float(classifier.probabilities(scores)[row, column])
    threshold = classifier.thresholds()[column]
    return Step("the predicate is stated", score >= threshold, score, threshold)


def _tagger_steps(doc: Doc, triple: Triple, segment: Segment, tagger: SpoTagger) -> Iterator[Step]:
    """Boundaries, then links."""
    boundaries, links = tagger.probabilities(doc, segment, triple.predicate)
    edges = []
    for role, span in ((SUBJECT_ROLE, triple.subject), (OBJECT_ROLE, triple.object)):
        start, end = span.start - segment[0], span.end - 1 - segment[0]
        edges.append((start, end))
        for side, position in enumerate((start, end)):
            name = f"the {('subject', 'object')[role]} {('starts', 'ends')[side]} here"
            token = doc[segment[0] + position].text
            yield _scored(name, boundaries[role, side, position], tagger.boundary_threshold, token)
    (s_start, s_end), (o_start, o_end) = edges
    heads, tails = pair_channels(OBJECT_ROLE, len(tagger.schema.roles))
    together = {
        "the subject's start and end": links[span_channel(SUBJECT_ROLE), s_start, s_end],
        "the object's start and end": links[span_channel(OBJECT_ROLE), o_start, o_end],
        "the starts of subject and object": links[heads, s_start, o_start],
        "the ends of subject and object": links[tails, s_end, o_end],
    }
    for name, score in together.items():
        yield _scored(f"{name} belong together", score, tagger.pair_threshold)


def _scored(name: str, score: numpy.floating, threshold: float, detail: str = "") -> Step:
    return Step(name, bool(score >= threshold), float(score), threshold, detail)


def _rival_step(doc: Doc, triple: Triple, segment: Segment, tagger: SpoTagger) -> Step:
    """Of overlapping readings of one statement the best is left."""
    kept = [
        tagger.to_triple(doc, row, own)
        for row, decoded in tagger.predict([doc])
        if row.segment == segment and row.predicate == triple.predicate
        for own in decoded
    ]
    if any(_is_same(other, triple) for other in kept):
        return Step("no better reading of the same statement", True)
    better = [other for other in kept if _overlap(other, triple)]
    if better:
        return Step("no better reading of the same statement", False, detail=_names(better))
    return Step("among the candidates that are kept of one row", False)


def _is_same(a: Triple, b: Triple) -> bool:
    """Whatever the qualifiers."""
    pairs = ((a.subject, b.subject), (a.object, b.object))
    return all((x.start, x.end) == (y.start, y.end) for x, y in pairs)


def _overlap(a: Triple, b: Triple) -> bool:
    pairs = ((a.subject, b.subject), (a.object, b.object))
    return all(x.start < y.end and y.start < x.end for x, y in pairs)


def _names(triples: Sequence[Triple]) -> str:
    return "; ".join(f"{t.subject.text} | {t.predicate} | {t.object.text}" for t in triples)

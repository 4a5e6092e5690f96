"""Find components by type."""

from typing import List, Sequence, Tuple, Type, TypeVar

from spacy.language import Language

from ..triples import TRIPLES_KEY
from .base import SegmentPipe
from .relation_classifier import RelationClassifier
from .spo_tagger import SpoTagger

PipeT = TypeVar("PipeT", bound=SegmentPipe)


def find_tagger(nlp: Language) -> SpoTagger:
    """Find the enabled tagger of a pipeline.

    nlp (Language): The pipeline.
    RETURNS (SpoTagger): Its tagger; of several, the one with the key "spo".
    RAISES (ValueError): If there is none, or there are several and not one of them has this key.
    """
    taggers = _find_all(nlp, SpoTagger)
    if len(taggers) > 1:
        return _choose(taggers, [pipe for pipe in taggers if pipe.spans_key == TRIPLES_KEY])
    if taggers:
        return taggers[0]
    raise _missing(nlp, SpoTagger)


def find_components(nlp: Language) -> Tuple[RelationClassifier, SpoTagger]:
    """Find the tagger of a pipeline, and its classifier.

    nlp (Language): The pipeline.
    RETURNS (Tuple[RelationClassifier, SpoTagger]): The enabled components. Of several taggers, the
        one with the key "spo".
    RAISES (ValueError): If one is missing, or there are several and no choice.
    """
    classifiers = _find_all(nlp, RelationClassifier)
    if not classifiers:
        raise _missing(nlp, RelationClassifier)
    tagger = find_tagger(nlp)
    same = [pipe for pipe in classifiers if pipe.spans_key == tagger.spans_key]
    if not same:
        keys = sorted({pipe.spans_key for pipe in classifiers})
        raise ValueError(
            f"{tagger.name!r} has the spans_key {tagger.spans_key!r}, and no classifier has it: "
            f"theirs are {keys}. Give both components of a model the same."
        )
    return _choose(classifiers, same), tagger


def find_spans_key(nlp: Language) -> str:
    """Find the key of the triples that a pipeline sets.

    nlp (Language): The pipeline.
    RETURNS (str): The key of its tagger; "spo" without a tagger, as other components may set
        triples.
    RAISES (ValueError): If there are several taggers, and no choice.
    """
    return find_tagger(nlp).spans_key if _find_all(nlp, SpoTagger) else TRIPLES_KEY


def find_common_key(pipelines: Sequence[Language]) -> str:
    """Find the key of the triples that several pipelines set.

    pipelines (Sequence[Language]): The pipelines.
    RETURNS (str): The key that all have.
    RAISES (ValueError): If they have different ones.
    """
    keys = [find_spans_key(nlp) for nlp in pipelines]
    if len(set(keys)) > 1:
        raise ValueError(
            f"The pipelines set triples under different keys: {keys}. To compare them, save one "
            "with the key of the other as spans_key of both components."
        )
    return keys[0]


def _find_all(nlp: Language, kind: Type[PipeT]) -> List[PipeT]:
    return [pipe for _, pipe in nlp.pipeline if isinstance(pipe, kind)]


def _missing(nlp: Language, kind: Type[SegmentPipe]) -> ValueError:
    return ValueError(
        f"The pipeline has no {kind.FACTORY} ({', '.join(nlp.pipe_names) or 'it is empty'}). Add "
        "one and train it."
    )


def _choose(pipes: Sequence[PipeT], fitting: Sequence[PipeT]) -> PipeT:
    if len(fitting) == 1:
        return fitting[0]
    keys = ", ".join(f"{pipe.name} (spans_key {pipe.spans_key!r})" for pipe in pipes)
    raise ValueError(
        f"The pipeline has several components of one kind, and which to take is not clear: {keys}. "
        "Disable all but one, for instance by nlp.disable_pipe(name) and nlp.to_disk(path)."
    )

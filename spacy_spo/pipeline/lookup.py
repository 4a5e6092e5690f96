"""The components of a loaded pipeline, by what they are rather than by name."""

from typing import Tuple, Type, TypeVar

from spacy.language import Language

from .base import SegmentPipe
from .relation_classifier import RelationClassifier
from .spo_tagger import SpoTagger

PipeT = TypeVar("PipeT", bound=SegmentPipe)


def find_component(nlp: Language, kind: Type[PipeT]) -> PipeT:
    """RETURNS (PipeT): The first component of a kind, of those that are enabled.

    RAISES (ValueError): If the pipeline has none.
    """
    for _, pipe in nlp.pipeline:
        if isinstance(pipe, kind):
            return pipe
    raise ValueError(
        f"The pipeline has no {kind.FACTORY} ({', '.join(nlp.pipe_names) or 'it is empty'}). Add "
        "one and train it."
    )


def find_components(nlp: Language) -> Tuple[RelationClassifier, SpoTagger]:
    """RETURNS (Tuple[RelationClassifier, SpoTagger]): Those of a pipeline.

    RAISES (ValueError): If it lacks one.
    """
    return find_component(nlp, RelationClassifier), find_component(nlp, SpoTagger)

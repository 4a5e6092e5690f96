"""Find components by type."""

from typing import Tuple, Type, TypeVar

from spacy.language import Language

from .base import SegmentPipe
from .relation_classifier import RelationClassifier
from .spo_tagger import SpoTagger

PipeT = TypeVar("PipeT", bound=SegmentPipe)


def find_component(nlp: Language, kind: Type[PipeT]) -> PipeT:
    """Find the first enabled component of a type.

    nlp (Language): The pipeline.
    kind (Type[PipeT]): The type.
    RETURNS (PipeT): The component.
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
    """Find both components of a pipeline.

    nlp (Language): The pipeline.
    RETURNS (Tuple[RelationClassifier, SpoTagger]): The components.
    RAISES (ValueError): If the pipeline lacks one.
    """
    return find_component(nlp, RelationClassifier), find_component(nlp, SpoTagger)

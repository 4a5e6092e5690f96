"""Hard negatives: the classifier hands them to the tagger within one update.

They are no annotation, so they are never on a Doc, where a user would take them for predictions.
They are kept beside it, as a tok2vec component keeps the outputs of an update for its listeners.
"""

from typing import Dict, List, NamedTuple, Optional
from weakref import WeakKeyDictionary

from spacy.tokens import Doc

from ..segments import Segment


class HardNegative(NamedTuple):
    """A negative predicate of a segment, with a high score.

    segment (Segment): The segment.
    predicate (str): The predicate.
    score (float): Its probability.
    """

    segment: Segment
    predicate: str
    score: float


# By the predicted Doc, the only thing that the components of an update share, and by the key of
# the triples, for several models in one pipeline. An entry goes with
# its Doc: those of `nlp.update` are copies that live no longer than the update.
_NEGATIVES: "WeakKeyDictionary[Doc, Dict[str, List[HardNegative]]]" = WeakKeyDictionary()


def leave_negatives(doc: Doc, spans_key: str, negatives: List[HardNegative]) -> None:
    """Leave the hard negatives of a Doc for the tagger.

    doc (Doc): The predicted Doc of an example.
    spans_key (str): The key of the tagger's triples.
    negatives (List[HardNegative]): Its hard negatives, in place of earlier ones.
    """
    _NEGATIVES.setdefault(doc, {})[spans_key] = negatives


def get_negatives(doc: Doc, spans_key: str) -> Optional[List[HardNegative]]:
    """Get the hard negatives of a Doc.

    doc (Doc): The predicted Doc of an example.
    spans_key (str): The key of the tagger's triples.
    RETURNS (Optional[List[HardNegative]]): Its hard negatives; None if no classifier left any.
    """
    return _NEGATIVES.get(doc, {}).get(spans_key)

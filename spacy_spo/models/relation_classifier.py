"""The architecture of the relation classifier, registered as `spacy-spo.RelationClassifier.v1`."""

from typing import List

from spacy.tokens import Doc
from thinc.api import Model
from thinc.types import Floats2d

from .pytorch.relation_classifier import LabelAttention
from .torch_head import HeadModel, make_torch_head
from .torch_layer import make_torch_layer


def build_relation_classifier(tok2vec: Model[List[Doc], List[Floats2d]]) -> HeadModel:
    """Build the model: one logit per (segment, predicate).

    tok2vec (Model[List[Doc], List[Floats2d]]): The encoder, usually a listener.
    RETURNS (HeadModel): Docs and batches of segments -> for each batch, logits of shape
        (n_segments, nO); nO is the number of predicates.
    """
    return make_torch_head(
        tok2vec, make_torch_layer(LabelAttention, learned=["width", "nO"]), dims=["nO"]
    )

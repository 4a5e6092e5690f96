"""The architecture of the tagger, registered as `spacy-spo.SpoTagger.v1`."""

from typing import List

from spacy.tokens import Doc
from thinc.api import Model
from thinc.types import Floats2d

from .pytorch.spo_tagger import BilinearLinks, ConditionalPointer
from .torch_head import HeadModel, make_torch_head
from .torch_layer import make_torch_layer


def build_spo_tagger(
    tok2vec: Model[List[Doc], List[Floats2d]],
    hidden_width: int,
    link_width: int,
    window_size: int,
) -> HeadModel:
    """Build the model: boundaries and links of arguments by query.

    tok2vec (Model[List[Doc], List[Floats2d]]): The encoder, usually a listener.
    hidden_width (int): Size of the token vectors once the predicate has modulated them.
    link_width (int): Rank of a link's bilinear form, even.
    window_size (int): Neighbours on each side that are mixed into a modulated vector; 0 for a
        pretrained encoder, 1 helps a small one from scratch.
    RETURNS (HeadModel): Docs and batches of queries, a row each -> for each batch, boundary
        logits of shape (n_rows, n_roles, 2, T), start and end, and modulated token vectors (n_rows,
        T, hidden_width). Its ref "links" is a TorchLayer that takes such vectors, their positions
        (n_rows, T), and the rows and the channels to score, each (n_active,), and returns link
        logits (n_active, T, T).
    RAISES (ValueError): If `link_width` is odd.
    """
    if link_width % 2:
        raise ValueError(f"SpoTagger takes an even link_width, not {link_width}.")
    pointer = make_torch_layer(
        ConditionalPointer,
        learned=["width", "n_predicates", "n_roles"],
        hidden_width=hidden_width,
        window_size=window_size,
    )
    links = make_torch_layer(
        BilinearLinks, learned=["n_links"], hidden_width=hidden_width, link_width=link_width
    )
    model = make_torch_head(tok2vec, pointer, links, dims=["n_predicates", "n_roles", "n_links"])
    model.set_ref("links", links)
    return model

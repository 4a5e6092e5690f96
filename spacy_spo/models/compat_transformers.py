"""Access to private parts of spacy-transformers, for an encoder with another shim.

Encoder and shim are subclasses of theirs. `tests/models/test_compat.py` fails if a release of
spacy-transformers changes what they build on.
"""

from typing import cast

from spacy_transformers import TransformerModel
from spacy_transformers.align import get_alignment, get_alignment_via_offset_mapping
from spacy_transformers.data_classes import HFObjects
from spacy_transformers.layers._util import replace_listener_cfg
from spacy_transformers.layers.hf_shim import HFShim
from spacy_transformers.layers.transformer_model import (
    huggingface_tokenize,
    set_pytorch_transformer,
)
from spacy_transformers.truncate import truncate_oversize_splits

__all__ = [
    "HFShim",
    "get_alignment",
    "get_alignment_via_offset_mapping",
    "get_settings",
    "get_shim",
    "huggingface_tokenize",
    "replace_listener_cfg",
    "set_pytorch_transformer",
    "set_shim",
    "truncate_oversize_splits",
]


def get_shim(model: TransformerModel) -> HFShim:
    """Get the shim around the Hugging Face model.

    model (TransformerModel): The encoder.
    RETURNS (HFShim): Its shim.
    """
    return cast(HFShim, model.layers[0].shims[0])


def set_shim(model: TransformerModel, shim: HFShim) -> None:
    """Replace the shim around the Hugging Face model.

    model (TransformerModel): The encoder, changed in place.
    shim (HFShim): The shim.
    """
    model.layers[0].shims[0] = shim


def get_settings(shim: HFShim) -> HFObjects:
    """Get the settings of the Hugging Face model and tokenizer.

    shim (HFShim): A shim.
    RETURNS (HFObjects): The settings, and model and tokenizer once they are loaded.
    """
    return shim._hfmodel

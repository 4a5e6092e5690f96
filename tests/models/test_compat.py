"""What the models lean on in thinc and spacy-transformers beyond their public interfaces.

A test that fails here after an upgrade says what has changed, and which of our files needs it.
"""

import inspect

import pytest
import torch
from spacy_transformers import TransformerModel
from spacy_transformers.data_classes import HFObjects
from thinc.api import Linear, Model, PyTorchWrapper

from spacy_spo.models import compat_thinc, compat_transformers


def test_thinc_keeps_the_forward_function_of_a_model():
    """compat_thinc.set_forward: else the encoder runs without passes of similar length."""
    model = Model("plus", lambda model, X, is_train: (X + 1, lambda dY: dY))
    assert model.predict(1) == 2
    forward = compat_thinc.get_forward(model)
    compat_thinc.set_forward(model, lambda model, X, is_train: forward(model, X + 5, False))
    assert model.predict(1) == 7


def test_thinc_keeps_dims_that_are_not_known_yet():
    """compat_thinc.copy_dims: else `nlp.replace_listeners` loses the width of an encoder."""
    source, target = Linear(nO=3), Linear()
    compat_thinc.copy_dims(source, target)
    assert target.get_dim("nO") == 3 and target.has_dim("nI") is None


def test_thinc_keeps_the_module_of_a_shim():
    """compat_thinc.get_module: else dropout does not reach the heads, and they cannot be built."""
    module, other = torch.nn.Linear(2, 2), torch.nn.Linear(2, 2)
    layer = PyTorchWrapper(module)
    assert compat_thinc.get_module(layer) is module
    compat_thinc.set_module(layer, other)
    assert compat_thinc.get_module(layer) is other


@pytest.fixture
def transformer():
    return TransformerModel("nowhere", lambda docs: [], {"use_fast": True}, {"a": 1})


def test_spacy_transformers_has_one_shim_with_its_settings(transformer):
    """compat_transformers.get_shim, set_shim, get_settings: else `Encoder` cannot be made."""
    shim = compat_transformers.get_shim(transformer)
    assert type(shim) is compat_transformers.HFShim
    settings = compat_transformers.get_settings(shim)
    assert isinstance(settings, HFObjects)
    assert transformer._init_tokenizer_config == {"use_fast": True}
    other = compat_transformers.HFShim(settings)
    compat_transformers.set_shim(transformer, other)
    assert compat_transformers.get_shim(transformer) is other


def test_spacy_transformers_reads_what_it_calls_from_attrs(transformer):
    """`Encoder` replaces these: else case is not learned, or copies have another architecture."""
    assert {"set_transformer", "replace_listener_cfg", "get_spans", "name"} <= set(
        transformer.attrs
    )
    assert transformer.attrs["set_transformer"] is compat_transformers.set_pytorch_transformer
    assert transformer.attrs["replace_listener_cfg"] is compat_transformers.replace_listener_cfg


@pytest.mark.parametrize(
    "name, parameters",
    [
        ("get_alignment", ["spans", "wordpieces", "special_tokens"]),
        ("get_alignment_via_offset_mapping", ["spans", "offset_mapping"]),
        ("huggingface_tokenize", ["tokenizer", "texts"]),
        ("replace_listener_cfg", ["tok2vec_model_cfg", "listener_model_cfg"]),
        ("set_pytorch_transformer", ["model", "hf_model"]),
        ("truncate_oversize_splits", ["wordpieces", "align", "max_length"]),
    ],
)
def test_functions_of_spacy_transformers_take_what_they_did(name, parameters):
    """Called by models/encoder.py."""
    function = getattr(compat_transformers, name)
    assert list(inspect.signature(function).parameters) == parameters


def test_the_shim_of_spacy_transformers_is_that_of_thinc():
    """`EncoderShim` overrides or sets these, in models/encoder.py."""
    methods = {"predict", "begin_update", "finish_update"}
    assert methods <= set(dir(compat_transformers.HFShim))
    shim = compat_transformers.HFShim(HFObjects(None, None, None, {}, {}))
    assert shim._mixed_precision is False and shim._model is None

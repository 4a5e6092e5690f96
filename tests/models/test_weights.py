"""Weights that are loaded, and errors that name what they are from."""

import numpy
import pytest
import torch
from thinc.api import Linear
from transformers import BertConfig, BertModel

from spacy_spo.models.weights import check_finite, dump_weights, load_weights, naming

CPU = torch.device("cpu")


def test_weights_come_back_and_the_module_is_for_inference():
    source, target = torch.nn.Linear(2, 3), torch.nn.Linear(2, 3)
    load_weights(target, dump_weights(source), CPU)
    assert torch.equal(source.weight, target.weight) and not target.training


def test_buffers_that_are_computed_now_may_be_saved():
    """As transformers did before release 4.31."""
    sizes = {"hidden_size": 4, "intermediate_size": 4, "num_attention_heads": 1}
    module = BertModel(BertConfig(vocab_size=5, num_hidden_layers=1, **sizes))
    assert "embeddings.position_ids" not in module.state_dict()
    other = BertModel(module.config)
    other.embeddings.register_buffer("position_ids", torch.arange(8)[None], persistent=True)
    load_weights(module, dump_weights(other), CPU)
    other.register_buffer("more", torch.zeros(1))
    with pytest.raises(ValueError, match=r"1 weights, the first of them 'more', are missing or"):
        load_weights(module, dump_weights(other), CPU)


def test_parameters_of_thinc_are_checked():
    model = Linear(nO=2, nI=2).initialize()
    check_finite(model)
    model.set_param("W", numpy.full((2, 2), numpy.nan, dtype="f"))
    with pytest.raises(ValueError, match=r"1 weights, the first of them 'linear W', .*not finite"):
        check_finite(model)


@pytest.mark.parametrize(
    "error, text",
    [
        (ValueError("no good"), "a/model cannot be loaded: no good. If"),
        (KeyError("nodes"), "a/model cannot be loaded: KeyError: 'nodes'. If"),
    ],
)
def test_errors_of_loading_name_the_file(error, text):
    with pytest.raises(ValueError, match=text), naming("a/model"):
        raise error

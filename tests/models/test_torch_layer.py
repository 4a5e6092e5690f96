"""A torch layer: its module, and how many threads torch has in forks of its process."""

import os
import subprocess
import sys

import pytest
import torch
from support import PIPES, SENTENCES, make_examples

from spacy_spo.models.pytorch.relation_classifier import LabelAttention
from spacy_spo.models.torch_layer import make_torch_layer, torch_module


def test_the_module_of_a_layer():
    layer = make_torch_layer(LabelAttention, learned=["width"], nO=3)
    assert torch_module(layer) is None
    layer.initialize(X={"width": 4})
    assert torch_module(layer).sizes == {"width": 4, "nO": 3}


def test_heads_are_layers_with_modules(make_pipeline):
    nlp = make_pipeline()
    nlp.initialize(lambda: make_examples(nlp, SENTENCES))
    for name in PIPES:
        for layer in nlp.get_pipe(name).model.layers[1:]:
            assert isinstance(torch_module(layer), torch.nn.Module)


FORK = """
import os, pickle, torch
torch.set_num_threads(2)
{before}
pid = os.fork()
if not pid:
    print(torch.get_num_threads(), flush=True)
    os._exit(0)
os.waitpid(pid, 0)
print(torch.get_num_threads())
"""
MAKE_PIPE = """
import spacy
spacy.blank("en").add_pipe("spo_tagger")
"""


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
@pytest.mark.parametrize(
    "before, threads",
    [
        # Installed and imported, but not used: other packages keep their threads.
        ("import spacy_spo.models.torch_layer; import spacy; spacy.blank('en')", 2),
        (MAKE_PIPE, 1),
    ],
)
def test_forks_have_one_thread_if_a_model_of_this_package_was_made(before, threads):
    code = FORK.format(before=before)
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.split() == [str(threads), "2"]

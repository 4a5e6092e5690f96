"""Access to private parts of thinc: forward functions, dims, torch modules.

`tests/models/test_compat.py` fails if a release of thinc changes them.
"""

from typing import Any, Callable

import torch
from thinc.api import Model


def get_forward(model: Model) -> Callable[..., Any]:
    """Get the forward function of a model.

    model (Model): The model.
    RETURNS (Callable): Takes the model, its input, and whether it is training.
    """
    return model._func


def set_forward(model: Model, forward: Callable[..., Any]) -> None:
    """Replace the forward function of a model.

    model (Model): The model, changed in place.
    forward (Callable): Takes the model, its input, and whether it is training.
    """
    model._func = forward


def copy_dims(source: Model, target: Model) -> None:
    """Copy all dims of a model, known or not.

    source (Model): The model.
    target (Model): The model to copy to, changed in place.
    """
    target._dims.update(source._dims)


def get_module(model: Model) -> torch.nn.Module:
    """Get the torch module of a model.

    model (Model): A model with one torch shim.
    RETURNS (Module): Its module.
    """
    module: torch.nn.Module = model.shims[0]._model
    return module


def set_module(model: Model, module: torch.nn.Module) -> None:
    """Set the torch module of a model.

    model (Model): A model with one torch shim, changed in place.
    module (Module): Its module.
    """
    model.shims[0]._model = module

"""Wrap a torch module as a thinc layer of a pipeline.

Its sizes are known only at `initialize` (encoder width, labels), so they are saved with the weights
and the module is built anew when they are loaded.
"""

import os
from functools import cache, partial
from typing import Any, Callable, Dict, Optional, Sequence, Tuple, Type, cast

import srsly
import torch
from thinc.api import ArgsKwargs, Model, PyTorchShim, get_torch_default_device, torch2xp, xp2torch

from .compat_thinc import get_module, set_module
from .weights import dump_weights, load_weights

# Arrays in, arrays out. The first input is of floats, and gets a gradient.
Arrays = Tuple[Any, ...]
TorchLayer = Model[Arrays, Arrays]


@cache  # once a process
def limit_forked_threads() -> None:
    """Let torch run on one thread in forks of this process.

    `nlp.pipe` with n_process forks, and torch's threads do not survive a fork: a worker that counts
    on them waits forever. The workers of torch's own DataLoader have one thread as well. It takes
    effect in every later fork of a process with a model of this package, and in no other process.
    """
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=partial(torch.set_num_threads, 1))


def make_torch_layer(
    module: Type[torch.nn.Module], *, learned: Sequence[str] = (), **sizes: int
) -> TorchLayer:
    """Wrap a torch module.

    module (Type[torch.nn.Module]): Its constructor takes its sizes by keyword and keeps them in
        `sizes`; its forward takes tensors, the first of floats, the others of integers, and
        returns a tuple of tensors.
    learned (Sequence[str]): Sizes that `initialize` finds in its X, a dict.
    sizes (int): Sizes known from the config.
    RETURNS (TorchLayer): The layer; thinc's `dropout_rate` reaches the module's Dropout layers.
    """
    limit_forked_threads()
    shim = TorchShim(
        None, serialize_model=_serialize, deserialize_model=partial(_deserialize, module, sizes)
    )
    return Model(
        "torch-layer",
        forward,
        init=partial(init, module=module, learned=learned, sizes=sizes),
        shims=[shim],
        attrs={"dropout_rate": 0.0},
    )


class TorchShim(PyTorchShim):
    """Run a torch module that several threads may share at inference.

    At inference thinc's own shim puts the module into evaluation mode and back into training mode:
    another thread's pass would get dropout in between. Here it stays in evaluation mode, except in
    the forward passes of training.
    """

    def predict(self, inputs: ArgsKwargs) -> Tuple[torch.Tensor, ...]:
        """Run the module for inference.

        inputs (ArgsKwargs): Its arguments.
        RETURNS (Tuple[Tensor, ...]): Its outputs.
        """
        with torch.no_grad():
            outputs: Tuple[torch.Tensor, ...] = self._model(*inputs.args, **inputs.kwargs)
        return outputs

    def begin_update(
        self, inputs: ArgsKwargs
    ) -> Tuple[Tuple[torch.Tensor, ...], Callable[[ArgsKwargs], ArgsKwargs]]:
        """Run the module for training.

        inputs (ArgsKwargs): Its arguments.
        RETURNS (Tuple[Tuple[Tensor, ...], Callable]): Its outputs, and the callback that takes
            their gradients.
        """
        try:
            outputs, backprop = super().begin_update(inputs)
        finally:
            self._model.eval()
        return outputs, backprop


def init(
    model: TorchLayer,
    X: Any = None,
    Y: Any = None,
    *,
    module: Type[torch.nn.Module],
    learned: Sequence[str],
    sizes: Dict[str, int],
) -> None:
    """Build the module.

    model (TorchLayer): The layer, changed in place.
    X (Dict[str, int]): The learned sizes.
    Y (Any): Not used.
    module (Type[torch.nn.Module]): As in `make_torch_layer`.
    learned (Sequence[str]): As in `make_torch_layer`.
    sizes (Dict[str, int]): As in `make_torch_layer`.
    """
    built = module(**{name: X[name] for name in learned}, **sizes)
    set_module(model, built.to(get_torch_default_device()).eval())


def torch_module(layer: TorchLayer) -> Any:
    """Get the torch module of a layer.

    layer (TorchLayer): An initialized or loaded layer, of this package or another torch wrapper.
    RETURNS (Module): The module, None before. Any, since torch types attributes of modules so.
    """
    return get_module(layer)


def forward(
    model: TorchLayer, inputs: Arrays, is_train: bool
) -> Tuple[Arrays, Callable[[Arrays], Any]]:
    """Run the module.

    model (TorchLayer): The layer.
    inputs (Arrays): Floats, then integers.
    is_train (bool): Whether to keep what gradients need.
    RETURNS (Tuple[Arrays, Callable]): The outputs, and the callback from their gradients to that of
        the first input.
    """
    shim = cast(PyTorchShim, model.shims[0])
    if is_train:
        _set_torch_dropout(torch_module(model), model.attrs["dropout_rate"])
    X = xp2torch(inputs[0], requires_grad=is_train, device=shim.device)
    indices = (torch.as_tensor(array, dtype=torch.long, device=shim.device) for array in inputs[1:])
    outputs, bp = shim(ArgsKwargs((X, *indices), {}), is_train)

    def backprop(d_outputs: Arrays) -> Any:
        grads = tuple(xp2torch(d, device=shim.device) for d in d_outputs)
        bp(ArgsKwargs((outputs,), {"grad_tensors": grads}))
        return torch2xp(cast(torch.Tensor, X.grad))

    return tuple(torch2xp(output) for output in outputs), backprop


def _set_torch_dropout(module: torch.nn.Module, rate: float) -> None:
    # thinc's set_dropout_rate walks thinc nodes only and would never reach these.
    for layer in module.modules():
        if isinstance(layer, torch.nn.Dropout):
            layer.p = rate


def _serialize(module: Optional[torch.nn.Module]) -> bytes:
    if module is None:
        return b""
    return srsly.msgpack_dumps({"sizes": module.sizes, "weights": dump_weights(module)})


def _deserialize(
    module: Type[torch.nn.Module],
    sizes: Dict[str, int],
    _: Optional[torch.nn.Module],
    data: bytes,
    device: torch.device,
) -> Optional[torch.nn.Module]:
    if not data:
        return None
    message = srsly.msgpack_loads(data)
    saved = {name: message["sizes"][name] for name in sizes}
    if saved != sizes:
        raise ValueError(
            f"The model was trained with {saved}, but its config has {sizes}. The sizes of a "
            "trained model cannot be changed: restore them, or train anew."
        )
    built = module(**message["sizes"])
    load_weights(built, message["weights"], device)
    return built

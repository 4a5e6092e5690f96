"""Save and load the weights of a torch module."""

from contextlib import contextmanager
from io import BytesIO
from pickle import UnpicklingError
from typing import Iterator, List

import torch
from thinc.api import Model


def dump_weights(module: torch.nn.Module) -> bytes:
    """Save the weights of a module.

    module (Module): The module.
    RETURNS (bytes): Its state dict, as `torch.save` writes it.
    """
    buffer = BytesIO()
    torch.save(module.state_dict(), buffer)
    return buffer.getvalue()


def load_weights(module: torch.nn.Module, data: bytes, device: torch.device) -> None:
    """Load the weights of a module, and check them.

    module (Module): The module, changed in place and moved to the device. It is for inference
        until it is trained.
    data (bytes): The result of `dump_weights`. Nothing in it is executed.
    device (device): Where the module goes.
    RAISES (ValueError): If weights are missing, have other shapes or are not finite, or there is
        anything else than weights.
    """
    try:
        state = torch.load(BytesIO(data), map_location=device, weights_only=True)
    except UnpicklingError as error:
        # The advice of torch is to execute it.
        raise ValueError("It has more than weights, which is never executed.") from error
    # Other releases of transformers saved some buffers that the model computes now.
    computed = dict(module.named_buffers())
    try:
        missing, unexpected = module.load_state_dict(state, strict=False)
    except RuntimeError as error:  # of other shapes
        raise ValueError(f"The weights do not fit the model: {error}") from error
    wrong = [*missing, *(name for name in unexpected if name not in computed)]
    if wrong:
        raise ValueError(f"The weights do not fit the model: {_count(wrong)} missing or unknown.")
    _refuse([name for name, array in module.state_dict().items() if not array.isfinite().all()])
    module.to(device).eval()


def check_finite(model: Model) -> None:
    """Check that the parameters of a thinc model are finite.

    Those of torch modules are checked when they are loaded.

    model (Model): The model.
    RAISES (ValueError): If there are some that are not finite.
    """
    params = (
        (f"{node.name} {name}", node.get_param(name))
        for node in model.walk()
        for name in node.param_names
        if node.has_param(name)
    )
    _refuse([name for name, array in params if not model.ops.xp.isfinite(array).all()])


def _refuse(broken: List[str]) -> None:
    if broken:
        raise ValueError(f"{_count(broken)} not finite (NaN or infinite): train anew.")


def _count(names: List[str]) -> str:
    return f"{len(names)} weights, the first of them {names[0]!r}, are"


@contextmanager
def naming(source: str) -> Iterator[None]:
    """Name the source in the errors of loading it.

    source (str): What is loaded, e.g. the path of a file.
    RAISES (ValueError): In place of any error in the block.
    """
    try:
        yield
    except Exception as error:  # damaged bytes raise errors of any type
        raise ValueError(
            f"{source} cannot be loaded: {_describe(error)} If it was damaged or edited, copy the "
            "pipeline anew."
        ) from error


def _describe(error: Exception) -> str:
    # That of a KeyError is the bare key.
    text = str(error) if isinstance(error, ValueError) else f"{type(error).__name__}: {error}"
    return text if text.endswith(".") else f"{text}."

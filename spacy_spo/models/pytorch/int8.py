"""Linear layers in 8 bits, for inference on a CPU."""

import copy
import warnings
from typing import Mapping

import torch
from torch import Tensor, nn


class Int8Linear(nn.Module):
    """A linear layer in 8 bits ("dynamic quantization").

    Weights have a scale for each output, activations one for each batch. torch's own dynamic layer
    keeps activations at 7 bits, for processors with overflowing sums of products; on others the
    eighth bit is worth a point of F1.

    linear (Linear): The layer in float32.
    """

    def __init__(self, linear: nn.Linear) -> None:
        super().__init__()
        weight = linear.weight.detach()
        scales = weight.abs().amax(dim=1).clamp(min=1e-8) / 127
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # deprecated in favour of a package with a compiler
            quantized = torch.quantize_per_channel(
                weight, scales, torch.zeros_like(scales, dtype=torch.long), 0, torch.qint8
            )
        self.packed = torch.ops.quantized.linear_prepack(quantized, linear.bias)
        self.reduce_range = not _has_vnni()

    def forward(self, X: Tensor) -> Tensor:
        """Apply the layer.

        X (Tensor): Inputs, (..., n_in), float32.
        RETURNS (Tensor): Outputs, (..., n_out), float32.
        """
        output: Tensor = torch.ops.quantized.linear_dynamic(X, self.packed, self.reduce_range)
        return output


def _has_vnni() -> bool:
    # Instructions that sum products of 8 bits in 32. torch has kernels for those of AVX-512 alone.
    capabilities: Mapping[str, object] = getattr(torch.cpu, "get_capabilities", dict)()
    return bool(capabilities.get("avx512_vnni"))


def quantize(module: nn.Module) -> nn.Module:
    """Copy a module, with its linear layers in 8 bits.

    module (Module): The module, on the CPU. The copy shares its other parameters.
    RETURNS (Module): The copy, for inference only.
    RAISES (ValueError): If the module is on a GPU.
    """
    if any(parameter.device.type != "cpu" for parameter in module.parameters()):
        raise ValueError(
            "precision = int8 is for a CPU, and the model is on another device. Take bfloat16 on a "
            "GPU."
        )
    quantized = copy.deepcopy(module, {id(p): p for p in module.parameters()})
    for parent in list(quantized.modules()):
        for name, layer in parent.named_children():
            if isinstance(layer, nn.Linear):
                setattr(parent, name, Int8Linear(layer))
    return quantized.eval()

"""The shared encoder, registered as `spacy-spo.TransformerModel.v1`.

It is the TransformerModel of spacy-transformers, and reads what that one has saved, with another
shim: in use it reads spans of about one length together, a few at a time, and it may compute in a
precision that the processor is faster at.
"""

from typing import Any, Callable, Dict, Iterator, List, Literal, Optional, Tuple, cast

import torch
from spacy.tokens import Doc, Span
from spacy_transformers import TransformerModel
from spacy_transformers.data_classes import FullTransformerBatch
from spacy_transformers.layers._util import replace_listener, replace_listener_cfg
from spacy_transformers.layers.hf_shim import HFShim
from thinc.api import ArgsKwargs, Model
from transformers.modeling_outputs import BaseModelOutput

from .pytorch.int8 import quantize

Precision = Literal["float32", "bfloat16", "int8"]
PRECISIONS = ("float32", "bfloat16", "int8")


def build_transformer(
    name: str,
    get_spans: Callable[[List[Doc]], List[List[Span]]],
    tokenizer_config: Optional[Dict[str, Any]] = None,
    transformer_config: Optional[Dict[str, Any]] = None,
    precision: Precision = "float32",
    max_wordpieces: int = 1024,
) -> Model[List[Doc], FullTransformerBatch]:
    """A Hugging Face encoder for the `transformer` component.

    name (str): A name on the hub, or a local Hugging Face folder.
    get_spans (Callable): Docs -> the spans of each that are read at once.
    tokenizer_config (Optional[Dict[str, Any]]): Settings of the Hugging Face tokenizer.
    transformer_config (Optional[Dict[str, Any]]): Settings of the Hugging Face model.
    precision (str): "float32"; "bfloat16", in training and in use, where weights stay float32 and
        matrices are multiplied in bfloat16; "int8", in use and on a CPU only, where linear layers
        are quantized when first used, and float32 in training. Saved weights are float32 always.
        Activations in 8 bits have one scale a pass: results vary a little with what is read along.
    max_wordpieces (int): The most wordpieces of a padded pass in use; a longer span is read alone.
        Results change by rounding alone. About a thousand suit a CPU; a GPU wants many more.
    RETURNS (Model[List[Doc], FullTransformerBatch]): The model. In use it gives the last hidden
        state, float32 and 0 for padding, and no other output of the encoder.
    RAISES (ValueError): If a setting is out of its range.
    """
    if precision not in PRECISIONS or max_wordpieces < 1:
        raise ValueError(
            f"TransformerModel takes a precision of {', '.join(PRECISIONS)} and max_wordpieces of "
            f"at least 1, not {precision!r} and {max_wordpieces}."
        )
    model = TransformerModel(name, get_spans, tokenizer_config or {}, transformer_config or {})
    shims = model.layers[0].shims
    settings = cast(HFShim, shims[0])._hfmodel
    shims[0] = EncoderShim(settings, precision, max_wordpieces)
    # Functions of modules, since models are pickled for processes that are spawned.
    model.attrs["replace_listener"] = _replace_listener
    model.attrs["replace_listener_cfg"] = _replace_listener_cfg
    return model


# A component that takes its own copy of the encoder gets an architecture of spacy-transformers,
# which computes in float32, has none of our settings and takes no null.
def _replace_listener(model: Any) -> Any:
    shim = model.layers[0].shims[0]
    shim.precision, shim._quantized = "float32", (None, None)
    return replace_listener(model)


def _replace_listener_cfg(config: Dict[str, Any], listener: Dict[str, Any]) -> Any:
    ours = ("precision", "max_wordpieces")
    plain = {k: {} if v is None else v for k, v in config.items() if k not in ours}
    return replace_listener_cfg(plain, listener)


class EncoderShim(HFShim):
    """Runs the Hugging Face model.

    model (HFObjects): The settings that the model and its tokenizer will be loaded with.
    precision (str): As above.
    max_wordpieces (int): As above.
    """

    def __init__(self, model: Any, precision: Precision, max_wordpieces: int) -> None:
        super().__init__(model)
        self.precision = precision
        self.max_wordpieces = max_wordpieces
        # The float32 model, and its quantized copy.
        self._quantized: Tuple[Any, Any] = (None, None)

    def predict(self, inputs: ArgsKwargs) -> BaseModelOutput:
        """Encode padded spans, those of one length together.

        inputs (ArgsKwargs): Tensors (n_spans, T) by name, the attention mask among them.
        RETURNS (BaseModelOutput): The last hidden state, (n_spans, T, width).
        """
        module = self._module_in_use().eval()
        mask = inputs.kwargs["attention_mask"]
        hidden: Any = torch.zeros(*mask.shape, module.config.hidden_size, device=mask.device)
        with torch.no_grad(), self._autocast():
            for members, width in batch_spans(mask, self.max_wordpieces):
                part = {name: array[members, :width] for name, array in inputs.kwargs.items()}
                state = module(**part).last_hidden_state
                hidden[members, :width] = state * part["attention_mask"][..., None]
        return BaseModelOutput(last_hidden_state=hidden)

    def begin_update(
        self, inputs: ArgsKwargs
    ) -> Tuple[BaseModelOutput, Callable[[ArgsKwargs], ArgsKwargs]]:
        """Encode padded spans for training.

        inputs (ArgsKwargs): Tensors (n_spans, T) by name.
        RETURNS (Tuple[BaseModelOutput, Callable]): The last hidden state, (n_spans, T, width), and
            the callback that takes its gradient.
        """
        # thinc's own context, for CUDA alone, would end ours; if enabled, it takes our dtype.
        self._mixed_precision = self.precision == "bfloat16" and self.device.type == "cuda"
        with self._autocast():
            output, backprop = super().begin_update(inputs)
        # numpy has no bfloat16.
        return BaseModelOutput(last_hidden_state=output.last_hidden_state.float()), backprop

    def finish_update(self, optimizer: Any) -> None:
        """Update the weights.

        optimizer (Optimizer): The optimizer.
        """
        super().finish_update(optimizer)
        # Not in begin_update: `spacy train` lets an annotating encoder predict in between.
        self._quantized = (None, None)

    def _autocast(self) -> torch.autocast:
        # thinc's own mixed precision is for CUDA alone.
        return torch.autocast(
            self.device.type, torch.bfloat16, enabled=self.precision == "bfloat16"
        )

    def _module_in_use(self) -> Any:
        if self.precision != "int8":
            return self._model
        if self._quantized[0] is not self._model:
            self._quantized = (self._model, quantize(self._model))
        return self._quantized[1]


def batch_spans(mask: torch.Tensor, max_wordpieces: int) -> Iterator[Tuple[torch.Tensor, int]]:
    """Group spans of similar length.

    A group ends when it is full, or at least half full where the length changes: padding costs
    more than another pass.

    mask (Tensor): 1 for wordpieces, 0 for padding, (n_spans, T).
    max_wordpieces (int): The most wordpieces of a padded group; a longer span stands alone.
    YIELDS (Tuple[Tensor, int]): Indices of spans, and the columns that they need; longest first.
    """
    columns = torch.arange(1, mask.shape[1] + 1, device=mask.device)
    ends, order = (mask * columns).amax(dim=1).int().sort(descending=True, stable=True)
    lengths = ends.tolist()
    start = 0
    for end in range(1, len(lengths) + 1):
        size, width = end - start, max(1, lengths[start])
        is_last = end == len(lengths)
        is_full = (size + 1) * width > max_wordpieces
        is_step = not is_last and lengths[end] < lengths[end - 1]
        if is_last or is_full or (is_step and 2 * size * width >= max_wordpieces):
            yield order[start:end], width
            start = end

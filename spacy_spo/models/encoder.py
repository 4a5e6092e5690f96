"""The shared encoder, registered as `spacy-spo.TransformerModel.v1`.

It is the TransformerModel of spacy-transformers, and reads what that one has saved, with another
shim: in use it reads spans of about one length together, a few at a time, and it may compute in a
precision that the processor is faster at.
"""

from copy import deepcopy
from typing import Any, Callable, Dict, Iterator, List, Literal, Optional, Tuple, cast

import torch
from huggingface_hub.utils import HFValidationError
from spacy.tokens import Doc, Span
from spacy_transformers import TransformerModel
from spacy_transformers.align import get_alignment, get_alignment_via_offset_mapping
from spacy_transformers.data_classes import FullTransformerBatch, HFObjects, WordpieceBatch
from spacy_transformers.layers import split_trf_batch, trfs2arrays
from spacy_transformers.layers._util import replace_listener_cfg
from spacy_transformers.layers.hf_shim import HFShim
from spacy_transformers.layers.transformer_model import (
    huggingface_tokenize,
    init,
    set_pytorch_transformer,
)
from spacy_transformers.truncate import truncate_oversize_splits
from thinc.api import ArgsKwargs, Model, chain
from thinc.types import Floats2d, Ragged
from transformers.modeling_outputs import BaseModelOutput

from .case import case_types, learn_case
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
    mark_case: bool = False,
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
    mark_case (bool): Whether the encoder is told, as token types, which wordpieces have capitals:
        for an encoder with token types whose tokenizer folds case. A trained one keeps what it was
        trained with.
    RETURNS (Model[List[Doc], FullTransformerBatch]): The model. In use it gives the last hidden
        state, float32 and 0 for padding, and no other output of the encoder.
    RAISES (ValueError): If a setting is out of its range.
    """
    if precision not in PRECISIONS or max_wordpieces < 1:
        raise ValueError(
            f"TransformerModel takes a precision of {', '.join(PRECISIONS)} and max_wordpieces of "
            f"at least 1, not {precision!r} and {max_wordpieces}."
        )
    return Encoder(
        name,
        get_spans,
        tokenizer_config or {},
        transformer_config or {},
        precision=precision,
        max_wordpieces=max_wordpieces,
        mark_case=mark_case,
    )


def build_tok2vec_transformer(
    name: str,
    get_spans: Callable[[List[Doc]], List[List[Span]]],
    pooling: Model[Ragged, Floats2d],
    grad_factor: float = 1.0,
    tokenizer_config: Optional[Dict[str, Any]] = None,
    transformer_config: Optional[Dict[str, Any]] = None,
    precision: Precision = "float32",
    max_wordpieces: int = 1024,
    mark_case: bool = False,
) -> Model[List[Doc], List[Floats2d]]:
    """The encoder inside a component that does not share it: what `nlp.replace_listeners` makes.
    The settings are those of `build_transformer` and of a listener.

    pooling (Model[Ragged, Floats2d]): From the vectors of a token's wordpieces to the token's.
    grad_factor (float): What gradients are multiplied with before they reach the encoder.
    RETURNS (Model[List[Doc], List[Floats2d]]): The model: for each Doc, (n_tokens, width).
    """
    encoder = build_transformer(
        name,
        get_spans,
        tokenizer_config,
        transformer_config,
        precision,
        max_wordpieces,
        mark_case,
    )
    # Nested as spaCy nests an encoder that it puts in the place of a listener.
    return chain(chain(encoder, split_trf_batch()), trfs2arrays(pooling, grad_factor))


class Encoder(TransformerModel):
    """The model of the `transformer` component. The settings are those of `build_transformer`."""

    def __init__(
        self,
        name: str,
        get_spans: Callable[[List[Doc]], List[List[Span]]],
        tokenizer_config: Dict[str, Any],
        transformer_config: Dict[str, Any],
        *,
        precision: Precision = "float32",
        max_wordpieces: int = 1024,
        mark_case: bool = False,
    ) -> None:
        super().__init__(name, get_spans, tokenizer_config, transformer_config)
        shims = self.layers[0].shims
        settings = cast(HFShim, shims[0])._hfmodel
        shims[0] = EncoderShim(settings, precision, max_wordpieces)
        # Functions of modules, since models are pickled for processes that are spawned.
        self._func = forward
        self.init = _init
        self.attrs["mark_case"] = mark_case
        self.attrs["set_transformer"] = _set_transformer
        self.attrs["replace_listener_cfg"] = _replace_listener_cfg

    def copy(self) -> "Encoder":
        """RETURNS (Encoder): A copy for a component that no longer listens. That of
        spacy-transformers has the weights alone."""
        copied = Encoder(self.attrs["name"], self.attrs["get_spans"], {}, {})
        copied.layers[0] = deepcopy(self.layers[0])
        copied.attrs.update(self.attrs)
        copied._dims.update(self._dims)
        return copied


def _init(model: TransformerModel, X: Optional[List[Doc]] = None, Y: Any = None) -> None:
    """Load the encoder, unless it is loaded already."""
    try:
        init(model, X, Y)
    except (OSError, HFValidationError) as error:
        # That of Hugging Face need not say which encoder it is about.
        raise OSError(
            f"The encoder {model.attrs['name']!r} could not be loaded, neither as a local folder "
            f"nor from the hub: {error}"
        ) from error


def forward(
    model: TransformerModel, docs: List[Doc], is_train: bool
) -> Tuple[FullTransformerBatch, Callable[[FullTransformerBatch], List[Doc]]]:
    """Cut the Docs into spans and those into wordpieces, and encode them."""
    nested: List[List[Span]] = model.attrs["get_spans"](docs)
    spans = [span for doc_spans in nested for span in doc_spans]
    wordpieces, align = _tokenize(model, spans)
    output, backprop = model.layers[0](wordpieces, is_train)

    def backprop_docs(d_output: FullTransformerBatch) -> List[Doc]:
        backprop(d_output.model_output)
        return docs

    return FullTransformerBatch(nested, wordpieces, output, align), backprop_docs


def _tokenize(model: TransformerModel, spans: List[Span]) -> Tuple[WordpieceBatch, Ragged]:
    """The wordpieces of spans, and which of them each token is aligned with."""
    tokenizer, texts = model.tokenizer, [span.text for span in spans]
    encoding = huggingface_tokenize(tokenizer, texts)
    offsets: Any = encoding.get("offset_mapping")  # of fast tokenizers alone
    if model.attrs["mark_case"]:
        encoding["token_type_ids"] = case_types(texts, offsets)
    wordpieces = WordpieceBatch.from_batch_encoding(encoding)
    if offsets is not None:
        align = get_alignment_via_offset_mapping(spans, offsets)
    else:
        align = get_alignment(spans, wordpieces.strings, tokenizer.all_special_tokens)
    return truncate_oversize_splits(wordpieces, align, tokenizer.model_max_length)


def _set_transformer(model: TransformerModel, pretrained: HFObjects) -> None:
    if model.attrs["mark_case"]:
        if not pretrained.tokenizer.is_fast:
            raise ValueError(
                f"mark_case needs a fast tokenizer, not {type(pretrained.tokenizer).__name__}: set "
                "use_fast = true in tokenizer_config, or mark_case = false."
            )
        learn_case(pretrained.transformer)
    set_pytorch_transformer(model, pretrained)


def _replace_listener_cfg(config: Dict[str, Any], listener: Dict[str, Any]) -> Dict[str, Any]:
    replaced: Dict[str, Any] = replace_listener_cfg(config, listener)
    return {**replaced, "@architectures": "spacy-spo.Tok2VecTransformer.v1"}


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

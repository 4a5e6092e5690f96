"""The shared encoder, registered as `spacy-spo.TransformerModel.v1`.

It is the TransformerModel of spacy-transformers, with the same files, and another shim: at
inference it encodes spans of similar length together, a few at a time, and it may compute in a
precision that is faster on the processor.
"""

import warnings
from copy import deepcopy
from typing import Any, Callable, Dict, Iterator, List, Literal, Optional, Tuple, cast

import torch
from spacy.tokens import Doc, Span
from spacy_transformers import TransformerModel
from spacy_transformers.data_classes import FullTransformerBatch, HFObjects, WordpieceBatch
from spacy_transformers.layers import split_trf_batch, trfs2arrays
from thinc.api import ArgsKwargs, Model, chain
from thinc.types import Floats2d, Ragged
from transformers.modeling_outputs import BaseModelOutput

from .alignment import count_indistinct, trim_offsets
from .compat_thinc import copy_dims, set_forward
from .compat_transformers import (
    HFShim,
    get_alignment,
    get_alignment_via_offset_mapping,
    get_settings,
    get_shim,
    huggingface_tokenize,
    replace_listener_cfg,
    set_pytorch_transformer,
    set_shim,
    truncate_oversize_splits,
)
from .pretrained import dump_pretrained, load_pretrained, parse_pretrained
from .pytorch.int8 import quantize
from .torch_layer import limit_forked_threads
from .weights import naming
from .wordpiece_case import case_types, learn_case

Precision = Literal["float32", "bfloat16", "int8"]
PRECISIONS = ("float32", "bfloat16", "int8")
DEFAULT_PRECISION: Precision = "float32"
DEFAULT_MAX_WORDPIECES = 1024
DEFAULT_MARK_CASE = False
# The share of tokens with the vector of a neighbour above which there is a warning. English has
# none with the wordpieces of BERT, .005 with those of multilingual E5, and Chinese .43 with these.
MAX_INDISTINCT = 0.02


def build_transformer(
    name: str,
    get_spans: Callable[[List[Doc]], List[List[Span]]],
    tokenizer_config: Optional[Dict[str, Any]] = None,
    transformer_config: Optional[Dict[str, Any]] = None,
    precision: Precision = DEFAULT_PRECISION,
    max_wordpieces: int = DEFAULT_MAX_WORDPIECES,
    mark_case: bool = DEFAULT_MARK_CASE,
) -> Model[List[Doc], FullTransformerBatch]:
    """Build a Hugging Face encoder for the `transformer` component.

    name (str): A name on the hub, or a local Hugging Face folder.
    get_spans (Callable): Docs -> the spans of each that are encoded as a sequence.
    tokenizer_config (Optional[Dict[str, Any]]): Settings of the Hugging Face tokenizer.
    transformer_config (Optional[Dict[str, Any]]): Settings of the Hugging Face model.
    precision (str): "float32"; "bfloat16", in training and at inference, where weights stay float32
        and matrices are multiplied in bfloat16; "int8", at inference and on a CPU only, where
        linear layers are quantized at the first pass, and float32 in training. Saved weights are
        always float32. Activations in 8 bits have one scale a pass: results vary a little with the
        batch.
    max_wordpieces (int): The most wordpieces of a padded pass at inference; a longer span has a
        pass alone. Results change by rounding alone. About a thousand suit a CPU; a GPU needs more.
    mark_case (bool): Whether the encoder gets the case of wordpieces as token types: for an encoder
        with token types and a lower-casing tokenizer. A trained encoder keeps its setting.
    RETURNS (Model[List[Doc], FullTransformerBatch]): The model. At inference it returns the last
        hidden state, float32 and 0 for padding, and no other output of the encoder.
    RAISES (ValueError): If a setting is out of its range, or asks for code of others.
    """
    if precision not in PRECISIONS or max_wordpieces < 1:
        raise ValueError(
            f"TransformerModel takes a precision of {', '.join(PRECISIONS)} and max_wordpieces of "
            f"at least 1, not {precision!r} and {max_wordpieces}."
        )
    for settings in (tokenizer_config, transformer_config):
        if settings and settings.get("trust_remote_code"):
            raise ValueError(
                f"trust_remote_code cannot be set for {name!r}: code of a model is never run. Take "
                "an encoder that transformers has the code of."
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
    precision: Precision = DEFAULT_PRECISION,
    max_wordpieces: int = DEFAULT_MAX_WORDPIECES,
    mark_case: bool = DEFAULT_MARK_CASE,
) -> Model[List[Doc], List[Floats2d]]:
    """Build an encoder inside one component, as for `nlp.replace_listeners`.

    The settings are those of `build_transformer` and of a listener.

    pooling (Model[Ragged, Floats2d]): Vectors of a token's wordpieces -> vector of the token.
    grad_factor (float): Factor of the gradients that reach the encoder.
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
    # Nested as spaCy nests the encoder that replaces a listener.
    return chain(chain(encoder, split_trf_batch()), trfs2arrays(pooling, grad_factor))


class Encoder(TransformerModel):
    """The model of the `transformer` component.

    The settings are those of `build_transformer`.
    """

    def __init__(
        self,
        name: str,
        get_spans: Callable[[List[Doc]], List[List[Span]]],
        tokenizer_config: Dict[str, Any],
        transformer_config: Dict[str, Any],
        *,
        precision: Precision,
        max_wordpieces: int,
        mark_case: bool,
    ) -> None:
        super().__init__(name, get_spans, tokenizer_config, transformer_config)
        limit_forked_threads()
        set_shim(self, EncoderShim(get_settings(get_shim(self)), precision, max_wordpieces))
        # Functions of modules, since models are pickled for spawned processes.
        set_forward(self, forward)
        self.init = _init
        self.attrs["mark_case"] = mark_case
        self.attrs["set_transformer"] = _set_transformer
        self.attrs["replace_listener_cfg"] = _replace_listener_cfg

    def copy(self) -> "Encoder":
        """Copy the encoder, for `nlp.replace_listeners`.

        The method of spacy-transformers copies the weights alone.

        RETURNS (Encoder): The copy.
        """
        shim = cast(EncoderShim, get_shim(self))
        copied = Encoder(
            self.attrs["name"],
            self.attrs["get_spans"],
            {},
            {},
            precision=shim.precision,
            max_wordpieces=shim.max_wordpieces,
            mark_case=self.attrs["mark_case"],
        )
        copied.layers[0] = deepcopy(self.layers[0])
        copied.attrs.update(self.attrs)
        copy_dims(self, copied)
        return copied

    def from_bytes(self, bytes_data: bytes) -> "Encoder":
        """Load what `to_bytes` saved.

        bytes_data (bytes): The bytes.
        RETURNS (Encoder): The encoder itself.
        RAISES (ValueError): If they are damaged or do not fit the config.
        """
        # The component, a class of spacy-transformers, passes no path.
        with naming("The file `model` in the folder of the transformer component"):
            super().from_bytes(bytes_data)
        return self


def _init(model: TransformerModel, X: Optional[List[Doc]] = None, Y: Any = None) -> None:
    """Load the encoder, unless it is loaded already."""
    if not model.attrs["has_transformer"]:
        pretrained = load_pretrained(
            model.attrs["name"], model._init_tokenizer_config, model._init_transformer_config
        )
        model.attrs["set_transformer"](model, pretrained)
    _warn_of_indistinct(model, X or [])


def _warn_of_indistinct(model: TransformerModel, docs: List[Doc]) -> None:
    spans = [span for doc_spans in model.attrs["get_spans"](docs) for span in doc_spans]
    if not any(span.text for span in spans):
        return
    align = _tokenize(model, spans)[1]
    n_indistinct, n_tokens = count_indistinct(align), len(align.lengths)
    if n_indistinct > MAX_INDISTINCT * n_tokens:
        warnings.warn(
            f"The encoder {model.attrs['name']!r} gives {n_indistinct} of {n_tokens} tokens "
            f"({n_indistinct / n_tokens:.0%}, in the first {len(docs)} texts) the vector of a "
            "neighbour, since they share all wordpieces with it. No argument that starts or ends "
            "between them can be found. Take an encoder with shorter wordpieces (for Chinese one "
            "with a wordpiece for each character), or a tokenizer with longer tokens.",
            stacklevel=2,
        )


def forward(
    model: TransformerModel, docs: List[Doc], is_train: bool
) -> Tuple[FullTransformerBatch, Callable[[FullTransformerBatch], List[Doc]]]:
    """Cut Docs into spans, tokenize and encode them.

    model (TransformerModel): The encoder.
    docs (List[Doc]): The Docs.
    is_train (bool): Whether to keep what gradients need.
    RETURNS (Tuple[FullTransformerBatch, Callable]): The outputs, and the callback that takes their
        gradients.
    """
    nested: List[List[Span]] = model.attrs["get_spans"](docs)
    spans = [span for doc_spans in nested for span in doc_spans]
    wordpieces, align = _tokenize(model, spans)
    output, backprop = model.layers[0](wordpieces, is_train)

    def backprop_docs(d_output: FullTransformerBatch) -> List[Doc]:
        backprop(d_output.model_output)
        return docs

    return FullTransformerBatch(nested, wordpieces, output, align), backprop_docs


def _tokenize(model: TransformerModel, spans: List[Span]) -> Tuple[WordpieceBatch, Ragged]:
    # The wordpieces, and the alignment of tokens with them.
    tokenizer, texts = model.tokenizer, [span.text for span in spans]
    encoding = huggingface_tokenize(tokenizer, texts)
    offsets: Any = encoding.get("offset_mapping")  # of fast tokenizers only
    if model.attrs["mark_case"]:
        encoding["token_type_ids"] = case_types(texts, offsets)
    wordpieces = WordpieceBatch.from_batch_encoding(encoding)
    if offsets is not None:
        align = get_alignment_via_offset_mapping(spans, trim_offsets(texts, offsets))
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
    """Run the Hugging Face model.

    model (HFObjects): The settings for loading the model and its tokenizer.
    precision (str): As in `build_transformer`.
    max_wordpieces (int): As in `build_transformer`.
    """

    def __init__(self, model: Any, precision: Precision, max_wordpieces: int) -> None:
        super().__init__(model)
        self.precision = precision
        self.max_wordpieces = max_wordpieces
        # The float32 model, and its quantized copy. By identity, since loading replaces the model,
        # and the copy of an earlier one must not answer for it.
        self._quantized: Tuple[Any, Any] = (None, None)

    def predict(self, inputs: ArgsKwargs) -> BaseModelOutput:
        """Encode padded spans, similar lengths together.

        inputs (ArgsKwargs): Tensors (n_spans, T) by name, the attention mask among them.
        RETURNS (BaseModelOutput): The last hidden state, (n_spans, T, width).
        """
        module = self._inference_module().eval()
        mask = inputs.kwargs["attention_mask"]
        hidden: Any = torch.zeros(*mask.shape, module.config.hidden_size, device=mask.device)
        with torch.no_grad(), self._autocast():
            for members, width in batch_spans(mask, self.max_wordpieces):
                batch = {name: array[members, :width] for name, array in inputs.kwargs.items()}
                state = module(**batch).last_hidden_state
                hidden[members, :width] = state * batch["attention_mask"][..., None]
        return BaseModelOutput(last_hidden_state=hidden)

    def begin_update(
        self, inputs: ArgsKwargs
    ) -> Tuple[BaseModelOutput, Callable[[ArgsKwargs], ArgsKwargs]]:
        """Encode padded spans for training.

        inputs (ArgsKwargs): Tensors (n_spans, T) by name.
        RETURNS (Tuple[BaseModelOutput, Callable]): The last hidden state, (n_spans, T, width), and
            the callback that takes its gradient.
        """
        # thinc's own context, for CUDA only, would end this one; if enabled, it takes this dtype.
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
        # Not in begin_update: in `spacy train` an annotating encoder predicts in between.
        self._quantized = (None, None)

    def to_bytes(self) -> bytes:
        """Save model and tokenizer.

        RETURNS (bytes): The bytes, for `from_bytes`.
        """
        return dump_pretrained(self._hfmodel)

    def from_bytes(self, bytes_data: bytes) -> "EncoderShim":
        """Load model and tokenizer.

        bytes_data (bytes): The result of `to_bytes`, also of spacy-transformers.
        RETURNS (EncoderShim): The shim itself.
        RAISES (ValueError): As `parse_pretrained`.
        """
        self._hfmodel = parse_pretrained(bytes_data)
        self._model = self._hfmodel.transformer
        return self

    def _autocast(self) -> torch.autocast:
        # thinc's own mixed precision is for CUDA only.
        return torch.autocast(
            self.device.type, torch.bfloat16, enabled=self.precision == "bfloat16"
        )

    def _inference_module(self) -> Any:
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
    max_wordpieces (int): The most wordpieces of a padded group; a longer span is a group alone.
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

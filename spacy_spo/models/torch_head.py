"""How a torch module sits on a spaCy encoder: one wrapper for both architectures.

The module reads the token vectors of the whole batch as one flat tensor, and batches of rows. A
row is a range of that tensor, with what else the module wants to know of it. Its sizes are known
only at `initialize` (encoder width, labels), so they are saved with the weights and the module is
built anew when they are loaded.
"""

import os
from functools import partial
from io import BytesIO
from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple, Type, cast

import srsly
import torch
from spacy.tokens import Doc
from thinc.api import ArgsKwargs, Model, PyTorchShim, get_torch_default_device, torch2xp, xp2torch
from thinc.types import Floats2d, Ints1d

# Rows of one padded pass: first token of each row in the flat batch, number of tokens, and, for
# the tagger, predicate. Each of shape (n_rows,).
RowBatch = Tuple[Ints1d, ...]
HeadInput = Tuple[List[Doc], List[RowBatch]]
# For each batch of rows, the arrays that the module returns for it.
HeadOutput = List[Tuple[Any, ...]]
HeadModel = Model[HeadInput, HeadOutput]

# `nlp.pipe` with n_process forks, which torch's threads do not survive: a worker that counts on
# them waits forever. So it has one thread, as the workers of torch's own DataLoader have.
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=partial(torch.set_num_threads, 1))

NO_ENCODER = (
    "The encoder did not run on these Docs. Check that the pipeline has the transformer or tok2vec "
    "component that this one listens to, that it comes first and is not disabled, and that this "
    "component is not among the annotating_components of a training without it."
)


def torch_head(
    tok2vec: Model[List[Doc], List[Floats2d]],
    module: Type[torch.nn.Module],
    *,
    dims: Sequence[str],
    **sizes: int,
) -> HeadModel:
    """Put a torch module on top of an encoder.

    tok2vec (Model[List[Doc], List[Floats2d]]): The encoder, usually a listener.
    module (Type[torch.nn.Module]): Its constructor takes sizes by keyword: `width`, the encoder's,
        `dims` and `sizes`; its forward takes X (n_tokens, width) and the tensors of one RowBatch.
    dims (Sequence[str]): Sizes that the component sets (`set_dim`) before it initializes.
    sizes (int): Sizes known from the config.
    RETURNS (HeadModel): The model; thinc's `dropout_rate` reaches the module's Dropout layers.
    """
    shim = PyTorchShim(
        None, serialize_model=_serialize, deserialize_model=partial(_deserialize, module, sizes)
    )
    return Model(
        "torch-head",
        forward,
        init=partial(init, module=module, sizes=sizes),
        layers=[tok2vec],
        shims=[shim],
        refs={"tok2vec": tok2vec},
        dims={"nI": None, **dict.fromkeys(dims)},
        attrs={"dropout_rate": 0.0, "dim_names": list(dims)},
    )


def init(
    model: HeadModel,
    X: Optional[HeadInput] = None,
    Y: Any = None,
    *,
    module: Type[torch.nn.Module],
    sizes: Dict[str, int],
) -> None:
    """Build the module, once the encoder's width and the component's sizes are known."""
    tok2vec = model.get_ref("tok2vec")
    docs = X[0] if X else []
    if any(_is_unlinked(node) for node in tok2vec.walk()):
        raise ValueError(NO_ENCODER)
    tok2vec.initialize(X=docs)
    width = tok2vec.predict(docs[:1])[0].shape[1]
    model.set_dim("nI", width)
    learned = {name: model.get_dim(name) for name in model.attrs["dim_names"]}
    built = module(width=width, **learned, **sizes)
    model.shims[0]._model = built.to(get_torch_default_device())


def forward(
    model: HeadModel, inputs: HeadInput, is_train: bool
) -> Tuple[HeadOutput, Callable[[HeadOutput], List[Doc]]]:
    """Encode the Docs, run the module over each batch of rows."""
    docs, batches = inputs
    vectors, bp_vectors = _encode(model, docs, is_train)
    X = model.ops.flatten(vectors)  # (n_tokens, nI)
    _check_width(model, X)
    if not is_train:
        _check_encoded(docs, X)
    shim = cast(PyTorchShim, model.shims[0])
    _set_torch_dropout(shim._model, model.attrs["dropout_rate"])
    Xt = xp2torch(X, requires_grad=is_train, device=shim.device)
    outputs, backprops = [], []
    for batch in batches:
        rows = tuple(torch.as_tensor(a, dtype=torch.long, device=shim.device) for a in batch)
        Yt, bp = shim(ArgsKwargs((Xt, *rows), {}), is_train)
        outputs.append(tuple(torch2xp(y) for y in Yt))
        backprops.append((Yt, bp))

    def backprop(d_outputs: HeadOutput) -> List[Doc]:
        # A batch without rows still has to call the encoder back, with zeros: the last
        # listener's call is what sends the summed gradient into a shared encoder.
        for (Yt, bp), d_output in zip(backprops, d_outputs):
            grads = tuple(xp2torch(d, device=shim.device) for d in d_output)
            bp(ArgsKwargs((Yt,), {"grad_tensors": grads}))
        dX = model.ops.alloc2f(*X.shape) if Xt.grad is None else torch2xp(Xt.grad)
        lengths = model.ops.asarray1i([len(v) for v in vectors])
        return bp_vectors(model.ops.unflatten(dX, lengths))

    return outputs, backprop


def _is_unlinked(node: Model) -> bool:
    # A TransformerListener learns its width from the transformer that it listens to.
    return hasattr(node, "upstream_name") and not node.has_dim("nO")


def _encode(
    model: HeadModel, docs: List[Doc], is_train: bool
) -> Tuple[List[Floats2d], Callable[..., List[Doc]]]:
    try:
        return model.get_ref("tok2vec")(docs, is_train)
    except AttributeError as error:
        # A listener reads an extension of the Doc that only a transformer component registers.
        if Doc.has_extension("trf_data"):
            raise
        raise ValueError(NO_ENCODER) from error


def _check_width(model: HeadModel, X: Floats2d) -> None:
    width = model.get_dim("nI")
    if X.size and X.shape[1] != width:
        raise ValueError(
            f"The encoder gives vectors of width {X.shape[1]}, and this component was trained on "
            f"{width}: they do not belong together. Take a component and the encoder that it "
            "listens to from the same pipeline."
        )


def _check_encoded(docs: List[Doc], X: Floats2d) -> None:
    # A listener that finds no encoder output on a Doc returns zeros and says nothing. White space
    # and control characters have no wordpiece: their vectors are zero by right.
    if X.size and not X.any() and any(char.isalnum() for doc in docs for char in doc.text):
        raise ValueError(f"All token vectors are zero. {NO_ENCODER}")


def _set_torch_dropout(module: torch.nn.Module, rate: float) -> None:
    # thinc's set_dropout_rate walks thinc nodes only and would never reach these.
    for layer in module.modules():
        if isinstance(layer, torch.nn.Dropout):
            layer.p = rate


def _serialize(module: Optional[torch.nn.Module]) -> bytes:
    if module is None:
        return b""
    buffer = BytesIO()
    torch.save(module.state_dict(), buffer)
    return srsly.msgpack_dumps({"sizes": module.sizes, "weights": buffer.getvalue()})


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
            f"The model was trained with {saved}, and its config says {sizes}. The sizes of a "
            "trained model cannot be changed."
        )
    built = module(**message["sizes"])
    built.load_state_dict(
        torch.load(BytesIO(message["weights"]), map_location=device, weights_only=True)
    )
    return built.to(device)

"""Put a torch layer on a spaCy encoder, for both architectures.

The layer takes the token vectors of the whole batch as one flat array, and batches of rows. A row
is a range of that array, with further integers for the layer.
"""

import warnings
from functools import partial
from typing import Any, Callable, Iterable, List, Optional, Sequence, Tuple

from spacy.tokens import Doc
from thinc.api import Model
from thinc.types import Floats2d, Ints1d

from ..once import warn_once
from .torch_layer import Arrays, TorchLayer

# Rows of one padded pass: first token of each row in the flat batch, number of tokens, and, for
# the tagger, predicate. Each of shape (n_rows,).
RowBatch = Tuple[Ints1d, ...]
HeadInput = Tuple[List[Doc], List[RowBatch]]
# For each batch of rows, the arrays that the layer returns for it.
HeadOutput = Iterable[Arrays]
HeadModel = Model[HeadInput, HeadOutput]

NO_ENCODER = (
    "The encoder did not run on these Docs. Check that the pipeline has the transformer or tok2vec "
    "component that this one listens to, that it comes first and is not disabled, and that this "
    "component is not among the annotating_components of a training without it."
)
NOT_FOUND = "No triple is found there. Give it shorter spans, with get_spans in the config."
NOT_LEARNED = "no triple is learned there. Give it shorter spans, with get_spans in the config."


def make_torch_head(
    tok2vec: Model[List[Doc], List[Floats2d]],
    rows: TorchLayer,
    *further: TorchLayer,
    dims: Sequence[str],
) -> HeadModel:
    """Put a torch layer on top of an encoder.

    tok2vec (Model[List[Doc], List[Floats2d]]): The encoder, usually a listener.
    rows (TorchLayer): Takes X (n_tokens, width) and the arrays of one RowBatch. Among its learned
        sizes are `width`, the encoder's, and the `dims`.
    further (TorchLayer): Layers that the component itself calls on the outputs of `rows`. They are
        initialized, trained and saved with it, and are `model.layers[2:]`.
    dims (Sequence[str]): Sizes that the component sets (`set_dim`) before it initializes.
    RETURNS (HeadModel): The model. At inference it scores a batch of rows when its output is asked
        for, and keeps none.
    """
    return Model(
        "torch-head",
        forward,
        init=partial(init, dims=dims),
        layers=[tok2vec, rows, *further],
        refs={"tok2vec": tok2vec},
        dims={"nI": None, **dict.fromkeys(dims)},
    )


def init(
    model: HeadModel, X: Optional[HeadInput] = None, Y: Any = None, *, dims: Sequence[str]
) -> None:
    """Build the layers from the encoder's width and the component's sizes.

    model (HeadModel): The model, changed in place.
    X (Optional[HeadInput]): Sample Docs.
    Y (Any): Not used.
    dims (Sequence[str]): Sizes that the component has set.
    RAISES (ValueError): If the encoder is a listener without an encoder.
    """
    tok2vec = model.get_ref("tok2vec")
    docs = X[0] if X else []
    if any(_is_unlinked(node) for node in tok2vec.walk()):
        raise ValueError(NO_ENCODER)
    tok2vec.initialize(X=docs)
    width = tok2vec.predict(docs[:1])[0].shape[1]
    model.set_dim("nI", width)
    learned = {"width": width, **{name: model.get_dim(name) for name in dims}}
    for layer in model.layers[1:]:
        layer.initialize(X=learned)


def forward(
    model: HeadModel, inputs: HeadInput, is_train: bool
) -> Tuple[HeadOutput, Callable[[HeadOutput], List[Doc]]]:
    """Encode the Docs and run the layer over each batch of rows.

    model (HeadModel): The model.
    inputs (HeadInput): The Docs, and batches of rows.
    is_train (bool): Whether to keep what gradients need.
    RETURNS (Tuple[HeadOutput, Callable]): The outputs by batch, and the callback that takes their
        gradients.
    RAISES (ValueError): If the encoder's width is another one, or it did not run.
    """
    docs, batches = inputs
    vectors, bp_vectors = _encode(model, docs, is_train)
    X = model.ops.flatten(vectors)  # (n_tokens, nI)
    _check_width(model, X)
    layer = model.layers[1]
    lost = _describe_lost(docs, X)
    if lost and is_train:
        # Each epoch has the same texts. A thinc model takes no weak reference, its shim does.
        warn_once(layer.shims[0], "lost", f"{lost} In this and all batches, {NOT_LEARNED}")
    elif lost and not X.any():
        raise ValueError(f"All token vectors are zero. {NO_ENCODER}")
    elif lost:
        warnings.warn(f"{lost} {NOT_FOUND}", stacklevel=2)
    if not is_train:
        return (layer.predict((X, *rows)) for rows in batches), lambda _: []
    results = [layer.begin_update((X, *rows)) for rows in batches]

    def backprop(d_outputs: HeadOutput) -> List[Doc]:
        # A batch without rows still has to call the encoder back, with zeros: the last
        # listener's call is what sends the summed gradient into a shared encoder.
        dX: Any = model.ops.alloc2f(*X.shape)
        for (_, bp), d_output in zip(results, d_outputs):
            dX += bp(d_output)
        lengths = model.ops.asarray1i([len(v) for v in vectors])
        return bp_vectors(model.ops.unflatten(dX, lengths))

    return [output for output, _ in results], backprop


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
            f"The encoder gives vectors of width {X.shape[1]}, but this component was trained on "
            f"{width}. Take a component and its encoder from the same pipeline."
        )


def _describe_lost(docs: List[Doc], X: Any) -> str:
    # A listener silently returns zeros for Docs without encoder output, and for tokens that the
    # encoder cut off.
    is_zero = ~X.any(axis=1)
    if not is_zero.any():
        return ""
    # White space and control characters have no wordpiece: their vectors have to be zero.
    tokens = (token for doc in docs for token in doc)
    lost = [t for t, zero in zip(tokens, is_zero.tolist()) if zero and _has_alnum(t.text)]
    if not lost:
        return ""
    first = lost[0]
    return (
        f"The encoder gave no vectors for {len(lost)} tokens, the first of them "
        f"{first.text[:50]!r} at character {first.idx} of {first.doc.text[:50]!r}: it cut them "
        "off, or could not align them."
    )


def _has_alnum(text: str) -> bool:
    return any(char.isalnum() for char in text)

"""The base of both components: labels, training loop, batches of rows."""

from itertools import accumulate, islice
from typing import (
    Any,
    Callable,
    ClassVar,
    Dict,
    Iterable,
    List,
    NamedTuple,
    Optional,
    Sequence,
    Tuple,
)

import numpy
from spacy.errors import Errors
from spacy.pipeline import TrainablePipe
from spacy.tokens import Doc
from spacy.training import Example, validate_examples
from spacy.vocab import Vocab
from thinc.api import Optimizer, set_dropout_rate

from ..losses import MultiLabelLoss
from ..models.torch_head import HeadModel, RowBatch
from ..segments import Segment, Segmenter

# Takes the gradient of the scores that it was returned with.
Backprop = Callable[[Any], Any]
# The index of a Doc in its batch, and one of its segments.
DocSegment = Tuple[int, Segment]


class SegmentPipe(TrainablePipe):
    """A trainable pipe with a torch head over segments.

    Its `cfg` holds labels and schema, learned in training; settings of the user are attributes.
    """

    # Its name in the registry of factories.
    FACTORY: ClassVar[str]
    model: HeadModel

    def __init__(
        self,
        vocab: Vocab,
        model: HeadModel,
        name: str,
        *,
        segments: Segmenter,
        loss: MultiLabelLoss,
        temperature: float,
        learn_rate_factor: float,
        scorer: Optional[Callable[..., Dict[str, Any]]],
    ) -> None:
        factors = {"learn_rate_factor": learn_rate_factor, "temperature": temperature}
        for setting, value in factors.items():
            if value <= 0:
                raise ValueError(f"{setting} of {name!r} is {value}: not above 0.")
        self.vocab = vocab
        self.model = model
        self.name = name
        self.segments = segments
        self.loss = loss
        self.temperature = temperature
        self.learn_rate_factor = learn_rate_factor
        self.scorer = scorer
        self.cfg: Dict[str, Any] = {"labels": []}

    @property
    def labels(self) -> Tuple[str, ...]:
        """Get the predicates.

        RETURNS (Tuple[str, ...]): The predicates, in order of the model's columns.
        """
        return tuple(self.cfg["labels"])

    @property
    def label_data(self) -> List[str]:
        """Get the predicates for `spacy init labels` and `initialize`.

        RETURNS (List[str]): The predicates.
        """
        return list(self.labels)

    def add_label(self, label: str) -> int:
        """Add a predicate, before the model is initialized.

        label (str): The predicate.
        RETURNS (int): 1 if it was added, 0 if the component has it.
        RAISES (ValueError): If it is not a string, or the model is initialized.
        """
        if not isinstance(label, str):
            raise ValueError(Errors.E187)
        if label in self.cfg["labels"]:
            return 0
        if self.model.has_dim("nI"):
            raise ValueError(
                f"Cannot add predicate {label!r} to {self.name!r}: its model is initialized with "
                f"{len(self.labels)} predicates. Add it before initialize, or train anew."
            )
        self.cfg["labels"].append(label)
        self.vocab.strings.add(label)
        return 1

    def update(
        self,
        examples: Iterable[Example],
        *,
        drop: float = 0.0,
        sgd: Optional[Optimizer] = None,
        losses: Optional[Dict[str, float]] = None,
    ) -> Dict[str, float]:
        """Learn from a batch.

        examples (Iterable[Example]): The batch.
        drop (float): The dropout rate.
        sgd (Optional[Optimizer]): The optimizer, if the parameters are to be stepped here.
        losses (Optional[Dict[str, float]]): The losses by component, added to.
        RETURNS (Dict[str, float]): The losses.
        """
        losses = {} if losses is None else losses
        losses.setdefault(self.name, 0.0)
        examples = list(examples)
        validate_examples(examples, f"{type(self).__name__}.update")
        # The encoder returns early in this case alone, and waits for its listeners in all others.
        if not any(len(eg.predicted) for eg in examples):
            return losses
        set_dropout_rate(self.model, drop)
        scores, backprop = self._begin_update(examples)
        loss, gradient = self.get_loss(examples, scores)
        backprop(gradient)
        if sgd is not None:
            self.finish_update(sgd)
        losses[self.name] += loss
        return losses

    def _begin_update(self, examples: List[Example]) -> Tuple[Any, Backprop]:
        # Runs the model for training. The scores are those for `get_loss`.
        raise NotImplementedError

    def finish_update(self, sgd: Optimizer) -> None:
        """Step the parameters, the head with `learn_rate_factor`.

        Adam undoes any scaling of gradients, so the step itself is scaled. An encoder inside the
        component keeps the optimizer's rate; a shared one is stepped by its own component.

        sgd (Optimizer): The optimizer.
        """
        self.model.get_ref("tok2vec").finish_update(sgd)
        rate = sgd.learn_rate
        try:
            sgd.learn_rate = rate * self.learn_rate_factor
            for layer in self.model.layers[1:]:
                layer.finish_update(sgd)
        finally:
            sgd.learn_rate = rate

    def _sample(self, get_examples: Callable[[], Iterable[Example]]) -> List[Doc]:
        docs = (eg.predicted for eg in get_examples())
        return list(islice((doc for doc in docs if len(doc)), 10))

    def _set_labels(self, labels: Iterable[str]) -> None:
        for label in labels:
            self.add_label(label)
        self._require_labels()


class Batch(NamedTuple):
    """Rows of one padded pass.

    members (ndarray): Indices of the rows.
    rows (RowBatch): The input of the model: first tokens, lengths, further columns.
    """

    members: numpy.ndarray
    rows: RowBatch


def batch_by_length(
    docs: Sequence[Doc],
    doc_segments: Sequence[DocSegment],
    *extra: Sequence[int],
    max_rows: Optional[int] = None,
    max_tokens: Optional[int] = None,
) -> List[Batch]:
    """Batch segments of similar length, with little padding.

    docs (Sequence[Doc]): The Docs, whose tokens follow each other in the flat batch.
    doc_segments (Sequence[DocSegment]): The segments, a row each.
    extra (Sequence[int]): Further columns for the model, one entry a row.
    max_rows (Optional[int]): The most rows of a batch.
    max_tokens (Optional[int]): The most tokens of a padded batch; a longer row is a batch alone.
    RETURNS (List[Batch]): Batches of (first token, number of tokens, *extra).
    """
    offsets = [0, *accumulate(len(doc) for doc in docs)]
    starts = numpy.asarray([offsets[i] + start for i, (start, _) in doc_segments], dtype="i")
    lengths = numpy.asarray([end - start for _, (start, end) in doc_segments], dtype="i")
    columns = (starts, lengths, *(numpy.asarray(column, dtype="i") for column in extra))
    batches: List[List[int]] = []
    width = 0
    for row in numpy.argsort(-lengths, kind="stable").tolist():
        size = len(batches[-1]) + 1 if batches else 0
        # The first row of a batch is its longest.
        if not size or size > (max_rows or size) or size * width > (max_tokens or size * width):
            batches.append([])
            width = int(lengths[row])
        batches[-1].append(row)
    indices = [numpy.asarray(batch) for batch in batches]
    return [Batch(i, tuple(column[i] for column in columns)) for i in indices]

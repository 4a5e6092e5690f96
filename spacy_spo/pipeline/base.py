"""The base of both components: labels, training loop, batches of rows."""

import math
import warnings
from itertools import accumulate, islice
from typing import (
    Any,
    Callable,
    ClassVar,
    Dict,
    Iterable,
    List,
    Mapping,
    NamedTuple,
    Optional,
    Sequence,
    Tuple,
)

import numpy
from spacy.errors import Errors
from spacy.tokens import Doc
from spacy.training import Example, validate_examples
from spacy.vocab import Vocab
from thinc.api import Optimizer, set_dropout_rate

from ..losses import MultiLabelLoss
from ..models.torch_head import HeadModel, RowBatch
from ..once import select_new, warn_once
from ..segments import Segment, Segmenter
from .gold_counts import (
    BATCH,
    EVALUATION,
    TRAINING,
    GoldCounts,
    count_gold,
    explain_foreign,
    explain_no_triples,
)
from .saving import SavedPipe
from .settings import Setting, get_settings, parse_factor, parse_key
from .token_boundaries import Boundaries, add_boundaries, explain_departure, is_learned

# Takes the gradient of the scores that it was returned with.
Backprop = Callable[[Any], Any]
# The index of a Doc in its batch, and one of its segments.
DocSegment = Tuple[int, Segment]


class SegmentPipe(SavedPipe):
    """A trainable pipe with a torch head over segments.

    Its `cfg` holds what was learned in training; settings of the user are attributes, checked
    whenever they are set, and saved if they were changed.
    """

    # Its name in the registry of factories.
    FACTORY: ClassVar[str]
    model: HeadModel
    spans_key = Setting(parse_key)
    temperature = Setting(parse_factor)
    learn_rate_factor = Setting(parse_factor)
    # The settings that the component was made with.
    _configured: Dict[str, Any]

    def __init__(
        self,
        vocab: Vocab,
        model: HeadModel,
        name: str,
        *,
        spans_key: str,
        segments: Segmenter,
        loss: MultiLabelLoss,
        temperature: float,
        learn_rate_factor: float,
        scorer: Optional[Callable[..., Dict[str, Any]]],
    ) -> None:
        self.vocab = vocab
        self.model = model
        self.name = name
        self.spans_key = spans_key
        self.segments = segments
        self.loss = loss
        self.temperature = temperature
        self.learn_rate_factor = learn_rate_factor
        self.scorer = scorer
        self.cfg: Dict[str, Any] = {"labels": []}
        # Of the Docs at inference, until there are enough to judge.
        self._boundaries: Boundaries = {}

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
        RAISES (ValueError): If it is not a non-empty string, or the model is initialized.
        """
        if not isinstance(label, str) or not label:
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
        RAISES (ValueError): If the loss is not a number.
        """
        losses = {} if losses is None else losses
        losses.setdefault(self.name, 0.0)
        examples = list(examples)
        validate_examples(examples, f"{type(self).__name__}.update")
        # The encoder returns early in this case alone, and waits for its listeners in all others.
        if not any(len(eg.predicted) for eg in examples):
            return losses
        self._check_labels(count_gold(examples, self.spans_key), BATCH)
        self._learn_boundaries([eg.predicted for eg in examples])
        set_dropout_rate(self.model, drop)
        scores, backprop = self._begin_update(examples)
        loss, gradient = self.get_loss(examples, scores)
        self._check_loss(loss, len(examples))
        backprop(gradient)
        if sgd is not None:
            self.finish_update(sgd)
        losses[self.name] += loss
        return losses

    def score(self, examples: Iterable[Example], **kwargs: Any) -> Dict[str, Any]:
        """Compute the scores of `nlp.evaluate`, and check its gold.

        Warns of gold without triples, and of predicates that are no labels. The scorer cannot: it
        is not given the labels.

        examples (Iterable[Example]): Predicted and gold Docs.
        kwargs (Any): Settings of the scorer.
        RETURNS (Dict[str, Any]): The scores; none without a scorer.
        """
        if self.scorer is None:
            return {}
        examples = list(examples)
        gold = count_gold(examples, self.spans_key)
        if not gold.triples:
            reason = explain_no_triples(gold, EVALUATION)
            warn_once(self, EVALUATION, f"{self.name!r} cannot be scored: {reason}")
        self._check_labels(gold, EVALUATION)
        kwargs = {"spans_key": self.spans_key, **kwargs}
        scores: Dict[str, Any] = super().score(examples, **kwargs)
        return scores

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

    def _changed_settings(self) -> Dict[str, Any]:
        return {
            name: {"configured": self._configured[name], "value": value}
            for name, value in get_settings(self).items()
            if value != self._configured[name]
        }

    def _restore_settings(self, saved: Mapping[str, Any]) -> None:
        for name, configured in self._configured.items():
            change = saved.get(name, {"configured": configured, "value": configured})
            # A config that was changed since, for instance in `spacy.load`, wins.
            is_kept = change["configured"] == configured
            setattr(self, name, change["value"] if is_kept else configured)

    def _set_sizes(self) -> None:
        for dim, size in self._sizes().items():
            self.model.set_dim(dim, size)

    def _sample(self, get_examples: Callable[[], Iterable[Example]]) -> List[Doc]:
        docs = (eg.predicted for eg in get_examples())
        sample = list(islice((doc for doc in docs if len(doc)), 10))
        if not sample:
            reason = explain_no_triples(count_gold(get_examples(), self.spans_key), TRAINING)
            raise ValueError(f"{self.name!r} has no token to learn from: {reason}")
        return sample

    def _set_labels(self, labels: Iterable[str], gold: GoldCounts) -> None:
        if isinstance(labels, str):
            raise ValueError(f"The labels of {self.name!r} are a list, not the string {labels!r}.")
        for label in labels:
            self.add_label(label)
        if not self.labels and gold.triples:
            raise ValueError(
                f"{self.name!r} has no predicate to learn: the given labels or schema are empty, "
                f"and {sum(gold.triples.values())} gold triples have predicates."
            )
        if not self.labels:
            raise ValueError(
                f"{self.name!r} has no predicate to learn: {explain_no_triples(gold, TRAINING)}"
            )
        # spaCy passes one example of its own where there is no corpus.
        if not gold.triples and gold.n_examples > 1:
            reason = explain_no_triples(gold, TRAINING)
            warn_once(self, TRAINING, f"{self.name!r} has nothing to learn: {reason}")
        self._check_labels(gold, TRAINING)

    def _check_labels(self, gold: GoldCounts, corpus: str) -> None:
        foreign = sorted(gold.triples.keys() - set(self.labels))
        # Of initialize and all batches of training once, and once of evaluation.
        facts = ((corpus == EVALUATION, predicate) for predicate in foreign)
        new = [predicate for _, predicate in select_new(self, facts)]
        if new:
            warnings.warn(explain_foreign(self.name, gold, new, corpus), stacklevel=3)

    def _check_loss(self, loss: float, n_examples: int) -> None:
        # The weights of a further step would be no numbers either, and spaCy cannot save the loss.
        if not math.isfinite(loss):
            raise ValueError(
                f"The loss of {self.name!r} is {loss} in a batch of {n_examples} examples: "
                "training has diverged, and the weights are of no use. Lower the learn rate or "
                "`learn_rate_factor`, and set grad_clip of the optimizer. If that does not help, "
                "turn off mixed precision and check the weights of the encoder."
            )

    def _learn_boundaries(self, docs: Sequence[Doc]) -> None:
        learned = self.cfg.setdefault("tokens", {})
        if is_learned(learned):
            self._check_boundaries(docs)
        else:
            add_boundaries(docs, learned)

    def _check_boundaries(self, docs: Sequence[Doc]) -> None:
        learned = self.cfg.get("tokens")
        if not learned:  # untrained, or trained by a version that did not count them
            return
        add_boundaries(docs, self._boundaries)
        departure = explain_departure(self._boundaries, learned)
        if departure:
            warn_once(
                self,
                "tokens",
                f"{self.name!r} gets Docs with other tokens than those of its training: they end "
                f"at {departure}. Triples will be missed. Pass texts, or Docs of the tokenizer of "
                "this pipeline, and merge or split tokens only if training does too.",
            )


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

"""Small encoders made from nothing but texts, and masked-language-model pretraining.

What is made here is an ordinary Hugging Face folder: spacy-transformers, or anything else, loads
it by its path. The architecture is that of BERT with rotary positions (Su et al., 2021, "RoFormer:
Enhanced Transformer with Rotary Position Embedding"): from few texts, attention learns how far a
token is much sooner than where it stands. The pretraining is that of BERT (Devlin et al. 2019,
"BERT: Pre-training of Deep Bidirectional Transformers"), without its next-sentence task.
"""

import logging
import random
import string
import time
from collections import Counter
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Callable, Dict, Iterable, Iterator, List, NamedTuple, Tuple

import torch
import torch.nn.functional as F
from spacy.util import minibatch
from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer
from transformers import (
    AutoModel,
    AutoModelForMaskedLM,
    AutoTokenizer,
    BertTokenizerFast,
    DataCollatorForLanguageModeling,
    PreTrainedModel,
    PreTrainedTokenizerBase,
    RoFormerConfig,
    RoFormerForMaskedLM,
    get_linear_schedule_with_warmup,
)

SPECIAL_TOKENS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
_NOT_MASKED = -100  # what the collator writes where nothing is to be predicted
_BUFFERED_BATCHES = 50
_MAX_HELD_OUT = 1000
_WARMUP = 0.1  # share of the steps
_WEIGHT_DECAY = 0.01
_MAX_GRADIENT_NORM = 1.0


class MaskedScores(NamedTuple):
    """How well masked tokens are predicted.

    loss (float): Mean cross-entropy of a masked token, in nats.
    accuracy (float): Share of masked tokens predicted right, in [0, 1].
    """

    loss: float
    accuracy: float


class Progress(NamedTuple):
    """Where pretraining stands.

    step (int): Batches learned from so far.
    loss (float): Mean batch loss since the last report, in nats.
    texts_per_second (float): Speed since the last report.
    """

    step: int
    loss: float
    texts_per_second: float


def build_vocab(texts: Iterable[str], min_count: int = 2, lower_case: bool = False) -> List[str]:
    """Make a character vocabulary for WordPiece.

    Characters that BERT does not set apart as words of their own (Latin letters, digits, kana:
    not Han characters, not punctuation) are also there in the form that continues a word, so
    that "1981" is `1 ##9 ##8 ##1`.

    texts (Iterable[str]): The texts, read once.
    min_count (int): How often a character must occur to be taken in.
    lower_case (bool): Whether the tokenizer will lower-case.
    RETURNS (List[str]): Special tokens, characters by falling frequency, their `##` forms.
    RAISES (ValueError): If no character occurs often enough.
    """
    normalizer = _normalizer(lower_case)
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(normalizer.normalize_str(text))
    kept = [c for c, n in counts.items() if n >= min_count and not c.isspace()]
    if not kept:
        raise ValueError(
            f"No character of the texts occurs {min_count} times or more. Give more text, or a "
            "lower min_count (--min-count on the command line)."
        )
    # One unknown letter makes a whole word unknown, so ASCII is always complete.
    ascii_words = normalizer.normalize_str(string.ascii_letters + string.digits)
    chars = sorted({*kept, *ascii_words}, key=lambda c: (-counts[c], c))
    return [*SPECIAL_TOKENS, *chars, *(f"##{c}" for c in chars if _continues_word(c))]


def build_tokenizer(
    vocab: List[str], *, lower_case: bool = False, max_length: int = 512
) -> BertTokenizerFast:
    """Make a WordPiece tokenizer that keeps accents and sets Han characters apart.

    vocab (List[str]): The vocabulary, e.g. of `build_vocab`.
    lower_case (bool): Whether to lower-case.
    max_length (int): The longest sequence of the encoder, in wordpieces.
    RETURNS (BertTokenizerFast): The tokenizer.
    """
    with TemporaryDirectory() as folder:
        path = Path(folder) / "vocab.txt"
        path.write_text("\n".join(vocab) + "\n", encoding="utf8")
        return BertTokenizerFast(
            vocab_file=str(path),
            do_lower_case=lower_case,
            strip_accents=False,  # else lower-casing strips them
            model_max_length=max_length,
        )


@contextmanager
def _no_advice() -> Iterator[None]:
    """Without what transformers says to its own developers: of RoFormer, that it could generate."""

    def is_for_users(record: logging.LogRecord) -> bool:
        return "has generative capabilities" not in record.getMessage()

    logger = logging.getLogger("transformers.modeling_utils")
    logger.addFilter(is_for_users)
    try:
        yield
    finally:
        logger.removeFilter(is_for_users)


@_no_advice()
def build_encoder(
    vocab_size: int,
    *,
    hidden_size: int = 128,
    layers: int = 2,
    heads: int = 4,
    intermediate_size: int = 512,
    max_length: int = 512,
    dropout: float = 0.1,
    seed: int = 0,
) -> PreTrainedModel:
    """Make an encoder with random weights.

    vocab_size (int): Number of wordpieces.
    hidden_size (int): Width of a token vector; a multiple of twice the `heads`, since rotary
        positions turn pairs of features.
    layers (int): Number of layers.
    heads (int): Attention heads of a layer.
    intermediate_size (int): Width of the feed-forward part of a layer.
    max_length (int): The longest sequence, in wordpieces.
    dropout (float): Dropout of vectors and of attention, in [0, 1).
    seed (int): Seeds torch; the same seed gives the same weights.
    RETURNS (PreTrainedModel): The masked language model; its `base_model` is the encoder.
    RAISES (ValueError): If the hidden size is no such multiple.
    """
    if hidden_size % (2 * heads):
        raise ValueError(
            f"The hidden size ({hidden_size}) must be a multiple of twice the number of attention "
            f"heads ({heads})."
        )
    config = RoFormerConfig(
        vocab_size=vocab_size,
        hidden_size=hidden_size,
        embedding_size=hidden_size,
        num_hidden_layers=layers,
        num_attention_heads=heads,
        intermediate_size=intermediate_size,
        max_position_embeddings=max_length,
        hidden_dropout_prob=dropout,
        attention_probs_dropout_prob=dropout,
    )
    torch.manual_seed(seed)
    return RoFormerForMaskedLM(config)


@_no_advice()
def load_encoder(path: str) -> Tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    """Load an encoder of any architecture that transformers can train on masked tokens.

    path (str): A Hugging Face folder, or a name that transformers finds.
    RETURNS (Tuple[PreTrainedModel, PreTrainedTokenizerBase]): The masked language model, whose
        `base_model` is the encoder, and its tokenizer.
    """
    model = AutoModelForMaskedLM.from_pretrained(path)
    # It comes without the pooler, and a folder saved without it would get a random one, and a
    # warning, whenever it is loaded.
    setattr(model, model.base_model_prefix, AutoModel.from_pretrained(path))
    model.tie_weights()
    return model, AutoTokenizer.from_pretrained(path)


@_no_advice()
def save_encoder(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, output: Path) -> None:
    """Write a Hugging Face folder: config.json, model.safetensors and the tokenizer's files.

    model (PreTrainedModel): The encoder, with or without a head.
    tokenizer (PreTrainedTokenizerBase): Its tokenizer.
    output (Path): The folder; files of the same names are overwritten.
    """
    model.save_pretrained(output)
    tokenizer.save_pretrained(output)


def pretrain(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    texts: Iterable[str],
    *,
    steps: int,
    batch_size: int = 32,
    learn_rate: float = 5e-4,
    length: int = 128,
    seed: int = 0,
    report_every: int = 100,
    report: Callable[[Progress], Any] = lambda progress: None,
) -> Tuple[MaskedScores, MaskedScores]:
    """Train a masked language model in place: AdamW, linear warm-up and decay.

    model (PreTrainedModel): The masked language model.
    tokenizer (PreTrainedTokenizerBase): Its tokenizer.
    texts (Iterable[str]): Texts to learn from, held in memory. About 2 % of them, at most 1,000,
        are held out; a text that occurs several times counts once.
    steps (int): Number of batches.
    batch_size (int): Texts in a batch.
    learn_rate (float): The highest learning rate, reached after a tenth of the steps.
    length (int): Where longer texts are cut, in wordpieces.
    seed (int): Seeds torch, the order of the texts and the choice of the held-out ones.
    report_every (int): Steps between two reports.
    report (Callable[[Progress], Any]): Called with each report.
    RETURNS (Tuple[MaskedScores, MaskedScores]): Held-out scores before and after.
    RAISES (ValueError): If there are fewer than two texts, or `length` is beyond the encoder's.
    """
    _check_length(model, length)
    rng = random.Random(seed)
    torch.manual_seed(seed)
    train, held_out = _split(texts, rng)
    collate = DataCollatorForLanguageModeling(tokenizer)
    # Masked once, so that the scores before and after are of the same tokens.
    fixed = [collate(b) for b in minibatch(_encode(tokenizer, held_out, length), batch_size)]
    before = _evaluate(model, fixed)
    batches = map(collate, _batches(train, tokenizer, batch_size, length, rng))
    _train(model, batches, steps, learn_rate, _reporter(report, report_every, steps))
    return before, _evaluate(model, fixed)


def _normalizer(lower_case: bool) -> BertNormalizer:
    return BertNormalizer(strip_accents=False, lowercase=lower_case)


def _continues_word(char: str) -> bool:
    # Asked of the parts that will tokenize, rather than of a list of scripts.
    normalized = _normalizer(lower_case=False).normalize_str("a" + char)
    return len(BertPreTokenizer().pre_tokenize_str(normalized)) == 1


def _check_length(model: PreTrainedModel, length: int) -> None:
    longest = getattr(model.config, "max_position_embeddings", length)
    if not 3 <= length <= longest:
        raise ValueError(
            f"Texts cannot be cut at {length} wordpieces: the encoder takes 3 to {longest}."
        )


def _split(texts: Iterable[str], rng: random.Random) -> Tuple[List[str], List[str]]:
    unique = list(dict.fromkeys(texts))
    if len(unique) < 2:
        raise ValueError("Pretraining needs two different texts or more: one is held out.")
    rng.shuffle(unique)
    n_held_out = min(max(1, len(unique) // 50), _MAX_HELD_OUT)
    return unique[n_held_out:], unique[:n_held_out]


def _encode(
    tokenizer: PreTrainedTokenizerBase, texts: List[str], length: int
) -> List[Dict[str, List[int]]]:
    data = tokenizer(texts, truncation=True, max_length=length, return_special_tokens_mask=True)
    names = ("input_ids", "attention_mask", "special_tokens_mask")
    return [dict(zip(names, row)) for row in zip(*(data[name] for name in names))]


def _batches(
    texts: List[str],
    tokenizer: PreTrainedTokenizerBase,
    batch_size: int,
    length: int,
    rng: random.Random,
) -> Iterator[List[Dict[str, List[int]]]]:
    """Endless batches of texts of similar length, so that little of a batch is padding."""
    while True:
        shuffled = rng.sample(texts, len(texts))
        for buffer in minibatch(shuffled, batch_size * _BUFFERED_BATCHES):
            rows = sorted(_encode(tokenizer, buffer, length), key=lambda r: len(r["input_ids"]))
            batches = list(minibatch(rows, batch_size))
            rng.shuffle(batches)
            yield from batches


def _train(
    model: PreTrainedModel,
    batches: Iterable[Dict[str, torch.Tensor]],
    steps: int,
    learn_rate: float,
    report: Callable[[int, int, float], None],
) -> None:
    optimizer = torch.optim.AdamW(_parameter_groups(model), lr=learn_rate)
    schedule = get_linear_schedule_with_warmup(optimizer, int(steps * _WARMUP), steps)
    model.train()
    for step, batch in zip(range(1, steps + 1), batches):
        logits, labels = _predict_masked(model, batch)
        # The sum, since the mean over a batch in which nothing is masked is not a number.
        loss = F.cross_entropy(logits, labels, reduction="sum") / max(len(labels), 1)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), _MAX_GRADIENT_NORM)
        optimizer.step()
        schedule.step()
        report(step, len(batch["input_ids"]), loss.item())
    model.eval()


def _parameter_groups(model: PreTrainedModel) -> List[Dict[str, Any]]:
    # As in BERT, biases and layer norms do not decay.
    matrices = [p for p in model.parameters() if p.ndim > 1]
    vectors = [p for p in model.parameters() if p.ndim <= 1]
    return [
        {"params": matrices, "weight_decay": _WEIGHT_DECAY},
        {"params": vectors, "weight_decay": 0.0},
    ]


def _reporter(
    report: Callable[[Progress], Any], every: int, steps: int
) -> Callable[[int, int, float], None]:
    losses: List[float] = []
    n_texts, started = 0, time.perf_counter()

    def add(step: int, batch_size: int, loss: float) -> None:
        nonlocal n_texts, started
        losses.append(loss)
        n_texts += batch_size
        if step % every == 0 or step == steps:
            now = time.perf_counter()
            report(Progress(step, sum(losses) / len(losses), n_texts / (now - started)))
            losses.clear()
            n_texts, started = 0, now

    return add


@torch.no_grad()
def _evaluate(model: PreTrainedModel, batches: List[Dict[str, torch.Tensor]]) -> MaskedScores:
    model.eval()
    loss, n_right, n_masked = 0.0, 0, 0
    for batch in batches:
        logits, labels = _predict_masked(model, batch)
        loss += F.cross_entropy(logits, labels, reduction="sum").item()
        n_right += int((logits.argmax(dim=1) == labels).sum())
        n_masked += len(labels)
    return MaskedScores(loss / max(n_masked, 1), n_right / max(n_masked, 1))


def _predict_masked(
    model: PreTrainedModel, batch: Dict[str, torch.Tensor]
) -> Tuple[torch.Tensor, torch.Tensor]:
    """RETURNS (Tuple[Tensor, Tensor]): Logits (n_masked, n_vocab) and labels (n_masked,)."""
    tensors = {name: value.to(model.device) for name, value in batch.items()}
    labels = tensors.pop("labels")
    masked = labels != _NOT_MASKED
    with _output_only_at(model, masked):
        return model(**tensors).logits, labels[masked]


@contextmanager
def _output_only_at(model: PreTrainedModel, places: torch.Tensor) -> Iterator[None]:
    # A character vocabulary is wide and a small encoder narrow: scoring the other 85 % of the
    # tokens too would take most of the time and memory of a step.
    output = model.get_output_embeddings()
    hook = output.register_forward_pre_hook(lambda _, inputs: (inputs[0][places],))
    try:
        yield
    finally:
        hook.remove()

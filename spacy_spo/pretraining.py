"""Small encoders from texts alone, and masked-language-model pretraining.

The result is an ordinary Hugging Face folder: spacy-transformers, or anything else, loads it by its
path. The architecture is that of BERT with rotary positions (Su et al., 2021, "RoFormer: Enhanced
Transformer with Rotary Position Embedding"): from few texts, attention learns relative positions
much sooner than absolute ones. The pretraining is that of BERT (Devlin et al. 2019,
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
from typing import (
    Any,
    Callable,
    Dict,
    Iterable,
    Iterator,
    List,
    NamedTuple,
    Optional,
    Tuple,
    TypedDict,
    Union,
)

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

from .outputs import carry_over, list_folder, replacing

SPECIAL_TOKENS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
_NOT_MASKED = -100  # the label that the collator gives to tokens without prediction
_BUFFERED_BATCHES = 50
_MAX_HELD_OUT = 1000
_WARMUP = 0.1  # share of the steps
_WEIGHT_DECAY = 0.01
_MAX_GRADIENT_NORM = 1.0


class MaskedScores(NamedTuple):
    """Scores of masked-token prediction.

    loss (float): Mean cross-entropy of a masked token, in nats.
    accuracy (float): Share of masked tokens with a correct prediction, in [0, 1].
    """

    loss: float
    accuracy: float


class Progress(NamedTuple):
    """Progress of pretraining.

    step (int): Number of batches so far.
    loss (float): Mean batch loss since the last call, in nats.
    texts_per_second (float): Speed since the last call.
    """

    step: int
    loss: float
    texts_per_second: float


class EncoderSettings(TypedDict, total=False):
    """Settings of `make_encoder`, with the defaults of the named functions.

    min_count (int): `build_vocab`: minimum count of a character.
    min_word_count (int): `build_vocab`: minimum count of a word; 0 for no words.
    lower_case (bool): `build_vocab`, `build_tokenizer`: whether to lower-case.
    hidden_size (int): `build_encoder`: width of a token vector.
    layers (int): `build_encoder`: number of layers.
    heads (int): `build_encoder`: attention heads of a layer.
    intermediate_size (int): `build_encoder`: feed-forward width of a layer.
    max_length (int): `build_encoder`, `build_tokenizer`: longest sequence, in wordpieces.
    dropout (float): `build_encoder`: dropout, in [0, 1).
    steps (int): `pretrain`: number of batches; without it, no pretraining.
    batch_size (int): `pretrain`: texts in a batch.
    learn_rate (float): `pretrain`: highest learn rate.
    length (int): `pretrain`: wordpieces of a text, longer ones are cut.
    seed (int): `build_encoder`, `pretrain`: the random seed.
    """

    min_count: int
    min_word_count: int
    lower_case: bool
    hidden_size: int
    layers: int
    heads: int
    intermediate_size: int
    max_length: int
    dropout: float
    steps: int
    batch_size: int
    learn_rate: float
    length: int
    seed: int


_VOCAB_SETTINGS = ("min_count", "min_word_count", "lower_case")
_TOKENIZER_SETTINGS = ("lower_case", "max_length")
_SIZES = ("hidden_size", "layers", "heads", "intermediate_size", "max_length", "dropout", "seed")
_PRETRAINING_SETTINGS = ("steps", "batch_size", "learn_rate", "length", "seed")


class EncoderReport(NamedTuple):
    """The result of `make_encoder`.

    n_wordpieces (int): Size of the vocabulary.
    n_weights (int): Number of weights of the encoder, without the head of pretraining.
    before (Optional[MaskedScores]): Scores on held-out texts before pretraining, if any.
    after (Optional[MaskedScores]): The same after pretraining.
    """

    n_wordpieces: int
    n_weights: int
    before: Optional[MaskedScores] = None
    after: Optional[MaskedScores] = None


def make_encoder(
    output: Union[str, Path],
    texts: Iterable[str],
    *,
    encoder: Optional[str] = None,
    settings: Optional[EncoderSettings] = None,
    device: str = "cpu",
    progress: Optional[Callable[[Progress], Any]] = None,
) -> EncoderReport:
    """Make a small encoder from texts, or pretrain an existing one further.

    output (Union[str, Path]): The folder to write: new, empty or with an older encoder.
    texts (Iterable[str]): The texts; held in memory only for pretraining.
    encoder (Optional[str]): Hugging Face folder or hub name of an encoder to pretrain further; None
        for a new one with random weights.
    settings (Optional[EncoderSettings]): Settings by name; `steps` turns pretraining on.
    device (str): The torch device for pretraining, e.g. "cpu" or "cuda:0".
    progress (Optional[Callable[[Progress], Any]]): Called every hundred batches and at the end.
    RETURNS (EncoderReport): Sizes and held-out scores.
    RAISES (ValueError): If the folder holds something else, a setting is unknown or out of its
        range, or the texts are too few.
    RAISES (OSError): If there is no such encoder.
    """
    output, settings = Path(output), settings or {}
    _check_folder(output)
    _check_settings(settings, encoder)
    with replacing(output, "folder") as unfinished:
        report = _make_encoder(unfinished, texts, encoder, settings, device, progress)
        carry_over(output, unfinished)
    return report


def _make_encoder(
    output: Path,
    texts: Iterable[str],
    encoder: Optional[str],
    settings: EncoderSettings,
    device: str,
    progress: Optional[Callable[[Progress], Any]],
) -> EncoderReport:
    steps = settings.get("steps", 0)
    if steps:
        texts = list(texts)
    model: Any  # transformers declares neither `to` nor `base_model` as a model
    if encoder:
        model, tokenizer = load_encoder(encoder)
    else:
        vocab = build_vocab(texts, **_choose(settings, _VOCAB_SETTINGS))
        tokenizer = build_tokenizer(vocab, **_choose(settings, _TOKENIZER_SETTINGS))
        model = build_encoder(len(vocab), **_choose(settings, _SIZES))
    n_weights = sum(p.numel() for p in model.base_model.parameters())
    report = EncoderReport(len(tokenizer), n_weights)
    if steps:
        pretraining = _choose(settings, _PRETRAINING_SETTINGS)
        scores = pretrain(model.to(device), tokenizer, texts, **pretraining, progress=progress)
        report = EncoderReport(len(tokenizer), n_weights, *scores)
    # An untrained head is useless; with a trained one pretraining can go on later.
    save_encoder(model if steps else model.base_model, tokenizer, output)
    return report


def _check_folder(output: Path) -> None:
    if output.exists() and not output.is_dir():
        raise ValueError(f"The output {output} is a file: give a folder.")
    if list_folder(output) and not (output / "config.json").exists():
        raise ValueError(
            f"The folder {output} holds something that is not an encoder. Give a new or empty "
            "folder, or one with a config.json to overwrite."
        )


def _check_settings(settings: EncoderSettings, encoder: Optional[str]) -> None:
    unknown = sorted(set(settings) - set(EncoderSettings.__annotations__))
    if unknown:
        raise ValueError(
            f"make_encoder has no settings {', '.join(unknown)}. It has "
            f"{', '.join(EncoderSettings.__annotations__)}."
        )
    if encoder and not settings.get("steps"):
        raise ValueError(
            f"The encoder {encoder!r} is pretrained further: set steps above 0 (--mlm-steps on the "
            "command line)."
        )


def _choose(settings: EncoderSettings, names: Tuple[str, ...]) -> Dict[str, Any]:
    return {name: value for name, value in settings.items() if name in names}


def build_vocab(
    texts: Iterable[str],
    min_count: int = 2,
    lower_case: bool = False,
    min_word_count: int = 0,
) -> List[str]:
    """Build a vocabulary of characters and frequent words for WordPiece.

    Characters that BERT does not split off as words (Latin letters, digits, kana: not Han
    characters, not punctuation) also have the form that continues a word, so that "1981" is
    `1 ##9 ##8 ##1`. In languages with spaces, wordpieces of frequent words make sequences several
    times shorter; other words are still spelled.

    texts (Iterable[str]): The texts, iterated once.
    min_count (int): Minimum count of a character.
    lower_case (bool): Whether the tokenizer lower-cases.
    min_word_count (int): Minimum count of a word of several letters; 0 for no words.
    RETURNS (List[str]): Special tokens, characters by falling frequency, their `##` forms, words by
        falling frequency.
    RAISES (ValueError): If no character occurs often enough.
    """
    normalizer = _normalizer(lower_case)
    counts: Counter[str] = Counter()
    words: Counter[str] = Counter()
    for text in texts:
        normalized = normalizer.normalize_str(text)
        counts.update(normalized)
        if min_word_count:
            words.update(word for word, _ in BertPreTokenizer().pre_tokenize_str(normalized))
    kept = [c for c, n in counts.items() if n >= min_count and not c.isspace()]
    if not kept:
        raise ValueError(
            f"No character of the texts occurs {min_count} times or more. Give more text, or a "
            "lower min_count (--min-count on the command line)."
        )
    # One unknown letter makes a whole word unknown, so ASCII is always complete.
    ascii_words = normalizer.normalize_str(string.ascii_letters + string.digits)
    chars = sorted({*kept, *ascii_words}, key=lambda c: (-counts[c], c))
    continued = [f"##{c}" for c in chars if _continues_word(c)]
    return [*SPECIAL_TOKENS, *chars, *continued, *_frequent_words(words, min_word_count)]


def build_tokenizer(
    vocab: List[str], *, lower_case: bool = False, max_length: int = 512
) -> BertTokenizerFast:
    """Build a WordPiece tokenizer with accents and single Han characters.

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
    # Filters a warning of transformers for its own developers: that RoFormer could generate.
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
    """Build an encoder with random weights.

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
    RAISES (ValueError): If `hidden_size` is not such a multiple.
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
    """Load a masked language model and its tokenizer, of any architecture.

    path (str): A Hugging Face folder, or a name on the hub.
    RETURNS (Tuple[PreTrainedModel, PreTrainedTokenizerBase]): The model, with the encoder as
        `base_model`, and the tokenizer.
    RAISES (ValueError): If they cannot be loaded.
    """
    try:
        model = AutoModelForMaskedLM.from_pretrained(path)
        # It comes without the pooler, and a folder saved without one would get a random one, and a
        # warning, at each load.
        setattr(model, model.base_model_prefix, AutoModel.from_pretrained(path))
        tokenizer = AutoTokenizer.from_pretrained(path)
    except Exception as error:  # damaged files raise errors of any type
        raise ValueError(f"The encoder {path} cannot be loaded: {error}") from error
    model.tie_weights()
    return model, tokenizer


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
    progress_every: int = 100,
    progress: Optional[Callable[[Progress], Any]] = None,
) -> Tuple[MaskedScores, MaskedScores]:
    """Pretrain a masked language model in place: AdamW, linear warm-up and decay.

    model (PreTrainedModel): The masked language model.
    tokenizer (PreTrainedTokenizerBase): Its tokenizer.
    texts (Iterable[str]): Training texts, held in memory. About 2 % of them, at most 1,000, are
        held out; a text that occurs several times counts once.
    steps (int): Number of batches.
    batch_size (int): Texts in a batch.
    learn_rate (float): The highest learn rate, reached after a tenth of the steps.
    length (int): Maximum length of a text in wordpieces; longer ones are cut.
    seed (int): Seeds torch, the order of the texts and the choice of the held-out ones.
    progress_every (int): Batches between two calls of `progress`.
    progress (Optional[Callable[[Progress], Any]]): Called regularly and after the last batch.
    RETURNS (Tuple[MaskedScores, MaskedScores]): Held-out scores before and after.
    RAISES (ValueError): If there are fewer than two texts, or `length` is beyond the encoder's.
    """
    _check_length(model, length)
    rng = random.Random(seed)
    torch.manual_seed(seed)
    train, held_out = _split(texts, rng)
    collate = DataCollatorForLanguageModeling(tokenizer)
    # Masked once: both scores are of the same tokens.
    fixed = [collate(b) for b in minibatch(_encode(tokenizer, held_out, length), batch_size)]
    before = _evaluate(model, fixed)
    batches = map(collate, _batches(train, tokenizer, batch_size, length, rng))
    _train(model, batches, steps, learn_rate, _progress_meter(progress, progress_every, steps))
    return before, _evaluate(model, fixed)


def _normalizer(lower_case: bool) -> BertNormalizer:
    return BertNormalizer(strip_accents=False, lowercase=lower_case)


def _frequent_words(words: Dict[str, int], min_count: int) -> List[str]:
    # Numbers are spelled: most of those of other texts are new.
    kept = [w for w, n in words.items() if n >= min_count and len(w) > 1 and w.isalpha()]
    return sorted(kept, key=lambda word: (-words[word], word))


def _continues_word(char: str) -> bool:
    # By the tokenizer's own parts, rather than by a list of scripts.
    normalized = _normalizer(lower_case=False).normalize_str("a" + char)
    return len(BertPreTokenizer().pre_tokenize_str(normalized)) == 1


def _check_length(model: PreTrainedModel, length: int) -> None:
    longest = getattr(model.config, "max_position_embeddings", length)
    if not 3 <= length <= longest:
        raise ValueError(
            f"Texts cannot be cut at {length} wordpieces: the encoder takes 3 to {longest}. Set "
            "another length (--mlm-length on the command line)."
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
    # Endless, of texts of similar length, with little padding.
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
    meter: Callable[[int, int, float], None],
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
        meter(step, len(batch["input_ids"]), loss.item())
    model.eval()


def _parameter_groups(model: PreTrainedModel) -> List[Dict[str, Any]]:
    # As in BERT, biases and layer norms do not decay.
    matrices = [p for p in model.parameters() if p.ndim > 1]
    vectors = [p for p in model.parameters() if p.ndim <= 1]
    return [
        {"params": matrices, "weight_decay": _WEIGHT_DECAY},
        {"params": vectors, "weight_decay": 0.0},
    ]


def _progress_meter(
    progress: Optional[Callable[[Progress], Any]], every: int, steps: int
) -> Callable[[int, int, float], None]:
    losses: List[float] = []
    n_texts, started = 0, time.perf_counter()

    def add(step: int, batch_size: int, loss: float) -> None:
        nonlocal n_texts, started
        losses.append(loss)
        n_texts += batch_size
        if step % every == 0 or step == steps:
            now = time.perf_counter()
            if progress is not None:
                progress(Progress(step, sum(losses) / len(losses), n_texts / (now - started)))
            losses.clear()
            n_texts, started = 0, now

    return add


@torch.no_grad()
def _evaluate(model: PreTrainedModel, batches: List[Dict[str, torch.Tensor]]) -> MaskedScores:
    model.eval()
    loss, n_correct, n_masked = 0.0, 0, 0
    for batch in batches:
        logits, labels = _predict_masked(model, batch)
        loss += F.cross_entropy(logits, labels, reduction="sum").item()
        n_correct += int((logits.argmax(dim=1) == labels).sum())
        n_masked += len(labels)
    return MaskedScores(loss / max(n_masked, 1), n_correct / max(n_masked, 1))


def _predict_masked(
    model: PreTrainedModel, batch: Dict[str, torch.Tensor]
) -> Tuple[torch.Tensor, torch.Tensor]:
    # Logits (n_masked, n_vocab) and labels (n_masked,).
    tensors = {name: value.to(model.device) for name, value in batch.items()}
    labels = tensors.pop("labels")
    masked = labels != _NOT_MASKED
    with _output_only_at(model, masked):
        return model(**tensors).logits, labels[masked]


@contextmanager
def _output_only_at(model: PreTrainedModel, masked: torch.Tensor) -> Iterator[None]:
    # A character vocabulary is wide and a small encoder narrow: scoring the other 85 % of the
    # tokens too would take most of the time and memory of a step.
    output = model.get_output_embeddings()
    hook = output.register_forward_pre_hook(lambda _, inputs: (inputs[0][masked],))
    try:
        yield
    finally:
        hook.remove()

"""`spacy spo make-encoder`: a small encoder from texts alone, or more pretraining of any."""

from pathlib import Path
from typing import Annotated, Any, Dict, Iterable, List, Optional

from spacy.cli._util import Arg, Opt
from wasabi import msg

from ..data.docs import TEXTS_HELP, read_texts
from .errors import exit_on_error

_TEXTS = f"{TEXTS_HELP}. May be given repeatedly"


def make_encoder_cli(
    output: Annotated[Path, Arg(help="Folder to write: new, empty or holding an older encoder")],
    texts: Annotated[List[Path], Opt("--texts", "-t", exists=True, dir_okay=False, help=_TEXTS)],
    encoder: Annotated[Optional[str], Opt(help="Encoder to pretrain further, as it is")] = None,
    min_count: Annotated[int, Opt(min=1, help="Leave out characters that are rarer")] = 2,
    lower_case: Annotated[bool, Opt("--lower-case", help="Lower-case the texts")] = False,
    hidden_size: Annotated[int, Opt(min=1, help="Width of a token vector")] = 128,
    layers: Annotated[int, Opt(min=1, help="Number of layers")] = 2,
    heads: Annotated[int, Opt(min=1, help="Attention heads of a layer")] = 4,
    intermediate_size: Annotated[int, Opt(min=1, help="Feed-forward width of a layer")] = 512,
    max_length: Annotated[int, Opt(min=3, help="Longest sequence in wordpieces")] = 512,
    dropout: Annotated[float, Opt(min=0.0, max=0.9, help="Dropout of the encoder")] = 0.1,
    mlm_steps: Annotated[int, Opt(min=0, help="Batches to pretrain on, 0 for none")] = 0,
    batch_size: Annotated[int, Opt(min=1, help="Texts in a pretraining batch")] = 32,
    learn_rate: Annotated[float, Opt(help="Highest learning rate of pretraining")] = 5e-4,
    mlm_length: Annotated[int, Opt(help="Wordpieces of a text to pretrain on")] = 128,
    seed: Annotated[int, Opt(help="Random seed")] = 0,
    gpu_id: Annotated[int, Opt("--gpu-id", "-g", help="GPU to pretrain on, -1 for CPU")] = -1,
) -> None:
    """
    Make a small encoder with a character vocabulary from texts, with random weights or
    pretrained on masked tokens, or pretrain an existing encoder further. Writes a Hugging Face
    folder that spacy-transformers loads by its path.
    """
    sizes = {
        "hidden_size": hidden_size,
        "layers": layers,
        "heads": heads,
        "intermediate_size": intermediate_size,
        "max_length": max_length,
        "dropout": dropout,
    }
    pretraining = {"steps": mlm_steps, "batch_size": batch_size, "learn_rate": learn_rate}
    with exit_on_error("No encoder was made"):
        make_encoder(
            output,
            (text for path in texts for text in read_texts(path)),
            encoder=encoder,
            vocab={"min_count": min_count, "lower_case": lower_case},
            sizes={**sizes, "seed": seed},
            pretraining={**pretraining, "length": mlm_length, "seed": seed},
            device="cpu" if gpu_id < 0 else f"cuda:{gpu_id}",
        )


def make_encoder(
    output: Path,
    texts: Iterable[str],
    *,
    encoder: Optional[str],
    vocab: Dict[str, Any],
    sizes: Dict[str, Any],
    pretraining: Dict[str, Any],
    device: str,
) -> None:
    """Make or load an encoder, pretrain it if asked to, write it and print what happens.

    output (Path): The folder to write.
    texts (Iterable[str]): The texts; held in memory only for pretraining.
    encoder (Optional[str]): An encoder to pretrain further, or None to make a new one.
    vocab (Dict[str, Any]): Settings of `spacy_spo.pretraining.build_vocab`.
    sizes (Dict[str, Any]): Settings of `spacy_spo.pretraining.build_encoder`.
    pretraining (Dict[str, Any]): Settings of `spacy_spo.pretraining.pretrain`.
    device (str): Where torch pretrains, e.g. "cpu" or "cuda:0".
    RAISES (ValueError): If the folder, the texts or a setting are not fit for it.
    """
    check_output(output)
    steps = pretraining["steps"]
    if encoder and not steps:
        raise ValueError("An existing encoder is pretrained further: set --mlm-steps.")
    from .. import pretraining as spo_encoder

    model: Any  # transformers declares neither `to` nor `base_model` as a model
    if steps:
        texts = list(texts)
    if encoder:
        model, tokenizer = spo_encoder.load_encoder(encoder)
    else:
        wordpieces = spo_encoder.build_vocab(texts, **vocab)
        tokenizer = spo_encoder.build_tokenizer(
            wordpieces, lower_case=vocab["lower_case"], max_length=sizes["max_length"]
        )
        model = spo_encoder.build_encoder(len(wordpieces), **sizes)
    n_weights = sum(p.numel() for p in model.base_model.parameters())
    msg.info(f"{len(tokenizer):,} wordpieces, {n_weights:,} weights")
    if steps:
        pretrain(model.to(device), tokenizer, texts, pretraining)
    # An untrained head is of no use to anyone; a trained one lets pretraining go on later.
    spo_encoder.save_encoder(model if steps else model.base_model, tokenizer, output)
    msg.good(f"Wrote the encoder to {output}")


def pretrain(model: Any, tokenizer: Any, texts: Iterable[str], settings: Dict[str, Any]) -> None:
    """Pretrain and print steps, loss, speed and the held-out scores.

    model (PreTrainedModel): The masked language model, changed in place.
    tokenizer (PreTrainedTokenizerBase): Its tokenizer.
    texts (Iterable[str]): The texts.
    settings (Dict[str, Any]): Settings of `spacy_spo.pretraining.pretrain`.
    """
    from .. import pretraining as spo_encoder

    widths = (8, 8, 8)
    msg.row(("Step", "Loss", "Texts/s"), widths=widths, aligns="r")
    before, after = spo_encoder.pretrain(
        model,
        tokenizer,
        texts,
        **settings,
        report=lambda p: msg.row(
            (p.step, f"{p.loss:.3f}", f"{p.texts_per_second:.0f}"), widths=widths, aligns="r"
        ),
    )
    for when, scores in (("before", before), ("after", after)):
        msg.info(
            f"Held-out masked tokens {when}: loss {scores.loss:.3f}, accuracy {scores.accuracy:.1%}"
        )


def check_output(output: Path) -> None:
    """Refuse to write an encoder over something else.

    output (Path): The folder to write.
    RAISES (ValueError): If it is a file, or a folder that holds files but no config.json.
    """
    if output.exists() and not output.is_dir():
        raise ValueError(f"The output {output} is a file: give a folder.")
    if output.exists() and any(output.iterdir()) and not (output / "config.json").exists():
        raise ValueError(
            f"The folder {output} holds something that is not an encoder. Give a new or empty "
            "folder, or one with a config.json to overwrite."
        )

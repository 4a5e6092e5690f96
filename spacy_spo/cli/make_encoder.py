"""`spacy spo make-encoder`: small encoders from texts, and further pretraining."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, List, Optional

from ..data.doc_files import read_texts
from .compat_spacy import Arg, Opt
from .options import TEXTS_HELP, require_inputs
from .printing import msg
from .process import writing

if TYPE_CHECKING:
    from ..pretraining import EncoderReport, EncoderSettings, Progress

_TEXTS = f"{TEXTS_HELP}. May be given repeatedly"
_WIDTHS = (8, 8, 8)


def make_encoder_cli(
    output: Annotated[Path, Arg(help="Folder to write: new, empty or with an older encoder")],
    texts: Annotated[
        List[Path], Opt("--texts", "-t", dir_okay=False, callback=require_inputs, help=_TEXTS)
    ],
    encoder: Annotated[Optional[str], Opt(help="Existing encoder to pretrain further")] = None,
    min_count: Annotated[int, Opt(min=1, help="Minimum count of a character")] = 2,
    min_word_count: Annotated[int, Opt(min=0, help="Minimum count of a word, 0 for none")] = 0,
    lower_case: Annotated[bool, Opt("--lower-case", help="Lower-case the texts")] = False,
    hidden_size: Annotated[int, Opt(min=1, help="Width of a token vector")] = 128,
    layers: Annotated[int, Opt(min=1, help="Number of layers")] = 2,
    heads: Annotated[int, Opt(min=1, help="Attention heads of a layer")] = 4,
    intermediate_size: Annotated[int, Opt(min=1, help="Feed-forward width of a layer")] = 512,
    max_length: Annotated[int, Opt(min=3, help="Longest sequence in wordpieces")] = 512,
    dropout: Annotated[float, Opt(min=0.0, max=0.9, help="Dropout of the encoder")] = 0.1,
    mlm_steps: Annotated[int, Opt(min=0, help="Number of pretraining batches, 0 for none")] = 0,
    batch_size: Annotated[int, Opt(min=1, help="Texts in a pretraining batch")] = 32,
    learn_rate: Annotated[float, Opt(help="Highest learn rate of pretraining")] = 5e-4,
    mlm_length: Annotated[int, Opt(help="Maximum wordpieces of a pretraining text")] = 128,
    seed: Annotated[int, Opt(help="Random seed")] = 0,
    gpu_id: Annotated[int, Opt("--gpu-id", "-g", help="GPU to pretrain on, -1 for CPU")] = -1,
) -> None:
    """Make a small encoder from texts, or pretrain an existing encoder further.

    A new encoder has a vocabulary of characters and, with --min-word-count, of frequent words, and
    random weights unless it is pretrained on masked tokens. Writes a Hugging Face folder for
    spacy-transformers, to be loaded by its path.
    """
    settings: EncoderSettings = {
        "min_count": min_count,
        "min_word_count": min_word_count,
        "lower_case": lower_case,
        "hidden_size": hidden_size,
        "layers": layers,
        "heads": heads,
        "intermediate_size": intermediate_size,
        "max_length": max_length,
        "dropout": dropout,
        "steps": mlm_steps,
        "batch_size": batch_size,
        "learn_rate": learn_rate,
        "length": mlm_length,
        "seed": seed,
    }
    with writing("No encoder was made", output, kind="folder"):
        from ..pretraining import make_encoder

        report = make_encoder(
            output,
            (text for path in texts for text in read_texts(path)),
            encoder=encoder,
            settings=settings,
            device="cpu" if gpu_id < 0 else f"cuda:{gpu_id}",
            progress=_ProgressTable(),
        )
    print_report(report)
    msg.good(f"Wrote the encoder to {output}")


class _ProgressTable:
    def __init__(self) -> None:
        self._has_header = False

    def __call__(self, progress: "Progress") -> None:
        if not self._has_header:
            msg.row(("Step", "Loss", "Texts/s"), widths=_WIDTHS, aligns="r")
            self._has_header = True
        cells = (progress.step, f"{progress.loss:.3f}", f"{progress.texts_per_second:.0f}")
        msg.row(cells, widths=_WIDTHS, aligns="r")


def print_report(report: "EncoderReport") -> None:
    """Print sizes and held-out scores.

    report (EncoderReport): The result of `make_encoder`.
    """
    msg.info(f"{report.n_wordpieces:,} wordpieces, {report.n_weights:,} weights")
    for when, scores in (("before", report.before), ("after", report.after)):
        if scores is not None:
            msg.info(
                f"Held-out masked tokens {when}: loss {scores.loss:.3f}, "
                f"accuracy {scores.accuracy:.1%}"
            )

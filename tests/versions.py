"""Pipelines exchanged between environments with different versions of the requirements.

python tests/versions.py save FOLDER    # in one environment
python tests/versions.py load FOLDER    # in the other
"""

from pathlib import Path
from typing import Any, Callable, Dict, List

import spacy
import srsly
import typer
from spacy.language import Language
from support import (
    PIPES,
    SENTENCES,
    TEXTS,
    answers,
    expected,
    found,
    make_examples,
    make_tiny_encoder,
    train,
)
from tokenizers import ByteLevelBPETokenizer
from transformers import RobertaConfig, RobertaModel, RobertaTokenizerFast
from wasabi import msg

# Releases of torch may round differently.
TOLERANCE = 1e-3
SPECIAL_TOKENS = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]  # in the order of RoBERTa
SPANS = {"@span_getters": "spacy-transformers.strided_spans.v1", "window": 12, "stride": 8}
LISTENER = {
    "@architectures": "spacy-transformers.TransformerListener.v1",
    "pooling": {"@layers": "reduce_mean.v1"},
}
app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


def make_bpe_encoder(folder: Path) -> str:
    """A transformer with byte pairs: releases of tokenizers write their merges differently."""
    trainer = ByteLevelBPETokenizer()
    trainer.train_from_iterator(TEXTS, special_tokens=SPECIAL_TOKENS)
    tokenizer = RobertaTokenizerFast(tokenizer_object=trainer._tokenizer, model_max_length=64)
    config = RobertaConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=64,
        pad_token_id=tokenizer.pad_token_id,
    )
    tokenizer.save_pretrained(folder)
    RobertaModel(config).save_pretrained(folder)
    return str(folder)


ENCODERS: Dict[str, Callable[[Path], str]] = {
    "wordpiece": make_tiny_encoder,
    "bpe": make_bpe_encoder,
}


def train_pipeline(encoder: str) -> Language:
    """A pipeline that knows SENTENCES by heart."""
    nlp = spacy.blank("en")
    model = {
        "@architectures": "spacy-spo.TransformerModel.v1",
        "name": encoder,
        "get_spans": SPANS,
    }
    nlp.add_pipe("transformer", config={"model": model})
    for name in PIPES:
        nlp.add_pipe(name, config={"model": {"tok2vec": LISTENER}})
    train(nlp, make_examples(nlp, SENTENCES), steps=160)
    return nlp


def differences(saved: Any, loaded: Any, where: str = "answers") -> List[str]:
    """Where two answers differ; scores may do so by TOLERANCE."""
    if isinstance(saved, dict) and isinstance(loaded, dict) and saved.keys() == loaded.keys():
        pairs = [(key, saved[key], loaded[key]) for key in saved]
    elif isinstance(saved, list) and isinstance(loaded, list) and len(saved) == len(loaded):
        pairs = list(zip(range(len(saved)), saved, loaded))
    elif saved == loaded or _are_close(saved, loaded):
        return []
    else:
        return [f"{where}: {saved!r} when saved, {loaded!r} now"]
    return [line for key, old, new in pairs for line in differences(old, new, f"{where}/{key}")]


def _are_close(saved: Any, loaded: Any) -> bool:
    floats = isinstance(saved, float) and isinstance(loaded, float)
    return floats and abs(saved - loaded) < TOLERANCE


@app.command()
def save(folder: Path) -> None:
    """Train pipelines, and save them with their answers."""
    for kind, make_encoder in ENCODERS.items():
        nlp = train_pipeline(make_encoder(folder / kind / "encoder"))
        if found(nlp) != expected():
            msg.fail(f"The pipeline '{kind}' has not learned its sentences.", exits=1)
        nlp.to_disk(folder / kind / "pipeline")
        srsly.write_json(folder / kind / "answers.json", answers(nlp))
        msg.good(f"Saved {folder / kind}")


@app.command()
def load(folder: Path) -> None:
    """Load the pipelines, and compare their answers with the saved ones."""
    for kind in ENCODERS:
        # Written and read, so that tuples are lists.
        loaded = srsly.json_loads(srsly.json_dumps(answers(spacy.load(folder / kind / "pipeline"))))
        lines = differences(srsly.read_json(folder / kind / "answers.json"), loaded)
        if lines:
            msg.fail(f"The pipeline '{kind}' answers differently.", "\n".join(lines), exits=1)
        msg.good(f"{folder / kind}: same triples and scores")


if __name__ == "__main__":
    app()

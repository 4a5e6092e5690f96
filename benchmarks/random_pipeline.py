"""Build an untrained pipeline with the workload of a trained one.

The cost of a pipeline depends on the sizes of its encoder, on the number of its predicates, and on
the number of predicates, boundaries and triples that it predicts; not on whether they are correct.
So its weights are random, and its thresholds give the wanted numbers on a sample of texts. Random
predictions are spread less evenly than real ones: some texts have many, others none.
The encoder is a Hugging Face folder as it is or, with --layers, a BERT of random weights with the
tokenizer of that folder. The settings are those of `configs/en_minilm.cfg`.

    python benchmarks/random_pipeline.py path/to/encoder texts.txt path/to/output --layers 12
"""

from collections.abc import Sequence
from math import ceil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any, NamedTuple

import numpy
import torch
import typer
from spacy.language import Language
from spacy.tokens import Doc
from spacy.training import Example
from spacy.util import fix_random_seed, load_config, load_model_from_config
from transformers import AutoTokenizer

from spacy_spo import Triple
from spacy_spo.callbacks import forget_paths
from spacy_spo.data.doc_files import read_texts
from spacy_spo.models.torch_layer import torch_module
from spacy_spo.pipeline.base import SegmentPipe, batch_by_length
from spacy_spo.pipeline.spo_tagger import predicted_queries
from spacy_spo.pipeline.tagging.decode import expit
from spacy_spo.pretraining import build_encoder, save_encoder

CONFIG = Path(__file__).parent.parent / "configs" / "en_minilm.cfg"
CLASSIFIER = "spo_relation_classifier"
TAGGER = "spo_tagger"
SETTINGS = (
    (CLASSIFIER, "threshold"),
    (TAGGER, "boundary_threshold"),
    (TAGGER, "pair_threshold"),
)
HEAD_WIDTH = 64
SAMPLE = 200
BISECTIONS = 18


class Amounts(NamedTuple):
    """Amounts of predictions.

    per_text (float): Predicates a text.
    candidates (float): Starts and ends of subjects and objects a predicate.
    triples (float): Triples a predicate.
    """

    per_text: float = 2.2
    candidates: float = 4
    triples: float = 1.2


class Thresholds(NamedTuple):
    predicates: float
    boundaries: float
    pairs: float


def build(
    encoder: str, layers: int, width: int, n_predicates: int, sample: list[str], lang: str = "en"
) -> Language:
    """Build an untrained pipeline with level heads on the sample."""
    if not layers:
        nlp = init_pipeline(encoder, n_predicates, lang)
    else:
        with TemporaryDirectory() as folder:
            save_random_encoder(encoder, layers, width, Path(folder))
            nlp = init_pipeline(folder, n_predicates, lang)
    level(nlp, encode(nlp, sample))
    return nlp


def save_random_encoder(encoder: str, layers: int, width: int, output: Path) -> None:
    tokenizer = AutoTokenizer.from_pretrained(encoder)
    heads, inner = max(1, width // HEAD_WIDTH), 4 * width
    sizes = {"hidden_size": width, "layers": layers, "heads": heads, "intermediate_size": inner}
    save_encoder(build_encoder(len(tokenizer), **sizes).base_model, tokenizer, output)


def init_pipeline(encoder: str, n_predicates: int, lang: str) -> Language:
    """Initialize a pipeline with one triple of each predicate."""
    config = load_config(CONFIG, overrides={"paths.encoder": encoder, "nlp.lang": lang})
    fix_random_seed(config["system"]["seed"])
    nlp = load_model_from_config(config, auto_fill=True)
    gold = nlp.make_doc("subject object")
    names = [f"predicate {i}" for i in range(n_predicates)]
    gold._.spo_triples = [Triple(gold[:1], name, gold[1:]) for name in names]
    nlp.initialize(lambda: [Example(nlp.make_doc(gold.text), gold)])
    return forget_paths(nlp)


def encode(nlp: Language, texts: Sequence[str]) -> list[Doc]:
    with nlp.select_pipes(enable=["transformer"]):
        return list(nlp.pipe(texts))


def level(nlp: Language, docs: Sequence[Doc]) -> None:
    """Level the random heads, whose scores hardly depend on the text.

    Also makes arguments end where they start: random starts and ends give hardly any triple.
    """
    classifier, boundary = nlp.get_pipe(CLASSIFIER), _module(nlp.get_pipe(TAGGER)).boundary
    _level(_module(classifier).value.bias, predicate_logits(nlp, docs))
    with torch.no_grad():
        boundary.weight[1::2] = boundary.weight[::2]
        boundary.bias[1::2] = boundary.bias[::2]
    predict_predicates(nlp, docs, Amounts().per_text)
    _level(boundary.bias, boundary_logits(nlp, docs).T)
    # Even odds, so that there are triples on both sides of a threshold.
    torch.nn.init.zeros_(torch_module(nlp.get_pipe(TAGGER).model.get_ref("links")).prior)


def _module(pipe: SegmentPipe) -> Any:
    return torch_module(pipe.model.layers[1])


def _level(bias: torch.nn.Parameter, logits: numpy.ndarray) -> None:
    """logits: (n, n_biases)."""
    with torch.no_grad():
        bias -= torch.as_tensor(logits.mean(0) - logits.mean(), device=bias.device)


def predicate_logits(nlp: Language, docs: Sequence[Doc]) -> numpy.ndarray:
    """Compute the logits of predicates.

    RETURNS (ndarray): (n_segments, n_predicates).
    """
    classifier = nlp.get_pipe(CLASSIFIER)
    return classifier.model.ops.to_numpy(classifier.predict(docs).logits)


def boundary_logits(nlp: Language, docs: Sequence[Doc]) -> numpy.ndarray:
    """Compute the logits of starts and ends of subjects and objects.

    RETURNS (ndarray): (4, positions of all queries).
    """
    tagger = nlp.get_pipe(TAGGER)
    queries = [query for i, doc in enumerate(docs) for query in predicted_queries(i, doc)]
    predicates = [tagger.labels.index(query.predicate) for query in queries]
    segments = [query.doc_segment for query in queries]
    batches = batch_by_length(docs, segments, predicates, max_rows=tagger.max_rows)
    outputs = tagger.model.predict((docs, [batch.rows for batch in batches]))
    logits = [
        tagger.model.ops.to_numpy(row)[..., :length].reshape(-1, length)
        for (_, lengths, _), (boundaries, _) in zip((b.rows for b in batches), outputs)
        for row, length in zip(boundaries, lengths)
    ]
    return numpy.concatenate(logits, axis=1)


def find_thresholds(nlp: Language, docs: Sequence[Doc], amounts: Amounts) -> Thresholds:
    """Set thresholds for the wanted amounts.

    docs (Sequence[Doc]): Encoded.
    RETURNS (Thresholds): The thresholds, for `set_thresholds`.
    """
    tagger = nlp.get_pipe(TAGGER)
    predicates, n_queries = predict_predicates(nlp, docs, amounts.per_text)
    boundaries = _reached_by(round(amounts.candidates * n_queries), boundary_logits(nlp, docs))
    tagger.boundary_threshold = boundaries
    low, high = 0.0, 1.0
    for _ in range(BISECTIONS):
        tagger.pair_threshold = (low + high) / 2
        n_triples = sum(len(decoded) for _, decoded in tagger.predict(docs))
        if n_triples > amounts.triples * n_queries:
            low = tagger.pair_threshold
        else:
            high = tagger.pair_threshold
    thresholds = Thresholds(predicates, boundaries, high)
    set_thresholds(nlp, thresholds)
    return thresholds


def predict_predicates(nlp: Language, docs: Sequence[Doc], per_text: float) -> tuple[float, int]:
    """Predict so many predicates a text on the Docs.

    RETURNS (tuple[float, int]): The threshold, and the number of predicates of all Docs.
    """
    classifier = nlp.get_pipe(CLASSIFIER)
    classifier.threshold = _reached_by(round(per_text * len(docs)), predicate_logits(nlp, docs))
    classifier.set_annotations(docs, classifier.predict(docs))
    return classifier.threshold, sum(len(predicted_queries(0, doc)) for doc in docs)


def _reached_by(n: int, logits: numpy.ndarray) -> float:
    # The probability of the n-th highest logit.
    n = min(max(n, 1), logits.size)
    return float(expit(numpy.partition(logits, -n, axis=None)[-n]))


def set_thresholds(nlp: Language, thresholds: Thresholds) -> None:
    """Set thresholds on the components and in the saved config."""
    for (name, setting), value in zip(SETTINGS, thresholds):
        setattr(nlp.get_pipe(name), setting, value)
        nlp.get_pipe_config(name)[setting] = value


def count_predictions(nlp: Language, texts: Sequence[str]) -> tuple[float, float]:
    """Count predictions.

    RETURNS (tuple[float, float]): Predicates and triples a text.
    """
    docs = list(nlp.pipe(texts))
    n_predicates = sum(len(doc._.spo_relations) for doc in docs)
    n_triples = sum(len(doc._.spo_triples) for doc in docs)
    return n_predicates / len(docs), n_triples / len(docs)


def main(
    encoder: Annotated[str, typer.Argument(help="Hugging Face folder")],
    texts_path: Annotated[Path, typer.Argument(exists=True)],
    output: Path,
    layers: Annotated[int, typer.Option(min=0, help="Of a random encoder; 0: the folder's")] = 0,
    width: Annotated[int, typer.Option(min=HEAD_WIDTH, help="Of a random encoder")] = 768,
    predicates: Annotated[int, typer.Option(min=1)] = 200,
    per_text: Annotated[float, typer.Option(help="Predicates a text")] = 2.2,
    candidates: Annotated[float, typer.Option(help="Starts and ends a predicate")] = 4,
    triples: Annotated[float, typer.Option(help="Triples a predicate")] = 1.2,
    lang: Annotated[str, typer.Option(help="Language of the texts")] = "en",
) -> None:
    """Save the pipeline, and print the amounts of its predictions."""
    texts = list(read_texts(texts_path))
    sample = texts[:: ceil(len(texts) / SAMPLE)]
    nlp = build(encoder, layers, width, predicates, sample, lang)
    amounts = Amounts(per_text, candidates, triples)
    thresholds = find_thresholds(nlp, encode(nlp, sample), amounts)
    nlp.to_disk(output)
    n_weights = sum(p.numel() for p in nlp.get_pipe("transformer").model.transformer.parameters())
    n_predicates, n_triples = count_predictions(nlp, sample)
    print(f"{n_weights / 1e6:.1f} million weights in the encoder, {predicates} predicates")
    print(f"{len(sample)} texts, {n_predicates:.2f} predicates a text, {n_triples:.2f} triples")
    print("thresholds: predicates {:.4f}, boundaries {:.4f}, pairs {:.4f}".format(*thresholds))


if __name__ == "__main__":
    typer.run(main)

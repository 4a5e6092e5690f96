"""Train on gold with accepted label issues, or with less trust in the gold.

A trained pipeline goes once more through its training corpus, each time from the same weights, in
the same order and with a learn rate that falls to 0: on the gold as it is; on gold with the
highest-ranked missing triples of `spacy spo audit`; on the gold as it is with `missing_gold`, which
makes the losses robust to false negatives. No texts are joined. Each is scored as `spacy spo tune`
tunes it.

    python benchmarks/corrected_gold.py training/duie/model-best corpus/duie/train.spacy \
        corpus/duie/dev.spacy --accept 500
"""

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import spacy
import typer
from spacy.language import Language
from spacy.schemas import ConfigSchemaTraining
from spacy.tokens import Doc
from spacy.training import Example
from spacy.util import fix_random_seed, registry
from thinc.api import warmup_linear

from spacy_spo.analysis.auditing import audit
from spacy_spo.analysis.decisions import ACCEPT, apply_decisions
from spacy_spo.analysis.issues import MISSING
from spacy_spo.analysis.tuning import tune
from spacy_spo.data.doc_files import read_docs
from spacy_spo.pipeline.lookup import find_components


def continue_training(nlp: Language, gold: Sequence[Doc], learn_rate: float) -> None:
    """Train for one epoch, in the batches of the config."""
    fix_random_seed(0)
    config = nlp.config.interpolate()["training"]
    settings = registry.resolve(config, schema=ConfigSchemaTraining)
    examples = [Example(nlp.make_doc(doc.text), doc) for doc in gold]
    random.Random(0).shuffle(examples)
    batches = list(settings["batcher"](examples))
    optimizer = settings["optimizer"]
    rates = warmup_linear(learn_rate, len(batches) // 10, len(batches))
    optimizer.schedules["learn_rate"] = rates
    for batch in batches:
        optimizer.step_schedules()
        # As spaCy's own loop does: the gradient of the encoder is whole after the last component.
        nlp.update(batch, sgd=False, drop=settings["dropout"])
        for _, pipe in nlp.pipeline:
            pipe.finish_update(optimizer)


def correct_gold(model: str, gold: Sequence[Doc], accept: int) -> tuple[list[Doc], int]:
    """Add the highest-ranked missing triples to gold, and count them."""
    issues = audit(spacy.load(model), gold, limit=accept).issues[MISSING]
    items = [{**issue.to_dict(), "decision": ACCEPT} for issue in issues]
    docs, applied, _ = apply_decisions([doc.copy() for doc in gold], items)
    min_score = min((issue.score for issue in issues), default=1.0)
    print(f"{len(applied)} triples added, with scores of at least {min_score:.3f}")
    return docs, len(applied)


def set_missing_gold(nlp: Language, missing_gold: float) -> None:
    """Set the robustness to false negatives of both losses."""
    for pipe in find_components(nlp):
        loss = {**nlp.get_pipe_config(pipe.name)["loss"], "missing_gold": missing_gold}
        pipe.loss = registry.resolve({"loss": loss})["loss"]


def print_scores(name: str, nlp: Language, dev: Sequence[Doc]) -> None:
    """Tune a pipeline and print its scores."""
    tuned = tune(nlp, dev)
    for when, counts in (("", tuned.after), (", cross-validated", tuned.cross_validated)):
        p, r, f = counts.scores
        print(f"{name + when:40} P {p:.3f}  R {r:.3f}  F1 {f:.3f}", flush=True)


def main(
    model: str,
    train: Annotated[Path, typer.Argument(exists=True)],
    dev: Annotated[Path, typer.Argument(exists=True)],
    accept: Annotated[int, typer.Option(min=1, help="Triples to add")] = 500,
    missing_gold: Annotated[float, typer.Option(min=0, max=1)] = 0.5,
    learn_rate: Annotated[float, typer.Option(help="The highest")] = 2e-4,
) -> None:
    gold, dev_docs = list(read_docs(train)), list(read_docs(dev))
    print_scores("before", spacy.load(model), dev_docs)
    corrected, n_added = correct_gold(model, gold, accept)
    for name, docs, robustness in (
        ("gold as it is", gold, 0.0),
        (f"gold with {n_added} more", corrected, 0.0),
        (f"missing_gold = {missing_gold}", gold, missing_gold),
    ):
        nlp = spacy.load(model)
        set_missing_gold(nlp, robustness)
        continue_training(nlp, docs, learn_rate)
        print_scores(name, nlp, dev_docs)


if __name__ == "__main__":
    typer.run(main)

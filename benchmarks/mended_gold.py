"""What it changes to train on gold that an audit has mended, or to trust the gold less.

A trained pipeline goes once more through its training corpus, each time from the same weights, in
the same order and with a learn rate that falls to 0: on the gold as it is; on gold with the
highest-ranked of the triples that `spacy spo audit` misses in it; on the gold as it is with
`missing_gold`, which softens the losses. No texts are joined. Each is scored as `spacy spo tune`
leaves it.

    python benchmarks/mended_gold.py training/duie/model-best corpus/duie/train.spacy \
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

from spacy_spo.analysis.auditing import ACCEPT, MISSING, apply_decisions, audit
from spacy_spo.analysis.tuning import tune
from spacy_spo.data.docs import read_docs
from spacy_spo.pipeline.lookup import find_components


def continue_training(nlp: Language, gold: Sequence[Doc], learn_rate: float) -> None:
    """Once through the gold, in the batches of the config."""
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


def mend(model: str, gold: Sequence[Doc], accept: int) -> tuple[list[Doc], int]:
    """The gold with the highest-ranked triples that it lacks, and how many."""
    suspicions = audit(spacy.load(model), gold, limit=accept).suspicions[MISSING]
    items = [{**suspicion.to_dict(), "decision": ACCEPT} for suspicion in suspicions]
    docs, applied, _ = apply_decisions([doc.copy() for doc in gold], items)
    scores = [suspicion.score for suspicion in suspicions]
    print(f"{len(applied)} triples added, which score at least {min(scores, default=1.0):.3f}")
    return docs, len(applied)


def soften(nlp: Language, missing_gold: float) -> None:
    for pipe in find_components(nlp):
        loss = {**nlp.get_pipe_config(pipe.name)["loss"], "missing_gold": missing_gold}
        pipe.loss = registry.resolve({"loss": loss})["loss"]


def report(name: str, nlp: Language, dev: Sequence[Doc]) -> None:
    tuned = tune(nlp, dev)
    for when, counts in (("", tuned.after), (", texts held out", tuned.held_out)):
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
    report("before", spacy.load(model), dev_docs)
    mended, n_added = mend(model, gold, accept)
    for name, docs, softness in (
        ("gold as it is", gold, 0.0),
        (f"gold with {n_added} more", mended, 0.0),
        (f"missing_gold = {missing_gold}", gold, missing_gold),
    ):
        nlp = spacy.load(model)
        soften(nlp, softness)
        continue_training(nlp, docs, learn_rate)
        report(name, nlp, dev_docs)


if __name__ == "__main__":
    typer.run(main)

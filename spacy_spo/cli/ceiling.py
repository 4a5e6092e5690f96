"""`spacy spo ceiling`: the best score that a config could reach on a corpus."""

from collections import Counter
from itertools import chain
from pathlib import Path
from typing import Annotated, Any, Dict, Iterable, Iterator, NamedTuple

import typer
from spacy.cli._util import Arg, parse_config_overrides
from spacy.language import Language
from spacy.schemas import ConfigSchemaInit
from spacy.training import Example
from spacy.util import load_config, load_model_from_config, registry
from wasabi import msg

from ..data.docs import read_docs
from .errors import exit_on_error

_RULES = {
    "text": "Triples: text",
    "offset": "Triples: offsets",
    "slot": "Triples: text, qualifiers",
}
# Docs that are read at once: enough to be quick, few enough for any memory.
_BATCH = 500


class Ceiling(NamedTuple):
    """n_triples (int): Of the gold. scores (Dict[str, Any]): What `score_triples` returns.
    losses (Counter[str]): How many of the gold triples are lost, by cause. extra (int): Triples
    that are read and are no gold. repeated (int): Gold triples with an argument whose text occurs
    several times in its Doc; which of them is meant, training has to take from the data."""

    n_triples: int
    scores: Dict[str, Any]
    losses: "Counter[str]"
    extra: int
    repeated: int


def ceiling_cli(
    ctx: typer.Context,  # for overrides of the config
    config: Annotated[Path, Arg(exists=True, dir_okay=False, help="Config with an spo_tagger")],
    train: Annotated[Path, Arg(exists=True, help="Corpus that the schema is learned from")],
    dev: Annotated[Path, Arg(exists=True, help="Corpus to read")],
) -> None:
    """
    Put gold through the tagger's own encoding and decoding and score what comes back: the best
    that a model with these segments, this tokenizer and this schema can reach, and what the rest is
    lost to. Nothing is trained. Settings of the config can be overridden as in `spacy train`.
    """
    with exit_on_error("No ceiling was found"):
        nlp = load_model_from_config(
            load_config(config, overrides=parse_config_overrides(ctx.args)), auto_fill=True
        )
        found = find_ceiling(nlp, train, dev)
    msg.text(
        f"{found.n_triples} gold triples, {found.repeated} of them with an argument whose text"
    )
    msg.text("occurs several times in its Doc.")
    rows = [
        (title, *(f"{100 * (found.scores[f'spo_{rule}_{e}'] or 0):.2f}" for e in "prf"))
        for rule, title in _RULES.items()
    ]
    msg.table(rows, header=("", "P", "R", "F"), aligns=("l", "r", "r", "r"))
    for cause, count in found.losses.most_common():
        msg.text(f"{count} {cause}")
    msg.text(f"{found.extra} are read that the gold does not have")


def find_ceiling(nlp: Language, train: Path, dev: Path) -> Ceiling:
    """Find the best score that a pipeline could reach.

    nlp (Language): A pipeline with an spo_tagger, trained or not; what it learned is forgotten.
    train (Path): Corpus that the schema is learned from.
    dev (Path): Corpus to read.
    RETURNS (Ceiling): The scores, and what is lost to what.
    RAISES (ValueError): If the pipeline has no spo_tagger, a corpus no annotated text, or the
        training corpus no triple.
    """
    from ..analysis.ceiling import read_gold
    from ..evaluation.scorers import score_triples
    from ..pipeline.gold import count_unlearnable
    from ..pipeline.lookup import find_component
    from ..pipeline.spo_tagger import SpoTagger

    tagger = find_component(nlp, SpoTagger)
    settings = registry.resolve(nlp.config["initialize"], schema=ConfigSchemaInit)
    tagger.cfg["labels"].clear()
    tagger.learn_schema(_annotated(nlp, train), **settings["components"].get(tagger.name, {}))
    examples = list(_annotated(nlp, dev))
    _annotate_by_rules(nlp, examples)
    for start in range(0, len(examples), _BATCH):
        read_gold(tagger, examples[start : start + _BATCH])
    losses = count_unlearnable(examples, tagger.segments, tagger.covers)
    counts: Counter[str] = Counter()
    for example in examples:
        counts.update(_compare(example))
    losses["are encoded but not decoded"] = counts["lost"] - sum(losses.values())
    return Ceiling(
        counts["gold"], score_triples(examples), +losses, counts["extra"], counts["repeated"]
    )


def _annotated(nlp: Language, path: Path) -> Iterator[Example]:
    """The annotated texts of a corpus."""
    from ..triples import has_triples

    docs = filter(has_triples, read_docs(path))
    first = next(docs, None)
    if first is None:
        raise ValueError(f"No text of {path} has gold triples.")
    for doc in chain([first], docs):
        yield Example(nlp.make_doc(doc.text), doc)


def _annotate_by_rules(nlp: Language, examples: Iterable[Example]) -> None:
    """Let what needs no training annotate the predicted Docs, as segments may need it."""
    rules = [pipe for _, pipe in nlp.pipeline if not getattr(pipe, "is_trainable", False)]
    for example in examples:
        for pipe in rules:
            example.predicted = pipe(example.predicted)


def _compare(example: Example) -> Dict[str, int]:
    from ..evaluation.matching import offset_key
    from ..triples import get_triples

    gold = get_triples(example.reference)
    stated = {offset_key(t) for t in gold}
    found = {offset_key(t) for t in get_triples(example.predicted)}
    text = example.reference.text
    return {
        "gold": len(gold),
        "lost": sum(offset_key(t) not in found for t in gold),
        "extra": len(found - stated),
        "repeated": sum(any(text.count(a.text) > 1 for a in t.arguments.values()) for t in gold),
    }

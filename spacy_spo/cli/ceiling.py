"""`spacy spo ceiling`: the upper bound on the score of a config."""

from pathlib import Path
from typing import Annotated

import typer

from ..data.doc_files import read_docs
from ..visualize.tables import Table, percent
from .compat_spacy import Arg, parse_config_overrides
from .loading import make_pipeline
from .printing import exit_on_error, msg, print_tables


def ceiling_cli(
    ctx: typer.Context,  # for overrides of the config
    config: Annotated[Path, Arg(exists=True, dir_okay=False, help="Config with an spo_tagger")],
    train: Annotated[Path, Arg(exists=True, help="Corpus to learn the schema from")],
    dev: Annotated[Path, Arg(exists=True, help="Corpus to encode and decode")],
) -> None:
    """Compute the upper bound on the score of a config.

    It is the bound for this tokenizer, segmenter and schema: gold is encoded and decoded by the
    tagger, without a model, and unreachable triples are counted by cause. Nothing is trained.
    Settings of the config can be overridden as in `spacy train`.
    """
    from ..analysis.ceiling import find_ceiling
    from ..evaluation.matching import default_signature
    from ..visualize.score_tables import TRIPLE_ROWS

    with exit_on_error("No upper bound was found"):
        nlp = make_pipeline(config, parse_config_overrides(ctx.args))
        ceiling = find_ceiling(nlp, read_docs(train), read_docs(dev))
    rows = [
        [title, *(percent(ceiling.scores[f"{key}_{e}"] or 0) for e in "prf")]
        for title, key in TRIPLE_ROWS.items()
    ]
    print_tables([Table("Upper bound", ["", "P", "R", "F"], rows)])
    for name in ("text", "offset", "duie2"):
        msg.text(f"Signature: {default_signature(name)}")
    msg.text(
        f"{ceiling.n_gold} gold triples, {ceiling.n_ambiguous} with several mentions of an argument"
    )
    for cause, count in ceiling.unreachable.most_common():
        msg.text(f"{count} {cause}")
    msg.text(f"{ceiling.n_extra} decoded triples are not gold")

"""`spacy spo apply-audit`: decisions on suspicions, folded back into the corpus."""

from pathlib import Path
from typing import Annotated, List

from spacy.cli._util import Arg
from spacy.tokens import DocBin
from wasabi import msg

from ..data.docs import read_docs, read_rows
from ..data.files import write_items
from .errors import exit_on_error, refuse_own_input

_CORPUS = "The corpus that was audited: a .spacy file, or a folder of them"
_DECISIONS = (
    "missing.jsonl, variant.jsonl, crossed.jsonl or doubtful.jsonl of an audit, with "
    '"decision" set to "accept" or "reject"'
)
_OUTPUT = "The .spacy file to write; what was changed is written beside it"


def apply_audit_cli(
    corpus: Annotated[Path, Arg(exists=True, help=_CORPUS)],
    decisions: Annotated[List[Path], Arg(exists=True, dir_okay=False, help=_DECISIONS)],
    output: Annotated[Path, Arg(dir_okay=False, help=_OUTPUT)],
) -> None:
    """
    Add accepted triples that were missing or crossed, put accepted variants in the place of what
    they overlap, remove accepted doubtful ones, and write each change to OUTPUT.changes.jsonl, with
    its score and evidence. What came back from Label Studio or Prodigy is a corpus of its own, and
    read by `spacy spo convert`.
    """
    from ..analysis.auditing import apply_decisions

    with exit_on_error("Nothing was written"):
        changes = output.with_suffix(".changes.jsonl")
        for path in (corpus, *decisions):
            refuse_own_input(path, output)
            refuse_own_input(path, changes)
        if corpus.resolve() in output.resolve().parents:
            raise ValueError(f"OUTPUT {output} is in the corpus itself: name another place.")
        items = [row for path in decisions for row in read_rows(path)]
        docs, applied, counts = apply_decisions(read_docs(corpus), items)
        DocBin(docs=docs).to_disk(output)
        write_items(changes, applied)
    msg.text(
        f"{counts.added} triples added, {counts.replaced} replaced, {counts.removed} removed, "
        f"{counts.undecided} undecided"
    )
    if counts.unused:
        msg.warn(f"{counts.unused} accepted decisions fit nothing in the corpus")
    msg.good(f"Wrote {len(docs)} Docs to {output}, and the changes to {changes}")

"""`spacy spo apply-audit`: decisions on label issues, applied to the corpus."""

from pathlib import Path
from typing import Annotated, List

from spacy.tokens import DocBin

from ..data.doc_files import check_docs_output, read_docs
from ..data.files import refuse_own_input, write_items
from ..outputs import replacing_all
from ..triples import TRIPLES_KEY
from .compat_spacy import Arg, Opt
from .options import SPANS_KEY_HELP
from .printing import msg
from .process import writing

_CORPUS = "The audited corpus: a .spacy file, or a folder of them"
_DECISIONS = (
    "missing.jsonl, boundary.jsonl, pairing.jsonl or low_confidence.jsonl of an audit, with "
    '"decision" set to "accept" or "reject"'
)
_OUTPUT = "The .spacy file to write; a list of the changes is written beside it"


def apply_audit_cli(
    corpus: Annotated[Path, Arg(exists=True, help=_CORPUS)],
    decisions: Annotated[List[Path], Arg(exists=True, dir_okay=False, help=_DECISIONS)],
    output: Annotated[Path, Arg(dir_okay=False, help=_OUTPUT)],
    spans_key: Annotated[str, Opt("--spans-key", help=SPANS_KEY_HELP)] = TRIPLES_KEY,
) -> None:
    """Apply accepted label issues to a corpus.

    Missing triples and pairings are added, gold is replaced by triples with other boundaries,
    low-confidence gold is removed. Each change is written to OUTPUT.changes.jsonl, with its score
    and evidence. Annotated tasks of Label Studio or Prodigy are a separate corpus: convert them
    with `spacy spo convert`.
    """
    from ..analysis.audit_files import read_decisions
    from ..analysis.decisions import apply_decisions

    changes = output.with_suffix(".changes.jsonl")
    with writing("Nothing was written", output, changes):
        check_docs_output(output)
        for path in (corpus, *decisions):
            refuse_own_input(path, output)
            refuse_own_input(path, changes)
        if corpus.resolve() in output.resolve().parents:
            raise ValueError(f"OUTPUT {output} is inside the corpus: name a path outside it.")
        items = read_decisions(decisions)
        docs, applied, counts = apply_decisions(read_docs(corpus), items, spans_key)
        with replacing_all([output, changes]) as unfinished:
            DocBin(store_user_data=True, docs=docs).to_disk(unfinished[0])
            write_items(unfinished[1], applied)
    msg.text(
        f"{counts.added} triples added, {counts.replaced} replaced, {counts.removed} removed, "
        f"{counts.undecided} undecided"
    )
    if counts.unused:
        msg.warn(f"{counts.unused} accepted issues changed nothing in the corpus")
    msg.good(f"Wrote {len(docs)} Docs to {output}, and the changes to {changes}")

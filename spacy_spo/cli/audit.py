"""`spacy spo audit`: likely annotation errors in gold, ranked."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional, Sequence

from ..data.doc_files import read_docs
from ..visualize.tables import Table
from .compat_spacy import Arg, Opt, setup_gpu
from .loading import load_pipeline
from .printing import msg, print_tables
from .process import writing

if TYPE_CHECKING:
    from ..analysis.auditing import Audit
    from ..analysis.issues import Issue

_GOLD = "Gold to audit: a .spacy file, or a folder of them"
_OUTPUT = "Folder to write issues and tasks to"
_LIMIT = "Maximum number of issues of each kind"
_CONFIDENCE = "Gold triples with a lower score are issues"
_SHOWN = 20
_TITLES = {
    "missing": "Missing in the gold",
    "boundary": "Boundary disagreements",
    "pairing": "Different pairings",
    "low_confidence": "Low-confidence gold",
}


def audit_cli(
    model: Annotated[str, Arg(help="Pipeline name or path, best with calibrated scores")],
    gold: Annotated[Path, Arg(exists=True, help=_GOLD)],
    output: Annotated[Path, Arg(file_okay=False, help=_OUTPUT)],
    limit: Annotated[int, Opt("--limit", "-n", min=1, help=_LIMIT)] = 200,
    max_confidence: Annotated[float, Opt(min=0, max=1, help=_CONFIDENCE)] = 0.5,
    doubt: Annotated[Optional[float], Opt(min=0, max=1, hidden=True)] = None,
    gpu_id: Annotated[int, Opt("--gpu-id", "-g", help="GPU, or -1 for the CPU")] = -1,
) -> None:
    """Rank likely annotation errors of a corpus.

    The kinds are missing triples, boundary disagreements, different pairings and low-confidence
    gold. Writes them with evidence from the corpus as JSONL, as tasks for Label
    Studio and for Prodigy, and the inferred schema. `apply-audit` applies the decisions.
    """
    from ..analysis.audit_files import list_files, read_earlier, write_audit
    from ..analysis.auditing import audit

    if doubt is not None:  # the former name
        max_confidence = doubt
    with writing("Nothing was audited", *list_files(output)):
        read_earlier(output)  # broken decisions are an error before the model runs
        setup_gpu(gpu_id)
        nlp = load_pipeline(model)
        result = audit(nlp, read_docs(gold), limit=limit, max_confidence=max_confidence)
        write_audit(result, output, name=model)
    _print_audit(result)
    msg.good(f"Wrote {_counts(result)} to {output}")


def _print_audit(audit: "Audit") -> None:
    print_tables(
        _table(_TITLES[kind], issues[:_SHOWN]) for kind, issues in audit.issues.items() if issues
    )
    msg.text(f"{len(audit.violations)} gold triples differ from nearly all of their predicate")
    if audit.n_skipped:
        msg.text(
            f"{audit.n_skipped} gold triples were skipped: the pipeline lacks their predicate or "
            "qualifier, or its tokens do not fit"
        )


def _counts(audit: "Audit") -> str:
    """Count the written issues, of all of their kind."""
    counts = (f"{len(audit.issues[k])} of {n} {k}" for k, n in audit.counts.items())
    return f"{', '.join(counts)} issues"


def _table(title: str, issues: Sequence["Issue"]) -> Table:
    rows = [
        [
            str(issue.triple),
            f"{issue.score:.3f}",
            str(issue.evidence["same_elsewhere"]),
            str(issue.evidence["pair_elsewhere"]),
        ]
        for issue in issues
    ]
    return Table(title, ["Triple", "Score", "Elsewhere", "Its pair"], rows)

"""`spacy spo audit`: what the gold may lack, and where it may be wrong."""

from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Dict, Iterable, Iterator, List, Sequence

from spacy.cli._util import Arg, Opt, setup_gpu
from spacy.util import load_model
from wasabi import msg

from ..data.docs import read_docs, read_rows
from ..data.files import write_items
from ..visualize.tables import Table
from .errors import exit_on_error
from .report import print_tables

if TYPE_CHECKING:
    from ..analysis.auditing import Audit, Suspicion

_GOLD = "Gold to look through: a .spacy file, or a folder of them"
_OUTPUT = "Folder to write the suspicions and the tasks to"
_LIMIT = "How many suspicions of each kind to write"
_DOUBT = "Gold triples that the model scores lower are doubtful"
_SHOWN = 20
_TITLES = {
    "missing": "Not in the gold",
    "variant": "Read differently in the gold",
    "crossed": "Joined with others in the gold",
    "doubtful": "Doubtful gold",
}


def audit_cli(
    model: Annotated[str, Arg(help="Pipeline name or path; best one whose scores are calibrated")],
    gold: Annotated[Path, Arg(exists=True, help=_GOLD)],
    output: Annotated[Path, Arg(file_okay=False, help=_OUTPUT)],
    limit: Annotated[int, Opt("--limit", "-n", min=1, help=_LIMIT)] = 200,
    doubt: Annotated[float, Opt(min=0, max=1, help=_DOUBT)] = 0.5,
    gpu_id: Annotated[int, Opt("--gpu-id", "-g", help="GPU, or -1 for the CPU")] = -1,
) -> None:
    """
    Rank what the pipeline finds and the gold lacks, what the gold has with other ends of the
    arguments or joined with others, and gold that the pipeline finds unlikely, with evidence from
    the corpus; and say which predicates look symmetric or inverse. Writes JSONL to decide on, tasks
    for Label Studio and for Prodigy. `apply-audit` takes the decisions back.
    """
    from ..analysis.auditing import audit

    with exit_on_error("Nothing was audited"):
        setup_gpu(gpu_id)
        found = audit(load_model(model), list(read_docs(gold)), limit=limit, doubt=doubt)
        write(found, output, name=model)
    print_tables(
        _table(_TITLES[kind], rows[:_SHOWN]) for kind, rows in found.suspicions.items() if rows
    )
    msg.text(f"{len(found.violations)} gold triples differ from what nearly all gold shows")
    if found.n_unread:
        msg.text(f"{found.n_unread} gold triples are out of this pipeline's reach, and not judged")
    shown = (f"{len(found.suspicions[k])} of {n} {k}" for k, n in found.counts.items())
    msg.good(f"Wrote the first suspicions ({', '.join(shown)}) to {output}")


def write(audit: "Audit", output: Path, *, name: str) -> None:
    """Write an audit.

    audit (Audit): The suspicions.
    output (Path): The folder: `missing.jsonl`, `variant.jsonl`, `crossed.jsonl`,
        `doubtful.jsonl`, `violations.jsonl`, `schema.jsonl`, `label_studio.json`,
        `prodigy.jsonl`.
    name (str): Of the pipeline, for the tasks.

    Decisions in files of an earlier audit are carried over.
    """
    output.mkdir(parents=True, exist_ok=True)
    paths = {kind: output / f"{kind}.jsonl" for kind in audit.suspicions}
    decided = _decisions(path for path in paths.values() if path.exists())
    items = {kind: [row.to_dict() for row in rows] for kind, rows in audit.suspicions.items()}
    for item in chain.from_iterable(items.values()):
        item["decision"] = decided.pop(item["id"], {}).get("decision")
    # What was decided once is kept, whether or not it is suspected still.
    for item in decided.values():
        items[item["kind"]].append(item)
    for kind, path in paths.items():
        write_items(path, items[kind])
    write_items(output / "violations.jsonl", [row.to_dict() for row in audit.violations])
    write_items(output / "schema.jsonl", audit.patterns.to_rows())
    write_items(output / "label_studio.json", _label_studio_tasks(audit, name), is_array=True)
    write_items(output / "prodigy.jsonl", _prodigy_tasks(audit, name))


def _decisions(paths: Iterable[Path]) -> Dict[str, Dict[str, Any]]:
    from ..analysis.auditing import check_items

    items = check_items(chain.from_iterable(map(read_rows, paths)))
    return {item["id"]: item for item in items if item["decision"]}


def _label_studio_tasks(audit: "Audit", name: str) -> Iterator[Dict[str, Any]]:
    """What is proposed goes in as a prediction, which people correct and submit."""
    for task, suspicions in _tasks(audit, "label_studio"):
        (annotation,) = task.pop("annotations")
        score = max(s.score for s in suspicions)
        prediction = {"model_version": name, "score": score, "result": annotation["result"]}
        notes = [s.to_dict() for s in suspicions]
        yield {"data": {**task["data"], "suspicions": notes}, "predictions": [prediction]}


def _prodigy_tasks(audit: "Audit", name: str) -> Iterator[Dict[str, Any]]:
    for task, suspicions in _tasks(audit, "prodigy"):
        del task["answer"]
        yield {**task, "meta": {"model": name, "suspicions": [_line(s) for s in suspicions]}}


def _tasks(audit: "Audit", format_name: str) -> Iterator[Any]:
    from ..analysis.auditing import tasks, with_proposals
    from ..data.describe import fit
    from ..data.formats import get_format

    data_format = get_format(format_name)
    for doc, suspicions in tasks(audit):
        record, _ = fit(with_proposals(doc, suspicions), data_format)
        if record is not None and data_format.dump is not None:
            yield data_format.dump(record), suspicions


def _line(suspicion: "Suspicion") -> str:
    t = suspicion.triple
    return f"{suspicion.kind}: {t.subject.text} | {t.predicate} | {t.object.text}"


def _table(title: str, suspicions: Sequence["Suspicion"]) -> Table:
    rows: List[List[str]] = []
    for s in suspicions:
        t, evidence = s.triple, s.evidence
        words = f"{t.subject.text} | {t.predicate} | {t.object.text}"
        elsewhere = [str(evidence[key]) for key in ("same_elsewhere", "pair_elsewhere")]
        rows.append([words, f"{s.score:.3f}", *elsewhere])
    return Table(title, ["Triple", "Score", "Elsewhere", "Its pair"], rows)

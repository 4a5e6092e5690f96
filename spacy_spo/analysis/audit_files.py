"""Write an audit: issues to decide on, and tasks for annotation tools."""

from itertools import chain
from pathlib import Path
from typing import Any, Dict, Iterable, Iterator, List, Tuple

from spacy.tokens import Doc

from ..data.detection import get_format
from ..data.doc_records import reduce_doc
from ..data.files import MalformedRecord, read_items, write_array, write_items
from ..outputs import replacing_all
from ..triples import TRIPLES_KEY, Triple, align
from .auditing import Audit
from .decisions import accept_issue, check_decisions
from .issues import KINDS, LOW_CONFIDENCE, OLD_KINDS, PAIRING, Issue

_OTHER_FILES = ("violations.jsonl", "schema.jsonl", "label_studio.json", "prodigy.jsonl")


def write_audit(audit: Audit, output: Path, *, name: str) -> None:
    """Write an audit to a folder.

    Decisions in files of an earlier audit are carried over. Files with the kinds of earlier
    versions are replaced by those of today.

    audit (Audit): The audit.
    output (Path): The folder: a file of issues a kind (`missing.jsonl`, `boundary.jsonl`,
        `pairing.jsonl`, `low_confidence.jsonl`), `violations.jsonl`, `schema.jsonl`,
        `label_studio.json`, `prodigy.jsonl`.
    name (str): Name of the pipeline, for the tasks.
    RAISES (ValueError): If a file of an earlier audit is broken, or the folder cannot be written.
    """
    with replacing_all(list_files(output), "file") as unfinished:
        new = {path.name: file for path, file in zip(list_files(output), unfinished)}
        for kind, items in _with_decisions(audit, read_earlier(output)).items():
            write_items(new[f"{kind}.jsonl"], items)
        write_items(new["violations.jsonl"], [row.to_dict() for row in audit.violations])
        write_items(new["schema.jsonl"], audit.patterns.to_rows())
        write_array(new["label_studio.json"], label_studio_tasks(audit, name))
        write_items(new["prodigy.jsonl"], prodigy_tasks(audit, name))
    # Only now: their decisions are in the new files.
    for kind in OLD_KINDS:
        (output / f"{kind}.jsonl").unlink(missing_ok=True)


def list_files(output: Path) -> List[Path]:
    """List the files of an audit.

    output (Path): The folder.
    RETURNS (List[Path]): The files.
    """
    issues = [f"{kind}.jsonl" for kind in KINDS]
    return [output / name for name in (*issues, *_OTHER_FILES)]


def read_earlier(output: Path) -> List[Dict[str, Any]]:
    """Read the issues of an earlier audit.

    output (Path): The folder of the audit, which may not exist.
    RETURNS (List[Dict[str, Any]]): The issues, as `read_decisions` returns them.
    RAISES (ValueError): As `read_decisions`.
    """
    paths = (output / f"{kind}.jsonl" for kind in (*KINDS, *OLD_KINDS))
    return read_decisions(path for path in paths if path.exists())


def read_decisions(paths: Iterable[Path]) -> List[Dict[str, Any]]:
    """Read issues with decisions, and check them.

    paths (Iterable[Path]): Files of issues.
    RETURNS (List[Dict[str, Any]]): The issues, as `check_decisions` returns them.
    RAISES (ValueError): If a line is no issue of an audit, with its file and number.
    """
    return check_decisions(_read_located(paths))


def _read_located(paths: Iterable[Path]) -> Iterator[Tuple[str, Any]]:
    for path in paths:
        for item in read_items(path):
            if isinstance(item, MalformedRecord):
                raise ValueError(str(item))
            yield f"{path}:{item.location}", item.value


def _with_decisions(
    audit: Audit, decisions: Iterable[Dict[str, Any]]
) -> Dict[str, List[Dict[str, Any]]]:
    """List issues by kind, and earlier ones with a decision."""
    items = {kind: [issue.to_dict() for issue in audit.issues[kind]] for kind in KINDS}
    earlier = {item["id"]: item for item in decisions if item["decision"]}
    for item in chain.from_iterable(items.values()):
        item["decision"] = earlier.pop(item["id"], {}).get("decision")
    # A decision is kept even if it is no issue any more.
    for item in earlier.values():
        items[item["kind"]].append(item)
    return items


def group_by_text(audit: Audit) -> List[Tuple[Doc, List[Issue]]]:
    """Group issues for annotation tools.

    audit (Audit): The audit.
    RETURNS (List[Tuple[Doc, List[Issue]]]): Gold Docs with their issues, in the order of their
        first ones. Without pairing issues: most are errors of the pipeline, and would distract.
    """
    by_text: Dict[str, Tuple[Doc, List[Issue]]] = {}
    kinds = (kind for kind in KINDS if kind != PAIRING)
    for issue in chain.from_iterable(audit.issues[kind] for kind in kinds):
        by_text.setdefault(issue.doc.text, (issue.doc, []))[1].append(issue)
    return list(by_text.values())


def with_proposals(doc: Doc, issues: Iterable[Issue], spans_key: str = TRIPLES_KEY) -> Doc:
    """Copy a gold Doc, with its issues accepted.

    doc (Doc): The gold Doc.
    issues (Iterable[Issue]): Its issues. Low-confidence gold is kept, to be reviewed.
    spans_key (str): The key of the gold triples in `doc.spans`.
    RETURNS (Doc): The copy.
    """
    copy = doc.copy()
    added: List[Triple] = []
    for issue in issues:
        if issue.kind != LOW_CONFIDENCE:
            (triple,), _ = align([issue.triple], copy)
            accept_issue(copy, issue.kind, triple, added, spans_key)
    return copy


def label_studio_tasks(audit: Audit, name: str) -> Iterator[Dict[str, Any]]:
    """Make tasks for Label Studio.

    audit (Audit): The audit.
    name (str): Name of the pipeline.
    YIELDS (Dict[str, Any]): Tasks with proposals as predictions, to be corrected and submitted.
    """
    for task, issues in _tasks(audit, "label_studio"):
        (annotation,) = task.pop("annotations")
        score = max(issue.score for issue in issues)
        prediction = {"model_version": name, "score": score, "result": annotation["result"]}
        data = {**task["data"], "issues": [issue.to_dict() for issue in issues]}
        yield {"data": data, "predictions": [prediction]}


def prodigy_tasks(audit: Audit, name: str) -> Iterator[Dict[str, Any]]:
    """Make tasks for Prodigy's `rel.manual`.

    audit (Audit): The audit.
    name (str): Name of the pipeline.
    YIELDS (Dict[str, Any]): Tasks without an answer.
    """
    for task, issues in _tasks(audit, "prodigy"):
        del task["answer"]
        lines = [f"{issue.kind}: {issue.triple}" for issue in issues]
        yield {**task, "meta": {**task.get("meta", {}), "model": name, "issues": lines}}


def _tasks(audit: Audit, format_name: str) -> Iterator[Tuple[Any, List[Issue]]]:
    data_format = get_format(format_name)
    for doc, issues in group_by_text(audit):
        proposed = with_proposals(doc, issues, audit.spans_key)
        record, _ = reduce_doc(proposed, data_format, audit.spans_key)
        if record is not None and data_format.dump is not None:
            yield data_format.dump(record), issues

"""Apply decisions on label issues to a corpus."""

import reprlib
from collections import Counter, defaultdict
from typing import Any, Dict, Iterable, List, NamedTuple, Optional, Tuple

from spacy.tokens import Doc

from ..data.formats.spo_jsonl import parse_triple
from ..data.values import check_value, get_value
from ..evaluation.annotated import annotated_docs
from ..evaluation.matching import text_key
from ..triples import TRIPLES_KEY, Triple, get_triples, set_triples, triple_from_dict
from .issues import BOUNDARY, KINDS, LOW_CONFIDENCE, MISSING, OLD_KINDS, PAIRING, shared_arguments

ACCEPT, REJECT = "accept", "reject"
# Effects of accepted issues on the gold, as fields of `DecisionCounts`.
_EFFECTS = {
    MISSING: "added",
    PAIRING: "added",
    BOUNDARY: "replaced",
    LOW_CONFIDENCE: "removed",
}


class DecisionCounts(NamedTuple):
    """Counts of decisions.

    added (int): Accepted issues whose triple was added.
    replaced (int): Accepted issues whose triple replaced others.
    removed (int): Accepted issues whose triple was removed.
    unused (int): Accepted issues that changed nothing in the corpus.
    undecided (int): Issues without a decision.
    """

    added: int
    replaced: int
    removed: int
    unused: int
    undecided: int


def apply_decisions(
    docs: Iterable[Doc], items: Iterable[Dict[str, Any]], spans_key: str = TRIPLES_KEY
) -> Tuple[List[Doc], List[Dict[str, Any]], DecisionCounts]:
    """Apply accepted label issues to a corpus.

    docs (Iterable[Doc]): The corpus, whose triples are changed in place.
    items (Iterable[Dict[str, Any]]): Issues, as `Issue.to_dict` returns them, with decisions.
        Accepted missing and pairing issues are added, boundary issues replace the gold that they
        overlap, low-confidence gold is removed. Kinds of earlier versions are read.
    spans_key (str): The key of the gold triples in `doc.spans`.
    RETURNS (Tuple[List[Doc], List[Dict[str, Any]], DecisionCounts]): The Docs, the items that
        changed something, and counts.
    RAISES (ValueError): If an item is no issue, its decision is neither ACCEPT, REJECT nor None,
        two decisions on one issue differ, or the triples of the corpus are under other keys.
    """
    docs = list(docs)
    items = check_decisions((f"Decision {n}", item) for n, item in enumerate(items, start=1))
    by_text: Dict[str, List[Doc]] = {}
    annotated = annotated_docs(docs, spans_key)
    for doc in annotated:
        by_text.setdefault(doc.text, []).append(doc)
    annotated.refuse_other_keys()
    applied: List[Dict[str, Any]] = []
    added: Dict[int, List[Triple]] = defaultdict(list)
    counts: Counter[str] = Counter()
    for item in items:
        if item["decision"] == ACCEPT:
            same_text = by_text.get(item["text"], [])
            changed = [_apply(doc, item, added[id(doc)], spans_key) for doc in same_text]
            counts[_EFFECTS[item["kind"]] if any(changed) else "unused"] += 1
            applied += [item] if any(changed) else []
        counts["undecided"] += item["decision"] is None
    return docs, applied, DecisionCounts(*(counts[name] for name in DecisionCounts._fields))


def check_decisions(items: Iterable[Tuple[str, Any]]) -> List[Dict[str, Any]]:
    """Check the form of decisions.

    items (Iterable[Tuple[str, Any]]): Issues with a decision or None, each after its name in
        errors, e.g. file and line.
    RETURNS (List[Dict[str, Any]]): The issues, with today's names of kinds.
    RAISES (ValueError): If an item is no issue, or two decisions on one issue differ.
    """
    first: Dict[str, Tuple[str, str]] = {}
    checked = []
    for name, item in items:
        try:
            item = _checked_item(item)
        except ValueError as error:
            raise ValueError(
                f"{name} is not what an audit wrote: {error}. Restore it, and set only its "
                "'decision'."
            ) from error
        if item["decision"]:
            first_name, decision = first.setdefault(item["id"], (name, item["decision"]))
            if decision != item["decision"]:
                raise ValueError(
                    f"{name}: this decision differs from {first_name}, on the same issue "
                    f"{item['id']!r}: keep one."
                )
        checked.append(item)
    return checked


def _checked_item(item: Any) -> Dict[str, Any]:
    check_value(item, dict, "a decision")
    kind = get_value(item, "kind", str)
    kind = OLD_KINDS.get(kind, kind)
    if kind not in KINDS:
        raise ValueError(f"'kind' must be one of {', '.join(KINDS)}, not {kind!r}")
    if "decision" not in item or item["decision"] not in (ACCEPT, REJECT, None):
        raise ValueError(
            f"'decision' must be {ACCEPT!r}, {REJECT!r} or null, not "
            f"{reprlib.repr(item.get('decision', 'missing'))}"
        )
    get_value(item, "id", str)
    _check_triple(get_value(item, "text", str), get_value(item, "triple", dict))
    return {**item, "kind": kind}


def _check_triple(text: str, data: Dict[str, Any]) -> None:
    for role, argument in parse_triple(data).arguments.items():
        start, end = argument.start, argument.end
        if start is None or end is None or not 0 <= start < end <= len(text):
            raise ValueError(f"the {role!r} is not at characters of 'text': {start} to {end}")
        if text[start:end] != argument.text:
            raise ValueError(
                f"the {role!r} is {argument.text!r}, and the characters {start} to {end} of "
                f"'text' are {reprlib.repr(text[start:end])}"
            )


def _apply(doc: Doc, item: Dict[str, Any], added: List[Triple], spans_key: str) -> bool:
    """Apply an accepted issue to a Doc."""
    triple = _gold_triple(doc, item["triple"])
    return triple is not None and accept_issue(doc, item["kind"], triple, added, spans_key)


def _gold_triple(doc: Doc, data: Dict[str, Any]) -> Optional[Triple]:
    try:
        return triple_from_dict(doc, {**data, "score": 1.0})
    except ValueError:  # it does not fit the tokens
        return None


def accept_issue(
    doc: Doc, kind: str, triple: Triple, added: List[Triple], spans_key: str = TRIPLES_KEY
) -> bool:
    """Change the gold of a Doc as an issue proposes.

    doc (Doc): The gold Doc, changed in place.
    kind (str): One of KINDS.
    triple (Triple): The triple, on this Doc.
    added (List[Triple]): Triples that were added before; this one is appended. A boundary issue
        does not replace them.
    spans_key (str): The key of the gold triples in `doc.spans`.
    RETURNS (bool): Whether the gold changed.
    """
    gold = get_triples(doc, spans_key)
    # All mentions of a triple go.
    removed = {text_key(triple)} & set(map(text_key, gold))
    if bool(removed) != (kind == LOW_CONFIDENCE):
        return False
    if kind == BOUNDARY:
        removed = {text_key(other) for other in gold if all(shared_arguments(other, triple))}
        if not removed or removed & set(map(text_key, added)):
            return False
    new = [] if kind == LOW_CONFIDENCE else [triple]
    added += new
    kept = [other for other in gold if text_key(other) not in removed]
    set_triples(doc, [*kept, *new], spans_key)
    return True

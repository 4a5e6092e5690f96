"""Apply decisions on label issues to a corpus."""

from collections import Counter, defaultdict
from typing import Any, Dict, Iterable, List, NamedTuple, Optional, Tuple

from spacy.tokens import Doc

from ..evaluation.matching import text_key
from ..triples import Triple, get_triples, set_triples, triple_from_dict
from .issues import BOUNDARY, KINDS, LOW_CONFIDENCE, MISSING, OLD_KINDS, PAIRING, shared_arguments

ACCEPT, REJECT = "accept", "reject"
# Effects of accepted issues on the gold, as fields of `DecisionCounts`.
_EFFECTS = {
    MISSING: "added",
    PAIRING: "added",
    BOUNDARY: "replaced",
    LOW_CONFIDENCE: "removed",
}
_ITEM_KEYS = ("id", "kind", "text", "triple", "decision")


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
    docs: Iterable[Doc], items: Iterable[Dict[str, Any]]
) -> Tuple[List[Doc], List[Dict[str, Any]], DecisionCounts]:
    """Apply accepted label issues to a corpus.

    docs (Iterable[Doc]): The corpus, whose triples are changed in place.
    items (Iterable[Dict[str, Any]]): Issues, as `Issue.to_dict` returns them, with decisions.
        Accepted missing and pairing issues are added, boundary issues replace the gold that they
        overlap, low-confidence gold is removed. Kinds of earlier versions are read.
    RETURNS (Tuple[List[Doc], List[Dict[str, Any]], DecisionCounts]): The Docs, the items that
        changed something, and counts.
    RAISES (ValueError): If an item is no issue, its decision is neither ACCEPT, REJECT nor None,
        or two decisions on one issue differ.
    """
    docs, items = list(docs), check_decisions(items)
    by_text: Dict[str, List[Doc]] = {}
    for doc in docs:
        by_text.setdefault(doc.text, []).append(doc)
    applied: List[Dict[str, Any]] = []
    added: Dict[int, List[Triple]] = defaultdict(list)
    counts: Counter[str] = Counter()
    for item in items:
        if item["decision"] == ACCEPT:
            same_text = by_text.get(item["text"], [])
            changed = [_apply(doc, item, added[id(doc)]) for doc in same_text]
            counts[_EFFECTS[item["kind"]] if any(changed) else "unused"] += 1
            applied += [item] if any(changed) else []
        counts["undecided"] += item["decision"] is None
    return docs, applied, DecisionCounts(*(counts[name] for name in DecisionCounts._fields))


def check_decisions(items: Iterable[Any]) -> List[Dict[str, Any]]:
    """Check the form of decisions.

    items (Iterable[Any]): Issues with a decision or None each.
    RETURNS (List[Dict[str, Any]]): The items, with today's names of kinds.
    RAISES (ValueError): If an item is no issue, or two decisions on one issue differ.
    """
    decisions: Dict[str, Any] = {}
    checked = []
    for number, item in enumerate(items, start=1):
        item = _check_item(number, item)
        decision = item["decision"]
        if decision and decisions.setdefault(item["id"], decision) != decision:
            raise ValueError(
                f"Decision {number} differs from an earlier one on {item['id']!r}: keep one."
            )
        checked.append(item)
    return checked


def _check_item(number: int, item: Any) -> Dict[str, Any]:
    if not isinstance(item, dict) or not all(key in item for key in _ITEM_KEYS):
        raise ValueError(
            f"Decision {number} is not one of an audit: it needs {', '.join(_ITEM_KEYS)}."
        )
    kind, decision = OLD_KINDS.get(item["kind"], item["kind"]), item["decision"]
    if kind not in KINDS:
        raise ValueError(
            f"The kind of decision {number} must be one of {', '.join(KINDS)}, not {kind!r}."
        )
    if decision not in (ACCEPT, REJECT, None):
        raise ValueError(
            f"Decision {number} must be {ACCEPT!r}, {REJECT!r} or null, not {decision!r}."
        )
    return {**item, "kind": kind}


def _apply(doc: Doc, item: Dict[str, Any], added: List[Triple]) -> bool:
    """Apply an accepted issue to a Doc."""
    triple = _gold_triple(doc, item["triple"])
    return triple is not None and accept_issue(doc, item["kind"], triple, added)


def _gold_triple(doc: Doc, data: Dict[str, Any]) -> Optional[Triple]:
    try:
        return triple_from_dict(doc, {**data, "score": 1.0})
    except ValueError:  # it does not fit the tokens
        return None


def accept_issue(doc: Doc, kind: str, triple: Triple, added: List[Triple]) -> bool:
    """Change the gold of a Doc as an issue proposes.

    doc (Doc): The gold Doc, changed in place.
    kind (str): One of KINDS.
    triple (Triple): The triple, on this Doc.
    added (List[Triple]): Triples that were added before; this one is appended. A boundary issue
        does not replace them.
    RETURNS (bool): Whether the gold changed.
    """
    gold = get_triples(doc)
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
    set_triples(doc, [*(other for other in gold if text_key(other) not in removed), *new])
    return True

"""What the gold may lack, and where it may be wrong: suspicions, ranked, with evidence.

The model reads the corpus with thresholds near 0. Among what the gold lacks, what it is surest of
comes first; among the doubtful, what it finds least likely. A person decides.
"""

import hashlib
import json
from collections import Counter, defaultdict
from itertools import chain
from typing import Any, Dict, Iterable, Iterator, List, NamedTuple, Optional, Sequence, Set, Tuple

from spacy.language import Language
from spacy.tokens import Doc, Span

from ..evaluation.matching import text_key
from ..pipeline.lookup import find_components
from ..triples import OBJECT, SUBJECT, Triple, align, get_triples, has_triples, set_triples
from .patterns import Patterns, TypeCheck, infer_patterns, type_pair
from .tuning import at_floor

# What the gold lacks: it says nothing of the kind; it has a triple of the same predicate in its
# place, with arguments that begin or end elsewhere; by that predicate, it joins both arguments, but
# with others, so who annotated it had the choice. And gold that is unlikely.
MISSING, VARIANT, CROSSED, DOUBTFUL = KINDS = ("missing", "variant", "crossed", "doubtful")
# What accepting it does to the gold, as a field of `Decisions`.
_EFFECTS = {MISSING: "added", CROSSED: "added", VARIANT: "replaced", DOUBTFUL: "removed"}
ACCEPT, REJECT = "accept", "reject"
_Fact = Tuple[str, str, str]
# A pattern that holds for such a share of the triples of a predicate is taken for a rule.
NEARLY_ALL = 0.9


class Suspicion(NamedTuple):
    """A triple that the gold may lack, or should perhaps not have.

    kind (str): One of KINDS. doc (Doc): The text, with what is gold of it. triple
    (Triple): On a Doc of that text. score (float): The model's, 0 if not even thresholds near 0 let
    it through. evidence (Dict[str, Any]): See `Evidence.of`.
    """

    kind: str
    doc: Doc
    triple: Triple
    score: float
    evidence: Dict[str, Any]

    def to_dict(self) -> Dict[str, Any]:
        """RETURNS (Dict[str, Any]): Plain JSON. Who decides sets "decision" to ACCEPT, which adds
        what is missing or crossed, puts a variant in the place of what it overlaps and removes
        what is doubtful, or to REJECT."""
        triple = {**self.triple.to_dict(), "score": self.score}
        return {
            "id": suspicion_id(self.kind, self.doc.text, triple),
            "kind": self.kind,
            "text": self.doc.text,
            "triple": triple,
            "evidence": self.evidence,
            "decision": None,
        }


def suspicion_id(kind: str, text: str, triple: Dict[str, Any]) -> str:
    """RETURNS (str): A name of a suspicion that stays the same from run to run. Whether the gold
    lacks it or has it counts; in which way it is lacking depends on the rest of the gold."""
    places = [[role, a["start"], a["end"]] for role, a in sorted(_arguments(triple).items())]
    content = json.dumps([kind == DOUBTFUL, text, triple["predicate"], places], ensure_ascii=False)
    return hashlib.sha256(content.encode("utf8")).hexdigest()[:16]


def _arguments(triple: Dict[str, Any]) -> Dict[str, Dict[str, Any]]:
    own = {role: triple[role] for role in ("subject", "object")}
    return {**own, **triple.get("qualifiers", {})}


class Violation(NamedTuple):
    """text (str): A text. triple (Triple): A gold triple of it. cause (str): What is unusual."""

    text: str
    triple: Triple
    cause: str

    def to_dict(self) -> Dict[str, Any]:
        """RETURNS (Dict[str, Any]): Plain JSON."""
        return {"text": self.text, "triple": self.triple.to_dict(), "cause": self.cause}


class Evidence:
    """What a corpus says of a triple apart from its text.

    gold (Sequence[Sequence[Triple]]): The gold triples of each text.
    """

    def __init__(self, gold: Sequence[Sequence[Triple]]) -> None:
        self.facts: Counter[_Fact] = Counter()
        self.pairs: Counter[Tuple[str, str]] = Counter()
        self.predicates: Counter[str] = Counter()
        texts = [sorted({text_key(t) for t in triples}) for triples in gold]
        for facts in texts:
            for fact in facts:
                self.facts[fact] += 1
                self.pairs[fact[0], fact[2]] += 1
                self.predicates[fact[1]] += 1
        self.patterns = infer_patterns(texts)
        self.types = TypeCheck(triple for triples in gold for triple in triples)

    def of(self, triple: Triple, reference: Doc) -> Dict[str, Any]:
        """Collect evidence.

        triple (Triple): A predicted or a gold triple.
        reference (Doc): The gold of its text.
        RETURNS (Dict[str, Any]): "same_elsewhere": other texts whose gold states it;
            "pair_elsewhere": gold triples of other texts with its arguments, whatever the
            predicate; "predicate": gold triples with its predicate; "reverse": the predicates that
            should hold the other way round, and whether the gold of the text says so; "rare_types":
            whether hardly a triple of its predicate has its types; "beside": the gold triples of
            the text, as three strings each, that share its predicate and an argument.
        """
        gold = get_triples(reference)
        own = {text_key(t) for t in gold}
        fact = subject, predicate, object_ = text_key(triple)
        own_pairs = sum((s, o) == (subject, object_) for s, _, o in own)
        reverse = self.patterns.reverse(predicate)
        return {
            "same_elsewhere": self.facts[fact] - (fact in own),
            "pair_elsewhere": self.pairs[subject, object_] - own_pairs,
            "predicate": self.predicates[predicate],
            "reverse": {other: (object_, other, subject) in own for other in reverse},
            "rare_types": self.types.is_rare(triple),
            "beside": [
                [t.subject.text, t.predicate, t.object.text]
                for t in gold
                if any(_shared_arguments(triple, t)) and text_key(t) != fact
            ],
        }

    def violations(self, reference: Doc) -> Iterator[Violation]:
        """YIELDS (Violation): Gold triples of rare types, and those without the reverse that nearly
        all triples of their predicate have."""
        own = {text_key(t) for t in get_triples(reference)}
        for triple in get_triples(reference):
            subject, predicate, object_ = text_key(triple)
            if self.types.is_rare(triple):
                kinds = " and ".join(map(repr, type_pair(triple)))
                yield Violation(reference.text, triple, f"types {kinds} are rare")
            for other, share in self.patterns.reverses.get(predicate, {}).items():
                if share >= NEARLY_ALL and (object_, other, subject) not in own:
                    yield Violation(reference.text, triple, f"no {other!r} the other way round")


class Audit(NamedTuple):
    """suspicions (Dict[str, List[Suspicion]]): The first of each kind. counts (Dict[str, int]): How
    many there are of each kind. n_unread (int): Gold triples that the pipeline cannot judge, since
    it has no such predicate or its tokens do not fit. patterns (Patterns): What the gold shows of
    its schema. violations (List[Violation]): Gold that differs from what nearly all gold shows."""

    suspicions: Dict[str, List[Suspicion]]
    counts: Dict[str, int]
    n_unread: int
    patterns: Patterns
    violations: List[Violation]


def audit(nlp: Language, gold: Sequence[Doc], *, limit: int = 200, doubt: float = 0.5) -> Audit:
    """Look for what the gold lacks, and for what may be wrong in it.

    nlp (Language): A trained pipeline with both components. It is left as it is.
    gold (Sequence[Doc]): The corpus. Docs without annotation are left out.
    limit (int): How many suspicions of each kind to keep.
    doubt (float): Gold triples with a lower score are doubtful.
    RETURNS (Audit): The suspicions.
    RAISES (ValueError): If the pipeline lacks a component, or no Doc is annotated.
    """
    known = [doc for doc in gold if has_triples(doc)]
    if not known:
        raise ValueError("No text has gold triples to audit.")
    evidence = Evidence([get_triples(doc) for doc in known])
    classifier, tagger = find_components(nlp)
    rankings = {kind: _Ranking(limit) for kind in KINDS}
    n_unread = 0
    with at_floor(classifier, tagger):
        for reference, doc in zip(known, nlp.pipe(doc.text for doc in known)):
            triples = get_triples(reference)
            stated, found = _best(triples), _best(get_triples(doc))
            # On the gold Doc: to keep the other would keep all that the encoder left on it.
            fitting, _ = align((t for key, t in found.items() if key not in stated), reference)
            for triple in fitting:
                rankings[_kind(triple, triples)].add(-triple.score, reference, triple)
            judged, _ = align((t for t in stated.values() if tagger.covers(t)), doc)
            n_unread += len(stated) - len(judged)
            for triple in judged:
                key = text_key(triple)
                score = found[key].score if key in found else 0.0
                if score < doubt:
                    rankings[DOUBTFUL].add(score, reference, stated[key])
    return Audit(
        {kind: list(_suspect(kind, rankings[kind], evidence)) for kind in KINDS},
        {kind: rankings[kind].n for kind in KINDS},
        n_unread,
        evidence.patterns,
        [violation for doc in known for violation in evidence.violations(doc)],
    )


def _kind(triple: Triple, stated: Iterable[Triple]) -> str:
    shared = [_shared_arguments(triple, own) for own in stated]
    if (True, True) in shared:
        return VARIANT
    joined = any(subject for subject, _ in shared) and any(object_ for _, object_ in shared)
    return CROSSED if joined else MISSING


def _shared_arguments(a: Triple, b: Triple) -> Tuple[bool, bool]:
    """Whether subject and object of two triples of one Doc have a token in common, if the predicate
    is the same."""
    same = a.predicate == b.predicate
    return same and _overlap(a.subject, b.subject), same and _overlap(a.object, b.object)


def _overlap(a: Span, b: Span) -> bool:
    return bool(a.start < b.end and b.start < a.end)


def _suspect(kind: str, ranking: "_Ranking", evidence: Evidence) -> Iterator[Suspicion]:
    for rank, doc, triple in ranking.best():
        yield Suspicion(kind, doc, triple, abs(rank), evidence.of(triple, doc))


class _Ranking:
    """The first of many triples, one for each text and key, in constant memory but for these."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.n = 0
        self._rows: List[Tuple[float, Doc, Triple]] = []
        self._seen: Set[int] = set()

    def add(self, rank: float, doc: Doc, triple: Triple) -> None:
        """Count a triple, and keep it if it may be among the first."""
        name = hash((doc.text, text_key(triple)))
        if name in self._seen:
            return
        self._seen.add(name)
        self.n += 1
        self._rows.append((rank, doc, triple))
        if len(self._rows) > 2 * self.limit:
            self._rows = self.best()

    def best(self) -> List[Tuple[float, Doc, Triple]]:
        """RETURNS (List[Tuple[float, Doc, Triple]]): The first, in order."""
        return sorted(self._rows, key=lambda row: row[0])[: self.limit]


def _best(triples: Iterable[Triple]) -> Dict[_Fact, Triple]:
    """Of triples that the text rule takes for one, the best."""
    best: Dict[_Fact, Triple] = {}
    for triple in triples:
        key = text_key(triple)
        if key not in best or triple.score > best[key].score:
            best[key] = triple
    return best


def tasks(audit: Audit) -> List[Tuple[Doc, List[Suspicion]]]:
    """RETURNS (List[Tuple[Doc, List[Suspicion]]]): The texts that have suspicions, each with its
    own, in the order of the first. Not the crossed: most are wrong, and would be in the way."""
    by_text: Dict[str, Tuple[Doc, List[Suspicion]]] = {}
    kinds = (kind for kind in KINDS if kind != CROSSED)
    for suspicion in chain.from_iterable(audit.suspicions[kind] for kind in kinds):
        by_text.setdefault(suspicion.doc.text, (suspicion.doc, []))[1].append(suspicion)
    return list(by_text.values())


def with_proposals(doc: Doc, suspicions: Iterable[Suspicion]) -> Doc:
    """RETURNS (Doc): A copy of a gold Doc as it would be if what it lacks were accepted. What is
    doubtful stays, to be looked at."""
    copy = doc.copy()
    proposed: List[Triple] = []
    for suspicion in suspicions:
        if suspicion.kind != DOUBTFUL:
            (triple,), _ = align([suspicion.triple], copy)
            _accept(copy, suspicion.kind, triple, proposed)
    return copy


class Decisions(NamedTuple):
    """added, replaced, removed (int): Accepted suspicions, by what came of them. unused (int):
    Decisions on what the corpus does not have, or that changed nothing. undecided (int): Suspicions
    that nobody decided on."""

    added: int
    replaced: int
    removed: int
    unused: int
    undecided: int


def apply_decisions(
    docs: Iterable[Doc], items: Iterable[Dict[str, Any]]
) -> Tuple[List[Doc], List[Dict[str, Any]], Decisions]:
    """Fold decisions back into a corpus.

    docs (Iterable[Doc]): The corpus, whose triples are changed in place.
    items (Iterable[Dict[str, Any]]): What `Suspicion.to_dict` returns, with decisions.
    RETURNS (Tuple[List[Doc], List[Dict[str, Any]], Decisions]): The Docs, the items that changed
        something, and counts.
    RAISES (ValueError): If an item is no suspicion, its decision neither ACCEPT, REJECT nor None,
        or two decisions on one suspicion differ.
    """
    docs, items = list(docs), check_items(items)
    by_text: Dict[str, List[Doc]] = {}
    for doc in docs:
        by_text.setdefault(doc.text, []).append(doc)
    applied: List[Dict[str, Any]] = []
    accepted: Dict[int, List[Triple]] = defaultdict(list)
    counts: Counter[str] = Counter()
    for item in items:
        if item["decision"] == ACCEPT:
            own = by_text.get(item["text"], [])
            changed = [_apply(doc, item, accepted[id(doc)]) for doc in own]
            counts[_EFFECTS[item["kind"]] if any(changed) else "unused"] += 1
            applied += [item] if any(changed) else []
        counts["undecided"] += item["decision"] is None
    return docs, applied, Decisions(*(counts[field] for field in Decisions._fields))


def check_items(items: Iterable[Any]) -> List[Dict[str, Any]]:
    """RETURNS (List[Dict[str, Any]]): The items, which are suspicions with a decision or None each.

    RAISES (ValueError): If one is none, or two decisions on one suspicion differ.
    """
    decisions: Dict[str, Any] = {}
    checked = []
    for number, item in enumerate(items, start=1):
        keys = ("id", "kind", "text", "triple", "decision")
        if not isinstance(item, dict) or not all(key in item for key in keys):
            raise ValueError(
                f"Decision {number} is not one of an audit: it needs {', '.join(keys)}."
            )
        decision = item["decision"]
        if item["kind"] not in KINDS:
            raise ValueError(f"Decision {number} is on one of {KINDS}, not {item['kind']!r}.")
        if decision not in (ACCEPT, REJECT, None):
            raise ValueError(
                f"Decision {number} must be {ACCEPT!r}, {REJECT!r} or null, not {decision!r}."
            )
        if decision and decisions.setdefault(item["id"], decision) != decision:
            raise ValueError(f"Decision {number} differs from an earlier one on {item['id']!r}.")
        checked.append(item)
    return checked


def _apply(doc: Doc, item: Dict[str, Any], accepted: List[Triple]) -> bool:
    """Whether this changed the triples of the Doc."""
    triple = _to_triple(doc, item["triple"])
    return triple is not None and _accept(doc, item["kind"], triple, accepted)


def _accept(doc: Doc, kind: str, triple: Triple, accepted: List[Triple]) -> bool:
    """Change the gold of a Doc as a suspicion proposes, and remember what was added. Whether this
    changed anything: a variant needs something to replace, and does not replace another one."""
    triples = get_triples(doc)
    # Of what the text rule takes for one, all mentions go.
    leaving = {text_key(triple)} & {text_key(own) for own in triples}
    if bool(leaving) != (kind == DOUBTFUL):
        return False
    if kind == VARIANT:
        leaving = {text_key(own) for own in triples if all(_shared_arguments(own, triple))}
        if not leaving or leaving & {text_key(own) for own in accepted}:
            return False
    added = [] if kind == DOUBTFUL else [triple]
    accepted += added
    set_triples(doc, [*(own for own in triples if text_key(own) not in leaving), *added])
    return True


def _to_triple(doc: Doc, triple: Dict[str, Any]) -> Optional[Triple]:
    """The gold triple that an item states; None if it does not fit the tokens."""
    arguments = _arguments(triple)
    found = {role: doc.char_span(a["start"], a["end"]) for role, a in arguments.items()}
    spans = {role: span for role, span in found.items() if span is not None}
    if len(spans) < len(found):
        return None
    types = {role: a["type"] for role, a in arguments.items() if "type" in a}
    subject, object_ = spans.pop(SUBJECT), spans.pop(OBJECT)
    return Triple(subject, triple["predicate"], object_, 1.0, spans, types)

"""Subject-predicate-object triples, and how a Doc stores them.

Triples live in the span group `doc.spans["spo"]`, or in groups under other keys, one for each
model. Predicted predicates are beside them, in `doc.spans["spo_relations"]`.

The spans of one triple follow each other,
the subject first; each carries the predicate as its label and its role as its id. Scores and
argument types, which may be lost without harm, are in the group's `attrs`, one entry a triple.
A Doc with an empty group is annotated and has no triples; a Doc without the key is unannotated.
"""

import reprlib
from dataclasses import dataclass, field
from itertools import accumulate, islice
from typing import Any, Dict, Iterable, List, Mapping, Sequence, Tuple

from spacy.language import Language
from spacy.tokens import Doc, Span, SpanGroup
from spacy.vocab import Vocab

from .compat_spacy import unpack_spans
from .provenance import check_context, get_context, has_only_provenance, set_provenance

TRIPLES_KEY = "spo"
# Predicted predicates are in the group whose key is that of the triples with this suffix.
_RELATIONS = "_relations"
# In JSON, triples are beside the span groups, and so are id and meta data.
_TRIPLES = "_triples"
_PROVENANCE = "provenance"
SUBJECT = "subject"
OBJECT = "object"


@dataclass(frozen=True, eq=False)
class Triple:
    """A relation between two arguments, both spans of one Doc.

    subject (Span): The first argument.
    predicate (str): The relation label.
    object (Span): The second argument.
    score (float): The model's confidence in [0, 1]; 1.0 for gold triples.
    qualifiers (Mapping[str, Span]): Further arguments by name, e.g. `inWork` in DuIE 2.0.
    types (Mapping[str, str]): Argument types by role ("subject", "object", qualifier names).

    Two triples are equal when predicate, texts and character offsets of all arguments are;
    score and types do not count. A triple is pickled with its Doc; `to_dict` gives its contents
    alone.
    RAISES (ValueError): If the predicate, the name of a qualifier or the score is not valid.
    """

    subject: Span
    predicate: str
    object: Span
    score: float = 1.0
    qualifiers: Mapping[str, Span] = field(default_factory=dict)
    types: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not isinstance(self.predicate, str) or not self.predicate:
            raise ValueError(f"A predicate is a non-empty string, not {self.predicate!r}.")
        if not 0.0 <= self.score <= 1.0:  # not a number is outside as well
            raise ValueError(f"A score is from 0 to 1, not {self.score!r}.")
        for name in self.qualifiers:
            if name in (SUBJECT, OBJECT, ""):
                raise ValueError(
                    f"A qualifier cannot be named {name!r}: pass the subject and the object "
                    "as such, and give every qualifier a name."
                )

    @property
    def arguments(self) -> Dict[str, Span]:
        """Get all arguments by role.

        RETURNS (Dict[str, Span]): Subject, object, then the qualifiers.
        """
        return {SUBJECT: self.subject, OBJECT: self.object, **self.qualifiers}

    @property
    def key(self) -> Tuple[Any, ...]:
        """Get the content for comparison.

        RETURNS (Tuple): Predicate, then roles with character offsets and texts.
        """
        contents = (
            (role, span.start_char, span.end_char, span.text)
            for role, span in self.arguments.items()
        )
        return (self.predicate, *sorted(contents))

    def __eq__(self, other: Any) -> bool:
        return self.key == other.key if isinstance(other, Triple) else NotImplemented

    def __hash__(self) -> int:
        # Without the texts, whose cost grows with the tokens of the arguments.
        offsets = ((r, s.start_char, s.end_char) for r, s in self.arguments.items())
        return hash((self.predicate, *sorted(offsets)))

    def __str__(self) -> str:
        """Format the texts: subject | predicate | object | qualifier: text."""
        qualifiers = (f"{name}: {span.text}" for name, span in self.qualifiers.items())
        return " | ".join([self.subject.text, self.predicate, self.object.text, *qualifiers])

    def __repr__(self) -> str:
        return f"Triple({self.subject.text!r}, {self.predicate!r}, {self.object.text!r})"

    def __reduce__(self) -> Tuple[Any, ...]:
        # spaCy refuses to pickle spans, since they need their Doc.
        offsets = {role: (span.start, span.end) for role, span in self.arguments.items()}
        contents = (self.predicate, self.score, dict(self.types))
        return _unpickle_triple, (self.subject.doc, offsets, *contents)

    def to_dict(self) -> Dict[str, Any]:
        """Convert the triple to plain JSON.

        RETURNS (Dict[str, Any]): Texts, character offsets and types of the arguments, the score.
        """
        roles = {role: self._argument_dict(role) for role in self.arguments}
        data = {
            SUBJECT: roles.pop(SUBJECT),
            "predicate": self.predicate,
            OBJECT: roles.pop(OBJECT),
            "score": float(self.score),
        }
        return {**data, "qualifiers": roles} if roles else data

    def _argument_dict(self, role: str) -> Dict[str, Any]:
        span = self.arguments[role]
        data = {"text": span.text, "start": span.start_char, "end": span.end_char}
        return {**data, "type": self.types[role]} if self.types.get(role) else data


def _unpickle_triple(
    doc: Doc,
    offsets: Dict[str, Tuple[int, int]],
    predicate: str,
    score: float,
    types: Dict[str, str],
) -> Triple:
    spans = {role: doc[start:end] for role, (start, end) in offsets.items()}
    return Triple(spans.pop(SUBJECT), predicate, spans.pop(OBJECT), score, spans, types)


def relations_key(spans_key: str = TRIPLES_KEY) -> str:
    """Get the key of predicted predicates.

    spans_key (str): The key of the triples.
    RETURNS (str): The key of their predicates in `doc.spans`.
    """
    return f"{spans_key}{_RELATIONS}"


def find_triple_keys(doc: Doc) -> List[str]:
    """Find the span groups that hold triples.

    doc (Doc): The Doc.
    RETURNS (List[str]): Their keys in `doc.spans`.
    """
    return [key for key, group in doc.spans.items() if key == TRIPLES_KEY or _is_of_triples(group)]


def _is_of_triples(group: SpanGroup) -> bool:
    # By the attrs that `set_triples` gives to empty groups as well, so that a Doc without triples
    # remains annotated. `Doc.from_docs` drops attrs, but keeps the roles.
    if {"scores", "types"} <= set(group.attrs):
        return True
    roles = [group.doc.vocab.strings[span.span_id] for span in islice(unpack_spans(group), 2)]
    return roles == [SUBJECT, OBJECT]


def explain_other_keys(spans_key: str, others: Iterable[str]) -> str:
    """Explain that triples are under other keys.

    spans_key (str): The key without triples.
    others (Iterable[str]): The keys with triples.
    RETURNS (str): The keys and the remedy.
    """
    return (
        f"There are triples in doc.spans under the keys {sorted(others)}, and none under "
        f"{spans_key!r}: take one of them as `spans_key`, a setting of both components and an "
        "option of the commands on annotations."
    )


def find_relation_keys(doc: Doc) -> List[str]:
    """Find the span groups that hold predicted predicates.

    doc (Doc): The Doc.
    RETURNS (List[str]): The keys of their triples; there may be no triples.
    """
    triple_keys = {TRIPLES_KEY, *find_triple_keys(doc)}
    names = [name for name in doc.spans if name.endswith(_RELATIONS)]
    # Groups of others may have such names, but hardly the attrs of `set_relation_spans` as well.
    return [
        name.removesuffix(_RELATIONS)
        for name in names
        if name.removesuffix(_RELATIONS) in triple_keys or set(doc.spans[name].attrs) == {"scores"}
    ]


def has_triples(doc: Doc, spans_key: str = TRIPLES_KEY) -> bool:
    """Check whether a Doc is annotated.

    doc (Doc): The Doc.
    spans_key (str): The key of the triples in `doc.spans`.
    RETURNS (bool): Whether its triples were set; there may be none of them.
    """
    return spans_key in doc.spans


def require_triples(nlp: Language, doc: Doc, spans_key: str = TRIPLES_KEY) -> None:
    """Check that a pipeline set triples.

    nlp (Language): The pipeline.
    doc (Doc): A Doc that it returned.
    spans_key (str): The key of the triples in `doc.spans`.
    RAISES (ValueError): If no component set triples under the key.
    """
    if has_triples(doc, spans_key):
        return
    others = find_triple_keys(doc)
    if others:
        raise ValueError(
            f"The pipeline sets no triples in doc.spans[{spans_key!r}], but under the keys "
            f"{others}: pass one of them as spans_key, or set that of the tagger."
        )
    raise ValueError(
        "No component of the pipeline sets triples "
        f"({', '.join(nlp.pipe_names) or 'it is empty'}). Add a trained spo_tagger, or enable it."
    )


def get_triples(doc: Doc, spans_key: str = TRIPLES_KEY) -> List[Triple]:
    """Read the triples of a Doc, in order.

    doc (Doc): The Doc.
    spans_key (str): Their key in `doc.spans`.
    RETURNS (List[Triple]): Its triples; empty if it has none or is unannotated.
    RAISES (ValueError): If the Doc was retokenised, or its spans lost their roles.
    """
    if not has_triples(doc, spans_key):
        return []
    group = doc.spans[spans_key]
    arguments = _split_triples(_checked_spans(doc, group), spans_key)
    scores = _entries(group, "scores", len(arguments), 1.0)
    types = _entries(group, "types", len(arguments), {})
    return [_build_triple(*entries) for entries in zip(arguments, scores, types)]


def set_triples(doc: Doc, triples: Iterable[Triple], spans_key: str = TRIPLES_KEY) -> None:
    """Set the triples of a Doc, without duplicates.

    doc (Doc): The Doc that all argument spans belong to. Its earlier triples are replaced.
    triples (Iterable[Triple]): The triples; with none, the Doc is annotated and has no triples.
    spans_key (str): Their key in `doc.spans`.
    RAISES (ValueError): If it is anything else than triples, or an argument is empty or a span of
        another Doc.
    """
    unique = list(dict.fromkeys(_checked_triples(triples, spans_key)))
    spans = [_stored_span(doc, t, role) for t in unique for role in t.arguments]
    attrs = {
        "scores": [float(t.score) for t in unique],
        "types": [dict(t.types) for t in unique],
    }
    doc.spans[spans_key] = SpanGroup(doc, name=spans_key, spans=spans, attrs=attrs)


def _checked_triples(triples: Any, spans_key: str) -> List[Triple]:
    # Anything can be assigned to doc._.spo_triples.
    items = list(triples) if isinstance(triples, Iterable) else None
    if items is None or not all(isinstance(item, Triple) for item in items):
        raise ValueError(
            f"The triples of a Doc are an iterable of Triple, not {reprlib.repr(triples)}. An "
            "empty one marks the Doc as annotated, without triples; "
            f"del doc.spans[{spans_key!r}] makes it unannotated."
        )
    return items


def get_relations(doc: Doc, spans_key: str = TRIPLES_KEY) -> Dict[str, float]:
    """Read the predicted predicates of a Doc.

    doc (Doc): The Doc.
    spans_key (str): The key of its triples in `doc.spans`.
    RETURNS (Dict[str, float]): The predicates, each with its highest score.
    """
    best: Dict[str, float] = {}
    for span, score in get_relation_spans(doc, spans_key):
        best[span.label_] = max(score, best.get(span.label_, 0.0))
    return best


def has_relations(doc: Doc, spans_key: str = TRIPLES_KEY) -> bool:
    """Check whether predicates were predicted for a Doc.

    doc (Doc): The Doc.
    spans_key (str): The key of its triples in `doc.spans`.
    RETURNS (bool): Whether a relation classifier wrote its predicates; there may be none of them.
    """
    return relations_key(spans_key) in doc.spans


def get_relation_spans(doc: Doc, spans_key: str = TRIPLES_KEY) -> List[Tuple[Span, float]]:
    """Read the predicted predicates of a Doc by segment.

    doc (Doc): The Doc.
    spans_key (str): The key of its triples in `doc.spans`.
    RETURNS (List[Tuple[Span, float]]): Spans over segments, labelled with a predicate, and scores.
    """
    if not has_relations(doc, spans_key):
        return []
    group = doc.spans[relations_key(spans_key)]
    spans = _checked_spans(doc, group)
    return list(zip(spans, _entries(group, "scores", len(spans), 1.0)))


def set_relation_spans(
    doc: Doc, relations: Iterable[Tuple[Span, float]], spans_key: str = TRIPLES_KEY
) -> None:
    """Set the predicted predicates of a Doc by segment.

    doc (Doc): The Doc that all spans belong to. Its earlier predicates are replaced.
    relations (Iterable[Tuple[Span, float]]): Spans over segments, labelled with a predicate, and
        scores.
    spans_key (str): The key of its triples in `doc.spans`.
    """
    relations = list(relations)
    key = relations_key(spans_key)
    attrs = {"scores": [float(score) for _, score in relations]}
    spans = [span for span, _ in relations]
    doc.spans[key] = SpanGroup(doc, name=key, spans=spans, attrs=attrs)


def align(triples: Iterable[Triple], doc: Doc) -> Tuple[List[Triple], List[Triple]]:
    """Align triples with a Doc of the same text, by character offsets.

    triples (Iterable[Triple]): Triples of another Doc of this text.
    doc (Doc): The Doc to align them with.
    RETURNS (Tuple[List[Triple], List[Triple]]): The triples that fit its token boundaries, on this
        Doc, and those that do not, unchanged. A triple fits whole or not at all.
    """
    aligned, misaligned = [], []
    for triple in triples:
        offsets = {role: (s.start_char, s.end_char) for role, s in triple.arguments.items()}
        spans = _spans_at(doc, offsets)
        if len(spans) == len(offsets):
            aligned.append(_with_arguments(triple, spans))
        else:
            misaligned.append(triple)
    return aligned, misaligned


def realign(doc: Doc) -> None:
    """Realign triples and relations of all keys after `doc.retokenize()`.

    doc (Doc): The Doc, changed in place.
    RAISES (ValueError): If an argument no longer starts and ends at token boundaries.
    """
    for key in find_triple_keys(doc):
        doc.spans[key] = _realigned(doc, doc.spans[key], "strict")
    for key in map(relations_key, find_relation_keys(doc)):
        # These mark segments, whose boundaries may widen.
        doc.spans[key] = _realigned(doc, doc.spans[key], "expand")


def _realigned(doc: Doc, group: SpanGroup, mode: str) -> SpanGroup:
    spans = []
    for packed in unpack_spans(group):
        start, end = packed.start, packed.end
        span = doc.char_span(
            start, end, label=packed.label, span_id=packed.span_id, alignment_mode=mode
        )
        if span is None:
            raise ValueError(
                f"The argument at characters {start}:{end} ({doc.text[start:end]!r}) is not made "
                "of whole tokens after retokenising. Do not merge or split across its boundaries."
            )
        spans.append(span)
    return SpanGroup(doc, name=group.name, spans=spans, attrs=group.attrs)


def span_as_doc(span: Span) -> Doc:
    """Copy a span to a Doc, with its triples and relations.

    `Span.as_doc` drops span groups. A relation of a segment that reaches out of the span is kept.

    span (Span): A span of a Doc.
    RETURNS (Doc): A new Doc; unannotated if the Doc of the span is.
    """
    doc = span.as_doc()
    for key in find_triple_keys(span.doc):
        inside = [t for t in get_triples(span.doc, key) if _lies_inside(t, span)]
        set_triples(doc, [_shifted(t, doc, -span.start) for t in inside], key)
    for key in find_relation_keys(span.doc):
        near = [r for r in get_relation_spans(span.doc, key) if spans_overlap(r[0], span)]
        set_relation_spans(doc, [_shifted_relation(r, doc, -span.start) for r in near], key)
    return doc


def join_docs(docs: Sequence[Doc], ensure_whitespace: bool = True) -> Doc:
    """Join Docs to one, with the triples and relations of all.

    `Doc.from_docs` drops scores and types.

    docs (Sequence[Doc]): At least one Doc, all of one vocabulary.
    ensure_whitespace (bool): Whether to put a space between two texts that have none there.
    RETURNS (Doc): A new Doc, without id and meta data; unannotated unless all Docs are annotated.
    RAISES (ValueError): If there is no Doc.
    """
    if not docs:
        raise ValueError("join_docs takes at least one Doc.")
    joined = _from_docs(list(docs), ensure_whitespace)
    moved = list(zip(docs, accumulate((len(doc) for doc in docs), initial=0)))
    for key in {key: None for doc in docs for key in find_triple_keys(doc)}:
        joined.spans.pop(key, None)
        if all(has_triples(doc, key) for doc in docs):
            triples = (_shifted(t, joined, n) for doc, n in moved for t in get_triples(doc, key))
            set_triples(joined, triples, key)
    for key in {key: None for doc in docs for key in find_relation_keys(doc)}:
        joined.spans.pop(relations_key(key), None)
        if all(has_relations(doc, key) for doc in docs):
            relations = [
                _shifted_relation(relation, joined, offset)
                for doc, offset in moved
                for relation in get_relation_spans(doc, key)
            ]
            set_relation_spans(joined, relations, key)
    return joined


def _from_docs(docs: List[Doc], ensure_whitespace: bool) -> Doc:
    # spaCy leaves out what belongs to a whole Doc, and warns of each value.
    exclude = ["user_data"] if all(map(has_only_provenance, docs)) else []
    from_docs: Any = Doc.from_docs
    joined: Doc = from_docs(docs, ensure_whitespace=ensure_whitespace, exclude=exclude)
    return joined


def doc_to_json(doc: Doc) -> Dict[str, Any]:
    """Convert a Doc to JSON, with its triples under "spo_triples".

    Triples of other keys are under "KEY_triples", predicted predicates under "KEY_relations", id
    and meta data under "provenance". `Doc.to_json` drops roles and scores.

    doc (Doc): The Doc.
    RETURNS (Dict[str, Any]): Plain JSON for `doc_from_json`.
    """
    data = doc.to_json()
    context = get_context(doc)
    if context:
        data[_PROVENANCE] = context
    groups = data.get("spans", {})
    for key in find_triple_keys(doc):
        groups.pop(key)
        data[f"{key}{_TRIPLES}"] = [triple.to_dict() for triple in get_triples(doc, key)]
    for key in find_relation_keys(doc):
        groups.pop(relations_key(key))
        relations = get_relation_spans(doc, key)
        data[relations_key(key)] = [_relation_to_dict(*relation) for relation in relations]
    return data


def _relation_to_dict(span: Span, score: float) -> Dict[str, Any]:
    offsets = {"start": span.start_char, "end": span.end_char}
    return {**offsets, "predicate": span.label_, "score": score}


def doc_from_json(vocab: Vocab, data: Dict[str, Any]) -> Doc:
    """Build a Doc from the JSON of `doc_to_json`.

    vocab (Vocab): The vocabulary of the Doc.
    data (Dict[str, Any]): The JSON.
    RETURNS (Doc): The Doc with its triples.
    RAISES (ValueError): If a key is missing, or an argument does not start and end at token
        boundaries.
    """
    try:
        doc = Doc(vocab).from_json(data)
        context = data.get(_PROVENANCE, {})
        check_context(context)
        set_provenance(doc, **context)
        for name, items in data.items():
            if name.endswith(_TRIPLES):
                triples = [triple_from_dict(doc, item) for item in items]
                set_triples(doc, triples, name.removesuffix(_TRIPLES))
            elif name.endswith(_RELATIONS):
                relations = [_relation_from_dict(doc, item) for item in items]
                set_relation_spans(doc, relations, name.removesuffix(_RELATIONS))
    except KeyError as error:
        raise ValueError(
            f"doc_from_json reads what doc_to_json writes, and here the key {error} is missing."
        ) from error
    return doc


def _relation_from_dict(doc: Doc, data: Mapping[str, Any]) -> Tuple[Span, float]:
    span = doc.char_span(data["start"], data["end"], label=data["predicate"])
    if span is None:
        raise ValueError(f"The segment of {data} does not fit the tokens of the Doc.")
    return span, data["score"]


def triple_from_dict(doc: Doc, data: Mapping[str, Any]) -> Triple:
    """Build a triple from the JSON of `Triple.to_dict`.

    doc (Doc): The Doc that the triple belongs to.
    data (Mapping[str, Any]): The JSON.
    RETURNS (Triple): The triple, its arguments spans of `doc`.
    RAISES (ValueError): If an argument does not start and end at token boundaries.
    """
    roles = {SUBJECT: data[SUBJECT], OBJECT: data[OBJECT], **data.get("qualifiers", {})}
    spans = _spans_at(doc, {role: (item["start"], item["end"]) for role, item in roles.items()})
    for role, item in roles.items():
        if role not in spans:
            raise ValueError(f"The {role} {item} does not fit the tokens of the Doc.")
    types = {role: item["type"] for role, item in roles.items() if item.get("type")}
    subject, object_ = spans.pop(SUBJECT), spans.pop(OBJECT)
    return Triple(subject, data["predicate"], object_, data.get("score", 1.0), spans, types)


def _spans_at(doc: Doc, offsets: Mapping[str, Tuple[int, int]]) -> Dict[str, Span]:
    # Without those that do not fit the tokens.
    spans = {role: doc.char_span(start, end) for role, (start, end) in offsets.items()}
    return {role: span for role, span in spans.items() if span is not None}


def _stored_span(doc: Doc, triple: Triple, role: str) -> Span:
    span = triple.arguments[role]
    if span.doc is not doc:
        raise ValueError(
            f"The {role} of {triple!r} is a span of another Doc. Use spacy_spo.align to carry "
            "triples from one Doc to another of the same text."
        )
    if span.start >= span.end:
        raise ValueError(f"The {role} of {triple!r} has no tokens.")
    return Span(doc, span.start, span.end, label=triple.predicate, span_id=role)


def _checked_spans(doc: Doc, group: SpanGroup) -> List[Span]:
    try:
        spans = list(group)
    except IndexError:
        stale = True
    else:
        stale = any(doc[s.start : s.end].start_char != s.start_char for s in spans)
        stale = stale or any(doc[s.start : s.end].end_char != s.end_char for s in spans)
    if stale:
        raise ValueError(
            "The Doc was retokenised after its triples or relations were set: spans do not move. "
            "Call spacy_spo.realign(doc) after retokenising."
        )
    return spans


def _split_triples(spans: Sequence[Span], spans_key: str) -> List[List[Span]]:
    # A subject opens a triple, an object follows it, qualifiers come after.
    arguments: List[List[Span]] = []
    for span in spans:
        if span.id_ == SUBJECT:
            arguments.append([span])
        elif span.id_ and arguments:
            arguments[-1].append(span)
        else:
            arguments.append([])
    if not all(len(group) >= 2 and group[1].id_ == OBJECT for group in arguments):
        raise ValueError(
            f"The spans in doc.spans[{spans_key!r}] have no roles. Doc.to_json loses them: use "
            "spacy_spo.doc_to_json, DocBin or Doc.to_bytes. Spans that are set otherwise, for "
            "instance by Example.from_dict, never had any: set triples through doc._.spo_triples."
        )
    return arguments


def _entries(group: SpanGroup, name: str, length: int, default: Any) -> List[Any]:
    # Doc.from_docs keeps the spans and drops the attrs: defaults, rather than incorrect pairs.
    values = group.attrs.get(name, [])
    return list(values) if len(values) == length else [default] * length


def _build_triple(spans: Sequence[Span], score: float, types: Mapping[str, str]) -> Triple:
    roles = {span.id_: span.doc[span.start : span.end] for span in spans}
    subject, object_ = roles.pop(SUBJECT), roles.pop(OBJECT)
    return Triple(subject, spans[0].label_, object_, score, roles, types)


def _with_arguments(triple: Triple, spans: Dict[str, Span]) -> Triple:
    qualifiers = {role: span for role, span in spans.items() if role not in (SUBJECT, OBJECT)}
    subject, object_ = spans[SUBJECT], spans[OBJECT]
    return Triple(subject, triple.predicate, object_, triple.score, qualifiers, triple.types)


def _lies_inside(triple: Triple, span: Span) -> bool:
    return all(a.start >= span.start and a.end <= span.end for a in triple.arguments.values())


def _shifted(triple: Triple, doc: Doc, offset: int) -> Triple:
    spans = {r: doc[s.start + offset : s.end + offset] for r, s in triple.arguments.items()}
    return _with_arguments(triple, spans)


def _shifted_relation(relation: Tuple[Span, float], doc: Doc, offset: int) -> Tuple[Span, float]:
    # Cut where the Doc begins and ends.
    span, score = relation
    start, end = max(0, span.start + offset), min(len(doc), span.end + offset)
    return Span(doc, start, end, label=span.label_), score


def spans_overlap(a: Span, b: Span) -> bool:
    """Check whether two spans share a token.

    a (Span): A span of a Doc.
    b (Span): A span of the same Doc.
    RETURNS (bool): Whether they share a token.
    """
    return bool(a.start < b.end and b.start < a.end)


def install_extensions() -> None:
    """Register the extensions `doc._.spo_triples` and `doc._.spo_relations`, once."""
    if not Doc.has_extension("spo_triples"):
        Doc.set_extension("spo_triples", getter=get_triples, setter=set_triples)
    if not Doc.has_extension("spo_relations"):
        Doc.set_extension("spo_relations", getter=get_relations, setter=_refuse_relations)


def _refuse_relations(doc: Doc, value: Any) -> None:
    # spaCy silently ignores assignments to an extension that has only a getter.
    raise AttributeError("doc._.spo_relations is derived from doc.spans: it cannot be set.")


install_extensions()

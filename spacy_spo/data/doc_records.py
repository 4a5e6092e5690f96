"""From triples of a Doc to records, the inverse of `find_triples`.

What a format cannot represent is left out of the record, and counted.
"""

from collections import Counter
from dataclasses import replace
from typing import Callable, Dict, Iterable, List, Optional, Sequence, Set, Tuple

from spacy.tokens import Doc

from ..provenance import get_id, get_meta
from ..triples import OBJECT, SUBJECT, TRIPLES_KEY, Triple, get_triples, has_triples
from .format import (
    IDS,
    NEGATIVES,
    OFFSETS,
    PROVENANCE,
    QUALIFIERS,
    SCORES,
    TYPES,
    UNANNOTATED,
    Format,
)
from .mentions import EMPTY_ARGUMENT, find_triples
from .records import Argument, RawTriple, Record


def doc_to_record(doc: Doc, spans_key: str = TRIPLES_KEY) -> Record:
    """Convert a Doc to a record.

    doc (Doc): A Doc with gold or predicted triples, or an unannotated one.
    spans_key (str): The key of its triples in `doc.spans`.
    RETURNS (Record): Its text, tokens, id, meta data and triples, with offsets, types, qualifiers
        and scores; unannotated if the Doc is.
    RAISES (ValueError): If the Doc was retokenised after its triples were set.
    """
    tokens = [(token.idx, token.idx + len(token)) for token in doc]
    triples = [_to_raw(triple) for triple in get_triples(doc, spans_key)]
    return Record(
        doc.text,
        triples if has_triples(doc, spans_key) else None,
        meta=get_meta(doc),
        tokens=tokens,
        id=get_id(doc),
    )


def reduce_doc(
    doc: Doc, data_format: Format, spans_key: str = TRIPLES_KEY
) -> Tuple[Optional[Record], Counter[str]]:
    """Reduce a Doc to what a format can represent.

    White space around arguments is cut off, as in parsing. Triples that are equal without what was
    left out become one. A text without triples is written as one that is not annotated if the
    format has only that.

    doc (Doc): The Doc.
    data_format (Format): A format that can be written.
    spans_key (str): The key of its triples in `doc.spans`.
    RETURNS (Tuple[Optional[Record], Counter[str]]): The record, None if the Doc has no triples and
        the format cannot represent that; and losses by cause. `UNANNOTATED`, `NEGATIVES` and
        `PROVENANCE` count records, all other causes count triples: `EMPTY_ARGUMENT` the triples
        that are left out, the others those that would not be parsed as they were.
    RAISES (ValueError): If the Doc was retokenised after its triples were set.
    """
    record = doc_to_record(doc, spans_key)
    if record.triples is None:
        return _reduce_empty(record, UNANNOTATED, data_format)
    triples = [t for t in map(_trim, record.triples) if all(a.text for a in t.arguments.values())]
    lost = Counter({EMPTY_ARGUMENT: len(record.triples) - len(triples)})
    parsed = _parsed(doc, triples)
    for name, strip in _STRIPS.items():
        if name not in data_format.represents:
            triples = [strip(triple) for triple in triples]
            before, parsed = parsed, _parsed(doc, triples)
            lost[name] = len(before - parsed)
    record = replace(record, triples=_drop_duplicates(triples))
    if triples:
        return record, +(lost + _find_lost_provenance(record, data_format))
    empty, causes = _reduce_empty(record, NEGATIVES, data_format)
    return empty, +(lost + causes)


def _reduce_empty(
    record: Record, kind: str, data_format: Format
) -> Tuple[Optional[Record], Counter[str]]:
    """Reduce a record without triples: an unannotated or a negative one."""
    represents = data_format.represents
    lost = Counter([] if kind in represents else [kind])
    # As one that nobody has annotated a text is not wrong; the reverse would be.
    if kind not in represents and UNANNOTATED not in represents:
        return None, lost
    return record, lost + _find_lost_provenance(record, data_format)


def _find_lost_provenance(record: Record, data_format: Format) -> Counter[str]:
    has_id = record.id is not None and IDS not in data_format.represents
    is_lost = PROVENANCE not in data_format.represents and (has_id or record.meta)
    return Counter([PROVENANCE] if is_lost else [])


def _to_raw(triple: Triple) -> RawTriple:
    arguments = {
        role: Argument(span.text, triple.types.get(role, ""), span.start_char, span.end_char)
        for role, span in triple.arguments.items()
    }
    subject, object_ = arguments.pop(SUBJECT), arguments.pop(OBJECT)
    return RawTriple(subject, triple.predicate, object_, arguments, triple.score)


def _trim(triple: RawTriple) -> RawTriple:
    return triple.map_arguments(trim_argument)


def trim_argument(argument: Argument) -> Argument:
    """Trim white space around an argument, as parsing does.

    argument (Argument): An argument with offsets.
    RETURNS (Argument): The argument without it; empty if it was nothing else.
    """
    text = argument.text.strip()
    start = (argument.start or 0) + argument.text.index(text)
    return replace(argument, text=text, start=start, end=start + len(text))


# How to remove from a triple what a format may not represent. Offsets last: without them mentions
# are searched for.
_STRIPS: Dict[str, Callable[[RawTriple], RawTriple]] = {
    QUALIFIERS: lambda triple: replace(triple, qualifiers={}),
    TYPES: lambda triple: triple.map_arguments(lambda argument: replace(argument, type="")),
    SCORES: lambda triple: replace(triple, score=1.0),
    OFFSETS: lambda triple: triple.map_arguments(lambda a: replace(a, start=None, end=None)),
}


def _parsed(doc: Doc, triples: List[RawTriple]) -> Set[Tuple[object, ...]]:
    """Find raw triples in the text, as `convert` would."""
    spans = find_triples(Record(doc.text, triples), doc).triples
    return {(triple, triple.score, *sorted(triple.types.items())) for triple in spans}


def _drop_duplicates(triples: Iterable[RawTriple]) -> List[RawTriple]:
    kept: Dict[Sequence[object], RawTriple] = {}
    for triple in triples:
        arguments = ((role, a.text, a.start) for role, a in triple.arguments.items())
        kept.setdefault((triple.predicate, *sorted(arguments)), triple)
    return list(kept.values())

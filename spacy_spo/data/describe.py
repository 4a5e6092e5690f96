"""From the triples of a Doc to what a format can say of them: the inverse of `locate`.

What a format has no place for is left out of the record, and counted.
"""

from collections import Counter
from dataclasses import replace
from typing import Callable, Dict, Iterable, List, Optional, Sequence, Set, Tuple

from spacy.tokens import Doc

from ..triples import OBJECT, SUBJECT, Triple, get_triples, has_triples
from .format import OFFSETS, QUALIFIERS, SCORES, TYPES, UNANNOTATED, Format
from .locate import EMPTY_ARGUMENT, locate
from .records import Argument, RawTriple, Record


def describe(doc: Doc) -> Record:
    """Say what a Doc says, as a record.

    doc (Doc): A Doc, its triples gold or predicted.
    RETURNS (Record): Its text, tokens and triples, with offsets, types, qualifiers and scores. A
        Doc without annotation is a record without.
    RAISES (ValueError): If the Doc was retokenised after its triples were set.
    """
    tokens = [(token.idx, token.idx + len(token)) for token in doc]
    triples = [_describe_triple(triple) for triple in get_triples(doc)]
    return Record(doc.text, triples if has_triples(doc) else None, tokens=tokens)


def fit(doc: Doc, data_format: Format) -> Tuple[Optional[Record], Counter[str]]:
    """Say of a Doc what a format has a place for.

    White space at the edges of arguments is cut off, as reading does. Triples that are the same
    without what was left out are stated once.

    doc (Doc): The Doc.
    data_format (Format): A format that can be written.
    RETURNS (Tuple[Optional[Record], Counter[str]]): The record, None if the format has no place
        for it; and what was lost. `UNANNOTATED` counts records, all other causes count triples:
        `EMPTY_ARGUMENT` those that are left out, the others those that reading would not find as
        they were.
    RAISES (ValueError): If the Doc was retokenised after its triples were set.
    """
    record = describe(doc)
    if record.triples is None:
        has_place = UNANNOTATED in data_format.carries
        return (record, Counter()) if has_place else (None, Counter([UNANNOTATED]))
    triples = [t for t in map(_trim, record.triples) if all(a.text for a in t.arguments.values())]
    lost = Counter({EMPTY_ARGUMENT: len(record.triples) - len(triples)})
    said = _read(doc, triples)
    for name, strip in _STRIPS.items():
        if name not in data_format.carries:
            triples = [strip(triple) for triple in triples]
            before, said = said, _read(doc, triples)
            lost[name] = len(before - said)
    return replace(record, triples=_drop_duplicates(triples)), +lost


def _describe_triple(triple: Triple) -> RawTriple:
    arguments = {
        role: Argument(span.text, triple.types.get(role, ""), span.start_char, span.end_char)
        for role, span in triple.arguments.items()
    }
    subject, object_ = arguments.pop(SUBJECT), arguments.pop(OBJECT)
    return RawTriple(subject, triple.predicate, object_, arguments, triple.score)


def _change(triple: RawTriple, change: Callable[[Argument], Argument]) -> RawTriple:
    qualifiers = {name: change(argument) for name, argument in triple.qualifiers.items()}
    subject, object_ = change(triple.subject), change(triple.object)
    return replace(triple, subject=subject, object=object_, qualifiers=qualifiers)


def _trim(triple: RawTriple) -> RawTriple:
    return _change(triple, _trim_argument)


def _trim_argument(argument: Argument) -> Argument:
    text = argument.text.strip()
    start = (argument.start or 0) + argument.text.index(text)
    return replace(argument, text=text, start=start, end=start + len(text))


# How a triple looks without what a format may have no place for. Places last: triples are looked
# for in the text without them.
_STRIPS: Dict[str, Callable[[RawTriple], RawTriple]] = {
    QUALIFIERS: lambda triple: replace(triple, qualifiers={}),
    TYPES: lambda triple: _change(triple, lambda argument: replace(argument, type="")),
    SCORES: lambda triple: replace(triple, score=1.0),
    OFFSETS: lambda triple: _change(triple, lambda a: replace(a, start=None, end=None)),
}


def _read(doc: Doc, triples: List[RawTriple]) -> Set[Tuple[object, ...]]:
    """What reading would make of triples."""
    located, _ = locate(Record(doc.text, triples), doc)
    return {(triple, triple.score, *sorted(triple.types.items())) for triple in located}


def _drop_duplicates(triples: Iterable[RawTriple]) -> List[RawTriple]:
    kept: Dict[Sequence[object], RawTriple] = {}
    for triple in triples:
        places = ((role, a.text, a.start) for role, a in triple.arguments.items())
        kept.setdefault((triple.predicate, *sorted(places)), triple)
    return list(kept.values())

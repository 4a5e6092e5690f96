"""brat standoff: `x.ann` with the annotations of the text `x.txt`, one record.

```
T1<tab>Person 0 10<tab>Mara Quill
T2<tab>Company 16 23<tab>Oldport
R1<tab>chief Arg1:T2 Arg2:T1
```

Offsets are characters of the text. The first argument of a relation is the subject, unless the two
are named Object and Subject, or Arg2 and Arg1. A mention in pieces, `0 4;11 16`, is discontinuous
unless only white space is between the pieces: brat writes a mention over a line break so. Events
(`E`) are left out and counted, and so are relations of events. Other annotations are ignored:
equivalences (`*`), attributes (`A`, `M`), normalisations (`N`) and notes (`#`). A file without
entities is of a text that nobody has annotated: brat needs one, if empty, to show the text.

Source: Stenetorp et al. 2012, "brat: a Web-based Tool for NLP-Assisted Text Annotation"
(https://brat.nlplab.org/standoff.html).
"""

import re
from collections import Counter
from pathlib import Path
from typing import (
    Any,
    Dict,
    Iterable,
    Iterator,
    List,
    Mapping,
    NamedTuple,
    Optional,
    Set,
    Tuple,
    Union,
    cast,
)

from ...outputs import is_stream
from ..entities import (
    Entities,
    from_label,
    get_character_offsets,
    index_entities,
    map_entities,
    relate_labelled,
    slice_argument,
    to_label,
)
from ..files import ConversionError, Item, MalformedRecord, companion_of, open_bytes
from ..format import OFFSETS, TYPES, UNANNOTATED, Format, any_item
from ..records import (
    DISCONTINUOUS,
    EVENT,
    EVENTS,
    Argument,
    LostTripleError,
    RawTriple,
    Record,
    build_record,
    check_relation,
)
from ..values import get_value

_ANNOTATIONS, _TEXT = ".ann", ".txt"
_ENTITY, _RELATION, _EVENT = "T", "R", "E"
_IGNORED = "*AMN#"
# Note: lines of an .ann file that are none of brat.
_UNKNOWN_LINES = "lines that are no annotation"
# Roles, in lower case, of relations whose order does not say which is the subject.
_REVERSED = (("object", "subject"), ("arg2", "arg1"))
_SAFE_NAME = re.compile(r"\w(?:[\w .-]{0,98}\w)?")


class _Lines(NamedTuple):
    """Lines of an .ann file by kind, relations with their numbers."""

    entities: List[str]
    relations: List[Item]
    events: List[str]
    notes: Counter[str]
    unknown: str


def _read(path: Path) -> Iterator[Union[Item, MalformedRecord]]:
    text_path = companion_of(path, _TEXT)
    try:
        # As bytes: text mode would make one character of "\r\n", and offsets count both.
        text, annotations = _decode(text_path), _decode(path)
        name = text_path.name.removesuffix(".gz").removesuffix(_TEXT)
        yield Item("1", {"name": name, "text": text, "annotations": annotations})
    except FileNotFoundError:
        yield MalformedRecord(path, "1", f"its text is missing: there is no file {text_path}")
    except UnicodeDecodeError as error:
        yield MalformedRecord(path, "1", f"it or its text cannot be read: {error}")


def _decode(path: Path) -> str:
    with open_bytes(path) as file:
        # A byte order mark is no part of the text, and of the offsets only in some tools.
        return file.read().decode("utf-8-sig")


def _parse(item: Mapping[str, Any]) -> Record:
    text = get_value(item, "text", str)
    name: Optional[str] = get_value(item, "name", str) if "name" in item else None
    annotations = get_value(item, "annotations", str)
    lines = _sort_lines(annotations)
    entities = map_entities(lines.entities, _get_id, lambda line: _parse_entity(line, text))
    events = set(map(_get_id, lines.events))
    if not events and not lines.relations and not _has_any(entities):
        _require_none(lines)
        return Record(text, None, id=name, is_untouched=True)
    return build_record(
        text,
        lines.relations,
        lambda line: _parse_relation(line, entities, events),
        id=name,
        notes=lines.notes,
    )


def _has_any(entities: Entities[str]) -> bool:
    return any(isinstance(entity, Argument) for entity in entities.values())


def _require_none(lines: _Lines) -> None:
    """Require that no line of a file without annotations may be one."""
    for line in (*lines.entities, lines.unknown):
        if line:
            raise ValueError(f"no line is an annotation of brat: {line[:60]!r}")


def _sort_lines(annotations: str) -> _Lines:
    """Sort lines by the first character of the id."""
    by_kind: Dict[str, List[str]] = {_ENTITY: [], _EVENT: []}
    unknown: List[str] = []
    relations: List[Item] = []
    for number, line in enumerate(annotations.split("\n"), start=1):
        line = line.removesuffix("\r")
        if not line.strip():
            continue
        kind, is_annotation = line[0], _has_id(line)
        if is_annotation and kind == _RELATION:
            relations.append(Item(str(number), cast(Any, line)))
        elif is_annotation and kind in by_kind:
            by_kind[kind].append(line)
        elif not is_annotation or kind not in _IGNORED:
            unknown.append(line)
    notes = Counter({EVENTS: len(by_kind[_EVENT]), _UNKNOWN_LINES: len(unknown)})
    entities, events = by_kind.values()
    return _Lines(entities, relations, events, notes, next(iter(unknown), ""))


def _has_id(line: str) -> bool:
    # A tab is after the id. Without one, the line may still be a damaged annotation.
    return "\t" in line or _get_id(line)[1:].isdecimal()


def _get_id(line: str) -> str:
    return next(iter(line[:100].split()), "")


def _parse_entity(line: str, text: str) -> Argument:
    fields = line.split("\t", 2)
    kind, _, offsets = fields[1].partition(" ") if len(fields) > 1 else ("", "", "")
    pieces = [_parse_piece(piece, line) for piece in offsets.split(";")]
    (start, _), (_, end) = pieces[0], pieces[-1]
    mention, kind = fields[2] if len(fields) > 2 else "", from_label(kind)
    found = slice_argument(text, start, end, kind)
    if not mention and len(pieces) == 1:
        return found
    # The file has one space where the text may have a line break.
    if found.text and found.text.split() == mention.split():
        return Argument(found.text, kind, start, end)
    return Argument(mention, kind, start, end, DISCONTINUOUS if len(pieces) > 1 else "")


def _parse_piece(piece: str, line: str) -> Tuple[int, int]:
    offsets = piece.split()
    if len(offsets) != 2 or not all(map(str.isdecimal, offsets)):
        raise ValueError(f"an entity is id<tab>type start end<tab>text, not {line[:60]!r}")
    return int(offsets[0]), int(offsets[1])


def _parse_relation(line: str, entities: Entities[str], events: Set[str]) -> Optional[RawTriple]:
    fields = line.split("\t", 2)
    parts = fields[1].split() if len(fields) > 1 else []
    roles = [part.partition(":") for part in parts[1:]]
    if len(roles) != 2 or not all(role and name for role, _, name in roles):
        raise ValueError("a relation is id<tab>label role:id role:id")
    if tuple(role.lower() for role, _, _ in roles) in _REVERSED:
        roles.reverse()
    head, tail = (name for _, _, name in roles)
    for name in (head, tail):
        if name in events:
            raise LostTripleError(EVENT, f"the argument {name!r} is an event")
    return relate_labelled(entities, head, parts[0], tail)


def _dump(record: Record) -> Dict[str, Any]:
    name = {} if record.id is None else {"name": str(record.id)}
    triples = record.triples or []
    entities = index_entities(triples)
    lines = [_dump_entity(argument, number) for argument, number in entities.items()]
    lines += [
        f"R{number}\t{_check(check_relation(triple.predicate))} "
        f"Arg1:T{entities[triple.subject] + 1} Arg2:T{entities[triple.object] + 1}\t\n"
        for number, triple in enumerate(triples, start=1)
    ]
    return {**name, "text": record.text, "annotations": "".join(lines)}


def _dump_entity(argument: Argument, number: int) -> str:
    start, end = get_character_offsets(argument)
    label = _check(to_label(argument.type))
    return f"T{number + 1}\t{label} {_dump_offsets(argument.text, start, end)}\n"


def _dump_offsets(mention: str, start: int, end: int) -> str:
    """Dump a mention, in pieces at its line breaks."""
    pieces = [(match.start(), match.end()) for match in re.finditer(r"[^\r\n]+", mention)]
    offsets = ";".join(f"{start + first} {start + last}" for first, last in pieces)
    return f"{offsets}\t{' '.join(mention[first:last] for first, last in pieces)}"


def _check(label: str) -> str:
    if len(label.split()) != 1 or label.split()[0] != label:
        raise ValueError(f"brat has no white space in labels, unlike {label!r}. Rename it")
    return label


def _write(path: Path, items: Iterable[Mapping[str, Any]]) -> None:
    """Write a folder with two files for each record."""
    if is_stream(path):
        raise ConversionError(f"brat has two files for each text, unlike {path}: name a folder.")
    path.mkdir(parents=True, exist_ok=True)
    used: Set[str] = set()
    for number, item in enumerate(items, start=1):
        name = _choose_name(item.get("name", ""), number, used)
        (path / f"{name}{_TEXT}").write_bytes(item["text"].encode("utf-8"))
        (path / f"{name}{_ANNOTATIONS}").write_bytes(item["annotations"].encode("utf-8"))


def _choose_name(name: str, number: int, used: Set[str]) -> str:
    """Choose the name of the files: a safe id, or a number."""
    is_safe = _SAFE_NAME.fullmatch(name) is not None and len(name.encode("utf-8")) <= 200
    candidate = name if is_safe else str(number)
    # Some file systems do not tell upper from lower case.
    while candidate.casefold() in used:
        candidate = f"{candidate}-{number}"
    used.add(candidate.casefold())
    return candidate


BRAT = Format(
    "brat",
    "a .ann file of brat, its text in the .txt file beside it",
    any_item,
    _parse,
    suffixes=(_ANNOTATIONS,),
    read=_read,
    companion=_TEXT,
    dump=_dump,
    write=_write,
    output=("",),
    represents=(OFFSETS, TYPES, UNANNOTATED),
)

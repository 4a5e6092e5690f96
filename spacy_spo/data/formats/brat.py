"""brat standoff: `x.ann` with the annotations of the text `x.txt`, one record.

```
T1<tab>Person 0 10<tab>Mara Quill
T2<tab>Company 16 23<tab>Oldport
R1<tab>chief Arg1:T2 Arg2:T1
```

Offsets are characters of the text. The first argument of a relation is the subject, whatever the
names of the two. A mention in pieces, `0 4;11 16`, is discontinuous unless only white space is
between the pieces: brat writes a mention over a line break so. Other annotations are ignored:
equivalences (`*`), attributes (`A`, `M`), normalisations (`N`), notes (`#`) and events (`E`); a
relation with an event as argument makes the record malformed.

Source: Stenetorp et al. 2012, "brat: a Web-based Tool for NLP-Assisted Text Annotation"
(https://brat.nlplab.org/standoff.html).
"""

import re
from pathlib import Path
from typing import Any, Iterator, List, Mapping, Union

from ..entities import map_entities, relate
from ..files import Item, MalformedRecord
from ..format import Format, not_json
from ..records import DISCONTINUOUS, Argument, RawTriple, Record
from ..values import get_value

_ENTITY = re.compile(r"(T\S*)\t(\S+) (\d+(?: \d+;\d+)* \d+)\t(.*)")
_RELATION = re.compile(r"R\S*\t(\S+) \S+:(\S+) \S+:(\S+)\s*")
_IGNORED = re.compile(r"[*AMN#E]\S*\t")
_TEXT = ".txt"


def _read(path: Path) -> Iterator[Union[Item, MalformedRecord]]:
    text_path = path.with_suffix(_TEXT)
    try:
        # As bytes: text mode would make one character of "\r\n", and offsets count both.
        text = text_path.read_bytes().decode("utf-8")
        yield Item("1", {"text": text, "annotations": path.read_bytes().decode("utf-8")})
    except FileNotFoundError:
        yield MalformedRecord(path, "1", f"its text is missing: there is no file {text_path}")
    except UnicodeDecodeError as error:
        yield MalformedRecord(path, "1", f"it or its text cannot be read: {error}")


def _parse(item: Mapping[str, Any]) -> Record:
    text = get_value(item, "text", str)
    lines = get_value(item, "annotations", str).split("\n")
    entities: List[re.Match[str]] = []
    relations: List[re.Match[str]] = []
    for number, line in enumerate(lines, start=1):
        line = line.removesuffix("\r")
        if entity := _ENTITY.fullmatch(line):
            entities.append(entity)
        elif relation := _RELATION.fullmatch(line):
            relations.append(relation)
        elif line.strip() and not _IGNORED.match(line):
            raise ValueError(f"line {number} is no annotation of brat: {line[:60]!r}")
    by_id = map_entities((entity[1], _parse_entity(entity, text)) for entity in entities)
    return Record(text, [_parse_relation(relation, by_id) for relation in relations])


def _parse_entity(match: re.Match[str], text: str) -> Argument:
    _, kind, offsets, mention = match.groups()
    pieces = offsets.split(";")
    start, end = int(pieces[0].split()[0]), int(pieces[-1].split()[1])
    span_text = text[start:end]
    # The file has one space where the text may have a line break.
    if span_text.split() == mention.split():
        return Argument(span_text, kind, start, end)
    return Argument(mention, kind, start, end, DISCONTINUOUS if len(pieces) > 1 else "")


def _parse_relation(match: re.Match[str], entities: Mapping[str, Argument]) -> RawTriple:
    predicate, head, tail = match.groups()
    return relate(entities, head, predicate, tail)


BRAT = Format(
    "brat",
    "a .ann file of brat, its text in the .txt file beside it",
    not_json,
    _parse,
    read=_read,
    suffixes=(".ann",),
    companion=_TEXT,
)

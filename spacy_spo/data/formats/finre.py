"""The format of FinRE, relations between companies.

A pair of entities a line, `head<tab>tail<tab>relation<tab>text`, blank lines between. The relation
`unknown` is none. The lines of one text make one record, wherever in the file they are. A text file
is recognised by its first line.

Source: Li et al. 2019, "Chinese Relation Extraction with Multi-Grained Information and External
Linguistic Knowledge" (https://github.com/thunlp/Chinese_NRE).
"""

from pathlib import Path
from typing import Dict, Iterator, Union

from ..files import Item, Line, MalformedRecord, read_lines
from ..format import Format, any_item
from .triple_list import TRIPLE_LIST

_NO_RELATION = "unknown"


def _read(path: Path) -> Iterator[Union[Item, MalformedRecord]]:
    # As records of `triple_list`. The file is in memory: its last line may be of the first text.
    items: Dict[str, Item] = {}
    for line in read_lines(path):
        if isinstance(line, MalformedRecord):
            yield line
        elif _is_pair(line):
            _gather(line, items)
        else:
            yield _broken(path, line)
    yield from items.values()


def _recognises(path: Path) -> bool:
    first = next(read_lines(path), None)
    return isinstance(first, Line) and _is_pair(first)


def _is_pair(line: Line) -> bool:
    return line.text.count("\t") >= 3


def _gather(line: Line, items: Dict[str, Item]) -> None:
    head, tail, relation, text = line.text.split("\t", 3)
    item = items.setdefault(text, Item(str(line.number), {"text": text, "triple_list": []}))
    if relation != _NO_RELATION:
        item.value["triple_list"].append([head, relation, tail])


def _broken(path: Path, line: Line) -> MalformedRecord:
    reason = f"a line is head<tab>tail<tab>relation<tab>text, not {line.text[:60]!r}"
    return MalformedRecord(path, str(line.number), reason)


FINRE = Format(
    "finre",
    "a .txt or .tsv file of head, tail, relation and text, with tabs between",
    any_item,
    TRIPLE_LIST.parse,
    read=_read,
    suffixes=(".txt", ".tsv"),
)

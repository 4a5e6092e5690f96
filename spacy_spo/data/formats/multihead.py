"""The format of multi-head selection, of CoNLL04, ADE and DREC.

Each document is a line `#doc 17` and a line a token, with tabs between: its number, the token, its
BIO tag, the labels of the relations whose head it ends, and the last tokens of their tails.

    #doc 17
    0	Mara	B-Peop	['N']	[0]
    1	Quill	I-Peop	['Work_For']	[3]
    2	runs	O	['N']	[2]
    3	Oldport	B-Org	['N']	[3]

`N` is no relation. The text is built from the tokens. A file is recognised by its first line.

Source: Bekoulis et al. 2018, "Joint entity recognition and relation extraction as a multi-head
selection problem" (https://github.com/bekou/multihead_joint_entity_relation_extraction).
"""

import re
from ast import literal_eval
from pathlib import Path
from typing import Any, Iterator, List, Mapping, Sequence, Union

from ..entities import Entities, relate
from ..files import Item, MalformedRecord, read_lines
from ..format import Format, Items, any_item
from ..records import RawTriple, Record, build_record
from ..tokens import TokenText
from ..values import check_value

_START = re.compile(r"#doc\b\s*(.*)")
_NONE = "N"
_N_COLUMNS = 5

# A relation: its label, and tokens of its head and its tail.
_Relation = Sequence[Any]


def _read(path: Path) -> Items:
    item = None
    for line in read_lines(path):
        if isinstance(line, MalformedRecord):
            yield line
            continue
        match = _START.fullmatch(line.text)
        if match:
            if item:
                yield item
            item = Item(str(line.number), {"id": match[1].strip(), "rows": []})
        elif item:
            item.value["rows"].append(line.text.split("\t"))
        else:
            reason = f"the first line is '#doc' and an id, not {line.text[:60]!r}"
            yield MalformedRecord(path, str(line.number), reason)
            return
    if item:
        yield item


def _parse(item: Mapping[str, Any]) -> Record:
    rows: List[List[str]] = item["rows"]
    _check_rows(rows)
    tokens = TokenText([row[1] for row in rows])
    entities = _map_entities([row[2] for row in rows], tokens)
    first = int(rows[0][0])

    def parse(relation: Union[_Relation, ValueError]) -> RawTriple:
        if isinstance(relation, ValueError):
            raise relation
        label, head, tail = relation
        tail = check_value(tail, int, "the token of a tail") - first
        return relate(entities, head, check_value(label, str, "a label"), tail)

    return build_record(tokens.text, _list_relations(rows), parse, id=item["id"] or None)


def _check_rows(rows: List[List[str]]) -> None:
    """Check that all tokens of a document are there."""
    if not rows:
        raise ValueError("the document has no tokens")
    for place, row in enumerate(rows):
        if len(row) != _N_COLUMNS:
            raise ValueError(f"a token has {_N_COLUMNS} columns with tabs between, not {row}")
        if not row[0].isdecimal() or int(row[0]) != int(rows[0][0]) + place:
            raise ValueError(f"the tokens are not numbered one after the other: see {row}")


def _map_entities(tags: Sequence[str], tokens: TokenText) -> Entities[int]:
    """Map each token of an entity to the entity."""
    spans: List[List[Any]] = []
    for place, tag in enumerate(tags):
        prefix, _, kind = tag.partition("-")
        if prefix == "I" and spans and spans[-1][1:] == [place, kind]:
            spans[-1][1] = place + 1
        elif prefix in ("B", "I") and kind:
            spans.append([place, place + 1, kind])
    return {
        place: tokens.argument(start, end, kind)
        for start, end, kind in spans
        for place in range(start, end)
    }


def _list_relations(rows: List[List[str]]) -> Iterator[Union[_Relation, ValueError]]:
    for head, row in enumerate(rows):
        if row[3] == f"['{_NONE}']":  # nearly all
            continue
        try:
            labels, tails = _parse_list(row[3]), _parse_list(row[4])
            if len(labels) != len(tails):
                raise ValueError(f"there are {len(labels)} labels and {len(tails)} tails: {row}")
        except ValueError as error:
            yield error
            continue
        relations = zip(labels, tails)
        yield from ((label, head, tail) for label, tail in relations if label != _NONE)


def _parse_list(cell: str) -> List[Any]:
    try:
        return check_value(literal_eval(cell.strip()), list, "a column of relations")
    except (SyntaxError, MemoryError, RecursionError) as error:
        raise ValueError(f"a column of relations is a list, not {cell[:60]!r}") from error


MULTIHEAD = Format(
    "multihead",
    "a .txt or .conll file of documents, with '#doc' and a line a token with its relations",
    any_item,
    _parse,
    read=_read,
    suffixes=(".txt", ".conll"),
)

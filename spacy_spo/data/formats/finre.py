"""The format of FinRE, relations between companies.

A pair of entities a line, `head<tab>tail<tab>relation<tab>text`, without a header, blank lines
between. Labels such as `unknown` and `NA` are no relation. The lines of one text make one record,
wherever in the file they are. Quotes around a whole cell, as spreadsheets write them, are removed.

Source: Li et al. 2019, "Chinese Relation Extraction with Multi-Grained Information and External
Linguistic Knowledge" (https://github.com/thunlp/Chinese_NRE).
"""

from pathlib import Path
from typing import Iterator, Union

from ..files import ConversionError, Item, MalformedRecord, read_lines
from ..format import Format, Items, any_item
from ..triple_rows import OBJECT, PREDICATE, REQUIRED, SUBJECT, TEXT, gather_rows, parse_rows

_ROLES = (SUBJECT, OBJECT, PREDICATE, TEXT)
# A larger share of labels that are in the text: the column is one of arguments.
_MAX_LABELS_IN_TEXT = 0.5


def _read(path: Path) -> Iterator[Union[Item, MalformedRecord]]:
    for line in read_lines(path):
        if isinstance(line, MalformedRecord):
            yield line
        elif line.text.count("\t") >= len(_ROLES) - 1:
            cells = map(_unquote, line.text.split("\t", len(_ROLES) - 1))
            yield Item(str(line.number), dict(zip(_ROLES, cells)))
        else:
            reason = f"a line is head<tab>tail<tab>relation<tab>text, not {line.text[:60]!r}"
            yield MalformedRecord(path, str(line.number), reason)


def _unquote(cell: str) -> str:
    inner = cell[1:-1].replace('""', "")
    is_quoted = len(cell) > 1 and cell[0] == cell[-1] == '"' and '"' not in inner
    return cell[1:-1].replace('""', '"') if is_quoted else cell


def _arrange(items: Items) -> Items:
    rows = list(items)
    values = [row.value for row in rows if isinstance(row, Item)]
    n_in_text = sum(bool(row[PREDICATE]) and row[PREDICATE] in row[TEXT] for row in values)
    if n_in_text > _MAX_LABELS_IN_TEXT * len(values):
        raise ConversionError(
            f"As finre, the third column is the relation, and in {n_in_text:,} of {len(values):,} "
            "lines it is in the text, as an argument is: give the table a header with "
            f"{', '.join(REQUIRED)}."
        )
    return gather_rows(iter(rows))


FINRE = Format(
    "finre",
    "a .txt or .tsv file of head, tail, relation and text, with tabs between, without a header",
    any_item,
    parse_rows,
    suffixes=(".txt", ".tsv"),
    read=_read,
    arrange=_arrange,
    min_found=0.8,
)

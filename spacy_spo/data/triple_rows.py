"""Rows of one triple, as in tables, gathered by text.

A row has roles, such as text, subject and predicate, under the names of columns or keys. Names are
recognised in English and Chinese, or given.
"""

from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

from .files import ConversionError, Item, MalformedRecord
from .format import COLUMNS, Items
from .gathering import gather, get_members
from .records import Argument, RawTriple, Record, build_record, is_no_relation
from .values import RecordId, is_id, list_names, merge_provenance, to_text

TEXT, SUBJECT, PREDICATE, OBJECT = "text", "subject", "predicate", "object"
ID, SCORE = "id", "score"
_TRIPLE = (SUBJECT, PREDICATE, OBJECT)
REQUIRED = (TEXT, *_TRIPLE)
# Names of columns by role, in lower case and with "_" for spaces. The first is the role itself.
_NAMES: Dict[str, Tuple[str, ...]] = {
    ID: ("doc_id", "text_id"),
    TEXT: ("sentence", "sent", "文本", "句子", "原文"),
    SUBJECT: ("subj", "head", "head_entity", "h", "主体", "主语", "头实体"),
    PREDICATE: ("relation", "rel", "relation_type", "谓词", "谓语", "关系"),
    OBJECT: ("obj", "tail", "tail_entity", "t", "客体", "宾语", "尾实体"),
    "subject_type": ("subj_type", "head_type", "主体类型", "头实体类型"),
    "object_type": ("obj_type", "tail_type", "客体类型", "尾实体类型"),
    "subject_start": ("subj_start", "head_start", "head_offset", "subject_offset"),
    "subject_end": ("subj_end", "head_end"),
    "object_start": ("obj_start", "tail_start", "tail_offset", "object_offset"),
    "object_end": ("obj_end", "tail_end"),
    SCORE: ("confidence",),
}
# How data frames write empty cells. Where others are filled, it is text.
_MISSING = ("nan", "NaN", "<NA>", "None", "null")
# The key of the values without a role.
_META = "further values"

Row = Mapping[str, Any]


def choose_columns(
    names: Sequence[str], columns: Optional[Mapping[str, str]] = None
) -> Dict[str, str]:
    """Choose the column of each role.

    names (Sequence[str]): The names of the columns.
    columns (Optional[Mapping[str, str]]): Names given by role; the others are recognised.
    RETURNS (Dict[str, str]): Names by role.
    RAISES (ConversionError): If a required role has no column, two columns have one role, or a
        given role or name is unknown.
    """
    chosen = dict(columns or {})
    _check_given(chosen, list(names))
    free = [name for name in names if name not in chosen.values()]
    for role in _NAMES:
        found = _find_column(role, free)
        if role not in chosen and found is not None:
            chosen[role] = found
    missing = [role for role in REQUIRED if role not in chosen]
    if missing:
        raise ConversionError(
            f"There is no column for {list_names(missing)} among {list_names(names)}: name it by "
            f"--columns, as in {missing[0]}=NAME (in Python: {COLUMNS})."
        )
    return chosen


def _check_given(columns: Mapping[str, str], names: List[str]) -> None:
    for role, name in columns.items():
        if role not in _NAMES:
            raise ConversionError(f"--columns names {list_names(_NAMES)}, and not {role!r}.")
        if name not in names:
            raise ConversionError(f"There is no column {name!r}, but {list_names(names)}.")


def _find_column(role: str, names: List[str]) -> Optional[str]:
    by_name = {_normalize(name): name for name in names}
    if role in by_name:
        return by_name[role]
    found = [by_name[name] for name in _NAMES[role] if name in by_name]
    if len(found) > 1 and role in REQUIRED:
        raise ConversionError(
            f"The columns {list_names(found)} may each be the {role}: choose one by --columns, as "
            f"in {role}={found[0]} (in Python: {COLUMNS})."
        )
    return found[0] if found else None


def _normalize(name: str) -> str:
    return name.strip().lower().replace(" ", "_").replace("-", "_")


def gather_rows(items: Items, columns: Optional[Mapping[str, str]] = None) -> Items:
    """Gather the rows of each text.

    Rows are of one text if they have the same text and id. If each row has an id of its own, it is
    that of the row, and not of the text.

    items (Iterator[Union[Item, MalformedRecord]]): The rows of a file, all of them in memory.
    columns (Optional[Mapping[str, str]]): Names of columns by role; the others are recognised.
    YIELDS (Union[Item, MalformedRecord]): The items, one for each text, with values by role.
    RAISES (ConversionError): If a required role has no column, or two.
    """
    rows: List[Item] = []
    for item in items:
        if isinstance(item, MalformedRecord):
            yield item
        # Spreadsheets write blank rows below a table.
        elif not all(map(_is_blank, item.value.values())):
            rows.append(item)
    names = list(dict.fromkeys(name for row in rows for name in row.value))
    chosen = choose_columns(names, columns) if rows else {}
    by_role = [Item(row.location, _by_role(row.value, chosen)) for row in rows]
    ids = [repr(row.value.get(ID)) for row in by_role]
    has_row_ids = len(set(ids)) == len(ids) and all(ID in row.value for row in by_role)
    keys = (TEXT,) if has_row_ids else (TEXT, ID)
    yield from gather(iter(by_role), lambda row: repr([row.get(key) for key in keys]))


def _by_role(row: Row, columns: Mapping[str, str]) -> Dict[str, Any]:
    """Name the values of a row by role; others are meta data."""
    filled = {name: value for name, value in row.items() if not _is_blank(value)}
    roles = {role: filled[name] for role, name in columns.items() if name in filled}
    if all(roles.get(role, _MISSING[0]) in _MISSING for role in _TRIPLE):
        roles = {role: value for role, value in roles.items() if value not in _MISSING}
    others = {name: filled[name] for name in filled if name not in columns.values()}
    return {**{role: _strip(role, value) for role, value in roles.items()}, _META: others}


def _strip(role: str, value: Any) -> Any:
    # White space of texts and arguments counts in their offsets.
    is_text = role in (TEXT, SUBJECT, OBJECT)
    return value.strip() if isinstance(value, str) and not is_text else value


def _is_blank(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def parse_rows(item: Row, columns: Optional[Mapping[str, str]] = None) -> Record:
    """Parse the rows of a text.

    item (Mapping[str, Any]): A gathered item, or a single row.
    columns (Optional[Mapping[str, str]]): Names of the columns of a single row by role.
    RETURNS (Record): The record. A text whose rows have no triple is untouched: a spreadsheet is
        filled in line by line.
    RAISES (ValueError): If the text is missing, or no string.
    """
    if _META not in item:
        item = _by_role(item, choose_columns(list(item), columns))
    if TEXT not in item:
        raise ValueError("the row has no text: repeat it in each row")
    text, rows = to_text(item[TEXT], "the text of a row"), get_members(item)
    provenance = merge_provenance(
        {"id": _to_id(row.value.get(ID)), "meta": row.value[_META]} for row in rows
    )
    filled = [row for row in rows if not row.value.keys().isdisjoint(_TRIPLE)]
    if not filled:
        return Record(text, None, is_untouched=True, **provenance)
    return build_record(text, filled, _parse_row, **provenance)


def _to_id(value: Any) -> Optional[RecordId]:
    return value if is_id(value) or value is None else str(value)


def _parse_row(row: Row) -> Optional[RawTriple]:
    label = row.get(PREDICATE)
    # Such a row may have no arguments.
    if isinstance(label, str) and is_no_relation(label):
        return None
    missing = [role for role in _TRIPLE if role not in row]
    if missing:
        raise ValueError(f"the row has no {' and no '.join(missing)}")
    return RawTriple(
        _parse_argument(row, SUBJECT),
        to_text(row[PREDICATE], "the predicate"),
        _parse_argument(row, OBJECT),
        score=_parse_score(row),
    )


def _parse_argument(row: Row, role: str) -> Argument:
    text = to_text(row[role], f"the {role}")
    kind = to_text(row.get(f"{role}_type", ""), f"the type of the {role}")
    if f"{role}_start" not in row:
        return Argument(text, kind)
    start = _parse_offset(row, f"{role}_start", 0)
    end = _parse_offset(row, f"{role}_end", start + len(text))
    return Argument(text, kind, start, end)


def _parse_score(row: Row) -> float:
    score = _parse_number(row, SCORE, 1.0)
    if not 0 <= score <= 1:
        raise ValueError(f"{SCORE} must be a number from 0 to 1, not {row[SCORE]!r:.60}")
    return score


def _parse_offset(row: Row, role: str, default: int) -> int:
    number = _parse_number(row, role, default)
    if not number.is_integer():
        raise ValueError(f"{role} must be a whole number, not {row[role]!r:.60}")
    return int(number)


def _parse_number(row: Row, role: str, default: float) -> float:
    # Where a comma is the decimal point, spreadsheets write one; a column of whole numbers with
    # empty cells is written as 3.0 by others.
    try:
        return float(str(row.get(role, default)).replace(",", "."))
    except ValueError:
        raise ValueError(f"{role} must be a number, not {row[role]!r:.60}") from None

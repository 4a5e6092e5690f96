"""What a predicate takes: the types of its arguments and the qualifiers it may have.

On disk a schema is JSONL, one object a line:
`{"predicate": "获奖", "object_type": "奖项", "qualifiers": {"onDate": "日期"}}`.
A predicate may have several lines. Types, `subject_type` too, may be missing or empty; other keys
are refused. The schema files of DuIE are read as well: those of 1.0 have no qualifiers, those of
2.0 have them beside the object's own type: `"object_type": {"@value": "奖项", "onDate": "日期"}`.
"""

import json
from pathlib import Path
from typing import Any, Dict, Iterable, List, Mapping, Optional, Tuple

from .triples import OBJECT, SUBJECT, Triple

# In what a triple may differ from a schema.
UNKNOWN_PREDICATE = "predicate not in the schema"
UNKNOWN_TYPES = "types or qualifiers not in the schema"
VIOLATIONS = (UNKNOWN_PREDICATE, UNKNOWN_TYPES)

_KEYS = ("predicate", "subject_type", "object_type", "qualifiers")
# The key of the object itself in an `object_type` of DuIE 2.0.
_VALUE = "@value"

Row = Dict[str, Any]
# One way in which a predicate is used: (role, type) pairs, sorted by role.
_Signature = Tuple[Tuple[str, str], ...]


class Schema:
    """Signatures by predicate: which roles there are, and their types.

    rows (Iterable[Row]): Objects as in a schema file.
    RAISES (ValueError): If a row has no predicate or is not of that form.
    """

    def __init__(self, rows: Iterable[Row] = ()) -> None:
        self._signatures: Dict[str, Dict[_Signature, None]] = {}
        self._roles: Optional[List[str]] = None
        self._role_ids: Dict[str, List[int]] = {}
        for row in rows:
            types = _row_types(row)
            self._add(row["predicate"], types)

    def _add(self, predicate: str, types: Mapping[str, str]) -> None:
        signature = tuple(sorted(types.items()))
        self._signatures.setdefault(predicate, {})[signature] = None
        self._roles = None
        self._role_ids.clear()

    def add(self, triple: Triple) -> None:
        """Learn the signature of one gold triple."""
        types = {role: triple.types.get(role, "") for role in triple.arguments}
        self._add(triple.predicate, types)

    @property
    def predicates(self) -> List[str]:
        """RETURNS (List[str]): All predicates, sorted."""
        return sorted(self._signatures)

    def qualifiers(self, predicate: str) -> List[str]:
        """RETURNS (List[str]): The qualifiers that a predicate may have, sorted."""
        signatures = self._signatures.get(predicate, {})
        roles = {role for signature in signatures for role, _ in signature}
        return sorted(roles - {SUBJECT, OBJECT})

    @property
    def roles(self) -> List[str]:
        """RETURNS (List[str]): Subject, object, then every qualifier, sorted."""
        # Asked for once a row, and all predicates have to be looked through.
        if self._roles is None:
            names = {name for p in self._signatures for name in self.qualifiers(p)}
            self._roles = [SUBJECT, OBJECT, *sorted(names)]
        return self._roles

    def role_ids(self, predicate: str) -> List[int]:
        """RETURNS (List[int]): Where subject, object and its qualifiers stand in `roles`."""
        if predicate not in self._role_ids:
            names = [SUBJECT, OBJECT, *self.qualifiers(predicate)]
            self._role_ids[predicate] = [self.roles.index(name) for name in names]
        return self._role_ids[predicate]

    def types(self, predicate: str) -> Dict[str, str]:
        """RETURNS (Dict[str, str]): The type of each role that has exactly one; the type of a
        role that was seen with several cannot be told from the predicate."""
        seen: Dict[str, Dict[str, None]] = {}
        for signature in self._signatures.get(predicate, {}):
            for role, kind in signature:
                seen.setdefault(role, {})[kind] = None
        return {role: next(iter(kinds)) for role, kinds in seen.items() if _is_unique(kinds)}

    def violation(self, predicate: str, types: Mapping[str, str]) -> str:
        """Say in what a triple differs from the schema.

        predicate (str): Its predicate.
        types (Mapping[str, str]): The types of all its arguments by role. An empty one is not
            known, and fits any; an empty type of the schema fits any as well.
        RETURNS (str): One of `VIOLATIONS`; empty if the triple fits a signature of the predicate.
        """
        if predicate not in self._signatures:
            return UNKNOWN_PREDICATE
        fits = any(_fits(types, dict(signature)) for signature in self._signatures[predicate])
        return "" if fits else UNKNOWN_TYPES

    def to_rows(self) -> List[Row]:
        """RETURNS (List[Row]): Plain JSON objects, sorted, as in a schema file."""
        pairs = [(p, s) for p in self.predicates for s in sorted(self._signatures[p])]
        return [_to_row(predicate, dict(signature)) for predicate, signature in pairs]


def read_schema(path: Path) -> List[Row]:
    """Read a schema file, registered as the reader `spacy-spo.read_schema.v1`.

    path (Path): JSONL as described above.
    RETURNS (List[Row]): Its rows, for `Schema` and for the tagger's `initialize`.
    RAISES (ValueError): If a line is not of that form, or there is none. It names file and line.
    """
    # Configs give paths as strings. As bytes: a line that is not UTF-8 is named like any other.
    lines = Path(path).read_bytes().split(b"\n")
    rows = [_read_row(path, *line) for line in enumerate(lines, 1) if line[1].strip()]
    if not rows:
        raise ValueError(f"The schema {path} has no rows: it has one for each predicate.")
    return rows


def _read_row(path: Path, number: int, line: bytes) -> Row:
    try:
        row: Row = json.loads(line.decode("utf-8-sig"))
        Schema([row])
    except (ValueError, RecursionError) as error:
        raise ValueError(f"The schema {path}, line {number}: {error}") from error
    return row


def _row_types(row: Row) -> Dict[str, str]:
    if not isinstance(row, dict) or not row.get("predicate"):
        raise ValueError(f"A schema row is an object with a 'predicate': {row}")
    if not row.keys() <= set(_KEYS):
        raise ValueError(f"The keys of a schema row are {', '.join(_KEYS)}, and no others: {row}")
    object_type, qualifiers = _split_object(row)
    if not isinstance(qualifiers, dict) or {SUBJECT, OBJECT, ""} & qualifiers.keys():
        raise ValueError(f"'qualifiers' of a schema row maps names of its own to types: {row}")
    types = {SUBJECT: row.get("subject_type", ""), OBJECT: object_type, **qualifiers}
    if not all(isinstance(value, str) for value in (row["predicate"], *types.values())):
        raise ValueError(f"The predicate and the types of a schema row are strings: {row}")
    return types


def _split_object(row: Row) -> Tuple[Any, Any]:
    """The type of the object, and the qualifiers, which may stand in either of two places."""
    object_type, qualifiers = row.get("object_type", ""), row.get("qualifiers", {})
    if not isinstance(object_type, dict):
        return object_type, qualifiers
    if _VALUE not in object_type or qualifiers:
        raise ValueError(
            f"An 'object_type' that is an object has the type itself under {_VALUE!r}, and all "
            f"qualifiers: {row}"
        )
    further = dict(object_type)
    return further.pop(_VALUE), further


def _fits(types: Mapping[str, str], signature: Mapping[str, str]) -> bool:
    # What is empty on either side fits any.
    return all(
        role in signature and (kind == signature[role] or not kind or not signature[role])
        for role, kind in types.items()
    )


def _to_row(predicate: str, types: Dict[str, str]) -> Row:
    subject_type, object_type = types.pop(SUBJECT), types.pop(OBJECT)
    row = {"predicate": predicate, "subject_type": subject_type, "object_type": object_type}
    return {**row, "qualifiers": types} if types else row


def _is_unique(kinds: Mapping[str, None]) -> bool:
    return len(kinds) == 1 and "" not in kinds

"""The schema of predicates: types of their arguments, and qualifiers.

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

# How a triple may violate a schema.
UNKNOWN_PREDICATE = "predicate not in the schema"
UNKNOWN_TYPES = "types or qualifiers not in the schema"
VIOLATIONS = (UNKNOWN_PREDICATE, UNKNOWN_TYPES)

_KEYS = ("predicate", "subject_type", "object_type", "qualifiers")
# The key of the object itself in an `object_type` of DuIE 2.0.
VALUE_KEY = "@value"

# A JSON object of a schema file.
SchemaRow = Dict[str, Any]
# One usage of a predicate: (role, type) pairs, sorted by role.
_Signature = Tuple[Tuple[str, str], ...]


class Schema:
    """Signatures by predicate: roles and their types.

    rows (Iterable[SchemaRow]): Objects as in a schema file.
    RAISES (ValueError): If a row has no predicate or another form.
    """

    def __init__(self, rows: Iterable[SchemaRow] = ()) -> None:
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
        """Add the signature of a gold triple.

        triple (Triple): The triple.
        """
        types = {role: triple.types.get(role, "") for role in triple.arguments}
        self._add(triple.predicate, types)

    @property
    def predicates(self) -> List[str]:
        """Get all predicates.

        RETURNS (List[str]): The predicates, sorted.
        """
        return sorted(self._signatures)

    def qualifiers(self, predicate: str) -> List[str]:
        """Get the qualifiers of a predicate.

        predicate (str): The predicate.
        RETURNS (List[str]): Their names, sorted.
        """
        signatures = self._signatures.get(predicate, {})
        roles = {role for signature in signatures for role, _ in signature}
        return sorted(roles - {SUBJECT, OBJECT})

    @property
    def roles(self) -> List[str]:
        """Get the roles of all predicates.

        RETURNS (List[str]): Subject, object, then every qualifier, sorted.
        """
        # Kept, since every query of the tagger asks, and it takes a pass over all predicates.
        if self._roles is None:
            names = {name for p in self._signatures for name in self.qualifiers(p)}
            self._roles = [SUBJECT, OBJECT, *sorted(names)]
        return self._roles

    def role_ids(self, predicate: str) -> List[int]:
        """Get the roles of a predicate as positions in `roles`.

        predicate (str): The predicate.
        RETURNS (List[int]): Those of subject, object and its qualifiers.
        """
        if predicate not in self._role_ids:
            names = [SUBJECT, OBJECT, *self.qualifiers(predicate)]
            self._role_ids[predicate] = [self.roles.index(name) for name in names]
        return self._role_ids[predicate]

    def types(self, predicate: str) -> Dict[str, str]:
        """Get the types of arguments by role.

        predicate (str): The predicate.
        RETURNS (Dict[str, str]): Only roles of exactly one type: of several, the predicate does not
            tell which.
        """
        by_role: Dict[str, Dict[str, None]] = {}
        for signature in self._signatures.get(predicate, {}):
            for role, type_ in signature:
                by_role.setdefault(role, {})[type_] = None
        return {role: next(iter(types)) for role, types in by_role.items() if _is_unique(types)}

    def violation(self, predicate: str, types: Mapping[str, str]) -> str:
        """Find how a triple violates the schema.

        predicate (str): Its predicate.
        types (Mapping[str, str]): The types of all its arguments by role. An empty type, here or in
            the schema, fits any.
        RETURNS (str): One of `VIOLATIONS`; empty if the triple fits a signature of the predicate.
        """
        if predicate not in self._signatures:
            return UNKNOWN_PREDICATE
        fits = any(_fits(types, dict(signature)) for signature in self._signatures[predicate])
        return "" if fits else UNKNOWN_TYPES

    def to_rows(self) -> List[SchemaRow]:
        """Convert the schema to JSON objects.

        RETURNS (List[SchemaRow]): Objects as in a schema file, sorted.
        """
        pairs = [(p, s) for p in self.predicates for s in sorted(self._signatures[p])]
        return [_to_row(predicate, dict(signature)) for predicate, signature in pairs]


def read_schema(path: Path) -> List[SchemaRow]:
    """Read a schema file: the reader `spacy-spo.read_schema.v1`.

    path (Path): JSONL as described above.
    RETURNS (List[SchemaRow]): Its rows, for `Schema` and for the tagger's `initialize`.
    RAISES (ValueError): If a line has another form, with file and line, or if there is none.
    """
    # Configs give paths as strings. As bytes: a line that is not UTF-8 is named like any other.
    lines = Path(path).read_bytes().split(b"\n")
    rows = [_read_row(path, *line) for line in enumerate(lines, 1) if line[1].strip()]
    if not rows:
        raise ValueError(f"The schema {path} has no rows: it has one for each predicate.")
    return rows


def _read_row(path: Path, number: int, line: bytes) -> SchemaRow:
    try:
        row: SchemaRow = json.loads(line.decode("utf-8-sig"))
        Schema([row])
    except (ValueError, RecursionError) as error:
        raise ValueError(f"The schema {path}, line {number}: {error}") from error
    return row


def _row_types(row: SchemaRow) -> Dict[str, str]:
    if not isinstance(row, dict) or not row.get("predicate"):
        raise ValueError(f"A schema row is an object with a 'predicate': {row}")
    if not row.keys() <= set(_KEYS):
        raise ValueError(f"The keys of a schema row are {', '.join(_KEYS)}, and no others: {row}")
    object_type, qualifiers = _split_object(row)
    if not isinstance(qualifiers, dict) or {SUBJECT, OBJECT, ""} & qualifiers.keys():
        raise ValueError(
            f"'qualifiers' of a schema row maps names other than {SUBJECT!r} and {OBJECT!r} to "
            f"types: {row}"
        )
    types = {SUBJECT: row.get("subject_type", ""), OBJECT: object_type, **qualifiers}
    if not all(isinstance(value, str) for value in (row["predicate"], *types.values())):
        raise ValueError(f"The predicate and the types of a schema row are strings: {row}")
    return types


def _split_object(row: SchemaRow) -> Tuple[Any, Any]:
    # The type of the object, and the qualifiers, which DuIE 2.0 has beside it.
    object_type, qualifiers = row.get("object_type", ""), row.get("qualifiers", {})
    if not isinstance(object_type, dict):
        return object_type, qualifiers
    if VALUE_KEY not in object_type or qualifiers:
        raise ValueError(
            f"An 'object_type' that is an object has the type itself under {VALUE_KEY!r}, and all "
            f"qualifiers: {row}"
        )
    qualifiers = dict(object_type)
    return qualifiers.pop(VALUE_KEY), qualifiers


def _fits(types: Mapping[str, str], signature: Mapping[str, str]) -> bool:
    # An empty type on either side fits any.
    return all(
        role in signature and (type_ == signature[role] or not type_ or not signature[role])
        for role, type_ in types.items()
    )


def _to_row(predicate: str, types: Dict[str, str]) -> SchemaRow:
    subject_type, object_type = types.pop(SUBJECT), types.pop(OBJECT)
    row = {"predicate": predicate, "subject_type": subject_type, "object_type": object_type}
    return {**row, "qualifiers": types} if types else row


def _is_unique(types: Mapping[str, None]) -> bool:
    return len(types) == 1 and "" not in types

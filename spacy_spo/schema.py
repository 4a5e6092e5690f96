"""What a predicate takes: the types of its arguments and the qualifiers it may have.

On disk a schema is JSONL, one object a line, in the manner of the DuIE schema files:
`{"predicate": "获奖", "object_type": "奖项", "qualifiers": {"onDate": "日期"}}`.
A predicate may have several lines. Types may be empty strings.
"""

from pathlib import Path
from typing import Any, Dict, Iterable, List, Mapping, Optional, Tuple

import srsly

from .triples import OBJECT, SUBJECT, Triple

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
        for row in rows:
            self._add(row.get("predicate", ""), _row_types(row))

    def _add(self, predicate: str, types: Mapping[str, str]) -> None:
        signature = tuple(sorted(types.items()))
        self._signatures.setdefault(predicate, {})[signature] = None
        self._roles = None

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

    def types(self, predicate: str) -> Dict[str, str]:
        """RETURNS (Dict[str, str]): The type of each role that has exactly one; the type of a
        role that was seen with several cannot be told from the predicate."""
        seen: Dict[str, Dict[str, None]] = {}
        for signature in self._signatures.get(predicate, {}):
            for role, kind in signature:
                seen.setdefault(role, {})[kind] = None
        return {role: next(iter(kinds)) for role, kinds in seen.items() if _is_unique(kinds)}

    def to_rows(self) -> List[Row]:
        """RETURNS (List[Row]): Plain JSON objects, sorted, as in a schema file."""
        pairs = [(p, s) for p in self.predicates for s in sorted(self._signatures[p])]
        return [_to_row(predicate, dict(signature)) for predicate, signature in pairs]


def read_schema(path: Path) -> List[Row]:
    """Read a schema file, registered as the reader `spacy-spo.read_schema.v1`.

    path (Path): JSONL as described above.
    RETURNS (List[Row]): Its rows, for `Schema` and for the tagger's `initialize`.
    RAISES (ValueError): If a line is not of that form; it names the line.
    """
    rows = list(srsly.read_jsonl(path))
    for number, row in enumerate(rows, 1):
        try:
            Schema([row])
        except ValueError as error:
            raise ValueError(f"{path}, line {number}: {error}") from error
    return rows


def _row_types(row: Row) -> Dict[str, str]:
    qualifiers = row.get("qualifiers") or {}
    if not isinstance(row.get("predicate"), str) or not row["predicate"]:
        raise ValueError(f"A schema row needs a 'predicate', a non-empty string: {row}")
    if not isinstance(qualifiers, dict):
        raise ValueError(f"'qualifiers' of a schema row maps names to types: {row}")
    types = {
        SUBJECT: row.get("subject_type", ""),
        OBJECT: row.get("object_type", ""),
        **qualifiers,
    }
    if not all(isinstance(kind, str) for kind in types.values()):
        raise ValueError(f"The types of a schema row are strings: {row}")
    return types


def _to_row(predicate: str, types: Dict[str, str]) -> Row:
    subject_type, object_type = types.pop(SUBJECT), types.pop(OBJECT)
    row = {"predicate": predicate, "subject_type": subject_type, "object_type": object_type}
    return {**row, "qualifiers": types} if types else row


def _is_unique(kinds: Mapping[str, None]) -> bool:
    return len(kinds) == 1 and "" not in kinds

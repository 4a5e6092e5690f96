"""What became of annotated data: the counts of a conversion."""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Dict, FrozenSet, List, Optional, Set, Tuple

from ..schema import VIOLATIONS
from .files import BrokenRecord
from .format import Placed
from .locate import DUPLICATE, LOSSES
from .records import RawTriple

# How many malformed records, and how many conflicts, are named.
N_SHOWN = 10

Row = Tuple[str, int]


class Repeats:
    """Texts that occur more than once among annotated records, and whether their triples differ.

    Triples are the same if their texts, predicates and qualifiers are. Only hashes are held.
    """

    def __init__(self) -> None:
        # Of each text its first place, and its triples there.
        self._first: Dict[int, Tuple[Path, str, int]] = {}
        self._repeated: Set[int] = set()
        self._conflicting: Set[int] = set()
        self.first_conflicts: List[str] = []

    def add(self, placed: Placed) -> None:
        """Count an annotated record in."""
        text = hash(placed.record.text)
        triples = hash(frozenset(_facts(triple) for triple in placed.record.triples or ()))
        if text not in self._first:
            self._first[text] = (placed.path, placed.place, triples)
            return
        self._repeated.add(text)
        path, place, first_triples = self._first[text]
        if triples != first_triples and text not in self._conflicting:
            self._conflicting.add(text)
            if len(self.first_conflicts) < N_SHOWN:
                self.first_conflicts.append(f"{path}:{place} and {placed}")

    @property
    def rows(self) -> List[Row]:
        """RETURNS (List[Row]): The lines of the report's table."""
        return [
            ("Repeated texts", len(self._repeated)),
            ("  with different triples", self.n_conflicting),
        ]

    @property
    def n_conflicting(self) -> int:
        """RETURNS (int): Repeated texts that do not have the same triples everywhere."""
        return len(self._conflicting)


def _facts(triple: RawTriple) -> Tuple[str, str, str, FrozenSet[Tuple[str, str]]]:
    qualifiers = frozenset((name, argument.text) for name, argument in triple.qualifiers.items())
    return triple.subject.text, triple.predicate, triple.object.text, qualifiers


@dataclass
class Report:
    """What became of the data: how many records and triples there were, and what was dropped.

    violations (Optional[Counter[str]]): Triples by what in them is not of the schema; None without
        a schema.
    drops_violations (bool): Whether these triples are left out.
    """

    n_docs: int = 0
    n_unannotated: int = 0
    n_triples: int = 0
    n_kept: int = 0
    dropped: Counter[str] = field(default_factory=Counter)
    n_broken: int = 0
    first_broken: List[BrokenRecord] = field(default_factory=list)
    repeats: Repeats = field(default_factory=Repeats)
    violations: Optional[Counter[str]] = None
    drops_violations: bool = False

    def add_broken(self, broken: BrokenRecord) -> None:
        """Count a record that cannot be read."""
        self.n_broken += 1
        if len(self.first_broken) < N_SHOWN:
            self.first_broken.append(broken)

    def add(self, placed: Placed) -> None:
        """Count a record that was read."""
        self.n_docs += 1
        if placed.record.triples is None:
            self.n_unannotated += 1
        else:
            self.n_triples += len(placed.record.triples)
            self.repeats.add(placed)

    @property
    def n_lost(self) -> int:
        """RETURNS (int): Triples that could not be located; duplicates are no loss."""
        return sum(self.dropped[cause] for cause in LOSSES)

    @property
    def rows(self) -> List[Row]:
        """RETURNS (List[Row]): The table: names, indented by what they are part of, and counts."""
        return [
            ("Records", self.n_docs + self.n_broken),
            ("  malformed", self.n_broken),
            ("  without annotation", self.n_unannotated),
            ("Triples", self.n_triples),
            ("  kept", self.n_kept),
            ("  duplicates", self.dropped[DUPLICATE]),
            ("  lost", self.n_lost),
            *((f"    {cause}", self.dropped[cause]) for cause in LOSSES),
            *self._violation_rows(),
            *self.repeats.rows,
        ]

    def _violation_rows(self) -> List[Row]:
        if self.violations is None:
            return []
        name = "Against the schema" + (", left out" if self.drops_violations else "")
        causes = [(f"  {cause}", self.violations[cause]) for cause in VIOLATIONS]
        return [(name, self.violations.total()), *causes]

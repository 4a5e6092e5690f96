"""Counts of a conversion: records, triples, losses by cause."""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Dict, FrozenSet, List, Optional, Set, Tuple

from ..schema import VIOLATIONS
from .files import ConversionError, MalformedRecord
from .format import LocatedRecord
from .inputs import Input
from .mentions import DUPLICATE, LOSSES
from .records import RawTriple

# How many malformed records, and how many conflicts, are named.
N_SHOWN = 10

TableRow = Tuple[str, int]


class Repeats:
    """Count of repeated texts among annotated records, and of conflicts.

    Two annotations of a text conflict if the texts, predicates or qualifiers of their triples
    differ. Only hashes are kept in memory.
    """

    def __init__(self) -> None:
        # By text: the location of its first record, and the triples of that one.
        self._first: Dict[int, Tuple[str, int]] = {}
        self._repeated: Set[int] = set()
        self._conflicting: Set[int] = set()
        self.first_conflicts: List[str] = []

    def add(self, located: LocatedRecord) -> None:
        """Count an annotated record.

        located (LocatedRecord): The record.
        """
        text = hash(located.record.text)
        triples = hash(frozenset(_content(triple) for triple in located.record.triples or ()))
        if text not in self._first:
            self._first[text] = (str(located), triples)
            return
        self._repeated.add(text)
        first, first_triples = self._first[text]
        if triples != first_triples and text not in self._conflicting:
            self._conflicting.add(text)
            if len(self.first_conflicts) < N_SHOWN:
                self.first_conflicts.append(f"{first} and {located}")

    @property
    def rows(self) -> List[TableRow]:
        """Get the rows of the table.

        RETURNS (List[TableRow]): Names and counts.
        """
        return [
            ("Repeated texts", len(self._repeated)),
            ("  with different triples", self.n_conflicting),
        ]

    @property
    def n_conflicting(self) -> int:
        """Get the number of repeated texts with conflicting annotations.

        RETURNS (int): The number.
        """
        return len(self._conflicting)


def _content(triple: RawTriple) -> Tuple[str, str, str, FrozenSet[Tuple[str, str]]]:
    qualifiers = frozenset((name, argument.text) for name, argument in triple.qualifiers.items())
    return triple.subject.text, triple.predicate, triple.object.text, qualifiers


@dataclass
class ConversionReport:
    """Counts of a conversion.

    inputs (List[Input]): The files, with the format of each.
    skipped (List[Path]): Files and folders in the input folders that are of no format.
    n_docs (int): Records that became a Doc.
    n_unannotated (int): Those of them without annotation.
    n_triples (int): Triples of the records.
    n_kept (int): Triples on the Docs.
    dropped (Counter[str]): Triples by cause: one of `LOSSES`, or `DUPLICATE`.
    n_malformed (int): Records that could not be parsed.
    first_malformed (List[MalformedRecord]): The first ten of them.
    repeats (Repeats): Repeated texts, and those with different triples.
    violations (Optional[Counter[str]]): Triples that are not of the schema, by cause; None without
        a schema.
    drops_violations (bool): Whether these triples are dropped.
    """

    inputs: List[Input] = field(default_factory=list)
    skipped: List[Path] = field(default_factory=list)
    n_docs: int = 0
    n_unannotated: int = 0
    n_triples: int = 0
    n_kept: int = 0
    dropped: Counter[str] = field(default_factory=Counter)
    n_malformed: int = 0
    first_malformed: List[MalformedRecord] = field(default_factory=list)
    repeats: Repeats = field(default_factory=Repeats)
    violations: Optional[Counter[str]] = None
    drops_violations: bool = False

    def add_malformed(self, malformed: MalformedRecord) -> None:
        """Count a malformed record.

        malformed (MalformedRecord): The record.
        """
        self.n_malformed += 1
        if len(self.first_malformed) < N_SHOWN:
            self.first_malformed.append(malformed)

    def add(self, located: LocatedRecord) -> None:
        """Count a parsed record.

        located (LocatedRecord): The record.
        """
        self.n_docs += 1
        if located.record.triples is None:
            self.n_unannotated += 1
        else:
            self.n_triples += len(located.record.triples)
            self.repeats.add(located)

    @property
    def n_lost(self) -> int:
        """Get the number of lost triples.

        RETURNS (int): Triples that could not be found in the text; duplicates are no loss.
        """
        return sum(self.dropped[cause] for cause in LOSSES)

    @property
    def rows(self) -> List[TableRow]:
        """Get the rows of the table.

        RETURNS (List[TableRow]): Names, indented below the name they are part of, and counts.
        """
        return [
            ("Records", self.n_docs + self.n_malformed),
            ("  malformed", self.n_malformed),
            ("  without annotation", self.n_unannotated),
            ("Triples", self.n_triples),
            ("  kept", self.n_kept),
            ("  duplicates", self.dropped[DUPLICATE]),
            ("  lost", self.n_lost),
            *((f"    {cause}", self.dropped[cause]) for cause in LOSSES),
            *self._violation_rows(),
            *self.repeats.rows,
        ]

    def _violation_rows(self) -> List[TableRow]:
        if self.violations is None:
            return []
        name = "Against the schema" + (", left out" if self.drops_violations else "")
        causes = [(f"  {cause}", self.violations[cause]) for cause in VIOLATIONS]
        return [(name, self.violations.total()), *causes]


class ConversionLossError(ConversionError):
    """Error of a conversion without records, or with too many losses.

    message (str): The reason.
    report (ConversionReport): The counts.
    """

    def __init__(self, message: str, report: ConversionReport) -> None:
        super().__init__(message)
        self.report = report

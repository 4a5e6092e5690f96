"""Counts of a conversion: records, triples, losses by cause."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Dict, FrozenSet, List, Optional, Sequence, Set, Tuple

from ..schema import VIOLATIONS
from .files import ConversionError, MalformedRecord
from .format import LocatedRecord
from .inputs import Input, Skipped
from .mentions import DUPLICATE, FoundTriples
from .records import LostTriple, RawTriple

# How many malformed records, and how many conflicts, are named.
N_SHOWN = 10

# Rows of the table: why a text is not annotated, and triples of records that cannot be parsed.
UNTOUCHED = "empty annotations"
ALL_LOST = "all triples lost"
MALFORMED_RECORD = "malformed record"

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
    skipped (List[Skipped]): Files in the input folders that were not read, and why.
    n_docs (int): Records that became a Doc.
    n_unannotated (int): Those of them without annotation.
    n_untouched (int): Those of the unannotated ones with the empty lists that a tool writes for
        texts that nobody annotated.
    n_all_lost (int): Those of the unannotated ones whose triples are all lost.
    n_triples (int): Triples of the records, lost ones included.
    n_kept (int): Triples on the Docs.
    lost (Counter[str]): Lost triples by cause.
    first_lost (List[str]): The first of them, with file, line and cause.
    max_shown (int): How many of them are listed.
    notes (Counter[str]): What is neither lost nor kept as it was, such as duplicates, by name.
    n_malformed (int): Records that could not be parsed.
    n_malformed_triples (int): Triples that are lost with them, as far as they can be counted.
    first_malformed (List[MalformedRecord]): The first ten of them.
    repeats (Repeats): Repeated texts, and those with different triples.
    violations (Optional[Counter[str]]): Triples that are not of the schema, by cause; None without
        a schema.
    drops_violations (bool): Whether these triples are dropped.
    """

    inputs: List[Input] = field(default_factory=list)
    skipped: List[Skipped] = field(default_factory=list)
    n_docs: int = 0
    n_unannotated: int = 0
    n_untouched: int = 0
    n_all_lost: int = 0
    n_triples: int = 0
    n_kept: int = 0
    lost: Counter[str] = field(default_factory=Counter)
    first_lost: List[str] = field(default_factory=list)
    max_shown: int = 0
    notes: Counter[str] = field(default_factory=Counter)
    n_malformed: int = 0
    n_malformed_triples: int = 0
    first_malformed: List[MalformedRecord] = field(default_factory=list)
    repeats: Repeats = field(default_factory=Repeats)
    violations: Optional[Counter[str]] = None
    drops_violations: bool = False

    def add_malformed(self, malformed: MalformedRecord) -> None:
        """Count a malformed record.

        malformed (MalformedRecord): The record.
        """
        self.n_malformed += 1
        self.n_malformed_triples += malformed.n_triples
        if len(self.first_malformed) < N_SHOWN:
            self.first_malformed.append(malformed)

    def add(self, located: LocatedRecord) -> None:
        """Count a parsed record.

        located (LocatedRecord): The record.
        """
        record = located.record
        self.n_docs += 1
        self.notes.update(record.notes)
        self._add_lost(located, record.lost)
        if record.triples is None:
            self.n_unannotated += 1
            self.n_untouched += record.is_untouched
        else:
            self.n_triples += len(record.triples) + len(record.lost)
            self.repeats.add(located)

    def add_found(self, located: LocatedRecord, found: FoundTriples) -> None:
        """Count the triples that were searched for in a Doc.

        located (LocatedRecord): The record.
        found (FoundTriples): Its triples.
        """
        self.n_kept += len(found.triples)
        self.notes.update(found.notes)
        self._add_lost(located, found.lost)

    def add_all_lost(self) -> None:
        """Count a record whose triples are all lost, as one without annotation."""
        self.n_unannotated += 1
        self.n_all_lost += 1

    def _add_lost(self, located: LocatedRecord, lost: Sequence[LostTriple]) -> None:
        self.lost.update(triple.cause for triple in lost)
        n_wanted = self.max_shown - len(self.first_lost)
        for triple in lost[: max(n_wanted, 0)]:
            place = f"{located.path}:{triple.location}" if triple.location else str(located)
            self.first_lost.append(f"{place}: {triple}")

    @property
    def n_lost(self) -> int:
        """Get the number of lost triples.

        RETURNS (int): Malformed triples, and those that could not be found in the text; duplicates
            are no loss.
        """
        return self.lost.total()

    @property
    def share_lost(self) -> float:
        """Get the share of lost triples, those of malformed records included.

        RETURNS (float): The share, from 0 to 1.
        """
        n_triples = self.n_triples + self.n_malformed_triples
        return (self.n_lost + self.n_malformed_triples) / max(n_triples, 1)

    @property
    def rows(self) -> List[TableRow]:
        """Get the rows of the table.

        RETURNS (List[TableRow]): Names, indented below the name they are part of, and counts.
        """
        causes = self.lost + Counter({MALFORMED_RECORD: self.n_malformed_triples})
        notes = [(name, count) for name, count in self.notes.most_common() if name != DUPLICATE]
        return [
            ("Records", self.n_docs + self.n_malformed),
            ("  malformed", self.n_malformed),
            ("  without annotation", self.n_unannotated),
            *([(f"    {UNTOUCHED}", self.n_untouched)] * bool(self.n_untouched)),
            *([(f"    {ALL_LOST}", self.n_all_lost)] * bool(self.n_all_lost)),
            ("Triples", self.n_triples + self.n_malformed_triples),
            ("  kept", self.n_kept),
            ("  duplicates", self.notes[DUPLICATE]),
            ("  lost", self.n_lost + self.n_malformed_triples),
            *((f"    {cause}", count) for cause, count in causes.most_common()),
            *([("Notes", sum(count for _, count in notes))] * bool(notes)),
            *((f"  {name}", count) for name, count in notes),
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

"""Streams of records: read, with corrected offsets, and checked."""

from collections import Counter
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Iterable, Iterator, Literal, Optional, Union

from ..schema import Schema
from .conversion_report import ConversionReport
from .files import ConversionError, MalformedRecord
from .format import Format, LocatedRecord, read_located, read_records
from .inputs import Input
from .offsets import OffsetCorrector, Units
from .records import RawTriple, Record
from .values import list_names

Violations = Literal["count", "drop", "fail"]
Empty = Literal["negative", "unannotated"]


def read_inputs(
    inputs: Iterable[Input],
    report: ConversionReport,
    *,
    strict: bool = False,
    offsets: Optional[Units] = None,
    empty: Optional[Empty] = None,
) -> Iterator[LocatedRecord]:
    """Read and count the records of files.

    inputs (Iterable[Input]): The files.
    report (ConversionReport): Counts.
    strict (bool): Whether a malformed record or relation is an error.
    offsets (Optional[Literal["characters", "utf16"]]): What offsets count; see `convert`.
    empty (Optional[Literal["negative", "unannotated"]]): What empty lists mean; see `convert`.
    YIELDS (LocatedRecord): The records that are not malformed.
    RAISES (ConversionError): If a file, or with `strict` a record, cannot be parsed.
    """
    for path, data_format, _ in inputs:
        corrector = OffsetCorrector(path, partial(_read_parsed, path, data_format), offsets)
        for item in read_located(path, data_format):
            if strict:
                _require_whole(item, data_format)
            if isinstance(item, LocatedRecord):
                record = _interpret_empty(corrector.correct(item.record), empty)
                located = item._replace(record=record)
                report.add(located)
                yield located
            else:
                report.add_malformed(item)


def _read_parsed(path: Path, data_format: Format) -> Iterator[Record]:
    items = read_records(path, data_format)
    return (item for item in items if isinstance(item, Record))


def _require_whole(item: Union[LocatedRecord, MalformedRecord], data_format: Format) -> None:
    if isinstance(item, MalformedRecord):
        raise ConversionError(f"{item} (format: {data_format.name})")
    if item.record.lost:
        raise ConversionError(f"{item}: {item.record.lost[0]} (format: {data_format.name})")


def _interpret_empty(record: Record, empty: Optional[Empty]) -> Record:
    if empty == "negative" and record.is_untouched:
        return replace(record, triples=[], is_untouched=False)
    if empty == "unannotated" and record.triples == [] and not record.lost:
        return replace(record, triples=None, is_untouched=True)
    return record


def check_schema(
    records: Iterable[LocatedRecord],
    schema: Schema,
    violations: Violations,
    report: ConversionReport,
) -> Iterator[LocatedRecord]:
    """Check the triples of records against a schema.

    records (Iterable[LocatedRecord]): The records.
    schema (Schema): The schema.
    violations (Literal["count", "drop", "fail"]): Whether triples that are not of the schema are
        kept and counted, dropped and counted, or an error.
    report (ConversionReport): Counts.
    YIELDS (LocatedRecord): The records.
    RAISES (ConversionError): With "fail", at a triple that is not of the schema.
    """
    report.violations = Counter()
    report.drops_violations = violations == "drop"
    for located in records:
        fitting = []
        for triple in located.record.triples or []:
            cause = _violation(triple, schema)
            if not cause:
                fitting.append(triple)
            elif violations == "fail":
                raise ConversionError(f"{located}: {cause}: {_spell_out(triple, schema)}")
            else:
                report.violations[cause] += 1
        if report.drops_violations and located.record.triples:
            located = located._replace(record=replace(located.record, triples=fitting))
        yield located


def _violation(triple: RawTriple, schema: Schema) -> str:
    types = {role: argument.type for role, argument in triple.arguments.items()}
    return schema.violation(triple.predicate, types)


def _spell_out(triple: RawTriple, schema: Schema) -> str:
    arguments = (
        f"{role} {argument.text!r} ({argument.type or 'no type'})"
        for role, argument in triple.arguments.items()
    )
    rows = [row for row in schema.to_rows() if row["predicate"] == triple.predicate]
    return (
        f"predicate {triple.predicate!r}, {', '.join(arguments)}. The schema has: "
        f"{rows or list_names(schema.predicates)}. Correct the data or the schema, or count or "
        "drop such triples."
    )

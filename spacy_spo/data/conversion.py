"""From the files of annotated data to Docs with gold triples, and what became of them.

The steps are streams: each takes what the one before it yields, and counts in the same report.
"""

from collections import Counter
from dataclasses import replace
from typing import Iterable, Iterator, Literal

from spacy.language import Language
from spacy.tokens import Doc

from ..schema import Schema
from ..triples import set_triples
from .conversion_report import Report
from .files import ConversionError
from .format import Placed, read_placed
from .inputs import Input
from .locate import Mentions, locate
from .records import RawTriple, list_names

Violations = Literal["count", "drop", "fail"]


def read_inputs(inputs: Iterable[Input], report: Report, strict: bool = False) -> Iterator[Placed]:
    """Read the records of files, and count them.

    inputs (Iterable[Input]): The files.
    report (Report): Counts.
    strict (bool): Whether a malformed record is an error.
    YIELDS (Placed): The records that can be read.
    RAISES (ConversionError): If a file, or with `strict` a record, cannot be read.
    """
    for path, data_format in inputs:
        for item in read_placed(path, data_format):
            if isinstance(item, Placed):
                report.add(item)
                yield item
            elif strict:
                raise ConversionError(str(item))
            else:
                report.add_broken(item)


def check_schema(
    records: Iterable[Placed], schema: Schema, violations: Violations, report: Report
) -> Iterator[Placed]:
    """Check the triples of records against a schema.

    records (Iterable[Placed]): The records.
    schema (Schema): The schema.
    violations (Literal["count", "drop", "fail"]): What to do with triples that are not of it: count
        them, leave them out as well, or fail at the first.
    report (Report): Counts.
    YIELDS (Placed): The records.
    RAISES (ConversionError): With "fail", at a triple that is not of the schema.
    """
    report.violations = Counter()
    report.drops_violations = violations == "drop"
    for placed in records:
        fitting = []
        for triple in placed.record.triples or []:
            cause = _violation(triple, schema)
            if not cause:
                fitting.append(triple)
            elif violations == "fail":
                raise ConversionError(f"{placed}: {cause}: {_spell_out(triple, schema)}")
            else:
                report.violations[cause] += 1
        if report.drops_violations and placed.record.triples:
            placed = placed._replace(record=replace(placed.record, triples=fitting))
        yield placed


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
        f"{rows or list_names(schema.predicates)}. Mend the data or the schema, or have such "
        "triples counted or dropped."
    )


def make_docs(
    records: Iterable[Placed], nlp: Language, mentions: Mentions, report: Report
) -> Iterator[Doc]:
    """Turn records into Docs, and count their triples.

    records (Iterable[Placed]): The records.
    nlp (Language): The pipeline whose tokenizer is taken.
    mentions (Literal["closest", "first"]): Which mentions to take for arguments that occur several
        times.
    report (Report): Counts.
    YIELDS (Doc): A Doc for each record; one that is not annotated has its triples unset.
    """
    for placed in records:
        # The tokenizer itself: `nlp.make_doc` refuses texts beyond `nlp.max_length`.
        doc = nlp.tokenizer(placed.record.text)
        if placed.record.triples is not None:
            triples, dropped = locate(placed.record, doc, mentions)
            set_triples(doc, triples)
            report.n_kept += len(triples)
            report.dropped.update(dropped)
        yield doc

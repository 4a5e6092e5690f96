"""Conversion of annotated files to Docs with gold triples.

The steps are streams: each takes what the one before it yields, and counts in the same report.
"""

from collections import Counter
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any, Callable, Iterable, Iterator, Literal, Optional, Sequence, get_args

import spacy
from spacy.language import Language
from spacy.tokens import Doc

from ..outputs import replacing
from ..schema import Schema, read_schema
from ..triples import TRIPLES_KEY, set_triples
from .conversion_report import ConversionLossError, ConversionReport
from .doc_files import check_docs_output, write_docs
from .files import ConversionError, spooled
from .format import LocatedRecord, read_located
from .inputs import Input, find_inputs
from .mentions import Mentions, find_triples
from .records import RawTriple
from .values import list_names

Violations = Literal["count", "drop", "fail"]
# Wraps an iterable and passes its elements on, as `tqdm.tqdm` does.
Progress = Callable[[Iterable[Any]], Iterable[Any]]


def convert(
    input_paths: Sequence[Path],
    output_path: Path,
    *,
    lang: str,
    format_name: Optional[str] = None,
    mentions: Mentions = "closest",
    max_loss: Optional[float] = None,
    strict: bool = False,
    schema_path: Optional[Path] = None,
    violations: Violations = "count",
    spans_key: str = TRIPLES_KEY,
    progress: Progress = iter,
) -> ConversionReport:
    """Convert annotated files to a corpus of Docs.

    input_paths (Sequence[Path]): Annotated files, and folders of such files; "-" is standard input.
    output_path (Path): The `.spacy` file to write, or with more than 20,000 records the folder. It
        replaces an earlier one.
    lang (str): The language of the texts, a code of spaCy's such as "zh": it sets the tokenizer.
    format_name (Optional[str]): The format of all files; detected file by file by default.
    mentions (Literal["closest", "first"]): The mentions to take for arguments without offsets and
        with several mentions: the subject and the object closest to each other, or the first ones.
    max_loss (Optional[float]): The largest share of lost triples, from 0 to 1, that is no error.
    strict (bool): Whether a malformed record is an error; counted and skipped by default.
    schema_path (Optional[Path]): A schema to check the triples against.
    violations (Literal["count", "drop", "fail"]): Whether triples that are not of the schema are
        kept and counted, dropped and counted, or an error.
    spans_key (str): The key of the triples in `doc.spans`, which the components read by their
        setting of that name.
    progress (Callable[[Iterable[Any]], Iterable[Any]]): Wraps the stream of records, as `tqdm.tqdm`
        does; none by default.
    RETURNS (ConversionReport): Counts of records and triples, losses by cause, the files.
    RAISES (ValueError): If the settings or the data do not allow a conversion. Nothing is written
        then. A `ConversionLossError` carries the report.
    RAISES (OSError): If a file does not exist.
    """
    if isinstance(input_paths, (str, Path)):
        raise ConversionError(f"convert takes a list of paths, not {str(input_paths)!r}.")
    output_path = Path(output_path)
    check_docs_output(output_path)
    schema = _read_schema(schema_path, violations)
    nlp = make_tokenizer_pipeline(lang)
    with replacing(output_path) as unfinished, ExitStack() as stack:
        files = [stack.enter_context(spooled(Path(path))) for path in input_paths]
        inputs, skipped = find_inputs(files, format_name)
        report = ConversionReport(inputs=inputs, skipped=skipped)
        records = read_inputs(inputs, report, strict)
        if schema is not None:
            records = check_schema(records, schema, violations, report)
        docs = make_docs(progress(records), nlp, mentions, report, spans_key)
        write_docs(docs, unfinished)
        _check_report(report, format_name, max_loss)
    return report


def make_tokenizer_pipeline(lang: str) -> Language:
    """Make the blank pipeline with the tokenizer of a language.

    lang (str): Its code, e.g. "zh" or "en".
    RETURNS (Language): The pipeline; for "zh", with the tokenizer of this package.
    RAISES (ConversionError): If spaCy has no such language, or a package that it needs is missing.
    """
    if lang == "zh":
        tokenizer = {"@tokenizers": "spacy-spo.ChineseTokenizer.v1"}
        return spacy.blank("zh", config={"nlp": {"tokenizer": tokenizer}})
    try:
        return spacy.blank(lang)
    except ImportError as error:
        raise ConversionError(
            f"There is no tokenizer for the language {lang!r}. The languages are the codes of "
            f"spaCy, e.g. zh, en or de, and xx for any other language. ({error})"
        ) from error


def read_inputs(
    inputs: Iterable[Input], report: ConversionReport, strict: bool = False
) -> Iterator[LocatedRecord]:
    """Read and count the records of files.

    inputs (Iterable[Input]): The files.
    report (ConversionReport): Counts.
    strict (bool): Whether a malformed record is an error.
    YIELDS (LocatedRecord): The records that are not malformed.
    RAISES (ConversionError): If a file, or with `strict` a record, cannot be parsed.
    """
    for path, data_format in inputs:
        for item in read_located(path, data_format):
            if isinstance(item, LocatedRecord):
                report.add(item)
                yield item
            elif strict:
                raise ConversionError(f"{item} (format: {data_format.name})")
            else:
                report.add_malformed(item)


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


def make_docs(
    records: Iterable[LocatedRecord],
    nlp: Language,
    mentions: Mentions,
    report: ConversionReport,
    spans_key: str = TRIPLES_KEY,
) -> Iterator[Doc]:
    """Convert records to Docs, and count their triples.

    records (Iterable[LocatedRecord]): The records.
    nlp (Language): The pipeline with the tokenizer.
    mentions (Literal["closest", "first"]): The mentions to take for arguments without offsets and
        with several mentions.
    report (ConversionReport): Counts.
    spans_key (str): The key of the triples in `doc.spans`.
    YIELDS (Doc): A Doc for each record, with gold triples unless the record is unannotated.
    """
    for located in records:
        # The tokenizer itself: `nlp.make_doc` refuses texts beyond `nlp.max_length`.
        doc = nlp.tokenizer(located.record.text)
        if located.record.triples is not None:
            triples, dropped = find_triples(located.record, doc, mentions)
            set_triples(doc, triples, spans_key)
            report.n_kept += len(triples)
            report.dropped.update(dropped)
        yield doc


def _read_schema(path: Optional[Path], violations: Violations) -> Optional[Schema]:
    if violations not in get_args(Violations):
        raise ConversionError(f"'violations' is one of {get_args(Violations)}, not {violations!r}.")
    if path is not None:
        return Schema(read_schema(path))
    if violations != "count":
        raise ConversionError(
            f"--violations {violations} needs --schema (in Python: schema_path), a file to check "
            "the triples against."
        )
    return None


def _check_report(
    report: ConversionReport, format_name: Optional[str], max_loss: Optional[float]
) -> None:
    if not report.n_docs:
        names = "\n".join(f"  {path} (as {known.name})" for path, known in report.inputs)
        hint = "If the format is another one, name it with --format (in Python: format_name)."
        message = f"There is no record that can be read in:\n{names}"
        raise ConversionLossError(message if format_name else f"{message}\n{hint}", report)
    share = report.n_lost / max(report.n_triples, 1)
    if max_loss is not None and share > max_loss:
        raise ConversionLossError(
            f"{report.n_lost:,} of {report.n_triples:,} triples are lost: {share:.2%}, more than "
            f"the maximum of {max_loss:.2%}. The counts by cause are in the report.",
            report,
        )

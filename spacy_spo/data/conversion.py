"""Conversion of annotated files to Docs with gold triples.

The steps are streams: each takes what the one before it yields, and counts in the same report.
"""

from contextlib import ExitStack
from pathlib import Path
from typing import (
    Any,
    Callable,
    Iterable,
    Iterator,
    Mapping,
    Optional,
    Sequence,
    get_args,
)

import spacy
from spacy.language import Language
from spacy.tokens import Doc

from ..outputs import replacing
from ..provenance import set_provenance
from ..schema import Schema, read_schema
from ..triples import TRIPLES_KEY, set_triples
from .conversion_report import ConversionLossError, ConversionReport
from .doc_files import check_docs_output, write_docs
from .files import ConversionError, spooled
from .format import (
    COLUMNS,
    PREDICATE,
    TEXT_KEY,
    LocatedRecord,
)
from .inputs import find_inputs
from .mentions import Mentions, find_triples
from .offsets import Units
from .record_streams import Empty, Violations, check_schema, read_inputs

# Wraps an iterable and passes its elements on, as `tqdm.tqdm` does.
Progress = Callable[[Iterable[Any]], Iterable[Any]]

# How many lost triples the report lists by default, for errors.
N_LOST = 3
# Without a maximum of the user's, more than this share of malformed records or lost triples is an
# error: the format is probably another one.
DEFAULT_MAX_LOSS = 0.5


def convert(
    input_paths: Sequence[Path],
    output_path: Path,
    *,
    lang: str,
    format_name: Optional[str] = None,
    exclude: Sequence[str] = (),
    columns: Optional[Mapping[str, str]] = None,
    text_key: str = "",
    predicate: str = "",
    mentions: Mentions = "closest",
    offsets: Optional[Units] = None,
    empty: Optional[Empty] = None,
    max_loss: Optional[float] = None,
    show_lost: int = 0,
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
    exclude (Sequence[str]): Patterns of files and folders in folders that are not read, by name or
        path, such as "test".
    columns (Optional[Mapping[str, str]]): Names of columns of a table, or keys of a record, by
        what is in them, e.g. {"text": "Satz", "subject": "von"}.
    text_key (str): The key of the text in tasks of Label Studio; found by default.
    predicate (str): The predicate of relations that have no label; they are lost by default.
    mentions (Literal["closest", "first"]): The mentions to take for arguments without offsets and
        with several mentions: the subject and the object closest to each other, or the first ones.
    offsets (Optional[Literal["characters", "utf16"]]): What offsets count where the data do not
        state the text of the argument; decided by evidence by default.
    empty (Optional[Literal["negative", "unannotated"]]): Whether texts with empty annotations state
        no triples, or are not annotated. By default they are not annotated in formats of tools that
        export untouched texts so, and state no triples in all others.
    max_loss (Optional[float]): The largest share of lost triples, from 0 to 1, that is no error. By
        default, an error is more than half of the triples or of the records.
    show_lost (int): How many lost triples the report lists; the first three by default.
    strict (bool): Whether a malformed record or relation is an error; counted and skipped by
        default.
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
    check_choice("offsets", offsets, Units)
    check_choice("empty", empty, Empty)
    if max_loss is not None and not 0 <= max_loss <= 1:
        raise ConversionError(f"'max_loss' is a share from 0 to 1, not {max_loss!r}.")
    options = {COLUMNS: columns, TEXT_KEY: text_key, PREDICATE: predicate}
    schema = _read_schema(schema_path, violations)
    nlp = make_tokenizer_pipeline(lang)
    with replacing(output_path) as unfinished, ExitStack() as stack:
        files = [stack.enter_context(spooled(Path(path))) for path in input_paths]
        given = {name: value for name, value in options.items() if value}
        inputs, skipped = find_inputs(files, format_name, exclude=exclude, options=given)
        report = ConversionReport(inputs=inputs, skipped=skipped, max_shown=show_lost or N_LOST)
        records = read_inputs(inputs, report, strict=strict, offsets=offsets, empty=empty)
        if schema is not None:
            records = check_schema(records, schema, violations, report)
        docs = make_docs(progress(records), nlp, mentions, report, spans_key)
        write_docs(docs, unfinished)
        _check_report(report, format_name, max_loss)
    return report


def check_choice(name: str, value: Optional[str], choices: Any) -> None:
    """Check a setting that is one of several words.

    name (str): Its name.
    value (Optional[str]): Its value; None is the default.
    choices (Any): A `Literal` of the words.
    RAISES (ConversionError): If it is another word.
    """
    if value is not None and value not in get_args(choices):
        raise ConversionError(f"{name!r} is one of {get_args(choices)}, not {value!r}.")


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
    YIELDS (Doc): A Doc for each record, with gold triples unless the record is unannotated, or all
        of its triples are lost.
    """
    for located in records:
        # The tokenizer itself: `nlp.make_doc` refuses texts beyond `nlp.max_length`.
        doc = nlp.tokenizer(located.record.text)
        set_provenance(doc, located.record.id, located.record.meta)
        if located.record.triples is not None:
            found = find_triples(located.record, doc, mentions)
            report.add_found(located, found)
            # Without those that are lost, it would teach that nothing is stated.
            if not found.triples and (located.record.lost or found.lost):
                report.add_all_lost()
            else:
                set_triples(doc, found.triples, spans_key)
        yield doc


def _read_schema(path: Optional[Path], violations: Violations) -> Optional[Schema]:
    check_choice("violations", violations, Violations)
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
        names = "\n".join(f"  {path} (as {known.name})" for path, known, _ in report.inputs)
        hint = "If the format is another one, name it with --format (in Python: format_name)."
        message = f"There is no record that can be read in:\n{names}"
        raise ConversionLossError(message if format_name else f"{message}\n{hint}", report)
    if max_loss is None:
        _check_malformed(report)
    _check_lost(report, DEFAULT_MAX_LOSS if max_loss is None else max_loss)


def _check_malformed(report: ConversionReport) -> None:
    if report.n_malformed > DEFAULT_MAX_LOSS * (report.n_docs + report.n_malformed):
        raise ConversionLossError(
            f"{report.n_malformed:,} records are malformed, and only {report.n_docs:,} are not: "
            f"the format may be another one.{_name_runners_up(report)} To convert the rest, set "
            "--max-loss (in Python: max_loss).",
            report,
        )


def _check_lost(report: ConversionReport, limit: float) -> None:
    if report.share_lost > limit:
        n_lost = report.n_lost + report.n_malformed_triples
        n_triples = report.n_triples + report.n_malformed_triples
        raise ConversionLossError(
            f"{n_lost:,} of {n_triples:,} triples are lost: {report.share_lost:.2%}, more than the "
            f"maximum of {limit:.2%}.{_name_runners_up(report)} The counts by cause are in the "
            "report; --show-lost (in Python: show_lost) lists more lost triples than the first "
            f"{len(report.first_lost)}, --max-loss (max_loss) sets the maximum.",
            report,
        )


def _name_runners_up(report: ConversionReport) -> str:
    trials = {str(trial): None for _, _, trial in report.inputs[:10] if trial is not None}
    return f" The next best format is {'; '.join(trials)}." if trials else ""

"""`spacy spo convert`: annotated data in, Docs with gold triples out."""

from collections import Counter
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Dict, List, Optional, Sequence

from ..data.files import ConversionError
from ..data.formats import find_builtin_formats
from ..triples import TRIPLES_KEY
from .compat_spacy import Arg, Opt
from .options import SPANS_KEY_HELP, require_inputs
from .printing import msg, print_counts, show_progress
from .process import writing

if TYPE_CHECKING:
    from ..data.conversion_report import ConversionReport

_INPUT = (
    "Annotated files, and folders of such files; their formats may differ; - for standard input"
)
_OUTPUT = "The .spacy file to write; with many records, a folder of that name"
_LANG = "Language of the texts, e.g. zh or en; sets the tokenizer"
_FORMAT = (
    f"One of {', '.join(known.name for known in find_builtin_formats())}, or a format of another "
    "package; detected by default, file by file"
)
_MENTIONS = "Mentions of arguments without offsets: the closest pair, or the first ones"
_MAX_LOSS = (
    "Largest share of lost triples; fail at a larger one, and write nothing. By default, fail if "
    "more than half of the triples are lost, or of the records malformed"
)
_STRICT = "Fail at the first malformed record or relation, and write nothing"
_EXCLUDE = "Pattern of files and folders in folders that are not read, e.g. test; may be repeated"
_COLUMNS = (
    "Columns of a table, or keys of records of one triple: text, subject, predicate, object, id "
    "and others, e.g. text=sentence,subject=from"
)
_TEXT_KEY = "Key of the text in the data of tasks of Label Studio; found by default"
_PREDICATE = "Predicate of relations without label; they are lost by default"
_OFFSETS = (
    "What offsets count where the data do not state the texts of arguments; by default, what fits "
    "the texts"
)
_EMPTY = (
    "Whether texts with empty annotations state no triples, or are not annotated; by default not "
    "annotated in formats of tools that export untouched texts so"
)
_SHOW_LOST = "Number of lost triples to print, with file, line and cause"
_SCHEMA = "Schema to check the triples against: JSONL of this package, of DuIE 1.0 or of DuIE 2.0"
_VIOLATIONS = "Count triples against the schema, drop them, or fail"


# How many files are named.
N_SHOWN = 10


class MentionChoice(str, Enum):
    """Choices of `--mentions`."""

    closest = "closest"
    first = "first"


class ViolationChoice(Enum):
    """Choices of `--violations`."""

    count = "count"
    drop = "drop"
    fail = "fail"


class OffsetsChoice(Enum):
    """Choices of `--offsets`."""

    characters = "characters"
    utf16 = "utf16"


class EmptyChoice(Enum):
    """Choices of `--empty`."""

    negative = "negative"
    unannotated = "unannotated"


def convert_cli(
    input_paths: Annotated[List[Path], Arg(callback=require_inputs, help=_INPUT)],
    output_path: Annotated[Path, Arg(help=_OUTPUT)],
    lang: Annotated[str, Opt("--lang", "-l", help=_LANG)],
    format_name: Annotated[Optional[str], Opt("--format", "-f", help=_FORMAT)] = None,
    exclude: Annotated[Optional[List[str]], Opt("--exclude", help=_EXCLUDE)] = None,
    columns: Annotated[Optional[str], Opt("--columns", help=_COLUMNS)] = None,
    text_key: Annotated[str, Opt("--text-key", help=_TEXT_KEY)] = "",
    predicate: Annotated[str, Opt("--predicate", help=_PREDICATE)] = "",
    mentions: Annotated[
        MentionChoice, Opt("--mentions", "-m", help=_MENTIONS)
    ] = MentionChoice.closest,
    offsets: Annotated[Optional[OffsetsChoice], Opt("--offsets", help=_OFFSETS)] = None,
    empty: Annotated[Optional[EmptyChoice], Opt("--empty", help=_EMPTY)] = None,
    max_loss: Annotated[Optional[float], Opt(min=0.0, max=1.0, help=_MAX_LOSS)] = None,
    show_lost: Annotated[int, Opt("--show-lost", min=0, help=_SHOW_LOST)] = 0,
    strict: Annotated[bool, Opt("--strict", help=_STRICT)] = False,
    schema_path: Annotated[
        Optional[Path], Opt("--schema", exists=True, dir_okay=False, help=_SCHEMA)
    ] = None,
    violations: Annotated[
        ViolationChoice, Opt("--violations", help=_VIOLATIONS)
    ] = ViolationChoice.count,
    spans_key: Annotated[str, Opt("--spans-key", help=SPANS_KEY_HELP)] = TRIPLES_KEY,
) -> None:
    """Convert annotated data into Docs with gold triples, for training and evaluation.

    Triples that are malformed, or with an argument that is not in the text, are lost, and counted
    by cause.
    """
    from ..data.conversion import convert
    from ..data.conversion_report import ConversionLossError

    with writing("Nothing was written", output_path, kind="any"):
        try:
            report = convert(
                input_paths,
                output_path,
                lang=lang,
                format_name=format_name,
                exclude=exclude or [],
                columns=parse_columns(columns) if columns else None,
                text_key=text_key,
                predicate=predicate,
                mentions=mentions.value,
                offsets=offsets.value if offsets else None,
                empty=empty.value if empty else None,
                max_loss=max_loss,
                show_lost=show_lost,
                strict=strict,
                schema_path=schema_path,
                violations=violations.value,
                spans_key=spans_key,
                progress=show_progress("records"),
            )
        except ConversionLossError as error:
            _print_report(error.report, shows_lost=True)
            raise
    _print_report(report, shows_lost=bool(show_lost))
    msg.good(f"Wrote {report.n_docs} Docs: {output_path}")


def parse_columns(text: str) -> Dict[str, str]:
    """Parse the value of `--columns`.

    text (str): Roles and names of columns, as in "text=sentence,subject=from".
    RETURNS (Dict[str, str]): Names of columns by role.
    RAISES (ConversionError): If it is something else.
    """
    pairs = [pair.partition("=") for pair in text.split(",")]
    if not all(role.strip() and name.strip() for role, _, name in pairs):
        raise ConversionError(f"--columns is like text=sentence,subject=from, not {text!r}.")
    return {role.strip(): name.strip() for role, _, name in pairs}


def _print_report(report: "ConversionReport", shows_lost: bool) -> None:
    _print_inputs(report)
    print_counts(report.rows)
    if report.n_untouched:
        msg.warn(
            f"Texts with empty annotations, taken as not annotated: {report.n_untouched:,}. If "
            "they state no triples, set --empty negative."
        )
    if report.n_docs and report.n_unannotated == report.n_docs:
        msg.warn(
            "None of the records is annotated. If they should be, another --format may be correct."
        )
    elif report.n_docs and not report.n_triples:
        msg.warn("None of the annotated records states a triple.")
    if report.n_all_lost:
        msg.warn(
            f"Texts with triples that are all lost, taken as not annotated: {report.n_all_lost:,}. "
            "--show-lost lists lost triples."
        )
    repeats = report.repeats
    _print_first("Malformed records, left out", report.first_malformed, report.n_malformed)
    _print_first("Lost triples", report.first_lost, report.n_lost if shows_lost else 0)
    _print_first(
        "Repeated texts with different triples", repeats.first_conflicts, repeats.n_conflicting
    )


def _print_inputs(report: "ConversionReport") -> None:
    names = Counter(known.name for _, known, _ in report.inputs)
    msg.info(f"Format: {', '.join(names)}")
    for path, known, runner_up in report.inputs[:N_SHOWN]:
        if runner_up is not None:
            msg.lines(f"{path}: {known.name}; next best: {runner_up}")
    _print_first("Not read", report.skipped[:N_SHOWN], len(report.skipped))


def _print_first(title: str, first: Sequence[object], count: int) -> None:
    if count:
        msg.warn(f"{title}: {count:,}")
        msg.lines("\n".join(map(str, first)))
    if count > len(first):
        msg.lines(f"... and {count - len(first):,} more")

"""`spacy spo convert`: annotated data in, Docs with gold triples out."""

from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, List, Optional, Sequence

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
_MAX_LOSS = "Largest share of lost triples; fail at a larger one, and write nothing"
_STRICT = "Fail at the first malformed record, and write nothing"
_SCHEMA = "Schema to check the triples against: JSONL of this package, of DuIE 1.0 or of DuIE 2.0"
_VIOLATIONS = "Count triples against the schema, drop them, or fail"


class MentionChoice(str, Enum):
    """Choices of `--mentions`."""

    closest = "closest"
    first = "first"


class ViolationChoice(Enum):
    """Choices of `--violations`."""

    count = "count"
    drop = "drop"
    fail = "fail"


def convert_cli(
    input_paths: Annotated[List[Path], Arg(callback=require_inputs, help=_INPUT)],
    output_path: Annotated[Path, Arg(help=_OUTPUT)],
    lang: Annotated[str, Opt("--lang", "-l", help=_LANG)],
    format_name: Annotated[Optional[str], Opt("--format", "-f", help=_FORMAT)] = None,
    mentions: Annotated[
        MentionChoice, Opt("--mentions", "-m", help=_MENTIONS)
    ] = MentionChoice.closest,
    max_loss: Annotated[Optional[float], Opt(min=0.0, max=1.0, help=_MAX_LOSS)] = None,
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

    Triples with an argument that is not in the text are dropped, and counted by cause.
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
                mentions=mentions.value,
                max_loss=max_loss,
                strict=strict,
                schema_path=schema_path,
                violations=violations.value,
                spans_key=spans_key,
                progress=show_progress("records"),
            )
        except ConversionLossError as error:
            _print_report(error.report)
            raise
    _print_report(report)
    msg.good(f"Wrote {report.n_docs} Docs: {output_path}")


def _print_report(report: "ConversionReport") -> None:
    names = dict.fromkeys(known.name for _, known in report.inputs)
    msg.info(f"Format: {', '.join(names)}")
    if report.skipped:
        skipped = ", ".join(path.name for path in report.skipped)
        msg.warn(f"Not read, since not of a format: {skipped}")
    print_counts(report.rows)
    if report.n_docs and report.n_unannotated == report.n_docs:
        msg.warn(
            "None of the records is annotated. If they should be, another --format may be correct."
        )
    repeats = report.repeats
    _print_first("Malformed records, left out", report.first_malformed, report.n_malformed)
    _print_first(
        "Repeated texts with different triples", repeats.first_conflicts, repeats.n_conflicting
    )


def _print_first(title: str, first: Sequence[object], count: int) -> None:
    if count:
        msg.warn(f"{title}: {count:,}")
        msg.lines("\n".join(map(str, first)))
    if count > len(first):
        msg.lines(f"... and {count - len(first):,} more")

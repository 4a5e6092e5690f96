"""`spacy spo convert`: annotated data in, Docs with gold triples out."""

import re
from enum import Enum
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Iterable, List, Optional, Sequence

from spacy.cli._util import Arg, Opt
from wasabi import msg

from ..data.files import replacing
from ..data.formats import FORMATS, ConversionError
from .errors import exit_on_error

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc

    from ..data.conversion_report import Report
    from ..data.inputs import Input
    from ..schema import Schema

# One file holds up to this many Docs; more are written as a folder of such files.
DOCS_PER_FILE = 20_000
_SHARD_NAME = re.compile(r"\d{5,}\.spacy")
_INPUT = "Files of annotated data, and folders of such files; their formats may differ"
_OUTPUT = "The .spacy file to write, or the folder of that name if there are many records"
_LANG = "Language of the texts, e.g. zh or en: it chooses the tokenizer"
_FORMAT = (
    f"One of {', '.join(f.name for f in FORMATS)}; recognised by default, file by file, from the "
    "content or the suffix"
)
_MENTIONS = "Of arguments that occur several times, take the closest mentions or the first ones"
_MAX_LOSS = "Fail, and write nothing, if a larger share of the triples is lost"
_STRICT = "Fail, and write nothing, at the first malformed record"
_SCHEMA = "Schema to check the triples against: JSONL of this project, of DuIE 1.0 or of DuIE 2.0"
_VIOLATIONS = "What to do with triples against the schema: count them, drop them, or fail"


class MentionChoice(str, Enum):
    closest = "closest"
    first = "first"


class ViolationChoice(Enum):
    count = "count"
    drop = "drop"
    fail = "fail"


def convert_cli(
    input_paths: Annotated[List[Path], Arg(exists=True, help=_INPUT)],
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
) -> None:
    """Convert annotated data into Docs with gold triples, for training and evaluation.

    Triples whose arguments are not found in the text are dropped, and counted by cause.
    """
    with exit_on_error("Nothing was written"):
        convert(
            input_paths,
            output_path,
            lang=lang,
            format_name=format_name,
            mentions=mentions,
            max_loss=max_loss,
            strict=strict,
            schema_path=schema_path,
            violations=violations,
        )


def convert(
    input_paths: Sequence[Path],
    output_path: Path,
    *,
    lang: str,
    format_name: Optional[str] = None,
    mentions: MentionChoice = MentionChoice.closest,
    max_loss: Optional[float] = None,
    strict: bool = False,
    schema_path: Optional[Path] = None,
    violations: ViolationChoice = ViolationChoice.count,
) -> "Report":
    """Convert files into one corpus, and print what became of the data.

    input_paths (Sequence[Path]): Files of annotated data, and folders of such files.
    output_path (Path): The `.spacy` file or folder to write. It replaces what is there.
    lang (str): The language of the texts.
    format_name (Optional[str]): The format of all files; recognised file by file by default.
    mentions (MentionChoice): Which mentions to take for arguments that occur several times.
    max_loss (Optional[float]): The largest share of the triples that may be lost.
    strict (bool): Whether a malformed record is an error.
    schema_path (Optional[Path]): A schema to check the triples against.
    violations (ViolationChoice): What to do with triples that are not of the schema.
    RETURNS (Report): What became of the data.
    RAISES (ValueError): If the settings or the data do not allow it. Nothing is written then.
    """
    from tqdm import tqdm

    from ..data.conversion import check_schema, make_docs, read_inputs
    from ..data.conversion_report import Report

    _check_output(output_path)
    schema = _read_schema(schema_path, violations)
    nlp = make_tokenizer_pipeline(lang)
    inputs = _find_inputs(input_paths, format_name)
    report = Report()
    records = read_inputs(inputs, report, strict)
    if schema is not None:
        records = check_schema(records, schema, violations.value, report)
    with replacing(output_path) as unfinished:
        # Progress goes to stderr; `disable=None` says: not if that is no terminal.
        progress = tqdm(records, unit=" records", disable=None)
        docs = make_docs(progress, nlp, mentions.value, report)
        write_docs(docs, unfinished)
        _print_report(report)
        _check_report(report, inputs, format_name, max_loss)
    msg.good(f"Wrote {report.n_docs} Docs: {output_path}")
    return report


def make_tokenizer_pipeline(lang: str) -> "Language":
    """Make the blank pipeline that tokenizes the texts of a language.

    lang (str): Its code, e.g. "zh" or "en".
    RETURNS (Language): The pipeline; for "zh", with this package's tokenizer.
    RAISES (ConversionError): If spaCy has no such language, or a package that it needs is missing.
    """
    import spacy

    if lang == "zh":
        tokenizer = {"@tokenizers": "spacy-spo.ChineseTokenizer.v1"}
        return spacy.blank("zh", config={"nlp": {"tokenizer": tokenizer}})
    try:
        return spacy.blank(lang)
    except ImportError as error:
        raise ConversionError(
            f"There is no tokenizer for the language {lang!r}. --lang takes the language codes of "
            f"spaCy, e.g. zh, en or de, and xx for any other language. ({error})"
        ) from error


def write_docs(docs: Iterable["Doc"], output: Path, docs_per_file: int = DOCS_PER_FILE) -> None:
    """Write a stream of Docs for `spacy.Corpus`, holding one file's worth of them in memory.

    docs (Iterable[Doc]): The Docs.
    output (Path): The file to write; a folder of numbered files if one file cannot hold them.
    docs_per_file (int): How many Docs one file holds.
    """
    from spacy.tokens import DocBin

    stream = iter(docs)
    first = DocBin(docs=islice(stream, docs_per_file))
    following = next(stream, None)
    if following is None:
        first.to_disk(output)
        return
    output.mkdir()
    first.to_disk(output / _shard_name(0))
    number = 1
    while following is not None:
        rest = islice(stream, docs_per_file - 1)
        DocBin(docs=chain([following], rest)).to_disk(output / _shard_name(number))
        following = next(stream, None)
        number += 1


def _shard_name(number: int) -> str:
    return f"{number:05}.spacy"


def _check_output(path: Path) -> None:
    if path.suffix != ".spacy":
        raise ConversionError(f"OUTPUT must end in .spacy for spaCy to read it, unlike {path}.")
    # Whatever is there will be replaced, so it must be of an earlier run.
    there = list(path.iterdir()) if path.is_dir() else []
    foreign = [p for p in there if not _SHARD_NAME.fullmatch(p.name)]
    if foreign:
        raise ConversionError(
            f"OUTPUT {path} is a folder with something else in it ({foreign[0].name}), and would "
            "be replaced. Name a .spacy file that does not exist yet."
        )


def _read_schema(path: Optional[Path], violations: ViolationChoice) -> Optional["Schema"]:
    from ..schema import Schema, read_schema

    if path is not None:
        return Schema(read_schema(path))
    if violations is not ViolationChoice.count:
        raise ConversionError(
            f"--violations {violations.value} needs --schema: a file to check the triples against."
        )
    return None


def _find_inputs(paths: Sequence[Path], format_name: Optional[str]) -> List["Input"]:
    from ..data.inputs import find_inputs

    inputs, unread = find_inputs(paths, format_name)
    names = dict.fromkeys(data_format.name for _, data_format in inputs)
    msg.info(f"Format: {', '.join(names)}")
    if unread:
        msg.warn(f"Not read, since not of a format: {', '.join(path.name for path in unread)}")
    return inputs


def _print_report(report: "Report") -> None:
    rows = [(name, f"{count:,}") for name, count in report.rows]
    msg.table(rows, aligns=("l", "r"), max_col=40)
    if report.n_docs and report.n_unannotated == report.n_docs:
        msg.warn("None of the records is annotated. If they should be, --format may be wrong.")
    repeats = report.repeats
    _print_first("Malformed records, left out", report.first_broken, report.n_broken)
    _print_first(
        "Repeated texts with different triples", repeats.first_conflicts, repeats.n_conflicting
    )


def _print_first(what: str, first: Sequence[object], count: int) -> None:
    if count:
        msg.warn(f"{what}: {count:,}")
        print(*first, sep="\n")
    if count > len(first):
        print(f"... and {count - len(first):,} more")


def _check_report(
    report: "Report",
    inputs: Sequence["Input"],
    format_name: Optional[str],
    max_loss: Optional[float],
) -> None:
    if not report.n_docs:
        names = "\n".join(f"  {path} (as {data_format.name})" for path, data_format in inputs)
        hint = "" if format_name else "\nIf the format is another one, name it with --format."
        raise ConversionError(f"There is no record that can be read in:\n{names}{hint}")
    share = report.n_lost / max(report.n_triples, 1)
    if max_loss is not None and share > max_loss:
        raise ConversionError(
            f"{report.n_lost:,} of {report.n_triples:,} triples are lost: {share:.2%}, more than "
            f"--max-loss {max_loss} allows. The table above has the causes."
        )

"""`spacy spo convert`: annotated data in, Docs with gold triples out."""

import os
import re
import shutil
from collections import Counter
from dataclasses import dataclass, field
from enum import Enum
from itertools import chain, islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Iterable, Iterator, List, Optional, Sequence, Union

import typer
from spacy.cli._util import Arg, Opt
from wasabi import msg

from ..formats import (
    FORMATS,
    BrokenRecord,
    ConversionError,
    Record,
    detect,
    get_format,
    read_records,
)

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc

# One file holds up to this many Docs; more are written as a folder of such files.
DOCS_PER_FILE = 20_000
_SHARD_NAME = re.compile(r"\d{5,}\.spacy")
_N_SHOWN = 10
_INPUT = "A JSONL or JSON file, or a folder of such files of one format"
_OUTPUT = "The .spacy file to write, or the folder of that name if there are many records"
_LANG = "Language of the texts, e.g. zh or en: it chooses the tokenizer"
_FORMAT = f"One of {', '.join(f.name for f in FORMATS)}; recognised from the content by default"
_MENTIONS = "Of arguments that occur several times, take the closest mentions or the first ones"
_MAX_LOSS = "Fail, and write nothing, if a larger share of the triples is lost"
_STRICT = "Fail, and write nothing, at the first malformed record"


class MentionChoice(str, Enum):
    closest = "closest"
    first = "first"


@dataclass
class Report:
    """What became of the data: how many records and triples there were, and what was dropped."""

    n_docs: int = 0
    n_unannotated: int = 0
    n_triples: int = 0
    n_kept: int = 0
    dropped: Counter[str] = field(default_factory=Counter)
    n_broken: int = 0
    first_broken: List[BrokenRecord] = field(default_factory=list)

    def add_broken(self, broken: BrokenRecord) -> None:
        self.n_broken += 1
        if len(self.first_broken) < _N_SHOWN:
            self.first_broken.append(broken)

    @property
    def n_lost(self) -> int:
        """RETURNS (int): Triples that could not be located; duplicates are no loss."""
        from ..formats.locate import LOSSES

        return sum(self.dropped[cause] for cause in LOSSES)


def convert_cli(
    input_path: Annotated[Path, Arg(exists=True, help=_INPUT)],
    output_path: Annotated[Path, Arg(help=_OUTPUT)],
    lang: Annotated[str, Opt("--lang", "-l", help=_LANG)],
    format_name: Annotated[Optional[str], Opt("--format", "-f", help=_FORMAT)] = None,
    mentions: Annotated[
        MentionChoice, Opt("--mentions", "-m", help=_MENTIONS)
    ] = MentionChoice.closest,
    max_loss: Annotated[Optional[float], Opt(min=0.0, max=1.0, help=_MAX_LOSS)] = None,
    strict: Annotated[bool, Opt("--strict", help=_STRICT)] = False,
) -> None:
    """Convert annotated data into Docs with gold triples, for training and evaluation.

    Triples whose arguments are not found in the text are dropped, and counted by cause.
    """
    try:
        convert(
            input_path,
            output_path,
            lang=lang,
            format_name=format_name,
            mentions=mentions,
            max_loss=max_loss,
            strict=strict,
        )
    except ConversionError as error:
        msg.fail("Nothing was written")
        # As it is: wasabi would wrap the lines of lists and of file names.
        print(error)
        raise typer.Exit(1) from error


def convert(
    input_path: Path,
    output_path: Path,
    *,
    lang: str,
    format_name: Optional[str] = None,
    mentions: MentionChoice = MentionChoice.closest,
    max_loss: Optional[float] = None,
    strict: bool = False,
) -> Report:
    """Convert a file, or the files of a folder, and print what became of the data.

    input_path (Path): A JSONL or JSON file, or a folder of such files of one format.
    output_path (Path): The `.spacy` file or folder to write. It replaces what is there.
    lang (str): The language of the texts.
    format_name (Optional[str]): The format; recognised from the first file by default.
    mentions (MentionChoice): Which mentions to take for arguments that occur several times.
    max_loss (Optional[float]): The largest share of the triples that may be lost.
    strict (bool): Whether a malformed record is an error.
    RETURNS (Report): What became of the data.
    RAISES (ConversionError): If the settings or the data do not allow it. Nothing is written then.
    """
    _check_output(output_path)
    paths = _input_files(input_path)
    data_format = get_format(format_name) if format_name else detect(paths[0])
    nlp = make_tokenizer_pipeline(lang)
    msg.info(f"Format: {data_format.name}")
    report = Report()
    records = chain.from_iterable(read_records(path, data_format) for path in paths)
    output_path.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=output_path.parent) as scratch:
        docs = _make_docs(_good_records(records, report, strict), nlp, mentions, report)
        written = write_docs(docs, Path(scratch) / output_path.name)
        _print_report(report)
        _check_report(report, input_path, max_loss)
        _replace(output_path, written)
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


def write_docs(docs: Iterable["Doc"], output: Path, docs_per_file: int = DOCS_PER_FILE) -> Path:
    """Write a stream of Docs for `spacy.Corpus`, holding one file's worth of them in memory.

    docs (Iterable[Doc]): The Docs.
    output (Path): The file to write; a folder of numbered files if one file cannot hold them.
    docs_per_file (int): How many Docs one file holds.
    RETURNS (Path): The file or folder.
    """
    from spacy.tokens import DocBin

    stream = iter(docs)
    first = DocBin(docs=islice(stream, docs_per_file))
    following = next(stream, None)
    if following is None:
        first.to_disk(output)
        return output
    output.mkdir()
    first.to_disk(output / _shard_name(0))
    number = 1
    while following is not None:
        rest = islice(stream, docs_per_file - 1)
        DocBin(docs=chain([following], rest)).to_disk(output / _shard_name(number))
        following = next(stream, None)
        number += 1
    return output


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


def _input_files(path: Path) -> Sequence[Path]:
    if not path.is_dir():
        return [path]
    files = sorted(p for p in path.iterdir() if p.is_file() and not p.name.startswith("."))
    data = [p for p in files if p.suffix in (".json", ".jsonl")]
    if not data:
        raise ConversionError(f"The folder {path} has no .json or .jsonl files.")
    if len(data) < len(files):
        skipped = ", ".join(p.name for p in files if p not in data)
        msg.warn(f"Not read, since not .json or .jsonl: {skipped}")
    return data


def _good_records(
    records: Iterable[Union[Record, BrokenRecord]], report: Report, strict: bool
) -> Iterator[Record]:
    for record in records:
        if isinstance(record, Record):
            yield record
        elif strict:
            raise ConversionError(str(record))
        else:
            report.add_broken(record)


def _make_docs(
    records: Iterable[Record], nlp: "Language", mentions: MentionChoice, report: Report
) -> Iterator["Doc"]:
    from tqdm import tqdm

    from ..formats.locate import locate
    from ..triples import set_triples

    # Progress goes to stderr; `disable=None` says: not if that is no terminal.
    for record in tqdm(records, unit=" records", disable=None):
        # The tokenizer itself: `nlp.make_doc` refuses texts beyond `nlp.max_length`.
        doc = nlp.tokenizer(record.text)
        report.n_docs += 1
        if record.triples is None:
            report.n_unannotated += 1
        else:
            triples, dropped = locate(record, doc, mentions.value)
            set_triples(doc, triples)
            report.n_triples += len(record.triples)
            report.n_kept += len(triples)
            report.dropped.update(dropped)
        yield doc


def _print_report(report: Report) -> None:
    from ..formats.locate import DUPLICATE, LOSSES

    rows = [
        ("Records", report.n_docs + report.n_broken),
        ("  malformed", report.n_broken),
        ("  without annotation", report.n_unannotated),
        ("Triples", report.n_triples),
        ("  kept", report.n_kept),
        ("  duplicates", report.dropped[DUPLICATE]),
        ("  lost", report.n_lost),
        *((f"    {cause}", report.dropped[cause]) for cause in LOSSES),
    ]
    msg.table([(name, f"{count:,}") for name, count in rows], aligns=("l", "r"), max_col=40)
    if report.n_docs and report.n_unannotated == report.n_docs:
        msg.warn("None of the records is annotated. If they should be, --format may be wrong.")
    if report.n_broken:
        msg.warn(f"Malformed records, left out: {report.n_broken:,}")
        print(*report.first_broken, sep="\n")
        if report.n_broken > len(report.first_broken):
            print(f"... and {report.n_broken - len(report.first_broken):,} more")


def _check_report(report: Report, input_path: Path, max_loss: Optional[float]) -> None:
    if not report.n_docs:
        raise ConversionError(f"There is no record that can be read in {input_path}.")
    share = report.n_lost / max(report.n_triples, 1)
    if max_loss is not None and share > max_loss:
        raise ConversionError(
            f"{report.n_lost:,} of {report.n_triples:,} triples are lost: {share:.2%}, more than "
            f"--max-loss {max_loss} allows. The table above has the causes."
        )


def _replace(path: Path, new: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
    os.replace(new, path)

"""Printing of the commands, errors included."""

import os
import sys
from contextlib import contextmanager
from functools import partial
from typing import Any, Callable, Iterable, Iterator, List, Optional, Sequence, Tuple

import click
import typer
from wasabi import Printer
from wasabi.util import ICONS, supports_ansi

from ..control_characters import escape_controls
from ..visualize.tables import Table

_MAX_WIDTH = 60


class Messages:
    """Messages of wasabi that may have data in them.

    Control characters in the data are made visible. There are colours in a terminal only, and none
    with `NO_COLOR`.
    """

    def __init__(self) -> None:
        self._printer = Printer(no_print=True)

    def good(self, message: str) -> None:
        """Print a success.

        message (str): The message.
        """
        self._print_message(message, "good")

    def info(self, message: str) -> None:
        """Print a note.

        message (str): The message.
        """
        self._print_message(message, "info")

    def warn(self, message: str) -> None:
        """Print a warning.

        message (str): The message.
        """
        self._print_message(message, "warn")

    def fail(self, message: str) -> None:
        """Print an error.

        message (str): The message.
        """
        self._print_message(message, "fail")

    def text(self, message: str) -> None:
        """Print a message without an icon.

        message (str): The message.
        """
        _print(self._printer.text(escape_controls(message)))

    def lines(self, text: str) -> None:
        """Print lines as they are.

        wasabi would wrap those of lists and of file names.

        text (str): The lines.
        """
        _print(escape_controls(text, keep="\n"))

    def divider(self, title: str) -> None:
        """Print a title in a line of its own.

        title (str): The title.
        """
        _print(self._printer.divider(escape_controls(title)))

    def table(
        self,
        rows: Iterable[Sequence[str]],
        *,
        aligns: Sequence[str],
        header: Optional[Sequence[str]] = None,
        max_col: int = _MAX_WIDTH,
    ) -> None:
        """Print a table.

        rows (Iterable[Sequence[str]]): Cells by row.
        aligns (Sequence[str]): "l" or "r" for each column.
        header (Optional[Sequence[str]]): Names of the columns.
        max_col (int): Maximum width of a column.
        """
        cells, names = list(map(_visible, rows)), header and _visible(header)
        _print(self._printer.table(cells, header=names, aligns=aligns, max_col=max_col))

    def row(self, cells: Sequence[object], *, widths: Sequence[int], aligns: str) -> None:
        """Print a row of a table.

        cells (Sequence[object]): The cells.
        widths (Sequence[int]): The widths of the columns.
        aligns (str): "l" or "r", for all columns.
        """
        _print(self._printer.row(_visible(cells), widths=widths, aligns=aligns))

    def _print_message(self, message: str, style: str) -> None:
        # With the icon in the text: wasabi would mangle it where the output is not UTF-8.
        title = f"{ICONS[style]} {escape_controls(message)}"
        _print(self._printer.text(title, color=style))


def _visible(cells: Iterable[object]) -> List[str]:
    return [escape_controls(str(cell)) for cell in cells]


def _print(text: str) -> None:
    shown = text if _has_colors() else click.unstyle(text)
    encoding = getattr(sys.stdout, "encoding", None) or "utf8"
    # What the encoding of a terminal lacks is no reason to lose the rest.
    print(shown.encode(encoding, "backslashreplace").decode(encoding))


def _has_colors() -> bool:
    return supports_ansi() and sys.stdout.isatty() and not os.environ.get("NO_COLOR")


msg = Messages()


def print_tables(tables: Iterable[Table]) -> None:
    """Print tables, each under its title.

    tables (Iterable[Table]): The tables.
    """
    for table in tables:
        msg.divider(table.title)
        msg.table(table.rows, header=table.header, aligns=table.aligns)


def print_counts(rows: Iterable[Tuple[str, int]]) -> None:
    """Print counts as a table of two columns.

    rows (Iterable[Tuple[str, int]]): Names and counts.
    """
    cells = [(name, f"{count:,}") for name, count in rows]
    msg.table(cells, aligns=("l", "r"), max_col=40)


def show_progress(unit: str) -> Callable[[Iterable[Any]], Iterable[Any]]:
    """Show progress on stderr, in a terminal only.

    unit (str): The elements, e.g. "records".
    RETURNS (Callable[[Iterable[Any]], Iterable[Any]]): Wraps the iterable of elements.
    """
    from tqdm import tqdm

    return partial(tqdm, unit=f" {unit}", disable=None)


@contextmanager
def exit_on_error(title: str) -> Iterator[None]:
    """Print an error of the user's input, and end the command.

    title (str): The outcome, e.g. "Nothing was written".
    RAISES (Exit): At a ValueError, and at an OSError, which spaCy and transformers raise for a
        pipeline or an encoder that does not exist.
    """
    try:
        yield
    except BrokenPipeError:  # of `| head`: what reads the output has seen enough
        raise
    except (OSError, ValueError) as error:
        msg.fail(title)
        msg.lines(str(error))
        raise typer.Exit(1) from error

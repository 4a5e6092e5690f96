"""Printing of the commands, errors included."""

from contextlib import contextmanager
from functools import partial
from typing import Any, Callable, Iterable, Iterator, Tuple

import typer
from wasabi import msg

from ..visualize.tables import Table

_MAX_WIDTH = 60


def print_tables(tables: Iterable[Table]) -> None:
    """Print tables, each under its title.

    tables (Iterable[Table]): The tables.
    """
    for table in tables:
        msg.divider(table.title)
        msg.table(table.rows, header=table.header, aligns=table.aligns, max_col=_MAX_WIDTH)


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
    except (OSError, ValueError) as error:
        msg.fail(title)
        # Not through wasabi, which would wrap the lines of lists and of file names.
        print(error)
        raise typer.Exit(1) from error

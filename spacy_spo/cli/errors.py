"""Errors of the commands."""

from contextlib import contextmanager
from typing import Iterator

import typer
from wasabi import msg


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

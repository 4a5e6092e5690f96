"""How the commands end where what they were given will not do."""

from contextlib import contextmanager
from typing import Iterator

import typer
from wasabi import msg


@contextmanager
def exit_on_error(title: str) -> Iterator[None]:
    """End the command, with what is wrong, at an error that its user can mend.

    title (str): What came of it, e.g. "Nothing was written".
    RAISES (Exit): At a ValueError, and at an OSError, which is what spaCy and transformers raise if
        there is no such pipeline or encoder.
    """
    try:
        yield
    except (OSError, ValueError) as error:
        msg.fail(title)
        # As it is: wasabi would wrap the lines of lists and of file names.
        print(error)
        raise typer.Exit(1) from error

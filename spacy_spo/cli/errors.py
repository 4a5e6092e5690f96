"""How the commands end where what they were given will not do."""

from contextlib import contextmanager
from pathlib import Path
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


def refuse_own_input(source: Path, output: Path) -> None:
    """Refuse to write over what is read.

    source (Path): The file to read.
    output (Path): The file to write.
    RAISES (ValueError): If they are the same file, by whatever names.
    """
    # A pipeline may be named by its package, which is no path.
    if source.exists() and output.exists() and output.samefile(source):
        raise ValueError(f"OUTPUT {output} is the file to read: name another one.")

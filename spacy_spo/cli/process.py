"""The process of a command: its signals and standard streams."""

import os
import signal
import sys
import threading
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from types import FrameType
from typing import Iterator, Optional

from ..outputs import Kind, is_stdout, reserved
from .printing import exit_on_error

# Not all systems have SIGHUP, the end of a terminal or a connection.
_NAMES = ("SIGINT", "SIGTERM", "SIGHUP")
_SIGNALS = {getattr(signal, name): name for name in _NAMES if hasattr(signal, name)}


@contextmanager
def stoppable() -> Iterator[None]:
    """Make the signals that stop a command end it in order.

    Nothing unfinished is left behind then.

    RAISES (SystemExit): At such a signal, with 128 and its number.
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread may have handlers
        return
    earlier = {number: signal.getsignal(number) for number in _SIGNALS}
    # `nohup` and the like ignore a signal: it stays ignored.
    defaults = (signal.SIG_DFL, signal.default_int_handler)
    own = [number for number, handler in earlier.items() if handler in defaults]
    stop = _Stop()
    for number in own:
        signal.signal(number, stop)
    try:
        yield
    finally:
        for number in own:
            signal.signal(number, earlier[number])


class _Stop:
    def __init__(self) -> None:
        self.process = os.getpid()

    def __call__(self, number: int, frame: Optional[FrameType]) -> None:
        if os.getpid() != self.process:  # a process of `n_process`
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)
            return
        # Not through sys.stderr, in the middle of whose work this may happen.
        os.write(2, f"\nStopped by {_SIGNALS[signal.Signals(number)]}\n".encode())
        raise SystemExit(128 + number)


@contextmanager
def writing(title: str, *outputs: Path, kind: Kind = "file") -> Iterator[None]:
    """Run a command that writes, with its outputs reserved.

    Messages go to standard error if an output is standard output.

    title (str): What an error means, as of `exit_on_error`.
    outputs (Path): The files or folders to write.
    kind (Literal["file", "folder", "any"]): What is written.
    RAISES (Exit): At an error.
    """
    messages = sys.stderr if any(map(is_stdout, outputs)) else sys.stdout
    with redirect_stdout(messages), exit_on_error(title), reserved(*outputs, kind=kind):
        yield

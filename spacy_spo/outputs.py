"""Outputs of commands and functions: written whole, or left as they were.

A file or folder is written to a scratch folder beside its target, and takes its place at the end.
The scratch folder is locked, so that no two runs write to one target, and has a name made of the
target's: the next run to this target clears what a killed run left behind.
"""

import ctypes
import errno
import os
import re
import shutil
import stat
import threading
from contextlib import ExitStack, contextmanager, suppress
from hashlib import blake2b
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, Collection, Dict, Iterator, List, Literal, Optional, Sequence, TextIO, Tuple

try:
    import fcntl
except ImportError:  # not on Windows
    fcntl = None  # type: ignore[assignment]

Kind = Literal["file", "folder", "any"]

_STDOUT = ("-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1")
_PREFIX = ".spacy-spo-"
_OLD = ".old~"
# Errors of a mounted file or folder: it can be written to, and not be renamed.
_NOT_MOVABLE = (errno.EBUSY, errno.EXDEV)
_NOT_WRITABLE = (errno.ENOSPC, errno.EFBIG, errno.EDQUOT, errno.EPIPE)
# Of `renameat2`, in linux/fs.h and fcntl.h.
_EXCHANGE, _WORKING_FOLDER = 2, -100

# Scratch folders of the targets of each thread.
_RESERVED: Dict[Tuple[int, Path], Path] = {}


class OutputError(ValueError):
    """Error of a path to write to."""


def is_stdout(path: Path) -> bool:
    """Check whether a path means standard output.

    path (Path): The path.
    RETURNS (bool): Whether it is "-" or the name of the stream.
    """
    return str(path) in _STDOUT


def is_stream(path: Path) -> bool:
    """Check whether a path can be read or written only once.

    path (Path): The path.
    RETURNS (bool): Whether it is a standard stream, a pipe or a device.
    """
    if str(path).startswith(("/dev/fd/", "/dev/std", "/proc/self/fd/")) or str(path) == "-":
        return True
    return path.exists() and not (path.is_file() or path.is_dir())


@contextmanager
def replacing(path: Path, kind: Kind = "any") -> Iterator[Path]:
    """Replace a file or a folder on success only.

    path (Path): The file or folder. Its parent folder is made if need be. A link is followed, a
        stream is written to.
    kind (Literal["file", "folder", "any"]): What is written.
    YIELDS (Path): A temporary path to write to. It becomes `path` when the block ends without an
        error; after an error `path` is as before. Of a stream, the path itself.
    RAISES (OutputError): If `path` cannot be written, or another run writes it.
    """
    with replacing_all([path], kind) as (unfinished,):
        yield unfinished


@contextmanager
def replacing_all(paths: Sequence[Path], kind: Kind = "any") -> Iterator[List[Path]]:
    """Replace files or folders on success only.

    All are complete, and flushed to the disk, before the first of them takes its place.

    paths (Sequence[Path]): The files or folders, as of `replacing`.
    kind (Literal["file", "folder", "any"]): What is written.
    YIELDS (List[Path]): Temporary paths to write to, as of `replacing`.
    RAISES (OutputError): If a path cannot be written, or another run writes it.
    """
    with ExitStack() as stack, _named_errors(paths):
        targets = [None if is_stream(path) else _real(path) for path in paths]
        unfinished = [
            path if target is None else _unfinished(stack.enter_context(_scratch(path, kind)))
            for path, target in zip(paths, targets)
        ]
        yield unfinished
        pairs = [(new, target) for new, target in zip(unfinished, targets) if target is not None]
        # All that may fill the disk comes before the first target changes.
        for new, target in pairs:
            _keep_mode(new, target)
            _sync(new)
        for new, target in pairs:
            _put(new, target)
            _sync_entry(target.parent)


@contextmanager
def reserved(*paths: Path, kind: Kind = "any") -> Iterator[None]:
    """Reserve outputs for a run that writes them in the end.

    `replacing` within the block uses the reservation.

    paths (Path): The files or folders.
    kind (Literal["file", "folder", "any"]): What will be written.
    RAISES (OutputError): If a path cannot be written, or another run writes it.
    """
    with ExitStack() as stack:
        for path in paths:
            if not is_stream(path):
                stack.enter_context(_scratch(path, kind))
        yield


@contextmanager
def open_text(path: Path) -> Iterator[TextIO]:
    """Open a text file or standard output for writing, in UTF-8.

    path (Path): The file; standard output by its names.
    YIELDS (TextIO): The open file.
    """
    # By number: while records are written there, `sys.stdout` may be redirected.
    name: Any = 1 if is_stdout(path) else path
    with open(name, "w", encoding="utf8", closefd=name != 1) as file:
        yield file


def list_folder(folder: Path) -> List[str]:
    """List the files of a folder, without unfinished ones.

    folder (Path): The folder, which may not exist.
    RETURNS (List[str]): The names, sorted.
    """
    names = os.listdir(folder) if folder.is_dir() else []
    return sorted(name for name in names if not name.startswith(_PREFIX))


def refuse_foreign(folder: Path, own: Collection[str]) -> None:
    """Refuse to replace a folder that holds other files.

    folder (Path): The folder to write, which may exist.
    own (Collection[str]): Names of files that may be replaced.
    RAISES (OutputError): If it holds another one.
    """
    foreign = [name for name in list_folder(folder) if name not in own]
    if foreign:
        raise OutputError(
            f"OUTPUT {folder} is a folder with other files in it ({foreign[0]}), and would be "
            "replaced. Name a folder that does not exist yet."
        )


def carry_over(folder: Path, unfinished: Path) -> None:
    """Copy files of other names to the folder that replaces theirs.

    folder (Path): The folder, which may not exist.
    unfinished (Path): The folder that will replace it.
    """
    for name in list_folder(folder):
        path, copy = folder / name, unfinished / name
        if copy.exists():
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.copytree(path, copy, symlinks=True)
        else:
            shutil.copy2(path, copy, follow_symlinks=False)


def _real(path: Path) -> Path:
    return Path(os.path.realpath(path))


@contextmanager
def _named_errors(paths: Sequence[Path]) -> Iterator[None]:
    # The disk is full, or the like: the errors of the system name the scratch folder, or nothing.
    try:
        yield
    except Exception as error:
        code = _find_code(error)
        if code not in _NOT_WRITABLE or any(map(is_stdout, paths)):
            raise
        kept = "" if any(map(is_stream, paths)) else " What was there before is kept."
        names = " and ".join(map(str, paths))
        raise OutputError(f"{names} cannot be written: {os.strerror(code)}.{kept}") from error


def _find_code(error: Exception) -> int:
    if isinstance(error, OSError):
        return error.errno or 0
    # Libraries in Rust, which write encoders, have the system's errors in the text of their own.
    found = re.search(r"\(os error (\d+)\)", str(error))
    return int(found[1]) if found else 0


def _unfinished(folder: Path) -> Path:
    new = folder / "new"
    _remove(new)
    return new


@contextmanager
def _scratch(path: Path, kind: Kind) -> Iterator[Path]:
    """Lock the scratch folder of a target."""
    target = _real(path)
    key = (threading.get_ident(), target)
    if key in _RESERVED:
        yield _RESERVED[key]
        return
    _check(path, target, kind)
    with ExitStack() as stack:
        folder = stack.enter_context(_locked(path, target))
        _recover(folder, target)
        _RESERVED[key] = folder
        stack.callback(_RESERVED.pop, key)
        yield folder


def _check(path: Path, target: Path, kind: Kind) -> None:
    if kind == "file" and target.is_dir():
        raise OutputError(f"{path} is a folder, and a file is to be written: name a file.")
    if kind == "folder" and target.exists() and not target.is_dir():
        raise OutputError(f"{path} is a file, and a folder is to be written: name a folder.")
    if target.exists() and not os.access(target, os.W_OK):
        raise OutputError(f"{path} is read-only. Name another path, or allow writing to it.")


@contextmanager
def _locked(path: Path, target: Path) -> Iterator[Path]:
    parent = _scratch_parent(target)
    missing = [folder for folder in (parent, *parent.parents) if not folder.exists()]
    lock, folder = None, None
    try:
        lock, folder = _acquire(path, target, parent)
        yield folder
    finally:
        if folder is not None:
            _clear(folder)
        if lock is not None:
            os.close(lock)
        for made in missing:
            with suppress(OSError):  # it holds the output now
                made.rmdir()


def _clear(folder: Path) -> None:
    # The lock goes last: without it, the next run would write where this one still removes.
    with suppress(OSError):
        for left in folder.iterdir():
            if left.name != "lock":
                _remove(left)
        (folder / "lock").unlink(missing_ok=True)
        folder.rmdir()  # unless the next run has locked it


def _scratch_parent(target: Path) -> Path:
    # A mounted folder cannot be renamed: its files are, one by one, within it.
    is_fixed = os.path.ismount(target) or not os.access(target.parent, os.W_OK)
    return target if target.is_dir() and is_fixed else target.parent


def _acquire(path: Path, target: Path, parent: Path) -> Tuple[Optional[int], Path]:
    # Of fixed length: the target's name may be as long as the file system allows.
    digest = blake2b(os.fsencode(target.name), digest_size=8).hexdigest()
    try:
        if parent.exists() and not parent.is_dir():
            raise OSError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
        parent.mkdir(parents=True, exist_ok=True)
        return _lock(parent / f"{_PREFIX}{digest}")
    except BlockingIOError as error:
        raise OutputError(
            f"{path} is being written by another run. Wait for its end, or name another path."
        ) from error
    except OSError as error:
        raise OutputError(
            f"{path} cannot be written: {error.strerror} ({parent}). Name a path in a folder that "
            "you may write to."
        ) from error


def _lock(folder: Path) -> Tuple[Optional[int], Path]:
    while fcntl:
        folder.mkdir(mode=0o700, exist_ok=True)
        try:
            lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        except FileNotFoundError:
            continue  # the run before has just removed the folder
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # Else it is the removed file of the run before.
            if _is_same(lock, folder / "lock"):
                return lock, folder
        except BlockingIOError:
            os.close(lock)
            raise
        except OSError:  # a file system without locks
            os.close(lock)
            shutil.rmtree(folder, ignore_errors=True)
            break
        os.close(lock)
    return None, Path(mkdtemp(prefix=_PREFIX, dir=folder.parent))


def _is_same(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False


def _recover(folder: Path, target: Path) -> None:
    """Clear what a killed run left; put back what it moved."""
    old = folder / f"new{_OLD}"
    if old.exists() and not target.exists():
        os.replace(old, target)
    for left in folder.iterdir():
        if left.name != "lock":
            _remove(left)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _keep_mode(new: Path, target: Path) -> None:
    if target.exists() and target.is_dir() == new.is_dir():
        earlier = target.stat()
        with suppress(AttributeError, OSError):  # only root gives files to others
            os.chown(new, earlier.st_uid, earlier.st_gid)
        new.chmod(stat.S_IMODE(earlier.st_mode))


def _sync(path: Path) -> None:
    """Flush a file, or a folder with its files, to the disk."""
    if path.is_symlink():  # carried over: it may lead anywhere, or nowhere
        return
    if path.is_dir():
        for entry in path.iterdir():
            _sync(entry)
        _sync_entry(path)
    else:
        _flush(path)


def _sync_entry(folder: Path) -> None:
    with suppress(OSError):  # not every system can do this to a folder
        _flush(folder)


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDWR if os.name == "nt" else os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _put(new: Path, target: Path) -> None:
    """Put a file or folder in the place of its target."""
    try:
        if target in new.parents:
            _fill(new, target)
        elif target.is_dir() or (new.is_dir() and target.exists()):
            _swap(new, target)
        else:
            os.replace(new, target)
    except OSError as error:
        if error.errno not in _NOT_MOVABLE:
            raise
        _fill(new, target)


def _swap(new: Path, target: Path) -> None:
    # os.replace neither replaces a folder nor puts one in the place of a file.
    try:
        _exchange(new, target)
    except OSError:
        old = new.with_name(f"{new.name}{_OLD}")
        os.replace(target, old)
        try:
            os.replace(new, target)
        except OSError:
            os.replace(old, target)
            raise


def _exchange(one: Path, other: Path) -> None:
    """Exchange two paths in one step: neither is ever missing."""
    library: Any = None if os.name == "nt" else ctypes.CDLL(None, use_errno=True)
    if not hasattr(library, "renameat2"):  # only on Linux
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
    names = (os.fsencode(path) for path in (one, other))
    arguments = (part for name in names for part in (_WORKING_FOLDER, name))
    if library.renameat2(*arguments, _EXCHANGE):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def _fill(new: Path, target: Path) -> None:
    """Write into a mounted target."""
    if not new.is_dir():
        shutil.copyfile(new, target)
        _flush(target)
        return
    names = os.listdir(new)
    target.mkdir(exist_ok=True)
    for name in names:
        _put(new / name, target / name)
    for present in target.iterdir():
        if present.name not in names and not present.name.startswith(_PREFIX):
            _remove(present)
    _sync_entry(target)

"""What is written takes the place of what was there, or leaves it."""

import errno
import os
import resource
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from spacy_spo import outputs
from spacy_spo.outputs import (
    OutputError,
    carry_over,
    is_stream,
    open_text,
    replacing,
    replacing_all,
    reserved,
)

# A run that is killed while it writes its first argument, and says when it is about to.
_HALF_DONE = """
import sys, time
from pathlib import Path
from spacy_spo.outputs import replacing
with replacing(Path(sys.argv[1])) as unfinished:
    unfinished.write_text("half")
    print("writing", flush=True)
    time.sleep(60)
"""


def write(path: Path, content: str, as_folder: bool = False) -> None:
    if as_folder:
        path.mkdir()
    (path / "a" if as_folder else path).write_text(content, encoding="utf8")


def read(path: Path) -> str:
    return (path / "a" if path.is_dir() else path).read_text(encoding="utf8")


def half_done(path: Path) -> subprocess.Popen:
    """Start another run that has written half of a file."""
    run = subprocess.Popen([sys.executable, "-c", _HALF_DONE, path], stdout=subprocess.PIPE)
    assert run.stdout is not None and run.stdout.readline() == b"writing\n"
    return run


@pytest.fixture(params=["exchanged", "renamed twice"])
def way(request, monkeypatch):
    """Systems that exchange two paths in one step, and others."""
    if request.param == "renamed twice":
        monkeypatch.setattr(outputs.ctypes, "CDLL", lambda *_, **__: object())


@pytest.mark.parametrize("old", [False, True])
@pytest.mark.parametrize("new", [False, True])
def test_files_and_folders_replace_each_other(way, new: bool, old: bool, tmp_path: Path) -> None:
    path = tmp_path / "there"
    write(path, "old", old)
    with replacing(path) as unfinished:
        write(unfinished, "new", new)
        assert read(path) == "old"
    assert (read(path), path.is_dir()) == ("new", new)
    assert list(tmp_path.iterdir()) == [path]


def test_a_failure_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "there"
    write(path, "old")
    with pytest.raises(ValueError, match="no"), replacing(path) as unfinished:
        write(unfinished, "new")
        raise ValueError("no")
    assert read(path) == "old" and list(tmp_path.iterdir()) == [path]


def test_no_other_file_is_touched(tmp_path: Path) -> None:
    other = tmp_path / "a.json.part"
    write(other, "mine")
    with replacing(tmp_path / "a.json") as unfinished:
        write(unfinished, "new")
    assert read(other) == "mine"


def test_the_folder_is_made_and_goes_again_after_a_failure(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "there"
    with pytest.raises(KeyError), replacing(path):
        raise KeyError
    assert list(tmp_path.iterdir()) == []
    with replacing(path) as unfinished:
        write(unfinished, "new")
    assert read(path) == "new"


def test_a_link_stays_and_its_target_is_replaced(tmp_path: Path) -> None:
    link, target = tmp_path / "link", tmp_path / "far" / "target"
    target.parent.mkdir()
    link.symlink_to(target)
    for content in ("first", "second"):  # dangling at first
        with replacing(link) as unfinished:
            write(unfinished, content)
        assert link.is_symlink() and read(target) == content


def test_links_are_carried_over_as_they_are(tmp_path: Path) -> None:
    path, links = tmp_path / "there", {"itself": ".", "nowhere": "gone", "a": "never carried over"}
    path.mkdir()
    for name, target in links.items():
        (path / name).symlink_to(target)
    with replacing(path, "folder") as unfinished:
        write(unfinished, "new", as_folder=True)
        carry_over(path, unfinished)
    assert read(path) == "new" and not (path / "a").is_symlink()
    assert [os.readlink(path / name) for name in ("itself", "nowhere")] == [".", "gone"]


def test_modes_are_kept_and_new_files_get_that_of_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        for name, mode in (("old", 0o604), ("new", 0o640)):
            path = tmp_path / name
            if name == "old":
                write(path, "old")
                path.chmod(mode)
            with replacing(path) as unfinished:
                write(unfinished, "new")
            assert path.stat().st_mode & 0o777 == mode
    finally:
        os.umask(before)


def test_a_pipe_is_written_to(tmp_path: Path) -> None:
    path, got = tmp_path / "pipe", []
    os.mkfifo(path)
    reader = threading.Thread(target=lambda: got.append(path.read_text(encoding="utf8")))
    reader.start()
    with replacing(path) as unfinished, open_text(unfinished) as file:
        file.write("through")
    reader.join()
    assert got == ["through"] and path.is_fifo() and is_stream(path)


def test_devices_are_written_to() -> None:
    for name in ("/dev/null", "/dev/stdout", "-"):
        with replacing(Path(name)) as unfinished:
            assert unfinished == Path(name)
    assert Path("/dev/null").is_char_device()
    full = pytest.raises(OutputError, match=r"/dev/full cannot be written: No space left on \w+.$")
    with full, replacing(Path("/dev/full")) as unfinished, open_text(unfinished) as file:
        file.write("x")


def test_text_goes_to_standard_output(capfd: pytest.CaptureFixture[str]) -> None:
    with open_text(Path("-")) as file:
        file.write("作者\n")
    print("after")
    assert capfd.readouterr().out == "作者\nafter\n"


@pytest.mark.parametrize("as_folder", [False, True])
def test_what_is_mounted_is_written_into(way, as_folder, tmp_path: Path, monkeypatch) -> None:
    path, rename = tmp_path / "mounted", os.replace
    write(path, "old", as_folder)
    (write(path / "left over", "old") if as_folder else None)
    inode = path.stat().st_ino

    def refuse(source, target):
        if path in (source, target):
            raise OSError(errno.EBUSY, "busy")
        rename(source, target)

    monkeypatch.setattr(outputs, "_exchange", lambda *paths: refuse(*paths))
    monkeypatch.setattr(os, "replace", refuse)
    with replacing(path) as unfinished:
        write(unfinished, "new", as_folder)
    assert read(path) == "new" and path.stat().st_ino == inode
    assert list(tmp_path.iterdir()) == [path]
    assert not as_folder or os.listdir(path) == ["a"]


def test_a_folder_that_cannot_be_renamed_is_changed_within(tmp_path: Path, monkeypatch) -> None:
    path = tmp_path / "volume"
    write(path, "old", as_folder=True)
    monkeypatch.setattr(os.path, "ismount", lambda p: p == path)
    with replacing(path) as unfinished:
        assert path in unfinished.parents
        write(unfinished, "new", as_folder=True)
    assert read(path) == "new" and os.listdir(path) == ["a"]


def test_files_and_folders_are_told_apart_before_the_work(tmp_path: Path) -> None:
    write(tmp_path / "file", "x")
    cases = {"file": (tmp_path, "name a file"), "folder": (tmp_path / "file", "name a folder")}
    for kind, (path, advice) in cases.items():
        with pytest.raises(OutputError, match=advice), replacing(path, kind):
            pytest.fail("the work began")


def test_a_folder_that_cannot_be_written_to_is_named_before_the_work(
    tmp_path: Path, monkeypatch
) -> None:
    write(tmp_path / "file", "x")
    for path in (tmp_path / "file" / "out", tmp_path / "file" / "deeper" / "out"):
        with pytest.raises(OutputError, match=r"Not a directory.*file"), replacing(path):
            pytest.fail("the work began")

    def refuse(*_: object, **__: object) -> None:  # root may write anywhere
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "mkdir", refuse)
    refused = pytest.raises(OutputError, match="out cannot be written: Permission denied")
    with refused, replacing(tmp_path / "out"):
        pytest.fail("the work began")


def test_what_is_read_only_is_refused_before_the_work(tmp_path: Path, monkeypatch) -> None:
    path = tmp_path / "there"
    write(path, "old")
    monkeypatch.setattr(os, "access", lambda p, mode: p != path)  # root may write anywhere
    with pytest.raises(OutputError, match="there is read-only"), replacing(path):
        pytest.fail("the work began")


def test_a_full_disk_keeps_what_was_there(tmp_path: Path) -> None:
    path, (soft, hard) = tmp_path / "there", resource.getrlimit(resource.RLIMIT_FSIZE)
    write(path, "old")
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        full = pytest.raises(OutputError, match=r"there cannot be written: File too large.*is kept")
        with full, replacing(path) as unfinished:
            write(unfinished, "new" * 1000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert read(path) == "old" and list(tmp_path.iterdir()) == [path]


def test_several_outputs_change_together_or_not_at_all(tmp_path: Path, monkeypatch) -> None:
    paths = [tmp_path / name for name in "ab"]
    for path in paths:
        write(path, "old")
    flush = os.fsync

    def fail_at_second(descriptor):
        fail_at_second.calls += 1
        if fail_at_second.calls == 2:
            raise OSError(errno.ENOSPC, "No space left on device")
        flush(descriptor)

    fail_at_second.calls = 0
    monkeypatch.setattr(os, "fsync", fail_at_second)
    full = pytest.raises(OutputError, match=r"a and .*b cannot be written")
    with full, replacing_all(paths) as unfinished:
        for new in unfinished:
            write(new, "new")
    assert [read(path) for path in paths] == ["old", "old"]
    with replacing_all(paths) as unfinished:
        for new in unfinished:
            write(new, "new")
    assert [read(path) for path in paths] == ["new", "new"] and sorted(tmp_path.iterdir()) == paths


def test_a_second_run_to_the_same_output_says_so(tmp_path: Path) -> None:
    path = tmp_path / "there"
    run = half_done(path)
    try:
        busy = pytest.raises(OutputError, match="there is being written by another run")
        with busy, replacing(path):
            pytest.fail("the work began")
        with replacing(tmp_path / "elsewhere") as unfinished:
            write(unfinished, "new")
    finally:
        run.kill()
        run.wait()


def test_threads_do_not_share_an_output(tmp_path: Path) -> None:
    errors = []

    def write_too() -> None:
        with pytest.raises(OutputError) as error, replacing(tmp_path / "there"):
            pass
        errors.append(str(error.value))

    with replacing(tmp_path / "there") as unfinished:
        thread = threading.Thread(target=write_too)
        thread.start()
        thread.join()
        write(unfinished, "new")
    assert len(errors) == 1 and read(tmp_path / "there") == "new"


def test_the_next_run_clears_what_a_killed_one_left(tmp_path: Path) -> None:
    path = tmp_path / "there"
    run = half_done(path)
    run.kill()
    run.wait()
    assert len(list(tmp_path.iterdir())) == 1 and not path.exists()
    with replacing(path) as unfinished:
        write(unfinished, "new")
    assert read(path) == "new" and list(tmp_path.iterdir()) == [path]


def test_what_a_killed_run_had_moved_comes_back(tmp_path: Path, monkeypatch) -> None:
    # The moment between two renames, without an exchange.
    path = tmp_path / "there"
    write(path, "old", as_folder=True)
    monkeypatch.setattr(outputs.ctypes, "CDLL", lambda *_, **__: object())
    rename, renamed = os.replace, []

    def rename_once(source, target):
        if renamed:
            os._exit(9)
        renamed.append(rename(source, target))

    child = os.fork()
    if not child:
        os.replace = rename_once
        with replacing(path) as unfinished:
            write(unfinished, "new", as_folder=True)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9 and not path.exists()
    with pytest.raises(KeyError), replacing(path):
        raise KeyError
    assert read(path) == "old" and list(tmp_path.iterdir()) == [path]


def test_a_reservation_is_used_by_its_own_run(tmp_path: Path) -> None:
    path = tmp_path / "there"
    with reserved(path):
        for content in ("first", "second"):
            with replacing(path) as unfinished:
                write(unfinished, content)
    assert read(path) == "second" and list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("has_module", [False, True])
def test_without_locks_each_run_has_a_folder_of_its_own(has_module, tmp_path, monkeypatch) -> None:
    """As on some file systems and on Windows."""

    def refuse(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(outputs.fcntl, "flock", refuse)
    if not has_module:
        monkeypatch.setattr(outputs, "fcntl", None)
    path, started, folders = tmp_path / "there", threading.Barrier(2, timeout=10), set()

    def write_it() -> None:
        with replacing(path) as unfinished:
            started.wait()
            folders.add(unfinished.parent)
            write(unfinished, "new")

    threads = [threading.Thread(target=write_it) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(folders) == 2 and read(path) == "new" and list(tmp_path.iterdir()) == [path]

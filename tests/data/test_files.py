"""What is written takes the place of what was there, or leaves it."""

from pathlib import Path

import pytest

from spacy_spo.data.files import replacing


def write(path: Path, content: str, as_folder: bool) -> None:
    if as_folder:
        path.mkdir()
    (path / "a" if as_folder else path).write_text(content, encoding="utf8")


def read(path: Path) -> str:
    return (path / "a" if path.is_dir() else path).read_text(encoding="utf8")


@pytest.mark.parametrize("old", [False, True])
@pytest.mark.parametrize("new", [False, True])
def test_files_and_folders_replace_each_other(new: bool, old: bool, tmp_path: Path) -> None:
    path = tmp_path / "there"
    write(path, "old", old)
    with replacing(path) as unfinished:
        write(unfinished, "new", new)
        assert read(path) == "old"
    assert (read(path), path.is_dir()) == ("new", new)
    assert list(tmp_path.iterdir()) == [path]


def test_a_failure_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "there"
    write(path, "old", as_folder=False)
    with pytest.raises(ValueError, match="no"), replacing(path) as unfinished:
        write(unfinished, "new", as_folder=False)
        raise ValueError("no")
    assert read(path) == "old" and list(tmp_path.iterdir()) == [path]


def test_no_other_file_is_touched(tmp_path: Path) -> None:
    other = tmp_path / "a.json.part"
    write(other, "mine", as_folder=False)
    with replacing(tmp_path / "a.json") as unfinished:
        write(unfinished, "new", as_folder=False)
    assert read(other) == "mine"


def test_the_folder_is_made(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "there"
    with replacing(path) as unfinished:
        write(unfinished, "new", as_folder=False)
    assert read(path) == "new"

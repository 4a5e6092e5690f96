"""Formats are found by their presence, here and in other packages; the one that fits is taken."""

import sys
from itertools import combinations
from pathlib import Path
from typing import Any, Callable, Dict, Iterator

import pytest
from annotations import ITEMS, TEXT, write_lines

import spacy_spo.data.formats
from spacy_spo import convert
from spacy_spo.data.detection import detect, get_format
from spacy_spo.data.doc_files import read_docs
from spacy_spo.data.files import ConversionError
from spacy_spo.data.formats import GROUP, find_builtin_formats, find_formats
from spacy_spo.triples import get_triples

MODULE = """
from spacy_spo.data.format import Format
from spacy_spo.data.records import Argument, RawTriple, Record


def parse(item):
    subject, predicate, object_ = item["acme"]
    return Record(item["sentence"], [RawTriple(Argument(subject), predicate, Argument(object_))])


def matches(item):
    return "acme" in item


ACME = Format("acme", '"acme" of one triple', matches, parse, priority={priority})
TWIN = Format("duie1", "another of that name", lambda item: False, parse)
NOTHING = 3
"""
ITEM = {"sentence": TEXT, "acme": ["Oldport", "chief", "Mara Quill"]}

Install = Callable[..., None]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Installs a package with a format, as pip would: a module and its metadata."""

    def put(value: str = "acme_annotations:ACME", priority: int = 0) -> None:
        folder = tmp_path / "site-packages"
        metadata = folder / "acme-1.0.dist-info"
        metadata.mkdir(parents=True)
        (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: acme\nVersion: 1.0\n")
        (metadata / "entry_points.txt").write_text(f"[{GROUP}]\nacme = {value}\n")
        (folder / "acme_annotations.py").write_text(MODULE.replace("{priority}", str(priority)))
        monkeypatch.syspath_prepend(str(folder))
        monkeypatch.delitem(sys.modules, "acme_annotations", raising=False)
        find_formats.cache_clear()

    yield put
    find_formats.cache_clear()


def test_every_module_of_formats_holds_one() -> None:
    (folder,) = spacy_spo.data.formats.__path__
    modules = {path.stem for path in Path(folder).glob("*.py")} - {"__init__"}
    assert modules == {data_format.name for data_format in find_builtin_formats()}


def test_a_format_of_another_package_is_converted(install: Install, tmp_path: Path) -> None:
    source = write_lines(tmp_path / "a.jsonl", [ITEM])
    with pytest.raises(ConversionError, match="cannot be recognised"):
        detect(source)
    install()
    assert get_format("acme") is detect(source).format
    report = convert([source], tmp_path / "a.spacy", lang="en")
    assert [given.format.name for given in report.inputs] == ["acme"]
    (doc,) = read_docs(tmp_path / "a.spacy")
    assert [str(triple) for triple in get_triples(doc)] == ["Oldport | chief | Mara Quill"]


@pytest.mark.parametrize("priority,names", [(0, ["duie1", "acme"]), (7, ["acme", "duie1"])])
def test_priority_decides_between_formats_that_fit_equally_well(
    priority: int, names: Any, install: Install, tmp_path: Path
) -> None:
    install(priority=priority)
    best, runner_up = detect(write_lines(tmp_path / "a.jsonl", [{**ITEMS["duie1"], **ITEM}]))
    assert runner_up is not None
    assert [best.name, runner_up.format.name] == names


@pytest.mark.parametrize(
    "value,reason",
    [
        ("acme_annotations:TWIN", "'duie1', and there is one of that name already"),
        ("acme_annotations:NOTHING", "must be a spacy_spo.data.format.Format, not 3"),
        ("acme_annotations:OTHER", "cannot be loaded .AttributeError"),
        ("no_such_module:ACME", "cannot be loaded .ModuleNotFoundError"),
    ],
)
def test_an_entry_point_that_is_no_format_is_named(
    value: str, reason: str, install: Install
) -> None:
    install(value)
    with pytest.raises(ConversionError, match=f"acme = {value} in the group {GROUP} .*{reason}"):
        find_formats()


def read_alone(item: Dict[str, Any], name: str) -> Any:
    record = get_format(name).parse(item)
    return record.text, [str(triple) for triple in record.triples or []]


def can_be_merged(pair: Any) -> bool:
    first, second = (ITEMS[name] for name in pair)
    return all(first[key] == second[key] for key in first.keys() & second.keys())


PAIRS = list(filter(can_be_merged, combinations(ITEMS, 2)))


@pytest.mark.parametrize("pair", PAIRS, ids="-".join)
def test_a_record_with_the_keys_of_two_formats_is_read_whole(pair: Any, tmp_path: Path) -> None:
    item = {**ITEMS[pair[0]], **ITEMS[pair[1]]}
    name = detect(write_lines(tmp_path / "a.jsonl", [item])).format.name
    assert read_alone(item, name) == read_alone(ITEMS[pair[0]], pair[0])


@pytest.mark.parametrize(
    "item", [{"acme": ["a", "b", "c"]}, {**ITEM, "acme": 7}, {**ITEM, "sentence": 3}]
)
def test_a_record_that_a_format_does_not_check_is_malformed(install: Install, tmp_path: Path, item):
    install()
    path = write_lines(tmp_path / "mixed.jsonl", [ITEM, item])
    report = convert([path], tmp_path / "mixed.spacy", lang="en", format_name="acme")
    assert (report.n_docs, report.n_malformed) == (1, 1)

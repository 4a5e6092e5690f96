"""Fuzz the annotation formats: coverage-guided, on damaged examples of the tests.

    pip install atheris==3.0.0
    python benchmarks/fuzz_formats.py -atheris_runs=2000000 -max_len=64

An execution takes the example of a format, damages up to four values of it, or bytes of its file,
and parses it, corrects the offsets and finds the triples. Only a ValueError may be raised, each
relation must be a triple, lost or noted, and each kept argument must be in the text.
"""

import copy
import sys
import tempfile
from collections import Counter
from functools import reduce
from operator import getitem
from pathlib import Path
from typing import Any, Dict, List

import atheris

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
with atheris.instrument_imports(include=["spacy_spo.data"]):
    import spacy
    from annotations import FILES, ITEMS

    from spacy_spo.data.detection import detect, get_format
    from spacy_spo.data.format import Format, read_records
    from spacy_spo.data.mentions import find_triples
    from spacy_spo.data.offsets import OffsetCorrector
    from spacy_spo.data.records import NO_RELATION, Record

JUNK: List[Any] = [None, True, -1, 0, 1, 3, 24, 10**30, 0.5, float("nan"), "", " ", "Oldport", "O"]
JUNK += ["Mara Quill", "B-PER", "NA", "\ud83d", "🎉 Mara\r\nQuill", [], {}, [0, 1], [[]], {"a": 1}]
NLP = spacy.blank("en")
# One in so many executions goes through a file.
FILE_SHARE = 50
NAMES = sorted(ITEMS)
FILE_NAMES = sorted(FILES)
counts: Counter[str] = Counter()


def list_places(value: Any) -> List[List[Any]]:
    """List the ways to all values in a JSON object."""
    if not isinstance(value, (dict, list)):
        return []
    children = list(value.items() if isinstance(value, dict) else enumerate(value))
    return [[key, *rest] for key, child in children for rest in ([], *list_places(child))]


def damage(item: Dict[str, Any], data: atheris.FuzzedDataProvider) -> None:
    """Change up to four values of an item."""
    for _ in range(data.ConsumeIntInRange(1, 4)):
        places = list_places(item)
        if not places:
            return
        *way, last = places[data.ConsumeIntInRange(0, len(places) - 1)]
        parent = reduce(getitem, way, item)
        action = data.ConsumeIntInRange(0, 3)
        if action == 0:
            del parent[last]
        elif action == 1 and isinstance(parent, list):
            parent.append(copy.deepcopy(parent[last]))
        else:
            parent[last] = copy.deepcopy(JUNK[data.ConsumeIntInRange(0, len(JUNK) - 1)])


def check_record(record: Record, path: Path, data_format: Format, item: Dict[str, Any]) -> None:
    """Check that nothing is lost silently, and no triple is wrong."""
    n_parsed = len(record.triples or []) + len(record.lost) + record.notes.get(NO_RELATION, 0)
    if record.triples is not None:
        n_relations = data_format.count(item)
        assert n_parsed >= n_relations, f"{n_parsed} of {n_relations} relations of {item}"
    corrected = OffsetCorrector(path, lambda: [record]).correct(record)
    if not corrected.text:
        return
    found = find_triples(corrected, NLP.tokenizer(corrected.text))
    for triple in found.triples:
        assert triple.subject.text.strip() and triple.object.text.strip()
    n_found = len(found.triples) + len(found.lost) + found.notes["duplicates"]
    assert n_found == len(corrected.triples or []), f"{n_found} triples of {corrected}"


def run_item(data: atheris.FuzzedDataProvider) -> None:
    """Parse a damaged item."""
    name = NAMES[data.ConsumeIntInRange(0, len(NAMES) - 1)]
    data_format = get_format(name)
    item = copy.deepcopy(ITEMS[name])
    damage(item, data)
    data_format.matches(item)
    record = data_format.parse(item)
    counts["parsed"] += 1
    check_record(record, Path(name), data_format, item)


def run_file(data: atheris.FuzzedDataProvider) -> None:
    """Detect and read a file with damaged bytes."""
    name = FILE_NAMES[data.ConsumeIntInRange(0, len(FILE_NAMES) - 1)]
    with tempfile.TemporaryDirectory() as folder:
        for file, content in FILES[name].items():
            raw = bytearray(content.encode())
            for _ in range(data.ConsumeIntInRange(1, 4)):
                place = data.ConsumeIntInRange(0, len(raw) - 1)
                raw[place : place + data.ConsumeIntInRange(0, 3)] = data.ConsumeBytes(2)
            Path(folder, file).write_bytes(raw)
        path = Path(folder, next(iter(FILES[name])))
        for record in read_records(path, get_format(name)):
            if isinstance(record, Record):
                check_record(record, path, get_format(name), {})
        detect(path)


def run_one(raw: bytes) -> None:
    """Run one execution."""
    data = atheris.FuzzedDataProvider(raw)
    run = run_file if data.ConsumeIntInRange(1, FILE_SHARE) == 1 else run_item
    counts["executions"] += 1
    try:
        run(data)
    except ValueError:
        counts["refused"] += 1
    if counts["executions"] % 100_000 == 0:
        print(dict(counts), flush=True)


if __name__ == "__main__":
    atheris.Setup(sys.argv, run_one)
    atheris.Fuzz()

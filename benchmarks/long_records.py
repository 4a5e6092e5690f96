"""Convert files of one long record each, and print the time of each.

python benchmarks/long_records.py 10000 20000
"""

import json
import time
from itertools import accumulate
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Callable, Dict, List, Tuple

import typer

from spacy_spo import convert


def main(sizes: List[int]) -> None:
    """Print a table in Markdown, with a row for each kind of record.

    sizes (List[int]): Numbers of relations of a record.
    """
    _time("spaCy is loaded", [{"text": "Ann", "triples": []}])
    _print_row(["record", *(f"{size:,}" for size in sizes)])
    _print_row(["---", *("---:" for _ in sizes)])
    for name, make in RECORDS.items():
        seconds = [_time(name, make(size)) for size in sizes]
        _print_row([name, *(f"{value:.1f} s" for value in seconds)])


def _time(name: str, content: Any) -> float:
    """Get the CPU time of a conversion."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "record.json"
        if name.startswith("brat"):
            path = path.with_suffix(".ann")
            path.write_text(content, encoding="utf-8")
            path.with_suffix(".txt").write_text("Ann runs Oak", encoding="utf-8")
        else:
            path.write_text(json.dumps(content), encoding="utf-8")
        start = time.process_time()
        convert([path], Path(folder) / "docs.spacy", lang="en", max_loss=1.0)
        return time.process_time() - start


def _make_words(size: int) -> Tuple[str, List[Tuple[int, int]]]:
    """Make a text of two words for each relation, after an emoji, with offsets in UTF-16."""
    words = [f"w{number}" for number in range(2 * size)]
    starts = accumulate((len(word) + 1 for word in words), initial=3)
    return f"🎉 {' '.join(words)}", [(a, a + len(word)) for a, word in zip(starts, words)]


def _make_repeated_pair(size: int) -> Any:
    triples = [["Dune", f"p{number}", "Ann"] for number in range(size)]
    return [{"text": "Ann wrote Dune . " * size, "triple_list": triples}]


def _make_present(size: int) -> Any:
    triples = [[f"name {2 * n}", "p", f"name {2 * n + 1}"] for n in range(size)]
    text = " ".join(f"name {number} {'x' * 40}" for number in range(2 * size))
    return [{"text": text, "triple_list": triples}]


def _make_absent(size: int) -> Any:
    triples = [[f"name {number}", "p", "xx"] for number in range(size)]
    return [{"text": ("x" * 99 + " ") * size, "triple_list": triples}]


def _make_wrong_offsets(size: int) -> Any:
    right = {"text": "x", "start": 0, "end": 1}
    triples = [
        {"subject": {"text": f"name {n}", "start": 1, "end": 9}, "predicate": "p", "object": right}
        for n in range(size)
    ]
    return [{"text": ("x" * 99 + " ") * size, "triples": triples}]


def _make_spert(size: int) -> Any:
    tokens = [f"w{number}" for number in range(5 * size)]
    entities = [{"type": "X", "start": n, "end": n + 1} for n in range(5 * size)]
    relations = [{"type": "r", "head": n, "tail": n + 1} for n in range(size)]
    return [{"tokens": tokens, "entities": entities, "relations": relations}]


def _make_prodigy(size: int) -> Any:
    text, places = _make_words(size)
    # Prodigy counts characters, in which the emoji is one.
    places = [(start - 1, end - 1) for start, end in places]
    words = list(enumerate([(0, 1), *places]))
    tokens = [{"text": text[a:b], "start": a, "end": b, "id": n, "ws": True} for n, (a, b) in words]
    spans = [
        {"start": a, "end": b, "token_start": n, "token_end": n, "label": "X"}
        for n, (a, b) in words[1:]
    ]
    relations = [{"head": 2 * n + 1, "child": 2 * n + 2, "label": "r"} for n in range(size)]
    return [{"text": text, "tokens": tokens, "spans": spans, "relations": relations}]


def _make_doccano(size: int) -> Any:
    text, places = _make_words(size)
    entities = [
        {"id": n, "label": "X", "start_offset": a, "end_offset": b}
        for n, (a, b) in enumerate(places)
    ]
    relations = [{"from_id": 2 * n, "to_id": 2 * n + 1, "type": "r"} for n in range(size)]
    return [{"text": text, "entities": entities, "relations": relations}]


def _make_label_studio(size: int) -> Any:
    text, places = _make_words(size)
    results: List[Dict[str, Any]] = [
        {
            "id": f"{n}",
            "type": "labels",
            "value": {"start": a, "end": b, "text": f"w{n}", "labels": ["X"]},
        }
        for n, (a, b) in enumerate(places)
    ]
    results += [
        {"type": "relation", "from_id": f"{2 * n}", "to_id": f"{2 * n + 1}", "labels": ["r"]}
        for n in range(size)
    ]
    return [{"data": {"text": text}, "annotations": [{"id": 1, "result": results}]}]


def _make_brat(size: int) -> str:
    lines = ["T1\tP 0 3\tAnn", "T2\tO 9 12\tOak", "R1\tchief Arg1:T2 Arg2:T1"]
    lines += [f"R2\tx {':a' * 50 * size}", f"T3\tP {'0 1;' * 25 * size}\tx", ""]
    return "\n".join(lines)


RECORDS: Dict[str, Callable[[int], Any]] = {
    "predicates of one pair, mentioned as often": _make_repeated_pair,
    "arguments without offsets": _make_present,
    "arguments that are not in the text": _make_absent,
    "arguments whose offsets disagree with the text": _make_wrong_offsets,
    "spERT, five times as many entities": _make_spert,
    "Prodigy": _make_prodigy,
    "doccano, in UTF-16": _make_doccano,
    "Label Studio, in UTF-16": _make_label_studio,
    "brat, two lines of 100 characters a relation": _make_brat,
}


def _print_row(cells: List[str]) -> None:
    print(f"| {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    typer.run(main)

"""The triples of many annotated sentences, read as one long text.

python benchmarks/long_text.py training/zh/model-best assets/zh/test.jsonl
"""

import random
import sys

import spacy
import srsly
from spacy.scorer import PRFScore


def join(path: str) -> tuple[str, set[tuple[int, str, int]]]:
    """One text of all sentences in random order; where each gold triple has its arguments."""
    records = list(srsly.read_jsonl(path))
    random.Random(0).shuffle(records)
    text, gold = "", set()
    for record in records:
        for t in record["triples"]:
            places = t["subject"]["start"] + len(text), t["object"]["start"] + len(text)
            gold.add((places[0], t["predicate"], places[1]))
        text += record["text"] + ("" if record["text"][-1] in "。！？" else "。")
    return text, gold


def main(model: str, path: str) -> None:
    text, gold = join(path)
    triples = spacy.load(model)(text)._.spo_triples
    found = {(t.subject.start_char, t.predicate, t.object.start_char) for t in triples}
    score = PRFScore()
    score.score_set(found, gold)
    print(f"{len(text):,} characters, {len(gold):,} triples")
    print(f"P {score.precision:.3f}  R {score.recall:.3f}  F1 {score.fscore:.3f}")


if __name__ == "__main__":
    main(*sys.argv[1:])

"""Score the triples of many annotated sentences in one long text.

python benchmarks/long_text.py training/zh/model-best assets/zh/test.jsonl
"""

import random
import sys

import spacy
import srsly
from spacy.scorer import PRFScore

# Subject, predicate and object, arguments by character offsets.
GoldTriple = tuple[tuple[int, int], str, tuple[int, int]]


def join(path: str) -> tuple[str, set[GoldTriple]]:
    """Join all sentences in random order, with their gold triples."""
    records = list(srsly.read_jsonl(path))
    random.Random(0).shuffle(records)
    text, gold = "", set()
    for record in records:
        for t in record["triples"]:
            subject, object_ = (
                (len(text) + t[role]["start"], len(text) + t[role]["end"])
                for role in ("subject", "object")
            )
            gold.add((subject, t["predicate"], object_))
        text += record["text"] + ("" if record["text"][-1] in "。！？" else "。")
    return text, gold


def main(model: str, path: str) -> None:
    text, gold = join(path)
    triples = [t.to_dict() for t in spacy.load(model)(text)._.spo_triples]
    offsets = ([(t[r]["start"], t[r]["end"]) for r in ("subject", "object")] for t in triples)
    predicted = {(s, t["predicate"], o) for t, (s, o) in zip(triples, offsets)}
    score = PRFScore()
    score.score_set(predicted, gold)
    print(f"{len(text):,} characters, {len(gold):,} triples")
    print(f"P {score.precision:.3f}  R {score.recall:.3f}  F1 {score.fscore:.3f}")


if __name__ == "__main__":
    main(*sys.argv[1:])

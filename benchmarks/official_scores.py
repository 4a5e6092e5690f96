"""Recount the DuIE rules with code of their own, and compare with `spacy spo evaluate`.

Predicted and gold spans are read from `doc.spans` as they are stored, and matched as the two
published evaluations do, without dictionaries. Nothing of `spacy_spo.rules` is used for it.

    python benchmarks/official_scores.py training/duie/model-best corpus/duie/dev.spacy
"""

from collections.abc import Callable, Sequence
from pathlib import Path

import spacy
import typer
from spacy.tokens import Doc, DocBin

from spacy_spo.evaluation.evaluator import evaluate
from spacy_spo.evaluation.matching import make_rules

Statement = dict[str, object]
Key = Callable[[Statement], tuple[object, ...]]


def statements(doc: Doc) -> list[Statement]:
    """As the contest's files have them: strings by role. The subject of each comes first."""
    rows: list[Statement] = []
    for span in doc.spans["spo"]:
        if span.id_ == "subject":
            rows.append({"predicate": span.label_, "subject": normal(span.text), "object": {}})
        else:
            slot = "@value" if span.id_ == "object" else span.id_
            rows[-1]["object"][slot] = normal(span.text)
    return rows


def normal(text: str) -> str:
    if text.startswith("《") and text.endswith("》") and len(text) > 2:
        text = text[1:-1]
    return text.lower()


def plain(row: Statement) -> tuple[object, ...]:
    return row["subject"], row["predicate"], row["object"]["@value"]


def with_slots(row: Statement) -> tuple[object, ...]:
    return row["subject"], row["predicate"], tuple(sorted(row["object"].items()))


def recount(pairs: Sequence[tuple[Doc, Doc]], key: Key) -> tuple[float, float, float]:
    right = n_found = n_gold = 0
    for predicted, reference in pairs:
        found, gold = (list(dict.fromkeys(map(key, statements(d)))) for d in (predicted, reference))
        right += sum(row in gold for row in found)
        n_found, n_gold = n_found + len(found), n_gold + len(gold)
    return right / max(n_found, 1), right / max(n_gold, 1), 2 * right / max(n_found + n_gold, 1)


def main(model: str, corpus: Path) -> None:
    """Print both counts of both rules. Exits with 1 if they differ."""
    nlp = spacy.load(model)
    pairs: list[tuple[Doc, Doc]] = []
    gold = DocBin().from_disk(corpus).get_docs(nlp.vocab)
    result = evaluate([nlp], gold, make_rules(), see=lambda docs, own: pairs.append((docs[0], own)))
    rules = result.to_dict([model])["models"][0]["rules"]
    print(f"{len(pairs)} texts, {sum(len(statements(g)) for _, g in pairs)} gold triples")
    differing = []
    for name, key in (("duie1", plain), ("duie2", with_slots)):
        ours, theirs = [rules[name][e] for e in "prf"], recount(pairs, key)
        if any(abs(a - b) >= 1e-12 for a, b in zip(ours, theirs)):
            differing.append(name)
        for title, scores in (("evaluate", ours), ("recounted", theirs)):
            print(f"{name} {title:10}", *(f"{score:.6f}" for score in scores))
    if differing:
        raise SystemExit(f"DIFFERENT: {', '.join(differing)}")
    print("the same")


if __name__ == "__main__":
    typer.run(main)

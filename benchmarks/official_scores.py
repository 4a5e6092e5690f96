"""Compare `spacy spo evaluate` with an independent count of both DuIE criteria.

Predicted and gold spans are taken from `doc.spans` as they are stored, and matched as the two
published evaluations do, without alias dictionaries. Nothing of `spacy_spo.evaluation.matching` is
used for it.

    python benchmarks/official_scores.py training/duie/model-best corpus/duie/dev.spacy
"""

from collections.abc import Callable, Sequence
from pathlib import Path

import spacy
import typer
from spacy.tokens import Doc, DocBin

from spacy_spo.evaluation.evaluator import evaluate

Statement = dict[str, object]
Key = Callable[[Statement], tuple[object, ...]]


def statements(doc: Doc) -> list[Statement]:
    """List triples as the contest's files do: strings by role."""
    # In doc.spans the subject of a triple comes first.
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
    tp = n_predicted = n_gold = 0
    for pair in pairs:
        predicted, gold = (list(dict.fromkeys(map(key, statements(doc)))) for doc in pair)
        tp += sum(row in gold for row in predicted)
        n_predicted, n_gold = n_predicted + len(predicted), n_gold + len(gold)
    return tp / max(n_predicted, 1), tp / max(n_gold, 1), 2 * tp / max(n_predicted + n_gold, 1)


def main(model: str, corpus: Path) -> None:
    """Print both counts of both criteria. Exits with 1 if they differ."""
    nlp = spacy.load(model)
    pairs: list[tuple[Doc, Doc]] = []
    docs = DocBin().from_disk(corpus).get_docs(nlp.vocab)
    result = evaluate([nlp], docs, callback=lambda docs, gold: pairs.append((docs[0], gold)))
    criteria = result.to_dict([model])["models"][0]["criteria"]
    print(f"{len(pairs)} texts, {sum(len(statements(g)) for _, g in pairs)} gold triples")
    differing = []
    for name, key in (("duie1", plain), ("duie2", with_slots)):
        ours, theirs = [criteria[name][e] for e in "prf"], recount(pairs, key)
        if any(abs(a - b) >= 1e-12 for a, b in zip(ours, theirs)):
            differing.append(name)
        for title, scores in (("evaluate", ours), ("recounted", theirs)):
            print(f"{name} {title:10}", *(f"{score:.6f}" for score in scores))
    if differing:
        raise SystemExit(f"DIFFERENT: {', '.join(differing)}")
    print("the same")


if __name__ == "__main__":
    typer.run(main)

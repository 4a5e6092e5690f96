"""Score a pipeline against annotations as they were published.

`spacy evaluate` scores against converted Docs, where gold triples that could not be located are
gone. This counts them as misses, and shares no code with the scorers: it compares sets of
(subject, predicate, object) strings per sentence, exactly as written.

    python benchmarks/raw_score.py training/webnlg/model-best webnlg/dev.json
"""

from pathlib import Path
from typing import Set, Tuple

import spacy
import typer

from spacy_spo.data.formats import BrokenRecord, Record, detect, read_records

Fact = Tuple[str, str, str]


def main(model: str, annotations: Path, batch_size: int = 64) -> None:
    """Print precision, recall and F1 of exact strings."""
    records = [r for r in read_records(annotations, detect(annotations)) if _is_annotated(r)]
    nlp = spacy.load(model)
    docs = nlp.pipe((record.text for record in records), batch_size=batch_size)
    right = n_found = n_gold = 0
    for record, doc in zip(records, docs):
        found = {(t.subject.text, t.predicate, t.object.text) for t in doc._.spo_triples}
        gold = _gold(record)
        right, n_found, n_gold = right + len(found & gold), n_found + len(found), n_gold + len(gold)
    precision, recall = right / max(n_found, 1), right / max(n_gold, 1)
    f1 = 2 * right / max(n_found + n_gold, 1)
    print(f"{len(records)} sentences, {n_gold} gold triples, {n_found} found, {right} right")
    print(f"P {precision:.4f}  R {recall:.4f}  F1 {f1:.4f}")


def _is_annotated(record: object) -> bool:
    if isinstance(record, BrokenRecord):
        raise typer.BadParameter(str(record))
    return isinstance(record, Record) and record.triples is not None


def _gold(record: Record) -> Set[Fact]:
    return {(t.subject.text, t.predicate, t.object.text) for t in record.triples or []}


if __name__ == "__main__":
    typer.run(main)

"""Score a pipeline against annotations as published.

`spacy evaluate` scores against converted Docs, which lack the gold triples that were lost in
conversion. This counts them as false negatives, and shares no code with the scorers: it compares
sets of (subject, predicate, object) strings per sentence, without normalization.

    python benchmarks/raw_score.py training/webnlg/model-best webnlg/dev.json
"""

from pathlib import Path
from typing import Set, Tuple

import spacy
import typer

from spacy_spo.data.detection import detect
from spacy_spo.data.files import MalformedRecord
from spacy_spo.data.format import read_records
from spacy_spo.data.records import Record

Texts = Tuple[str, str, str]


def main(model: str, annotations: Path, batch_size: int = 64) -> None:
    """Print precision, recall and F1 of exact strings."""
    records = [r for r in read_records(annotations, detect(annotations)) if _is_annotated(r)]
    nlp = spacy.load(model)
    docs = nlp.pipe((record.text for record in records), batch_size=batch_size)
    tp = n_predicted = n_gold = 0
    for record, doc in zip(records, docs):
        predicted = {(t.subject.text, t.predicate, t.object.text) for t in doc._.spo_triples}
        gold = _gold(record)
        tp += len(predicted & gold)
        n_predicted += len(predicted)
        n_gold += len(gold)
    precision, recall = tp / max(n_predicted, 1), tp / max(n_gold, 1)
    f1 = 2 * tp / max(n_predicted + n_gold, 1)
    print(f"{len(records)} sentences, {n_gold} gold triples, {n_predicted} predicted, {tp} correct")
    print(f"P {precision:.4f}  R {recall:.4f}  F1 {f1:.4f}")


def _is_annotated(record: object) -> bool:
    if isinstance(record, MalformedRecord):
        raise typer.BadParameter(str(record))
    return isinstance(record, Record) and record.triples is not None


def _gold(record: Record) -> Set[Texts]:
    return {(t.subject.text, t.predicate, t.object.text) for t in record.triples or []}


if __name__ == "__main__":
    typer.run(main)

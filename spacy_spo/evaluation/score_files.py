"""Score files of `spacy evaluate --output`."""

from pathlib import Path
from typing import Any, Dict, List, Sequence

import srsly

from ..triples import TRIPLES_KEY
from .scorers import without_key

# Names that each key has, of triples and of predicates.
_LAST_PARTS = ("_list_exact", "_relation_sets")


def read_runs(paths: Sequence[Path]) -> Dict[str, Dict[str, Any]]:
    """Read the scores of several evaluations.

    paths (Sequence[Path]): Files of `spacy evaluate --output`.
    RETURNS (Dict[str, Dict[str, Any]]): Scores by the name of the run: the stem of its file, or its
        path where stems are not unique. Scores of another `spans_key` than "spo" are a run of their
        own, with the key in its name, and the names of scores that "spo" has.
    RAISES (ValueError): As `read_metrics`.
    """
    runs = {}
    for name, scores in zip(_names(paths), map(read_metrics, paths)):
        for key in _keys(scores):
            title = name if key == TRIPLES_KEY else f"{name}, {key}"
            runs[title] = without_key(scores, key)
    return runs


def _names(paths: Sequence[Path]) -> List[str]:
    stems = [path.stem for path in paths]
    if len(set(stems)) == len(stems):
        return stems
    # Runs often write one file name into a folder each.
    return [str(path.with_suffix("")) for path in paths]


def read_metrics(path: Path) -> Dict[str, Any]:
    """Read the scores of an evaluation.

    path (Path): A file of `spacy evaluate --output`.
    RETURNS (Dict[str, Any]): Scores by name, in [0, 1]; None where there is no score.
    RAISES (ValueError): If the file is not JSON, was written by `spacy spo evaluate`, or has no
        triple or relation scores.
    """
    try:
        scores = srsly.read_json(path)
    except ValueError as error:
        raise ValueError(f"{path} is not JSON: {error}.") from error
    keys = set(scores) if isinstance(scores, dict) else set()
    if {"models", "differences"} <= keys:
        raise ValueError(
            f"{path} was written by `spacy spo evaluate`, whose tables are in report.html beside "
            "it. This command reads files of `spacy evaluate --output`."
        )
    if not _keys(scores):
        raise ValueError(
            f"{path} has no triple or relation scores. Make such a file from a pipeline with an "
            f"spo_tagger: spacy evaluate MODEL CORPUS.spacy --output {path.name}"
        )
    return scores


def _keys(scores: Any) -> List[str]:
    names = scores if isinstance(scores, dict) else {}
    found = [n.removesuffix(part) for n in names for part in _LAST_PARTS if n.endswith(part)]
    if not found and any(name.startswith(f"{TRIPLES_KEY}_") for name in names):
        found = [TRIPLES_KEY]  # of which any score will do
    return sorted(set(found), key=lambda key: (key != TRIPLES_KEY, key))

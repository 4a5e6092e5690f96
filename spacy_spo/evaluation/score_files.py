"""Score files of `spacy evaluate --output`."""

from pathlib import Path
from typing import Any, Dict, List, Sequence

import srsly


def read_runs(paths: Sequence[Path]) -> Dict[str, Dict[str, Any]]:
    """Read the scores of several evaluations.

    paths (Sequence[Path]): Files of `spacy evaluate --output`.
    RETURNS (Dict[str, Dict[str, Any]]): Scores by the name of the run: the stem of its file, or its
        path where stems are not unique.
    RAISES (ValueError): As `read_metrics`.
    """
    return dict(zip(_names(paths), map(read_metrics, paths)))


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
    if not any(key.startswith("spo_") for key in keys):
        raise ValueError(
            f"{path} has no triple or relation scores. Make such a file from a pipeline with an "
            f"spo_tagger: spacy evaluate MODEL CORPUS.spacy --output {path.name}"
        )
    return scores

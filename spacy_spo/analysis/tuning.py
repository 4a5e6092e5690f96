"""Tune thresholds and temperatures on gold, with one run of the model."""

from pathlib import Path
from typing import Any, Dict, Iterable, List, NamedTuple, Optional

from spacy.language import Language
from spacy.tokens import Doc
from spacy.util import load_model

from ..evaluation.reliability import ScoreBin, reliability_bins
from ..outputs import OutputError, carry_over, list_folder, replacing
from ..pipeline.lookup import find_components, find_spans_key
from .calibration import fit_predicate_temperature, fit_triple_temperature
from .candidates import CandidateSet, collect_candidates
from .selection import SelectedTriples, Settings, select_triples
from .threshold_search import ThresholdSearch, TripleCounts, count_at_thresholds


class Tuned(NamedTuple):
    """Tuned settings and their scores.

    settings (Settings): The best settings.
    before (TripleCounts): Counts with the settings of the pipeline.
    after (TripleCounts): Counts with the best settings, on the texts that they were chosen on.
    cross_validated (TripleCounts): Counts of each fold with thresholds chosen on the others.
    reliability (Dict[str, List[ScoreBin]]): Correct triples by score, "before" and "after".
    """

    settings: Settings
    before: TripleCounts
    after: TripleCounts
    cross_validated: TripleCounts
    reliability: Dict[str, List[ScoreBin]]


def tune(
    nlp: Language,
    gold: Iterable[Doc],
    *,
    precision: Optional[float] = None,
    per_predicate: bool = False,
    min_support: int = 20,
    calibrate: bool = True,
) -> Tuned:
    """Tune thresholds and temperatures on gold.

    nlp (Language): A trained pipeline with both components. It does not change.
    gold (Iterable[Doc]): Gold Docs; unannotated ones are skipped.
    precision (Optional[float]): Minimum precision in [0, 1], for the highest recall; None for the
        best F1.
    per_predicate (bool): Whether frequent predicates get thresholds of their own.
    min_support (int): Minimum of gold triples of a frequent predicate.
    calibrate (bool): Whether to fit temperatures.
    RETURNS (Tuned): Settings, and counts by the text criterion. The counts do not consider cuts
        between windows.
    RAISES (ValueError): If the pipeline lacks a component, the gold has no triples, no candidate
        is correct, or no thresholds reach the precision.
    """
    before = current_settings(nlp)
    candidates = collect_candidates(nlp, gold)
    first, second = before.temperatures
    if calibrate:
        first = fit_predicate_temperature(candidates)
    search = ThresholdSearch(
        count_at_thresholds(candidates, first),
        candidates.n_gold,
        precision=precision,
        min_support=min_support if per_predicate else None,
    )
    choice = search.choose()
    _check_precision(search.count(choice).scores[0], precision)
    after = choice.to_settings(candidates.labels, (first, second))
    if calibrate:
        after = after._replace(temperatures=(first, fit_triple_temperature(candidates, after)))
    triples = {
        "before": select_triples(candidates, before),
        "after": select_triples(candidates, after),
    }
    return Tuned(
        after,
        _count(triples["before"], candidates),
        _count(triples["after"], candidates),
        search.cross_validate(),
        {when: reliability_bins(*selection) for when, selection in triples.items()},
    )


def _check_precision(reached: float, precision: Optional[float]) -> None:
    if precision is not None and reached < precision:
        raise ValueError(
            f"No thresholds reach a precision of {precision}: the best is {reached:.3f}."
        )


def _count(triples: SelectedTriples, candidates: CandidateSet) -> TripleCounts:
    n_gold = int(candidates.n_gold.sum())
    return TripleCounts(int(triples.correct.sum()), len(triples.correct), n_gold)


def current_settings(nlp: Language) -> Settings:
    """Get the settings of a pipeline.

    nlp (Language): A pipeline with both components.
    RETURNS (Settings): Their settings.
    RAISES (ValueError): If it lacks a component.
    """
    classifier, tagger = find_components(nlp)
    return Settings(
        classifier.threshold,
        tagger.boundary_threshold,
        tagger.pair_threshold,
        {str(label): float(value) for label, value in classifier.label_thresholds},
        (classifier.temperature, tagger.temperature),
    )


def config_overrides(nlp: Language, settings: Settings) -> Dict[str, Any]:
    """Convert settings to overrides of a config.

    nlp (Language): A pipeline with both components.
    settings (Settings): The settings.
    RETURNS (Dict[str, Any]): The `config` argument of `spacy.load`.
    """
    classifier, tagger = find_components(nlp)
    by_component = {
        classifier: {
            "threshold": settings.threshold,
            # A config cannot hold every predicate as a key.
            "label_thresholds": [list(pair) for pair in settings.label_thresholds.items()],
            "temperature": settings.temperatures[0],
        },
        tagger: {
            "boundary_threshold": settings.boundary_threshold,
            "pair_threshold": settings.pair_threshold,
            "temperature": settings.temperatures[1],
        },
    }
    # The names in the config; a component may remember that of another pipeline.
    pipes = {name: pipe for name, pipe in nlp.pipeline if pipe in by_component}
    return {"components": {name: by_component[pipe] for name, pipe in pipes.items()}}


def save_tuned(nlp: Language, model: str, tuned: Tuned, output: Path) -> None:
    """Write a pipeline with tuned settings.

    nlp (Language): The pipeline.
    model (str): Its name or path.
    tuned (Tuned): Settings, and the scores for its meta.
    output (Path): Folder to write to. Files of other names in it are kept.
    """
    overrides = config_overrides(nlp, tuned.settings)
    tuned_nlp = load_model(model, config=overrides)
    # A saved change of a setting goes before an equal value in the config.
    for name, settings in overrides["components"].items():
        for setting, value in settings.items():
            setattr(tuned_nlp.get_pipe(name), setting, value)
    key = find_spans_key(nlp)
    # Scores of the earlier settings do not apply.
    tuned_nlp.meta["performance"] = {
        f"{prefix}_{name}": score
        for prefix in (key, f"{key}_text")
        for name, score in zip("prf", tuned.after.scores)
    }
    with replacing(output, "folder") as unfinished:
        tuned_nlp.to_disk(unfinished)
        carry_over(output, unfinished)


def check_pipeline_output(output: Path) -> None:
    """Check a folder to write a pipeline to.

    output (Path): The folder: new, empty or with an older pipeline.
    RAISES (OutputError): If it holds something else.
    """
    if list_folder(output) and not (output / "meta.json").exists():
        raise OutputError(
            f"OUTPUT {output} is a folder that holds something else than a pipeline. Name a new or "
            "empty one, or one with a pipeline to overwrite."
        )

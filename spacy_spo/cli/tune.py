"""`spacy spo tune`: thresholds and temperatures, tuned on a dev set."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, List, Optional

from ..data.doc_files import read_docs
from ..data.files import refuse_own_input
from ..visualize.tables import Table, percent
from .compat_spacy import Arg, Opt, setup_gpu
from .loading import load_pipeline
from .printing import msg, print_tables
from .process import writing

if TYPE_CHECKING:
    from ..analysis.tuning import Settings, Tuned
    from ..evaluation.reliability import ScoreBin

_DEV = "Gold to tune on: a .spacy file, or a folder of them; not the texts of training"
_OUTPUT = "Folder to write the tuned pipeline to"
_PRECISION = "Maximize recall at this precision, instead of F1"
_PER_PREDICATE = "Give frequent predicates thresholds of their own"
_SUPPORT = "Minimum of gold triples of a frequent predicate"
_CALIBRATE = "Calibrate scores: fit a temperature for each component"


def tune_cli(
    model: Annotated[str, Arg(help="Pipeline name or path")],
    dev: Annotated[Path, Arg(exists=True, help=_DEV)],
    output: Annotated[Path, Arg(file_okay=False, help=_OUTPUT)],
    precision: Annotated[Optional[float], Opt(min=0, max=1, help=_PRECISION)] = None,
    per_predicate: Annotated[bool, Opt("--per-predicate", help=_PER_PREDICATE)] = False,
    min_support: Annotated[int, Opt(min=1, help=_SUPPORT)] = 20,
    calibrate: Annotated[bool, Opt(help=_CALIBRATE)] = True,
    gpu_id: Annotated[int, Opt("--gpu-id", "-g", help="GPU, or -1 for the CPU")] = -1,
) -> None:
    """Tune thresholds and calibrate scores on a dev set.

    The model runs once. Thresholds of predicates, boundaries and pairs are searched jointly, and
    temperatures are fitted for calibrated scores. Prints scores before and after, also
    cross-validated, and writes the pipeline with the tuned settings in its config.
    """
    from ..analysis.calibration import is_extreme
    from ..analysis.tuning import check_pipeline_output, save_tuned, tune
    from ..evaluation.matching import default_signature

    with writing("Nothing was tuned", output, kind="folder"):
        refuse_own_input(Path(model), output)
        check_pipeline_output(output)
        setup_gpu(gpu_id)
        nlp = load_pipeline(model)
        tuned = tune(
            nlp,
            read_docs(dev),
            precision=precision,
            per_predicate=per_predicate,
            min_support=min_support,
            calibrate=calibrate,
        )
        save_tuned(nlp, model, tuned, output)
    print_tables(make_tables(tuned))
    msg.text(f"Signature: {default_signature('text')}")
    for line in describe(tuned.settings):
        msg.text(line)
    if calibrate and is_extreme(tuned.settings.temperatures[1]):
        msg.warn(
            "The tagger's temperature is at the end of the search range: too few predicted "
            "triples are incorrect, or correct, to calibrate scores. They only rank triples: tune "
            "on more texts."
        )
    msg.good(f"Wrote the pipeline to {output}")


def make_tables(tuned: "Tuned") -> List[Table]:
    """Arrange the result of tuning in tables.

    tuned (Tuned): The result.
    RETURNS (List[Table]): Scores and reliability, before and after.
    """
    rows = [
        [title, *map(percent, counts.scores), str(counts.predicted)]
        for title, counts in (
            ("before", tuned.before),
            ("after", tuned.after),
            ("after, cross-validated", tuned.cross_validated),
        )
    ]
    columns = [f"{when}: {what}" for when in tuned.reliability for what in ("n", "mean", "correct")]
    reliability = [
        [_title(bins), *(cell for score_bin in bins for cell in _cells(score_bin))]
        for bins in zip(*tuned.reliability.values())
    ]
    return [
        Table("Triples by text", ["", "P", "R", "F", "Predicted"], rows),
        Table("Reliability: share of correct triples by score", ["Score", *columns], reliability),
    ]


def _title(bins: "tuple[ScoreBin, ...]") -> str:
    return f"{bins[0].start:.1f} to {bins[0].start + 0.1:.1f}"


def _cells(score_bin: "ScoreBin") -> List[str]:
    if not score_bin.n:
        return ["0", "-", "-"]
    return [str(score_bin.n), percent(score_bin.mean), percent(score_bin.accuracy)]


def describe(settings: "Settings") -> List[str]:
    """Describe settings.

    settings (Settings): The settings.
    RETURNS (List[str]): A line a setting.
    """
    first, second = settings.temperatures
    lines = [
        f"threshold = {settings.threshold}",
        f"boundary_threshold = {settings.boundary_threshold}",
        f"pair_threshold = {settings.pair_threshold}",
        f"temperature = {first:.2f} of the relation classifier, {second:.2f} of the tagger",
    ]
    if settings.label_thresholds:
        lines.append(f"label_thresholds of {len(settings.label_thresholds)} predicates")
    return lines

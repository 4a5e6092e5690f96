"""`spacy spo tune`: thresholds and temperatures from a dev set, written into the pipeline."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Dict, List, Optional

from spacy.cli._util import Arg, Opt, setup_gpu
from spacy.language import Language
from spacy.util import load_model
from wasabi import msg

from ..data.docs import read_docs
from ..visualize.tables import Table
from .errors import exit_on_error, refuse_own_input
from .report import percent, print_tables

if TYPE_CHECKING:
    from ..analysis.tuning import Settings, Tuned

_DEV = "Gold to tune on: a .spacy file, or a folder of them; not the texts of training"
_OUTPUT = "Folder to write the tuned pipeline to"
_PRECISION = "Find the highest recall at this precision, in place of the best F1"
_PER_PREDICATE = "Give frequent predicates thresholds of their own"
_SUPPORT = "Gold triples from which on a predicate is frequent"
_CALIBRATE = "Find a temperature for each component, so that scores say how often they are right"


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
    """
    Read a dev set once and search the thresholds of predicates, boundaries and pairs together, and
    the temperatures that calibrate scores. Prints what they find, also on parts of the texts that
    they were not chosen on, and writes the pipeline with them in its config.
    """
    from ..analysis.tuning import is_extreme, tune

    with exit_on_error("Nothing was tuned"):
        refuse_own_input(Path(model), output)
        setup_gpu(gpu_id)
        nlp = load_model(model)
        tuned = tune(
            nlp,
            read_docs(dev),
            precision=precision,
            per_predicate=per_predicate,
            min_support=min_support,
            calibrate=calibrate,
        )
        nlp = load_model(model, config=overrides(nlp, tuned.settings))
        # The scores of before are not those of this pipeline.
        scores = dict(zip(("spo_text_p", "spo_text_r", "spo_text_f"), tuned.after.scores))
        nlp.meta["performance"] = scores
        nlp.to_disk(output)
    print_tables(make_tables(tuned))
    for setting in describe(tuned.settings):
        msg.text(setting)
    if calibrate and is_extreme(tuned.settings.temperatures[1]):
        msg.warn(
            "The tagger's temperature is at the end of what is searched: too few of the triples "
            "are wrong, or right, to say what a score means. Until it is tuned on more texts, "
            "scores only rank triples."
        )
    msg.good(f"Wrote the pipeline to {output}")


def overrides(nlp: Language, settings: "Settings") -> Dict[str, Any]:
    """RETURNS (Dict[str, Any]): The config with which `spacy.load` gives it these settings."""
    own = {
        "spo_relation_classifier": {
            "threshold": settings.threshold,
            # A config cannot hold every predicate as a key.
            "label_thresholds": [list(pair) for pair in settings.label_thresholds.items()],
            "temperature": settings.temperatures[0],
        },
        "spo_tagger": {
            "boundary_threshold": settings.boundary_threshold,
            "pair_threshold": settings.pair_threshold,
            "temperature": settings.temperatures[1],
        },
    }
    factories = {name: nlp.get_pipe_meta(name).factory for name in nlp.pipe_names}
    return {"components": {name: own[f] for name, f in factories.items() if f in own}}


def make_tables(tuned: "Tuned") -> List[Table]:
    """RETURNS (List[Table]): The scores before and after, and how reliable they are."""
    rows = [
        [title, *map(percent, counts.scores), str(counts.found)]
        for title, counts in (
            ("before", tuned.before),
            ("after", tuned.after),
            ("after, on texts held out", tuned.held_out),
        )
    ]
    columns = [f"{when}: {what}" for when in tuned.reliability for what in ("n", "mean", "right")]
    reliability = []
    for i in range(10):
        cells = (cell for bins in tuned.reliability.values() for cell in _cells(*bins[i]))
        reliability.append([f"{i / 10:.1f} to {(i + 1) / 10:.1f}", *cells])
    return [
        Table("Triples by text", ["", "P", "R", "F", "Found"], rows),
        Table("Of triples with a score, how many are right", ["Score", *columns], reliability),
    ]


def _cells(n: float, right: float, mean: float) -> List[str]:
    return [str(int(n)), *((percent(mean), percent(right / n)) if n else ("-", "-"))]


def describe(settings: "Settings") -> List[str]:
    """RETURNS (List[str]): A line on each setting."""
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

"""`spacy spo evaluate`: scores of pipelines under all match criteria."""

from pathlib import Path
from typing import Annotated, Any, Dict, List, Optional, Sequence

from ..data.doc_files import read_docs, read_rows
from .compat_spacy import Arg, Opt, setup_gpu
from .loading import load_pipeline
from .printing import msg, print_tables
from .process import writing

_GOLD = "Gold: a .spacy file, or a folder of them"
_OUTPUT = "Folder to write scores.json and report.html to"
_ALIASES = "Alias dictionary for the DuIE criteria: an entity a line, names separated by tabs"
_PLACES = "Alias dictionary of places for DuIE 1.0; a file of the same kind"
_COMPARE = "Another pipeline, compared with the first on the same gold"
_CRITERION = (
    "Match criterion of the breakdowns: text, offset (or boundaries), last_word, head, typed, "
    "strict, duie1 or duie2"
)
_MIN_SUPPORT = "Minimum gold triples of a predicate in the tables; the files have all predicates"
_REPLICATES = "Bootstrap replicates behind the intervals"
_TEXTS = "Number of texts in report.html"
_LOG = "Output file of `spacy.ConsoleLogger.v3`, plotted in report.html"


def evaluate_cli(
    model: Annotated[str, Arg(help="Pipeline name or path")],
    gold: Annotated[Path, Arg(exists=True, help=_GOLD)],
    compare: Annotated[Optional[str], Opt("--compare", "-c", help=_COMPARE)] = None,
    output: Annotated[Optional[Path], Opt("--output", "-o", file_okay=False, help=_OUTPUT)] = None,
    aliases: Annotated[Optional[Path], Opt(exists=True, dir_okay=False, help=_ALIASES)] = None,
    places: Annotated[Optional[Path], Opt(exists=True, dir_okay=False, help=_PLACES)] = None,
    criterion: Annotated[str, Opt(help=_CRITERION)] = "text",
    rule: Annotated[Optional[str], Opt(hidden=True)] = None,  # of earlier versions
    min_support: Annotated[int, Opt(min=1, help=_MIN_SUPPORT)] = 10,
    replicates: Annotated[int, Opt(min=100, help=_REPLICATES)] = 1000,
    seed: Annotated[int, Opt(help="Seed of the bootstrap")] = 0,
    n_texts: Annotated[int, Opt("--texts", min=0, help=_TEXTS)] = 200,
    training_log: Annotated[Optional[Path], Opt(exists=True, dir_okay=False, help=_LOG)] = None,
    gpu_id: Annotated[int, Opt("--gpu-id", "-g", help="GPU, or -1 for the CPU")] = -1,
) -> None:
    """Score or compare pipelines under all match criteria, in one pass.

    Scores have 95 % intervals, and are broken down by overlap type, number of triples, length and
    predicate. Predicted predicate sets are scored too. With --compare, a second pipeline is scored
    on the same texts, with the significant differences.
    """
    from ..evaluation.evaluator import evaluate
    from ..evaluation.matching import get_criterion, make_criteria, read_aliases
    from ..pipeline.lookup import find_common_key
    from ..visualize.evaluation_page import TextCollector, list_files, write_evaluation
    from ..visualize.score_tables import evaluation_tables

    files = list_files(output) if output else []
    with writing("Nothing was scored", *files):
        names = [read_aliases(path) if path else None for path in (aliases, places)]
        criteria = make_criteria(*names)
        shown = get_criterion(criteria, rule or criterion).name
        if "boundary" in (rule, criterion):
            msg.warn("The criterion boundary is called head now; boundaries is another one, offset")
        log = _read_log(training_log) if training_log else []
        setup_gpu(gpu_id)
        models = [model] if compare is None else [model, compare]
        pipelines = [load_pipeline(name) for name in models]
        spans_key = find_common_key(pipelines)
        collector = TextCollector(n_texts if output else 0)
        result = evaluate(
            pipelines,
            read_docs(gold),
            criteria,
            n_replicates=replicates,
            seed=seed,
            callback=collector,
            spans_key=spans_key,
        ).to_dict(models)
        tables = evaluation_tables(result, shown, min_support)
        print_tables(tables)
        if output:
            plots = _plots(result["models"], log)
            content = {"gold": str(gold), **result}
            write_evaluation(output, content, tables, collector.texts, plots, spans_key)
    _warn_of_gaps(result, shown)
    if output:
        msg.good(f"Wrote scores.json and report.html to {output}")


def _read_log(path: Path) -> List[Dict[str, Any]]:
    rows = list(read_rows(path))
    if not all({"step", "scores"} <= set(row) for row in rows):
        raise ValueError(f"{path} is not an output file of spacy.ConsoleLogger.v3.")
    return rows


def _warn_of_gaps(result: Dict[str, Any], criterion: str) -> None:
    unscored = result["models"][0]["criteria"][criterion]["unscored"]
    if unscored:
        msg.warn(f"No breakdowns by the criterion {criterion}: {unscored}")
    if result["unannotated"]:
        msg.warn(f"Skipped {result['unannotated']} unannotated texts")


def _plots(models: Sequence[Dict[str, Any]], log: Sequence[Dict[str, Any]]) -> Dict[str, str]:
    from ..visualize.plots import plot_scores, plot_training

    try:
        return {**plot_scores(models), **(plot_training(log) if log else {})}
    except ImportError:
        msg.warn('The report has no plots. They need: pip install "spacy-spo[report]"')
        return {}

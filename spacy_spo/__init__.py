"""Subject-predicate-object triples in text, as trainable spaCy components.

Nothing needs to be imported for the components to work in a pipeline: their entry points
register them. Importing this package alone loads nothing heavy: each name below is imported when
it is first asked for.
"""

from importlib import import_module
from typing import TYPE_CHECKING, List

if TYPE_CHECKING:
    from .analysis.auditing import audit
    from .analysis.explanation import explain
    from .analysis.tuning import tune
    from .data.conversion import convert
    from .evaluation.evaluator import evaluate
    from .extraction import extract
    from .pretraining import make_encoder
    from .triples import (
        Triple,
        align,
        doc_from_json,
        doc_to_json,
        get_relations,
        get_triples,
        join_docs,
        realign,
        set_triples,
        span_as_doc,
    )
    from .visualize.display import render

__version__ = "0.1.0"

__all__ = [
    "Triple",
    "__version__",
    "align",
    "audit",
    "convert",
    "doc_from_json",
    "doc_to_json",
    "evaluate",
    "explain",
    "extract",
    "get_relations",
    "get_triples",
    "join_docs",
    "make_encoder",
    "realign",
    "render",
    "set_triples",
    "span_as_doc",
    "tune",
]

# Where a name is defined, if not in `triples`.
_MODULES = {
    "audit": "analysis.auditing",
    "convert": "data.conversion",
    "evaluate": "evaluation.evaluator",
    "explain": "analysis.explanation",
    "extract": "extraction",
    "make_encoder": "pretraining",
    "render": "visualize.display",
    "tune": "analysis.tuning",
}

if not TYPE_CHECKING:  # a checker would take every name for one of ours

    def __getattr__(name: str) -> object:
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        module = import_module(f".{_MODULES.get(name, 'triples')}", __name__)
        return getattr(module, name)


def __dir__() -> List[str]:
    return sorted(__all__)

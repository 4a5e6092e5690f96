"""Subject-predicate-object triples in text, as trainable spaCy components.

Nothing needs to be imported for the components to work in a pipeline: their entry points
register them. Importing this package alone loads nothing heavy.
"""

from importlib import import_module
from typing import Any, List

__version__ = "0.1.0"

_TRIPLE_NAMES = (
    "Triple",
    "align",
    "doc_from_json",
    "doc_to_json",
    "get_relations",
    "get_triples",
    "join_docs",
    "realign",
    "set_triples",
    "span_as_doc",
)
_NAMES = {
    **dict.fromkeys(_TRIPLE_NAMES, "spacy_spo.triples"),
    "render": "spacy_spo.visualize.display",
}
__all__ = [*_NAMES, "__version__"]


def __getattr__(name: str) -> Any:
    if name in _NAMES:
        return getattr(import_module(_NAMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> List[str]:
    return sorted(__all__)

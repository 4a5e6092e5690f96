"""The annotation formats, a module each.

A format is found by its presence: a module of this package that holds a `Format`, or an entry point
of another package in the group `spacy_spo_formats`, e.g. `acme = "acme_corpus.annotations:ACME"`.
"""

from functools import cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from pkgutil import iter_modules
from typing import Dict, Tuple

from ..files import ConversionError
from ..format import Format

GROUP = "spacy_spo_formats"


@cache
def find_builtin_formats() -> Tuple[Format, ...]:
    """Find the formats in the modules of this package.

    RETURNS (Tuple[Format, ...]): The formats, in the order of detection.
    """
    modules = [import_module(f"{__name__}.{module.name}") for module in iter_modules(__path__)]
    values = [value for module in modules for value in vars(module).values()]
    # A module may import the format of another one.
    formats = dict.fromkeys(value for value in values if isinstance(value, Format))
    return tuple(sorted(formats, key=_detection_order))


@cache
def find_formats() -> Tuple[Format, ...]:
    """Find all formats, those of other packages included.

    RETURNS (Tuple[Format, ...]): The formats, in the order of detection.
    RAISES (ConversionError): If an entry point cannot be loaded, is not a `Format`, or has the name
        of another format.
    """
    formats: Dict[str, Format] = {known.name: known for known in find_builtin_formats()}
    for entry_point in sorted(entry_points(group=GROUP)):
        external = _load(entry_point)
        if formats.setdefault(external.name, external) is not external:
            raise ConversionError(
                f"{_describe(entry_point)} defines the format {external.name!r}, and there is one "
                "of that name already: rename it, or uninstall the package."
            )
    return tuple(sorted(formats.values(), key=_detection_order))


def _detection_order(data_format: Format) -> Tuple[int, str]:
    return -data_format.priority, data_format.name


def _load(entry_point: EntryPoint) -> Format:
    try:
        value = entry_point.load()
    except Exception as error:  # whatever the module of another package raises
        raise ConversionError(
            f"{_describe(entry_point)} cannot be loaded ({type(error).__name__}: {error}). Correct "
            "or uninstall the package."
        ) from error
    if not isinstance(value, Format):
        raise ConversionError(
            f"{_describe(entry_point)} must be a spacy_spo.data.format.Format, not {value!r:.60}."
        )
    return value


def _describe(entry_point: EntryPoint) -> str:
    return f"The entry point {entry_point.name} = {entry_point.value} in the group {GROUP}"

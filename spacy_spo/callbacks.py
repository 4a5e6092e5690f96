"""Callbacks for a pipeline before it is saved."""

import os
from pathlib import Path
from typing import Any, Callable, Dict

from spacy.language import Language


def make_forget_paths() -> Callable[[Language], Language]:
    """Make the callback for `[training.before_to_disk]`, `spacy-spo.forget_paths.v1`.

    RETURNS (Callable): `forget_paths`.
    """
    return forget_paths


def forget_paths(nlp: Language) -> Language:
    """Shorten every absolute path in the config to its last part.

    A saved pipeline is loaded, packaged and trained further without the files of its training, so
    their paths on one machine are of no use on another.

    nlp (Language): The pipeline; its config is changed in place.
    RETURNS (Language): The same pipeline.
    """
    # `nlp.config` has only a copy of the block of a component.
    for section in (nlp.config, *map(nlp.get_pipe_config, nlp.component_names)):
        _shorten_paths(section)
    return nlp


def _shorten_paths(section: Dict[str, Any]) -> None:
    for key, value in section.items():
        section[key] = _shortened(value)


def _shortened(value: Any) -> Any:
    if isinstance(value, dict):
        _shorten_paths(value)
    elif isinstance(value, list):
        return [_shortened(item) for item in value]
    # It has to exist: a string that starts with a slash may be anything.
    elif isinstance(value, str) and os.path.isabs(value) and os.path.exists(value):
        return Path(value).name or value
    return value

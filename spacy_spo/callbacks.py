"""What happens to a pipeline before training saves it."""

import os
from pathlib import Path
from typing import Any, Callable, Dict

from spacy.language import Language


def make_forget_paths() -> Callable[[Language], Language]:
    """RETURNS (Callable): For `[training.before_to_disk]`, `spacy-spo.forget_paths.v1`."""
    return forget_paths


def forget_paths(nlp: Language) -> Language:
    """Shorten every absolute path in the config to its last part.

    A saved pipeline is loaded, packaged and trained on without the files that it was made from, so
    their place on one machine is of no use on another.

    nlp (Language): The pipeline; its config is changed in place.
    RETURNS (Language): The same pipeline.
    """
    # What is set right in the block of a component is only a copy in `nlp.config`.
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

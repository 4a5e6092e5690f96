"""Callbacks for a pipeline before it is saved."""

import copy
import os
from functools import partial
from pathlib import Path
from typing import Any, Callable, Dict, Iterable, Optional, Union

from spacy.language import Language

from .outputs import carry_over, replacing

Callback = Callable[[Language], Language]


def make_save_whole(before: Optional[Callback] = None) -> Callback:
    """Make the callback for `[training.before_to_disk]`, `spacy-spo.save_whole.v1`.

    Without it, spaCy writes into the folder of the last pipeline, and a training that is killed
    meanwhile leaves neither the old one nor the new one.

    before (Optional[Callable]): Another callback, called first.
    RETURNS (Callable): Returns a pipeline that is saved whole, or not at all.
    """
    return partial(save_whole, before=before)


def save_whole(nlp: Language, *, before: Optional[Callback] = None) -> Language:
    """Let a pipeline replace its folder when it is saved.

    nlp (Language): The pipeline; not changed, unless by `before`.
    before (Optional[Callable]): Another callback, called first.
    RETURNS (Language): A shallow copy. Its `to_disk` leaves the earlier pipeline in its place until
        the new one is written.
    """
    prepared = before(nlp) if before else nlp
    saved = copy.copy(prepared)
    # An attribute, since pipelines of any language and class are saved.
    saved.to_disk = partial(_replace, prepared)  # type: ignore[method-assign]
    return saved


def _replace(nlp: Language, path: Union[str, Path], *, exclude: Iterable[str] = ()) -> None:
    with replacing(Path(path), "folder") as unfinished:
        nlp.to_disk(unfinished, exclude=exclude)
        carry_over(Path(path), unfinished)


def make_forget_paths() -> Callback:
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

"""Loading of pipelines, for all commands."""

from contextlib import contextmanager
from pathlib import Path
from typing import Any, Dict, Iterator

from spacy.language import Language
from spacy.util import load_config, load_model, load_model_from_config


def load_pipeline(name: str) -> Language:
    """Load a trained pipeline.

    name (str): Its name or path.
    RETURNS (Language): The pipeline.
    RAISES (ValueError): If it cannot be loaded, for any reason.
    """
    with _one_line_errors("pipeline", name):
        return load_model(name)


def make_pipeline(config: Path, overrides: Dict[str, Any]) -> Language:
    """Make an untrained pipeline.

    config (Path): Its config.
    overrides (Dict[str, Any]): Values of the config to replace, by name.
    RETURNS (Language): The pipeline.
    RAISES (ValueError): If the config is not valid.
    """
    with _one_line_errors("config", config):
        return load_model_from_config(load_config(config, overrides=overrides), auto_fill=True)


@contextmanager
def _one_line_errors(kind: str, name: object) -> Iterator[None]:
    try:
        yield
    # Damaged files raise any error, from deep inside of spaCy and of what it builds on.
    except Exception as error:
        cause = " ".join(str(error).split())
        if not isinstance(error, (OSError, ValueError)) or not cause:
            cause = f"{type(error).__name__}: {cause}"
        raise ValueError(
            f"The {kind} {name} cannot be loaded: it is missing, damaged, or needs other packages "
            f"or versions. {cause}"
        ) from error

"""Save a component, and check its files when they are loaded.

Damaged or edited files would otherwise give wrong triples, or none, without a word.
"""

import json
import warnings
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any, Callable, Dict, Iterable, Mapping, Union, cast

import srsly
from spacy import util
from spacy.language import Language
from spacy.pipeline import TrainablePipe
from thinc.api import Model

from .. import __version__
from ..models.weights import check_finite, naming

# The files of a component, beside the folder of the vocabulary.
CFG, MODEL = "cfg", "model"
# Keys of a saved cfg, beside what the component has learned.
CHECKSUMS, SETTINGS, VERSION = "checksums", "settings", "version"


def require_package(nlp: Language) -> None:
    """Add this package to the requirements in `meta.json`.

    nlp (Language): The pipeline.
    """
    requirements = nlp.meta.get("requirements", [])
    others = [r for r in requirements if util.split_requirement(r)[0] != "spacy-spo"]
    nlp.meta["requirements"] = [*others, f"spacy-spo>={__version__}"]


class SavedPipe(TrainablePipe):
    """A trainable pipe that checks its files when it is loaded.

    A saved `cfg` has, beside what the component has learned, the settings that were changed since
    it was made, the version of this package, and checksums. Files of earlier versions have none of
    these, and are loaded with fewer checks.
    """

    cfg: Dict[str, Any]
    model: Model

    def to_bytes(self, *, exclude: Iterable[str] = ()) -> bytes:
        """Save the component as bytes.

        exclude (Iterable[str]): Parts to leave out: "cfg", "model" or "vocab".
        RETURNS (bytes): The bytes.
        """
        parts: Dict[str, Callable[[], bytes]] = {
            name: partial(bytes, data) for name, data in self._dump().items()
        }
        parts["vocab"] = partial(self.vocab.to_bytes, exclude=exclude)
        return cast(bytes, util.to_bytes(parts, tuple(exclude)))

    def to_disk(self, path: Union[str, Path], *, exclude: Iterable[str] = ()) -> None:
        """Save the component to a folder.

        path (Union[str, Path]): The folder.
        exclude (Iterable[str]): As in `to_bytes`.
        """
        parts: Dict[str, Callable[[Path], Any]] = {
            name: partial(_write, data) for name, data in self._dump().items()
        }
        parts["vocab"] = partial(self.vocab.to_disk, exclude=exclude)
        util.to_disk(path, parts, tuple(exclude))

    def from_bytes(self, bytes_data: bytes, *, exclude: Iterable[str] = ()) -> "SavedPipe":
        """Load the component from bytes.

        bytes_data (bytes): The result of `to_bytes`.
        exclude (Iterable[str]): As in `to_bytes`.
        RETURNS (SavedPipe): The component itself.
        RAISES (ValueError): If the bytes are damaged or edited, or do not fit the config.
        """
        parts = srsly.msgpack_loads(bytes_data)
        if "vocab" in parts and "vocab" not in exclude:
            self.vocab.from_bytes(parts["vocab"], exclude=exclude)
        # As in spaCy, parts that were left out of the bytes are skipped.
        chosen = {n: parts[n] for n in (CFG, MODEL) if n in parts and n not in exclude}
        self._load(chosen, f"{self.name!r}: ")
        return self

    def from_disk(self, path: Union[str, Path], *, exclude: Iterable[str] = ()) -> "SavedPipe":
        """Load the component from a folder.

        path (Union[str, Path]): The folder.
        exclude (Iterable[str]): As in `to_bytes`.
        RETURNS (SavedPipe): The component itself.
        RAISES (ValueError): If a file is missing, damaged or edited, or does not fit the config.
        """
        folder = Path(path)
        if "vocab" not in exclude:
            self.vocab.from_disk(folder / "vocab", exclude=exclude)
        with naming(str(folder)):
            chosen = {n: (folder / n).read_bytes() for n in (CFG, MODEL) if n not in exclude}
        self._load(chosen, f"{folder}/")
        return self

    def _dump(self) -> Dict[str, bytes]:
        model = self.model.to_bytes()
        cfg = {**self.cfg, SETTINGS: self._changed_settings(), VERSION: __version__}
        checksums = {CFG: _checksum(_canonical(cfg)), MODEL: _checksum(model)}
        return {CFG: _canonical({**cfg, CHECKSUMS: checksums}), MODEL: model}

    def _load(self, parts: Mapping[str, bytes], source: str) -> None:
        # The source is what comes before the name of a part in errors.
        checksums: Mapping[str, str] = {}
        if CFG in parts:
            with naming(f"{source}{CFG}"):
                cfg = _parse_cfg(parts[CFG])
                checksums = cfg.pop(CHECKSUMS, {})
                _compare(checksums, CFG, _canonical(cfg))
                _warn_of_newer(cfg.pop(VERSION, __version__), source)
                self._restore_settings(cfg.pop(SETTINGS, {}))
                self.cfg.update(cfg)
        if MODEL in parts:
            with naming(f"{source}{MODEL}"):
                _compare(checksums, MODEL, parts[MODEL])
                self.model.from_bytes(parts[MODEL])
                check_finite(self.model)
        with naming(f"{source}{CFG}"):
            self._check_sizes()

    def _check_sizes(self) -> None:
        for dim, size in self._sizes().items():
            if self.model.has_dim(dim) and self.model.get_dim(dim) != size:
                raise ValueError(
                    f"Its labels and schema need a model with {dim} = {size}, but the model was "
                    f"trained with {self.model.get_dim(dim)}."
                )

    def _sizes(self) -> Dict[str, int]:
        # The dims of the model that what was learned determines.
        raise NotImplementedError

    def _changed_settings(self) -> Dict[str, Any]:
        # Settings changed since the component was made, as JSON.
        raise NotImplementedError

    def _restore_settings(self, saved: Mapping[str, Any]) -> None:
        # The inverse of `_changed_settings`.
        raise NotImplementedError


def _write(data: bytes, path: Path) -> None:
    path.write_bytes(data)


def _canonical(cfg: Mapping[str, Any]) -> bytes:
    return json.dumps(cfg, ensure_ascii=False, sort_keys=True, indent=2).encode()


def _checksum(data: bytes) -> str:
    return sha256(data).hexdigest()


def _compare(checksums: Mapping[str, str], name: str, data: bytes) -> None:
    if checksums.get(name, _checksum(data)) != _checksum(data):
        raise ValueError(
            "Its contents are not those that were saved (checksum). After an edit on purpose, "
            f'delete "{CHECKSUMS}" in the {CFG} of the component.'
        )


def _parse_cfg(data: bytes) -> Dict[str, Any]:
    cfg = json.loads(data)
    labels = cfg.get("labels") if isinstance(cfg, dict) else None
    if not isinstance(labels, list) or not all(isinstance(label, str) for label in labels):
        raise ValueError('It is no JSON object with the list of predicates "labels".')
    return cast(Dict[str, Any], cfg)


def _warn_of_newer(version: str, source: str) -> None:
    if not util.is_compatible_version(__version__, f">={util.get_minor_version(version)}"):
        warnings.warn(
            f"{source}{CFG} was saved by spacy-spo {version}, which is newer than the installed "
            f"{__version__}. If there are errors, or other triples: pip install -U spacy-spo.",
            stacklevel=2,
        )

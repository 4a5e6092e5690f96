"""Load Hugging Face models and tokenizers, and save them in a pipeline.

The file is that of spacy-transformers, with a checksum. Nothing in it is executed, and its files of
the tokenizer are written to a temporary folder only: a pipeline may come from anywhere.
"""

import re
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Dict, Mapping, Optional, Tuple

import srsly
from huggingface_hub.utils import HFValidationError
from spacy_transformers.data_classes import HFObjects
from thinc.api import get_torch_default_device
from transformers import AutoConfig, AutoModel, AutoTokenizer

from .weights import dump_weights, load_weights

# The message of a tokenizer has these beside its files.
_KEYWORDS = "kwargs"
_KNOWN_KEYWORDS = {"use_fast": bool}
# Settings of a model that let transformers run code of others: classes of its own, and kernels.
_CODE_SETTINGS = re.compile("auto_map|custom_pipelines|.*_implementation.*")
_RESERVED_POSITIONS = 2  # of RoBERTa
# transformers announces an indexing error for long texts; here they are cut to the maximum, with a
# warning of its own.
_LENGTH_WARNING = "sequence-length-is-longer-than-the-specified-maximum"


def load_pretrained(
    name: str, tokenizer_config: Mapping[str, Any], transformer_config: Mapping[str, Any]
) -> HFObjects:
    """Load a model from the hub or a local folder.

    name (str): The name or path.
    tokenizer_config (Mapping[str, Any]): Settings of the tokenizer.
    transformer_config (Mapping[str, Any]): Settings of the model.
    RETURNS (HFObjects): Model, tokenizer, and the vocabulary file of the tokenizer if it has one.
    RAISES (OSError): If the model cannot be loaded.
    RAISES (ValueError): If the model consists of code, which is never run.
    """
    safe = {"trust_remote_code": False}
    try:
        tokenizer = AutoTokenizer.from_pretrained(name, **{**tokenizer_config, **safe})
        settings = {**transformer_config, "return_dict": True, **safe}
        config = AutoConfig.from_pretrained(name, **settings)
        transformer = AutoModel.from_pretrained(name, config=config, **safe)
    except Exception as error:  # damaged files raise errors of any type
        if isinstance(error, ValueError) and not isinstance(error, HFValidationError):
            raise
        # That of Hugging Face need not name the encoder.
        raise OSError(
            f"The encoder {name!r} could not be loaded, neither as a local folder nor from the "
            f"hub: {error}"
        ) from error
    _prepare(tokenizer, config)
    transformer.to(get_torch_default_device())
    return HFObjects(tokenizer, transformer.eval(), _vocab_file(tokenizer))


def dump_pretrained(pretrained: HFObjects) -> bytes:
    """Convert model and tokenizer to bytes.

    pretrained (HFObjects): Model and tokenizer, or, before they are loaded, their settings.
    RETURNS (bytes): The message, for `parse_pretrained`.
    """
    is_loaded = pretrained.transformer is not None
    message = {
        "config": pretrained.transformer.config.to_dict() if is_loaded else {},
        "state": dump_weights(pretrained.transformer) if is_loaded else b"",
        "tokenizer": _tokenizer_files(pretrained) if is_loaded else {},
        "_init_tokenizer_config": {} if is_loaded else pretrained._init_tokenizer_config,
        "_init_transformer_config": {} if is_loaded else pretrained._init_transformer_config,
    }
    data: bytes = srsly.msgpack_dumps({**message, "checksum": compute_checksum(message)})
    return data


def compute_checksum(message: Mapping[str, Any]) -> str:
    """Compute the checksum of a message.

    message (Mapping[str, Any]): The message, with or without a checksum.
    RETURNS (str): SHA-256 of its weights and of all else, in hexadecimal digits.
    """
    rest = {key: v for key, v in message.items() if key not in ("state", "checksum")}
    checksum = sha256(message["state"])  # without a copy of the weights
    checksum.update(srsly.msgpack_dumps(rest))
    return checksum.hexdigest()


def parse_pretrained(data: bytes) -> HFObjects:
    """Build model and tokenizer from bytes.

    data (bytes): The result of `dump_pretrained`, or of spacy-transformers.
    RETURNS (HFObjects): Model and tokenizer, or their settings.
    RAISES (ValueError): If the bytes are damaged, or ask for more than a model and a tokenizer.
    """
    message = srsly.msgpack_loads(data)
    if not message["config"]:
        settings = message["_init_tokenizer_config"], message["_init_transformer_config"]
        return HFObjects(None, None, None, *settings)
    # Pipelines of earlier releases have no checksum.
    if message.get("checksum") not in (None, compute_checksum(message)):
        raise ValueError("Its contents are not those that were saved (checksum).")
    config = {key: v for key, v in message["config"].items() if not _CODE_SETTINGS.match(key)}
    model_type = config.pop("model_type", None)
    transformer = AutoModel.from_config(
        AutoConfig.for_model(model_type, **config), trust_remote_code=False
    )
    load_weights(transformer, message["state"], get_torch_default_device())
    tokenizer, vocab_file = _parse_tokenizer(message["tokenizer"])
    _prepare(tokenizer, transformer.config)
    return HFObjects(tokenizer, transformer, vocab_file, {}, {})


def _tokenizer_files(pretrained: HFObjects) -> Dict[str, Any]:
    tokenizer = pretrained.tokenizer
    with TemporaryDirectory() as folder:
        if pretrained.vocab_file_contents is not None:
            # The original may be gone.
            path = Path(folder, tokenizer.vocab_files_names["vocab_file"])
            path.write_bytes(pretrained.vocab_file_contents)
            tokenizer.vocab_file = str(path)
        tokenizer.save_pretrained(folder)
        files = {path.name: path.read_bytes() for path in Path(folder).iterdir() if path.is_file()}
    return {_KEYWORDS: {"use_fast": tokenizer.is_fast}, **files}


def _parse_tokenizer(files: Mapping[str, Any]) -> Tuple[Any, Optional[bytes]]:
    keywords = files.get(_KEYWORDS, {})
    for name, value in keywords.items():
        if not isinstance(value, _KNOWN_KEYWORDS.get(name, ())):
            raise ValueError(f"Its tokenizer has the unknown setting {name!r} ({value!r}).")
    with TemporaryDirectory() as folder:
        for name, contents in files.items():
            if name != _KEYWORDS:
                _safe_path(folder, name).write_bytes(contents)
        tokenizer = AutoTokenizer.from_pretrained(
            folder, local_files_only=True, trust_remote_code=False, **keywords
        )
        return tokenizer, _vocab_file(tokenizer)


def _safe_path(folder: str, name: str) -> Path:
    # A name with separators would be written elsewhere.
    if not name or name in (".", "..") or set(name) & set("/\\:\0"):
        raise ValueError(f"Its tokenizer has a file of the name {name!r}: not a plain file name.")
    return Path(folder, name)


def _vocab_file(tokenizer: Any) -> Optional[bytes]:
    # Slow tokenizers have one. Fast ones of SentencePiece may, and do without.
    path = getattr(tokenizer, "vocab_file", None)
    return Path(path).read_bytes() if path and Path(path).is_file() else None


def _prepare(tokenizer: Any, config: Any) -> None:
    tokenizer.deprecation_warnings[_LENGTH_WARNING] = True
    # A tokenizer that does not state its maximum lets the model run out of positions, of which some
    # models reserve a few.
    n_positions = getattr(config, "max_position_embeddings", None) or tokenizer.model_max_length
    if tokenizer.model_max_length > n_positions:
        tokenizer.model_max_length = n_positions - _RESERVED_POSITIONS
    # The first call of a fast tokenizer sets its padding, which fails while another thread uses it.
    tokenizer(["a"], padding="longest")

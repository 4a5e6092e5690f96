"""The file of the encoder: nothing in it is executed, and damage is an error."""

import io
import pickle
from pathlib import Path

import pytest
import srsly
import torch
from tokenizers import Tokenizer
from transformers import AutoTokenizer, XLMRobertaTokenizerFast, tokenization_utils_base

from spacy_spo.models.encoder import build_transformer
from spacy_spo.models.pretrained import (
    compute_checksum,
    dump_pretrained,
    load_pretrained,
    parse_pretrained,
)


@pytest.fixture(scope="module")
def saved(encoder):
    return dump_pretrained(load_pretrained(encoder, {}, {}))


def change(saved, **parts):
    """The bytes with other parts, and their checksum."""
    message = {**srsly.msgpack_loads(saved), **parts}
    message["checksum"] = compute_checksum(message)
    return srsly.msgpack_dumps(message)


def tokenizer_of(saved):
    return srsly.msgpack_loads(saved)["tokenizer"]


def weights_of(saved):
    return torch.load(io.BytesIO(srsly.msgpack_loads(saved)["state"]), weights_only=True)


def with_weights(saved, state):
    buffer = io.BytesIO()
    torch.save(state, buffer)
    return change(saved, state=buffer.getvalue())


def loaded(data):
    """All that is saved but the temporary folder of the tokenizer, and the checksum."""
    message = srsly.msgpack_loads(data)
    message["tokenizer"].pop("tokenizer_config.json")
    del message["checksum"]
    return message


def test_it_comes_back_as_it_was(saved):
    pretrained = parse_pretrained(saved)
    assert loaded(dump_pretrained(pretrained)) == loaded(saved)
    assert not pretrained.transformer.training


def test_that_of_spacy_transformers_is_read(saved):
    """It has no checksum."""
    message = srsly.msgpack_loads(saved)
    del message["checksum"]
    pretrained = parse_pretrained(srsly.msgpack_dumps(message))
    assert loaded(dump_pretrained(pretrained)) == loaded(saved)


@pytest.mark.parametrize(
    "name", ["", ".", "..", "../out", "/tmp/out", "a/b", "a\\b", "C:out", "\0"]
)
def test_files_are_written_to_their_own_folder_only(saved, name):
    files = {**tokenizer_of(saved), name: b"out"}
    with pytest.raises(ValueError, match="not a plain file name"):
        parse_pretrained(change(saved, tokenizer=files))


@pytest.mark.parametrize(
    "keywords", [{"trust_remote_code": True}, {"use_fast": "yes"}, {"subfolder": "x"}]
)
def test_unknown_settings_of_the_tokenizer_are_refused(saved, keywords):
    files = {**tokenizer_of(saved), "kwargs": keywords}
    with pytest.raises(ValueError, match="unknown setting"):
        parse_pretrained(change(saved, tokenizer=files))


CODE = """
from pathlib import Path
from transformers import PreTrainedTokenizerFast, BertConfig, BertModel
Path({path!r}).touch()
class Theirs(PreTrainedTokenizerFast): pass
class TheirConfig(BertConfig): model_type = "theirs"
class TheirModel(BertModel): config_class = TheirConfig
"""


def test_code_beside_a_tokenizer_is_not_run(saved, tmp_path):
    ran = tmp_path / "ran"
    auto_map = {"AutoTokenizer": ["theirs.Theirs", "theirs.Theirs"]}
    config = {"tokenizer_class": "Theirs", "auto_map": auto_map}
    files = {
        **tokenizer_of(saved),
        "tokenizer_config.json": srsly.json_dumps(config).encode(),
        "theirs.py": CODE.format(path=str(ran)).encode(),
    }
    with pytest.raises(ValueError, match="trust_remote_code"):
        parse_pretrained(change(saved, tokenizer=files))
    assert not ran.exists()


def test_code_that_a_model_names_is_not_run(saved, tmp_path, monkeypatch):
    (tmp_path / "theirs.py").write_text(CODE.format(path=str(tmp_path / "ran")))
    monkeypatch.chdir(tmp_path)
    auto_map = {"AutoConfig": "theirs.TheirConfig", "AutoModel": "theirs.TheirModel"}
    config = srsly.msgpack_loads(saved)["config"]
    settings = {"auto_map": auto_map, "_name_or_path": str(tmp_path), "attn_implementation": "a/b"}
    parsed = parse_pretrained(change(saved, config={**config, **settings}))
    assert type(parsed.transformer).__module__.startswith("transformers.")
    with pytest.raises(ValueError, match="theirs"):
        parse_pretrained(change(saved, config={**config, **settings, "model_type": "theirs"}))
    assert not (tmp_path / "ran").exists()


def test_code_of_a_local_folder_or_the_hub_is_not_run(encoder, tmp_path):
    for path in Path(encoder).iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    config = srsly.read_json(tmp_path / "config.json")
    auto_map = {"AutoConfig": "theirs.TheirConfig", "AutoModel": "theirs.TheirModel"}
    srsly.write_json(
        tmp_path / "config.json", {**config, "model_type": "theirs", "auto_map": auto_map}
    )
    (tmp_path / "theirs.py").write_text(CODE.format(path=str(tmp_path / "ran")))
    with pytest.raises(ValueError, match="trust_remote_code"):
        load_pretrained(str(tmp_path), {}, {})
    assert not (tmp_path / "ran").exists()
    with pytest.raises(ValueError, match="never run"):
        build_transformer(encoder, lambda docs: [], {"trust_remote_code": True})


class Payload:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


def test_pickles_are_not_run(saved, tmp_path):
    buffer = io.BytesIO()
    torch.save({"weights": Payload(tmp_path / "ran")}, buffer)
    for state in (buffer.getvalue(), pickle.dumps(Payload(tmp_path / "ran"))):
        with pytest.raises(ValueError, match="more than weights, which is never executed"):
            parse_pretrained(change(saved, state=state))
    packed = {b"nd": True, b"type": "O", b"kind": b"O", b"shape": (1,)}
    message = {**srsly.msgpack_loads(saved), "more": {**packed, b"data": pickle.dumps(Payload(1))}}
    with pytest.raises((ValueError, TypeError)):
        parse_pretrained(srsly.msgpack_dumps(message))
    assert not (tmp_path / "ran").exists()


def test_any_change_is_noticed(saved):
    message = srsly.msgpack_loads(saved)
    flipped = bytearray(message["state"])
    flipped[len(flipped) // 2] ^= 1
    config = {**message["config"], "hidden_act": "relu"}
    files = {**message["tokenizer"], "tokenizer.json": b"{}"}
    for change in ({"state": bytes(flipped)}, {"config": config}, {"tokenizer": files}):
        with pytest.raises(ValueError, match="checksum"):
            parse_pretrained(srsly.msgpack_dumps({**message, **change}))


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_weights_that_are_not_finite_are_refused(saved, value):
    state = weights_of(saved)
    name = next(iter(state))
    state[name] = state[name].clone().fill_(value)
    with pytest.raises(ValueError, match=rf"1 weights, the first of them '{name}', .*not finite"):
        parse_pretrained(with_weights(saved, state))


def test_missing_unknown_and_misshapen_weights_are_refused(saved):
    state = weights_of(saved)
    name, *_ = state
    missing = {key: value for key, value in state.items() if key != name}
    for wrong in (missing, {**state, "other": state[name]}, {**state, name: state[name][:1]}):
        with pytest.raises(ValueError, match="do not fit the model"):
            parse_pretrained(with_weights(saved, wrong))


def test_a_fast_tokenizer_needs_no_file_of_sentencepiece(encoder, tmp_path):
    """XLM-R as it is often saved: with tokenizer.json alone."""
    for path in Path(encoder).iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    tokenizer = XLMRobertaTokenizerFast(
        tokenizer_object=Tokenizer.from_file(str(tmp_path / "tokenizer.json")),
        unk_token="[UNK]",
        pad_token="[PAD]",
    )
    for path in tmp_path.glob("tokenizer*"):
        path.unlink()
    tokenizer.save_pretrained(tmp_path)
    assert AutoTokenizer.from_pretrained(tmp_path).vocab_file is None
    pretrained = load_pretrained(str(tmp_path), {}, {})
    again = parse_pretrained(dump_pretrained(pretrained))
    assert type(again.tokenizer) is XLMRobertaTokenizerFast
    assert again.tokenizer("Ann wrote")["input_ids"] == tokenizer("Ann wrote")["input_ids"]


def test_a_tokenizer_without_a_maximum_gets_that_of_the_model(encoder, tmp_path):
    for path in Path(encoder).iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    settings = srsly.read_json(tmp_path / "tokenizer_config.json")
    del settings["model_max_length"]
    srsly.write_json(tmp_path / "tokenizer_config.json", settings)
    pretrained = load_pretrained(str(tmp_path), {}, {})
    n_positions = pretrained.transformer.config.max_position_embeddings
    assert pretrained.tokenizer.model_max_length == n_positions - 2
    assert load_pretrained(encoder, {}, {}).tokenizer.model_max_length == n_positions


def test_long_texts_are_not_announced_as_errors(encoder, monkeypatch):
    warned = []
    monkeypatch.setattr(tokenization_utils_base.logger, "warning", warned.append)
    text = "Ann wrote " * AutoTokenizer.from_pretrained(encoder).model_max_length
    load_pretrained(encoder, {}, {}).tokenizer([text])
    assert not warned
    AutoTokenizer.from_pretrained(encoder)([text])
    assert len(warned) == 1

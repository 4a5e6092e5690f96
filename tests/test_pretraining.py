import random
from pathlib import Path
from typing import List

import pytest
import spacy
import torch
from transformers import AutoModel, AutoTokenizer, RobertaConfig, RobertaForMaskedLM

from spacy_spo.pretraining import (
    build_encoder,
    build_tokenizer,
    build_vocab,
    load_encoder,
    make_encoder,
    pretrain,
    save_encoder,
)

SMALL = {"hidden_size": 16, "layers": 1, "heads": 2, "intermediate_size": 32, "max_length": 64}


def make_texts(count: int) -> List[str]:
    rng = random.Random(0)
    names = ["山海", "长河", "云雀", "白塔", "青石", "落梅"]
    verbs = ["写了", "导演了", "唱了"]
    return [
        f"{rng.choice(names)}{rng.choice(verbs)}《{rng.choice(names)}{i}》。" for i in range(count)
    ]


@pytest.fixture
def texts() -> List[str]:
    return make_texts(300)


def make(texts: List[str], seed: int = 0, **sizes: int):
    vocab = build_vocab(texts)
    model = build_encoder(len(vocab), seed=seed, **{**SMALL, **sizes})
    return model, build_tokenizer(vocab, max_length=64)


def weights(model) -> torch.Tensor:
    return torch.cat([p.detach().flatten() for p in model.parameters()])


def vectors(folder: Path, text: str) -> torch.Tensor:
    inputs = AutoTokenizer.from_pretrained(folder)(text, return_tensors="pt")
    with torch.no_grad():
        return AutoModel.from_pretrained(folder).eval()(**inputs).last_hidden_state


def test_tokens_are_characters_and_continue_words_only_in_latin_and_digits():
    texts = ["《山海》1981年，长12cm，ド café"] * 2
    tokenizer = build_tokenizer(build_vocab(texts))
    assert tokenizer.tokenize("《山海》1981年") == [*"《山海》1", "##9", "##8", "##1", "年"]
    assert tokenizer.tokenize("12cm，café") == [
        "1", "##2", "##c", "##m", "，", "c", "##a", "##f", "##é",
    ]  # fmt: skip
    vocab = tokenizer.get_vocab()
    assert "##ド" in vocab
    assert not {"##山", "##，", "##》"} & set(vocab)


def test_frequent_words_are_tokens_and_the_others_are_spelled():
    texts = ["Ann sang a song.", "Ann sang it.", "Ann wept."]
    vocab = build_vocab(texts, lower_case=True, min_word_count=2)
    assert vocab[-2:] == ["ann", "sang"]
    tokenizer = build_tokenizer(vocab, lower_case=True)
    assert tokenizer.tokenize("Ann wept.") == ["ann", "w", "##e", "##p", "##t", "."]


@pytest.mark.parametrize("lower_case, expected", [(False, ["É", "##A"]), (True, ["é", "##a"])])
def test_lower_casing_keeps_accents(lower_case: bool, expected: List[str]):
    vocab = build_vocab(["ÉA", "ÉA"], lower_case=lower_case)
    assert build_tokenizer(vocab, lower_case=lower_case).tokenize("ÉA") == expected


def test_min_count_leaves_rare_characters_out_but_ascii_in():
    vocab = build_vocab(["山山海", "山水"], min_count=2)
    assert vocab[:6] == ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "山"]
    assert not {"海", "水"} & set(vocab)
    assert {"z", "##z", "7", "##7"} <= set(vocab)
    assert {"山", "海", "水"} <= set(build_vocab(["山山海", "山水"], min_count=1))
    assert len(vocab) == len(set(vocab))


@pytest.mark.parametrize("texts", [[], [""], [" \n\u3000"], ["海"]])
def test_texts_without_enough_characters_are_refused(texts: List[str]):
    with pytest.raises(ValueError, match="No character"):
        build_vocab(texts, min_count=2)


@pytest.mark.parametrize("width", [10, 12])
def test_hidden_size_must_be_a_multiple_of_twice_the_heads(width: int):
    with pytest.raises(ValueError, match=rf"hidden size \({width}\).*heads \(4\)"):
        build_encoder(20, hidden_size=width, heads=4)


def test_seed_decides_the_weights():
    same, again = (weights(build_encoder(30, seed=1, **SMALL)) for _ in range(2))
    other = weights(build_encoder(30, seed=2, **SMALL))
    assert torch.equal(same, again)
    assert not torch.equal(same, other)


def test_sizes_and_dropout_reach_the_encoder():
    config = build_encoder(30, dropout=0.25, **SMALL).base_model.config
    assert (config.hidden_size, config.num_hidden_layers, config.num_attention_heads) == (16, 1, 2)
    assert (config.intermediate_size, config.max_position_embeddings) == (32, 64)
    assert config.hidden_dropout_prob == config.attention_probs_dropout_prob == 0.25


@pytest.mark.parametrize("head", [True, False])
def test_saved_folder_gives_the_same_vectors(tmp_path: Path, texts: List[str], head: bool):
    model, tokenizer = make(texts)
    save_encoder(model if head else model.base_model, tokenizer, tmp_path)
    inputs = tokenizer(texts[0], return_tensors="pt")
    with torch.no_grad():
        expected = model.base_model.eval()(**inputs).last_hidden_state
    assert torch.equal(vectors(tmp_path, texts[0]), expected)
    names = {path.name for path in tmp_path.iterdir()}
    assert {"config.json", "model.safetensors", "tokenizer.json", "vocab.txt"} <= names
    # Every weight is what was saved, none is drawn anew at each load.
    assert torch.equal(weights(AutoModel.from_pretrained(tmp_path)), weights(model.base_model))


def test_saved_folder_works_in_a_pipeline(tmp_path: Path, texts: List[str]):
    model, tokenizer = make(texts)
    save_encoder(model.base_model, tokenizer, tmp_path / "encoder")
    nlp = spacy.blank("zh")
    trf = {"@architectures": "spacy-transformers.TransformerModel.v3"}
    trf.update(name=str(tmp_path / "encoder"), tokenizer_config={"use_fast": True})
    nlp.add_pipe("transformer", config={"model": trf})
    nlp.initialize()
    doc = nlp(texts[0])
    nlp.to_disk(tmp_path / "pipeline")
    again = spacy.load(tmp_path / "pipeline")(texts[0])
    state = doc._.trf_data.model_output.last_hidden_state
    assert state.shape[-1] == 16
    assert (state == again._.trf_data.model_output.last_hidden_state).all()


@pytest.mark.slow
def test_pretraining_learns_held_out_texts():
    texts = make_texts(2000)  # of 300, seven masked wordpieces are held out: too few for a share
    model, tokenizer = make(texts, hidden_size=32)
    reports = []
    before, after = pretrain(
        model,
        tokenizer,
        texts,
        steps=300,
        learn_rate=1e-2,
        length=32,
        progress_every=120,
        progress=reports.append,
    )
    assert after.loss < before.loss / 2
    assert after.accuracy > before.accuracy + 0.2
    assert [p.step for p in reports] == [120, 240, 300]
    assert reports[-1].loss < reports[0].loss
    assert all(p.texts_per_second > 0 for p in reports)


def test_pretraining_is_reproducible(texts: List[str]):
    results = []
    for seed in (3, 3, 4):
        model, tokenizer = make(texts)
        scores = pretrain(model, tokenizer, texts, steps=5, length=32, seed=seed)
        results.append((weights(model), scores))
    assert torch.equal(results[0][0], results[1][0])
    assert results[0][1] == results[1][1]
    assert not torch.equal(results[0][0], results[2][0])


@pytest.mark.slow
def test_pretraining_goes_on_from_a_saved_folder(tmp_path: Path, texts: List[str]):
    model, tokenizer = make(texts)
    _, first = pretrain(model, tokenizer, texts, steps=60, learn_rate=1e-2, length=32)
    save_encoder(model, tokenizer, tmp_path)
    model, tokenizer = load_encoder(str(tmp_path))
    before, _ = pretrain(model, tokenizer, texts, steps=1, length=32)
    assert before == first


@pytest.mark.slow
def test_pretraining_takes_other_architectures(texts: List[str]):
    _, tokenizer = make(texts)
    config = RobertaConfig(
        vocab_size=len(tokenizer),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=140,
        pad_token_id=tokenizer.pad_token_id,
    )
    model = RobertaForMaskedLM(config)
    before, after = pretrain(model, tokenizer, texts, steps=40, learn_rate=1e-2, length=32)
    assert after.loss < before.loss


def test_long_texts_are_cut_and_unmaskable_ones_harmless(texts: List[str]):
    model, tokenizer = make(texts)
    odd = ["山" * 500, "\u200e", "海"]
    _, after = pretrain(model, tokenizer, odd, steps=3, batch_size=1, length=16)
    assert torch.isfinite(weights(model)).all()
    assert after.loss >= 0


@pytest.mark.parametrize("length", [2, 65])
def test_length_beyond_the_encoder_is_refused(texts: List[str], length: int):
    model, tokenizer = make(texts)
    with pytest.raises(ValueError, match="3 to 64"):
        pretrain(model, tokenizer, texts, steps=1, length=length)


def test_one_text_cannot_be_held_out(texts: List[str]):
    model, tokenizer = make(texts)
    with pytest.raises(ValueError, match="two different texts"):
        pretrain(model, tokenizer, [texts[0], texts[0]], steps=1, length=32)


def test_an_encoder_is_made_without_a_word(tmp_path: Path, texts: List[str], capsys):
    steps = []
    settings = {**SMALL, "steps": 3, "length": 32, "seed": 1}
    first = make_encoder(tmp_path, texts, settings=settings, progress=steps.append)
    assert capsys.readouterr() == ("", "")
    assert [p.step for p in steps] == [3]
    model, tokenizer = load_encoder(str(tmp_path))
    assert first.n_wordpieces == len(tokenizer) == len(build_vocab(texts))
    assert first.n_weights == sum(p.numel() for p in model.base_model.parameters())
    assert first.after.loss < first.before.loss
    second = make_encoder(
        tmp_path / "more",
        texts,
        encoder=str(tmp_path),
        settings={"steps": 1, "length": 32, "seed": 1},
    )
    assert second.before == first.after


def test_a_damaged_encoder_is_named(tmp_path: Path, texts: List[str]):
    make_encoder(tmp_path, texts)
    weights = tmp_path / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-5])
    with pytest.raises(ValueError, match=f"The encoder {tmp_path} cannot be loaded"):
        load_encoder(str(tmp_path))


def test_an_encoder_is_made_without_pretraining_or_settings(tmp_path: Path, texts: List[str]):
    report = make_encoder(tmp_path, iter(texts))
    assert report.before is report.after is None
    assert AutoModel.from_pretrained(tmp_path).config.hidden_size == 128


def test_an_unknown_setting_of_an_encoder_is_named(tmp_path: Path):
    with pytest.raises(ValueError, match=r"no settings mlm_steps\. It has min_count, "):
        make_encoder(tmp_path, [], settings={"mlm_steps": 1})

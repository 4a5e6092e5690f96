"""Our encoder gives the vectors of spacy-transformers', in passes of similar length.

In every precision it learns, is saved in float32, and takes what that one has saved.
"""

import io
import pickle
import shutil

import numpy
import pytest
import spacy
import srsly
import torch
from hypothesis import given
from hypothesis import settings as rounds
from hypothesis import strategies as st
from support import (
    PIPES,
    SENTENCES,
    TEXTS,
    answers,
    count_forwards,
    expected,
    found,
    make_examples,
    train,
)
from thinc.api import fix_random_seed

from spacy_spo.models import pretrained
from spacy_spo.models.encoder import PRECISIONS, batch_spans, build_transformer, quantize

OURS, THEIRS = "spacy-spo.TransformerModel.v1", "spacy-transformers.TransformerModel.v3"
SPANS = {"@span_getters": "spacy-transformers.strided_spans.v1", "window": 12, "stride": 8}
LISTENER = {
    "@architectures": "spacy-transformers.TransformerListener.v1",
    "pooling": {"@layers": "reduce_mean.v1"},
}
MODEL = "components.transformer.model"
LONG = " and ".join(TEXTS)  # several spans
MIXED = ["Ann", "", LONG, " ", "Ann wrote Dune", "\n\n", *TEXTS]
# The vectors are of about unit variance, and bfloat16 has 8 bits.
CLOSE = 0.05


def block(name, architecture=OURS, **settings):
    """The block [components.transformer.model]."""
    return {"@architectures": architecture, "name": name, "get_spans": SPANS, **settings}


def build(*model, **settings):
    """Both components listening to one transformer."""
    nlp = spacy.blank("en")
    nlp.add_pipe("transformer", config={"model": block(*model, **settings)})
    for name in PIPES:
        nlp.add_pipe(name, config={"model": {"tok2vec": LISTENER}})
    return nlp


def build_initialized(*model, **settings):
    nlp = build(*model, **settings)
    fix_random_seed(0)
    nlp.initialize(lambda: make_examples(nlp, SENTENCES))
    return nlp


@pytest.fixture(scope="module")
def save_trained(encoder, tmp_path_factory):
    """Where a pipeline that knows SENTENCES by heart lies, by its architecture."""
    paths = {}

    def save(architecture):
        if architecture not in paths:
            nlp = build(encoder, architecture)
            train(nlp, make_examples(nlp, SENTENCES), steps=120)
            paths[architecture] = tmp_path_factory.mktemp("trained")
            nlp.to_disk(paths[architecture])
        return paths[architecture]

    return save


@pytest.fixture(scope="module")
def trained(save_trained):
    return save_trained(OURS)


def load(path, **settings):
    return spacy.load(path, config={f"{MODEL}.{name}": value for name, value in settings.items()})


def hf_module(nlp):
    return nlp.get_pipe("transformer").model.transformer


def outputs(nlp, texts):
    """What the transformer says of each Doc."""
    return nlp.get_pipe("transformer").predict([nlp.make_doc(text) for text in texts]).doc_data


def split(data):
    """Vectors of wordpieces (n, width), and those of padding; none for an empty Doc."""
    if not data.tensors:
        return numpy.zeros((0, 0)), numpy.zeros((0, 0))
    real = data.wordpieces.attention_mask > 0
    return data.model_output.last_hidden_state[real], data.model_output.last_hidden_state[~real]


def vectors(nlp, texts=MIXED):
    return [split(data)[0] for data in outputs(nlp, texts)]


def assert_close(a, b, atol=1e-5):
    assert len(a) == len(b)
    for x, y in zip(a, b):
        numpy.testing.assert_allclose(x, y, rtol=0, atol=atol)


def distance(a, b):
    """The largest difference of two numbers."""
    return max(abs(x - y).max() for x, y in zip(a, b) if x.size)


def record_passes(nlp):
    """Rows and columns of each pass of the Hugging Face model from now on."""
    shapes = []

    def record(module, args, kwargs):
        shapes.append(tuple(kwargs["input_ids"].shape))

    hf_module(nlp).register_forward_pre_hook(record, with_kwargs=True)
    return shapes


def learn_once(nlp, annotates=()):
    """One step as `spacy train` takes it; in `nlp.update` alone the encoder lags by one."""
    optimizer = nlp.resume_training()
    optimizer.learn_rate = 0.05
    nlp.update(make_examples(nlp, SENTENCES), sgd=False, annotates=annotates)
    for _, pipe in nlp.pipeline:
        pipe.finish_update(optimizer)


def saved_weights(path):
    """The tensors in the file of the encoder, by name."""
    shims = srsly.msgpack_loads((path / "transformer" / "model").read_bytes())["shims"]
    (state,) = [srsly.msgpack_loads(shim)["state"] for node in shims for shim in node if shim]
    return torch.load(io.BytesIO(state))


@pytest.fixture(scope="module")
def theirs(encoder):
    return build_initialized(encoder, THEIRS)


@pytest.fixture(scope="module")
def ours(encoder):
    return build_initialized(encoder)


@pytest.mark.parametrize(
    "texts",
    [MIXED, [LONG], [" "], ["Ann", ""], ["", "Ann"], [""], ["", ""], [LONG * 4, "Ann"]],
    ids=["mixed", "strided", "blank", "end", "start", "empty", "empties", "uneven"],
)
def test_the_vectors_are_those_of_spacy_transformers(ours, theirs, texts):
    ours_data, theirs_data = outputs(ours, texts), outputs(theirs, texts)
    for a, b in zip(ours_data, theirs_data, strict=True):
        assert a.wordpieces.strings == b.wordpieces.strings
        assert numpy.array_equal(a.align.dataXd, b.align.dataXd)
        assert [x.shape for x in a.tensors] == [x.shape for x in b.tensors[:1]]
    assert_close([split(a)[0] for a in ours_data], [split(b)[0] for b in theirs_data])


def test_a_long_doc_has_spans_of_several_lengths(ours):
    (data,) = outputs(ours, [LONG])
    assert len(set(data.wordpieces.attention_mask.sum(axis=1))) > 2


def test_padding_is_0(ours):
    padding = numpy.concatenate([split(data)[1] for data in outputs(ours, MIXED) if data.tensors])
    assert len(padding) > 100 and not padding.any()


@pytest.mark.parametrize("max_wordpieces", [1, 7, 60, 10_000])
def test_passes_of_any_size_give_the_same_vectors(encoder, ours, max_wordpieces):
    nlp = build_initialized(encoder, max_wordpieces=max_wordpieces)
    passes = record_passes(nlp)
    assert_close(vectors(nlp), vectors(ours))
    n_spans = sum(len(data.wordpieces) for data in outputs(ours, MIXED))
    assert sum(rows for rows, _ in passes) == n_spans
    assert all(rows == 1 or rows * columns <= max_wordpieces for rows, columns in passes)
    if max_wordpieces == 1:
        assert len(passes) == n_spans and len({columns for _, columns in passes}) > 5
    elif max_wordpieces == 60:
        assert 1 < len(passes) < n_spans
    elif max_wordpieces == 10_000:
        assert len(passes) == 1


def mask_of(lengths, is_left_padded):
    mask = torch.zeros(len(lengths), max(1, *lengths, 0))
    for row, length in zip(mask, lengths):
        row[len(row) - length :] = 1.0
        if not is_left_padded:
            row[:] = row.flip(0)
    return mask


@rounds(max_examples=200)
@given(st.lists(st.integers(0, 30), max_size=30), st.booleans(), st.integers(1, 200))
def test_every_span_is_in_one_group_that_holds_it(lengths, is_left_padded, max_wordpieces):
    mask = mask_of(lengths, is_left_padded)
    groups = [(members.tolist(), width) for members, width in batch_spans(mask, max_wordpieces)]
    assert sorted(i for members, _ in groups for i in members) == list(range(len(lengths)))
    for members, width in groups:
        assert not mask[members, width:].any()
        assert width == 1 or mask[members, width - 1].any()
        assert len(members) == 1 or len(members) * width <= max_wordpieces
    # Few passes: all but the last are at least half full.
    assert all(2 * len(members) * width >= max_wordpieces for members, width in groups[:-1])
    widths = [width for _, width in groups]
    assert widths == sorted(widths, reverse=True)


def test_groups_by_hand():
    mask = mask_of([2, 5, 2, 1, 4], is_left_padded=False)
    groups = [(members.tolist(), width) for members, width in batch_spans(mask, 8)]
    assert groups == [([1], 5), ([4], 4), ([0, 2], 2), ([3], 1)]


@pytest.mark.parametrize("precision", ["bfloat16", "int8"])
def test_a_lower_precision_is_close(encoder, ours, precision):
    nlp = build_initialized(encoder, precision=precision)
    assert 1e-5 < distance(vectors(nlp), vectors(ours)) < CLOSE


@pytest.mark.parametrize("precision", PRECISIONS)
def test_outputs_are_float32_arrays_at_inference_and_in_training(encoder, precision):
    nlp = build_initialized(encoder, precision=precision)
    docs = [nlp.make_doc(text) for text in TEXTS]
    model = nlp.get_pipe("transformer").model
    for batch in (model.predict(docs), model.begin_update(docs)[0]):
        arrays = [array for data in batch.doc_data for array in data.tensors]
        assert len(arrays) == len(TEXTS)
        assert all(type(a) is numpy.ndarray and a.dtype == numpy.float32 for a in arrays)


def test_outputs_are_float32_also_of_an_encoder_that_ends_in_bfloat16(encoder):
    """As one that ends in a linear layer; that of BERT ends in a norm."""
    nlp = build_initialized(encoder, precision="bfloat16")

    def end_in_bfloat16(module, inputs, output):
        output.last_hidden_state = output.last_hidden_state.bfloat16()

    hf_module(nlp).register_forward_hook(end_in_bfloat16)
    assert {vector.dtype for vector in vectors(nlp, TEXTS)} == {numpy.dtype("float32")}
    train(nlp, make_examples(nlp, SENTENCES), steps=1)


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_matrices_are_multiplied_in_the_precision(encoder, precision):
    nlp, dtypes = build_initialized(encoder, precision=precision), []
    layer = hf_module(nlp).encoder.layer[0].output.dense
    layer.register_forward_hook(lambda module, inputs, output: dtypes.append(output.dtype))
    vectors(nlp, ["Ann"])
    nlp.update(make_examples(nlp, SENTENCES))
    assert dtypes == [getattr(torch, precision)] * 2
    assert all(p.dtype == p.grad.dtype == torch.float32 for p in layer.parameters())


@pytest.mark.slow
@pytest.mark.parametrize("precision", PRECISIONS)
def test_it_learns_and_is_saved_in_float32(encoder, tmp_path, precision):
    nlp = build(encoder, precision=precision, max_wordpieces=60)
    train(nlp, make_examples(nlp, SENTENCES), steps=120)
    assert found(nlp) == expected()
    nlp.to_disk(tmp_path)
    assert {tensor.dtype for tensor in saved_weights(tmp_path).values()} == {torch.float32}
    loaded = spacy.load(tmp_path)
    model = loaded.config["components"]["transformer"]["model"]
    assert (model["precision"], model["max_wordpieces"]) == (precision, 60)
    assert answers(loaded) == answers(nlp)
    assert_close(vectors(loaded), vectors(nlp), atol=0)


def test_int8_trains_in_float32(encoder, tmp_path):
    """Losses and weights are the same, whatever was predicted in between."""
    losses, weights = [], []
    for precision in ("float32", "int8"):
        nlp = build(encoder, precision=precision)
        examples = make_examples(nlp, SENTENCES)
        losses.append(train(nlp, examples, steps=3))
        fix_random_seed(1)
        answers(nlp)
        learn_once(nlp)
        nlp.to_disk(tmp_path / precision)
        weights.append(saved_weights(tmp_path / precision))
    assert losses[0] == losses[1]
    assert weights[0].keys() == weights[1].keys()
    assert all(torch.equal(weights[0][name], weights[1][name]) for name in weights[0])


@pytest.mark.slow
@pytest.mark.parametrize(
    "precision, annotates",
    [("bfloat16", []), ("int8", []), ("int8", ["transformer"])],
    ids=["bfloat16", "int8", "int8 annotating"],
)
def test_what_is_learned_is_used_at_once(trained, tmp_path, precision, annotates):
    """No quantized copy outlives an update."""
    nlp = load(trained, precision=precision)
    before = vectors(nlp)
    learn_once(nlp, annotates)
    after = vectors(nlp)
    nlp.to_disk(tmp_path)
    assert distance(before, after) > CLOSE
    assert_close(after, vectors(spacy.load(tmp_path)), atol=0)


def linear_layers(module):
    return [name for name, part in module.named_modules() if isinstance(part, torch.nn.Linear)]


def test_the_quantized_copy_shares_all_but_its_matrices(ours):
    """Embeddings are most of many encoders."""
    module = hf_module(ours)
    copy, matrices = quantize(module), linear_layers(module)
    assert len(matrices) == 6  # of one layer
    assert not linear_layers(copy)
    parameters = module.named_parameters()
    rest = {n: p.data_ptr() for n, p in parameters if n.rpartition(".")[0] not in matrices}
    assert {name: p.data_ptr() for name, p in copy.named_parameters()} == rest
    assert "embeddings.word_embeddings.weight" in rest


def test_quantizing_is_for_a_cpu():
    module = torch.nn.Sequential(torch.nn.Linear(2, 2, device="meta"))
    with pytest.raises(ValueError, match="bfloat16 on a GPU"):
        quantize(module)


@pytest.mark.slow
@pytest.mark.parametrize(
    "config",
    [
        {f"{MODEL}.precision": "bfloat16"},
        {"components": {"transformer": {"model": {"precision": "bfloat16"}}}},
    ],
    ids=["dotted", "nested"],
)
def test_the_precision_is_chosen_when_loading(trained, tmp_path, config):
    full, low = spacy.load(trained), spacy.load(trained, config=config)
    assert 1e-5 < distance(vectors(full), vectors(low)) < CLOSE
    assert found(low) == expected()
    low.to_disk(tmp_path)
    assert answers(spacy.load(tmp_path)) == answers(low)
    back = load(tmp_path, precision="float32")
    assert_close(vectors(back), vectors(full), atol=0)


@pytest.mark.slow
def test_a_pipeline_of_spacy_transformers_is_loaded_by_a_whole_block(save_trained, tmp_path):
    """Settings of its v3 that ours has not go with the old block; the name is not looked up."""
    path = save_trained(THEIRS)
    components = {"transformer": {"model": block("gone")}}
    theirs, ours = spacy.load(path), spacy.load(path, config={"components": components})
    assert type(hf_module(ours)) is type(hf_module(theirs))
    assert found(ours) == found(theirs) == expected()
    assert_close(vectors(ours), vectors(theirs))
    ours.to_disk(tmp_path)
    assert answers(spacy.load(tmp_path)) == answers(ours)


@pytest.mark.slow
def test_a_pipeline_of_spacy_transformers_is_loaded_from_an_edited_config(save_trained):
    path = save_trained(THEIRS)
    config = spacy.util.load_config(path / "config.cfg")
    model = config["components"]["transformer"]["model"]
    del model["mixed_precision"], model["grad_scaler_config"]
    model.update({"@architectures": OURS, "max_wordpieces": 60})
    nlp = spacy.util.load_model_from_config(config).from_disk(path)
    passes = record_passes(nlp)
    assert_close(vectors(nlp), vectors(spacy.load(path)))
    assert len(passes) > 1


@pytest.mark.slow
@pytest.mark.parametrize(
    "precision, name",
    [("float32", PIPES[0]), ("float32", PIPES[1]), ("bfloat16", PIPES[1]), ("int8", PIPES[0])],
)
def test_a_component_takes_a_copy_of_the_encoder(trained, tmp_path, precision, name):
    """The copy has the settings of the encoder, before it is saved as well as after."""
    nlp = load(trained, precision=precision)
    before = answers(nlp)
    nlp.replace_listeners("transformer", name, ["model.tok2vec"])
    assert nlp.get_pipe("transformer").listening_components == [p for p in PIPES if p != name]
    nlp.to_disk(tmp_path)
    assert answers(nlp) == answers(spacy.load(tmp_path)) == before


@pytest.mark.slow
def test_it_can_be_pickled(trained):
    """As for processes that are spawned."""
    nlp = load(trained, precision="int8")
    before = vectors(nlp)
    (copy,) = pickle.loads(pickle.dumps([nlp.get_pipe("transformer")]))
    data = copy.predict([nlp.make_doc(text) for text in MIXED]).doc_data
    assert_close([split(d)[0] for d in data], before, atol=0)


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(OSError, match=r"The encoder .*nowhere' could not be loaded"):
        build_initialized(str(tmp_path / "nowhere"))


def test_a_folder_with_a_cut_file_is_named(encoder, tmp_path):
    folder = shutil.copytree(encoder, tmp_path / "cut")
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-5])
    with pytest.raises(OSError, match=r"The encoder .*cut' could not be loaded"):
        build_initialized(str(folder))


def test_an_encoder_that_the_hub_does_not_give_is_named(monkeypatch):
    def fail(*args, **settings):
        raise OSError("no connection")

    monkeypatch.setattr(pretrained.AutoTokenizer, "from_pretrained", fail)
    message = r"The encoder 'mine/nowhere' could not be loaded, .*: no connection"
    with pytest.raises(OSError, match=message):
        build_initialized("mine/nowhere")


@pytest.mark.parametrize("setting", [{"precision": "half"}, {"max_wordpieces": 0}])
def test_bad_settings_are_refused(encoder, setting):
    with pytest.raises(ValueError, match=r"precision of float32, .* and max_wordpieces of"):
        build_transformer(encoder, lambda docs: [], **setting)
    with pytest.raises(ValueError, match=next(iter(setting))):
        build(encoder, **setting)


@pytest.mark.parametrize("precision", PRECISIONS)
def test_an_update_is_one_pass_forward_and_one_backward(encoder, precision):
    nlp, backward = build_initialized(encoder, precision=precision, max_wordpieces=1), []
    forward, calls = record_passes(nlp), count_forwards(nlp, "transformer")
    layer = hf_module(nlp).encoder.layer[0].output.dense
    layer.register_full_backward_hook(lambda *_: backward.append(1))
    nlp.update(make_examples(nlp, [*SENTENCES, (LONG, [])]))
    assert calls == [True]
    assert len(forward) == len(backward) == 1


@pytest.mark.parametrize("share", [0, 0.5, 0.99])
def test_a_cut_file_of_the_encoder_is_named(trained, tmp_path, share):
    folder = shutil.copytree(trained, tmp_path / "pipeline")
    path = folder / "transformer" / "model"
    data = path.read_bytes()
    path.write_bytes(data[: int(share * len(data))])
    with pytest.raises(ValueError, match=r"`model` in the folder of the transformer .*cannot be"):
        spacy.load(folder)


def test_a_changed_bit_of_the_encoder_is_an_error(trained, tmp_path):
    folder = shutil.copytree(trained, tmp_path / "pipeline")
    path = folder / "transformer" / "model"
    data = bytearray(path.read_bytes())
    data[len(data) // 3] ^= 1
    path.write_bytes(data)
    with pytest.raises(ValueError, match=r"cannot be loaded: .*checksum"):
        spacy.load(folder)

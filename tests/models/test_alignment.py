"""Wordpieces and tokens, above all those of SentencePiece."""

import numpy
import pytest
import spacy
from hypothesis import given
from hypothesis import strategies as st
from spacy.tokens import Doc
from spacy.vocab import Vocab
from spacy_transformers.align import get_alignment_via_offset_mapping
from thinc.types import Ragged
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

from spacy_spo.models.alignment import count_indistinct, trim_offsets

PIECES = ["▁Mar", "a", "▁Holt", "▁found", "ed", "▁Bright", "well", "▁in", "▁Oslo", "▁", ",", "▁:"]
TEXTS = ["Mara Holt founded Brightwell in Oslo", "Brightwell , Oslo : Mara  Holt"]


def trim(text, *offsets):
    return [tuple(row) for row in trim_offsets([text], numpy.array([offsets]))[0].tolist()]


def test_spaces_of_pieces_are_trimmed():
    assert trim("Mara Holt", (0, 4), (4, 9), (0, 0)) == [(0, 4), (5, 9), (0, 0)]
    assert trim("a \n b", (0, 2), (1, 4), (2, 5)) == [(0, 1), (4, 4), (4, 5)]


@given(st.text(alphabet="ab \n\u3000"), st.data())
def test_trimmed_offsets_are_those_of_the_stripped_text(text, data):
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    ((first, last),) = trim(text, (start, end))
    piece = text[start:end]
    assert text[first:last] == piece.strip()
    if piece.strip():
        assert first == start + len(piece) - len(piece.lstrip())


def test_tokens_of_the_same_pieces_are_counted():
    # The tokens have the pieces {0}, {1, 2}, {1, 2}, {}, {}, {3}, {2}.
    align = Ragged(numpy.array([0, 1, 2, 1, 2, 3, 2]), numpy.array([1, 2, 2, 0, 0, 1, 1]))
    assert count_indistinct(align) == 2
    assert count_indistinct(Ragged(numpy.array([], dtype="i"), numpy.array([0]))) == 0


def make_sentencepiece(folder, pieces):
    """A Hugging Face folder with a tokenizer as of XLM-R: its pieces include the space before."""
    special = ["<s>", "<pad>", "</s>", "<unk>"]
    scores = [(piece, -float(i)) for i, piece in enumerate([*special, *pieces])]
    tokenizer = Tokenizer(models.Unigram(scores, unk_id=3))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    names = {"bos_token": "<s>", "pad_token": "<pad>", "eos_token": "</s>", "unk_token": "<unk>"}
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, **names).save_pretrained(folder)
    sizes = {"hidden_size": 16, "intermediate_size": 16, "num_attention_heads": 2}
    config = BertConfig(vocab_size=60, num_hidden_layers=1, max_position_embeddings=64, **sizes)
    BertModel(config).save_pretrained(folder)
    return str(folder)


def make_transformer(name):
    nlp = spacy.blank("en")
    model = {"@architectures": "spacy-spo.TransformerModel.v1", "name": name}
    spans = {"@span_getters": "spacy-transformers.doc_spans.v1"}
    nlp.add_pipe("transformer", config={"model": {**model, "get_spans": spans}})
    return nlp


@pytest.mark.parametrize("text", TEXTS)
def test_tokens_get_their_own_pieces_of_sentencepiece(tmp_path, text):
    nlp = make_transformer(make_sentencepiece(tmp_path, PIECES))
    nlp.initialize()
    doc = nlp(text)
    data = doc._.trf_data
    (pieces,), ends = data.wordpieces.strings, numpy.cumsum(data.align.lengths)
    for token, indices in zip(doc, numpy.split(data.align.dataXd, ends[:-1])):
        found = "".join(pieces[i] for i in indices).replace("▁", "")
        assert found == token.text.strip()


def test_untrimmed_offsets_would_reach_into_the_next_token():
    """Why they are trimmed: remove it once spacy-transformers does it."""
    doc = Doc(Vocab(), words=["Mara", "Holt"])
    offsets = numpy.array([[(0, 4), (4, 9)]])
    assert get_alignment_via_offset_mapping([doc[:]], offsets).dataXd.tolist() == [0, 1, 1]
    trimmed = trim_offsets([doc.text], offsets)
    assert get_alignment_via_offset_mapping([doc[:]], trimmed).dataXd.tolist() == [0, 1]


def test_tokens_that_share_wordpieces_are_reported_at_initialize(tmp_path):
    nlp = make_transformer(make_sentencepiece(tmp_path, ["▁東京都", "知事選挙"]))
    docs = [Doc(nlp.vocab, words=list("東京都知事選挙"), spaces=[False] * 7)]
    with pytest.warns(UserWarning, match=r"gives 7 of 7 tokens \(100%, in the first 1 texts\)"):
        nlp.get_pipe("transformer").model.initialize(X=docs)


def test_tokens_with_pieces_of_their_own_are_not_reported(tmp_path, recwarn):
    nlp = make_transformer(make_sentencepiece(tmp_path, PIECES))
    nlp.get_pipe("transformer").model.initialize(X=[nlp.make_doc(text) for text in TEXTS])
    assert not [w for w in recwarn if "share" in str(w.message)]

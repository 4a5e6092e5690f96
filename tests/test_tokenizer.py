import pickle
from itertools import pairwise

import pytest
import spacy
from hypothesis import given
from hypothesis import strategies as st
from spacy.tokenizer import Tokenizer
from spacy.tokens import Doc
from transformers import BertTokenizerFast

from spacy_spo.tokenizer import make_chinese_tokenizer

NLP = spacy.blank("zh")
TOKENIZER = make_chinese_tokenizer()(NLP)
MIXED = st.text(st.sampled_from("山川a1Ｑ７ \n\t，(é\u0301①²𠮷〇\ufe0f_'")) | st.text()


def words(text: str, tokenizer: Tokenizer = TOKENIZER) -> list[str]:
    return [token.text for token in tokenizer(text)]


@pytest.mark.parametrize(
    "text,expected",
    [
        ("周舟写了书", ["周", "舟", "写", "了", "书"]),
        ("1999年5月", ["1999", "年", "5", "月"]),
        ("iPad2很好", ["iPad", "2", "很", "好"]),
        ("２０２１年Ｇ20", ["２０２１", "年", "Ｇ", "20"]),
        ("《A-B》(c_d)", ["《", "A", "-", "B", "》", "(", "c", "_", "d", ")"]),
        ("𠮷野家〇々豈", ["𠮷", "野", "家", "〇", "々", "豈"]),
        ("①②Ⅲ½m²", ["①", "②", "Ⅲ", "½", "m", "²"]),
        ("cafe\u0301馆", ["cafe\u0301", "馆"]),
        ("Москва大", ["Москва", "大"]),
        ("山", ["山"]),
        ("山1", ["山", "1"]),
        ("", []),
        ("甲 乙\n\n丙", ["甲", "乙", "\n\n", "丙"]),
        ("  甲", ["  ", "甲"]),
    ],
)
def test_tokens(text: str, expected: list[str]) -> None:
    assert words(text) == expected


@given(MIXED)
def test_text_is_kept(text: str) -> None:
    assert TOKENIZER(text).text == text


@given(st.text(st.sampled_from("山ab12，① \n"), min_size=1))
def test_a_token_is_one_character_or_a_run_of_one_kind(text: str) -> None:
    for token in TOKENIZER(text):
        word = token.text
        one_kind = word.isspace() or word.isdecimal() or (word.isascii() and word.isalpha())
        assert len(word) == 1 or one_kind, (text, word)
    doc = TOKENIZER(text)
    for left, right in pairwise(doc):
        joined = left.text_with_ws + right.text
        assert not joined.isdecimal() and not (joined.isascii() and joined.isalpha()), text


def test_a_second_tokenization_comes_from_the_cache_and_is_equal() -> None:
    tokenizer = make_chinese_tokenizer()(NLP)
    assert words("5甲b乙c6", tokenizer) == words("5甲b乙c6", tokenizer) == list("5甲b乙c6")


@pytest.mark.slow
@given(MIXED)
def test_round_trips_keep_the_tokens(text: str) -> None:
    from_bytes = Tokenizer(spacy.blank("zh").vocab).from_bytes(TOKENIZER.to_bytes())
    pickled = pickle.loads(pickle.dumps(TOKENIZER))
    assert words(text, from_bytes) == words(text, pickled) == words(text)


def test_pipeline_from_config_is_saved_and_loaded(tmp_path) -> None:
    config = {"nlp": {"tokenizer": {"@tokenizers": "spacy-spo.ChineseTokenizer.v1"}}}
    nlp = spacy.blank("zh", config=config)
    nlp.initialize()
    nlp.to_disk(tmp_path / "pipeline")
    loaded = spacy.load(tmp_path / "pipeline")
    assert [t.text for t in loaded("第12届abc杯")] == ["第", "12", "届", "abc", "杯"]


# Pieces of letters only, of digits only, or of one other character.
PLAIN_PIECES = ["1981", "19", "##81", "ab", "##bc", "山", "川", "，", "①", "##①", "²", "##²"]
PLAIN_PIECES += [mark + char for char in "abc0123456789é" for mark in ("", "##")]


def make_wordpieces(path, pieces: list[str]) -> BertTokenizerFast:
    specials = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    vocab = path / "vocab.txt"
    vocab.write_text("\n".join([*specials, *dict.fromkeys(pieces)]), encoding="utf8")
    return BertTokenizerFast(vocab_file=str(vocab), do_lower_case=False)


def most_tokens_in_a_piece(wordpieces: BertTokenizerFast, doc: Doc) -> int:
    offsets = wordpieces(
        doc.text, add_special_tokens=False, return_offsets_mapping=True, truncation=False
    )["offset_mapping"]
    shares = [
        sum(t.idx < end and t.idx + len(t) > start for t in doc if not t.is_space)
        for start, end in offsets
    ]
    return max(shares, default=0)


@pytest.fixture(scope="module")
def plain_wordpieces(tmp_path_factory) -> BertTokenizerFast:
    return make_wordpieces(tmp_path_factory.mktemp("plain"), PLAIN_PIECES)


def test_tokens_do_not_share_wordpieces(plain_wordpieces: BertTokenizerFast) -> None:
    """As long as no piece mixes letters, digits and symbols, and no character is unknown."""

    @given(st.text(st.sampled_from("abcé0189山川，①² \n")))
    def check(text: str) -> None:
        assert most_tokens_in_a_piece(plain_wordpieces, TOKENIZER(text)) <= 1

    check()
    # The case that spaCy's own character segmenter has.
    assert most_tokens_in_a_piece(plain_wordpieces, NLP("1981山")) == 4


def test_a_mixed_wordpiece_is_shared_by_its_runs_only(tmp_path) -> None:
    wordpieces = make_wordpieces(tmp_path, ["mp3", "是"])
    assert most_tokens_in_a_piece(wordpieces, TOKENIZER("mp3是")) == 2

"""Windows cover a Doc, overlap as told and prefer sentence ends."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from spacy.tokens import Doc
from spacy.vocab import Vocab

from spacy_spo.segments import (
    DEFAULT_OVERLAP,
    DEFAULT_SIZE,
    make_punctuation_segments,
    make_segment_spans,
    make_sentence_segments,
    make_window_segments,
)

VOCAB = Vocab()


def doc_of(words):
    return Doc(VOCAB, words=words)


def test_a_doc_that_fits_is_one_segment():
    assert make_window_segments(5, 2)(doc_of(list("abcde"))) == [(0, 5)]


def test_an_empty_doc_has_no_segment():
    assert make_window_segments(5, 2)(doc_of([])) == []


def test_without_punctuation_windows_are_cut_at_their_size():
    assert make_window_segments(6, 2)(doc_of(["a"] * 14)) == [(0, 6), (4, 10), (8, 14)]


def test_a_window_ends_at_the_last_sentence_end_of_its_second_half():
    words = ["a", "。", "a", "a", "。", "a", "a", "a", "a"]
    assert make_window_segments(6, 1)(doc_of(words)) == [(0, 5), (4, 9)]


def test_dots_within_words_and_numbers_end_no_sentence():
    words = ["a", "a", "a", "U.S.", "3.5", "a", "a", "a"]
    assert make_window_segments(6, 1)(doc_of(words)) == [(0, 6), (5, 8)]
    words[4] = "."
    assert make_window_segments(6, 1)(doc_of(words)) == [(0, 5), (4, 8)]


def test_the_next_window_starts_at_a_sentence_if_one_begins_just_before_the_overlap():
    words = ["a", "a", "。", "a", "a", "a", "a", "。", "b", "b", "b"]
    assert make_window_segments(8, 3)(doc_of(words)) == [(0, 8), (3, 11)]
    assert make_window_segments(8, 2)(doc_of(words)) == [(0, 8), (6, 11)]


WORDS = st.lists(st.sampled_from(["a", "a", "。", "\n\n"]), max_size=80)


@settings(max_examples=200)
@given(WORDS, st.integers(1, 12), st.data())
def test_windows_cover_everything_in_order_within_their_size(words, size, data):
    overlap = data.draw(st.integers(0, size // 2))
    segments = make_window_segments(size, overlap)(doc_of(words))
    assert {i for start, end in segments for i in range(start, end)} == set(range(len(words)))
    assert all(0 < end - start <= size for start, end in segments)
    for (start, end), (next_start, next_end) in pairwise(segments):
        assert start < next_start <= end < next_end
        assert overlap <= end - next_start <= 2 * overlap


@settings(max_examples=200)
@given(WORDS, st.integers(1, 12), st.data())
def test_what_is_no_longer_than_the_overlap_lies_whole_in_a_window(words, size, data):
    overlap = data.draw(st.integers(0, size // 2))
    segments = make_window_segments(size, overlap)(doc_of(words))
    for i in range(len(words) - overlap):
        assert any(start <= i and i + overlap + 1 <= end for start, end in segments)


@pytest.mark.parametrize(
    "make", [make_window_segments, make_sentence_segments, make_punctuation_segments]
)
@pytest.mark.parametrize("size, overlap", [(0, 0), (4, 3), (4, -1)])
def test_impossible_windows_are_refused(make, size, overlap):
    with pytest.raises(ValueError, match="overlap"):
        make(size=size, overlap=overlap)


@pytest.mark.parametrize(
    "make", [make_window_segments, make_sentence_segments, make_punctuation_segments]
)
def test_all_windows_have_the_same_defaults(make):
    assert make().keywords["size"] == DEFAULT_SIZE
    assert make().keywords["overlap"] == DEFAULT_OVERLAP


def test_sentences_are_segments_and_their_absence_an_error():
    doc = Doc(VOCAB, words=list("abcd"), sent_starts=[True, False, True, False])
    assert make_sentence_segments()(doc) == [(0, 2), (2, 4)]
    assert make_sentence_segments()(doc_of([])) == []
    with pytest.raises(ValueError, match="sentencizer"):
        make_sentence_segments()(doc_of(["a", "b"]))


def test_long_sentences_are_cut_into_windows():
    doc = Doc(VOCAB, words=list("abcdefghi"), sent_starts=[1, 0, 1, 0, 0, 0, 0, 0, 0])
    assert make_sentence_segments(4, 1)(doc) == [(0, 2), (2, 6), (5, 9)]


@pytest.mark.parametrize(
    "words, expected",
    [
        ("a 。 b 。 c", [(0, 2), (2, 4), (4, 5)]),
        ("a 。", [(0, 2)]),
        ("。 。 a", [(0, 2), (2, 3)]),
        ("a 。 ” 《 b 》", [(0, 3), (3, 6)]),
        ("a ？ ！ ） b 3 . 5", [(0, 4), (4, 8)]),
        ("《 a 》 b", [(0, 4)]),
    ],
)
def test_segments_end_at_punctuation_and_what_closes_after_it(words, expected):
    assert make_punctuation_segments()(doc_of(words.split())) == expected


def test_segments_end_at_line_breaks_and_are_cut_if_long():
    doc = doc_of(["a", "\n", " ", "b", "c", "d"])
    assert make_punctuation_segments()(doc) == [(0, 3), (3, 6)]
    assert make_punctuation_segments(size=2, overlap=0)(doc) == [(0, 2), (2, 3), (3, 5), (5, 6)]
    assert make_punctuation_segments(marks="c")(doc) == [(0, 5), (5, 6)]
    assert make_punctuation_segments()(doc_of([])) == []
    with pytest.raises(ValueError, match="marks"):
        make_punctuation_segments(marks="")


def test_a_transformer_reads_the_segments():
    doc = doc_of(list("abcdef"))
    spans = make_segment_spans(make_window_segments(4, 1))([doc, doc_of([])])
    assert [[span.text for span in row] for row in spans] == [["a b c d", "d e f"], []]

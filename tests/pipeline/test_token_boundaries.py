"""Docs with other tokens than those of the training are noticed, other kinds of text are not."""

import re
from copy import deepcopy

import pytest
import spacy
from spacy.tokens import Doc
from support import PIPES, SENTENCES, make_examples

from spacy_spo.pipeline.token_boundaries import (
    add_boundaries,
    explain_departure,
    is_learned,
)

ENGLISH = "Ann Lee wrote Dune in 1965 and Bob, her friend, made Tron II in the year 1982. "
CHINESE = "林舟在1984年写了《海上的灯》这本书，后来他搬到了南方的一座小城。"
CHINESE_TOKENIZER = {"@tokenizers": "spacy-spo.ChineseTokenizer.v1"}


def spacy_blank(lang):
    config = {"nlp": {"tokenizer": CHINESE_TOKENIZER}} if lang == "zh" else {}
    return spacy.blank(lang, config=config)


def count(docs):
    counts = {}
    for doc in docs:
        add_boundaries([doc], counts)
    return counts


def pieces(nlp, text, length):
    """The Doc of a tokenizer that cuts after so many characters, and at each space."""
    words, spaces = [], []
    for word in text.split():
        parts = [word[i : i + length] for i in range(0, len(word), length)]
        words += parts
        spaces += [False] * (len(parts) - 1) + [True]
    return Doc(nlp.vocab, words=words, spaces=spaces)


def merge(doc, *words):
    starts = [token.i for token in doc if token.text in words]
    with doc.retokenize() as retokenizer:
        for start in starts:
            retokenizer.merge(doc[start : start + 2])
    return doc


def test_places_are_counted_by_hand(blank):
    doc = Doc(blank.vocab, ["ab", "c", "12", "林", "舟写"], [False, True, False, False, False])
    assert doc.text == "abc 12林舟写"
    assert count([doc]) == {"letters": [1, 2], "spaces": [1, 1], "digits": [0, 1], "han": [1, 2]}


@pytest.mark.parametrize(
    "lang, text, other, place",
    [
        ("en", ENGLISH, lambda nlp: pieces(nlp, ENGLISH, 1), "letters, in training at 0%"),
        ("en", ENGLISH, lambda nlp: merge(nlp(ENGLISH), "Ann"), "white space, in training at 100%"),
        ("zh", CHINESE, lambda nlp: pieces(nlp, CHINESE, 2), "Chinese .*, in training at 100%"),
    ],
)
def test_other_tokens_depart(lang, text, other, place):
    nlp = spacy_blank(lang)
    learned = count([nlp(text)] * 20)
    assert re.search(place, explain_departure(count([other(nlp)] * 20), learned))
    assert explain_departure(count([nlp(text)] * 20), learned) is None


@pytest.mark.parametrize(
    "text",
    [
        "I can't say that we don't know what they wouldn't do. ",
        "THE AUTHOR OF DUNE DIDN'T MAKE TRON. ",
        "see https://www.example.com/a/b?id=123 or foo@bar.org, v1.2.3, 10km, ERR_0x12ab34 ",
        "1,234,567.89 12/11/2026 10:30 +49 30 1234567 100% $20 ",
        "A",
        " \n\n \t x",
        "林舟写了这本书",
    ],
)
def test_other_kinds_of_text_do_not_depart(text):
    for lang, training in (("en", ENGLISH), ("zh", CHINESE)):
        nlp = spacy_blank(lang)
        if (lang, text) != ("en", "林舟写了这本书"):
            learned = count([nlp(training)] * 20)
            assert explain_departure(count([nlp(text)] * 300), learned) is None


def test_merged_tokens_may_vary_if_training_has_some():
    nlp = spacy_blank("en")
    learned = count([merge(nlp(ENGLISH), "Ann"), nlp(ENGLISH)] * 20)
    assert explain_departure(count([merge(nlp(ENGLISH), "Ann", "Tron")] * 20), learned) is None


def test_few_places_are_not_judged(blank):
    learned, other = count([blank(ENGLISH)] * 20), pieces(blank, ENGLISH, 1)
    assert explain_departure(count([other]), learned) is None
    assert explain_departure(count([other] * 20), count([blank(ENGLISH)])) is None


@pytest.mark.parametrize("n_docs", [1, 1000])
def test_a_big_batch_is_read_in_part(blank, n_docs):
    counts = {}
    add_boundaries([blank("Ann wrote Dune " * (10_000 // n_docs))] * n_docs, counts)
    assert 1000 < sum(total for _, total in counts.values()) < 2000


def test_a_pipeline_warns_of_docs_with_other_tokens_once(trained, recwarn):
    nlp = deepcopy(trained)
    docs = [nlp.make_doc(text) for text, _ in SENTENCES] * 20
    split = [pieces(nlp, doc.text, 1) for doc in docs]
    list(nlp.pipe(docs))
    assert not recwarn.list
    for doc in (*split, *split):  # as many single calls
        nlp(doc)
    messages = [str(w.message) for w in recwarn.list]
    assert [m.split()[0] for m in messages] == [f"'{name}'" for name in PIPES]
    assert all("with other tokens than those of its training" in m for m in messages)


def test_what_was_learned_is_saved_and_goes_on_growing(trained):
    nlp = deepcopy(trained)
    tagger = nlp.get_pipe("spo_tagger")
    before = deepcopy(tagger.cfg["tokens"])
    assert before["letters"][0] == 0 < before["letters"][1] and not is_learned(before)
    loaded = spacy.blank("en").from_config(nlp.config).from_bytes(nlp.to_bytes())
    assert loaded.get_pipe("spo_tagger").cfg["tokens"] == before
    loaded.update(make_examples(loaded, SENTENCES))
    after = loaded.get_pipe("spo_tagger").cfg["tokens"]
    assert after["letters"][1] > before["letters"][1]


def test_a_pipeline_of_an_earlier_version_is_not_judged(trained, recwarn):
    nlp = deepcopy(trained)
    for name in PIPES:
        del nlp.get_pipe(name).cfg["tokens"]
    for _ in range(200):
        nlp(pieces(nlp, SENTENCES[0][0], 1))
    assert not recwarn.list

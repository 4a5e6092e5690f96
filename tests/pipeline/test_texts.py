"""Texts of every kind, and Docs of every tokenizer: an answer, with the text as it was."""

import json

import pytest
import spacy
from hypothesis import given, settings
from hypothesis import strategies as st
from spacy.tokens import Doc, DocBin
from spacy.training import Example
from support import SENTENCES, make_doc, make_examples, train

from spacy_spo.triples import TRIPLES_KEY, doc_from_json, doc_to_json, relations_key

STATEMENT = "Ann Lee wrote Dune and Bob made Tron"
STRANGE = {
    "empty": "",
    "white space": " \n\n \t\u3000\u2028\u00a0",
    "nul": "\x00",
    "controls": "\x01\x02\x7f\x85\u200b\ufeff",
    "private use": "\ue000\uf8ff\U000f0000",
    "replacement": "\ufffd\ufffd",
    "emoji with joiners": "👩‍👩‍👧‍👦🏳️‍🌈🧑‍🚀",
    "astral": "𠀀𠀁 𝔄𝔟",
    "right to left": "كتب أحمد الكتاب \u200f\u202eשלום\u202c",
    "combining marks": "a" + "\u0301" * 40,
    "no punctuation": "word " * 700,
    "only punctuation": "。.!?" * 200,
    "no spaces": "x" * 3000,
    "markup": "<b>&amp;</b> ]]> <!-- \\ \" '",
    "one character": "A",
}


def statements(doc):
    return [(t.subject.text, t.predicate, t.object.text) for t in doc._.spo_triples]


@pytest.mark.parametrize("name", STRANGE)
def test_the_text_stays_as_it_was_and_gets_an_answer(trained, name):
    doc = trained(STRANGE[name])
    assert doc.text == STRANGE[name]
    assert TRIPLES_KEY in doc.spans and relations_key() in doc.spans


@pytest.mark.parametrize("name", STRANGE)
def test_what_is_found_survives_bytes_and_json(trained, name):
    doc = trained(f"{STATEMENT} {STRANGE[name]}")
    (from_bytes,) = DocBin().from_bytes(DocBin(docs=[doc]).to_bytes()).get_docs(trained.vocab)
    from_json = doc_from_json(trained.vocab, json.loads(json.dumps(doc_to_json(doc))))
    for other in (from_bytes, from_json):
        assert other.text == doc.text and other._.spo_triples == doc._.spo_triples


def test_a_batch_of_strange_texts_equals_single_ones(trained):
    texts = [*STRANGE.values(), STATEMENT]
    assert [statements(doc) for doc in trained.pipe(texts)] == [
        statements(trained(text)) for text in texts
    ]


ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=80)


@settings(max_examples=60)
@given(before=ANY_TEXT, after=ANY_TEXT)
@pytest.mark.slow
def test_any_unicode_around_a_statement(trained, before, after):
    text = f"{before} {STATEMENT} {after}"
    doc = trained(text)
    assert doc.text == text
    for triple in doc._.spo_triples:
        for argument in triple.arguments.values():
            assert text[argument.start_char : argument.end_char] == argument.text != ""


# Scripts that the pipeline has not seen, learned and found like any other.
SCRIPTS = [
    ("كتب أحمد الكتاب", [("أحمد", "author", "الكتاب")]),
    ("דנה כתבה ספר \u200f", [("דנה", "author", "ספר")]),
    ("🧑‍🚀 wrote \ue000", [("🧑‍🚀", "author", "\ue000")]),
    ("𠀀𠀁 wrote x\u0301", [("𠀀𠀁", "author", "x\u0301")]),
    ("none of them", []),
]


@pytest.mark.slow
def test_arguments_of_any_script_are_learned(make_pipeline):
    nlp = make_pipeline()
    train(nlp, make_examples(nlp, SCRIPTS))
    assert [statements(nlp(text)) for text, _ in SCRIPTS] == [gold for _, gold in SCRIPTS]


def words_of(text, how):
    """Words and whether a space follows, as other tokenizers make them."""
    if how == "characters":
        return [c for c in text if c != " "], [
            text[i + 1 : i + 2] == " " for i, c in enumerate(text) if c != " "
        ]
    words = text.split(" ")
    return words, [True] * (len(words) - 1) + [False]


@pytest.mark.slow
@pytest.mark.parametrize("how", ["characters", "words"])
def test_docs_of_other_tokenizers_are_read_and_learned(make_pipeline, how):
    nlp = make_pipeline()

    def tokenize(text):
        words, spaces = words_of(text, how)
        return Doc(nlp.vocab, words=words, spaces=spaces)

    gold = [Example(tokenize(text), make_doc(nlp, text, facts)) for text, facts in SENTENCES]
    train(nlp, gold)
    for text, expected in SENTENCES:
        doc = nlp(tokenize(text))
        assert doc.text == text and sorted(statements(doc)) == sorted(expected)
    docs = list(nlp.pipe(tokenize(text) for text, _ in SENTENCES))
    assert [statements(doc) for doc in docs] == [
        statements(nlp(tokenize(text))) for text, _ in SENTENCES
    ]


@pytest.mark.slow
def test_chinese_text_of_the_character_tokenizer_is_read():
    nlp = spacy.blank("zh")  # spaCy's own segmentation into characters
    for name in ("spo_relation_classifier", "spo_tagger"):
        nlp.add_pipe(name)
    sentences = [("林舟写了《1984》", [("林舟", "作者", "1984")]), ("没有人写", [])]
    train(nlp, make_examples(nlp, sentences), steps=60)
    assert [statements(nlp(text)) for text, _ in sentences] == [gold for _, gold in sentences]

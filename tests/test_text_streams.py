"""Errors in one text of many: they name the text."""

import pytest
import spacy
from spacy.language import Language
from spacy.tokens import Doc

from spacy_spo.provenance import get_context, get_id, set_provenance
from spacy_spo.text_streams import TextError, pipe_texts

TEXTS = ["Ann met Bob", "Bob met Ann", "nobody met", "Ann left", "Bob left"]


@Language.component("fails_at_nobody")
def fails_at_nobody(doc):
    if "nobody" in doc.text:
        raise RuntimeError("no memory of it")
    return doc


@Language.component("copies")
def copies(doc):
    return Doc(doc.vocab, words=[token.text for token in doc])


class FailsInBatches:
    def __init__(self, nlp, name):
        pass

    def __call__(self, doc):
        return doc

    def pipe(self, docs, batch_size):
        if len(list(docs)) > 1:
            raise RuntimeError("out of memory")
        yield from ()


Language.factory("fails_in_batches", func=FailsInBatches)


@pytest.fixture
def failing():
    nlp = spacy.blank("en")
    nlp.add_pipe("fails_at_nobody")
    return nlp


@pytest.mark.parametrize("batch_size", [1, 2, 100])
def test_the_text_that_fails_is_named(failing, batch_size):
    docs = pipe_texts(failing, TEXTS, batch_size=batch_size)
    with pytest.raises(TextError, match=r"^Text 3 .'nobody met'.: RuntimeError: no memory of it$"):
        list(docs)


def test_texts_are_counted_from_the_first(failing):
    with pytest.raises(TextError, match=r"^Text 503 "):
        list(pipe_texts(failing, TEXTS, first=501))


def test_texts_before_it_come_out(failing):
    docs = pipe_texts(failing, TEXTS, batch_size=1)
    assert [next(docs).text, next(docs).text] == TEXTS[:2]


def test_a_text_that_is_too_long_is_named(blank):
    blank.max_length = 20
    with pytest.raises(TextError, match=r"^Text 2 \('mmm.*E088"):
        list(pipe_texts(blank, ["Ann", "m" * 21, "Bob"]))


def test_texts_that_fail_together_only_are_a_batch(blank):
    blank.add_pipe("fails_in_batches")
    with pytest.raises(TextError, match=r"^Texts 1 to 5 together: .*smaller batch size"):
        list(pipe_texts(blank, iter(TEXTS)))


def test_an_error_of_the_stream_is_that_of_no_text(failing):
    def texts():
        yield TEXTS[0]
        raise KeyError("of the file")

    with pytest.raises(KeyError, match="of the file"):
        list(pipe_texts(failing, texts()))


def test_components_may_be_left_out(failing):
    assert len(list(pipe_texts(failing, TEXTS, disable=["fails_at_nobody"]))) == 5


def test_error_handlers_stay_in_charge(failing):
    dropped = []
    failing.set_error_handler(lambda name, pipe, docs, error: dropped.extend(docs))
    assert [doc.text for doc in pipe_texts(failing, TEXTS)] == [TEXTS[i] for i in (0, 1, 3, 4)]
    assert [doc.text for doc in dropped] == ["nobody met"]


def test_docs_may_be_replaced(blank):
    blank.add_pipe("copies")
    blank.add_pipe("fails_at_nobody")
    with pytest.raises(TextError, match=r"^Text 3 "):
        list(pipe_texts(blank, TEXTS, batch_size=1))


def test_a_context_goes_with_its_text(blank):
    blank.add_pipe("copies")  # other Docs than those of the stream
    items = [("Ann left", {"id": 7, "meta": {"page": 1}}), "Bob left", ("Cy left", {"id": "c"})]
    docs = list(pipe_texts(blank, items, batch_size=2))
    contexts = [{"id": 7, "meta": {"page": 1}}, {}, {"id": "c"}]
    assert [get_context(doc) for doc in docs] == contexts


@Language.component("drops_nobody_and_copies")
def drops_nobody_and_copies(doc):
    return copies(fails_at_nobody(doc))


def test_a_dropped_text_does_not_leave_its_context_to_the_next(blank):
    blank.add_pipe("drops_nobody_and_copies")
    blank.set_error_handler(lambda name, pipe, docs, error: None)
    docs = pipe_texts(blank, [(text, {"id": text}) for text in TEXTS])
    assert [get_id(doc) for doc in docs] == [TEXTS[i] for i in (0, 1, 3, 4)]


@Language.component("names_the_text")
def names_the_text(doc):
    set_provenance(doc, "mine")
    return doc


def test_what_a_component_sets_stays(blank):
    blank.add_pipe("names_the_text")
    (doc,) = pipe_texts(blank, [("Ann", {"id": 1})])
    assert get_context(doc) == {"id": "mine"}


def test_docs_are_taken_as_they_are(failing):
    docs = [failing.make_doc("Ann left"), failing.make_doc("nobody left")]
    set_provenance(docs[1], "b")
    results = pipe_texts(failing, docs, batch_size=1)
    assert next(results) is docs[0]
    with pytest.raises(TextError, match=r"^Text 2 \(id 'b', 'nobody left'\): RuntimeError"):
        next(results)


def test_errors_name_the_id(failing):
    with pytest.raises(TextError, match=r"^Text 1 \(id 0, 'nobody'\): RuntimeError"):
        list(pipe_texts(failing, [("nobody", {"id": 0})]))


@pytest.mark.parametrize(
    "item, message",
    [
        (3, "Text 2 is 3. A text is a string"),
        (("Ann", "Bob"), "A text is a string, a tuple of"),
        (("Ann", {"page": 3}), "Text 2 .'Ann'.: the context .* no 'page'"),
        (("Ann", {"id": 1.5}), "Text 2 .'Ann'.: the id .* not 1.5"),
        (spacy.blank("en")("Ann"), "Text 2 .'Ann'. is a Doc with another vocabulary"),
    ],
)
def test_other_items_are_refused(blank, item, message):
    with pytest.raises(TextError, match=message):
        list(pipe_texts(blank, ["Ann", item]))

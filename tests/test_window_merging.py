"""Long Docs: what overlapping windows find is neither lost, doubled nor cut at the seams."""

import random
import warnings

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from spacy.tokens import Doc, Span, SpanGroup
from spacy.training import Example
from spacy.vocab import Vocab
from support import SENTENCES, make_doc, make_examples, train

from spacy_spo.pipeline.tagging.decode import DecodedTriple
from spacy_spo.segments import make_window_segments
from spacy_spo.triples import Triple, relations_key
from spacy_spo.window_merging import merge_windows

pytestmark = pytest.mark.slow

VOCAB = Vocab()


def clipped(span, segment):
    """The part of a span inside a segment; None if there is none."""
    start, end = max(span.start, segment[0]), min(span.end, segment[1])
    return span.doc[start:end] if start < end else None


def seen(triples, segment):
    """What a perfect model would find in a window: cut arguments as far as they can be seen."""
    pairs = [(t, clipped(t.subject, segment), clipped(t.object, segment)) for t in triples]
    return [Triple(s, t.predicate, o) for t, s, o in pairs if s is not None and o is not None]


@st.composite
def long_docs(draw):
    """A Doc, its window settings, and triples that need fewer tokens than the overlap."""
    words = draw(st.lists(st.sampled_from(["a", "a", "a", "。"]), min_size=1, max_size=120))
    doc = Doc(VOCAB, words=words)
    size = draw(st.integers(4, 24))
    overlap = draw(st.integers(2, size // 2))
    rng = random.Random(draw(st.integers(0, 1000)))
    triples = set()
    for _ in range(40):
        start = rng.randrange(len(words))
        stretch = range(start, min(start + overlap - 1, len(words)))
        arguments = [sorted(rng.choices(stretch, k=2)) for _ in range(2)]
        (a, b), (c, d) = [(start, end + 1) for start, end in arguments]
        if "。" not in words[a:b] + words[c:d]:
            triples.add(Triple(doc[a:b], "p", doc[c:d]))
    return doc, size, overlap, triples


@settings(max_examples=200)
@given(long_docs())
def test_nothing_is_lost_doubled_or_cut_at_the_seams(case):
    doc, size, overlap, triples = case
    segments = make_window_segments(size, overlap)(doc)
    found = {segment: seen(triples, segment) for segment in segments}
    merged = merge_windows(found)
    assert len(merged) == len(set(merged)) and set(merged) == triples


def test_merging_keeps_the_richest_then_the_best():
    doc = Doc(VOCAB, words=list("abcd"))
    poor, rich = (
        Triple(doc[0:1], "p", doc[1:2], 0.9),
        Triple(doc[0:1], "p", doc[1:2], 0.5, {"q": doc[2:3]}),
    )
    better = Triple(doc[0:1], "p", doc[1:2], 0.7, {"q": doc[3:4]})
    other = Triple(doc[0:1], "p", doc[2:3], 0.1)
    assert merge_windows({(0, 4): [other, poor, rich, better]}) == [better, other]


# Windows of 20 tokens that share tokens 16 to 20.
FIRST, SECOND = (0, 20), (16, 36)
LONG_DOC = Doc(VOCAB, words=["a"] * 36)


def triple_at(subject, object_, predicate="p"):
    return Triple(LONG_DOC[slice(*subject)], predicate, LONG_DOC[slice(*object_)])


def test_an_argument_at_a_boundary_is_kept_if_no_neighbour_has_a_wider_one():
    far = triple_at((2, 3), (19, 20))  # its subject is out of sight for the neighbour
    assert merge_windows({FIRST: [far], SECOND: []}) == [far]
    other = triple_at((16, 17), (18, 21), "q")
    near = triple_at((16, 17), (18, 20))
    assert merge_windows({FIRST: [near], SECOND: [other]}) == [near, other]
    shorter = triple_at((16, 17), (18, 19))
    assert merge_windows({FIRST: [near], SECOND: [shorter]}) == [shorter, near]


def test_a_cut_argument_is_dropped_if_the_neighbour_has_it_whole():
    part, whole = triple_at((17, 18), (18, 20)), triple_at((17, 18), (18, 21))
    assert merge_windows({FIRST: [part], SECOND: [whole]}) == [whole]
    # Found in both, it is no part: nested arguments may end where a window does.
    assert merge_windows({FIRST: [part], SECOND: [part, whole]}) == [part, whole]


def test_sentences_do_not_cut_arguments():
    doc = Doc(VOCAB, words=list("abcd"))
    first, second = Triple(doc[0:1], "p", doc[1:2]), Triple(doc[2:3], "p", doc[3:4])
    assert merge_windows({(0, 2): [first], (2, 4): [second]}) == [first, second]


def long_text(nlp, n_chars, ending):
    """Statements on numbered names, so that each stands in one place; their triples."""
    rng = random.Random(0)
    text, n = "", 0
    while len(text) < n_chars:
        gap = " so to say" * rng.randrange(9)
        text += f"Ann{n} Lee{n}{gap} wrote Dune{n} {ending} "
        n += 1
    doc = nlp.make_doc(text)
    at = {token.text: token.i for token in doc}
    subjects = [doc[at[f"Ann{i}"] : at[f"Lee{i}"] + 1] for i in range(n)]
    objects = [doc[at[f"Dune{i}"] : at[f"Dune{i}"] + 1] for i in range(n)]
    return doc, [Triple(s, "author", o) for s, o in zip(subjects, objects)]


def write_relations(doc, segments):
    spans = [Span(doc, *segment, label="author") for segment in segments]
    doc.spans[relations_key()] = SpanGroup(doc, name=relations_key(), spans=spans)


def perfectly_decoded(segment, triples):
    """What a perfect model would decode in a segment."""
    spans = [(t.subject, t.object) for t in seen(triples, segment)]
    tokens = [[slice(s.start - segment[0], s.end - segment[0]) for s in pair] for pair in spans]
    return [DecodedTriple(dict(enumerate(pair)), 1.0, numpy.ones(7)) for pair in tokens]


@pytest.mark.parametrize("ending", [".", "and"])
def test_twenty_thousand_characters_keep_every_triple_once(make_pipeline, ending):
    nlp = make_pipeline()
    nlp.initialize(lambda: make_examples(nlp, SENTENCES))
    tagger = nlp.get_pipe("spo_tagger")
    doc, triples = long_text(nlp, 20_000, ending)
    segments = tagger.segments(doc)
    assert len(segments) > 10
    write_relations(doc, segments)
    queries = [query for query, _ in tagger.predict([doc])]
    assert sorted(query.segment for query in queries) == segments
    tagger.set_annotations(
        [doc], [(query, perfectly_decoded(query.segment, triples)) for query in queries]
    )
    assert sorted(doc._.spo_triples, key=lambda t: t.subject.start) == triples


@pytest.mark.slow
def test_a_trained_pipeline_finds_triples_in_every_window(make_pipeline):
    segments = {"@misc": "spacy-spo.window_segments.v1", "size": 8, "overlap": 4}
    nlp = make_pipeline(
        spo_relation_classifier={"segments": segments}, spo_tagger={"segments": segments}
    )
    sentences = [
        ("ann is 12 and bob is 34", [("ann", "age", "12"), ("bob", "age", "34")]),
        ("bob is 56 and eve is 12", [("bob", "age", "56"), ("eve", "age", "12")]),
        ("eve is 34 and ann is 56", [("eve", "age", "34"), ("ann", "age", "56")]),
    ]
    train(nlp, make_examples(nlp, sentences), steps=80)
    doc = nlp(" . ".join(text for text, _ in sentences * 3))
    triples = doc._.spo_triples
    assert len(set(triples)) == len(triples) >= 9
    assert max(t.subject.end for t in triples) > len(doc) - 6


def warnings_of_initialize(nlp, reference, predicted=None):
    examples = [Example(predicted or nlp.make_doc(reference.text), reference)]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        nlp.initialize(lambda: [*examples, *make_examples(nlp, SENTENCES)])
    return [str(warning.message) for warning in caught if "gold triples" in str(warning.message)]


def test_gold_that_cannot_be_learned_is_counted_by_cause(make_pipeline):
    segments = {"@misc": "spacy-spo.window_segments.v1", "size": 8, "overlap": 2}
    nlp = make_pipeline(spo_tagger={"segments": segments})
    far = make_doc(nlp, "Ann so to say " + "so to say " * 3 + "Dune", [("Ann", "author", "Dune")])
    assert warnings_of_initialize(nlp, far) == [
        "'spo_tagger': 1 gold triples have arguments that no segment holds together. Training "
        "leaves them out."
    ]
    near = make_doc(nlp, "Ann wrote Dune", [("Ann", "author", "Dune")])
    joined = Doc(nlp.vocab, words=["Ann wrote", "Dune"])
    (message,) = warnings_of_initialize(make_pipeline(), near, joined)
    assert "1 gold triples do not start and end at tokens" in message
    assert warnings_of_initialize(make_pipeline(), near) == []


@pytest.mark.parametrize(
    "predicates, expected",
    [
        ("author maker spouse", "1 gold triples have a predicate or a qualifier"),
        ("maker spouse", "4 gold triples of training have predicates that are no labels"),
    ],
)
def test_gold_that_labels_or_schema_lack_is_counted(make_pipeline, predicates, expected):
    nlp = make_pipeline()
    doc = make_doc(nlp, "Ann wrote Dune", [("Ann", "author", "Dune")])
    doc._.spo_triples = [Triple(doc[0:1], "author", doc[2:3], qualifiers={"in": doc[1:2]})]
    rows = [{"predicate": name} for name in predicates.split()]
    nlp.config["initialize"]["components"]["spo_tagger"] = {"schema_rows": rows}
    (message,) = warnings_of_initialize(nlp, doc)
    assert expected in message


def test_what_does_not_need_sentences_is_counted_before_there_are_any(make_pipeline):
    sentences = {"segments": {"@misc": "spacy-spo.sentence_segments.v1"}}
    nlp = make_pipeline(spo_tagger=sentences, spo_relation_classifier=sentences)
    near = make_doc(nlp, "Ann wrote Dune", [("Ann", "author", "Dune")])
    assert warnings_of_initialize(nlp, near) == []
    joined = Doc(nlp.vocab, words=["Ann wrote", "Dune"])
    (message,) = warnings_of_initialize(nlp, near, joined)
    assert "1 gold triples do not start and end at tokens" in message

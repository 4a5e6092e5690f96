"""The one private part of spaCy that triples lean on is as it was."""

from spacy.tokens import SpanGroup

from spacy_spo.compat_spacy import unpack_spans


def test_a_packed_span_has_ids_labels_and_characters(blank):
    """Breaks `spacy_spo.realign` if a release of spaCy packs spans in another way."""
    doc = blank.make_doc("Ann Lee wrote Dune")
    spans = [
        doc.char_span(0, 7, label="author", span_id="subject"),
        doc.char_span(14, 18, label="author", span_id="object"),
    ]
    packed = list(unpack_spans(SpanGroup(doc, spans=spans)))
    strings = doc.vocab.strings
    assert [(strings[s.span_id], strings[s.label], s.start, s.end) for s in packed] == [
        ("subject", "author", 0, 7),
        ("object", "author", 14, 18),
    ]

"""Triples as arcs: what is drawn, read back from the SVG."""

import re
from html import unescape
from xml.dom import minidom

import pytest
import spacy
from spacy.tokens import Doc

import spacy_spo
from spacy_spo.triples import Triple, set_triples
from spacy_spo.visualize.arcs import MAX_CHARS, Arc, draw, draw_svg
from spacy_spo.visualize.display import to_svg

NLP = spacy.blank("en")


def triple(doc, subject, predicate, object_, **qualifiers):
    def span(text):
        return doc.char_span(doc.text.index(text), doc.text.index(text) + len(text))

    return Triple(
        span(subject), predicate, span(object_), 0.5, {k: span(v) for k, v in qualifiers.items()}
    )


def picture(text, *rows):
    doc = NLP(text)
    return draw(text, [Arc(triple(doc, *row)) for row in rows])


def words(html):
    return [unescape(w) for w in re.findall(r'displacy-word"[^>]*>([^<]*)<', html)]


def labels(html):
    return [unescape(w) for w in re.findall(r'displacy-label"[^>]*>([^<]*)<', html)]


def numbers(html, pattern):
    return [float(n) for n in re.findall(pattern, html)]


def arrows(html):
    """Index of the word that each arrow points at."""
    xs = numbers(html, r'displacy-word"[^>]* x="([\d.]+)"')
    heads = numbers(html, r'displacy-arrowhead" d="M([\d.]+),')
    return [min(range(len(xs)), key=lambda i: abs(xs[i] - head)) for head in heads]


TEXT = "Ann Lee of the University of Rome wrote Dune"


def test_arguments_are_words_and_arcs_go_from_subject_to_object():
    html = picture(TEXT, ("Ann Lee", "author", "Dune"), ("Dune", "writer", "Ann Lee"))
    assert f"<p>{TEXT}</p>" in html
    assert words(html) == ["Ann Lee", "Dune"]
    assert labels(html) == ["author", "writer"]
    assert arrows(html) == [1, 0]


def test_an_argument_inside_another_stands_beside_it():
    html = picture(
        TEXT, ("University of Rome", "in", "Rome"), ("Ann Lee", "at", "University of Rome")
    )
    assert words(html) == ["Ann Lee", "University of Rome", "Rome"]
    assert arrows(html) == [2, 1]


def test_subject_and_object_are_one_span():
    html = picture(TEXT, ("Ann Lee", "likes", "Ann Lee"))
    assert words(html) == ["Ann Lee", "Ann Lee"]
    assert arrows(html) == [1]


def test_qualifiers_depend_on_the_object():
    doc = NLP(TEXT)
    html = draw(TEXT, [Arc(triple(doc, "Ann Lee", "author", "Dune", at="Rome"))])
    assert words(html) == ["Ann Lee", "Rome", "Dune"]
    assert labels(html) == ["author", "at"]
    assert arrows(html) == [2, 1]


def test_long_arguments_are_shortened_in_the_middle():
    long = "very " * 40 + "long"
    html = picture(f"{long} ended", (long, "state", "ended"))
    word = words(html)[0]
    assert len(word) <= MAX_CHARS + 3 and word.startswith("very") and word.endswith("long")
    assert long in html


def test_nothing_is_markup():
    doc = Doc(NLP.vocab, words=["<b>x</b>", "&", "y"])
    html = draw(doc.text, [Arc(Triple(doc[0:1], "<i>p</i>", doc[2:3]), "a & b ")])
    assert "<b>" not in html and "<i>" not in html
    assert labels(html) == ["a & b <i>p</i>"]
    assert words(html)[0] == "<b>x</b>"
    minidom.parseString(html[html.index("<svg") :])


def test_the_picture_holds_all_arcs_and_words():
    rows = [("Ann Lee", f"p{i}", "Dune") for i in range(30)]
    html = picture(TEXT, *rows, ("Ann Lee", "at", "Rome"))
    (_, top, _, height), *_ = (
        tuple(map(float, box.split())) for box in re.findall(r'viewBox="([^"]+)"', html)
    )
    curves = numbers(html, r'displacy-arc"[^>]* d="M\S+,\S+ \S+,(\S+)')
    lines = numbers(html, r'displacy-token"[^>]* y="([\d.]+)"')
    assert len(curves) == 31
    assert all(top <= y <= top + height for y in [*curves, *lines])


def test_the_wider_the_label_the_wider_the_picture():
    narrow, wide = (picture(TEXT, ("Ann Lee", label, "Dune")) for label in ("p", "p" * 60))
    assert max(numbers(wide, r'width="([\d.]+)"')) > 2 * max(numbers(narrow, r'width="([\d.]+)"'))


def test_wide_characters_take_more_room():
    doc = spacy.blank("zh")("作者" * 10 + "甲乙")
    arcs = [Arc(Triple(doc[0:20], "p", doc[20:22]))]
    latin = picture("a" * 20 + " bc", ("a" * 20, "p", "bc"))
    width = r'width="([\d.]+)"'
    assert numbers(draw(doc.text, arcs), width)[0] > 1.5 * numbers(latin, width)[0]


def with_triples(*rows):
    doc = NLP(TEXT)
    set_triples(doc, [triple(doc, *row) for row in rows])
    return doc


AUTHOR, WRITER, PLACE = (
    ("Ann Lee", "author", "Dune"),
    ("Dune", "writer", "Ann Lee"),
    ("Ann Lee", "at", "Rome"),
)


def test_render_tells_gold_from_predicted():
    html = spacy_spo.render(with_triples(AUTHOR, WRITER), gold=with_triples(AUTHOR, PLACE))
    assert labels(html) == ["✓ author", "not in gold: writer", "missing: at"]
    styles = re.findall(r'displacy-arrow" style="([^"]*)"', html)
    assert len(set(styles)) == 3 and "dasharray" in styles[2]
    assert "<table" not in html and "<html" not in html


def test_render_takes_one_doc_or_many_and_writes_pages():
    doc = with_triples(AUTHOR)
    assert labels(spacy_spo.render([doc, doc])) == ["author", "author"]
    page = spacy_spo.render(doc, page=True)
    assert "<html>" in page and "<table>" in page and labels(page) == ["author"]
    assert "http://" not in page.replace("http://www.w3.org/", "")
    assert "Ann Lee" in spacy_spo.render(doc, style="spans")
    assert "svg" not in spacy_spo.render(doc, style="spans")


def test_every_doc_needs_its_gold():
    doc = with_triples(AUTHOR)
    with pytest.raises(ValueError, match="2 Docs, but 1 gold"):
        spacy_spo.render([doc, doc], gold=[doc])


def test_a_doc_without_triples_is_its_text():
    assert spacy_spo.render(NLP(TEXT)).count(TEXT) == 1
    assert "svg" not in spacy_spo.render(NLP(TEXT))


def test_a_style_that_is_none():
    with pytest.raises(ValueError, match="not 'arcs'"):
        spacy_spo.render(NLP(TEXT), style="arcs")


def test_in_a_notebook_it_is_shown(monkeypatch):
    shown = []
    module = type("display", (), {"HTML": str, "display": shown.append})
    monkeypatch.setitem(__import__("sys").modules, "IPython.display", module)
    monkeypatch.setitem(__import__("sys").modules, "IPython", type("IPython", (), {}))
    assert spacy_spo.render(with_triples(AUTHOR), jupyter=True) == ""
    assert labels(shown[0]) == ["author"]


def svg_of(doc, **settings):
    """An SVG file, parsed, and its text elements outside the picture."""
    document = minidom.parseString(to_svg(doc, **settings).encode("utf8"))
    root = document.documentElement
    lines = [node for node in root.childNodes if node.nodeName == "text"]
    return root, [line.firstChild.data for line in lines]


def test_svg_file_stands_alone():
    root, lines = svg_of(with_triples(AUTHOR))
    assert root.tagName == "svg"
    assert root.getAttribute("xmlns") == "http://www.w3.org/2000/svg"
    assert "sans-serif" in root.getAttribute("font-family")
    background = root.getElementsByTagName("rect")[0]
    assert background.getAttribute("fill") == "#ffffff"
    assert lines == [TEXT]
    svg = to_svg(with_triples(AUTHOR))
    assert words(svg) == ["Ann Lee", "Dune"] and labels(svg) == ["author"]
    assert "http" not in svg.replace("http://www.w3.org/", "")


def test_svg_file_is_the_same_each_time():
    assert to_svg(with_triples(AUTHOR)) == to_svg(with_triples(AUTHOR))


def test_svg_labels_follow_their_paths():
    svg = to_svg(with_triples(AUTHOR, PLACE))
    paths = re.findall(r'class="displacy-arc" id="([^"]+)"', svg)
    assert re.findall(r'xlink:href="#([^"]+)"', svg) == paths
    assert len(set(paths)) == 2


def test_svg_file_compares_with_gold():
    svg = to_svg(with_triples(AUTHOR), gold=with_triples(AUTHOR, PLACE))
    assert labels(svg) == ["✓ author", "missing: at"]


def test_svg_file_without_triples_is_its_text():
    _, lines = svg_of(NLP(TEXT))
    assert lines == [TEXT]


def test_svg_file_breaks_long_texts():
    text = "Ann Lee wrote Dune . " + "Nobody wrote it again . " * 10
    root, lines = svg_of(NLP(text))
    assert " ".join(lines).split() == text.split()
    width = float(root.getAttribute("width"))
    assert len(lines) > 1 and all(8 * len(line) <= width for line in lines)
    # Chinese breaks anywhere.
    _, lines = svg_of(spacy.blank("zh")("青石写了山海谣，" * 20))
    assert "".join(lines) == "青石写了山海谣，" * 20
    assert len(lines) > 1 and all(16 * len(line) <= 480 for line in lines)


def test_nothing_is_markup_in_svg_files():
    doc = Doc(NLP.vocab, words=["<b>x</b>", "&", "y"])
    svg = draw_svg(doc.text, [Arc(Triple(doc[0:1], "<i>p</i>", doc[2:3]), "a & b ")])
    minidom.parseString(svg)
    assert "<b>" not in svg and "<i>" not in svg

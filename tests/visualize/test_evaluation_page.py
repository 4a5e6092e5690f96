"""The report: what a text is found by, and a page that is safe to open."""

import json
import re
from html import unescape
from html.parser import HTMLParser

import pytest
import spacy
from support import make_doc

from spacy_spo.visualize.evaluation_page import make_sentence, render_report
from spacy_spo.visualize.tables import Table

NLP = spacy.blank("en")
TEXT = "Ann Lee wrote Dune and Bob made Tron"
AUTHOR, MAKER = ("Ann Lee", "author", "Dune"), ("Bob", "maker", "Tron")


def sentence(found, gold, *others):
    docs = [make_doc(NLP, TEXT, own) for own in (found, *others)]
    return make_sentence(dict(zip(("<first>", "<second>"), docs)), make_doc(NLP, TEXT, gold))


@pytest.mark.parametrize(
    ("found", "errors"),
    [
        ([AUTHOR, MAKER], {"all right"}),
        ([AUTHOR], {"missing"}),
        ([AUTHOR, MAKER, ("Tron", "author", "Ann Lee")], {"not in the gold"}),
        ([AUTHOR, ("Bob", "author", "Tron")], {"missing", "not in the gold", "predicate wrong"}),
        ([AUTHOR, ("Bob", "maker", "Dune")], {"missing", "not in the gold", "argument wrong"}),
    ],
)
def test_kinds_of_errors(found, errors):
    assert set(sentence(found, [AUTHOR, MAKER]).errors) == errors


def test_what_a_text_is_found_by():
    found = sentence([AUTHOR], [AUTHOR, ("Ann Lee", "reader", "Tron")])
    assert found.predicates == ["author", "reader"]
    assert found.overlaps == ["seo"]
    assert found.right_in == []
    (picture,) = found.pictures.values()
    assert "✓ author" in picture and "missing: reader" in picture


@pytest.mark.parametrize(
    ("first", "second", "right_in"),
    [
        ([AUTHOR], [AUTHOR], "both"),
        ([AUTHOR], [], "the first only"),
        ([MAKER], [AUTHOR], "the second only"),
        ([], [MAKER], "neither"),
    ],
)
def test_two_pipelines(first, second, right_in):
    found = sentence(first, [AUTHOR], second)
    assert found.right_in == [right_in]
    assert ["✓ author" in picture for picture in found.pictures.values()] == [
        AUTHOR in own for own in (first, second)
    ]
    html = render_report("Two models", [], [found])
    assert html.count("&lt;first&gt;</p>") == html.count("&lt;second&gt;</p>") == 1
    assert f"<option>{right_in}</option>" in html
    assert json.loads(Page(html).articles[0]["data-right_in"]) == [right_in]


class Page(HTMLParser):
    """Counts elements and keeps the attributes of articles."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.articles, self.open = [], [], []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        if tag == "article":
            self.articles.append(dict(attrs))


def test_tables_and_texts_are_on_the_page():
    table = Table("Scores", ["", "P"], [["Text", "75.91"]])
    html = render_report("A model", [table], [sentence([AUTHOR], [AUTHOR, MAKER])])
    page = Page(html)
    assert "<h1>A model</h1>" in html and "<td>75.91</td>" in html
    (article,) = page.articles
    assert json.loads(article["data-predicates"]) == ["author", "maker"]
    assert json.loads(article["data-errors"]) == ["missing"]
    assert re.findall(r'data-filter="(\w+)"', html) == ["predicates", "overlaps", "errors"]


def test_without_texts_there_are_no_filters():
    assert "select" not in Page(render_report("A model", [])).tags


def test_nothing_of_the_data_is_markup():
    evil = "<script>alert('\"x\"')</script>"
    doc = make_doc(NLP, "x y", [("x", evil, "y")])
    table = Table(evil, [evil], [[evil]])
    html = render_report(evil, [table], [make_sentence({evil: doc}, doc)])
    page = Page(html)
    assert page.tags.count("script") == 1  # the page's own
    assert json.loads(page.articles[0]["data-predicates"]) == [evil]
    assert evil in unescape(html)


def test_the_page_needs_no_network():
    html = render_report("A model", [], [sentence([AUTHOR], [MAKER])], {"a": "<svg></svg>"})
    assert not re.findall(r"""(?:src|href)=["'](?!#)""", html)
    assert "@import" not in html

"""The evaluation page: filters of texts, and a page that is safe to open."""

import json
import re
from html import unescape
from html.parser import HTMLParser

import pytest
import spacy
from support import make_doc

from spacy_spo.visualize.evaluation_page import TextCollector, make_text, render_evaluation
from spacy_spo.visualize.tables import Table

NLP = spacy.blank("en")
TEXT = "Ann Lee wrote Dune and Bob made Tron"
AUTHOR, MAKER = ("Ann Lee", "author", "Dune"), ("Bob", "maker", "Tron")


def page_text(predicted, gold, *others):
    docs = [make_doc(NLP, TEXT, facts) for facts in (predicted, *others)]
    return make_text(dict(zip(("<first>", "<second>"), docs)), make_doc(NLP, TEXT, gold))


@pytest.mark.parametrize(
    ("predicted", "errors"),
    [
        ([AUTHOR, MAKER], {"all correct"}),
        ([AUTHOR], {"missing"}),
        ([AUTHOR, MAKER, ("Tron", "author", "Ann Lee")], {"not in gold"}),
        ([AUTHOR, ("Bob", "author", "Tron")], {"missing", "not in gold", "incorrect predicate"}),
        ([AUTHOR, ("Bob", "maker", "Dune")], {"missing", "not in gold", "incorrect argument"}),
    ],
)
def test_kinds_of_errors(predicted, errors):
    assert set(page_text(predicted, [AUTHOR, MAKER]).errors) == errors


def test_filters_of_a_text():
    text = page_text([AUTHOR], [AUTHOR, ("Ann Lee", "reader", "Tron")])
    assert text.predicates == ["author", "reader"]
    assert text.overlaps == ["seo"]
    assert text.correct_in == []
    (picture,) = text.pictures.values()
    assert "✓ author" in picture and "missing: reader" in picture


@pytest.mark.parametrize(
    ("first", "second", "correct_in"),
    [
        ([AUTHOR], [AUTHOR], "both"),
        ([AUTHOR], [], "the first only"),
        ([MAKER], [AUTHOR], "the second only"),
        ([], [MAKER], "neither"),
    ],
)
def test_two_pipelines(first, second, correct_in):
    text = page_text(first, [AUTHOR], second)
    assert text.correct_in == [correct_in]
    assert ["✓ author" in picture for picture in text.pictures.values()] == [
        AUTHOR in facts for facts in (first, second)
    ]
    html = render_evaluation("Two models", [], [text])
    assert html.count("&lt;first&gt;</p>") == html.count("&lt;second&gt;</p>") == 1
    assert f"<option>{correct_in}</option>" in html
    assert json.loads(Page(html).articles[0]["data-correct_in"]) == [correct_in]


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
    html = render_evaluation("A model", [table], [page_text([AUTHOR], [AUTHOR, MAKER])])
    page = Page(html)
    assert "<h1>A model</h1>" in html and "<td>75.91</td>" in html
    (article,) = page.articles
    assert json.loads(article["data-predicates"]) == ["author", "maker"]
    assert json.loads(article["data-errors"]) == ["missing"]
    assert re.findall(r'data-filter="(\w+)"', html) == ["predicates", "overlaps", "errors"]


def test_without_texts_there_are_no_filters():
    assert "select" not in Page(render_evaluation("A model", [])).tags


def test_nothing_of_the_data_is_markup():
    evil = "<script>alert('\"x\"')</script>"
    doc = make_doc(NLP, "x y", [("x", evil, "y")])
    table = Table(evil, [evil], [[evil]])
    html = render_evaluation(evil, [table], [make_text({evil: doc}, doc)])
    page = Page(html)
    assert page.tags.count("script") == 1  # the page's own
    assert json.loads(page.articles[0]["data-predicates"]) == [evil]
    assert evil in unescape(html)


def test_the_page_needs_no_network():
    html = render_evaluation("A model", [], [page_text([AUTHOR], [MAKER])], {"a": "<svg></svg>"})
    assert not re.findall(r"""(?:src|href)=["'](?!#)""", html)
    assert "@import" not in html


def test_the_first_texts_are_collected():
    collector = TextCollector(2)
    for i in range(3):
        collector([NLP(f"predicted {i}")], NLP(f"gold {i}"))
    assert [gold.text for _, gold in collector.texts] == ["gold 0", "gold 1"]

"""displaCy's own markup: each test names a part of it that this package relies on.

If one fails after an update of spaCy, `spacy_spo/visualize/displacy_markup.py` is where to mend it.
"""

import re
from inspect import getsource
from xml.dom import minidom

import pytest
from spacy import displacy
from spacy.displacy import templates
from spacy.displacy.render import SpanRenderer

from spacy_spo.visualize.displacy_markup import (
    _CURVE,
    _ID,
    _SIZE,
    _STYLE_HEIGHT,
    ArcLine,
    draw_arcs,
    mark_spans,
    with_fixed_ids,
)

ARCS = [
    {"start": 0, "end": 1, "label": "p", "dir": "right"},
    {"start": 0, "end": 2, "label": "q", "dir": "left"},
]


@pytest.fixture(scope="module")
def plain():
    """displaCy's SVG, as it is."""
    parsed = {
        "words": [{"text": word, "tag": ""} for word in "abc"],
        "arcs": ARCS,
        "settings": {"lang": "en", "direction": "ltr"},
    }
    options = {"compact": True, "distance": 150, "offset_x": 75, "font": "Serif"}
    return displacy.render(parsed, style="dep", manual=True, options=options, jupyter=False)


def test_the_root_has_width_then_height(plain):
    assert _SIZE.search(plain).groups() == ("525", "287.0")
    assert len(_SIZE.findall(plain)) == 1


def test_the_style_of_the_root_repeats_the_height(plain):
    assert _STYLE_HEIGHT.search(plain).group() == "height: 287.0px"


def test_compact_arcs_are_paths_of_four_points(plain):
    paths = re.findall(r' d="(M[^"]+)" fill="none"', plain)
    assert len(paths) == len(_CURVE.findall(plain)) == 2
    assert all(re.fullmatch(r"M\S+,\S+ \S+,\S+ \S+,\S+ \S+,\S+", path) for path in paths)
    # All start at one height, and longer arcs rise higher.
    (start, first), (other_start, second) = _CURVE.findall(plain)
    assert start == other_start and float(second) < float(first) < float(start)


def test_arrows_are_groups_in_the_order_of_the_arcs(plain):
    assert plain.count('<g class="displacy-arrow">') == 2
    assert re.findall(r'displacy-label"[^>]*>(\w)<', plain) == ["p", "q"]
    # A style of the group colours all of its parts.
    assert plain.count("currentColor") >= 6


def test_ids_are_random_numbers_with_the_number_of_the_drawing(plain):
    (svg_id,) = re.findall(r' id="([0-9a-f]{32}-0)"', plain)
    assert re.findall(r' id="arrow-([^"]+)"', plain) == [f"{svg_id}-0", f"{svg_id}-1"]
    assert _ID.findall(plain) == [svg_id] * 5


def test_the_font_is_an_option(plain):
    assert "font-family: Serif;" in plain


def test_labels_are_not_escaped_and_words_are():
    parsed = {
        "words": [{"text": "<a>", "tag": ""}, {"text": "b", "tag": ""}],
        "arcs": [{"start": 0, "end": 1, "label": "<p>", "dir": "right"}],
        "settings": {"lang": "en", "direction": "ltr"},
    }
    svg = displacy.render(parsed, style="dep", manual=True, jupyter=False)
    assert "<p>" in svg and "&lt;a&gt;" in svg


def test_span_templates_take_these_values():
    """Ours replaces TPL_SPAN_START; displaCy fills in the same names."""
    for name, fields in {
        "TPL_SPAN": {"text", "span_slices", "span_starts", "total_height"},
        "TPL_SPAN_SLICE": {"bg", "top_offset"},
        "TPL_SPAN_START": {"bg", "top_offset", "label", "kb_link"},
    }.items():
        assert set(re.findall(r"{(\w+)}", getattr(templates, name))) == fields, name
    assert '"template"' in getsource(SpanRenderer.__init__)


def test_tokens_of_spans_are_joined_by_spaces_outside_of_spans_only():
    html = mark_spans(
        "青石写了书", [(0, 2, "who"), (4, 5, "what")], {"who": "#fff", "what": "#000"}
    )
    assert ">who</span>" in html and ">what</span>" in html
    assert "#fff" in html and "#000" in html
    assert "写了" in html


def test_what_comes_of_it():
    picture = draw_arcs(
        ["a", "b", "c"], [ArcLine(0, 1, "p", "color: red"), ArcLine(2, 0, "q")], 150, "en"
    )
    root = minidom.parseString(picture.svg).documentElement
    assert float(root.getAttribute("width")) == picture.width == 525
    assert float(root.getAttribute("height")) == picture.height < 287
    _, top, width, height = map(float, root.getAttribute("viewBox").split())
    assert (width, height) == (picture.width, picture.height) and top > 0
    assert 'style="color: red"' in picture.svg
    assert not _ID.search(with_fixed_ids(picture.svg, "it"))

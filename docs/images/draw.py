"""Draw the pictures of the READMEs.

python docs/images/draw.py
"""

from pathlib import Path
from typing import List, NamedTuple, Tuple

from spacy.tokens import Doc, Span

from spacy_spo import Triple
from spacy_spo.data.conversion import make_tokenizer_pipeline
from spacy_spo.visualize.display import to_svg

HERE = Path(__file__).parent


class Picture(NamedTuple):
    """A picture: its language, text, and triples by the text of their arguments."""

    lang: str
    text: str
    triples: List[Tuple[str, str, str]]


PICTURES = {
    "triples.svg": Picture(
        "en",
        "Clearpath Software was founded by John Smith and Maria Garcia and is based in Boston.",
        [
            ("Clearpath Software", "founder", "John Smith"),
            ("Clearpath Software", "founder", "Maria Garcia"),
            ("Clearpath Software", "headquarters", "Boston"),
        ],
    ),
    "triples.zh.svg": Picture(
        "zh",
        "泰点电器有限公司由赵丽和刘洋创立，总部位于雁湾市。",
        [
            ("泰点电器有限公司", "创始人", "赵丽"),
            ("泰点电器有限公司", "创始人", "刘洋"),
            ("泰点电器有限公司", "总部地点", "雁湾市"),
        ],
    ),
}


def make_doc(picture: Picture) -> Doc:
    """Make the Doc of a picture, with its triples."""
    doc = make_tokenizer_pipeline(picture.lang)(picture.text)

    def find(argument: str) -> Span:
        start = picture.text.index(argument)
        return doc.char_span(start, start + len(argument))

    doc._.spo_triples = [Triple(find(s), predicate, find(o)) for s, predicate, o in picture.triples]
    return doc


def draw(name: str) -> str:
    """Draw a picture as SVG."""
    return to_svg(make_doc(PICTURES[name]))


if __name__ == "__main__":
    for name in PICTURES:
        (HERE / name).write_text(draw(name), encoding="utf8")

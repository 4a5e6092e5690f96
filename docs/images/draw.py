"""Draw the pictures of the READMEs.

python docs/images/draw.py
"""

from pathlib import Path
from typing import Dict, List, NamedTuple, Tuple

import spacy
from spacy.tokens import Doc

from spacy_spo import Triple
from spacy_spo.data.conversion import make_tokenizer_pipeline
from spacy_spo.visualize.display import to_svg

HERE = Path(__file__).parent


class Picture(NamedTuple):
    """A picture: its language, text, and triples by the text of their arguments."""

    lang: str
    text: str
    triples: List[Tuple[str, str, str, Dict[str, str]]]


PICTURES = {
    "triples.svg": Picture(
        "en",
        "@@EN_TEXT@@",
        [],
    ),
    "triples.zh.svg": Picture(
        "zh",
        "@@ZH_TEXT@@",
        [],
    ),
}


def make_doc(picture: Picture) -> Doc:
    """Make the Doc of a picture."""
    doc = make_tokenizer_pipeline(picture.lang)(picture.text)

    def find(argument: str) -> "spacy.tokens.Span":
        start = picture.text.index(argument)
        return doc.char_span(start, start + len(argument))

    doc._.spo_triples = [
        Triple(
            find(subject),
            predicate,
            find(object_),
            qualifiers={name: find(argument) for name, argument in qualifiers.items()},
        )
        for subject, predicate, object_, qualifiers in picture.triples
    ]
    return doc


if __name__ == "__main__":
    for name, picture in PICTURES.items():
        (HERE / name).write_text(to_svg(make_doc(picture)), encoding="utf8")

"""Extraction of triples from a stream of texts."""

from typing import Any, Dict, Iterable, Iterator, Optional

from spacy.language import Language
from spacy.tokens import Doc

from .text_streams import pipe_texts
from .triples import TRIPLES_KEY, get_triples, require_triples


def extract(
    nlp: Language,
    texts: Iterable[str],
    *,
    batch_size: Optional[int] = None,
    spans_key: str = TRIPLES_KEY,
) -> Iterator[Dict[str, Any]]:
    """Extract the triples of texts.

    nlp (Language): A pipeline with a trained tagger.
    texts (Iterable[str]): The texts; a stream is consumed batch by batch.
    batch_size (Optional[int]): Number of texts in a batch; `nlp.batch_size` by default.
    spans_key (str): The key of the triples in `doc.spans`, a setting of the tagger.
    YIELDS (Dict[str, Any]): A record for each text, in order: `{"text": ..., "triples": [...]}`,
        the triples as of `Triple.to_dict`, with scores and character offsets.
    RAISES (ValueError): If no component of the pipeline sets triples, or the texts are one string;
        a TextError, which is one, at any error in a text.
    """
    for doc in extract_docs(nlp, texts, batch_size=batch_size, spans_key=spans_key):
        triples = get_triples(doc, spans_key)
        yield {"text": doc.text, "triples": [triple.to_dict() for triple in triples]}


def extract_docs(
    nlp: Language,
    texts: Iterable[str],
    *,
    batch_size: Optional[int] = None,
    spans_key: str = TRIPLES_KEY,
) -> Iterator[Doc]:
    """Run a pipeline over texts, and check its triples.

    nlp (Language): A pipeline with a trained tagger.
    texts (Iterable[str]): The texts; a stream is consumed batch by batch.
    batch_size (Optional[int]): Number of texts in a batch; `nlp.batch_size` by default.
    spans_key (str): The key of the triples in `doc.spans`.
    YIELDS (Doc): A Doc for each text, in order.
    RAISES (ValueError): If no component of the pipeline sets triples, or the texts are one string;
        a TextError, which is one, at any error in a text.
    """
    if isinstance(texts, str):
        raise ValueError("extract takes an iterable of texts: pass [text] for a single one.")
    for doc in pipe_texts(nlp, texts, batch_size=batch_size):
        require_triples(nlp, doc, spans_key)
        yield doc

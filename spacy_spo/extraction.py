"""Extraction of triples from a stream of texts."""

from typing import Any, Dict, Iterable, Iterator, Optional

from spacy.language import Language
from spacy.tokens import Doc

from .provenance import get_id, get_meta
from .text_streams import TextLike, pipe_texts
from .triples import TRIPLES_KEY, get_triples, require_triples


def extract(
    nlp: Language,
    texts: Iterable[TextLike],
    *,
    batch_size: Optional[int] = None,
    spans_key: str = TRIPLES_KEY,
) -> Iterator[Dict[str, Any]]:
    """Extract the triples of texts.

    nlp (Language): A pipeline with a trained tagger.
    texts (Iterable[Union[str, Tuple[str, Mapping[str, Any]], Doc]]): The texts; a stream is
        consumed batch by batch. One may be a tuple with a context, `{"id": ..., "meta": {...}}`,
        or a Doc, which is changed in place.
    batch_size (Optional[int]): Number of texts in a batch; `nlp.batch_size` by default.
    spans_key (str): The key of the triples in `doc.spans`, a setting of the tagger.
    YIELDS (Dict[str, Any]): A record for each text, in order: `{"text": ..., "triples": [...]}`,
        the triples as of `Triple.to_dict`, with scores and character offsets; also "id" and "meta"
        of a text that has them.
    RAISES (ValueError): If no component of the pipeline sets triples, or the texts are one string;
        a TextError, which is one, at any error in a text.
    """
    for doc in extract_docs(nlp, texts, batch_size=batch_size, spans_key=spans_key):
        yield _to_record(doc, spans_key)


def _to_record(doc: Doc, spans_key: str) -> Dict[str, Any]:
    # The id comes first, for reading.
    record_id, meta = get_id(doc), get_meta(doc)
    known = {} if record_id is None else {"id": record_id}
    triples = [triple.to_dict() for triple in get_triples(doc, spans_key)]
    record = {**known, "text": doc.text, "triples": triples}
    return {**record, "meta": meta} if meta else record


def extract_docs(
    nlp: Language,
    texts: Iterable[TextLike],
    *,
    batch_size: Optional[int] = None,
    spans_key: str = TRIPLES_KEY,
) -> Iterator[Doc]:
    """Run a pipeline over texts, and check its triples.

    nlp (Language): A pipeline with a trained tagger.
    texts (Iterable[Union[str, Tuple[str, Mapping[str, Any]], Doc]]): The texts, as of `extract`.
    batch_size (Optional[int]): Number of texts in a batch; `nlp.batch_size` by default.
    spans_key (str): The key of the triples in `doc.spans`.
    YIELDS (Doc): A Doc for each text, in order.
    RAISES (ValueError): If no component of the pipeline sets triples, or the texts are one string;
        a TextError, which is one, at any error in a text.
    """
    if isinstance(texts, (str, Doc)):
        raise ValueError("extract takes an iterable of texts: pass [text] for a single one.")
    for doc in pipe_texts(nlp, texts, batch_size=batch_size):
        require_triples(nlp, doc, spans_key)
        yield doc

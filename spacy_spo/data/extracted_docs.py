"""Docs of the records that `extract` writes, without a pipeline.

Such records have the offsets of all arguments. Their tokens are not known: those of any language
are made, and cut where an argument begins or ends within one.
"""

from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Iterable, Iterator, List, Set, Tuple

from spacy.language import Language
from spacy.tokens import Doc

from ..provenance import set_provenance
from ..triples import TRIPLES_KEY, set_triples
from .conversion import make_tokenizer_pipeline
from .detection import find_candidates, get_format
from .doc_files import read_docs
from .doc_records import trim_argument
from .files import ConversionError, MalformedRecord
from .format import LocatedRecord, parse_item
from .mentions import find_triples
from .records import LostTriple, Record

_FORMAT = "spo_jsonl"
_TRIPLES = "triples"
# Its tokenizer, of this package, is for words of all scripts.
_LANG = "zh"


def read_any_docs(path: Path, notes: Counter[str], spans_key: str = TRIPLES_KEY) -> Iterator[Doc]:
    """Read Docs, or records that `extract` wrote as Docs.

    path (Path): A `.spacy` file, a folder of such files, or JSON in the format `spo_jsonl`.
    notes (Counter[str]): Notes of the records are counted here.
    spans_key (str): The key for the triples of records in `doc.spans`; Docs are as they are.
    RETURNS (Iterator[Doc]): The Docs.
    RAISES (ConversionError): If the file is something else. At a malformed record or triple, too,
        with its line: an export has no place to say what it left out.
    """
    is_json = not path.is_dir() and find_candidates(path, [get_format(_FORMAT)])
    return _read_records(path, notes, spans_key) if is_json else read_docs(path)


def _read_records(path: Path, notes: Counter[str], spans_key: str) -> Iterator[Doc]:
    nlp = make_tokenizer_pipeline(_LANG)
    for located in _parse_all(path):
        doc, lost = record_to_doc(located.record, nlp, spans_key)
        for triple in (*located.record.lost, *lost):
            raise _not_readable(f"{located}: {triple}")
        notes.update(located.record.notes)
        yield doc


def _parse_all(path: Path) -> Iterator[LocatedRecord]:
    data_format = get_format(_FORMAT)
    for item in data_format.read_arranged(path):
        parsed = item if isinstance(item, MalformedRecord) else parse_item(path, item, data_format)
        if isinstance(parsed, MalformedRecord):
            raise _not_readable(str(parsed))
        # Without triples, records of other formats are unannotated ones of this.
        if not isinstance(item, MalformedRecord) and _is_of_other_format(item.value):
            raise _not_readable(f"{parsed}: the key {_TRIPLES!r} is missing")
        yield parsed


def _is_of_other_format(keys: Iterable[str]) -> bool:
    return not {_TRIPLES}.intersection(keys) and not {"id", "text", "meta"}.issuperset(keys)


def _not_readable(reason: str) -> ConversionError:
    return ConversionError(
        f"{reason}. JSON is exported as `spacy spo extract` writes it, with offsets. "
        "`spacy spo convert` makes Docs of other records, and counts what is lost."
    )


def record_to_doc(
    record: Record, nlp: Language, spans_key: str = TRIPLES_KEY
) -> Tuple[Doc, List[LostTriple]]:
    """Convert a record to a Doc with tokens for all arguments.

    record (Record): The record.
    nlp (Language): A pipeline with a tokenizer.
    spans_key (str): The key of the triples in `doc.spans`.
    RETURNS (Tuple[Doc, List[LostTriple]]): The Doc, with the triples, id and meta data of the
        record, and the triples that are lost.
    """
    doc = _cut(nlp.tokenizer(record.text), _find_edges(record))
    set_provenance(doc, record.id, record.meta)
    found = find_triples(record, doc)
    if record.triples is not None:
        set_triples(doc, found.triples, spans_key)
    return doc, found.lost


def _find_edges(record: Record) -> Set[int]:
    """Find the offsets at which arguments begin and end."""
    arguments = (a for triple in record.triples or [] for a in triple.arguments.values())
    trimmed = (trim_argument(argument) for argument in arguments if argument.start is not None)
    return {offset for a in trimmed for offset in (a.start, a.end) if offset is not None}


def _cut(doc: Doc, edges: Set[int]) -> Doc:
    """Cut tokens at offsets."""
    words: List[str] = []
    spaces: List[bool] = []
    for token in doc:
        inner = (n for n in range(token.idx + 1, token.idx + len(token)) if n in edges)
        cuts = [0, *(n - token.idx for n in inner), len(token)]
        words += [token.text[start:end] for start, end in pairwise(cuts)]
        spaces += [False] * (len(cuts) - 2) + [bool(token.whitespace_)]
    return Doc(doc.vocab, words, spaces) if len(words) > len(doc) else doc

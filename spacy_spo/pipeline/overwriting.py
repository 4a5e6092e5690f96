"""Span groups that a component overwrites.

The keys are settings, which spaCy's `analyze_pipes` does not see. So each component notes what it
writes, and warns when it replaces what it has not written.
"""

from typing import Any, Dict, Iterable
from weakref import ReferenceType, WeakKeyDictionary, ref

from spacy.tokens import Doc

from ..once import warn_once

# By Doc and key, the component that wrote last. It is kept beside the Doc, as hard negatives are.
_WRITERS: "WeakKeyDictionary[Doc, Dict[str, ReferenceType[Any]]]" = WeakKeyDictionary()


def claim_group(docs: Iterable[Doc], key: str, pipe: Any) -> None:
    """Note the writer of span groups; warn if it replaces others.

    docs (Iterable[Doc]): Docs that the component is about to write to.
    key (str): The key of the group in `doc.spans`.
    pipe (SegmentPipe): The component.
    """
    for doc in docs:
        writers = _WRITERS.setdefault(doc, {})
        writer = writers[key]() if key in writers else None
        if doc.spans.get(key) and not _is_same(pipe, writer):
            warn_once(pipe, ("replaced", key), _explain(key, pipe, writer))
        writers[key] = ref(pipe)


def _is_same(pipe: Any, writer: Any) -> bool:
    # A copy of the pipeline may run on Docs of the original.
    return writer is not None and (type(writer), writer.name) == (type(pipe), pipe.name)


def _explain(key: str, pipe: Any, writer: Any) -> str:
    replaced = f"{pipe.name!r} replaces what is in doc.spans[{key!r}]"
    if writer is None:
        return (
            f"{replaced}: gold, those of rules, or of an earlier run. To keep them, set them under "
            'another key, for instance by spacy_spo.set_triples(doc, triples, "rules").'
        )
    return (
        f"{replaced}, which {writer.name!r} wrote. To keep both, give the components of one of the "
        'two models another `spans_key`, for instance by spacy.load(path, config={"components": '
        '{"spo_relation_classifier": {"spans_key": "other"}, "spo_tagger": {"spans_key": '
        '"other"}}}).'
    )

"""Provenance of texts: id and meta data of their records.

Both are in `doc.user_data`, as JSON: serialisation would turn lists into tuples, and has no numbers
beyond 64 bits. A `DocBin` keeps them if it stores user data. They belong to the whole Doc: parts of
it and joined Docs have none.
"""

import json
import reprlib
from typing import Any, Dict, Mapping, Optional, Tuple, Union, cast

from spacy.tokens import Doc

ProvenanceId = Union[str, int]
# A text with its context, as of `nlp.pipe(..., as_tuples=True)`: "id" and "meta", both optional.
TextItem = Tuple[str, Mapping[str, Any]]

# As spaCy names the values of extensions of a Doc.
_Key = Tuple[str, str, None, None]
_ID: _Key = ("._.", "spo_id", None, None)
_META: _Key = ("._.", "spo_meta", None, None)


def set_provenance(
    doc: Doc, id: Optional[ProvenanceId] = None, meta: Optional[Mapping[str, Any]] = None
) -> None:
    """Set the id and the meta data of a Doc.

    doc (Doc): The Doc. What it had before is replaced.
    id (Optional[Union[str, int]]): The id of its record; None for none.
    meta (Optional[Mapping[str, Any]]): Further data of its record, plain JSON.
    RAISES (ValueError): If the id is something else, or the meta data are not plain JSON.
    """
    values = _to_user_data(id, meta)
    stored = _user_data(doc)
    for key in (_ID, _META):
        stored.pop(key, None)
    stored.update(values)


def _user_data(doc: Doc) -> Dict[Any, Any]:
    # Keys of extensions are tuples, unlike spaCy's type of it.
    return cast(Dict[Any, Any], doc.user_data)


def _to_user_data(id: Any, meta: Any) -> Dict[_Key, str]:
    if id is not None and (isinstance(id, bool) or not isinstance(id, (str, int))):
        raise ValueError(
            f"the id of a text is a string or a whole number, not {reprlib.repr(id)}: convert it "
            "to a string, or put it into the meta data"
        )
    if meta is not None and not isinstance(meta, Mapping):
        raise ValueError(f"the meta data of a text are a dict, not {reprlib.repr(meta)}")
    try:
        values = {} if id is None else {_ID: json.dumps(id)}
        return {**values, _META: json.dumps(dict(meta))} if meta else values
    except (TypeError, ValueError, RecursionError) as error:
        raise ValueError(
            f"the meta data of a text are plain JSON, not {reprlib.repr(meta)}: {error}"
        ) from error


def check_context(context: Mapping[str, Any]) -> None:
    """Check the context of a text.

    context (Mapping[str, Any]): The context: "id" and "meta", both optional.
    RAISES (ValueError): If it has something else, or one of them is not valid.
    """
    if not isinstance(context, Mapping):
        raise ValueError(f"the context of a text is a dict, not {reprlib.repr(context)}")
    others = sorted(set(context) - {"id", "meta"}, key=repr)
    if others:
        raise ValueError(
            f'the context of a text has "id" and "meta", and no {others[0]!r}: put it into "meta"'
        )
    _to_user_data(context.get("id"), context.get("meta"))


def _load(doc: Doc, key: _Key) -> Any:
    value = _user_data(doc).get(key)
    return None if value is None else json.loads(value)


def get_id(doc: Doc) -> Optional[ProvenanceId]:
    """Get the id of the record that a Doc was made of.

    doc (Doc): The Doc.
    RETURNS (Optional[Union[str, int]]): The id; None if there is none.
    """
    value: Optional[ProvenanceId] = _load(doc, _ID)
    return value


def get_meta(doc: Doc) -> Dict[str, Any]:
    """Get the meta data of the record of a Doc.

    doc (Doc): The Doc.
    RETURNS (Dict[str, Any]): A copy of them, plain JSON; empty if there are none.
    """
    return _load(doc, _META) or {}


def get_context(doc: Doc) -> Dict[str, Any]:
    """Get id and meta data of a Doc, as a context.

    doc (Doc): The Doc.
    RETURNS (Dict[str, Any]): Those of "id" and "meta" that it has.
    """
    context = {"id": get_id(doc), "meta": get_meta(doc)}
    return {key: value for key, value in context.items() if value not in (None, {})}


def to_item(doc: Doc) -> TextItem:
    """Get the text of a Doc with its context.

    doc (Doc): The Doc.
    RETURNS (Tuple[str, Mapping[str, Any]]): The text, and what `get_context` returns.
    """
    return doc.text, get_context(doc)


def has_only_provenance(doc: Doc) -> bool:
    """Check whether a Doc has no other user data than its provenance.

    doc (Doc): The Doc.
    RETURNS (bool): Whether there is nothing else; there may be nothing at all.
    """
    return set(doc.user_data) <= {_ID, _META}


def install_extensions() -> None:
    """Register the extensions `doc._.spo_id` and `doc._.spo_meta`, once."""
    if not Doc.has_extension("spo_id"):
        Doc.set_extension("spo_id", getter=get_id, setter=_set_id)
    if not Doc.has_extension("spo_meta"):
        Doc.set_extension("spo_meta", getter=get_meta, setter=_set_meta)


def _set_id(doc: Doc, id: Optional[ProvenanceId]) -> None:
    set_provenance(doc, id, get_meta(doc))


def _set_meta(doc: Doc, meta: Optional[Mapping[str, Any]]) -> None:
    set_provenance(doc, get_id(doc), meta)


install_extensions()

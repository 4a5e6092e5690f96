"""Descriptions of files that are of no format, for errors."""

import re
from itertools import islice
from pathlib import Path
from typing import Any, Mapping, Optional, Tuple

from .files import (
    ConversionError,
    Item,
    Line,
    MalformedRecord,
    content_suffix,
    read_items,
    read_lines,
    read_start,
)
from .values import list_names

_N_BYTES = 100_000
_SIGNATURES = {
    b"PK\x03\x04": "It is a zip file or an Excel workbook: unpack it, or save the sheet as CSV",
    b"%PDF": "It is a PDF: only text with annotations can be converted",
    b"\xd0\xcf\x11\xe0": "It is an Office file: save the sheet as CSV",
}
# Annotations of brat have tabs as well.
_NO_TABLE = ".ann"
_KANA, _MIN_KANA = re.compile("[\u3041-\u30ff]"), 0.2
_SCHEMA_KEYS = {"predicate", "subject_type", "object_type"}


def describe_content(path: Path) -> str:
    """Describe a file of no format, and what to do with it.

    path (Path): The file.
    RETURNS (str): One or two sentences, without a full stop at the end.
    """
    start = read_start(path, _N_BYTES)
    for signature, description in _SIGNATURES.items():
        if start.startswith(signature):
            return description
    if not start.strip():
        return "It is empty"
    if b"\0" in start:
        return "It is a binary file, or text in UTF-16 without a byte order mark: save it as UTF-8"
    return _describe_encoding(start) or _describe_text(path, start.decode("utf-8", "ignore"))


def _describe_encoding(start: bytes) -> str:
    if _is_encoded(start, "utf-8"):
        return ""
    name, guess = _guess_encoding(start)
    return (
        f"It is not UTF-8, but may be {guess}: convert it, for example by `iconv -f {name} -t "
        "UTF-8`, or save it as UTF-8"
    )


def _guess_encoding(start: bytes) -> Tuple[str, str]:
    """Guess an encoding, and say what it is for."""
    if _is_encoded(start, "cp932"):
        text = start.decode("cp932", "ignore")
        # By chance, Chinese in GBK may be valid, too, but has hardly any kana then.
        if len(_KANA.findall(text)) > _MIN_KANA * sum(not char.isascii() for char in text):
            return "CP932", "Shift-JIS, an encoding for Japanese"
    if _is_encoded(start, "gb18030"):
        return "GB18030", "GBK, an encoding for Chinese"
    return "WINDOWS-1252", "an encoding of one byte"


def _is_encoded(start: bytes, encoding: str) -> bool:
    try:
        # The last bytes may be the beginning of a character.
        start.rsplit(b"\n", 1)[0].decode(encoding)
    except ValueError:
        return False
    return True


def _describe_text(path: Path, start: str) -> str:
    text = start.lstrip("\ufeff \t\r\n")
    if text.startswith("<"):
        return (
            f"It is XML or HTML, beginning with {_show(text)}: of XML, only that of WebNLG is read"
        )
    if text.startswith(("{", "[")):
        return _describe_json(path)
    return _describe_lines(path)


def _describe_json(path: Path) -> str:
    try:
        items = list(islice(read_items(path), 2))
    except ConversionError as error:
        return f"Its JSON is broken: {str(error).rstrip('.')}"
    first = next((item for item in items if isinstance(item, Item)), None)
    if first is None:
        return f"Its first record cannot be read: {items[0]}" if items else "It has no records"
    return _describe_object(first.value, is_alone=len(items) == 1)


def _describe_object(value: Mapping[str, Any], is_alone: bool) -> str:
    if value.keys() >= _SCHEMA_KEYS and "text" not in value:
        return "It is a schema, without texts: pass it by --schema (in Python: schema_path)"
    key = find_key_of_records(value) if is_alone else None
    if key is not None:
        return (
            f"Its records are under the key {key!r}: make them the file, for example by "
            f"`jq '.{key}'`"
        )
    if is_alone and len(value) > 1 and all(isinstance(record, dict) for record in value.values()):
        return "It has a record under each key: make them a list, for example by `jq -c '.[]'`"
    return f"Its first record has: {list_names(value)}"


def find_key_of_records(value: Mapping[str, Any]) -> Optional[str]:
    """Find the key of the records in the object around them.

    value (Mapping[str, Any]): The only JSON object of a file.
    RETURNS (Optional[str]): The key; None unless exactly one has a list of JSON objects.
    """
    keys = [key for key, records in value.items() if _is_list_of_objects(records)]
    return keys[0] if len(keys) == 1 and "text" not in value else None


def _is_list_of_objects(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(v, dict) for v in value)


def _describe_lines(path: Path) -> str:
    first = next(read_lines(path), None)
    if not isinstance(first, Line):
        return (
            f"It cannot be read: {first}" if isinstance(first, MalformedRecord) else "It is empty"
        )
    if content_suffix(path) != _NO_TABLE and any(mark in first.text for mark in "\t,;|"):
        return (
            f"It may be a table; its first line is {_show(first.text)}. A table needs a header "
            "with text, subject, predicate and object; columns of other names are given by "
            "--columns (in Python: columns)"
        )
    return f"It is neither JSON nor a table; its first line is {_show(first.text)}"


def _show(text: str) -> str:
    line = text.split("\n", 1)[0]
    return repr(line if len(line) <= 60 else f"{line[:60]}...")

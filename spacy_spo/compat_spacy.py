"""Access to the packed spans of a SpanGroup, private in spaCy.

`tests/test_compat_spacy.py` fails if a release of spaCy changes it.
"""

import struct
from typing import Iterator, NamedTuple

import srsly
from spacy.tokens import SpanGroup

# One packed span: id, kb_id, label, start, end, start_char, end_char.
_PACKED_SPAN = struct.Struct(">QQQllll")


class PackedSpan(NamedTuple):
    """A span of a group, in numbers.

    span_id (int): Hash of its id.
    label (int): Hash of its label.
    start (int): Its first character.
    end (int): The character after its last one.
    """

    span_id: int
    label: int
    start: int
    end: int


def unpack_spans(group: SpanGroup) -> Iterator[PackedSpan]:
    """Read the spans of a group by their character offsets.

    After retokenising, the spans themselves may be unreadable, but their packed form keeps offsets.

    group (SpanGroup): The group.
    YIELDS (PackedSpan): Its spans, in order.
    """
    for packed in srsly.msgpack_loads(group.to_bytes())["spans"]:
        span_id, _, label, _, _, start, end = _PACKED_SPAN.unpack(packed)
        yield PackedSpan(span_id, label, start, end)

"""Tasks of Label Studio, as exported and imported in JSON.

One JSON array of `{"data": {"text": ...}, "annotations": [{"result": [...]}]}`. A result is a
region, `{"id": ..., "type": "labels", "value": {"start": ..., "end": ..., "text": ..., "labels":
[...]}, ...}`, or a relation, `{"type": "relation", "from_id": ..., "to_id": ..., "direction":
"right", "labels": [...]}`, with one triple for each of its labels. Results of other types are
ignored. A task becomes a record for each of its annotations, except cancelled ones; a task without
annotations is unannotated.

Source: https://labelstud.io/guide/task_format, https://labelstud.io/tags/relations.
"""

from pathlib import Path
from typing import Any, Dict, Iterator, List, Mapping, Tuple, Union

from ..entities import (
    from_label,
    get_character_offsets,
    index_entities,
    map_entities,
    relate,
    slice_argument,
    to_label,
)
from ..files import Item, MalformedRecord, read_items, write_array
from ..format import OFFSETS, TYPES, UNANNOTATED, Format
from ..records import Argument, RawTriple, Record
from ..values import get_first, get_list, get_value, list_names

_TEXT = "text"
_REGION = "labels"
_RELATION = "relation"
# The keys of subject and object, by the direction of the relation.
_FORTH, _BACK = ("from_id", "to_id"), ("to_id", "from_id")
_DIRECTIONS = {"right": (_FORTH,), "left": (_BACK,), "bi": (_FORTH, _BACK)}


def _read(path: Path) -> Iterator[Union[Item, MalformedRecord]]:
    for item in read_items(path):
        if isinstance(item, MalformedRecord):
            yield item
        else:
            yield from (Item(item.location, task) for task in _split(item.value))


def _split(task: Dict[str, Any]) -> List[Dict[str, Any]]:
    """Split a task of several annotations into one task each."""
    annotations = task.get("annotations")
    if not isinstance(annotations, list):
        return [task]
    finished = [a for a in annotations if not (isinstance(a, dict) and a.get("was_cancelled"))]
    return [{**task, "annotations": [a]} for a in finished] or [{**task, "annotations": []}]


def _parse(item: Mapping[str, Any]) -> Record:
    if "data" not in item:
        raise ValueError(
            f"the key 'data' is missing; there are: {list_names(item)}. Of what Label Studio "
            "exports as JSON, JSON_MIN has no relations: export as JSON"
        )
    text = _get_text(get_value(item, "data", dict))
    annotations = get_list(item, "annotations", dict) if "annotations" in item else []
    if len(annotations) > 1:
        raise ValueError("a record is one annotation; reading a file splits tasks of several")
    return Record(text, _parse_results(annotations[0], text) if annotations else None)


def _get_text(data: Mapping[str, Any]) -> str:
    # The labelling configuration names the key, and is not in the export.
    if _TEXT in data:
        return get_value(data, _TEXT, str)
    keys = [key for key, value in data.items() if isinstance(value, str)]
    if len(keys) != 1:
        raise ValueError(
            f"the text must be under 'text' in 'data', or be the only string there; the strings "
            f"are: {list_names(keys)}"
        )
    return get_value(data, keys[0], str)


def _parse_results(annotation: Mapping[str, Any], text: str) -> List[RawTriple]:
    results = get_list(annotation, "result", dict)
    regions = map_entities(
        (get_value(result, "id", str), _parse_region(get_value(result, "value", dict), text))
        for result in results
        if result.get("type") == _REGION
    )
    relations = [result for result in results if result.get("type") == _RELATION]
    return [triple for relation in relations for triple in _parse_relation(relation, regions)]


def _parse_region(value: Mapping[str, Any], text: str) -> Argument:
    labels = get_list(value, _REGION, str) if _REGION in value else []
    if len(labels) > 1:
        raise ValueError(f"a region has the labels {labels}, but an argument can have one type")
    kind = from_label(labels[0]) if labels else ""
    start, end = get_value(value, "start", int), get_value(value, "end", int)
    if _TEXT not in value:
        return slice_argument(text, start, end, kind)
    span_text = get_value(value, _TEXT, str)
    return Argument(span_text, kind, *_correct_offsets(text, start, end, span_text))


def _correct_offsets(text: str, start: int, end: int, span_text: str) -> Tuple[int, int]:
    # Older versions of Label Studio count UTF-16 code units, later ones characters.
    if text[start:end] != span_text:
        units = text.encode("utf-16-le")
        first, last = (len(units[: 2 * n].decode("utf-16-le", "ignore")) for n in (start, end))
        if text[first:last] == span_text:
            return first, last
    return start, end


def _parse_relation(
    relation: Mapping[str, Any], regions: Mapping[str, Argument]
) -> Iterator[RawTriple]:
    labels = get_list(relation, "labels", str) if "labels" in relation else []
    if not labels:
        raise ValueError("a relation has no label, so there is no predicate. Label it")
    direction = get_value(relation, "direction", str) if "direction" in relation else "right"
    if direction not in _DIRECTIONS:
        raise ValueError(f"'direction' must be one of {tuple(_DIRECTIONS)}, not {direction!r}")
    for head, tail in _DIRECTIONS[direction]:
        for label in labels:
            subject, object_ = get_value(relation, head, str), get_value(relation, tail, str)
            yield relate(regions, subject, label, object_)


def _dump(record: Record) -> Dict[str, Any]:
    task: Dict[str, Any] = {"data": {_TEXT: record.text}}
    if record.triples is None:
        return task
    entities = index_entities(record.triples)
    regions = [_dump_region(argument, f"r{number}") for argument, number in entities.items()]
    # Label Studio ignores a second relation of two regions: the predicates are labels of one.
    labels: Dict[Tuple[str, str], List[str]] = {}
    for triple in record.triples:
        pair = f"r{entities[triple.subject]}", f"r{entities[triple.object]}"
        labels.setdefault(pair, []).append(triple.predicate)
    relations = [_dump_relation(*pair, predicates) for pair, predicates in labels.items()]
    return {**task, "annotations": [{"result": regions + relations}]}


def _dump_region(argument: Argument, name: str) -> Dict[str, Any]:
    start, end = get_character_offsets(argument)
    labels = [to_label(argument.type)]
    return {
        "id": name,
        "from_name": "label",
        "to_name": "text",
        "type": _REGION,
        "value": {"start": start, "end": end, _TEXT: argument.text, _REGION: labels},
    }


def _dump_relation(from_id: str, to_id: str, labels: List[str]) -> Dict[str, Any]:
    pair = {"from_id": from_id, "to_id": to_id}
    return {"type": _RELATION, **pair, "direction": "right", "labels": labels}


def _matches(item: Mapping[str, Any]) -> bool:
    return {"data", "annotations"} <= set(item) or _is_minimal(item)


def _is_minimal(item: Mapping[str, Any]) -> bool:
    # The export JSON_MIN is recognised so that parsing it can name the mistake.
    region = get_first(item, "label")
    return _TEXT in item and isinstance(region, dict) and _REGION in region


LABEL_STUDIO = Format(
    "label_studio",
    '"data" with the text, and "annotations", as Label Studio exports JSON',
    _matches,
    _parse,
    read=_read,
    dump=_dump,
    represents=(OFFSETS, TYPES, UNANNOTATED),
    write=write_array,
)

"""Tasks of Label Studio, as exported and imported in JSON.

One JSON array of `{"id": 1, "data": {"text": ...}, "annotations": [{"result": [...]}]}`. A result
is a region, `{"id": ..., "type": "labels", "value": {"start": ..., "end": ..., "text": ...,
"labels": [...]}, ...}`, or a relation, `{"type": "relation", "from_id": ..., "to_id": ...,
"direction": "right", "labels": [...]}`, with one triple for each of its labels. Other results are
ignored. A task becomes a record for each of its annotations, except cancelled ones; a task without
annotations is unannotated. Earlier versions call annotations `completions`. Cloud storage has files
of one annotation with its task, `{"result": [...], "task": {"data": ...}}`. Regions of HyperText
have `globalOffsets`, which count the text without tags: with tags, they are lost. Further keys of
`data` are meta data.

Source: https://labelstud.io/guide/task_format, https://labelstud.io/tags/relations.
"""

import reprlib
from statistics import fmean
from typing import Any, Dict, List, Mapping, Optional, Sequence, Set, Tuple

from ..entities import (
    Entities,
    get_character_offsets,
    get_name,
    index_entities,
    map_entities,
    relate_labelled,
    to_label,
)
from ..files import Item, MalformedRecord, write_array
from ..format import (
    NEGATIVES,
    OFFSETS,
    PREDICATE,
    PROVENANCE,
    TEXT_KEY,
    TYPES,
    UNANNOTATED,
    Format,
    Items,
)
from ..label_studio_regions import (
    LABELS,
    TEXT,
    Region,
    choose_text_key,
    get_task_text,
    group_by_name,
    list_regions,
    list_types,
    parse_region,
)
from ..records import (
    SEVERAL_TYPES,
    Argument,
    RawTriple,
    Record,
    add_provenance,
    build_record,
    check_relation,
)
from ..values import (
    Provenance,
    get_first,
    get_list,
    get_optional_list,
    get_provenance,
    get_rows,
    get_type,
    get_value,
    list_names,
)

_RELATION = "relation"
_ENDS = ("from_id", "to_id")
_RIGHT, _LEFT = "right", "left"
# The relations in one direction that a relation stands for.
_DIRECTIONS = {_RIGHT: (_RIGHT,), _LEFT: (_LEFT,), "bi": (_RIGHT, _LEFT)}
# Keys of an annotation that somebody has submitted.
_SUBMITTED = ("id", "completed_by", "created_at", "lead_time", "was_cancelled", "unique_id")
_MODEL = "spacy-spo"
# Note: what a model proposed, and nobody has corrected.
_PREDICTIONS = "predictions, which nobody has submitted as annotations"


def _arrange(items: Items) -> Items:
    for item in items:
        if isinstance(item, MalformedRecord):
            yield item
        else:
            tasks = _split(_unify(item.value))
            for number, task in enumerate(tasks, start=1):
                part = f", annotation {number}" if len(tasks) > 1 else ""
                yield Item(item.location + part, task)


def _split(task: Dict[str, Any]) -> List[Dict[str, Any]]:
    """Split a task of several annotations into one task each."""
    annotations = task.get("annotations")
    if not isinstance(annotations, list):
        return [task]
    finished = [a for a in annotations if not _is_cancelled(a)]
    return [{**task, "annotations": [a]} for a in finished] or [{**task, "annotations": []}]


def _is_cancelled(annotation: Any) -> bool:
    # Earlier versions say skipped.
    keys = ("was_cancelled", "skipped")
    return isinstance(annotation, dict) and any(annotation.get(key) for key in keys)


def _unify(item: Mapping[str, Any]) -> Dict[str, Any]:
    """Convert the other forms of a task to that of an export."""
    task = item.get("task")
    if isinstance(task, dict) and "result" in item:
        annotation = {key: value for key, value in item.items() if key != "task"}
        return {**task, "annotations": [annotation]}
    if "completions" in item and "annotations" not in item:
        return {**item, "annotations": item["completions"]}
    return dict(item)


def _parse(item: Mapping[str, Any], predicate: str = "", text_key: str = "") -> Record:
    task = _unify(item)
    if "data" not in task:
        raise ValueError(
            f"the key 'data' is missing; there are: {list_names(task)}. Of what Label Studio "
            "exports as JSON, JSON_MIN has no relations: export as JSON"
        )
    data = get_value(task, "data", dict)
    annotation = _get_annotation(task)
    results = get_optional_list(annotation, "result")
    regions = list_regions(results or [])
    key = text_key or choose_text_key(data, regions)
    text = get_task_text(data, key)
    # An id of the data is the user's, that of a task is made by Label Studio.
    others = get_provenance({"id": task.get("id"), **data}, (key,))
    if not results:
        is_submitted = results is not None and any(key in annotation for key in _SUBMITTED)
        is_untouched = results is not None and not is_submitted
        notes = _note_predictions(task)
        triples: Optional[List[RawTriple]] = [] if is_submitted else None
        return Record(text, triples, is_untouched=is_untouched, notes=notes, **others)
    return _parse_results(text, results, regions, predicate, others)


def _get_annotation(task: Mapping[str, Any]) -> Mapping[str, Any]:
    if task.get("annotations") is None:
        return {}
    annotations = get_list(task, "annotations", dict)
    if len(annotations) > 1:
        raise ValueError("a record is one annotation; reading a file splits tasks of several")
    return annotations[0] if annotations else {}


def _note_predictions(task: Mapping[str, Any]) -> Dict[str, int]:
    predictions = task.get("predictions")
    n_predictions = len(predictions) if isinstance(predictions, list) else 0
    return {_PREDICTIONS: n_predictions} if n_predictions else {}


def _parse_results(
    text: str,
    results: Sequence[Any],
    regions: Sequence[Region],
    predicate: str,
    others: Provenance,
) -> Record:
    several: Set[str] = set()

    def parse_entity(entity: Tuple[str, List[Region]]) -> Argument:
        name, group = entity
        types = list_types(group)
        if len(types) > 1:
            several.add(name)
        return parse_region(group, text, types[0] if len(types) == 1 else "")

    groups = group_by_name(regions)
    entities = map_entities(groups.items(), lambda entity: entity[0], parse_entity)
    relations = [relation for result in results for relation in _split_relation(result)]
    named = {str(r.get(key)) for r in relations if isinstance(r, dict) for key in _ENDS}
    return build_record(
        text,
        relations,
        lambda relation: _parse_relation(relation, entities, predicate),
        notes={SEVERAL_TYPES: len(several & named)},
        **others,
    )


def _split_relation(result: Any) -> List[Any]:
    """Split a relation into those of one direction and label."""
    if not isinstance(result, dict):
        return [result]
    if result.get("type") != _RELATION:
        return []
    labels, direction = result.get("labels") or [None], result.get("direction") or _RIGHT
    labels = labels if isinstance(labels, list) else [labels]
    directions = _DIRECTIONS.get(direction) if isinstance(direction, str) else None
    if directions is None:
        return [{**result, "labels": None}]
    return [{**result, "direction": d, "labels": label} for d in directions for label in labels]


def _parse_relation(
    relation: Mapping[str, Any], entities: Entities[str], predicate: str
) -> RawTriple:
    head, tail = (get_name(relation, key) for key in _ENDS)
    label = get_type(relation, "labels")
    if relation.get("direction") not in (_RIGHT, _LEFT):
        found = reprlib.repr(relation.get("direction"))
        raise ValueError(f"'direction' must be one of {tuple(_DIRECTIONS)}, not {found}")
    if relation["direction"] == _LEFT:
        head, tail = tail, head
    return relate_labelled(entities, head, label, tail, predicate)


def _dump(record: Record) -> Dict[str, Any]:
    task = _dump_task(record)
    if record.triples is None:
        return task
    # The mark of a submission: an empty result may be of a text that nobody has seen.
    annotation = {"was_cancelled": False, "result": _dump_results(record.triples)}
    return {**task, "annotations": [annotation]}


def _dump_predicted(record: Record) -> Dict[str, Any]:
    task = _dump_task(record)
    if record.triples is None:
        return task
    scores = [triple.score for triple in record.triples]
    score = {"score": fmean(scores)} if scores else {}
    results = _dump_results(record.triples, with_scores=True)
    return {**task, "predictions": [{"model_version": _MODEL, **score, "result": results}]}


def _dump_task(record: Record) -> Dict[str, Any]:
    return {"data": add_provenance({TEXT: record.text}, record)}


def _dump_results(triples: Sequence[RawTriple], with_scores: bool = False) -> List[Dict[str, Any]]:
    entities = index_entities(triples)
    regions = [_dump_region(argument, f"r{number}") for argument, number in entities.items()]
    # Label Studio ignores a second relation of two regions: the predicates are labels of one.
    pairs: Dict[Tuple[str, str], List[RawTriple]] = {}
    for triple in triples:
        pair = f"r{entities[triple.subject]}", f"r{entities[triple.object]}"
        pairs.setdefault(pair, []).append(triple)
    relations = [_dump_relation(*pair, same, with_scores) for pair, same in pairs.items()]
    return [*regions, *relations]


def _dump_region(argument: Argument, name: str) -> Dict[str, Any]:
    start, end = get_character_offsets(argument)
    labels = [to_label(argument.type)]
    return {
        "id": name,
        "from_name": "label",
        "to_name": "text",
        "type": LABELS,
        "value": {"start": start, "end": end, TEXT: argument.text, LABELS: labels},
    }


def _dump_relation(
    from_id: str, to_id: str, triples: Sequence[RawTriple], with_score: bool
) -> Dict[str, Any]:
    relation = {
        "type": _RELATION,
        "from_id": from_id,
        "to_id": to_id,
        "direction": _RIGHT,
        "labels": [check_relation(triple.predicate) for triple in triples],
    }
    # One for all labels: none of them is surer than the least sure one.
    return {**relation, "score": min(t.score for t in triples)} if with_score else relation


def _matches(item: Mapping[str, Any]) -> bool:
    task = _unify(item)
    return isinstance(task.get("data"), dict) or "annotations" in task or _is_minimal(item)


def _is_minimal(item: Mapping[str, Any]) -> bool:
    # The export JSON_MIN is recognised so that parsing it can name the mistake.
    region = get_first(item, "label")
    return TEXT in item and isinstance(region, dict) and LABELS in region


def _count_relations(item: Mapping[str, Any]) -> int:
    annotations = get_rows(item, "annotations")
    results = [r for a in annotations if isinstance(a, dict) for r in get_rows(a, "result")]
    return sum(isinstance(result, dict) and result.get("type") == _RELATION for result in results)


LABEL_STUDIO = Format(
    "label_studio",
    '"data" with the text, and "annotations", as Label Studio exports JSON',
    _matches,
    _parse,
    arrange=_arrange,
    count=_count_relations,
    parse_options=(PREDICATE, TEXT_KEY),
    dump=_dump,
    dump_predicted=_dump_predicted,
    represents=(OFFSETS, TYPES, PROVENANCE, UNANNOTATED, NEGATIVES),
    write=write_array,
)

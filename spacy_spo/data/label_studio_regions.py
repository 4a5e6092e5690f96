"""Regions of Label Studio, and the text that they are in.

The labelling configuration says which value of a task is the text, and whether it is HTML. Neither
is in the export: the regions show it.
"""

import re
from typing import Any, Dict, Iterator, List, Mapping, Sequence, Tuple

from .entities import from_label, slice_argument
from .records import MALFORMED_ENTITY, Argument, LostTripleError
from .values import get_list, get_value, list_names

Region = Mapping[str, Any]

TEXT = "text"
# The end of the types of regions with labels, such as "hypertextlabels".
LABELS = "labels"
_REMARK = "textarea"
_URL = re.compile(r"(?:[A-Za-z][\w+.-]{0,20}://|/data/)\S+")


def list_regions(results: Sequence[Any]) -> List[Region]:
    """List the regions of an annotation.

    results (Sequence[Any]): Its results.
    RETURNS (List[Mapping[str, Any]]): Those that label a span of the text, or have one.
    """
    return [result for result in results if isinstance(result, dict) and _is_region(result)]


def _is_region(result: Region) -> bool:
    value = _get_place(result)
    return ("start" in value and "end" in value) or str(result.get("type")).endswith(LABELS)


def _get_place(region: Region) -> Mapping[str, Any]:
    value = region.get("value")
    return value if isinstance(value, dict) else {}


def group_by_name(regions: Sequence[Region]) -> Dict[str, List[Region]]:
    """Group regions by id: one that several controls label is several results.

    regions (Sequence[Mapping[str, Any]]): The regions of an annotation.
    RETURNS (Dict[str, List[Mapping[str, Any]]]): The regions of each id.
    """
    groups: Dict[str, List[Region]] = {}
    for region in regions:
        if region.get("id") is not None:
            groups.setdefault(str(region["id"]), []).append(region)
    return groups


def list_types(group: Sequence[Region]) -> List[str]:
    """List the types of a region.

    group (Sequence[Mapping[str, Any]]): The region, once for each control that labels it.
    RETURNS (List[str]): Its types, each once.
    RAISES (ValueError): If its labels are no list of strings.
    """
    types = (from_label(label) for region in group for label in _get_labels(region))
    return [kind for kind in dict.fromkeys(types) if kind]


def _get_labels(region: Region) -> List[str]:
    kind, value = str(region.get("type")), get_value(region, "value", dict)
    key = kind if kind in value else LABELS
    has_labels = kind.endswith(LABELS) and value.get(key) is not None
    return get_list(value, key, str) if has_labels else []


def parse_region(group: Sequence[Region], text: str, kind: str) -> Argument:
    """Parse a region.

    group (Sequence[Mapping[str, Any]]): The region, once for each control that labels it.
    text (str): The text that it is in.
    kind (str): Its type; empty for none.
    RETURNS (Argument): The argument.
    RAISES (ValueError): If it has no offsets, or two places, or its offsets count HTML without the
        tags, which the text has.
    """
    if len(set(map(get_region_offsets, group))) > 1:
        raise ValueError("there are two regions with this id")
    region = next(filter(_get_stated, group), group[0])
    start, end = get_region_offsets(region)
    stated = _get_stated(region)
    if is_html(region) and ("<" in text or not _is_in(text, region)):
        raise LostTripleError(
            MALFORMED_ENTITY,
            "a region of HTML, whose offsets count the text without tags: the text here has them. "
            "Annotate the text without tags",
        )
    if not stated:
        return slice_argument(text, start, end, kind)
    is_exact = start >= 0 and text[start:end] == stated
    # Line ends are escaped in what is selected.
    return Argument(stated if is_exact else stated.replace("\\n", "\n"), kind, start, end)


def _get_stated(region: Region) -> str:
    # A remark on a region has the place of the region, and a text of its own.
    text = _get_place(region).get(TEXT) if region.get("type") != _REMARK else None
    return text if isinstance(text, str) else ""


def is_html(region: Region) -> bool:
    """Tell a region of HTML.

    region (Mapping[str, Any]): The region.
    RETURNS (bool): Whether its start is a path, not an offset.
    """
    return isinstance(_get_place(region).get("start"), str)


def get_region_offsets(region: Region) -> Tuple[int, int]:
    """Get the offsets of a region.

    region (Mapping[str, Any]): The region.
    RETURNS (Tuple[int, int]): Start and end in the text, of HTML in the text without tags.
    RAISES (ValueError): If it has none.
    """
    value = get_value(region, "value", dict)
    place = get_value(value, "globalOffsets", dict) if is_html(region) else value
    return get_value(place, "start", int), get_value(place, "end", int)


def _is_in(text: str, region: Region) -> bool:
    """Tell whether the stated text of a region is at its offsets."""
    try:
        start, end = get_region_offsets(region)
    except ValueError:
        return False
    return 0 <= start < end and _squeeze(text[start:end]) == _squeeze(_get_stated(region))


def _squeeze(text: str) -> str:
    # What is selected has white space as on the screen, and escaped line ends.
    return "".join(text.replace("\\n", "").split())


def choose_text_key(data: Mapping[str, Any], regions: Sequence[Region]) -> str:
    """Choose the key of the text of a task.

    data (Mapping[str, Any]): The data of the task.
    regions (Sequence[Mapping[str, Any]]): Its regions.
    RETURNS (str): The key.
    RAISES (ValueError): If it is not clear.
    """
    strings = {k: v for k, v in data.items() if isinstance(v, str) and k != "id"}
    # An address is the text only if nothing else is.
    strings = {k: v for k, v in strings.items() if not _URL.fullmatch(v)} or strings
    if TEXT in data and TEXT not in strings:
        return TEXT
    if len(strings) == 1:
        return next(iter(strings))
    stated = list(filter(_get_stated, regions))
    fitting = {key for key, text in strings.items() if _fits(text, stated)}
    named = set(_list_targets(regions))
    for keys in (named & fitting, fitting, {TEXT} & set(strings)):
        if len(keys) == 1:
            return keys.pop()
    raise ValueError(
        "the text must be under 'text' in 'data', or be the only string there; the strings are: "
        f"{list_names(strings)}. Name the key of the text: --text-key"
    )


def _list_targets(regions: Sequence[Region]) -> Iterator[str]:
    # The name of the text in the configuration is often that of its key.
    return (region["to_name"] for region in regions if isinstance(region.get("to_name"), str))


def _fits(text: str, stated: Sequence[Region]) -> bool:
    return all(_is_in(text, region) for region in stated)


def get_task_text(data: Mapping[str, Any], key: str) -> str:
    """Get the text of a task.

    data (Mapping[str, Any]): The data of the task.
    key (str): The key of the text.
    RETURNS (str): The text.
    RAISES (ValueError): If it is missing, or only its address is there.
    """
    text = get_value(data, key, str)
    if _URL.fullmatch(text):
        raise ValueError(
            f"the text under {key!r} in 'data' is an address, {text[:100]!r}, and the text itself "
            "is not in the file: put it there"
        )
    return text

"""Records gathered from several items of a file."""

from typing import Any, Callable, Dict, Hashable, List, Mapping

from .files import Item, MalformedRecord
from .format import Items

# The key of the items that make a record.
_MEMBERS = "items of the record"


def gather(items: Items, get_key: Callable[[Mapping[str, Any]], Hashable]) -> Items:
    """Gather the items with the same key.

    Otherwise a text would be several Docs, each with the relations of the others missing.

    items (Iterator[Union[Item, MalformedRecord]]): The items of a file. They are all in memory: the
        last one may belong to the first.
    get_key (Callable[[Mapping[str, Any]], Hashable]): Gets the key of one; None for an item by
        itself.
    YIELDS (Union[Item, MalformedRecord]): The items, one a key. Each is the first one of its key,
        and holds all of them for `get_members`.
    """
    gathered: Dict[Hashable, Item] = {}
    for item in items:
        key = None if isinstance(item, MalformedRecord) else get_key(item.value)
        if isinstance(item, MalformedRecord) or key is None:
            yield item
            continue
        first = gathered.setdefault(key, Item(item.location, {**item.value, _MEMBERS: []}))
        first.value[_MEMBERS].append(item)
    yield from gathered.values()


def get_members(item: Mapping[str, Any]) -> List[Item]:
    """Get the items that make a record.

    item (Mapping[str, Any]): The record, gathered or not.
    RETURNS (List[Item]): The items; the record itself if it was not gathered.
    """
    return item[_MEMBERS] if _MEMBERS in item else [Item("", dict(item))]


def count_members(item: Mapping[str, Any]) -> int:
    """Count the items that make a record.

    item (Mapping[str, Any]): The record, gathered or not.
    RETURNS (int): Their number.
    """
    return len(get_members(item))

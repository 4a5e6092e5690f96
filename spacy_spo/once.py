"""Facts that are reported once, however many batches show them.

They are kept beside their owner: what was reported is not saved, pickled or copied with it.
"""

import warnings
from typing import Any, Hashable, Iterable, List, Set, TypeVar
from weakref import WeakKeyDictionary

FactT = TypeVar("FactT", bound=Hashable)

_REPORTED: "WeakKeyDictionary[Any, Set[Hashable]]" = WeakKeyDictionary()


def select_new(owner: Any, facts: Iterable[FactT]) -> List[FactT]:
    """Select the facts that an owner has not reported yet.

    They count as reported from now on.

    owner (Any): A component, or another object that takes weak references.
    facts (Iterable[FactT]): Facts.
    RETURNS (List[FactT]): The new ones, in order.
    """
    reported = _REPORTED.setdefault(owner, set())
    new = [fact for fact in dict.fromkeys(facts) if fact not in reported]
    reported.update(new)
    return new


def warn_once(owner: Any, cause: Hashable, message: str) -> None:
    """Warn of a cause, unless the owner has warned of it.

    owner (Any): As in `select_new`.
    cause (Hashable): The cause. Messages may differ in their counts.
    message (str): The message.
    """
    if select_new(owner, [cause]):
        warnings.warn(message, stacklevel=3)

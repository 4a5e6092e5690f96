"""Settings of components: checked when set, saved if changed."""

from numbers import Integral, Real
from typing import Any, Callable, Dict, List, Union

# Pairs [predicate, threshold]. Never a mapping: a config cannot hold every predicate as a key. And
# no tuples: a config file has lists only.
LabelThresholds = List[List[Union[str, float]]]


class Setting:
    """An attribute of a component that is checked whenever it is set.

    parse (Callable[[Any], Any]): Checks and converts a value. Its ValueError says what is valid.
    """

    def __init__(self, parse: Callable[[Any], Any]) -> None:
        self.parse = parse

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, pipe: Any, owner: type) -> Any:
        return self if pipe is None else vars(pipe)[self.name]

    def __set__(self, pipe: Any, value: Any) -> None:
        vars(pipe)[self.name] = self.check(pipe, value)

    def check(self, pipe: Any, value: Any) -> Any:
        """Check a value.

        pipe (SegmentPipe): The component, for the error.
        value (Any): The value.
        RETURNS (Any): The converted value.
        RAISES (ValueError): If the value is not valid.
        """
        try:
            return self.parse(value)
        except ValueError as error:
            raise ValueError(f"{self.name} of {pipe.name!r} is {value!r}: {error}") from error


def parse_probability(value: Any) -> float:
    """Check a probability.

    value (Any): The value.
    RETURNS (float): The value.
    RAISES (ValueError): If it is no number, or out of range.
    """
    if not _is_number(value) or not 0 <= value <= 1:
        raise ValueError("not in [0, 1].")
    return float(value)


def parse_factor(value: Any) -> float:
    """Check a factor or divisor.

    value (Any): The value.
    RETURNS (float): The value.
    RAISES (ValueError): If it is no finite number above 0.
    """
    if not _is_number(value) or not 0 < value < float("inf"):
        raise ValueError("not a number above 0.")
    return float(value)


def parse_key(value: Any) -> str:
    """Check a key of `doc.spans`.

    value (Any): The value.
    RETURNS (str): The value.
    RAISES (ValueError): If it is no string, or empty.
    """
    if not isinstance(value, str) or not value:
        raise ValueError("not a non-empty string.")
    return value


def parse_count(minimum: int) -> Callable[[Any], int]:
    """Make the check of a whole number.

    minimum (int): The lowest valid value.
    RETURNS (Callable[[Any], int]): Returns a valid value, and raises a ValueError for any other.
    """

    def parse(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, Integral) or value < minimum:
            raise ValueError(f"not a whole number of at least {minimum}.")
        return int(value)

    return parse


def parse_label_thresholds(pairs: Any) -> LabelThresholds:
    """Check the thresholds of single predicates.

    pairs (Any): The pairs.
    RETURNS (LabelThresholds): The pairs.
    RAISES (ValueError): If one is no pair of a predicate and a probability, or a predicate has two.
    """
    checked: Dict[str, float] = {}
    if not isinstance(pairs, (list, tuple)):
        raise ValueError('not a list of pairs such as ["author", 0.4].')
    for pair in pairs:
        if not _is_threshold(pair):
            raise ValueError(f'not pairs such as ["author", 0.4], from 0 to 1: {pair!r}.')
        if pair[0] in checked:
            raise ValueError(f"two pairs for {pair[0]!r}.")
        checked[pair[0]] = float(pair[1])
    return [list(pair) for pair in checked.items()]


def _is_threshold(pair: Any) -> bool:
    if not isinstance(pair, (list, tuple)) or len(pair) != 2:
        return False
    label, value = pair
    return isinstance(label, str) and _is_number(value) and 0 <= value <= 1


def _is_number(value: Any) -> bool:
    # True is a number to Python.
    return isinstance(value, Real) and not isinstance(value, bool)


def get_settings(pipe: Any) -> Dict[str, Any]:
    """Get the settings of a component.

    pipe (SegmentPipe): The component.
    RETURNS (Dict[str, Any]): Copies of their values, by name.
    RAISES (ValueError): If a list was changed in place, and is not valid any more.
    """
    attributes = (item for kind in type(pipe).__mro__ for item in vars(kind).items())
    settings = {name: value for name, value in attributes if isinstance(value, Setting)}
    return {n: setting.check(pipe, vars(pipe)[n]) for n, setting in settings.items()}

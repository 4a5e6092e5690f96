"""What was reported is not reported again, by its owner."""

import warnings
from copy import copy

import pytest

from spacy_spo.once import select_new, warn_once


class Owner:
    pass


def test_new_facts_come_once_and_in_order():
    owner, other = Owner(), Owner()
    assert select_new(owner, ["b", "a", "b"]) == ["b", "a"]
    assert select_new(owner, ["c", "a"]) == ["c"]
    assert select_new(other, ["a"]) == select_new(copy(owner), ["a"]) == ["a"]


def test_a_cause_is_warned_of_once_whatever_the_counts():
    owner = Owner()
    with pytest.warns(UserWarning, match="^1 token$"):
        warn_once(owner, "lost", "1 token")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warn_once(owner, "lost", "2 tokens")

"""The requirements of setup.cfg have bounds, and the constraints files agree with them."""

from configparser import ConfigParser
from pathlib import Path
from typing import Dict, List

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from versions import differences

ROOT = Path(__file__).parents[1]
CONFIG = ConfigParser()
CONFIG.read(ROOT / "setup.cfg", encoding="utf8")
# What the package imports; the extra `test` has tools besides.
REQUIREMENTS = [
    Requirement(line)
    for section, key in [("options", "install_requires"), ("options.extras_require", "report")]
    for line in CONFIG[section][key].splitlines()
    if line and not line.startswith("#")
]


def floor(requirement: Requirement) -> str:
    (version,) = [s.version for s in requirement.specifier if s.operator == ">="]
    return version


def read_pins(name: str) -> Dict[str, List[str]]:
    """The versions of a constraints file, by name: one for each kind of environment."""
    pins: Dict[str, List[str]] = {}
    for line in (ROOT / name).read_text(encoding="utf8").splitlines():
        if line and not line.startswith("#"):
            pin = Requirement(line)
            (specifier,) = pin.specifier
            assert specifier.operator == "=="
            pins.setdefault(pin.name, []).append(specifier.version)
    return pins


def test_the_lowest_constraints_are_the_lower_bounds():
    assert read_pins("constraints-lowest.txt") == {r.name: [floor(r)] for r in REQUIREMENTS}


def test_the_constraints_are_within_the_bounds():
    pins = read_pins("constraints.txt")
    bounded = [requirement for requirement in REQUIREMENTS if requirement.name in pins]
    assert {r.name for r in bounded} >= {"spacy", "spacy-transformers", "thinc", "torch"}
    for requirement in bounded:
        assert all(requirement.specifier.contains(v) for v in pins[requirement.name])


def test_the_classifiers_are_the_versions_of_python_required():
    allowed = SpecifierSet(CONFIG["options"]["python_requires"])
    prefix = "Programming Language :: Python :: 3."
    lines = CONFIG["metadata"]["classifiers"].splitlines()
    named = [f"3.{line[len(prefix) :]}" for line in lines if line.startswith(prefix)]
    assert named == list(allowed.filter(f"3.{minor}" for minor in range(30)))


@pytest.mark.parametrize(
    "loaded, lines",
    [
        ([["Ann", 0.5004], {"author": 0.9}], []),
        ([["Ann", 0.502], {"author": 0.9}], ["answers/0/1: 0.5 when saved, 0.502 now"]),
        ([["Bob", 0.5], {"author": 0.9}], ["answers/0/0: 'Ann' when saved, 'Bob' now"]),
        (
            [["Ann", 0.5], {"maker": 0.9}],
            ["answers/1: {'author': 0.9} when saved, {'maker': 0.9} now"],
        ),
        ([], ["answers: [['Ann', 0.5], {'author': 0.9}] when saved, [] now"]),
    ],
)
def test_differences_of_answers_are_found(loaded, lines):
    """Between versions, scores may differ slightly and triples may not."""
    assert differences([["Ann", 0.5], {"author": 0.9}], loaded) == lines

"""Measure the startup of spaCy with this package and without.

spaCy loads every entry point of the group spacy_factories at the first look for a factory, and so
in `spacy.blank`: those of this package, and those of spacy-transformers either way. "Dependencies
alone" is the same interpreter without this package's entry points. Each measurement is a fresh
process, the kinds in turn; figures are medians, with minimum and maximum. The search for installed
packages is not timed on either side.
"""

import json
import subprocess
import sys
from statistics import median
from typing import Any, Dict, List, Set

import typer

PACKAGE = "spacy-spo"
HEAVY = ("torch", "transformers", "spacy", "thinc", "numpy")

# Takes the name of a distribution to hide, which may be none. Its factories are loaded at the end.
READY = """
import importlib.metadata as metadata, json, sys, time
found = list(metadata.distributions())
hidden = [d for d in found if d.metadata["Name"] == sys.argv[1]]
metadata.distributions = lambda **_: (d for d in found if d not in hidden)
start = time.perf_counter()
import spacy
spacy.blank("en")
seconds = time.perf_counter() - start
modules = list(sys.modules)
factories = [p for d in hidden for p in d.entry_points if p.group == "spacy_factories"]
start = time.perf_counter()
for point in factories:
    point.load()
after = time.perf_counter() - start
print(json.dumps({"seconds": seconds, "modules": modules, "factories": after}))
"""

IMPORT = """
import json, sys, time
start = time.perf_counter()
import spacy_spo
print(json.dumps({"seconds": time.perf_counter() - start, "modules": list(sys.modules)}))
"""


def run(code: str, *arguments: str) -> Dict[str, Any]:
    """Run code in a fresh interpreter.

    RETURNS (Dict[str, Any]): Its seconds and the modules it loaded.
    """
    command = [sys.executable, "-c", code, *arguments]
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    result: Dict[str, Any] = json.loads(output)
    return result


def print_times(name: str, seconds: List[float]) -> None:
    middle, low, high = (1000 * f(seconds) for f in (median, min, max))
    print(f"{name:54}{middle:8.1f} ms ({low:.1f} to {high:.1f})")


def top_level(modules: Set[str]) -> Set[str]:
    return {name.partition(".")[0] for name in modules}


def names(of: Set[str]) -> str:
    return ", ".join(sorted(of)) or "none"


def print_modules(without: Dict[str, Any], installed: Dict[str, Any]) -> None:
    before, after = set(without["modules"]), set(installed["modules"])
    print(f"{len(after - before)} modules more")
    print(
        f"of top-level packages that were not there: {names(top_level(after) - top_level(before))}"
    )
    print(f"of all top-level packages: {names(top_level(after - before))}")


def main(repeats: int = 7) -> None:
    runs = [(run(READY, PACKAGE), run(READY, ""), run(IMPORT)) for _ in range(repeats)]
    without, installed, alone = ([result["seconds"] for result in kind] for kind in zip(*runs))
    factories = [hidden["factories"] for hidden, _, _ in runs]
    ready = 'import spacy; spacy.blank("en")'
    print_times(f"{ready}, dependencies alone", without)
    print_times(f"{ready}, with the package", installed)
    print_times("difference, in the same round", [b - a for a, b in zip(without, installed)])
    print_times("the package's factories alone, once the rest is there", factories)
    print_modules(*runs[-1][:2])
    print_times("import spacy_spo", alone)
    loaded = top_level(set(runs[-1][2]["modules"])) & set(HEAVY)
    print(f"of {', '.join(HEAVY)} it loads: {names(loaded)}")


if __name__ == "__main__":
    typer.run(main)

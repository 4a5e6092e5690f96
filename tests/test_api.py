"""The public names: what is there, what it loads, and what a type checker says of its use."""

import inspect
import os
import re
import subprocess
import sys
from importlib.metadata import metadata
from importlib.util import find_spec
from pathlib import Path

import pytest

import spacy_spo

RIGHT = """
from pathlib import Path
from typing import Dict, Iterator, List, Optional

import spacy
import spacy_spo
from spacy.tokens import Doc
from spacy_spo import Triple, extract, get_triples, render

nlp = spacy.blank("en")
doc: Doc = nlp("Ann wrote Dune")
triple = Triple(doc[0:1], "author", doc[2:3], score=0.5)
score: float = triple.score
spacy_spo.set_triples(doc, [triple])
triples: List[Triple] = get_triples(doc)
page: str = render(doc, page=True)
texts: List[str] = [str(record["text"]) for record in extract(nlp, ["Ann wrote Dune"])]
found = spacy_spo.tune(nlp, [doc], per_predicate=True)
threshold: float = found.settings.threshold
passed: bool = spacy_spo.explain(nlp, "Ann wrote Dune", "Dune", "author", "Ann").steps[0].passed
"""

WRONG = {
    "spacy_spo.rendr(doc)": 'has no attribute "rendr"',
    "from spacy_spo import nonsense": 'has no attribute "nonsense"',
    'spacy_spo.Triple("Ann", "author", doc[2:3])': 'incompatible type "str"; expected "Span"',
    "spacy_spo.render(doc, pag=True)": 'Unexpected keyword argument "pag"',
    "spacy_spo.tune(nlp, [doc], min_support='20')": 'incompatible type "str"; expected "int"',
    "length: int = spacy_spo.get_triples(doc)": "Incompatible types in assignment",
}

HEAD = "import spacy\nimport spacy_spo\nnlp = spacy.blank('en')\ndoc = nlp('Ann wrote Dune')\n"


@pytest.mark.parametrize("name", spacy_spo.__all__)
def test_every_public_name_is_there_and_documented(name):
    value = getattr(spacy_spo, name)
    assert name == "__version__" or inspect.getdoc(value)


def test_a_name_that_is_not_there_is_an_attribute_error():
    with pytest.raises(AttributeError, match="nonsense"):
        _ = spacy_spo.nonsense
    assert set(dir(spacy_spo)) == set(spacy_spo.__all__)


@pytest.mark.parametrize("name", spacy_spo.__all__)
def test_public_functions_say_what_they_take_and_return(name):
    value = getattr(spacy_spo, name)
    if inspect.isfunction(value):
        doc = inspect.getdoc(value) or ""
        for parameter in inspect.signature(value).parameters.values():
            assert parameter.annotation is not parameter.empty
            assert parameter.name in doc
        assert inspect.signature(value).return_annotation is None or "S (" in doc


@pytest.mark.slow
@pytest.mark.skipif(find_spec("mypy") is None, reason="mypy is an extra for development")
def test_a_type_checker_knows_the_public_names(tmp_path):
    """One run: mypy reads spaCy anew each time."""
    files = {"right.py": RIGHT}
    files |= {f"wrong_{i}.py": f"{HEAD}{line}\n" for i, line in enumerate(WRONG)}
    for file, code in files.items():
        Path(tmp_path, file).write_text(code, encoding="utf8")
    command = [sys.executable, "-m", "mypy", "--ignore-missing-imports", "--config-file=", *files]
    # A checker does not see what is installed in editable mode.
    where = {**os.environ, "MYPYPATH": str(Path(spacy_spo.__file__).parents[1])}
    result = subprocess.run(command, cwd=tmp_path, env=where, capture_output=True, text=True)
    lines = result.stdout.splitlines()
    assert not [line for line in lines if line.startswith("right.py")], result.stdout
    for i, message in enumerate(WRONG.values()):
        errors = [line for line in lines if line.startswith(f"wrong_{i}.py") and ": error:" in line]
        assert len(errors) == 1 and message in errors[0], (errors, message)


def test_links_of_the_description_work_on_a_package_index():
    description = metadata("spacy-spo").get_payload() or metadata("spacy-spo")["Description"]
    assert "](https://" in description and not re.search(r"\]\((?!https://|#)", description)

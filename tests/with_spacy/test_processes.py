"""What happens in processes and environments of their own."""

import json
import os
import subprocess
import sys

import pytest
import spacy
import srsly
from spacy.cli.package import package
from support import TEXTS

pytestmark = pytest.mark.slow

SECONDS = 600  # A process that hangs is ended, and the test fails.


def run(*arguments, cwd, **environment):
    return subprocess.run(
        [sys.executable, *map(str, arguments)],
        cwd=cwd,
        env={**os.environ, **environment},
        timeout=SECONDS,
        check=True,
        capture_output=True,
        text=True,
    ).stdout


PRINT_ANSWERS = """
import json, sys, spacy
def answers(docs):
    return [[repr(triple) for triple in doc._.spo_triples] for doc in docs]
if __name__ == "__main__":
    name, texts, options = json.loads(sys.argv[1])
    nlp = spacy.load(name)
    print(json.dumps([answers(nlp.pipe(texts)), answers(nlp.pipe(texts, **options))]))
"""


def triples_elsewhere(name, folder, options, **environment):
    """What a pipeline finds in TEXTS in a process of its own, without and with the options."""
    (folder / "answers.py").write_text(PRINT_ANSWERS, encoding="utf8")
    arguments = json.dumps([str(name), TEXTS, options])
    return json.loads(run("answers.py", arguments, cwd=folder, **environment))


def triples(path):
    return [[repr(triple) for triple in doc._.spo_triples] for doc in spacy.load(path).pipe(TEXTS)]


def test_n_process(model_last, tmp_path):
    """After torch ran with two threads: a fork has but one of them, and must not wait for more."""
    options = {"n_process": 2, "batch_size": 1}
    environment = {"OMP_NUM_THREADS": "2", "TOKENIZERS_PARALLELISM": "false"}
    alone, forked = triples_elsewhere(model_last, tmp_path, options, **environment)
    assert alone == forked == triples(model_last)


def test_a_package_is_installed_and_loaded_by_its_name(model_last, tmp_path):
    """From a folder that has nothing but the installed package."""
    package(model_last, tmp_path, name="spo_test", version="1.2.3", create_sdist=False)
    built, target = tmp_path / "en_spo_test-1.2.3", tmp_path / "target"
    requirements = srsly.read_json(built / "meta.json")["requirements"]
    assert {r.split(">=")[0] for r in requirements} == {"spacy-spo", "spacy-transformers"}
    options = ["--no-deps", "--no-index", "--no-build-isolation", "--target", target]
    run("-m", "pip", "install", "--quiet", *options, built, cwd=tmp_path)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    found, _ = triples_elsewhere("en_spo_test", elsewhere, {}, PYTHONPATH=str(target))
    assert found == triples(model_last)

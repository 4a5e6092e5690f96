"""Every registered name of setup.cfg resolves, and nothing heavy hangs on the package."""

import subprocess
import sys
from importlib.metadata import entry_points

import pytest
import spacy_transformers.util  # noqa: F401, the registry of span getters is there
from spacy.language import Language
from spacy.util import registry

NAMES = [
    ("architectures", "spacy-spo.RelationClassifier.v1"),
    ("architectures", "spacy-spo.TransformerModel.v1"),
    ("architectures", "spacy-spo.SpoTagger.v1"),
    ("architectures", "spacy-spo.Tok2VecTransformer.v1"),
    ("augmenters", "spacy-spo.join_texts.v1"),
    ("callbacks", "spacy-spo.forget_paths.v1"),
    ("callbacks", "spacy-spo.save_whole.v1"),
    ("losses", "spacy-spo.AsymmetricLoss.v1"),
    ("losses", "spacy-spo.AsymmetricLoss.v2"),
    ("losses", "spacy-spo.ZLPRLoss.v1"),
    ("misc", "spacy-spo.punctuation_segments.v1"),
    ("misc", "spacy-spo.sentence_segments.v1"),
    ("misc", "spacy-spo.window_segments.v1"),
    ("readers", "spacy-spo.read_schema.v1"),
    ("scorers", "spacy-spo.relation_scorer.v1"),
    ("scorers", "spacy-spo.triple_scorer.v1"),
    ("span_getters", "spacy-spo.segment_spans.v1"),
    ("tokenizers", "spacy-spo.ChineseTokenizer.v1"),
    ("cli", "spo"),
]


@pytest.mark.parametrize("kind, name", NAMES)
def test_names_resolve(kind, name):
    assert getattr(registry, kind).get(name) is not None


@pytest.mark.parametrize("name", ["spo_relation_classifier", "spo_tagger"])
def test_factories_are_known_without_an_import(blank, name):
    assert Language.get_factory_meta(name) and blank.has_factory(name)


def test_every_entry_point_of_the_distribution_is_listed_here_and_loads():
    groups = {"spacy_factories", *(f"spacy_{kind}" for kind, _ in NAMES), "thinc_losses"}
    ours = [e for g in groups for e in entry_points(group=g) if e.value.startswith("spacy_spo.")]
    names = {name for _, name in NAMES} | {"spo_relation_classifier", "spo_tagger"}
    assert {e.name for e in ours} == names
    assert all(e.load() is not None for e in ours)


def run(code):
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout


@pytest.mark.slow
def test_importing_the_package_loads_nothing_heavy():
    heavy = "('spacy', 'thinc', 'torch', 'transformers')"
    code = f"import sys, spacy_spo; print([m for m in {heavy} if m in sys.modules])"
    assert run(code).strip() == "[]"


@pytest.mark.slow
def test_the_extensions_are_there_without_an_import():
    code = "import spacy; print(spacy.blank('en')('a')._.spo_triples)"
    assert run(code).strip() == "[]"

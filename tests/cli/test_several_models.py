"""The commands and analyses on models with another key than "spo", and on two in one pipeline."""

from functools import partial

import pytest
import spacy
import srsly
from spacy.tokens import DocBin
from support import FILMS, PIPES, SENTENCES, TEXTS, make_doc, run_spacy
from typer.testing import CliRunner

from spacy_spo import convert, evaluate, extract, get_triples
from spacy_spo.analysis.auditing import audit
from spacy_spo.analysis.ceiling import find_ceiling
from spacy_spo.analysis.decisions import apply_decisions
from spacy_spo.analysis.explanation import explain
from spacy_spo.analysis.tuning import tune
from spacy_spo.cli import spo_cli
from spacy_spo.data.doc_files import read_docs
from spacy_spo.triples import has_triples
from spacy_spo.visualize.display import to_svg

pytestmark = pytest.mark.slow

NAMES = [f"films_{name}" for name in PIPES]
# The gold lacks one triple, and has one that is not in the text's answer.
FAULTY = [(TEXTS[0], []), *FILMS[1:4], (TEXTS[4], [("wrote", "knows", "here")])]


def run(*arguments):
    return CliRunner().invoke(spo_cli, list(map(str, arguments)))


def output_of(*arguments):
    result = run(*arguments)
    assert result.exit_code == 0, result.output
    return result.output


@pytest.fixture
def docs(films):
    return partial(make_docs, films)


def make_docs(nlp, sentences, key="films"):
    return [make_doc(nlp, *sentence, key) for sentence in sentences]


@pytest.fixture
def gold(docs, tmp_path):
    DocBin(docs=docs(FILMS)).to_disk(tmp_path / "films.spacy")
    return tmp_path / "films.spacy"


@pytest.fixture
def model(films, tmp_path):
    films.to_disk(tmp_path / "films")
    return tmp_path / "films"


@pytest.fixture
def texts(tmp_path):
    (tmp_path / "texts.txt").write_text("\n".join(TEXTS), encoding="utf8")
    return tmp_path / "texts.txt"


def test_extract(films, model, texts, tmp_path):
    assert "Bob | filmed | Tron (" in output_of("extract", model, texts)
    output_of("extract", model, texts, tmp_path / "out.jsonl")
    records = list(srsly.read_jsonl(tmp_path / "out.jsonl"))
    triples = [record["triples"] for record in extract(films, TEXTS, spans_key="films")]
    assert list(map(len, triples)) == [1, 0, 0, 1, 1]
    assert [len(record["triples"]) for record in records] == [1, 0, 0, 1, 1]
    with pytest.raises(ValueError, match=r"no triples in doc\.spans\['spo'\].*\['films'\]"):
        list(extract(films, TEXTS))


def test_evaluate(films, model, gold, docs, tmp_path):
    output_of("evaluate", model, gold, "--output", tmp_path / "out")
    (scores,) = srsly.read_json(tmp_path / "out" / "scores.json")["models"]
    assert (
        scores["criteria"]["text"]["tp"] == 3 and scores["relations"]["spo_relation_micro_f"] == 1
    )
    assert "filmed" in (tmp_path / "out" / "report.html").read_text(encoding="utf8")
    with pytest.raises(ValueError, match=r"under the keys \['spo'\], and none under 'films'"):
        evaluate([films], docs(FILMS, "spo"), spans_key="films")


def test_pipelines_with_other_keys_are_not_compared(trained, model, gold, tmp_path):
    trained.to_disk(tmp_path / "spo")
    result = run("evaluate", model, gold, "--compare", tmp_path / "spo")
    assert result.exit_code == 1 and "under different keys" in result.output


def test_spacy_evaluate_and_the_table_of_its_scores(model, gold, tmp_path):
    run_spacy("evaluate", model, gold, "--output", tmp_path / "scores.json")
    printed = output_of("scores", tmp_path / "scores.json")
    assert "scores, films P" in printed and "filmed" in printed and "100.0" in printed
    assert "predicates|average:micro" in printed


def test_render(model, gold, docs, tmp_path):
    output_of("render", model, gold, tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text(encoding="utf8")
    assert "3 triples, 3 correct, 0 missing" in page
    assert "filmed" in to_svg(docs(FILMS)[0], spans_key="films")


def test_tune(films, model, gold, docs, tmp_path):
    output_of("tune", model, gold, tmp_path / "tuned")
    assert spacy.load(tmp_path / "tuned").meta["performance"]["films_f"] == 1.0
    assert tune(films, docs(FILMS)).before.scores == (1.0, 1.0, 1.0)


def test_of_two_models_the_one_of_the_default_key_is_tuned(two_models, docs, tmp_path):
    two_models.to_disk(tmp_path / "both")
    DocBin(docs=docs(SENTENCES, "spo")).to_disk(tmp_path / "spo.spacy")
    before = {name: two_models.get_pipe(name).temperature for name in NAMES}
    output_of("tune", tmp_path / "both", tmp_path / "spo.spacy", tmp_path / "tuned")
    tuned = spacy.load(tmp_path / "tuned")
    assert {name: tuned.get_pipe(name).temperature for name in NAMES} == before
    assert tuned.get_pipe(PIPES[0]).temperature != 1.0


def test_explain(films):
    assert explain(films, TEXTS[0], "Bob", "filmed", "Tron").predicted
    assert not explain(films, TEXTS[1], "Bob", "filmed", "Tron").predicted


def test_ceiling(films, docs):
    ceiling = find_ceiling(films, docs(FILMS), docs(FILMS))
    assert (ceiling.n_gold, ceiling.scores["spo_f"], ceiling.n_extra) == (3, 1.0, 0)
    with pytest.raises(ValueError, match=r"keys \['spo'\], and none under 'films'"):
        find_ceiling(films, docs(FILMS), docs(FILMS, "spo"))


def test_an_audit_and_its_decisions(films, model, docs, tmp_path):
    DocBin(docs=docs(FAULTY)).to_disk(tmp_path / "faulty.spacy")
    output_of("audit", model, tmp_path / "faulty.spacy", tmp_path / "audit")
    assert "wrote" in (tmp_path / "audit" / "label_studio.json").read_text(encoding="utf8")
    paths = [tmp_path / "audit" / f"{kind}.jsonl" for kind in ("missing", "low_confidence")]
    for path in paths:
        srsly.write_jsonl(path, [{**i, "decision": "accept"} for i in srsly.read_jsonl(path)])
    arguments = ("apply-audit", tmp_path / "faulty.spacy", *paths, tmp_path / "right.spacy")
    result = run(*arguments)
    assert result.exit_code == 1 and "['films'], and none under 'spo'" in result.output
    output_of(*arguments, "--spans-key", "films")
    right = list(read_docs(tmp_path / "right.spacy"))
    assert [t.predicate for t in get_triples(right[0], "films")] == ["filmed"]
    assert [str(t) for t in get_triples(right[4], "films")] == ["nobody | knows | anything"]
    assert not any(has_triples(doc) for doc in right)
    issues = audit(films, docs(FAULTY)).issues["missing"]
    items = [{**issue.to_dict(), "decision": "accept"} for issue in issues]
    assert apply_decisions(docs(FAULTY), items, "films")[2].added == len(items) > 0


def test_convert_and_export(tmp_path):
    source, docs, back = (tmp_path / name for name in ("in.jsonl", "docs.spacy", "out.jsonl"))
    arguments = [{"text": name} for name in ("Bob", "Tron")]
    triple = {"subject": arguments[0], "predicate": "filmed", "object": arguments[1]}
    srsly.write_jsonl(source, [{"text": "Bob made Tron", "triples": [triple]}])
    output_of("convert", source, docs, "--lang", "en", "--spans-key", "films")
    (doc,) = read_docs(docs)
    assert set(doc.spans) == {"films"}
    result = run("export", docs, back, "--format", "spo_jsonl")
    assert result.exit_code == 1 and "['films'], and none under 'spo'" in result.output
    output_of("export", docs, back, "--format", "spo_jsonl", "--spans-key", "films")
    (record,) = srsly.read_jsonl(back)
    assert [t["predicate"] for t in record["triples"]] == ["filmed"]
    convert([source], docs, lang="en", spans_key="other")
    assert set(next(read_docs(docs)).spans) == {"other"}

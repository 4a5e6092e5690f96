"""`spacy spo apply-audit`: decisions and outputs that are something else."""

import json

import pytest
from spacy.tokens import DocBin
from typer.testing import CliRunner

from spacy_spo.analysis.issues import MISSING
from spacy_spo.cli import spo_cli
from spacy_spo.triples import Triple, set_triples


def test_an_edited_line_is_named(blank, tmp_path):
    doc = blank("A B wrote D")
    set_triples(doc, [])
    DocBin(docs=[doc]).to_disk(tmp_path / "gold.spacy")
    triple = Triple(doc[0:1], "author", doc[3:4]).to_dict()
    item = {"id": "x", "kind": MISSING, "text": doc.text, "triple": triple, "decision": "accept"}
    lines = [json.dumps(item), "", json.dumps({**item, "triple": 1})]
    decisions, output = tmp_path / "missing.jsonl", tmp_path / "out.spacy"
    decisions.write_text("\n".join(lines), encoding="utf8")
    arguments = ["apply-audit", tmp_path / "gold.spacy", decisions, output]
    result = CliRunner().invoke(spo_cli, list(map(str, arguments)))
    assert result.exit_code == 1 and isinstance(result.exception, SystemExit)
    assert f"{decisions}:3 is not what an audit wrote: 'triple' must be" in result.output
    assert not output.exists()


@pytest.mark.parametrize("name", ["-", "out.jsonl"])
def test_an_output_that_spacy_would_not_read_is_refused(blank, tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    DocBin(docs=[blank("A")]).to_disk(tmp_path / "gold.spacy")
    (tmp_path / "missing.jsonl").touch()
    before = sorted(tmp_path.iterdir())
    arguments = ["apply-audit", "gold.spacy", "missing.jsonl", name]
    result = CliRunner().invoke(spo_cli, arguments)
    assert result.exit_code == 1 and "ends in .spacy" in result.output
    assert sorted(tmp_path.iterdir()) == before

import re
from pathlib import Path
from typing import List

import pytest
import spacy
import srsly
from spacy.language import Language
from spacy.tokens import Doc, DocBin
from typer.testing import CliRunner

from spacy_spo.cli import spo_cli
from spacy_spo.triples import Triple, set_triples
from spacy_spo.visualize.display import render_page

TEXT = "《山海谣》是青石写的小说，白塔唱了它"


def make_doc(text: str = TEXT) -> Doc:
    return spacy.blank("zh")(text)


def triple(doc: Doc, subject: str, predicate: str, object_: str, **kwargs) -> Triple:
    spans = [doc.char_span(doc.text.find(t), doc.text.find(t) + len(t)) for t in (subject, object_)]
    return Triple(spans[0], predicate, spans[1], **kwargs)


def with_triples(*rows: List[str], text: str = TEXT) -> Doc:
    doc = make_doc(text)
    set_triples(doc, [triple(doc, *row, score=0.5) for row in rows])
    return doc


def table_rows(page: str) -> List[List[str]]:
    rows = re.findall(r"<tr[^>]*>(.*?)</tr>", page)
    cells = [re.findall(r"<td>(.*?)</td>", row) for row in rows]
    return [[re.sub(r"<[^>]+>", "", cell) for cell in row] for row in cells if row]


def test_page_shows_arguments_and_triples():
    doc = with_triples(["山海谣", "作者", "青石"], ["山海谣", "歌手", "白塔"])
    page = render_page([doc], title="A look")
    assert table_rows(page) == [
        ["山海谣", "作者", "青石", "", "0.50"],
        ["山海谣", "歌手", "白塔", "", "0.50"],
    ]
    for label in ("作者 · subject", "作者 · object", "歌手 · subject", "歌手 · object"):
        assert f">{label}</span>" in page
    assert "<h1>A look</h1>" in page
    assert "1 texts, 2 triples" in page
    assert "青石写" not in page and "写的小说，" in page  # cut at arguments, not at each token
    assert "http" not in page


def test_qualifiers_are_marked_and_listed():
    doc = make_doc()
    album = doc.char_span(1, 4)
    row = triple(doc, "白塔", "歌手", "青石", qualifiers={"inWork": album})
    set_triples(doc, [row])
    page = render_page([doc])
    assert table_rows(page) == [["白塔", "歌手", "青石", "inWork: 山海谣", "1.00"]]
    assert "歌手 · inWork" in page


def test_everything_is_escaped():
    text = "<script>alert(1)</script> & <b>青石</b>"
    doc = make_doc(text)
    gold = make_doc(text)
    attack = "<script>alert('p')</script>"
    row = Triple(doc[0:2], attack, doc[-3:-1], qualifiers={"<img src=x>": doc[2:4]})
    set_triples(doc, [row])
    set_triples(gold, [])
    page = render_page([doc], [gold], title="<script>alert(2)</script>")
    assert "<script" not in page and "<img" not in page
    assert "&lt;script&gt;alert(&#x27;p&#x27;)&lt;/script&gt; · subject" in page
    assert "<h1>&lt;script&gt;alert(2)&lt;/script&gt;</h1>" in page


def test_braces_and_percent_signs_stand_as_they_are():
    page = render_page([with_triples(["青石", "{label} %s {0}", "白塔"])], title="{sections}")
    assert "{label} %s {0} · subject" in page
    assert "<h1>{sections}</h1>" in page


def test_gold_gives_each_triple_a_status():
    doc = with_triples(["山海谣", "作者", "青石"], ["山海谣", "作者", "白塔"])
    gold = with_triples(["山海谣", "歌手", "白塔"], ["山海谣", "作者", "青石"])
    page = render_page([doc], [gold])
    assert [(row[1], row[2], row[-1]) for row in table_rows(page)] == [
        ("作者", "青石", "correct"),
        ("作者", "白塔", "not in gold"),
        ("歌手", "白塔", "missing"),
    ]
    assert "1 correct, 1 missing, 1 not in gold" in page
    assert "歌手 · object" not in page  # only what the pipeline found is marked in the text


def test_gold_is_compared_by_offsets_whatever_the_tokens():
    doc = with_triples(["山海谣", "作者", "青石"])
    words = ["《", "山海谣", "》", "是", "青石", "写的小说，白塔唱了它"]
    gold = Doc(doc.vocab, words=words, spaces=[False] * len(words))
    set_triples(gold, [Triple(gold[1:2], "作者", gold[4:5])])
    assert table_rows(render_page([doc], [gold]))[0][-1] == "correct"


def test_unannotated_docs_give_no_status():
    doc = with_triples(["山海谣", "作者", "青石"])
    assert render_page([doc], [make_doc()]) == render_page([doc])
    empty = with_triples()
    assert table_rows(render_page([doc], [empty]))[0][-1] == "not in gold"
    assert "No triples" in render_page([empty])


def test_shared_and_nested_arguments():
    doc = with_triples(
        ["山海谣", "作者", "青石"], ["山海谣", "作者", "白塔"], ["海谣", "别名", "山海谣"]
    )
    page = render_page([doc])
    visible = re.findall(r"z-index[^>]*>([^<]*)<", page)
    assert visible.count("作者 · subject") == 1
    assert {"别名 · subject", "别名 · object"} <= set(visible)


def test_one_predicate_has_one_colour():
    docs = [with_triples(["山海谣", p, "青石"]) for p in ("乙", "甲", "乙")]
    colors = re.findall(r'<b style="background: (#\w+)">', render_page(docs))
    assert colors[0] == colors[2] != colors[1]
    assert render_page(docs) == render_page(docs)


def test_gold_of_other_texts_is_refused():
    doc = with_triples(["山海谣", "作者", "青石"])
    with pytest.raises(ValueError, match="another text"):
        render_page([doc], [with_triples(text="白塔")])
    with pytest.raises(ValueError, match="1 Docs, but 0 gold Docs"):
        render_page([doc], [])


@Language.component("authors_for_test")
def find_author(doc: Doc) -> Doc:
    set_triples(doc, [triple(doc, "山海谣", "作者", "青石")] if "青石" in doc.text else [])
    return doc


@pytest.fixture
def model(tmp_path: Path) -> Path:
    nlp = spacy.blank("zh")
    nlp.add_pipe("authors_for_test")
    nlp.to_disk(tmp_path / "model")
    return tmp_path / "model"


def run(*args: object):
    return CliRunner().invoke(spo_cli, ["render", *map(str, args)])


def test_command_compares_with_the_corpus(tmp_path: Path, model: Path):
    corpus, output = tmp_path / "dev.spacy", tmp_path / "page.html"
    DocBin(docs=[with_triples(["山海谣", "歌手", "白塔"])] * 3).to_disk(corpus)
    result = run(model, corpus, output, "--limit", 2)
    assert result.exit_code == 0, result.output
    page = output.read_text(encoding="utf8")
    assert "2 texts, 2 triples, 0 correct, 2 missing, 2 not in gold" in page
    run(model, corpus, output, "--no-gold")
    assert "3 texts, 3 triples</p>" in output.read_text(encoding="utf8")


def test_command_reads_plain_texts(tmp_path: Path, model: Path):
    srsly.write_jsonl(tmp_path / "texts.jsonl", [{"text": TEXT}, {"text": "白塔"}])
    result = run(model, tmp_path / "texts.jsonl", tmp_path / "page.html")
    assert result.exit_code == 0, result.output
    assert "2 texts, 1 triples</p>" in (tmp_path / "page.html").read_text(encoding="utf8")


def test_command_says_what_is_wrong(tmp_path: Path, model: Path):
    srsly.write_jsonl(tmp_path / "texts.jsonl", [{"words": TEXT}])
    result = run(model, tmp_path / "texts.jsonl", tmp_path / "page.html")
    assert result.exit_code == 1 and "the key 'text' is missing" in " ".join(result.output.split())
    spacy.blank("zh").to_disk(tmp_path / "blank")
    srsly.write_jsonl(tmp_path / "texts.jsonl", [{"text": TEXT}])
    result = run(tmp_path / "blank", tmp_path / "texts.jsonl", tmp_path / "page.html")
    assert result.exit_code == 1 and "sets triples" in result.output
    assert not (tmp_path / "page.html").exists()


def test_a_damaged_corpus_is_a_clear_error(tmp_path: Path):
    spacy.blank("zh").to_disk(tmp_path / "blank")
    docs = DocBin(docs=[make_doc()])
    docs.strings.clear()
    docs.to_disk(tmp_path / "gold.spacy")
    result = run(tmp_path / "blank", tmp_path / "gold.spacy", tmp_path / "page.html")
    assert result.exit_code == 1 and "gold.spacy is no file of Docs" in result.output

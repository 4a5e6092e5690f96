"""What `evaluate` counts: by hand on a few sentences, and against the scorers."""

import pytest
import spacy
from spacy.language import Language
from spacy.training import Example
from support import SENTENCES, make_doc

from spacy_spo.evaluation.evaluator import confused, evaluate
from spacy_spo.evaluation.matching import make_rules
from spacy_spo.evaluation.scorers import score_relations, score_triples
from spacy_spo.triples import Triple, get_triples, set_triples

GOLD = [
    ("Ann wrote Dune and Bob made Tron", [("Ann", "author", "Dune"), ("Bob", "maker", "Tron")]),
    ("Ann wrote Dune", [("Ann", "author", "Dune")]),
    ("nobody wrote anything", []),
]
# One right of two; the predicate confused; one where nothing is stated.
FOUND = [
    [("Ann", "author", "Dune", 0.9), ("Ann", "author", "Tron", 0.4)],
    [("Ann", "maker", "Dune", 0.4)],
    [("nobody", "author", "anything", 0.2)],
]


@Language.factory("test_says")
class Says:
    """A pipe that finds what it was told to."""

    def __init__(self, nlp, name, found=()):
        self.found = dict(found)

    def __call__(self, doc):
        if doc.text not in self.found:
            return doc
        spans = {
            a: doc.char_span(doc.text.index(a), doc.text.index(a) + len(a))
            for s, _, o, _ in self.found[doc.text]
            for a in (s, o)
        }
        rows = self.found[doc.text]
        set_triples(doc, [Triple(spans[s], p, spans[o], score) for s, p, o, score in rows])
        return doc


def saying(found):
    nlp = spacy.blank("en")
    pairs = [(text, rows) for (text, _), rows in zip(GOLD, found)]
    nlp.add_pipe("test_says", config={"found": pairs})
    return nlp


def gold_docs():
    nlp = spacy.blank("en")
    return [make_doc(nlp, text, facts) for text, facts in GOLD]


def result(*found, gold=None, **settings):
    pipelines = [saying(f) for f in found]
    docs = gold_docs() if gold is None else gold
    comparison = evaluate(pipelines, docs, make_rules(), n_replicates=200, **settings)
    return comparison.to_dict([f"model {i}" for i in range(len(found))])


def test_counts_by_hand():
    (model,) = result(FOUND)["models"]
    text = model["rules"]["text"]
    assert [text[key] for key in ("right", "found", "covered", "stated")] == [1, 4, 1, 3]
    assert (text["p"], text["r"]) == (0.25, pytest.approx(1 / 3))
    assert model["rules"]["typed"]["f"] is None
    assert model["rules"]["typed"]["interval"] == {"p": None, "r": None, "f": None}
    assert model["sentences"] == 3
    assert model["relations"]["list_exact"] == 0
    assert model["relations"]["spo_relation_sets"]["exact"] == 0


def test_groups_by_hand():
    groups = result(FOUND)["models"][0]["rules"]["text"]["groups"]
    assert {name: row["stated"] for name, row in groups["triples"].items()} == {
        "2": 2,
        "1": 1,
        "0": 0,
    }
    assert {name: row["found"] for name, row in groups["predicate"].items()} == {
        "author": 3,
        "maker": 1,
    }
    assert groups["predicate"]["author"]["right"] == 1
    assert groups["predicate"]["maker"]["r"] == 0
    assert groups["overlap"]["normal"]["stated"] == 3
    assert list(groups["tokens"]) == ["1-16"]


def test_scores_and_confusion_by_hand():
    (model,) = result(FOUND)["models"]
    assert model["scores"] == [
        {"from": 0.2, "n": 1, "right": 0, "mean": pytest.approx(0.2)},
        {"from": 0.4, "n": 2, "right": 0, "mean": pytest.approx(0.4)},
        {"from": 0.9, "n": 1, "right": 1, "mean": pytest.approx(0.9)},
    ]
    assert model["confusion"] == [{"gold": "author", "predicted": "maker", "n": 1}]


def test_every_group_adds_up_to_the_whole():
    for rule in result(FOUND)["models"][0]["rules"].values():
        for dimension in ("triples", "tokens", "predicate"):
            rows = rule["groups"].get(dimension, {}).values()
            assert sum(row["found"] for row in rows) == rule["found"]


def test_as_the_scorers_count(trained):
    gold = [make_doc(trained, text, facts) for text, facts in SENTENCES]
    examples = [Example(trained(doc.text), doc) for doc in gold]
    scores = {**score_triples(examples), **score_relations(examples)}
    (model,) = evaluate([trained], gold, make_rules()).to_dict(["it"])["models"]
    for rule, key in (("text", "spo_text"), ("offset", "spo_offset"), ("duie2", "spo_slot")):
        assert [model["rules"][rule][e] for e in "prf"] == [scores[f"{key}_{e}"] for e in "prf"]
    for key in ("spo_relation_micro_f", "spo_relation_macro_f", "spo_relation_sets"):
        assert model["relations"][key] == scores[key]
    assert model["relations"]["list_exact"] == scores["spo_list_exact"]


def test_two_pipelines_are_compared_in_pairs():
    right = [[(*fact, 1.0) for fact in facts] for _, facts in GOLD]
    many = gold_docs() * 20
    found = result(FOUND, right, gold=many)
    assert [model["model"] for model in found["models"]] == ["model 0", "model 1"]
    difference = found["differences"]["text"]["f"]
    assert difference["holds"]
    assert difference["interval"][0] > 0.5
    assert "typed" not in found["differences"]
    same = result(FOUND, FOUND, gold=many)["differences"]["text"]["f"]
    assert same == {"interval": (0.0, 0.0), "holds": False}


def test_the_score_lies_in_its_interval():
    many = gold_docs() * 20
    text = result(FOUND, gold=many)["models"][0]["rules"]["text"]
    for e in "prf":
        low, high = text["interval"][e]
        assert low < text[e] < high


def test_what_is_not_annotated_is_left_out_and_counted():
    unknown = spacy.blank("en")("somebody wrote something")
    found = result(FOUND, gold=[*gold_docs(), unknown])
    assert found["without_gold"] == 1
    assert found["models"][0]["sentences"] == 3
    with pytest.raises(ValueError, match="No text has gold"):
        result(FOUND, gold=[unknown])


def test_a_pipeline_without_triples_is_refused():
    with pytest.raises(ValueError, match="No component of the pipeline sets triples"):
        evaluate([spacy.blank("en")], gold_docs(), make_rules())


def test_gold_is_read_as_it_is_needed():
    nlp = saying(FOUND)
    nlp.batch_size = 1
    ahead = []

    def stream():
        for i in range(200):
            ahead.append(i)
            yield gold_docs()[0]

    seen = []
    rules = make_rules()
    match = rules[0].match
    rules[0] = rules[0]._replace(match=lambda f, g: seen.append(len(ahead)) or match(f, g))
    evaluate([nlp], stream(), rules, n_replicates=100)
    assert seen[0] < 50


def test_confusion_needs_the_same_arguments():
    (doc, *_) = gold_docs()
    author, maker = get_triples(doc)
    assert list(confused([author], [author, maker])) == []
    other = Triple(author.subject, "maker", author.object)
    assert list(confused([other, author], [author])) == [("author", "maker")]
    assert list(confused([Triple(author.subject, "maker", maker.object)], [author, maker])) == []

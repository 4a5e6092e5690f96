"""What `evaluate` counts: by hand on a few sentences, and against the scorers."""

from dataclasses import replace

import pytest
import spacy
from spacy.language import Language
from spacy.training import Example
from support import SENTENCES, make_doc

from spacy_spo.evaluation.evaluator import confused, evaluate
from spacy_spo.evaluation.matching import make_criteria
from spacy_spo.evaluation.scorers import score_relations, score_triples
from spacy_spo.triples import Triple, get_triples, set_triples

GOLD = [
    ("Ann wrote Dune and Bob made Tron", [("Ann", "author", "Dune"), ("Bob", "maker", "Tron")]),
    ("Ann wrote Dune", [("Ann", "author", "Dune")]),
    ("nobody wrote anything", []),
]
# One correct of two; the predicate confused; one where the gold is empty.
PREDICTED = [
    [("Ann", "author", "Dune", 0.9), ("Ann", "author", "Tron", 0.4)],
    [("Ann", "maker", "Dune", 0.4)],
    [("nobody", "author", "anything", 0.2)],
]


@Language.factory("test_says")
class Says:
    """A pipe that predicts what it was told to."""

    def __init__(self, nlp, name, rows_by_text=()):
        self.rows_by_text = dict(rows_by_text)

    def __call__(self, doc):
        if doc.text not in self.rows_by_text:
            return doc
        spans = {
            a: doc.char_span(doc.text.index(a), doc.text.index(a) + len(a))
            for s, _, o, _ in self.rows_by_text[doc.text]
            for a in (s, o)
        }
        rows = self.rows_by_text[doc.text]
        set_triples(doc, [Triple(spans[s], p, spans[o], score) for s, p, o, score in rows])
        return doc


def saying(predicted):
    nlp = spacy.blank("en")
    pairs = [(text, rows) for (text, _), rows in zip(GOLD, predicted)]
    nlp.add_pipe("test_says", config={"rows_by_text": pairs})
    return nlp


def gold_docs():
    nlp = spacy.blank("en")
    return [make_doc(nlp, text, facts) for text, facts in GOLD]


def result(*predicted, gold=None, **settings):
    pipelines = [saying(rows) for rows in predicted]
    docs = gold_docs() if gold is None else gold
    comparison = evaluate(pipelines, docs, n_replicates=200, **settings)
    return comparison.to_dict([f"model {i}" for i in range(len(predicted))])


def test_counts_by_hand():
    (model,) = result(PREDICTED)["models"]
    text = model["criteria"]["text"]
    assert [text[key] for key in ("tp", "predicted", "matched_gold", "gold")] == [1, 4, 1, 3]
    assert (text["p"], text["r"]) == (0.25, pytest.approx(1 / 3))
    assert text["unscored"] is None
    assert model["texts"] == 3
    assert model["relations"]["list_exact"] == 0
    assert model["relations"]["spo_relation_sets"]["exact"] == 0


def test_groups_by_hand():
    groups = result(PREDICTED)["models"][0]["criteria"]["text"]["groups"]
    assert {name: row["gold"] for name, row in groups["triples"].items()} == {
        "2": 2,
        "1": 1,
        "0": 0,
    }
    assert {name: row["predicted"] for name, row in groups["predicate"].items()} == {
        "author": 3,
        "maker": 1,
    }
    assert groups["predicate"]["author"]["tp"] == 1
    assert groups["predicate"]["maker"]["r"] == 0
    assert groups["overlap"]["normal"]["gold"] == 3
    assert list(groups["tokens"]) == ["1-16"]


def test_scores_and_confusion_by_hand():
    (model,) = result(PREDICTED)["models"]
    assert model["scores"] == [
        {"from": 0.2, "n": 1, "correct": 0, "mean": pytest.approx(0.2)},
        {"from": 0.4, "n": 2, "correct": 0, "mean": pytest.approx(0.4)},
        {"from": 0.9, "n": 1, "correct": 1, "mean": pytest.approx(0.9)},
    ]
    assert model["confusion"] == [{"gold": "author", "predicted": "maker", "n": 1}]


def test_every_group_adds_up_to_the_whole():
    for criterion in result(PREDICTED)["models"][0]["criteria"].values():
        for dimension in ("triples", "tokens", "predicate"):
            rows = criterion["groups"].get(dimension, {}).values()
            assert sum(row["predicted"] for row in rows) == criterion["predicted"]


def test_as_the_scorers_count(trained):
    gold = [make_doc(trained, text, facts) for text, facts in SENTENCES]
    examples = [Example(trained(doc.text), doc) for doc in gold]
    scores = {**score_triples(examples), **score_relations(examples)}
    (model,) = evaluate([trained], gold).to_dict(["it"])["models"]
    for criterion, key in (("text", "spo"), ("offset", "spo_offset"), ("duie2", "spo_slot")):
        ours = [model["criteria"][criterion][e] for e in "prf"]
        assert ours == [scores[f"{key}_{e}"] for e in "prf"]
    assert model["criteria"]["text"]["signature"] == scores["spo_signature"]
    for key in ("rel_f", "spo_relation_macro_f", "spo_relation_sets"):
        assert model["relations"][key] == scores[key]
    assert model["relations"]["list_exact"] == scores["spo_list_exact"]


def test_two_pipelines_are_compared_in_pairs():
    correct = [[(*fact, 1.0) for fact in facts] for _, facts in GOLD]
    many = gold_docs() * 20
    compared = result(PREDICTED, correct, gold=many)
    assert [model["model"] for model in compared["models"]] == ["model 0", "model 1"]
    difference = compared["differences"]["text"]["f"]
    assert difference["significant"]
    assert difference["interval"][0] > 0.5
    assert not {"typed", "strict"} & set(compared["differences"])
    same = result(PREDICTED, PREDICTED, gold=many)["differences"]["text"]["f"]
    assert same == {"interval": (0.0, 0.0), "significant": False}


def test_the_score_lies_in_its_interval():
    many = gold_docs() * 20
    text = result(PREDICTED, gold=many)["models"][0]["criteria"]["text"]
    for e in "prf":
        low, high = text["interval"][e]
        assert low < text[e] < high


def test_unannotated_gold_is_skipped_and_counted():
    unannotated = spacy.blank("en")("somebody wrote something")
    scored = result(PREDICTED, gold=[unannotated, *gold_docs(), unannotated])
    assert scored["unannotated"] == 2
    assert scored["models"][0]["texts"] == 3
    with pytest.raises(ValueError, match="No text has gold"):
        result(PREDICTED, gold=[unannotated])


def test_a_pipeline_without_triples_is_refused():
    with pytest.raises(ValueError, match="No component of the pipeline sets triples"):
        evaluate([spacy.blank("en")], gold_docs())


def test_gold_is_read_as_it_is_needed():
    nlp = saying(PREDICTED)
    nlp.batch_size = 1
    ahead, doc = [], gold_docs()[0]

    def stream():
        for i in range(200):
            ahead.append(i)
            yield doc

    seen = []
    criteria = make_criteria()
    match = criteria[0].match
    criteria[0] = criteria[0]._replace(match=lambda p, g: seen.append(len(ahead)) or match(p, g))
    evaluate([nlp], stream(), criteria, n_replicates=100)
    assert seen[0] < 50


def test_without_types_in_the_gold_criteria_of_types_have_no_score():
    criteria = result(PREDICTED)["models"][0]["criteria"]
    for name in ("typed", "strict"):
        assert criteria[name]["f"] is None
        assert criteria[name]["unscored"] == "no types in the gold"
        assert criteria[name]["interval"] == {"p": None, "r": None, "f": None}
        assert criteria[name]["groups"] == {}


def test_with_types_in_the_gold_they_are_scored():
    docs = gold_docs()
    types = {"subject": "Person", "object": "Work"}
    set_triples(docs[0], [replace(t, types=types) for t in get_triples(docs[0])])
    criteria = result(PREDICTED, gold=docs)["models"][0]["criteria"]
    # The pipeline predicts no types, and the gold triple without types has another predicate.
    for name in ("typed", "strict"):
        assert (criteria[name]["tp"], criteria[name]["gold"]) == (0, 3)
        assert criteria[name]["f"] == 0
        assert criteria[name]["unscored"] is None


def test_callback_gets_predicted_and_gold_docs():
    calls = []
    result(PREDICTED, PREDICTED, callback=lambda docs, gold: calls.append((docs, gold)))
    assert [gold.text for _, gold in calls] == [text for text, _ in GOLD]
    assert all(doc.text == gold.text for docs, gold in calls for doc in docs)
    assert {len(docs) for docs, _ in calls} == {2}


@pytest.mark.parametrize("n", [0, 3])
def test_one_or_two_pipelines(n):
    with pytest.raises(ValueError, match=f"one or two pipelines, not of {n}"):
        evaluate([saying(PREDICTED)] * n, gold_docs())


def test_version_and_signatures():
    scored = result(PREDICTED)
    assert scored["version"] == 2
    for name, criterion in scored["models"][0]["criteria"].items():
        assert criterion["signature"].startswith(f"{name}|")


def test_confusion_needs_the_same_arguments():
    (doc, *_) = gold_docs()
    author, maker = get_triples(doc)
    assert list(confused([author], [author, maker])) == []
    other = Triple(author.subject, "maker", author.object)
    assert list(confused([other, author], [author])) == [("author", "maker")]
    assert list(confused([Triple(author.subject, "maker", maker.object)], [author, maker])) == []


def test_one_pipeline_in_place_of_a_list_is_refused(trained):
    with pytest.raises(ValueError, match="list of one or two pipelines"):
        evaluate(trained, [])


def test_gold_predicates_that_are_no_labels_are_said(trained):
    gold = [make_doc(trained, "Ann wrote Dune", [("Ann", "directed", "Dune")])] * 2
    with pytest.warns(UserWarning, match=r"2 gold triples have .* no labels .*'directed'"):
        evaluate([trained], gold)


def test_labels_that_are_known_are_not_warned_of(trained, recwarn):
    evaluate([trained], [make_doc(trained, "Ann wrote Dune", [("Ann", "author", "Dune")])])
    assert not [w for w in recwarn if "no labels" in str(w.message)]

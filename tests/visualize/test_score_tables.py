"""Tables of scores, cell by cell."""

from spacy_spo.visualize.score_tables import confusion_table, evaluation_tables, metrics_tables
from spacy_spo.visualize.tables import Table, percent, to_markdown

NONE = dict.fromkeys("prf")


def scored(title, p, r, f, predicted, gold, **groups):
    return {
        "title": title,
        "signature": f"{title}|norm:none",
        **dict(zip("prf", (p, r, f))),
        "interval": dict.fromkeys("prf", (0.25, 0.75)),
        "unscored": None,
        "tp": 1,
        "predicted": predicted,
        "matched_gold": 1,
        "gold": gold,
        "groups": groups,
    }


GROUPS = {
    "overlap": {"seo": {"p": 1.0, "r": 0.5, "f": 2 / 3, "gold": 2}},
    "predicate": {
        "maker": {"p": None, "r": None, "f": None, "gold": 1},
        "author": {"p": 0.5, "r": 0.5, "f": 0.5, "gold": 3},
    },
}
TEXT = scored("Text", 0.5, 0.25, 1 / 3, 2, 4, **GROUPS)
TYPED = {
    **scored("Text and types", None, None, None, 0, 0),
    "interval": NONE,
    "unscored": "no types in the gold",
}
MODEL = {
    "model": "mine",
    "texts": 3,
    "criteria": {"text": TEXT, "typed": TYPED},
    "relations": {
        **{f"spo_relation_{kind}_{e}": 0.5 for kind in ("micro", "macro") for e in "prf"},
        "list_exact": 1 / 3,
        "spo_relation_sets": {"exact": 0.5, "superset": 0.5},
    },
}
RESULT = {"models": [MODEL], "differences": {}}


def by_title(tables):
    return {table.title: {row[0]: row[1:] for row in table.rows} for table in tables}


def test_one_pipeline():
    tables = by_title(evaluation_tables(RESULT, "text", 2))
    assert tables["mine: 3 texts"] == {
        "Text": ["50.00", "25.00", "33.33", "25.0 to 75.0", "2", "4"],
        "Text and types": ["-", "-", "-", "no types in the gold", "0", "0"],
    }
    assert tables["Signatures"]["Text"] == ["Text|norm:none"]
    assert tables["Predicate sets of the relation classifier"]["Exact predicate multisets"] == [
        "33.33"
    ]
    assert tables["Overlap type (Text)"] == {"seo": ["100.00", "50.00", "66.67", "2"]}
    assert tables["Predicates (Text)"] == {"author": ["50.00", "50.00", "50.00", "3"]}
    assert "Second minus first" not in tables


def test_frequent_predicates_come_first():
    tables = by_title(evaluation_tables(RESULT, "text", 1))
    assert list(tables["Predicates (Text)"]) == ["author", "maker"]


def test_two_pipelines():
    difference = {e: {"interval": (0.01, 0.1), "significant": True} for e in "prf"}
    result = {
        "models": [MODEL, {**MODEL, "model": "yours"}],
        "differences": {"text": difference},
    }
    tables = by_title(evaluation_tables(result, "text", 2))
    assert tables["Second minus first"] == {"Text": ["1.0 to 10.0", "yes"] * 3}
    assert len(tables["Predicates (Text)"]["author"]) == 7


def test_confusion():
    rows = [{"gold": "author", "predicted": "maker", "n": 3}]
    assert confusion_table(rows).rows == [["author", "maker", "3"]]


def test_signatures_of_runs():
    runs = {"new": {"spo_text_f": 0.5, "spo_signature": "text|..."}, "old": {"spo_text_f": 0.5}}
    assert by_title(metrics_tables(runs))["Signatures"] == {"new, triples": ["text|..."]}
    assert "Signatures" not in by_title(metrics_tables({"old": runs["old"]}))


def test_markdown():
    assert to_markdown([Table("T", ["", "P"], [["a|b", percent(0.5)]])]).split("\n\n")[0] == "## T"
    assert "a\\|b" in to_markdown([Table("T", ["", "P"], [["a|b", percent(None)]])])

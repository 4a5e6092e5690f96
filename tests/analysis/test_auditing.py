"""The audit: what it suspects, its evidence, and decisions folded back into a corpus."""

import pytest
import srsly
from spacy.tokens import DocBin
from spacy.vocab import Vocab
from support import SENTENCES, answers, make_doc
from typer.testing import CliRunner

from spacy_spo.analysis.auditing import (
    CROSSED,
    DOUBTFUL,
    MISSING,
    VARIANT,
    Evidence,
    apply_decisions,
    audit,
    tasks,
    with_proposals,
)
from spacy_spo.analysis.patterns import TypeCheck, infer_patterns
from spacy_spo.cli import spo_cli
from spacy_spo.data.files import write_items
from spacy_spo.data.formats import detect, read_records
from spacy_spo.triples import Triple, get_triples, set_triples

# Gold that lacks one triple of a sentence, and has one that is not stated.
(TEXT, FACTS), *OTHERS = SENTENCES
WRONG = ("Ann Lee", "maker", "Tron")
FAULTY = [(TEXT, [FACTS[0], WRONG]), *OTHERS]


def facts(rows):
    return [(s.triple.subject.text, s.triple.predicate, s.triple.object.text) for s in rows]


def gold(nlp, sentences=FAULTY):
    return [make_doc(nlp, *sentence) for sentence in sentences]


def test_what_is_missing_and_what_is_wrong_come_first(trained):
    found = audit(trained, gold(trained))
    assert facts(found.suspicions[MISSING])[0] == ("Bob", "maker", "Tron")
    assert facts(found.suspicions[DOUBTFUL]) == [WRONG]
    assert found.suspicions[MISSING][0].score > 0.5 > found.suspicions[DOUBTFUL][0].score
    scores = [s.score for s in found.suspicions[MISSING]]
    assert scores == sorted(scores, reverse=True)


def test_other_ends_of_the_same_arguments_are_variants(trained):
    """Not missing; accepted, they take the place of what they overlap."""
    right, short = ("Ann Lee", "author", "Dune"), ("Lee", "author", "Dune")
    cut = [(text, [short if fact == right else fact for fact in facts]) for text, facts in FAULTY]
    found = audit(trained, gold(trained, cut)).suspicions
    assert facts(found[VARIANT])[0] == right
    assert right not in facts(found[MISSING])
    assert list(short) in found[VARIANT][0].evidence["beside"]
    item = {**found[VARIANT][0].to_dict(), "decision": "accept"}
    docs, applied, counts = apply_decisions(gold(trained, cut), [item])
    assert [stated(doc) for doc in docs] == [set(f) for _, f in FAULTY]
    assert (applied, counts.replaced) == ([item], 1)
    # What is proposed to people is what accepting it would give.
    doc = gold(trained, cut)[0]
    assert stated(with_proposals(doc, found[VARIANT][:1])) == set(FAULTY[0][1])


def variant(blank, gold_ends, *proposed_ends):
    """Gold and accepted variants of it, by the ends of the subject in "A B C D wrote E"."""
    doc = blank("A B C D wrote E")
    triples = [Triple(doc[a:b], "author", doc[5:6]) for a, b in (*gold_ends, *proposed_ends)]
    set_triples(doc, triples[: len(gold_ends)])
    items = [
        {"id": str(i), "kind": VARIANT, "text": doc.text, "triple": t.to_dict()}
        for i, t in enumerate(triples[len(gold_ends) :])
    ]
    (mended,), _, counts = apply_decisions([doc], [{**i, "decision": "accept"} for i in items])
    return [t.subject.text for t in get_triples(mended)], counts


def test_a_variant_replaces_all_that_it_overlaps_and_nothing_else(blank):
    assert variant(blank, [(0, 1), (2, 3), (3, 4)], (0, 3))[0] == ["D", "A B C"]


def test_a_variant_without_anything_to_replace_is_unused(blank):
    found, counts = variant(blank, [(0, 1)], (2, 3))
    assert (found, counts.replaced, counts.unused) == (["A"], 0, 1)


def test_of_two_variants_the_first_is_left(blank):
    found, counts = variant(blank, [(0, 3)], (0, 2), (1, 3))
    assert (found, counts.replaced, counts.unused) == (["A B"], 1, 1)


def test_what_the_gold_joins_with_others_is_crossed(trained):
    """It is not missing: of two subjects and two objects, who annotated them had a choice."""
    right = {("Bob", "author", "Tron"), ("Ann", "author", "Dune")}
    wrong = [("Bob", "author", "Dune"), ("Ann", "author", "Tron")]
    twisted = [(text, wrong if set(facts) == right else facts) for text, facts in SENTENCES]
    found = audit(trained, gold(trained, twisted))
    assert set(facts(found.suspicions[CROSSED])[:2]) == right
    assert not right & set(facts(found.suspicions[MISSING]))
    assert "Bob wrote Tron and Ann wrote Dune" in {doc.text for doc, _ in tasks(found)}
    assert CROSSED not in {s.kind for _, own in tasks(found) for s in own}
    items = [{**s.to_dict(), "decision": "accept"} for s in found.suspicions[CROSSED][:2]]
    docs, _, counts = apply_decisions(gold(trained, twisted), items)
    assert stated(docs[1]) == {*right, *wrong}
    assert (counts.added, counts.removed) == (2, 0)


def test_right_gold_is_not_doubtful(trained):
    assert audit(trained, gold(trained, SENTENCES)).suspicions[DOUBTFUL] == []


def test_the_limit_leaves_the_best_and_counts_all(trained):
    empty = [(TEXT, []), *OTHERS]
    every, one = (audit(trained, gold(trained, empty), limit=n) for n in (200, 1))
    assert facts(one.suspicions[MISSING]) == facts(every.suspicions[MISSING])[:1]
    assert one.counts[MISSING] == every.counts[MISSING] == len(every.suspicions[MISSING]) > 1


def test_the_pipeline_is_left_as_it_was(trained):
    before = answers(trained)
    audit(trained, gold(trained))
    assert answers(trained) == before


def test_what_is_not_annotated_is_left_out(trained):
    unknown = trained.make_doc(TEXT)
    assert audit(trained, [unknown, *gold(trained, OTHERS)]).counts[MISSING] == 0
    with pytest.raises(ValueError, match="No text has gold"):
        audit(trained, [unknown])


def test_evidence(trained):
    # The missing triple stands in another text, and its pair has a predicate there, too.
    again = "Bob made Tron and Bob wrote Tron"
    more = [(again, [("Bob", "maker", "Tron"), ("Bob", "author", "Tron")])]
    evidence = audit(trained, gold(trained, FAULTY + more)).suspicions[MISSING][0].evidence
    assert evidence["same_elsewhere"] == 1
    # `SENTENCES` has ("Bob", "author", "Tron") as well.
    assert evidence["pair_elsewhere"] == 3
    assert evidence["predicate"] == sum(f[1] == "maker" for _, fs in FAULTY + more for f in fs)
    assert evidence["reverse"] == {}


def test_reverse_predicates():
    ways = [("a", "spouse", "b"), ("b", "spouse", "a"), ("a", "parent", "c"), ("c", "child", "a")]
    texts = [ways] * 5 + [[("a", "parent", "d")]]
    patterns = infer_patterns(texts)
    assert patterns.reverse("spouse") == ["spouse"]
    assert patterns.reverse("parent") == ["child"]
    assert patterns.reverses["parent"]["child"] == pytest.approx(5 / 6)
    assert patterns.reverse("unknown") == []
    rows = {row["predicate"]: row for row in patterns.to_rows()}
    assert rows["spouse"]["symmetric"] and not rows["parent"]["symmetric"]
    # Of both predicates, four triples are too few.
    assert infer_patterns([ways] * 4).reverse("parent") == []


def test_cardinality():
    texts = [[("a", "p", "x"), ("a", "p", "y"), ("b", "p", "x")]]
    (row,) = infer_patterns(texts).to_rows()
    assert row["objects_of_a_subject"] == {1: 1, 2: 1}
    assert row["subjects_of_an_object"] == {1: 1, 2: 1}


def test_rare_types(blank):
    doc = blank("Ann wrote Dune")

    def typed(kind):
        return Triple(doc[0:1], "author", doc[2:3], types={"subject": kind, "object": "Book"})

    check = TypeCheck([*(typed("Person") for _ in range(200)), typed("Place")])
    assert check.is_rare(typed("Place"))
    assert not check.is_rare(typed("Person"))
    assert not check.is_rare(Triple(doc[0:1], "author", doc[2:3]))


def test_violations(blank):
    """One of twelve texts lacks the reverse; one of 241 triples has another type."""
    docs = []
    for i in range(12):
        doc = blank("Ann and Bob")
        a, b = doc[0:1], doc[2:3]
        set_triples(doc, [Triple(a, "spouse", b), *([Triple(b, "spouse", a)] if i else [])])
        docs.append(doc)
    for i in range(240):
        doc = blank("Ann wrote Dune")
        types = {"subject": "Person" if i else "Place", "object": "Book"}
        set_triples(doc, [Triple(doc[0:1], "author", doc[2:3], types=types)])
        docs.append(doc)
    evidence = Evidence([get_triples(doc) for doc in docs])
    causes = [v.cause for doc in docs for v in evidence.violations(doc)]
    assert causes == ["no 'spouse' the other way round", "types 'Place' and 'Book' are rare"]


def decide(found, missing, doubtful):
    items = [s.to_dict() for s in (*found.suspicions[MISSING], *found.suspicions[DOUBTFUL])]
    decisions = {MISSING: missing, DOUBTFUL: doubtful}
    first = {kind: next(i for i in items if i["kind"] == kind) for kind in decisions}
    for kind, item in first.items():
        item["decision"] = decisions[kind]
    return items


def stated(doc):
    return {(t.subject.text, t.predicate, t.object.text) for t in get_triples(doc)}


def test_accepted_decisions_mend_the_gold(trained):
    items = decide(audit(trained, gold(trained)), "accept", "accept")
    docs, applied, counts = apply_decisions(gold(trained), items)
    assert [stated(doc) for doc in docs] == [set(f) for _, f in SENTENCES]
    assert [item["kind"] for item in applied] == [MISSING, DOUBTFUL]
    assert (counts.added, counts.removed, counts.unused) == (1, 1, 0)
    assert counts.undecided == len(items) - 2
    assert all(triple.score == 1 for doc in docs for triple in get_triples(doc))


def test_other_decisions_change_nothing(trained):
    items = decide(audit(trained, gold(trained)), "reject", None)
    docs, applied, counts = apply_decisions(gold(trained), items)
    assert [stated(doc) for doc in docs] == [set(f) for _, f in FAULTY]
    assert (applied, counts.added, counts.removed) == ([], 0, 0)


def test_decisions_that_fit_nothing_are_counted(trained):
    items = decide(audit(trained, gold(trained)), "accept", "accept")
    _, applied, counts = apply_decisions([trained.make_doc("another text")], items)
    assert (applied, counts.unused) == ([], 2)
    # Accepted twice is accepted once.
    docs, _, _ = apply_decisions(gold(trained), items)
    assert apply_decisions(docs, items)[2].unused == 2


def test_all_mentions_of_a_doubtful_triple_go(blank):
    doc = blank("Ann met Bob and Ann met Bob")
    twice = [Triple(doc[a : a + 1], "met", doc[b : b + 1]) for a, b in ((0, 2), (4, 6))]
    set_triples(doc, twice)
    item = {"id": "x", "kind": DOUBTFUL, "text": doc.text, "decision": "accept"}
    (mended,), _, counts = apply_decisions([doc], [{**item, "triple": twice[0].to_dict()}])
    assert get_triples(mended) == [] and counts.removed == 1


def test_two_docs_of_one_text_are_one_suspicion(trained):
    found = audit(trained, [*gold(trained), *gold(trained)])
    once = audit(trained, gold(trained))
    assert facts(found.suspicions[MISSING]) == facts(once.suspicions[MISSING])
    items = decide(found, "accept", "accept")
    docs, _, counts = apply_decisions([*gold(trained), *gold(trained)], items)
    assert [stated(doc) for doc in docs] == 2 * [set(f) for _, f in SENTENCES]
    assert (counts.added, counts.removed, counts.unused) == (1, 1, 0)


def test_gold_out_of_reach_is_counted_and_not_doubted(trained):
    odd = [("Ann admires Bob", [("Ann", "admires", "Bob")])]
    found = audit(trained, gold(trained, [*SENTENCES, *odd]))
    assert (found.suspicions[DOUBTFUL], found.n_unread) == ([], 1)


def test_a_decision_that_is_none_is_refused(trained):
    items = decide(audit(trained, gold(trained)), "yes", None)
    with pytest.raises(ValueError, match="not 'yes'"):
        apply_decisions(gold(trained), items)
    with pytest.raises(ValueError, match="not 'unheard of'"):
        apply_decisions(gold(trained), [{**items[0], "kind": "unheard of"}])
    for broken in ([1, 2], {"id": "x", "decision": "accept"}):
        with pytest.raises(ValueError, match="Decision 1 is not one of an audit"):
            apply_decisions(gold(trained), [broken])


def test_contradicting_decisions_are_refused(trained):
    items = decide(audit(trained, gold(trained)), "accept", "accept")
    with pytest.raises(ValueError, match="differs from an earlier one"):
        apply_decisions(gold(trained), [items[0], {**items[0], "decision": "reject"}])


def test_types_and_qualifiers_come_through(blank):
    doc, other = blank("Ann wrote Dune in Rome"), blank("Ann wrote Dune in Rome")
    types = {"subject": "Person", "inArea": "Place"}
    triple = Triple(doc[0:1], "author", doc[2:3], 0.7, {"inArea": doc[4:5]}, types)
    item = {
        "id": "x",
        "kind": MISSING,
        "text": doc.text,
        "triple": triple.to_dict(),
        "decision": "accept",
    }
    set_triples(other, [])
    (mended,), _, _ = apply_decisions([other], [item])
    (new,) = get_triples(mended)
    assert new == triple
    assert (new.types, new.score) == (types, 1.0)


@pytest.fixture
def files(trained, tmp_path):
    trained.to_disk(tmp_path / "model")
    DocBin(docs=gold(trained)).to_disk(tmp_path / "gold.spacy")
    arguments = ["audit", tmp_path / "model", tmp_path / "gold.spacy", tmp_path / "out"]
    result = CliRunner().invoke(spo_cli, [str(a) for a in arguments])
    assert result.exit_code == 0, result.output
    assert "Bob | maker | Tron" in result.output and "Ann Lee | maker | Tron" in result.output
    return tmp_path


def test_the_commands(files):
    path = files / "out" / "missing.jsonl"
    items = list(srsly.read_jsonl(path))
    assert items[0]["decision"] is None and len(items[0]["id"]) == 16
    items[0]["decision"] = "accept"
    write_items(path, items)
    arguments = ["apply-audit", files / "gold.spacy", path, files / "mended.spacy"]
    result = CliRunner().invoke(spo_cli, [str(a) for a in arguments])
    assert result.exit_code == 0, result.output
    assert "1 triples added, 0 replaced, 0 removed" in result.output
    mended = next(DocBin().from_disk(files / "mended.spacy").get_docs(Vocab()))
    assert ("Bob", "maker", "Tron") in stated(mended)
    assert list(srsly.read_jsonl(files / "mended.changes.jsonl")) == items[:1]


def test_who_decides_reads_letters_of_any_script(files):
    path = files / "out" / "missing.jsonl"
    item = {**next(srsly.read_jsonl(path)), "id": "gone", "text": "沙丘", "decision": "reject"}
    write_items(path, [item])
    arguments = ["audit", files / "model", files / "gold.spacy", files / "out"]
    assert CliRunner().invoke(spo_cli, [str(a) for a in arguments]).exit_code == 0
    assert '"text": "沙丘"' in path.read_text(encoding="utf8")


def test_another_audit_keeps_the_decisions(files):
    path = files / "out" / "missing.jsonl"
    items = [{**item, "decision": "reject"} for item in srsly.read_jsonl(path)]
    gone = {**items[0], "id": "gone"}
    write_items(path, [*items, gone])
    arguments = ["audit", files / "model", files / "gold.spacy", files / "out"]
    assert CliRunner().invoke(spo_cli, [str(a) for a in arguments]).exit_code == 0
    assert list(srsly.read_jsonl(path)) == [*items, gone]


def test_decisions_stay_when_the_gold_around_them_makes_another_kind_of_it(files):
    path = files / "out" / "missing.jsonl"
    first, *rest = srsly.read_jsonl(path)
    write_items(path, rest)
    decided = {**first, "kind": VARIANT, "decision": "reject"}
    write_items(files / "out" / "variant.jsonl", [decided])
    arguments = ["audit", files / "model", files / "gold.spacy", files / "out"]
    assert CliRunner().invoke(spo_cli, [str(a) for a in arguments]).exit_code == 0
    assert next(srsly.read_jsonl(path)) == {**first, "decision": "reject"}
    assert decided not in list(srsly.read_jsonl(files / "out" / "variant.jsonl"))


def test_a_broken_line_is_named(files):
    path = files / "out" / "missing.jsonl"
    path.write_text(path.read_text(encoding="utf8") + "{\n", encoding="utf8")
    n_lines = len(path.read_text(encoding="utf8").splitlines())
    for arguments in (
        ["apply-audit", files / "gold.spacy", path, files / "mended.spacy"],
        ["audit", files / "model", files / "gold.spacy", files / "out"],
    ):
        result = CliRunner().invoke(spo_cli, [str(a) for a in arguments])
        assert result.exit_code == 1
        assert f"missing.jsonl:{n_lines}:" in "".join(result.output.split())


def test_what_is_no_suspicion_in_an_earlier_audit_is_an_error(files):
    path = files / "out" / "missing.jsonl"
    path.write_text('{"id": "a"}\n', encoding="utf8")
    arguments = ["audit", files / "model", files / "gold.spacy", files / "out"]
    result = CliRunner().invoke(spo_cli, [str(a) for a in arguments])
    assert result.exit_code == 1 and "not one of an audit" in " ".join(result.output.split())


def test_nothing_that_is_read_is_written_over(files):
    path, folder = files / "out" / "missing.jsonl", files / "corpus"
    folder.mkdir()
    (files / "gold.spacy").rename(folder / "gold.spacy")
    for output in (folder / "gold.spacy", folder / "more.spacy", path):
        arguments = ["apply-audit", folder, path, output]
        assert CliRunner().invoke(spo_cli, [str(a) for a in arguments]).exit_code == 1


def test_the_tasks_are_what_the_tools_take(files):
    (task, *_) = srsly.read_json(files / "out" / "label_studio.json")
    assert task["data"]["text"] == TEXT
    (prediction,) = task["predictions"]
    assert {"model_version", "score", "result"} == set(prediction)
    kinds = [result["type"] for result in prediction["result"]]
    assert kinds.count("labels") == 4 and kinds.count("relation") == 3
    first = next(srsly.read_jsonl(files / "out" / "prodigy.jsonl"))
    assert {"text", "tokens", "spans", "relations", "meta"} == set(first)
    assert {r["label"] for r in first["relations"]} == {"author", "maker"}


def test_what_comes_back_from_the_tools_converts(files):
    """Submitted as proposed: the gold, and what was proposed."""
    tasks = srsly.read_json(files / "out" / "label_studio.json")
    for task in tasks:
        task["annotations"] = task.pop("predictions")
    srsly.write_json(files / "back.json", tasks)
    rows = [{**row, "answer": "accept"} for row in srsly.read_jsonl(files / "out/prodigy.jsonl")]
    write_items(files / "back.jsonl", rows)
    for name in ("back.json", "back.jsonl"):
        record = next(read_records(files / name, detect(files / name)))
        triples = {(t.subject.text, t.predicate, t.object.text) for t in record.triples}
        assert triples == {*FACTS, WRONG}

"""The corpus in assets/ is what its README says, and its generator writes it again."""

import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

ASSETS = Path(__file__).parent.parent / "assets"
CORPUS = ASSETS / "zh"
SIZES = {"train": 4200, "dev": 300, "test": 400, "held_out": 200}
VALUES = {"日期", "数值", "地区"}
# The fewest sentences of each overlap type in train and in test.
OVERLAPS = {
    "Normal": (1500, 120),
    "SEO": (1000, 80),
    "EPO": (200, 15),
    "SOO": (120, 10),
    "NxM": (500, 40),
    "Nested": (120, 10),
    "Multiple": (1000, 80),
    "Inverse": (120, 10),
    "Repeated": (80, 8),
    "Qualified": (300, 25),
    "Empty": (504, 48),
}


def read_jsonl(path):
    return [json.loads(line) for line in path.read_text(encoding="utf8").splitlines()]


@pytest.fixture(scope="module")
def corpus():
    return {split: read_jsonl(CORPUS / f"{split}.jsonl") for split in SIZES}


def roles_of(triple):
    return {
        "subject": triple["subject"],
        "object": triple["object"],
        **triple.get("qualifiers", {}),
    }


def arguments_of(records):
    for record in records:
        for triple in record["triples"]:
            for argument in roles_of(triple).values():
                yield record["text"], argument


def names_of(records):
    return {arg["text"] for _, arg in arguments_of(records) if arg["type"] not in VALUES}


def templates_of(records):
    return {name for record in records for name in record["meta"]["template"].split("+")}


def test_generator_writes_the_committed_files(tmp_path):
    command = [sys.executable, str(ASSETS / "generate.py"), str(tmp_path), "--seed", "0"]
    subprocess.run(command, check=True)
    for split in SIZES:
        name = f"{split}.jsonl"
        assert (tmp_path / name).read_bytes() == (CORPUS / name).read_bytes(), name


def test_sizes(corpus):
    assert {split: len(records) for split, records in corpus.items()} == SIZES
    assert sum(path.stat().st_size for path in ASSETS.rglob("*.json*")) < 2_500_000


def test_arguments_stand_where_their_offsets_say(corpus):
    for records in corpus.values():
        for text, argument in arguments_of(records):
            assert argument["text"], text
            assert text[argument["start"] : argument["end"]] == argument["text"], text


def test_no_argument_cuts_a_run_of_letters_or_digits(corpus):
    inside = re.compile(r"(?<=[A-Za-z])(?=[A-Za-z])|(?<=[0-9])(?=[0-9])")
    for records in corpus.values():
        for text, argument in arguments_of(records):
            cuts = {match.start() for match in inside.finditer(text)}
            assert not cuts & {argument["start"], argument["end"]}, (text, argument)


@pytest.mark.parametrize("overlap", OVERLAPS)
def test_each_overlap_type_is_frequent_enough(corpus, overlap):
    for split, fewest in zip(("train", "test"), OVERLAPS[overlap]):
        assert sum(overlap in r["meta"]["overlap"] for r in corpus[split]) >= fewest, split


def test_share_of_sentences_without_triples(corpus):
    for split, records in corpus.items():
        assert 0.12 <= sum(not r["triples"] for r in records) / len(records) <= 0.15, split
        assert all((r["meta"]["overlap"] == ["Empty"]) == (not r["triples"]) for r in records)


def test_every_qualifier_is_in_train_and_test(corpus):
    for split, fewest in (("train", 20), ("test", 3)):
        triples = [t for r in corpus[split] for t in r["triples"]]
        counts = Counter(name for t in triples for name in t.get("qualifiers", {}))
        assert set(counts) == {"inWork", "onDate", "inArea"}
        assert min(counts.values()) >= fewest, (split, counts)


def test_every_predicate_is_in_every_split(corpus):
    predicates = {row["predicate"] for row in read_jsonl(CORPUS / "schema.jsonl")}
    assert len(predicates) == 18
    for split, records in corpus.items():
        assert {t["predicate"] for r in records for t in r["triples"]} == predicates, split


def test_triples_keep_to_the_schema(corpus):
    schema = {
        (row["predicate"], row["subject_type"], row["object_type"]): row.get("qualifiers", {})
        for row in read_jsonl(CORPUS / "schema.jsonl")
    }
    for triple in (t for records in corpus.values() for r in records for t in r["triples"]):
        allowed = schema[triple["predicate"], triple["subject"]["type"], triple["object"]["type"]]
        for name, argument in triple.get("qualifiers", {}).items():
            assert allowed[name] == argument["type"], triple


def test_no_triple_is_stated_twice(corpus):
    for record in (r for records in corpus.values() for r in records):
        triples = [json.dumps(triple, sort_keys=True) for triple in record["triples"]]
        assert len(triples) == len(set(triples)), record["text"]


def test_no_sentence_occurs_twice(corpus):
    texts = [record["text"] for records in corpus.values() for record in records]
    assert len(texts) == len(set(texts))


@pytest.mark.parametrize("split", ["dev", "test", "held_out"])
def test_names_are_unseen_in_train(corpus, split):
    assert not names_of(corpus["train"]) & names_of(corpus[split])


@pytest.mark.parametrize("split", ["dev", "test", "held_out"])
def test_characters_of_names_are_known_from_train(corpus, split):
    known = set("".join(record["text"] for record in corpus["train"]))
    runs = re.compile(r"[A-Za-z0-9]+")
    characters = Counter(runs.sub("", "".join(names_of(corpus[split]))))
    unknown = sum(count for char, count in characters.items() if char not in known)
    assert unknown <= 0.01 * sum(characters.values())


def test_templates_are_many_and_test_uses_those_of_train(corpus):
    train = templates_of(corpus["train"])
    assert len(train) >= 120
    assert templates_of(corpus["dev"]) <= train
    assert templates_of(corpus["test"]) <= train


def test_held_out_templates_are_in_no_other_split(corpus):
    held_out = templates_of(corpus["held_out"])
    assert len(held_out) >= 40
    for split in ("train", "dev", "test"):
        assert not held_out & templates_of(corpus[split]), split


def test_the_sentences_of_the_demo_are_unseen_and_in_known_characters():
    assets = Path(__file__).parent.parent / "assets"
    training = (assets / "zh" / "train.jsonl").read_text(encoding="utf8")
    for name in (
        "蔚蓝磨坊",
        "祝彦槿",
        "骆蓁沐",
        "路苒榆",
        "泰点电器有限公司",
        "雁湾市",
        "海上来信",
    ):
        assert name not in training
    lines = (assets / "unseen.txt").read_text(encoding="utf8").splitlines()
    assert len(lines) >= 5 and all(line not in training for line in lines)
    assert set("".join(lines)) <= set(training)

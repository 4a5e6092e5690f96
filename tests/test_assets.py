"""The corpus in assets/ is what its README says, and its generator writes it again."""

import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Dict, NamedTuple, Sequence, Set, Tuple

import pytest
import spacy

pytestmark = pytest.mark.slow

ASSETS = Path(__file__).parent.parent / "assets"
SPLITS = ("train", "dev", "test", "unseen_templates")
LATER_SPLITS = SPLITS[1:]
# By frequency today: more than four of five people in China have one of them.
SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩邓冯曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏"
    "吕丁任卢姚沈钟姜崔谭陆范汪廖石金韦贾夏付方邹熊白孟秦邱侯江尹薛闫段雷龙黎史陶贺毛郝顾龚邵万覃武"
    "钱戴严莫孔向常汤"
)
# Minimum of sentences of each overlap type in train and in test.
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


# English has fewer of these.
ENGLISH_OVERLAPS = {**OVERLAPS, "SOO": (100, 8), "Repeated": (50, 5), "Empty": (480, 48)}


class Language(NamedTuple):
    """Expected properties of a corpus."""

    name: str
    train_size: int
    n_predicates: int
    qualifiers: Set[str]
    values: Set[str]
    overlaps: Dict[str, Tuple[int, int]]
    demo_names: Sequence[str]


LANGUAGES = [
    Language(
        name="zh",
        train_size=4200,
        n_predicates=18,
        qualifiers={"inWork", "onDate", "inArea"},
        values={"日期", "数值", "地区"},
        overlaps=OVERLAPS,
        demo_names=(
            "蔚蓝磨坊",
            "李明",
            "王静",
            "陈伟",
            "张伟",
            "刘洋",
            "赵丽",
            "骆蓁沐",
            "泰点电器有限公司",
            "雁湾市",
            "海上来信",
            "远山书店",
            "北京大学",
        ),
    ),
    Language(
        name="en",
        train_size=4000,
        n_predicates=17,
        qualifiers={"role", "area", "position", "work", "date"},
        values={"Date", "Position", "Region"},
        overlaps=ENGLISH_OVERLAPS,
        demo_names=(
            "John Smith",
            "Maria Garcia",
            "Emma Brown",
            "Peter Jones",
            "Sarah Lee",
            "David Miller",
            "Clearpath Software",
            "The Silent Orchard",
        ),
    ),
]


def read_jsonl(path):
    return [json.loads(line) for line in path.read_text(encoding="utf8").splitlines()]


@pytest.fixture(scope="module", params=LANGUAGES, ids=lambda language: language.name)
def language(request):
    return request.param


@pytest.fixture(scope="module")
def folder(language):
    return ASSETS / language.name


@pytest.fixture(scope="module")
def corpus(folder):
    return {split: read_jsonl(folder / f"{split}.jsonl") for split in SPLITS}


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


def names_of(records, language):
    return {arg["text"] for _, arg in arguments_of(records) if arg["type"] not in language.values}


def templates_of(records):
    return {name for record in records for name in record["meta"]["template"].split("+")}


def test_generator_writes_the_committed_files(folder, tmp_path):
    command = [sys.executable, str(ASSETS / "generate.py"), str(folder), "--seed", "0"]
    subprocess.run([*command, "--output-dir", str(tmp_path)], check=True)
    for split in SPLITS:
        name = f"{split}.jsonl"
        assert (tmp_path / name).read_bytes() == (folder / name).read_bytes(), name


def test_sizes(corpus, folder, language):
    sizes = [len(records) for records in corpus.values()]
    assert sizes == [language.train_size, 300, 400, 200]
    assert sum(path.stat().st_size for path in folder.glob("*.json*")) < 2_600_000


def test_arguments_stand_where_their_offsets_say(corpus):
    for records in corpus.values():
        for text, argument in arguments_of(records):
            assert argument["text"], text
            assert text[argument["start"] : argument["end"]] == argument["text"], text


def test_english_arguments_are_whole_tokens_of_spacy():
    make_doc = spacy.blank("en").make_doc
    for split in SPLITS:
        for text, argument in arguments_of(read_jsonl(ASSETS / "en" / f"{split}.jsonl")):
            assert make_doc(text).char_span(argument["start"], argument["end"]), (text, argument)


def test_sentences_begin_and_end_as_they_should(corpus):
    for record in (r for records in corpus.values() for r in records):
        text = record["text"]
        assert text == text.strip() and "  " not in text, text
        assert text[0] == text[0].upper() and text[-1] in ".?。？", text


def test_english_articles_fit():
    wrong = re.compile(r"\ba [aeiou]|\ban [^aeiou]|a\(n\)|\b([a-z]+) \1\b")
    for split in SPLITS:
        for record in read_jsonl(ASSETS / "en" / f"{split}.jsonl"):
            assert not wrong.search(record["text"]), record["text"]


def test_no_argument_cuts_a_run_of_letters_or_digits(corpus):
    inside = re.compile(r"(?<=[A-Za-z])(?=[A-Za-z])|(?<=[0-9])(?=[0-9])")
    for records in corpus.values():
        for text, argument in arguments_of(records):
            cuts = {match.start() for match in inside.finditer(text)}
            assert not cuts & {argument["start"], argument["end"]}, (text, argument)


@pytest.mark.parametrize("overlap", OVERLAPS)
def test_each_overlap_type_is_frequent_enough(corpus, overlap, language):
    for split, fewest in zip(("train", "test"), language.overlaps[overlap]):
        assert sum(overlap in r["meta"]["overlap"] for r in corpus[split]) >= fewest, split


def test_share_of_sentences_without_triples(corpus):
    for split, records in corpus.items():
        assert 0.12 <= sum(not r["triples"] for r in records) / len(records) <= 0.15, split
        assert all((r["meta"]["overlap"] == ["Empty"]) == (not r["triples"]) for r in records)


def test_every_qualifier_is_in_train_and_test(corpus, language):
    for split, fewest in (("train", 20), ("test", 3)):
        triples = [t for r in corpus[split] for t in r["triples"]]
        counts = Counter(name for t in triples for name in t.get("qualifiers", {}))
        assert set(counts) == language.qualifiers
        assert min(counts.values()) >= fewest, (split, counts)


def test_every_predicate_is_in_every_split(corpus, folder, language):
    predicates = {row["predicate"] for row in read_jsonl(folder / "schema.jsonl")}
    assert len(predicates) == language.n_predicates
    for split, records in corpus.items():
        assert {t["predicate"] for r in records for t in r["triples"]} == predicates, split


def test_triples_keep_to_the_schema(corpus, folder):
    schema = {
        (row["predicate"], row["subject_type"], row["object_type"]): row.get("qualifiers", {})
        for row in read_jsonl(folder / "schema.jsonl")
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


@pytest.mark.parametrize("split", LATER_SPLITS)
def test_names_are_unseen_in_train(corpus, split, language):
    assert not names_of(corpus["train"], language) & names_of(corpus[split], language)


@pytest.mark.parametrize("split", LATER_SPLITS)
def test_characters_of_names_are_known_from_train(corpus, split, language):
    known = set("".join(record["text"] for record in corpus["train"]))
    runs = re.compile(r"[A-Za-z0-9]+")
    characters = Counter(runs.sub("", "".join(names_of(corpus[split], language))))
    unknown = sum(count for char, count in characters.items() if char not in known)
    assert unknown <= 0.01 * sum(characters.values())


def test_chinese_training_texts_have_the_common_surnames_and_characters():
    train = read_jsonl(ASSETS / "zh" / "train.jsonl")
    # The vocabulary of the demo's encoder has characters that occur twice.
    counts = Counter("".join(record["text"] for record in train))
    assert sum("\u4e00" <= char <= "\u9fff" for char, n in counts.items() if n > 1) >= 2400
    people = [arg["text"] for _, arg in arguments_of(train) if arg["type"] == "人物"]
    first_characters = Counter(name[0] for name in people)
    assert min(first_characters[surname] for surname in SURNAMES) >= 10


def test_templates_are_many_and_test_uses_those_of_train(corpus):
    train = templates_of(corpus["train"])
    assert len(train) >= 120
    assert templates_of(corpus["dev"]) <= train
    assert templates_of(corpus["test"]) <= train


def test_unseen_templates_are_in_no_other_split(corpus):
    unseen = templates_of(corpus["unseen_templates"])
    assert len(unseen) >= 40
    for split in ("train", "dev", "test"):
        assert not unseen & templates_of(corpus[split]), split


def test_the_sentences_of_the_demo_are_unseen_and_in_known_characters(folder, language):
    training = (folder / "train.jsonl").read_text(encoding="utf8")
    lines = (folder / "unseen.txt").read_text(encoding="utf8").splitlines()
    assert len(lines) >= 5 and all(line not in training for line in lines)
    assert set("".join(lines)) <= set(training)
    for name in language.demo_names:
        assert name not in training and any(name in line for line in lines), name

"""Write a small corpus of subject-predicate-object triples from word parts and templates.

    python assets/generate.py assets/zh --seed 0

The folder is that of a language, with its templates.json, lexicons.json and settings.json. The same
seed gives the same bytes on every supported Python. README.md tells the language of the templates;
this file only reads it. Offsets are noted while a sentence is written, never searched.
"""

import argparse
import json
import random
import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, List, Optional, Sequence, Set, Tuple, TypeVar

T = TypeVar("T")

# How many of 100 sentences are made in which way.
MIX = {"single": 50, "chain": 20, "join": 16, "negative": 10, "denial": 4}
# Chance that the second half of a joined sentence repeats the first template, or states nothing.
PARALLEL, UNSTATED = 0.35, 0.25
FRAMED = 0.3
MAX_DRAWS = 10_000

ALTERNATIVES = re.compile(r"\[([^\[\]]*)\]")
PART = re.compile(r"<(\w+)>")
ARTICLE = re.compile(r"\ba\(n\)(?= ([aeiou])| \w)")
SLOT = re.compile(
    r"\{(?P<name>\w+)(?::(?P<kind>\w+))?(?:=(?P<copy>\w+)\}|(?P<drawn>\})|(?P<open>=))|(?P<close>\})"
)


@dataclass(frozen=True)
class Settings:
    """What a language wants of its sentences.

    sizes (Dict[str, int]): Sentences of each split.
    max_chars (int): The length of the longest sentence.
    quotes (List[str]): What “ and ” become, two characters or none; one choice a sentence.
    connectors (List[str]): What stands between the halves of a joined sentence.
    chain (List[str]): What stands before the first clause of a chain, the next, and the last.
    end (str): What ends a sentence.
    ended_by (str): Characters after which no end is added.
    unwanted (Optional[str]): Pattern of sentences that are thrown away.
    """

    sizes: Dict[str, int]
    max_chars: int
    quotes: List[str]
    connectors: List[str]
    chain: List[str]
    end: str
    ended_by: str
    unwanted: Optional[str]

    def accepts(self, text: str) -> bool:
        """RETURNS (bool): Whether the text is short enough and fits the pattern."""
        fits = len(text) <= self.max_chars
        return fits and not (self.unwanted and re.search(self.unwanted, text))


@dataclass(frozen=True)
class Rule:
    """A triple of a template, its arguments given as slot names."""

    subject: str
    predicate: str
    object: str
    qualifiers: Tuple[Tuple[str, str], ...]


@dataclass(frozen=True)
class Template:
    """A named piece of text with slots, and what it states."""

    name: str
    text: str
    rules: Tuple[Rule, ...] = ()


@dataclass(frozen=True)
class Mention:
    """An argument at its place in a sentence."""

    text: str
    start: int
    end: int
    type: str

    def overlaps(self, other: "Mention") -> bool:
        """RETURNS (bool): Whether the two share characters."""
        return self.start < other.end and other.start < self.end


@dataclass(frozen=True)
class Statement:
    """A triple of a sentence."""

    subject: Mention
    predicate: str
    object: Mention
    qualifiers: Dict[str, Mention]

    @property
    def pair(self) -> Tuple[str, str]:
        """RETURNS (Tuple[str, str]): The texts of subject and object."""
        return self.subject.text, self.object.text

    def to_dict(self) -> Dict[str, Any]:
        """RETURNS (Dict[str, Any]): Plain JSON, as `spacy_spo` writes a triple."""
        data = {
            "subject": vars(self.subject),
            "predicate": self.predicate,
            "object": vars(self.object),
        }
        if self.qualifiers:
            data["qualifiers"] = {name: vars(value) for name, value in self.qualifiers.items()}
        return data


class Lexicon:
    """Draws words. Names in `closed` are never drawn, so that splits can share no name."""

    def __init__(self, data: Dict[str, Any], rng: random.Random) -> None:
        self.kinds = data["kinds"]
        self.parts = _decks(data["parts"], rng)
        self.late_parts = _decks(data.get("late_parts", {}), rng)
        self.values = {kind["type"] for kind in self.kinds.values() if kind.get("value")}
        self.closed: Set[str] = set()
        self.rng = rng

    def vary(self, text: str) -> str:
        """RETURNS (str): The text with one of each [a|b] chosen and each <part> filled in."""
        text = ALTERNATIVES.sub(lambda found: self.rng.choice(found[1].split("|")), text)
        text = PART.sub(lambda found: next(self.parts[found[1]]), text)
        return _choose_articles(text)

    def draw(self, kind: str, used: Set[str]) -> str:
        """RETURNS (str): A new name of this kind, or a value, that the sentence does not have."""
        patterns = self.kinds[kind]["patterns"]
        (pattern,) = self.rng.choices(list(patterns), weights=list(patterns.values()))
        # The pattern stays, or short names, of which there are fewer, would get rare in test.
        for _ in range(MAX_DRAWS):
            name = self.vary(pattern)
            if name not in used and name not in self.closed:
                return name
        raise ValueError(f"{pattern} gives no more new names: it needs more words.")

    def close(self, mentions: Sequence[Mention]) -> None:
        """Draw these names no more, values aside, and draw from the late parts from now on."""
        self.closed |= {m.text for m in mentions if m.type not in self.values}
        self.parts.update(self.late_parts)

    def type_of(self, kind: str) -> str:
        """RETURNS (str): The argument type of a kind of slot."""
        return self.kinds[kind]["type"]


@dataclass
class Sentence:
    """A sentence in the making: text, triples, and the names of the templates used."""

    lexicon: Lexicon
    quotes: Dict[int, str]
    text: str = ""
    statements: List[Statement] = field(default_factory=list)
    names: List[str] = field(default_factory=list)
    frame: str = "plain"
    mentions: List[Mention] = field(default_factory=list)

    def write(self, template: Template, scope: Dict[str, Mention]) -> None:
        """Append a template.

        template (Template): The template.
        scope (Dict[str, Mention]): The slots known so far; those of the template are added.
        """
        text = self.lexicon.vary(template.text).translate(self.quotes)
        opened: List[Tuple[str, str, int]] = []
        done = 0
        for slot in SLOT.finditer(text):
            self.text += text[done : slot.start()]
            self._fill(slot, scope, opened)
            done = slot.end()
        self.text += text[done:]
        self.statements += [_state(rule, scope) for rule in template.rules]

    def state(self, template: Template, scope: Dict[str, Mention]) -> None:
        """Append a template that belongs to the content, and note its name."""
        self.write(template, scope)
        self.names.append(template.name)

    def finish(self, end: str, ended_by: str) -> None:
        """Begin the sentence with a capital and end it, unless it has an end."""
        self.text = self.text[:1].upper() + self.text[1:]
        if self.text[-1] not in ended_by:
            self.text += end

    def _fill(
        self, slot: "re.Match[str]", scope: Dict[str, Mention], opened: List[Tuple[str, str, int]]
    ) -> None:
        if slot["close"]:
            name, kind, start = opened.pop()
            scope[name] = self._mention(start, self.lexicon.type_of(kind))
        elif slot["open"]:
            opened.append((slot["name"], slot["kind"], len(self.text)))
        elif slot["copy"]:
            self._copy(slot, scope)
        else:
            self._draw(slot, scope)

    def _copy(self, slot: "re.Match[str]", scope: Dict[str, Mention]) -> None:
        source = scope[slot["copy"]]
        start = len(self.text)
        self.text += source.text
        type_ = self.lexicon.type_of(slot["kind"]) if slot["kind"] else source.type
        scope[slot["name"]] = self._mention(start, type_)

    def _draw(self, slot: "re.Match[str]", scope: Dict[str, Mention]) -> None:
        used = {mention.text for mention in self.mentions}
        name = self.lexicon.draw(slot["kind"], used)
        self.text = _choose_articles(self.text + name)
        start = len(self.text) - len(name)
        scope[slot["name"]] = self._mention(start, self.lexicon.type_of(slot["kind"]))

    def _mention(self, start: int, type_: str) -> Mention:
        mention = Mention(self.text[start:], start, len(self.text), type_)
        self.mentions.append(mention)
        return mention


class Generator:
    """Writes sentences from one section of the templates: the common or the unseen one."""

    def __init__(
        self,
        section: Dict[str, Any],
        frames: Dict[str, Any],
        lexicon: Lexicon,
        settings: Settings,
    ) -> None:
        self.settings = settings
        self.lexicon = lexicon
        self.rng = lexicon.rng
        self.singles = self._deck(_templates(section["sentences"]))
        self.negatives = self._deck(_templates(section["negatives"]))
        self.topics = self._deck(list(section["heads"]))
        self.heads = {k: self._deck(_templates(v)) for k, v in section["heads"].items()}
        self.clauses = {k: self._deck(_templates(v)) for k, v in section["clauses"].items()}
        self.frames = self._deck(list(frames["frames"].items()))
        self.denials = self._deck(list(frames["denials"].items()))

    def write(self, way: str) -> Sentence:
        """RETURNS (Sentence): A sentence made in one of the ways of `MIX`."""
        sentence = Sentence(self.lexicon, self._pick_quotes())
        if way == "denial":
            self._framed(sentence, next(self.denials), self._write_single)
            sentence.statements = []
        else:
            writer = getattr(self, f"_write_{way}")
            plain = way == "negative" or self.rng.random() >= FRAMED
            self._framed(sentence, ("plain", "@") if plain else next(self.frames), writer)
        sentence.finish(self.settings.end, self.settings.ended_by)
        return sentence

    def _pick_quotes(self) -> Dict[int, str]:
        if not self.settings.quotes:
            return {}
        opening, closing = self.rng.choice(self.settings.quotes) or ("", "")
        return {ord("“"): opening, ord("”"): closing}

    def _framed(
        self, sentence: Sentence, frame: Tuple[str, str], body: Callable[[Sentence], None]
    ) -> None:
        sentence.frame, text = frame
        before, after = text.split("@")
        sentence.write(Template(sentence.frame, before), {})
        body(sentence)
        sentence.write(Template(sentence.frame, after), {})

    def _write_single(self, sentence: Sentence) -> None:
        sentence.state(next(self.singles), {})

    def _write_negative(self, sentence: Sentence) -> None:
        sentence.state(next(self.negatives), {})

    def _write_join(self, sentence: Sentence) -> None:
        first = next(self.singles)
        sentence.state(first, {})
        sentence.text += self.rng.choice(self.settings.connectors)
        sentence.state(self._second(first), {})

    def _second(self, first: Template) -> Template:
        chance = self.rng.random()
        if chance < PARALLEL:
            return first
        return next(self.negatives if chance < PARALLEL + UNSTATED else self.singles)

    def _write_chain(self, sentence: Sentence) -> None:
        topic = next(self.topics)
        scope: Dict[str, Mention] = {}
        sentence.state(next(self.heads[topic]), scope)
        clauses = self._pick_clauses(topic)
        first, next_, last = self.settings.chain
        separators = [first, *[next_] * (len(clauses) - 2), last]
        for separator, clause in zip(separators, clauses):
            sentence.text += separator
            sentence.state(clause, {"t": scope["t"]})

    def _pick_clauses(self, topic: str) -> List[Template]:
        # One clause a fact: the second part of a clause's name says what it is about.
        facts: Dict[str, Template] = {}
        size = self.rng.choice((1, 2, 2, 3, 3))
        while len(facts) < size:
            clause = next(self.clauses[topic])
            facts.setdefault(clause.name.split(".")[1], clause)
        return list(facts.values())

    def _deck(self, items: Sequence[T]) -> Iterator[T]:
        return _deck(items, self.rng)


class Corpus:
    """Collects the splits and keeps them apart."""

    def __init__(self, source_dir: Path, seed: int) -> None:
        templates = _load(source_dir / "templates.json")
        self.settings = Settings(**_load(source_dir / "settings.json"))
        self.lexicon = Lexicon(_load(source_dir / "lexicons.json"), random.Random(seed))
        context = templates, self.lexicon, self.settings
        self.common = Generator(templates, *context)
        self.unseen = Generator(templates["unseen_templates"], *context)
        self.texts: Set[str] = set()

    def build(self) -> Dict[str, List[Sentence]]:
        """RETURNS (Dict[str, List[Sentence]]): The sentences of every split."""
        splits = {}
        for split, size in self.settings.sizes.items():
            generator = self.unseen if split == "unseen_templates" else self.common
            splits[split] = [self._new_sentence(generator, way) for way in self._ways(size)]
            if split == "train":
                self._close_names(splits[split])
        return splits

    def _ways(self, size: int) -> List[str]:
        ways = [way for way, share in MIX.items() for _ in range(size * share // 100)]
        return self.lexicon.rng.sample(ways, size)

    def _new_sentence(self, generator: Generator, way: str) -> Sentence:
        sentence = generator.write(way)
        while not self._is_wanted(sentence, way):
            sentence = generator.write(way)
        self.texts.add(sentence.text)
        return sentence

    def _is_wanted(self, sentence: Sentence, way: str) -> bool:
        unstated = way in ("negative", "denial")
        fits = self.settings.accepts(sentence.text) and sentence.text not in self.texts
        return fits and bool(sentence.statements) != unstated

    def _close_names(self, sentences: List[Sentence]) -> None:
        # All that fills a slot, distractors too: the names of test are new even as strings.
        self.lexicon.close([mention for sentence in sentences for mention in sentence.mentions])


def overlap_types(statements: Sequence[Statement], text: str) -> List[str]:
    """RETURNS (List[str]): The overlap types of a sentence, as README.md defines them."""
    if not statements:
        return ["Empty"]
    found = [name for name, test in OVERLAPS.items() if test(statements)]
    if not {"EPO", "SEO", "SOO"} & set(found):
        found.insert(0, "Normal")
    mentions = [m for s in statements for m in (s.subject, s.object)]
    if any(text.count(mention.text) > 1 for mention in mentions):
        found.append("Repeated")
    return found


def _is_epo(statements: Sequence[Statement]) -> bool:
    pairs = Counter(frozenset(s.pair) for s in statements)
    return max(pairs.values()) > 1


def _is_seo(statements: Sequence[Statement]) -> bool:
    pairs = {frozenset(s.pair) for s in statements}
    return any(a & b for a in pairs for b in pairs if a != b)


def _is_soo(statements: Sequence[Statement]) -> bool:
    return any(s.subject.overlaps(s.object) for s in statements)


def _is_nested(statements: Sequence[Statement]) -> bool:
    return any(
        getattr(a, role) != getattr(b, role) and getattr(a, role).overlaps(getattr(b, role))
        for role in ("subject", "object")
        for a in statements
        for b in statements
        if a.predicate == b.predicate
    )


def _is_crossed(statements: Sequence[Statement]) -> bool:
    return any(
        len({s.subject for s in group}) * len({s.object for s in group}) > len(group)
        for group in _by_predicate(statements)
    )


def _is_multiple(statements: Sequence[Statement]) -> bool:
    return any(len(group) > 1 for group in _by_predicate(statements))


def _is_inverse(statements: Sequence[Statement]) -> bool:
    pairs = {s.pair for s in statements}
    return any((object_, subject) in pairs for subject, object_ in pairs if subject != object_)


def _is_qualified(statements: Sequence[Statement]) -> bool:
    return any(s.qualifiers for s in statements)


def _by_predicate(statements: Sequence[Statement]) -> List[List[Statement]]:
    groups: Dict[str, List[Statement]] = {}
    for statement in statements:
        groups.setdefault(statement.predicate, []).append(statement)
    return list(groups.values())


OVERLAPS: Dict[str, Callable[[Sequence[Statement]], bool]] = {
    "SEO": _is_seo,
    "EPO": _is_epo,
    "SOO": _is_soo,
    "NxM": _is_crossed,
    "Nested": _is_nested,
    "Multiple": _is_multiple,
    "Inverse": _is_inverse,
    "Qualified": _is_qualified,
}


def _choose_articles(text: str) -> str:
    """RETURNS (str): The text with "a" or "an" for "a(n)", where the word after it is written."""
    return ARTICLE.sub(lambda found: "an" if found[1] else "a", text)


def _decks(parts: Dict[str, Any], rng: random.Random) -> Dict[str, Iterator[str]]:
    return {name: _deck(_words(part), rng) for name, part in parts.items()}


def _deck(items: Sequence[T], rng: random.Random) -> Iterator[T]:
    """Draw from endless shuffled rounds: every item comes equally often."""
    while True:
        yield from rng.sample(list(items), len(items))


def _words(part: Any) -> List[str]:
    """A part is a string of words, _ a space, or the first and the last of a range of numbers."""
    if isinstance(part, str):
        return [word.replace("_", " ") for word in part.split()]
    return [str(n) for n in range(part[0], part[1] + 1)]


def _templates(section: Dict[str, str]) -> List[Template]:
    return [_parse(name, line) for name, line in section.items()]


def _parse(name: str, line: str) -> Template:
    text, _, rules = line.partition(" => ")
    return Template(name, text, tuple(_parse_rule(rule) for rule in rules.split(";") if rule))


def _parse_rule(rule: str) -> Rule:
    subject, predicate, object_, *qualifiers = rule.split()
    pairs = [qualifier.split("=") for qualifier in qualifiers]
    return Rule(subject, predicate, object_, tuple((name, slot) for name, slot in pairs))


def _state(rule: Rule, scope: Dict[str, Mention]) -> Statement:
    qualifiers = {name: scope[slot] for name, slot in rule.qualifiers}
    return Statement(scope[rule.subject], rule.predicate, scope[rule.object], qualifiers)


def _load(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf8"))


def _record(sentence: Sentence) -> Dict[str, Any]:
    return {
        "text": sentence.text,
        "triples": [statement.to_dict() for statement in sentence.statements],
        "meta": {
            "template": "+".join(sentence.names),
            "frame": sentence.frame,
            "overlap": overlap_types(sentence.statements, sentence.text),
        },
    }


def write_corpus(source_dir: Path, output_dir: Path, seed: int) -> None:
    """Write one JSONL file a split.

    source_dir (Path): The folder of the templates, lexicons and settings.
    output_dir (Path): Where to; made if need be.
    seed (int): The seed of all choices.
    """
    output_dir.mkdir(parents=True, exist_ok=True)
    for split, sentences in Corpus(source_dir, seed).build().items():
        records = [_record(sentence) for sentence in sentences]
        lines = [json.dumps(r, ensure_ascii=False, separators=(",", ":")) for r in records]
        with (output_dir / f"{split}.jsonl").open("w", encoding="utf8", newline="\n") as file:
            file.writelines(line + "\n" for line in lines)


def main() -> None:
    """Read the command line and write the corpus."""
    parser = argparse.ArgumentParser(description="Write the small corpus of a language.")
    parser.add_argument("source_dir", type=Path, help="Its folder, e.g. assets/zh")
    parser.add_argument("--output-dir", type=Path, help="Where to, if not into the same folder")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    write_corpus(args.source_dir, args.output_dir or args.source_dir, args.seed)


if __name__ == "__main__":
    main()

"""The rules by which the literature counts a predicted triple as right.

Numbers under two rules cannot be compared, so all of them are here. A rule sees the triples of one
sentence and says which of the predicted ones are right, and which of the gold ones were found.
"""

from pathlib import Path
from typing import (
    Callable,
    Dict,
    FrozenSet,
    Hashable,
    Iterable,
    List,
    Mapping,
    NamedTuple,
    Optional,
    Sequence,
    Set,
    Tuple,
)

import numpy
from numpy.typing import ArrayLike
from spacy.tokens import Span

from ..triples import OBJECT, SUBJECT, Triple

# What counts of a triple under a rule. The predicate comes second.
Key = Tuple[Hashable, ...]
# Further names of an entity.
Aliases = Mapping[str, Set[str]]


class Matched(NamedTuple):
    """Two triples with one key are one.

    found (Set[Key]): The predicted triples. right (Set[Key]): Those of them that are right.
    stated (Set[Key]): The gold triples. covered (Set[Key]): Those of them that were found, or,
    where a rule defines recall so, what counts in their place.
    """

    found: Set[Key]
    right: Set[Key]
    stated: Set[Key]
    covered: Set[Key]


def precision_recall_f1(
    right: ArrayLike, found: ArrayLike, covered: ArrayLike, stated: ArrayLike
) -> Tuple[numpy.ndarray, numpy.ndarray, numpy.ndarray]:
    """RETURNS (Tuple[ndarray, ndarray, ndarray]): Precision, recall and F1 of counts, each of the
    shape of the counts; 0 where there is nothing to divide by."""
    precision, recall = _ratio(right, found), _ratio(covered, stated)
    return precision, recall, _ratio(2 * precision * recall, precision + recall)


def _ratio(part: ArrayLike, whole: ArrayLike) -> numpy.ndarray:
    part, whole = numpy.asarray(part, dtype=float), numpy.asarray(whole, dtype=float)
    return numpy.divide(part, whole, out=numpy.zeros_like(part), where=whole > 0)


Matcher = Callable[[Sequence[Triple], Sequence[Triple]], Matched]


class Rule(NamedTuple):
    """name (str): As in files. title (str): As in tables. match (Matcher): Takes predicted and gold
    triples of a sentence."""

    name: str
    title: str
    match: Matcher


def make_rules(aliases: Optional[Aliases] = None, places: Optional[Aliases] = None) -> List[Rule]:
    """Build all rules.

    aliases (Optional[Aliases]): Other names of an entity, in lower case, for the DuIE rules; see
        `read_aliases`. Without them each name stands for itself.
    places (Optional[Aliases]): Names that may stand for a gold object in DuIE 1.0, alike.
    RETURNS (List[Rule]): "text": the texts of subject and object, letter case and 《》 apart.
        "offset": their places. "last_word": the last word of both, as in NYT* and WebNLG*.
        "boundary": where both begin, the "only head" of TPLinker. "typed": text, and the types of
        both. "duie1" and "duie2": as the two official evaluations count; in DuIE 2.0 all slots of
        the object have to be right.
    """
    aliases, places = aliases or {}, places or {}

    def duie1(found: Sequence[Triple], gold: Sequence[Triple]) -> Matched:
        return match_duie1(found, gold, aliases, places)

    def duie2(found: Sequence[Triple], gold: Sequence[Triple]) -> Matched:
        return match_duie2(found, gold, aliases)

    return [
        Rule("text", "Text", by_key(text_key)),
        Rule("offset", "Offsets", by_key(offset_key)),
        Rule("last_word", "Last words (*)", by_key(last_word_key)),
        Rule("boundary", "Heads", by_key(head_key)),
        Rule("typed", "Text and types", by_key(typed_key)),
        Rule("duie1", "DuIE 1.0", duie1),
        Rule("duie2", "DuIE 2.0, all slots", duie2 if aliases else by_key(slot_key)),
    ]


def by_key(key: Callable[[Triple], Key]) -> Matcher:
    """RETURNS (Matcher): Triples match if what counts of them is equal."""

    def match(found: Sequence[Triple], gold: Sequence[Triple]) -> Matched:
        keys, stated = {key(t) for t in found}, {key(t) for t in gold}
        right = keys & stated
        return Matched(keys, right, stated, right)

    return match


def text_key(triple: Triple) -> Tuple[str, str, str]:
    """RETURNS (Tuple[str, str, str]): What counts of a triple under the text rule."""
    return folded(triple.subject), triple.predicate, folded(triple.object)


def offset_key(triple: Triple) -> Key:
    """RETURNS (Key): What counts of a triple under the offset rule."""
    subject, object_ = triple.subject, triple.object
    return (
        (subject.start_char, subject.end_char),
        triple.predicate,
        (object_.start_char, object_.end_char),
    )


def slot_key(triple: Triple) -> Key:
    """RETURNS (Key): What counts of a triple when all qualifiers have to be right too."""
    slots: FrozenSet[Tuple[str, str]] = frozenset(
        (name, folded(span)) for name, span in triple.qualifiers.items()
    )
    return (*text_key(triple), slots)


def last_word_key(triple: Triple) -> Key:
    """RETURNS (Key): The last words between white space of subject and object."""
    return _last_word(triple.subject), triple.predicate, _last_word(triple.object)


def head_key(triple: Triple) -> Key:
    """RETURNS (Key): Where subject and object begin."""
    return triple.subject.start_char, triple.predicate, triple.object.start_char


def typed_key(triple: Triple) -> Key:
    """RETURNS (Key): The texts and the types of subject and object; no type is a type."""
    types = tuple(triple.types.get(role, "") for role in (SUBJECT, OBJECT))
    return (*text_key(triple), types)


def folded(span: Span) -> str:
    """RETURNS (str): The text of an argument, letter case and a pair of 《》 around it apart."""
    text = span.text.lower()
    return text[1:-1] if len(text) > 2 and text[0] == "《" and text[-1] == "》" else text


def _last_word(span: Span) -> str:
    return (span.text.split() or [""])[-1]


def match_duie1(
    found: Sequence[Triple], gold: Sequence[Triple], aliases: Aliases, places: Aliases
) -> Matched:
    """The evaluation of LIC2019: a predicted triple is right if some alias of its subject with some
    alias of its object is gold, or if its object is a name of the gold object's place. Recall has
    the same numerator as precision, so two names of one gold triple count twice."""
    keys, stated = {text_key(t) for t in found}, {text_key(t) for t in gold}
    objects: Dict[Tuple[str, str], Set[str]] = {}
    for subject, predicate, object_ in stated:
        objects.setdefault((subject, predicate), set()).update(places.get(object_, ()))

    def is_right(key: Tuple[str, str, str]) -> bool:
        subject, predicate, object_ = key
        variants = (
            (s, predicate, o) for s in _names(subject, aliases) for o in _names(object_, aliases)
        )
        return object_ in objects.get((subject, predicate), ()) or any(
            v in stated for v in variants
        )

    right: Set[Key] = {key for key in keys if is_right(key)}
    return Matched(set(keys), right, set(stated), right)


def match_duie2(found: Sequence[Triple], gold: Sequence[Triple], aliases: Aliases) -> Matched:
    """The evaluation of DuIE 2.0: subject, and all slots of the object, each by one of its aliases.
    Of predicted, as of gold triples that are the same by aliases, one counts."""
    keys, stated = (_without_aliases(map(_slots, side), aliases) for side in (found, gold))
    right = {a for a in keys if any(_is_same(a, b, aliases) for b in stated)}
    covered = {b for b in stated if any(_is_same(b, a, aliases) for a in keys)}
    return Matched(set(keys), set(right), set(stated), set(covered))


_SlotKey = Tuple[str, str, FrozenSet[Tuple[str, str]]]


def _slots(triple: Triple) -> _SlotKey:
    subject, predicate, object_ = text_key(triple)
    qualifiers = ((name, folded(span)) for name, span in triple.qualifiers.items())
    return subject, predicate, frozenset([("@value", object_), *qualifiers])


def _without_aliases(keys: Iterable[_SlotKey], aliases: Aliases) -> List[_SlotKey]:
    unique: List[_SlotKey] = []
    for key in keys:
        if not any(_is_same(key, other, aliases) for other in unique):
            unique.append(key)
    return unique


def _is_same(a: _SlotKey, b: _SlotKey, aliases: Aliases) -> bool:
    if a == b:
        return True
    slots_a, slots_b = dict(a[2]), dict(b[2])
    return (
        a[1] == b[1]
        and b[0] in _names(a[0], aliases)
        and slots_a.keys() == slots_b.keys()
        and all(slots_b[name] in _names(value, aliases) for name, value in slots_a.items())
        and all(slots_a[name] in _names(value, aliases) for name, value in slots_b.items())
    )


def _names(name: str, aliases: Aliases) -> Set[str]:
    return {name, *aliases.get(name, ())}


def read_aliases(path: Path) -> Dict[str, Set[str]]:
    """Read a dictionary of names, as Baidu's evaluation takes it.

    path (Path): A line an entity: its name and its other names, between tabs, UTF-8.
    RETURNS (Dict[str, Set[str]]): The other names of each, all in lower case.
    RAISES (ValueError): If a line has one name only, or the file is not UTF-8.
    """
    aliases: Dict[str, Set[str]] = {}
    try:
        lines = path.read_text(encoding="utf8").splitlines()
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} is not UTF-8: {error}") from error
    for number, line in enumerate(lines, start=1):
        name, *others = (word.strip().lower() for word in line.split("\t"))
        if name and not others:
            raise ValueError(f"{path}:{number}: {line!r} has no tab between a name and another.")
        if name:
            aliases.setdefault(name, set()).update(filter(None, others))
    return aliases

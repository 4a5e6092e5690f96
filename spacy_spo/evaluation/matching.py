"""Match criteria of the literature for predicted and gold triples.

Scores under two criteria cannot be compared, so each score has a signature. For the confusion that
comes of leaving it out see Taillé et al. (2020, "Let's Stop Incorrect Comparisons in End-to-end
Relation Extraction!").
"""

from functools import partial
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

from spacy_spo import __version__

from ..triples import OBJECT, SUBJECT, Triple

# The parts of a triple that a criterion compares. The predicate comes second.
Key = Tuple[Hashable, ...]
# Further names of an entity.
Aliases = Mapping[str, Set[str]]
# Other spellings of the names of criteria: of the field, and of earlier versions.
SPELLINGS = {"boundaries": "offset", "boundary": "head"}
# How `normalized` is named in signatures.
NORMALIZATION = "lower+《》"


class Matched(NamedTuple):
    """Keys of the triples of a text.

    Triples with the same key count once.

    predicted (Set[Key]): Predicted triples.
    tp (Set[Key]): Correct ones among them.
    gold (Set[Key]): Gold triples.
    matched_gold (Set[Key]): Gold triples that a predicted one matches; in DuIE 1.0 the numerator
        of recall is `tp` instead.
    """

    predicted: Set[Key]
    tp: Set[Key]
    gold: Set[Key]
    matched_gold: Set[Key]

    def sets(self) -> Tuple[Set[Key], ...]:
        """Order the keys as all counts are ordered.

        RETURNS (Tuple[Set[Key], ...]): tp, predicted, matched_gold, gold.
        """
        return self.tp, self.predicted, self.matched_gold, self.gold


def precision_recall_f1(
    tp: ArrayLike, predicted: ArrayLike, matched_gold: ArrayLike, gold: ArrayLike
) -> Tuple[numpy.ndarray, numpy.ndarray, numpy.ndarray]:
    """Compute precision, recall and F1 of counts.

    tp (ArrayLike): Correct predicted triples, of any shape, like the other counts.
    predicted (ArrayLike): Predicted triples.
    matched_gold (ArrayLike): Matched gold triples.
    gold (ArrayLike): Gold triples.
    RETURNS (Tuple[ndarray, ndarray, ndarray]): Precision, recall and F1, each of the shape of the
        counts; 0 where the denominator is.
    """
    precision, recall = _ratio(tp, predicted), _ratio(matched_gold, gold)
    return precision, recall, _ratio(2 * precision * recall, precision + recall)


def _ratio(part: ArrayLike, whole: ArrayLike) -> numpy.ndarray:
    part, whole = numpy.asarray(part, dtype=float), numpy.asarray(whole, dtype=float)
    return numpy.divide(part, whole, out=numpy.zeros_like(part), where=whole > 0)


Matcher = Callable[[Sequence[Triple], Sequence[Triple]], Matched]


class Criterion(NamedTuple):
    """A match criterion.

    name (str): Name in files and options.
    title (str): Name in tables.
    match (Matcher): Takes predicted and gold triples of a text.
    normalization (str): Normalization of texts, for the signature.
    aliases (str): Use of alias dictionaries, for the signature.
    needs_types (bool): Whether it compares argument types; without types in the gold it has no
        score.
    """

    name: str
    title: str
    match: Matcher
    normalization: str = "none"
    aliases: str = "no"
    needs_types: bool = False

    @property
    def signature(self) -> str:
        """Write how triples are counted, as sacreBLEU's signatures do.

        RETURNS (str): E.g. "text|norm:lower+《》|aliases:no|spacy-spo:0.1.0".
        """
        parts = self.name, f"norm:{self.normalization}", f"aliases:{self.aliases}"
        return "|".join([*parts, f"spacy-spo:{__version__}"])


def make_criteria(
    aliases: Optional[Aliases] = None, places: Optional[Aliases] = None
) -> List[Criterion]:
    """Build all match criteria.

    aliases (Optional[Aliases]): Other names of an entity, in lower case, for the DuIE criteria; see
        `read_aliases`. Without them each name stands for itself.
    places (Optional[Aliases]): Names that may stand for a gold object in DuIE 1.0, alike.
    RETURNS (List[Criterion]): All compare the predicate, and of both arguments:
        "text": normalized texts.
        "offset": start and end; "Boundaries" in REBEL, "Rel" in PURE.
        "last_word": last words, as in NYT* and WebNLG* (Zeng et al., 2018).
        "head": starts, the "only head" of TPLinker (Wang et al., 2020).
        "typed": normalized texts, and types.
        "strict": start, end and type; "Strict" in REBEL (Huguet Cabot and Navigli, 2021), "Rel+" in
        PURE (Zhong and Chen, 2021), and the evaluation of SpERT (Eberts and Ulges, 2020).
        "duie1": the evaluation of LIC2019.
        "duie2": the evaluation of DuIE 2.0, with all qualifiers of the object.
    """
    duie1 = partial(match_duie1, aliases=aliases or {}, places=places or {})
    duie2 = partial(match_duie2, aliases=aliases) if aliases else by_key(slot_key)
    use = "yes" if aliases else "no"
    return [
        Criterion("text", "Text", by_key(text_key), NORMALIZATION),
        Criterion("offset", "Offsets", by_key(offset_key)),
        Criterion("last_word", "Last words (*)", by_key(last_word_key)),
        Criterion("head", "Heads", by_key(head_key)),
        Criterion("typed", "Text and types", by_key(typed_key), NORMALIZATION, needs_types=True),
        Criterion("strict", "Strict", by_key(strict_key), needs_types=True),
        Criterion("duie1", "DuIE 1.0", duie1, NORMALIZATION, f"{use}+places" if places else use),
        Criterion("duie2", "DuIE 2.0, all slots", duie2, NORMALIZATION, use),
    ]


def get_criterion(criteria: Sequence[Criterion], name: str) -> Criterion:
    """Find a match criterion by name.

    criteria (Sequence[Criterion]): All criteria.
    name (str): Its name, or another spelling of it: one of SPELLINGS.
    RETURNS (Criterion): The criterion.
    RAISES (ValueError): If there is none of this name.
    """
    by_name = {criterion.name: criterion for criterion in criteria}
    if SPELLINGS.get(name, name) not in by_name:
        raise ValueError(
            f"There is no criterion {name!r}. Choose one of: {', '.join(by_name)}, or boundaries, "
            "another name of offset."
        )
    return by_name[SPELLINGS.get(name, name)]


def default_signature(name: str) -> str:
    """Get the signature of a match criterion without aliases.

    name (str): Its name.
    RETURNS (str): The signature.
    RAISES (ValueError): If there is none of this name.
    """
    return get_criterion(make_criteria(), name).signature


def by_key(key: Callable[[Triple], Key]) -> Matcher:
    """Make a matcher by equal keys.

    key (Callable[[Triple], Key]): Takes a triple.
    RETURNS (Matcher): Triples match if their keys are equal.
    """

    def match(predicted: Sequence[Triple], gold: Sequence[Triple]) -> Matched:
        keys, gold_keys = {key(t) for t in predicted}, {key(t) for t in gold}
        both = keys & gold_keys
        return Matched(keys, both, gold_keys, both)

    return match


def text_key(triple: Triple) -> Tuple[str, str, str]:
    """Reduce a triple to normalized texts.

    triple (Triple): The triple.
    RETURNS (Tuple[str, str, str]): Subject, predicate and object.
    """
    return normalized(triple.subject), triple.predicate, normalized(triple.object)


def offset_key(triple: Triple) -> Key:
    """Reduce a triple to starts and ends of both arguments.

    triple (Triple): The triple.
    RETURNS (Key): Character offsets of the subject, predicate, offsets of the object.
    """
    subject, object_ = triple.subject, triple.object
    return (
        (subject.start_char, subject.end_char),
        triple.predicate,
        (object_.start_char, object_.end_char),
    )


def slot_key(triple: Triple) -> Key:
    """Reduce a triple to normalized texts of all arguments, qualifiers included.

    triple (Triple): The triple.
    RETURNS (Key): Subject, predicate, object and all qualifiers.
    """
    slots: FrozenSet[Tuple[str, str]] = frozenset(
        (name, normalized(span)) for name, span in triple.qualifiers.items()
    )
    return (*text_key(triple), slots)


def last_word_key(triple: Triple) -> Key:
    """Reduce a triple to last words, divided by white space.

    triple (Triple): The triple.
    RETURNS (Key): Last word of the subject, predicate, last word of the object.
    """
    return _last_word(triple.subject), triple.predicate, _last_word(triple.object)


def head_key(triple: Triple) -> Key:
    """Reduce a triple to starts of both arguments.

    triple (Triple): The triple.
    RETURNS (Key): Character offset of the subject, predicate, offset of the object.
    """
    return triple.subject.start_char, triple.predicate, triple.object.start_char


def typed_key(triple: Triple) -> Key:
    """Reduce a triple to normalized texts and types.

    triple (Triple): The triple.
    RETURNS (Key): Subject, predicate, object and both types; no type is a type.
    """
    return (*text_key(triple), _types(triple))


def strict_key(triple: Triple) -> Key:
    """Reduce a triple to starts, ends and types.

    triple (Triple): The triple.
    RETURNS (Key): Subject, predicate, object, by character offsets, and both types; no type is a
        type.
    """
    return (*offset_key(triple), _types(triple))


def _types(triple: Triple) -> Tuple[str, ...]:
    return tuple(triple.types.get(role, "") for role in (SUBJECT, OBJECT))


def normalized(span: Span) -> str:
    """Normalize the text of an argument.

    span (Span): The argument.
    RETURNS (str): Its text in lower case, without a pair of 《》 around.
    """
    text = span.text.lower()
    return text[1:-1] if len(text) > 2 and text[0] == "《" and text[-1] == "》" else text


def _last_word(span: Span) -> str:
    return (span.text.split() or [""])[-1]


def match_duie1(
    predicted: Sequence[Triple], gold: Sequence[Triple], aliases: Aliases, places: Aliases
) -> Matched:
    """Match triples as the official evaluation of LIC2019 does.

    predicted (Sequence[Triple]): Predicted triples of a text.
    gold (Sequence[Triple]): Gold triples of the text.
    aliases (Aliases): Other names of predicted arguments.
    places (Aliases): Other names of gold objects.
    RETURNS (Matched): A predicted triple is correct if one of its names of the subject with one of
        its names of the object is gold, or if its object is a name of the gold object's place.
        Recall has the numerator of precision, so two names of one gold triple count twice.
    """
    keys, gold_keys = {text_key(t) for t in predicted}, {text_key(t) for t in gold}
    objects: Dict[Tuple[str, str], Set[str]] = {}
    for subject, predicate, object_ in gold_keys:
        objects.setdefault((subject, predicate), set()).update(places.get(object_, ()))

    def is_correct(key: Tuple[str, str, str]) -> bool:
        subject, predicate, object_ = key
        variants = (
            (s, predicate, o) for s in _names(subject, aliases) for o in _names(object_, aliases)
        )
        return object_ in objects.get((subject, predicate), ()) or any(
            v in gold_keys for v in variants
        )

    correct: Set[Key] = {key for key in keys if is_correct(key)}
    return Matched(set(keys), correct, set(gold_keys), correct)


def match_duie2(predicted: Sequence[Triple], gold: Sequence[Triple], aliases: Aliases) -> Matched:
    """Match triples as the official evaluation of DuIE 2.0 does.

    predicted (Sequence[Triple]): Predicted triples of a text.
    gold (Sequence[Triple]): Gold triples of the text.
    aliases (Aliases): Other names of an argument.
    RETURNS (Matched): Triples match if subject, object and all qualifiers do, each by one of its
        names. Predicted triples that are the same by aliases count once, gold triples likewise.
    """
    keys, gold_keys = (_without_aliases(map(_slots, side), aliases) for side in (predicted, gold))
    correct = {a for a in keys if any(_is_same(a, b, aliases) for b in gold_keys)}
    matched = {b for b in gold_keys if any(_is_same(b, a, aliases) for a in keys)}
    return Matched(set(keys), set(correct), set(gold_keys), set(matched))


# Subject, predicate, and the texts of object and qualifiers, by role.
_SlotKey = Tuple[str, str, FrozenSet[Tuple[str, str]]]


def _slots(triple: Triple) -> _SlotKey:
    subject, predicate, object_ = text_key(triple)
    qualifiers = ((name, normalized(span)) for name, span in triple.qualifiers.items())
    return subject, predicate, frozenset([(OBJECT, object_), *qualifiers])


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
    """Read an alias dictionary in the format of Baidu's evaluation.

    path (Path): UTF-8, an entity a line: its name and its other names, separated by tabs.
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

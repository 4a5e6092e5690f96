"""The format of DocRED and Re-DocRED.

`{"title": "Oldport", "sents": [["Mara", "Quill", "runs", "Oldport"]], "vertexSet": [[{"name":
"Oldport", "sent_id": 0, "pos": [3, 4], "type": "ORG"}], [{"name": "Mara Quill", "sent_id": 0,
"pos": [0, 2], "type": "PER"}]], "labels": [{"h": 0, "t": 1, "r": "P6", "evidence": [0]}]}`. An
entity is a list of mentions; `pos` is half-open, in tokens of the sentence. `h` and `t` are indices
of entities. The sentences of a document are one text, built from the tokens. Test sets lack
`labels`.

A relation becomes one triple, of the closest mentions of its entities: those of one sentence if
there are any, of a sentence of the evidence before others.

Source: Yao et al. 2019, "DocRED: A Large-Scale Document-Level Relation Extraction Dataset"
(https://github.com/thunlp/DocRED); Tan et al. 2022, "Revisiting DocRED - Addressing the False
Negative Problem in Relation Extraction" (https://github.com/tonytan48/Re-DocRED).
"""

from bisect import bisect_left
from collections import defaultdict
from itertools import accumulate
from typing import (
    Any,
    Collection,
    Dict,
    FrozenSet,
    Iterator,
    List,
    Mapping,
    NamedTuple,
    Sequence,
    Tuple,
    Union,
)

from ..format import Format, count_lists
from ..records import (
    MALFORMED_ENTITY,
    NO_ENTITY,
    Argument,
    LostTripleError,
    RawTriple,
    Record,
    build_record,
)
from ..stated_tokens import find_stated
from ..tokens import TokenText
from ..values import (
    check_value,
    get_list,
    get_offsets,
    get_optional_list,
    get_provenance,
    get_text,
    get_type,
    get_value,
)

_KEYS = ("sents", "vertexSet", "labels")

_Pair = Tuple["_Mention", "_Mention"]


class _Mention(NamedTuple):
    """Mention of an entity, in order of its place in the text."""

    start: int
    end: int
    sentence: int
    argument: Argument


class _Entity:
    """Entity with its mentions, all of them and by sentence, in order."""

    def __init__(self, mentions: Sequence[_Mention]) -> None:
        self.mentions = sorted(mentions, key=lambda mention: mention[:2])
        self.by_sentence: Dict[int, List[_Mention]] = defaultdict(list)
        for mention in self.mentions:
            self.by_sentence[mention.sentence].append(mention)


class _Document:
    """Text of a document, with its entities by index."""

    def __init__(self, sentences: Sequence[Sequence[str]], entities: Sequence[Any]) -> None:
        self.tokens = TokenText([token for sentence in sentences for token in sentence])
        self._lengths = [len(sentence) for sentence in sentences]
        self._starts = list(accumulate(self._lengths, initial=0))
        self._entities = [self._parse_entity(entity) for entity in entities]
        self._pairs: Dict[Tuple[int, int, FrozenSet[int]], _Pair] = {}

    def parse_label(self, label: Mapping[str, Any]) -> RawTriple:
        """Parse a relation."""
        predicate = get_value(label, "r", str)
        head, tail = get_value(label, "h", int), get_value(label, "t", int)
        evidence = _get_evidence(label)
        key = head, tail, evidence
        if key not in self._pairs:
            entities = self._get_entity(head), self._get_entity(tail)
            self._pairs[key] = _choose_mentions(*entities, evidence)
        subject, object_ = self._pairs[key]
        return RawTriple(subject.argument, predicate, object_.argument)

    def _get_entity(self, index: int) -> _Entity:
        if not 0 <= index < len(self._entities):
            raise LostTripleError(NO_ENTITY, f"there is no entity {index}")
        entity = self._entities[index]
        if isinstance(entity, ValueError):
            raise LostTripleError(MALFORMED_ENTITY, f"the entity {index}: {entity}")
        return entity

    def _parse_entity(self, value: Any) -> Union[_Entity, ValueError]:
        mentions: List[_Mention] = []
        reason = ValueError("it has no mentions")
        for mention in value if isinstance(value, list) else [value]:
            try:
                mentions.append(self._parse_mention(mention))
            except ValueError as error:
                reason = error
        # Any mention that is well-formed stands for the entity.
        return _Entity(mentions) if mentions else reason

    def _parse_mention(self, mention: Mapping[str, Any]) -> _Mention:
        name, sentence = get_text(mention, "name"), get_value(mention, "sent_id", int)
        start, end = get_offsets(mention, "pos")
        if not 0 <= sentence < len(self._lengths):
            raise ValueError(f"there is no sentence {sentence}")
        if not 0 <= start <= end <= self._lengths[sentence]:
            raise ValueError(f"there are no tokens {start} to {end} in the sentence {sentence}")
        first, kind = self._starts[sentence], get_type(mention, "type")
        argument = find_stated(self.tokens, first + start, first + end, name, kind)
        return _Mention(argument.start or 0, argument.end or 0, sentence, argument)


def _get_evidence(label: Mapping[str, Any]) -> FrozenSet[int]:
    # It is a preference only: a relation without it is one, too.
    values = label.get("evidence")
    return (
        frozenset(v for v in values if isinstance(v, int))
        if isinstance(values, list)
        else frozenset()
    )


def _choose_mentions(head: _Entity, tail: _Entity, evidence: Collection[int]) -> _Pair:
    """Choose the mentions that stand for a pair of entities."""
    best: List[_Pair] = []
    for heads_and_tails in _list_groups(head, tail, evidence):
        pairs = [pair for heads, tails in heads_and_tails for pair in _near_pairs(heads, tails)]
        if pairs:
            best.append(min(pairs, key=_distance))
            if not _distance(best[-1])[0]:
                return best[-1]
    return best[0]  # all overlap


def _list_groups(
    head: _Entity, tail: _Entity, evidence: Collection[int]
) -> Iterator[List[Tuple[List[_Mention], List[_Mention]]]]:
    """List groups of mentions to choose from, the preferred one first."""
    fewer, more = sorted((head.by_sentence, tail.by_sentence), key=len)
    shared = [sentence for sentence in fewer if sentence in more]
    for sentences in ([s for s in shared if s in evidence], shared):
        yield [(head.by_sentence[s], tail.by_sentence[s]) for s in sentences]
    yield [(head.mentions, tail.mentions)]


def _near_pairs(heads: List[_Mention], tails: List[_Mention]) -> Iterator[_Pair]:
    """List pairs of mentions with few or none between them."""
    if len(heads) == len(tails) == 1:  # nearly all
        yield heads[0], tails[0]
        return
    is_swapped = len(heads) > len(tails)
    fewer, more = (tails, heads) if is_swapped else (heads, tails)
    starts = [mention.start for mention in more]
    for mention in fewer:
        place = bisect_left(starts, mention.start)
        # Two on either side: the nearest one may overlap.
        for other in more[max(place - 2, 0) : place + 2]:
            yield (other, mention) if is_swapped else (mention, other)


def _distance(pair: _Pair) -> Tuple[bool, int, int]:
    """Measure a pair: overlap, characters between, and start."""
    first, second = pair if pair[0].start <= pair[1].start else pair[::-1]
    gap = second.start - first.end
    return gap < 0, gap, first.start


def _matches(item: Mapping[str, Any]) -> bool:
    return {"sents", "vertexSet"} <= set(item)


def _parse(item: Mapping[str, Any]) -> Record:
    sentences = get_list(item, "sents", list)
    for token in (token for sentence in sentences for token in sentence):
        check_value(token, str, "a token of 'sents'")
    document = _Document(sentences, get_value(item, "vertexSet", list))
    return build_record(
        document.tokens.text,
        get_optional_list(item, "labels"),
        document.parse_label,
        **get_provenance(item, _KEYS, "id", "title"),
    )


DOCRED = Format(
    "docred",
    '"sents" of tokens, "vertexSet" of mentions, and "labels"',
    _matches,
    _parse,
    count=count_lists("labels"),
    priority=3,
)

"""Evidence for and against a triple from the gold of a corpus."""

from collections import Counter
from typing import Any, Dict, Iterator, NamedTuple, Sequence, Tuple

from spacy.tokens import Doc

from ..evaluation.matching import text_key
from ..triples import TRIPLES_KEY, Triple, get_triples
from .issues import name_text, shared_arguments
from .patterns import TextKey, TypeCheck, infer_patterns, type_pair

# If so large a share of a predicate's triples has an inverse, the others are violations.
RULE_SHARE = 0.9


class Violation(NamedTuple):
    """An unusual gold triple.

    doc (Doc): The gold Doc.
    triple (Triple): The gold triple.
    cause (str): The difference.
    """

    doc: Doc
    triple: Triple
    cause: str

    def to_dict(self) -> Dict[str, Any]:
        """Convert to plain JSON.

        RETURNS (Dict[str, Any]): The violation.
        """
        text = {**name_text(self.doc), "text": self.doc.text}
        return {**text, "triple": self.triple.to_dict(), "cause": self.cause}


class Evidence:
    """Statistics of a corpus.

    gold (Sequence[Sequence[Triple]]): Gold triples of each text.
    spans_key (str): The key of the gold triples in `doc.spans`.
    """

    def __init__(self, gold: Sequence[Sequence[Triple]], spans_key: str = TRIPLES_KEY) -> None:
        self.spans_key = spans_key
        self.triples: Counter[TextKey] = Counter()
        self.pairs: Counter[Tuple[str, str]] = Counter()
        self.predicates: Counter[str] = Counter()
        texts = [sorted(set(map(text_key, triples))) for triples in gold]
        for keys in texts:
            self.triples.update(keys)
            self.pairs.update((subject, object_) for subject, _, object_ in keys)
            self.predicates.update(predicate for _, predicate, _ in keys)
        self.patterns = infer_patterns(texts)
        self.types = TypeCheck(triple for triples in gold for triple in triples)

    def collect(self, triple: Triple, reference: Doc) -> Dict[str, Any]:
        """Collect evidence on a triple.

        triple (Triple): A predicted or a gold triple.
        reference (Doc): Its gold Doc.
        RETURNS (Dict[str, Any]): "same_elsewhere": number of other texts with the triple.
            "pair_elsewhere": number of gold triples of other texts with its arguments, with any
            predicate. "predicate": number of gold triples with its predicate. "inverse": the
            inverse predicates, and whether the text has them for these arguments. "rare_types":
            whether its types are rare. "overlapping_gold": gold triples of the text, three strings
            each, with its predicate and an overlapping argument.
        """
        gold = get_triples(reference, self.spans_key)
        gold_keys = set(map(text_key, gold))
        key = subject, predicate, object_ = text_key(triple)
        n_pairs = sum((s, o) == (subject, object_) for s, _, o in gold_keys)
        return {
            "same_elsewhere": self.triples[key] - (key in gold_keys),
            "pair_elsewhere": self.pairs[subject, object_] - n_pairs,
            "predicate": self.predicates[predicate],
            "inverse": {
                inverse: (object_, inverse, subject) in gold_keys
                for inverse in self.patterns.inverses_of(predicate)
            },
            "rare_types": self.types.is_rare(triple),
            "overlapping_gold": [
                [other.subject.text, other.predicate, other.object.text]
                for other in gold
                if any(shared_arguments(triple, other)) and text_key(other) != key
            ],
        }

    def violations(self, reference: Doc) -> Iterator[Violation]:
        """Find unusual gold triples.

        reference (Doc): A gold Doc.
        YIELDS (Violation): Triples of rare types, and triples without the inverse of nearly all
            others of their predicate.
        """
        gold = get_triples(reference, self.spans_key)
        gold_keys = set(map(text_key, gold))
        for triple in gold:
            subject, predicate, object_ = text_key(triple)
            if self.types.is_rare(triple):
                types = " and ".join(map(repr, type_pair(triple)))
                yield Violation(reference, triple, f"types {types} are rare")
            for inverse, share in self.patterns.inverses.get(predicate, {}).items():
                if share >= RULE_SHARE and (object_, inverse, subject) not in gold_keys:
                    cause = f"no {inverse!r} in the opposite direction"
                    yield Violation(reference, triple, cause)

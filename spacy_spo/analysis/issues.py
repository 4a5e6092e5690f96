"""Label issues: likely annotation errors, by kind."""

import hashlib
import json
from typing import Any, Dict, Iterable, NamedTuple, Tuple

from spacy.tokens import Doc

from ..provenance import get_context
from ..triples import Triple, spans_overlap

# missing: no overlapping gold triple.
# boundary: an overlapping gold triple with other argument boundaries.
# pairing: both arguments are in the gold for this predicate, but paired differently.
# low_confidence: a gold triple with a low score.
MISSING, BOUNDARY, PAIRING, LOW_CONFIDENCE = KINDS = (
    "missing",
    "boundary",
    "pairing",
    "low_confidence",
)
# Names of kinds in files of earlier versions.
OLD_KINDS = {"variant": BOUNDARY, "crossed": PAIRING, "doubtful": LOW_CONFIDENCE}


class Issue(NamedTuple):
    """A likely annotation error.

    kind (str): One of KINDS.
    doc (Doc): The gold Doc.
    triple (Triple): A predicted or, of low confidence, a gold triple of that Doc.
    score (float): Its score in [0, 1]; 0 if no permissive threshold lets it pass.
    evidence (Dict[str, Any]): Statistics of the corpus, as `Evidence.collect` returns them.
    """

    kind: str
    doc: Doc
    triple: Triple
    score: float
    evidence: Dict[str, Any]

    def to_dict(self) -> Dict[str, Any]:
        """Convert to plain JSON.

        RETURNS (Dict[str, Any]): The issue, undecided; "decision" may be set to ACCEPT or REJECT.
            "id" is that of the issue, "text_id" that of the text.
        """
        return {
            "id": issue_id(self.kind, self.doc.text, self.triple),
            "kind": self.kind,
            **name_text(self.doc),
            "text": self.doc.text,
            "triple": {**self.triple.to_dict(), "score": self.score},
            "evidence": self.evidence,
            "decision": None,
        }


def name_text(doc: Doc) -> Dict[str, Any]:
    """Get id and meta data of a text, for an issue.

    doc (Doc): The gold Doc.
    RETURNS (Dict[str, Any]): Those of "text_id" and "meta" that it has.
    """
    names = {"id": "text_id", "meta": "meta"}
    return {names[key]: value for key, value in get_context(doc).items()}


def issue_id(kind: str, text: str, triple: Triple) -> str:
    """Compute a stable identifier.

    kind (str): One of KINDS. Only LOW_CONFIDENCE counts: the others depend on the rest of the gold.
    text (str): Text of the Doc.
    triple (Triple): The triple.
    RETURNS (str): 16 hexadecimal digits, the same in every audit.
    """
    arguments = sorted(triple.arguments.items())
    offsets = [[role, span.start_char, span.end_char] for role, span in arguments]
    content = [kind == LOW_CONFIDENCE, text, triple.predicate, offsets]
    data = json.dumps(content, ensure_ascii=False).encode("utf8")
    return hashlib.sha256(data).hexdigest()[:16]


def classify(triple: Triple, gold: Iterable[Triple]) -> str:
    """Classify a false positive.

    triple (Triple): The triple, on the gold Doc.
    gold (Iterable[Triple]): All gold triples of the Doc.
    RETURNS (str): MISSING, BOUNDARY or PAIRING.
    """
    shared = [shared_arguments(triple, other) for other in gold]
    if (True, True) in shared:
        return BOUNDARY
    is_paired = any(subject for subject, _ in shared) and any(object_ for _, object_ in shared)
    return PAIRING if is_paired else MISSING


def shared_arguments(a: Triple, b: Triple) -> Tuple[bool, bool]:
    """Compare the arguments of two triples of one Doc.

    a (Triple): A triple.
    b (Triple): Another triple.
    RETURNS (Tuple[bool, bool]): Whether the subjects overlap, and the objects; never if the
        predicates differ.
    """
    same = a.predicate == b.predicate
    return same and spans_overlap(a.subject, b.subject), same and spans_overlap(a.object, b.object)

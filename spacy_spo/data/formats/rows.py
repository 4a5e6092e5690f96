"""JSON records of one triple each, as in data for relation classification.

`{"text": "Mara Quill runs Oldport", "subject": "Oldport", "predicate": "chief", "object": "Mara
Quill"}`. The keys may also be those of DeepKE, `sentence`, `head`, `relation`, `tail`,
`head_offset`, and others of `triple_rows.py`; `--columns` names any other. Records with the same
text and id make one, wherever in the file they are. Labels such as `NA` are no relation. Further
keys are meta data.

Source: a plain form in many repositories, for example Zhang et al. 2022, "DeepKE: A Deep Learning
Based Knowledge Extraction Toolkit for Knowledge Base Population" (https://github.com/zjunlp/DeepKE).
"""

from typing import Any, Mapping

from ..format import COLUMNS, Format
from ..gathering import count_members
from ..triple_rows import REQUIRED, gather_rows, parse_rows


def _matches(item: Mapping[str, Any]) -> bool:
    # Flat: the names of the keys are known only when the records are gathered.
    values = [value for value in item.values() if isinstance(value, (str, int, float))]
    nested = (value for value in item.values() if isinstance(value, (list, dict)))
    return len(values) >= len(REQUIRED) and not any(map(_has_objects, nested))


def _has_objects(value: Any) -> bool:
    parts = value if isinstance(value, list) else value.values()
    return any(isinstance(part, (list, dict)) for part in parts)


ROWS = Format(
    "rows",
    '"text", "subject", "predicate" and "object", a record for each triple',
    _matches,
    parse_rows,
    arrange=gather_rows,
    count=count_members,
    parse_options=(COLUMNS,),
    arrange_options=(COLUMNS,),
    priority=-2,  # other formats are flat, too
)

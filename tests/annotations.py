"""An invented record of each annotation format.

Every test over all formats parses these, so a new format needs one here.
"""

import json
from pathlib import Path
from typing import Any, Dict, List

TEXT = "Mara Quill runs Oldport"
TOKENS = TEXT.split()
DUIE1_TRIPLE = {
    "subject": "Oldport",
    "subject_type": "ORG",
    "predicate": "chief",
    "object": "Mara Quill",
    "object_type": "PER",
}
SPO_JSONL_TRIPLE = {
    "subject": {"text": "Oldport", "start": 16, "end": 23, "type": "ORG"},
    "predicate": "chief",
    "object": {"text": "Mara Quill", "start": 0, "end": 10, "type": "PER"},
}

# The JSON object of a record.
ITEMS: Dict[str, Dict[str, Any]] = {
    "duie1": {"postag": [], "text": TEXT, "spo_list": [DUIE1_TRIPLE]},
    "duie2": {
        "text": TEXT,
        "spo_list": [
            {
                **DUIE1_TRIPLE,
                "object": {"@value": "Mara Quill"},
                "object_type": {"@value": "PER"},
            }
        ],
    },
    "triple_list": {"text": TEXT, "triple_list": [["Oldport", "chief", "Mara Quill"]]},
    "spo_jsonl": {"text": TEXT, "triples": [SPO_JSONL_TRIPLE]},
    "spert": {
        "tokens": TOKENS,
        "entities": [
            {"type": "PER", "start": 0, "end": 2},
            {"type": "ORG", "start": 3, "end": 4},
        ],
        "relations": [{"type": "chief", "head": 1, "tail": 0}],
    },
    "label_studio": {
        "data": {"text": TEXT},
        "annotations": [
            {
                "result": [
                    {
                        "id": "p",
                        "type": "labels",
                        "value": {"start": 0, "end": 10, "labels": ["PER"]},
                    },
                    {
                        "id": "o",
                        "type": "labels",
                        "value": {"start": 16, "end": 23, "labels": ["ORG"]},
                    },
                    {"type": "relation", "from_id": "o", "to_id": "p", "labels": ["chief"]},
                ]
            }
        ],
    },
    "prodigy": {
        "text": TEXT,
        "tokens": [{"text": "Mara", "start": 0, "end": 4, "id": 0}],
        "spans": [],
        "relations": [
            {
                "head_span": {"start": 16, "end": 23, "label": "ORG"},
                "child_span": {"start": 0, "end": 10, "label": "PER"},
                "label": "chief",
            }
        ],
        "answer": "accept",
    },
    "bilou": {
        "tokens": TOKENS,
        "tags": ["B-PER", "L-PER", "O", "U-ORG"],
        "relations": [{"head": 1, "tail": 0, "type": "chief"}],
    },
    "tplinker": {
        "text": TEXT,
        "relation_list": [
            {
                "subject": "Oldport",
                "predicate": "chief",
                "object": "Mara Quill",
                "subj_char_span": [16, 23],
                "obj_char_span": [0, 10],
            }
        ],
        "entity_list": [
            {"text": "Oldport", "type": "ORG", "char_span": [16, 23]},
            {"text": "Mara Quill", "type": "PER", "char_span": [0, 10]},
        ],
    },
    "jointer": {
        "tokens": TOKENS,
        "spo_list": [["Oldport", "chief", "Mara Quill"]],
        "spo_details": [[3, 4, "ORG", "chief", 0, 2, "PER"]],
    },
    "copyre": {
        "sentText": TEXT,
        "relationMentions": [{"em1Text": "Oldport", "em2Text": "Mara Quill", "label": "chief"}],
        "entityMentions": [
            {"text": "Oldport", "label": "ORG"},
            {"text": "Mara Quill", "label": "PER"},
        ],
    },
    "dgre": {
        "text": TEXT,
        "spo_list": [
            {
                "h": {"name": "Oldport", "pos": [16, 23]},
                "relation": "chief",
                "t": {"name": "Mara Quill", "pos": [0, 10]},
            }
        ],
    },
    "sro_list": {
        "text": TEXT,
        "sro_list": [{"subject": "Oldport", "relation": "chief", "object": "Mara Quill"}],
    },
    "doccano": {
        "id": 3,
        "text": TEXT,
        "entities": [
            {"id": 7, "label": "PER", "start_offset": 0, "end_offset": 10},
            {"id": 8, "label": "ORG", "start_offset": 16, "end_offset": 23},
        ],
        "relations": [{"id": 1, "from_id": 8, "to_id": 7, "type": "chief"}],
        "Comments": [],
    },
    "ubiai": {
        "document": TEXT,
        "tokens": [
            {
                "text": "Mara Quill",
                "start": 0,
                "end": 10,
                "token_start": 0,
                "token_end": 1,
                "entityLabel": "PER",
            },
            {
                "text": "Oldport",
                "start": 16,
                "end": 23,
                "token_start": 3,
                "token_end": 3,
                "entityLabel": "ORG",
            },
        ],
        "relations": [{"child": 0, "head": 3, "relationLabel": "chief"}],
    },
    "rebel": {
        "docid": "7",
        "title": "Oldport",
        "uri": "Q7",
        "text": TEXT,
        "entities": [],
        "triples": [
            {
                "subject": {"uri": "Q7", "boundaries": [16, 23], "surfaceform": "Oldport"},
                "predicate": {"uri": "P6", "boundaries": None, "surfaceform": "chief"},
                "object": {"uri": "Q8", "boundaries": [0, 10], "surfaceform": "Mara Quill"},
            }
        ],
    },
    "docred": {
        "title": "Oldport",
        "sents": [TOKENS],
        "vertexSet": [
            [{"name": "Oldport", "sent_id": 0, "pos": [3, 4], "type": "ORG"}],
            [{"name": "Mara Quill", "sent_id": 0, "pos": [0, 2], "type": "PER"}],
        ],
        "labels": [{"h": 0, "t": 1, "r": "chief", "evidence": [0]}],
    },
    "opennre": {
        "text": TEXT,
        "h": {"name": "Oldport", "id": "Q7", "pos": [16, 23]},
        "t": {"name": "Mara Quill", "id": "Q8", "pos": [0, 10]},
        "relation": "chief",
    },
    "tacred": {
        "id": "61",
        "docid": "d1",
        "token": TOKENS,
        "subj_start": 3,
        "subj_end": 3,
        "subj_type": "ORG",
        "obj_start": 0,
        "obj_end": 1,
        "obj_type": "PER",
        "relation": "chief",
    },
    "dygie": {
        "doc_key": "d1",
        "sentences": [TOKENS],
        "ner": [[[0, 1, "PER"], [3, 3, "ORG"]]],
        "relations": [[[3, 3, 0, 1, "chief"]]],
    },
    "glirel": {
        "tokenized_text": TOKENS,
        "ner": [[0, 1, "PER", "Mara Quill"], [3, 3, "ORG", "Oldport"]],
        "relations": [
            {
                "head": {"mention": "Oldport", "position": [3, 3], "type": "ORG"},
                "tail": {"mention": "Mara Quill", "position": [0, 1], "type": "PER"},
                "relation_text": "chief",
            }
        ],
    },
    "rows": {
        "id": 7,
        "text": TEXT,
        "subject": "Oldport",
        "subject_type": "ORG",
        "subject_start": 16,
        "subject_end": 23,
        "predicate": "chief",
        "object": "Mara Quill",
        "object_type": "PER",
        "object_start": 0,
        "object_end": 10,
    },
}
# The files of a record, for formats that are not JSON; the first one is the file to read.
FILES: Dict[str, Dict[str, str]] = {
    "table": {
        "triples.csv": "text,subject,subject_type,subject_start,predicate,object,object_type,"
        f"object_start\n{TEXT},Oldport,ORG,16,chief,Mara Quill,PER,0\n",
    },
    "finre": {"pairs.txt": f"Oldport\tMara Quill\tchief\t{TEXT}\n"},
    "brat": {
        "note.ann": "T1\tPER 0 10\tMara Quill\nT2\tORG 16 23\tOldport\n"
        "R1\tchief Arg1:T2 Arg2:T1\t\n",
        "note.txt": TEXT,
    },
    "multihead": {
        "documents.txt": "#doc 17\n0\tMara\tB-PER\t['N']\t[0]\n1\tQuill\tI-PER\t['N']\t[1]\n"
        "2\truns\tO\t['N']\t[2]\n3\tOldport\tB-ORG\t['chief']\t[1]\n",
    },
    "webnlg": {
        "city.xml": "<benchmark><entries><entry category='City' eid='Id7'><modifiedtripleset>"
        "<mtriple>Oldport | chief | Mara_Quill</mtriple></modifiedtripleset>"
        f"<lex comment='good' lid='Id1'>{TEXT}</lex></entry></entries></benchmark>",
    },
}
NAMES = [*ITEMS, *FILES]
_BARE = ("triple_list", "sro_list", "finre", "webnlg")
# The formats with more than the texts of arguments.
WITH_TYPES = [name for name in NAMES if name not in (*_BARE, "dgre", "rebel", "opennre")]
# The examples with offsets in place of the texts of arguments.
WITHOUT_TEXTS = ("label_studio", "prodigy", "doccano")
WITH_OFFSETS = [name for name in NAMES if name not in (*_BARE, "duie1", "duie2", "copyre")]


def write_lines(path: Path, items: List[Any]) -> Path:
    """Write JSONL; strings stand for lines as they are."""
    lines = [i if isinstance(i, str) else json.dumps(i, ensure_ascii=False) for i in items]
    path.write_text("".join(line + "\n" for line in lines), encoding="utf8")
    return path


def write_files(folder: Path, name: str) -> Path:
    """Write the example of a format.

    RETURNS (Path): The file to read.
    """
    if name in ITEMS:
        return write_lines(folder / "record.jsonl", [ITEMS[name]])
    for file, content in FILES[name].items():
        (folder / file).write_bytes(content.encode("utf8"))
    return folder / next(iter(FILES[name]))

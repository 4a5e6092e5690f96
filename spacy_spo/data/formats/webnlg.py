"""The format of WebNLG.

    <benchmark><entries><entry category="City" eid="Id7">
      <modifiedtripleset><mtriple>Oldport | chief | Mara_Quill</mtriple></modifiedtripleset>
      <lex comment="good" lid="Id1">Mara Quill runs Oldport.</lex>
    </entry></entries></benchmark>

Each `lex` is a text of all triples of its entry, so an XML file has a record for each. The triples
of `modifiedtripleset` are taken, those of `originaltripleset` if there are no others. An argument
is found by its text, with spaces for underscores, without quotes, datatype and language. An entry
without triples is unannotated.

Source: Gardent et al. 2017, "Creating Training Corpora for NLG Micro-Planners"
(https://gitlab.com/shimorina/webnlg-dataset).
"""

import re
from pathlib import Path
from typing import Any, Dict, Iterator, List, Mapping, Optional
from xml.parsers import expat

from ..files import ConversionError, Item, MalformedRecord, read_lines
from ..format import Format, Items, any_item, count_lists
from ..records import Argument, RawTriple, Record, build_record
from ..values import check_value, get_value

# Where the texts of triples are, the preferred place first.
_TRIPLES = {"mtriple": "modifiedtripleset", "otriple": "originaltripleset"}
# Elements with content; that of others within them is theirs.
_CONTAINERS = ("lex", "text", "template", *_TRIPLES)
_LITERAL = re.compile(r'"(.*)"(?:@[\w-]+|\^\^\S+)?', re.DOTALL)


class _Parser:
    """Parser of the entries of an XML file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.items: List[Item] = []
        self._entry: Optional[Dict[str, str]] = None
        self._triples: Dict[str, List[str]] = {}
        self._texts: List[Item] = []
        self._content: List[str] = []
        self._has_text = False
        self._expat = expat.ParserCreate()
        self._expat.StartDoctypeDeclHandler = self._refuse_doctype
        self._expat.StartElementHandler = self._start
        self._expat.EndElementHandler = self._end
        self._expat.CharacterDataHandler = self._content.append

    def feed(self, content: str, is_last: bool = False) -> List[Item]:
        """Parse the next part of the file into items."""
        try:
            self._expat.Parse(content, is_last)
        except expat.ExpatError as error:
            raise self.broken(expat.ErrorString(error.code)) from error
        items, self.items = self.items, []
        return items

    def _refuse_doctype(self, *_: Any) -> None:
        # It could define entities that are other files, or of any length.
        raise self.broken("a document type is not allowed")

    def broken(self, reason: str) -> ConversionError:
        """Build the error of a file that cannot be read on."""
        line = self._expat.CurrentLineNumber
        return ConversionError(
            f"{self._path}:{line}: the XML cannot be read from here on: {reason}. Correct the file."
        )

    def _start(self, name: str, attributes: Dict[str, str]) -> None:
        if name == "entry":
            self._entry, self._triples, self._texts = attributes, {}, []
        elif name in _TRIPLES.values():
            self._triples.setdefault(name, [])
        elif name == "lex":
            self._has_text = False
            location = str(self._expat.CurrentLineNumber)
            self._texts.append(Item(location, {"lex": attributes}))
        if name in _CONTAINERS:
            self._content.clear()

    def _end(self, name: str) -> None:
        content = "".join(self._content)
        if name in _TRIPLES:
            self._triples.setdefault(_TRIPLES[name], []).append(content.strip())
        # Enriched versions have the text in an element of its own, beside templates.
        elif name == "text" or (name == "lex" and not self._has_text):
            self._has_text = True
            if self._texts:
                self._texts[-1].value["text"] = content.strip()
        elif name == "entry" and self._entry is not None:
            self.items.extend(map(self._complete, self._texts))
            self._entry = None
        if name in _CONTAINERS:
            self._content.clear()

    def _complete(self, item: Item) -> Item:
        triples = next((t for t in map(self._triples.get, _TRIPLES.values()) if t), None)
        # An entry may have an empty set of triples.
        if triples is None and self._triples:
            triples = []
        item.value.update(entry=self._entry, triples=triples)
        return item


def _read(path: Path) -> Items:
    parser = _Parser(path)
    n_items = 0
    for item in _read_entries(path, parser):
        n_items += 1
        yield item
    if not n_items:
        yield MalformedRecord(path, "1", "there is no <entry> with a <lex>: it is not WebNLG")


def _read_entries(path: Path, parser: _Parser) -> Iterator[Item]:
    last = 0
    for line in read_lines(path):
        if isinstance(line, MalformedRecord):
            raise parser.broken(line.reason)
        # With the line ends before it, also those of blank lines, but none before the declaration.
        line_ends = "\n" * (line.number - last) if last else ""
        yield from parser.feed(line_ends + line.text)
        last = line.number
    yield from parser.feed("\n", is_last=True)


def _parse_triple(triple: str) -> RawTriple:
    parts = [part.strip() for part in triple.split("|")]
    if len(parts) != 3:
        raise ValueError("a triple is subject | predicate | object")
    subject, predicate, object_ = parts
    return RawTriple(_parse_argument(subject), predicate, _parse_argument(object_))


def _parse_argument(name: str) -> Argument:
    literal = _LITERAL.fullmatch(name)
    return Argument((literal[1] if literal else name).replace("_", " ").strip())


def _parse(item: Mapping[str, Any]) -> Record:
    text = get_value(item, "text", str)
    entry, lex, triples = dict(item["entry"]), dict(item["lex"]), item["triples"]
    record_id = "-".join(i for i in (entry.pop("eid", ""), lex.pop("lid", "")) if i) or None
    meta = {key: value for key, value in {**entry, **lex}.items() if value}
    if triples is not None:
        check_value(triples, list, "the triples")
    return build_record(text, triples, _parse_triple, id=record_id, meta=meta)


WEBNLG = Format(
    "webnlg",
    "an .xml file of entries with triples and their texts",
    any_item,
    _parse,
    read=_read,
    suffixes=(".xml",),
    count=count_lists("triples"),
)

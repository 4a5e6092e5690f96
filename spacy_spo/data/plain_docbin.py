"""DocBins of Docs with tokens, spans and user data alone."""

from itertools import chain
from typing import Dict, Iterable, List

from spacy.attrs import ORTH, SPACY
from spacy.tokens import Doc, DocBin
from srsly.msgpack import Packer


class PlainDocBin(DocBin):
    """DocBin without the columns and strings of linguistic annotation.

    Any `DocBin` reads its files. They take half of the space, and a fraction of the memory, of
    those with columns for tags, heads, entities and so on.

    docs (Iterable[Doc]): Docs to add.
    """

    def __init__(self, docs: Iterable[Doc] = ()) -> None:
        super().__init__(attrs=["ORTH"], store_user_data=True)
        # Making one, as `srsly.msgpack_dumps` does at each call, takes longer than all the rest.
        self._packer = Packer(use_bin_type=True)
        for doc in docs:
            self.add(doc)

    def add(self, doc: Doc) -> None:
        """Add the tokens, spans, categories and user data of a Doc.

        doc (Doc): The Doc.
        """
        orths, spaces = doc.to_array([ORTH]), doc.to_array([SPACY])
        self.tokens.append(orths.reshape((len(doc), 1)))
        self.spaces.append(spaces.astype(bool).reshape((len(doc), 1)))
        self.flags.append({"has_unknown_spaces": doc.has_unknown_spaces})
        self.cats.append(doc.cats)
        self.user_data.append(self._packer.pack(doc.user_data))
        self.span_groups.append(self._pack_spans(doc))
        spans = chain.from_iterable(doc.spans.values())
        names = {key for span in spans for key in (span.label, span.id, span.kb_id)}
        strings = doc.vocab.strings
        # Ids of spans may be plain numbers, without a string.
        keys = {*orths.ravel().tolist(), *names}
        self.strings.update(strings[key] for key in keys if key in strings)

    def _pack_spans(self, doc: Doc) -> bytes:
        # The same bytes as of `doc.spans.to_bytes`.
        keys: Dict[bytes, List[str]] = {}
        for key, group in doc.spans.items():
            keys.setdefault(group.to_bytes(), []).append(key)
        packed: bytes = self._packer.pack(keys) if keys else doc.spans.to_bytes()
        return packed

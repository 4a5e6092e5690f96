"""The matching rules, each on cases counted by hand."""

import pytest
from spacy.tokens import Doc
from spacy.vocab import Vocab

from spacy_spo.evaluation.matching import make_rules, read_aliases
from spacy_spo.triples import Triple

WORDS = ["Sir", "Ann", "Lee", "wrote", "Dune", "and", "Ann", "Lee", "read", "《", "Dune", "》"]
DOC = Doc(Vocab(), words=WORDS)
SIR_ANN, ANN, ANN_AGAIN, LEE = DOC[0:3], DOC[1:3], DOC[6:8], DOC[2:3]
DUNE, TITLE, READ = DOC[4:5], DOC[9:12], DOC[8:9]


def match(rule, found, gold, **names):
    """right, found, covered, stated."""
    (rule,) = (r for r in make_rules(**names) if r.name == rule)
    matched = rule.match([Triple(*t) for t in found], [Triple(*t) for t in gold])
    assert matched.right <= matched.found
    return tuple(map(len, (matched.right, matched.found, matched.covered, matched.stated)))


GOLD = (ANN, "author", DUNE)


@pytest.mark.parametrize(
    ("found", "matching"),
    [
        (GOLD, {"text", "offset", "last_word", "boundary", "typed", "duie1", "duie2"}),
        ((ANN_AGAIN, "author", DUNE), {"text", "last_word", "typed", "duie1", "duie2"}),
        ((SIR_ANN, "author", DUNE), {"last_word"}),
        ((LEE, "author", DUNE), {"last_word"}),
        ((DOC[1:2], "author", DUNE), {"boundary"}),
        ((ANN, "reader", DUNE), set()),
        ((DUNE, "author", ANN), set()),
    ],
)
def test_which_rules_take_a_triple_for_another(found, matching):
    for rule in make_rules():
        expected = (1, 1, 1, 1) if rule.name in matching else (0, 1, 0, 1)
        assert match(rule.name, [found], [GOLD]) == expected, rule.name


def test_book_title_marks_and_case_do_not_count():
    # 《, the title and 》 are tokens of their own here, with white space between them.
    words = ["《", "Dune", "》", "DUNE"]
    doc = Doc(Vocab(), words=words, spaces=[False, False, True, False])
    title, bare = doc[0:3], doc[3:4]
    for rule in ("text", "duie1", "duie2"):
        assert match(rule, [(title, "p", bare)], [(bare, "p", title)]) == (1, 1, 1, 1)
    assert match("last_word", [(title, "p", bare)], [(bare, "p", title)]) == (0, 1, 0, 1)


def test_one_text_at_two_places_counts_once_by_text():
    both = [GOLD, (ANN_AGAIN, "author", DUNE)]
    assert match("text", both, both) == (1, 1, 1, 1)
    assert match("offset", both, both) == (2, 2, 2, 2)


def test_types():
    typed = (*GOLD, 1.0, {}, {"subject": "Person", "object": "Book"})
    assert match("typed", [typed], [typed]) == (1, 1, 1, 1)
    assert match("typed", [GOLD], [typed]) == (0, 1, 0, 1)
    assert match("text", [GOLD], [typed]) == (1, 1, 1, 1)


def test_slots():
    with_slot, other_slot = ((*GOLD, 1.0, {"inWork": span}) for span in (TITLE, READ))
    assert match("duie2", [with_slot], [with_slot]) == (1, 1, 1, 1)
    assert match("duie2", [with_slot], [other_slot]) == (0, 1, 0, 1)
    assert match("duie2", [with_slot, GOLD], [GOLD]) == (1, 2, 1, 1)
    assert match("duie1", [with_slot], [other_slot]) == (1, 1, 1, 1)


ALIASES = {"ann lee": {"sir ann lee", "lee"}}


def test_aliases_of_what_was_predicted():
    by_alias = (ANN, "author", DUNE)
    gold = (SIR_ANN, "author", DUNE)
    assert match("duie1", [by_alias], [gold]) == (0, 1, 0, 1)
    assert match("duie1", [by_alias], [gold], aliases=ALIASES) == (1, 1, 1, 1)
    # The dictionary is read from the predicted name only.
    assert match("duie1", [gold], [by_alias], aliases=ALIASES) == (0, 1, 0, 1)
    # Two names of one gold triple are two right ones: so the published script counts.
    assert match("duie1", [by_alias, gold], [gold], aliases=ALIASES) == (2, 2, 2, 1)


def test_places_of_the_gold_object():
    gold, found = (ANN, "born", DUNE), (ANN, "born", READ)
    assert match("duie1", [found], [gold], places={"dune": {"read"}}) == (1, 1, 1, 1)
    assert match("duie1", [gold], [found], places={"dune": {"read"}}) == (0, 1, 0, 1)
    other = (SIR_ANN, "born", READ)
    assert match("duie1", [other], [gold], places={"dune": {"read"}}) == (0, 1, 0, 1)


def test_duie2_counts_aliases_once_on_both_sides():
    both = [(SIR_ANN, "author", DUNE), (ANN, "author", DUNE)]
    assert match("duie2", both, both) == (2, 2, 2, 2)
    assert match("duie2", both, both, aliases=ALIASES) == (1, 1, 1, 1)
    # By the names of the triple that is asked for: predicted ones for precision, gold for recall.
    assert match("duie2", [both[1]], [both[0]], aliases=ALIASES) == (1, 1, 0, 1)
    assert match("duie2", [both[0]], [both[1]], aliases=ALIASES) == (0, 1, 1, 1)


def test_no_triples():
    for rule in make_rules():
        assert match(rule.name, [], []) == (0, 0, 0, 0)
        assert match(rule.name, [GOLD], []) == (0, 1, 0, 0)
        assert match(rule.name, [], [GOLD]) == (0, 0, 0, 1)


def test_alias_files(tmp_path):
    path = tmp_path / "names.txt"
    path.write_text("Ann Lee\tLee \tSir Ann\n\nann lee\tA. L.\n", encoding="utf8")
    assert read_aliases(path) == {"ann lee": {"lee", "sir ann", "a. l."}}
    path.write_text("Ann Lee, Lee\n", encoding="utf8")
    with pytest.raises(ValueError, match=r"names\.txt:1: .* no tab"):
        read_aliases(path)
    path.write_bytes("上海\t沪".encode("gb18030"))
    with pytest.raises(ValueError, match=r"names\.txt is not UTF-8"):
        read_aliases(path)

"""Match criteria, each on cases counted by hand."""

import pytest
from spacy.tokens import Doc
from spacy.vocab import Vocab

from spacy_spo import __version__
from spacy_spo.evaluation.matching import get_criterion, make_criteria, read_aliases
from spacy_spo.triples import Triple

WORDS = ["Sir", "Ann", "Lee", "wrote", "Dune", "and", "Ann", "Lee", "read", "《", "Dune", "》"]
DOC = Doc(Vocab(), words=WORDS)
SIR_ANN, ANN, ANN_AGAIN, LEE = DOC[0:3], DOC[1:3], DOC[6:8], DOC[2:3]
DUNE, TITLE, READ = DOC[4:5], DOC[9:12], DOC[8:9]


def match(criterion, predicted, gold, **names):
    """tp, predicted, matched_gold, gold."""
    criterion = get_criterion(make_criteria(**names), criterion)
    matched = criterion.match([Triple(*t) for t in predicted], [Triple(*t) for t in gold])
    assert matched.tp <= matched.predicted
    return tuple(map(len, matched.sets()))


GOLD = (ANN, "author", DUNE)


@pytest.mark.parametrize(
    ("predicted", "matching"),
    [
        (GOLD, {"text", "offset", "last_word", "head", "typed", "strict", "duie1", "duie2"}),
        ((ANN_AGAIN, "author", DUNE), {"text", "last_word", "typed", "duie1", "duie2"}),
        ((SIR_ANN, "author", DUNE), {"last_word"}),
        ((LEE, "author", DUNE), {"last_word"}),
        ((DOC[1:2], "author", DUNE), {"head"}),
        ((ANN, "reader", DUNE), set()),
        ((DUNE, "author", ANN), set()),
    ],
)
def test_which_criteria_match_two_triples(predicted, matching):
    for criterion in make_criteria():
        expected = (1, 1, 1, 1) if criterion.name in matching else (0, 1, 0, 1)
        assert match(criterion.name, [predicted], [GOLD]) == expected, criterion.name


def test_book_title_marks_and_case_do_not_count():
    # 《, the title and 》 are tokens of their own here, with white space between them.
    words = ["《", "Dune", "》", "DUNE"]
    doc = Doc(Vocab(), words=words, spaces=[False, False, True, False])
    title, bare = doc[0:3], doc[3:4]
    for criterion in ("text", "duie1", "duie2"):
        assert match(criterion, [(title, "p", bare)], [(bare, "p", title)]) == (1, 1, 1, 1)
    assert match("last_word", [(title, "p", bare)], [(bare, "p", title)]) == (0, 1, 0, 1)


def test_one_text_at_two_mentions_counts_once_by_text():
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
    # Two names of one gold triple are two true positives: so the published script counts.
    assert match("duie1", [by_alias, gold], [gold], aliases=ALIASES) == (2, 2, 2, 1)


def test_place_names_of_the_gold_object():
    gold, predicted = (ANN, "born", DUNE), (ANN, "born", READ)
    assert match("duie1", [predicted], [gold], places={"dune": {"read"}}) == (1, 1, 1, 1)
    assert match("duie1", [gold], [predicted], places={"dune": {"read"}}) == (0, 1, 0, 1)
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
    for criterion in make_criteria():
        assert match(criterion.name, [], []) == (0, 0, 0, 0)
        assert match(criterion.name, [GOLD], []) == (0, 1, 0, 0)
        assert match(criterion.name, [], [GOLD]) == (0, 0, 0, 1)


@pytest.mark.parametrize(
    ("subject", "object_", "types", "tp"),
    [
        (ANN, DUNE, {"subject": "Person", "object": "Book"}, 1),
        # The same texts and types at another mention.
        (ANN_AGAIN, DUNE, {"subject": "Person", "object": "Book"}, 0),
        # One end of one argument is another one.
        (SIR_ANN, DUNE, {"subject": "Person", "object": "Book"}, 0),
        (DOC[1:2], DUNE, {"subject": "Person", "object": "Book"}, 0),
        (ANN, DOC[4:6], {"subject": "Person", "object": "Book"}, 0),
        # One type is another one, or none.
        (ANN, DUNE, {"subject": "Person", "object": "Film"}, 0),
        (ANN, DUNE, {"subject": "Robot", "object": "Book"}, 0),
        (ANN, DUNE, {"subject": "Person"}, 0),
        (ANN, DUNE, {}, 0),
    ],
)
def test_strict_takes_both_ends_and_the_types_of_both_arguments(subject, object_, types, tp):
    gold = (*GOLD, 1.0, {}, {"subject": "Person", "object": "Book"})
    predicted = (subject, "author", object_, 1.0, {}, types)
    assert match("strict", [predicted], [gold]) == (tp, 1, tp, 1)


def test_strict_takes_the_predicate_and_the_direction():
    types = {"subject": "Person", "object": "Person"}
    gold = (ANN, "spouse", ANN_AGAIN, 1.0, {}, types)
    assert match("strict", [(ANN, "parent", ANN_AGAIN, 1.0, {}, types)], [gold]) == (0, 1, 0, 1)
    assert match("strict", [(ANN_AGAIN, "spouse", ANN, 1.0, {}, types)], [gold]) == (0, 1, 0, 1)


def test_strict_counts_each_mention():
    types = {"subject": "Person", "object": "Book"}
    gold = [(s, "author", DUNE, 1.0, {}, types) for s in (ANN, ANN_AGAIN)]
    assert match("typed", gold[:1], gold) == (1, 1, 1, 1)
    assert match("strict", gold[:1], gold) == (1, 1, 1, 2)


@pytest.mark.parametrize(
    ("spelling", "name"), [("boundaries", "offset"), ("boundary", "head"), ("strict", "strict")]
)
def test_spellings_of_the_field_and_of_earlier_versions(spelling, name):
    assert get_criterion(make_criteria(), spelling).name == name


def test_a_criterion_that_is_none():
    with pytest.raises(ValueError, match=r"no criterion 'exact'\. Choose one of: text, offset, "):
        get_criterion(make_criteria(), "exact")


def test_signatures():
    version = f"spacy-spo:{__version__}"
    plain = {criterion.name: criterion.signature for criterion in make_criteria()}
    assert plain["text"] == f"text|norm:lower+《》|aliases:no|{version}"
    assert plain["strict"] == f"strict|norm:none|aliases:no|{version}"
    assert plain["duie1"] == f"duie1|norm:lower+《》|aliases:no|{version}"
    named = {c.name: c.signature for c in make_criteria(ALIASES, ALIASES)}
    assert named["duie1"] == f"duie1|norm:lower+《》|aliases:yes+places|{version}"
    assert named["duie2"] == f"duie2|norm:lower+《》|aliases:yes|{version}"
    assert named["text"] == plain["text"]
    assert len(set(plain.values())) == len(plain)


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

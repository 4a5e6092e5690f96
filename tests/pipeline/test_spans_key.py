"""Several models in one pipeline: each reads and writes under a key of its own."""

import warnings
from copy import deepcopy

import pytest
import spacy
from spacy.tokens import Doc
from support import FILMS, PIPES, SENTENCES, TEXTS, expected, found, make_examples, train

from spacy_spo import Triple, align, get_relations, get_triples, set_triples
from spacy_spo.augment import TextJoiner
from spacy_spo.pipeline.handover import get_negatives
from spacy_spo.pipeline.lookup import find_common_key, find_components, find_spans_key, find_tagger
from spacy_spo.pipeline.overwriting import _WRITERS

CLASSIFIER, TAGGER = PIPES
FILM_FACTS = [sorted(facts) for _, facts in FILMS]


def found_films(nlp):
    return [
        sorted((t.subject.text, t.predicate, t.object.text) for t in get_triples(doc, "films"))
        for doc in nlp.pipe(TEXTS)
    ]


def both_golds(nlp):
    """Examples with the gold of both models."""
    examples = make_examples(nlp, SENTENCES)
    for example, film in zip(examples, make_examples(nlp, FILMS, "films")):
        triples, _ = align(get_triples(film.reference, "films"), example.reference)
        set_triples(example.reference, triples, "films")
    return examples


def load_under(path, key):
    return spacy.load(path, config={"components": {name: {"spans_key": key} for name in PIPES}})


def test_a_model_reads_gold_and_writes_triples_under_its_key(films):
    assert found_films(films) == FILM_FACTS
    doc = films(TEXTS[0])
    assert set(doc.spans) == {"films", "films_relations"}
    assert set(get_relations(doc, "films")) == {"filmed"}
    assert doc._.spo_triples == [] and doc._.spo_relations == {}


def test_two_models_in_one_pipeline(two_models, tmp_path):
    two_models.to_disk(tmp_path)
    for nlp in (two_models, spacy.load(tmp_path)):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            assert (found(nlp), found_films(nlp)) == (expected(), FILM_FACTS)


def test_another_key_at_load_and_at_run_time(trained, tmp_path):
    trained.to_disk(tmp_path)
    nlp = load_under(tmp_path, "other")
    assert [t.predicate for t in get_triples(nlp(TEXTS[3]), "other")] == ["maker"]
    for name in PIPES:
        nlp.get_pipe(name).spans_key = "third"
    nlp.to_disk(tmp_path)
    doc = spacy.load(tmp_path)(TEXTS[3])
    assert set(doc.spans) == {"third", "third_relations"}


def test_a_pipeline_that_was_saved_without_the_setting_has_the_default_key(trained, tmp_path):
    trained.to_disk(tmp_path)
    config = (tmp_path / "config.cfg").read_text(encoding="utf8")
    assert config.count('spans_key = "spo"\n') == 2
    config = config.replace('spans_key = "spo"\n', "")
    (tmp_path / "config.cfg").write_text(config, encoding="utf8")
    assert found(spacy.load(tmp_path)) == expected()


@pytest.mark.parametrize("key", ["", None, 3])
def test_a_key_is_a_string(trained, tmp_path, key):
    with pytest.raises(ValueError, match="spans_key"):
        spacy.blank("en").add_pipe(TAGGER, config={"spans_key": key})


def test_both_components_of_a_model_need_one_key(trained, tmp_path):
    trained.to_disk(tmp_path)
    nlp = spacy.load(tmp_path, config={"components": {TAGGER: {"spans_key": "other"}}})
    with pytest.raises(ValueError, match=r"\['other_relations'\].*spans_key = 'other'"):
        nlp(TEXTS[0])
    with pytest.raises(
        ValueError, match=r"'other', and no classifier has it: theirs are \['spo'\]"
    ):
        find_components(nlp)


def test_scores_have_the_key_in_their_names(two_models):
    scores = two_models.evaluate(both_golds(two_models))
    names = ("films_f", "films_text_f", "films_offset_f", "films_slot_f", "films_rel_f")
    assert [scores[name] for name in (*names, "spo_f", "rel_f")] == [1.0] * 7
    assert set(scores["films_per_predicate"]) == {"filmed", "knows"}
    assert set(scores["films_relation_per_predicate"]) == {"filmed", "knows"}
    assert set(scores["spo_relation_per_predicate"]) == {"author", "maker", "spouse"}
    assert scores["films_rel_signature"] == scores["rel_signature"]


@pytest.mark.slow
def test_two_models_are_trained_together(blank):
    for key in ("spo", "films"):
        for name in PIPES:
            blank.add_pipe(name, name=f"{key}_{name}", config={"spans_key": key})
    examples = both_golds(blank)
    with pytest.warns(UserWarning, match=r"spans_key is 'films'.*Add films_f = 1\.0"):
        train(blank, examples)
    assert (found(blank), found_films(blank)) == (expected(), FILM_FACTS)
    assert set(blank.get_pipe("films_spo_tagger").labels) == {"filmed", "knows"}
    # Hard negatives of one model are no queries of the other.
    for key in ("spo", "films"):
        blank.get_pipe(f"{key}_{CLASSIFIER}").update(examples)
    for key, negatives in (("spo", {"spouse"}), ("films", {"knows"})):
        left = get_negatives(examples[0].predicted, key)
        assert {negative.predicate for negative in left} == negatives


def test_a_weight_of_its_score_is_no_cause_to_warn(blank):
    for name in PIPES:
        blank.add_pipe(name, config={"spans_key": "films"})
    blank.config["training"]["score_weights"]["films_f"] = 1.0
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        blank.initialize(lambda: make_examples(blank, FILMS, "films"))


def test_gold_under_another_key_is_named(blank):
    for name in PIPES:
        blank.add_pipe(name)
    with pytest.raises(ValueError, match=r"0 annotated.* keys \['films'\], and none under 'spo'"):
        blank.initialize(lambda: make_examples(blank, FILMS, "films"))


def test_two_models_under_one_key_warn_once_with_the_remedy(trained, films, tmp_path):
    films.to_disk(tmp_path)
    nlp = spacy.blank("en")
    for source, prefix in ((deepcopy(trained), ""), (load_under(tmp_path, "spo"), "films_")):
        for name in PIPES:
            nlp.add_pipe(name, name=prefix + name, source=source)
    with pytest.warns(UserWarning) as caught:
        list(nlp.pipe(TEXTS * 2))
    messages = [str(warning.message) for warning in caught]
    assert [message.split()[0] for message in messages] == [f"'films_{name}'" for name in PIPES]
    assert r"in doc.spans['spo'], which 'spo_tagger' wrote" in messages[1]
    assert '{"spans_key": "other"}' in messages[1]


@spacy.Language.component("marries_all")
def marries_all(doc: Doc) -> Doc:
    set_triples(doc, [Triple(doc[0:1], "spouse", doc[1:2])])
    return doc


def test_triples_of_rules_are_not_replaced_without_a_word(two_models):
    two_models.add_pipe("marries_all", first=True)
    with pytest.warns(UserWarning, match=r"replaces what is in doc.spans\['spo'\]: .*\"rules\"\)"):
        two_models(TEXTS[0])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        two_models(TEXTS[1])


def test_what_a_component_wrote_itself_it_replaces_without_a_warning(two_models):
    doc = two_models(TEXTS[0])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        two_models(doc)
    assert [t.predicate for t in doc._.spo_triples] == ["author", "maker"]


def test_the_writers_of_a_doc_go_with_it(two_models):
    before = len(_WRITERS)
    doc = two_models(TEXTS[0])
    assert len(_WRITERS) == before + 1
    del doc
    assert len(_WRITERS) == before


def test_of_several_taggers_the_one_with_the_default_key_is_found(two_models):
    assert find_tagger(two_models).name == TAGGER and find_spans_key(two_models) == "spo"
    assert [pipe.name for pipe in find_components(two_models)] == PIPES
    with two_models.select_pipes(disable=PIPES):
        names = [pipe.name for pipe in find_components(two_models)]
        assert names == [f"films_{name}" for name in PIPES]
        assert find_spans_key(two_models) == "films"
    with two_models.select_pipes(disable=TAGGER):
        assert find_components(two_models)[0].name == f"films_{CLASSIFIER}"
    assert find_spans_key(spacy.blank("en")) == "spo"


def test_several_taggers_without_the_default_key_are_an_error(two_models):
    two_models.get_pipe(TAGGER).spans_key = "third"
    with pytest.raises(ValueError, match=r"spo_tagger .spans_key 'third'., films.* Disable all"):
        find_tagger(two_models)


def test_pipelines_with_different_keys_are_not_compared(trained, films):
    assert find_common_key([films, films]) == "films"
    with pytest.raises(ValueError, match=r"different keys: \['spo', 'films'\]"):
        find_common_key([trained, films])


def test_the_augmenter_joins_texts_of_one_key(films):
    joiner = TextJoiner(1.0, ensure_whitespace=True, seed=0)
    examples = [*make_examples(films, FILMS[:2], "films"), *make_examples(films, SENTENCES[:2])]
    joined = [example for eg in examples for example in joiner(films, eg)]
    assert [len(eg.reference.text.split()) for eg in joined][::2] == [8, 8]
    assert joined[1].reference.text == f"{TEXTS[0]} {TEXTS[1]}"
    assert [t.predicate for t in get_triples(joined[1].reference, "films")] == ["filmed"]

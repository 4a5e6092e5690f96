"""Targets and decoding in plain arrays: what is encoded comes back."""

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from spacy.tokens import Doc
from spacy.vocab import Vocab

from spacy_spo.losses import AsymmetricLoss, ZLPRLoss
from spacy_spo.pipeline.tagging.decode import MAX_TRIPLES, decode_rows
from spacy_spo.pipeline.tagging.links import active_links, n_links, pair_channels, span_channel
from spacy_spo.pipeline.tagging.row_loss import compute_row_loss
from spacy_spo.pipeline.tagging.targets import RowGold, Targets, build_targets
from spacy_spo.triples import Triple

ROLES = ["subject", "object", "inWork", "onDate"]
VOCAB = Vocab()


def doc_of(n):
    return Doc(VOCAB, words=["w"] * n)


def triple(doc, subject, object_, **qualifiers):
    """Arguments are half-open token ranges."""
    return Triple(
        doc[slice(*subject)],
        "p",
        doc[slice(*object_)],
        qualifiers={k: doc[slice(*v)] for k, v in qualifiers.items()},
    )


def decode(boundaries, links, roles=None, lengths=None, threshold=0.5, pair_threshold=0.5):
    """Decode rows from links of all positions, (n_rows, n_links, T, T)."""
    n_rows, n_roles, _, T = boundaries.shape

    def score_links(positions, rows, channels):
        at = positions[rows]
        return links[rows[:, None, None], channels[:, None, None], at[:, :, None], at[:, None, :]]

    return decode_rows(
        boundaries,
        numpy.asarray(lengths or [T] * n_rows),
        roles or [list(range(n_roles))] * n_rows,
        score_links,
        boundary_threshold=threshold,
        pair_threshold=pair_threshold,
    )


def perfect_links(targets, roles, n_roles):
    """Logits of a perfect model."""
    T = targets.boundaries.shape[-1]
    links = numpy.full((len(targets.boundaries), n_links(n_roles), T, T), -20.0)
    links[active_links(roles, n_roles)] = 20 * (2 * targets.links - 1)
    return links


def encode_decode(triples, T, roles=ROLES):
    (found,) = encode_decode_rows([triples], T, roles)
    return found


def encode_decode_rows(rows, T, roles=ROLES):
    ids = [list(range(len(roles)))] * len(rows)
    targets = build_targets(
        [RowGold(0, T, roles_of_row, triples) for roles_of_row, triples in zip(ids, rows)], roles
    )
    links = perfect_links(targets, ids, len(roles))
    decoded = decode(20 * (2 * targets.boundaries - 1), links)
    assert all(triple.score > 0.99 for row in decoded for triple in row)
    return [
        {tuple(sorted((k, s.start, s.stop) for k, s in triple.spans.items())) for triple in row}
        for row in decoded
    ]


def as_set(triples, roles=ROLES):
    return {
        tuple(sorted((roles.index(r), s.start, s.end) for r, s in t.arguments.items()))
        for t in triples
    }


DOC = doc_of(12)
CASES = {
    "one": [triple(DOC, (0, 2), (5, 7))],
    "shared entity": [triple(DOC, (0, 2), (5, 7)), triple(DOC, (0, 2), (8, 9))],
    "N x M, not the cross product": [
        triple(DOC, (0, 1), (2, 3)),
        triple(DOC, (4, 5), (6, 7)),
        triple(DOC, (8, 9), (10, 11)),
    ],
    "subject in object": [triple(DOC, (3, 4), (2, 6))],
    "subject equal to object": [triple(DOC, (3, 5), (3, 5))],
    "nested objects, one start": [triple(DOC, (0, 1), (4, 6)), triple(DOC, (0, 1), (4, 8))],
    "nested objects of two subjects": [triple(DOC, (0, 1), (4, 6)), triple(DOC, (2, 3), (4, 8))],
    "nested objects, one end": [triple(DOC, (0, 1), (4, 8)), triple(DOC, (2, 3), (6, 8))],
    "chain": [triple(DOC, (0, 1), (4, 5)), triple(DOC, (4, 5), (8, 9))],
    "both ways": [triple(DOC, (0, 1), (4, 5)), triple(DOC, (4, 5), (0, 1))],
    "one token": [triple(DOC, (0, 1), (0, 1))],
    "qualifiers": [
        triple(DOC, (0, 1), (2, 3), inWork=(4, 6), onDate=(7, 9)),
        triple(DOC, (0, 1), (10, 11), onDate=(7, 9)),
    ],
}


@pytest.mark.parametrize("name", CASES)
def test_every_overlap_type_survives_encoding(name):
    assert encode_decode(CASES[name], len(DOC)) == as_set(CASES[name])


def test_rows_of_a_batch_do_not_mix():
    rows = list(CASES.values())
    assert encode_decode_rows(rows, len(DOC)) == [as_set(triples) for triples in rows]


spans = st.tuples(st.integers(0, 8), st.integers(1, 4)).map(lambda x: (x[0], min(9, x[0] + x[1])))


@settings(max_examples=200)
@given(st.lists(st.tuples(spans, spans), max_size=3))
def test_nothing_is_lost_in_encoding(pairs):
    doc = doc_of(9)
    triples = [triple(doc, s, o) for s, o in pairs]
    assert as_set(triples, ROLES[:2]) <= encode_decode(triples, 9, ROLES[:2])


def test_padding_and_foreign_roles_weigh_nothing():
    doc = doc_of(6)
    rows = [RowGold(0, 6, range(4), [triple(doc, (0, 1), (2, 3))]), RowGold(2, 3, range(2), [])]
    targets = build_targets(rows, ROLES)
    assert targets.boundary_weights[0].all()
    assert (
        targets.boundary_weights[1, :2, :, :3].all()
        and targets.boundary_weights[1].sum() == 2 * 2 * 3
    )
    used, n_all = [span_channel(0), span_channel(1), *pair_channels(1, len(ROLES))], n_links(4)
    assert len(targets.links) == n_all + len(used)
    last = targets.link_weights[-1]
    assert last[:3, :3].all() and last.sum() == 9


def test_positions_are_relative_to_the_segment():
    doc = doc_of(10)
    targets = build_targets([RowGold(4, 6, range(2), [triple(doc, (5, 7), (9, 10))])], ROLES[:2])
    assert numpy.argwhere(targets.boundaries[0]).tolist() == [
        [0, 0, 1],
        [0, 1, 2],
        [1, 0, 5],
        [1, 1, 5],
    ]


def test_the_gradient_of_the_row_loss_is_correct():
    doc, rng = doc_of(5), numpy.random.default_rng(0)
    rows = [
        RowGold(0, 5, range(3), [triple(doc, (0, 2), (3, 4), inWork=(4, 5))]),
        RowGold(0, 3, range(2), []),
    ]
    targets = Targets(*(array.astype("d") for array in build_targets(rows, ROLES[:3])))
    output = rng.normal(size=(2, 3, 2, 5)), rng.normal(size=targets.links.shape)
    _, gradients = compute_row_loss(AsymmetricLoss(), *output, targets)
    for array, gradient in zip(output, gradients):
        for index in rng.choice(array.size, 25, replace=False):
            position, step = numpy.unravel_index(index, array.shape), 1e-6
            values = []
            for sign in (1, -1):
                array[position] += sign * step
                values.append(compute_row_loss(AsymmetricLoss(), *output, targets)[0])
                array[position] -= sign * step
            assert gradient[position] == pytest.approx(
                (values[0] - values[1]) / (2 * step), abs=1e-5
            )


# Of 24 groups of boundaries with 5 choices each, and 28 of links with 25: blocks of one group, and
# of several, where the last one is shorter.
@pytest.mark.parametrize("block_size", [1, 35, 200])
@pytest.mark.parametrize("loss", [AsymmetricLoss(), ZLPRLoss()])
def test_the_row_loss_is_the_same_in_blocks(monkeypatch, loss, block_size):
    rows = [RowGold(0, 5, range(3), [triple(doc_of(5), (0, 2), (3, 4))]) for _ in range(4)]
    targets, rng = build_targets(rows, ROLES[:3]), numpy.random.default_rng(0)
    output = [rng.normal(size=array.shape).astype("f") for array in targets[::2]]
    assert output[0].reshape(-1, 5).shape[0] == 24 and len(output[1]) == 28
    whole, gradients = compute_row_loss(loss, *output, targets)
    monkeypatch.setattr("spacy_spo.pipeline.tagging.row_loss.BLOCK_SIZE", block_size)
    in_blocks, block_gradients = compute_row_loss(loss, *output, targets)
    assert in_blocks == pytest.approx(whole, rel=1e-5)
    for gradient, expected in zip(block_gradients, gradients):
        assert numpy.allclose(gradient, expected, atol=1e-6)


def test_thresholds_are_inclusive_and_each_counts():
    boundaries, links = numpy.full((1, 2, 2, 3), -20.0), numpy.zeros((1, 4, 3, 3))
    boundaries[..., 1] = 0.0  # 0.5 each; links are 0.5 everywhere
    assert len(decode(boundaries, links)[0]) == 1
    assert decode(boundaries, links, threshold=0.51) == [[]]
    assert decode(boundaries, links, pair_threshold=0.51) == [[]]


def test_a_model_with_high_scores_everywhere_stays_bounded():
    T = 300
    boundaries, links = numpy.full((2, 2, 2, T), 20.0), numpy.full((2, 4, T, T), 5.0)
    boundaries[1] = -20
    # Of equal ones the best is kept, wherever it stands.
    boundaries[0, 0, :, 1], boundaries[0, 1, :, -2] = 21.0, 21.0
    many, none = decode(boundaries, links)
    assert (len(many), none) == (MAX_TRIPLES, [])
    assert many[0].spans == {0: slice(1, 2), 1: slice(T - 2, T - 1)}


def test_padding_and_roles_that_a_predicate_lacks_are_not_decoded():
    boundaries, links = numpy.full((2, 3, 2, 4), -20.0), numpy.full((2, 7, 4, 4), 20.0)
    boundaries[:, 0, :, 0] = boundaries[:, 1, :, 2] = boundaries[:, 2, :, 1] = 20.0
    boundaries[:, 1, :, 3] = 20.0
    long, short = decode(boundaries, links, roles=[[0, 1, 2], [0, 1]], lengths=[4, 3])
    assert {t.spans[1].start for t in long} == {2, 3} and {t.spans[1].start for t in short} == {2}
    assert {t.spans[1].stop for t in short} == {3}
    assert all(2 in t.spans for t in long) and not any(2 in t.spans for t in short)


def test_a_score_is_the_product_of_its_parts():
    boundaries, links = numpy.full((1, 2, 2, 4), -20.0), numpy.full((1, 4, 4, 4), -20.0)
    # Subject at 0, object at 2; probabilities 3/4, 2/3 and 9/10, 4/5; links as below.
    boundaries[0, 0, :, 0] = numpy.log([3, 2])
    boundaries[0, 1, :, 2] = numpy.log([9, 4])
    links[0, 0, 0, 0] = links[0, 1, 2, 2] = numpy.log(7)  # spans: 7/8
    links[0, 2, 0, 2], links[0, 3, 0, 2] = numpy.log(5), numpy.log(1.5)  # pair: 5/6 and 3/5
    ((found,),) = decode(boundaries, links)
    assert found.spans == {0: slice(0, 1), 1: slice(2, 3)}
    expected = (3 / 4) * (2 / 3) * (7 / 8) * (9 / 10) * (4 / 5) * (7 / 8) * (3 / 5)
    assert found.score == pytest.approx(expected)


def test_of_two_qualifiers_the_better_one_is_kept():
    roles, T = 3, 6
    boundaries = numpy.full((1, roles, 2, T), -20.0)
    links = numpy.full((1, n_links(roles), T, T), -20.0)
    for role, position in ((0, 0), (1, 2), (2, 4), (2, 5)):
        boundaries[0, role, :, position] = 20.0
        links[0, span_channel(role), position, position] = 20.0
    for role, source, target, logit in ((1, 0, 2, 5.0), (2, 2, 4, 1.0), (2, 2, 5, 2.0)):
        links[0, pair_channels(role, roles), source, target] = logit
    ((found,),) = decode(boundaries, links)
    assert found.spans[2] == slice(5, 6)
    ((found,),) = decode(boundaries, links, pair_threshold=0.9)
    assert 2 not in found.spans


@pytest.mark.parametrize(
    ("logits", "ends", "found"),
    [
        # Ends of the object "2 3" and of what lies inside it, "2": both unlikely, one likely, both.
        ((-0.2, -0.5), (3, 2), {(2, 4)}),
        ((-0.5, -0.2), (3, 2), {(2, 3)}),
        ((5.0, -0.2), (3, 2), {(2, 4)}),
        ((5.0, 4.0), (3, 2), {(2, 4), (2, 3)}),
        # An end before the start makes no argument: nothing overlaps.
        ((-0.2, -0.5), (3, 1), {(2, 4)}),
    ],
)
def test_of_overlapping_triples_the_best_and_likely_ones_are_kept(logits, ends, found):
    boundaries, links = numpy.full((1, 2, 2, 5), -20.0), numpy.full((1, 4, 5, 5), 20.0)
    boundaries[0, 0, :, 0] = boundaries[0, 1, 0, 2] = 20.0
    boundaries[0, 1, 1, ends] = logits
    (triples,) = decode(boundaries, links, threshold=0.3)
    assert {(t.spans[1].start, t.spans[1].stop) for t in triples} == found


def test_a_likely_triple_suppresses_others_also_where_a_better_one_overlaps_it():
    boundaries, links = numpy.full((1, 2, 2, 4), -20.0), numpy.full((1, 4, 4, 4), -20.0)
    boundaries[0, :, :, :] = 20.0
    # The object stands at 3; subjects "0 1", "1 2" and "2 3", each less likely than the last.
    links[0, 1, 3, 3] = links[0, 3] = 20.0
    for start, logit in enumerate((2.0, 0.4, -0.4)):
        links[0, 0, start, start + 1] = logit
        links[0, 2, start, 3] = 20.0
    (triples,) = decode(boundaries, links, pair_threshold=0.3)
    assert [t.spans[0] for t in triples] == [slice(0, 2), slice(1, 3)]


def test_unlikely_triples_that_do_not_overlap_in_both_arguments_are_all_kept():
    boundaries, links = numpy.full((1, 2, 2, 5), -20.0), numpy.full((1, 4, 5, 5), 20.0)
    boundaries[0, 0, :, 0] = 20.0
    boundaries[0, 1, :, 2], boundaries[0, 1, :, 4] = -0.2, -0.3
    (triples,) = decode(boundaries, links, threshold=0.3)
    # "2 3 4", from the start of one to the end of the other, is a less likely object.
    assert [t.spans[1] for t in triples] == [slice(2, 3), slice(4, 5)]

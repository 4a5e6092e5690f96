"""Targets and decoding in plain arrays: what is encoded comes back."""

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from spacy.tokens import Doc
from spacy.vocab import Vocab

from spacy_spo.losses import AsymmetricLoss
from spacy_spo.pipeline.decode import MAX_TRIPLES, decode_row
from spacy_spo.pipeline.links import n_links, pair_channels, span_channel
from spacy_spo.pipeline.row_loss import row_loss
from spacy_spo.pipeline.targets import RowGold, Targets, build_targets
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


def perfect_scores(targets, row, roles, T):
    """Logits, and factors with one dimension per token, that say just what the targets say."""
    boundaries = 20 * (2 * targets.boundaries[row] - 1)
    factors = numpy.zeros((2, n_links(len(roles)), T, T))
    factors[1] = numpy.eye(T)
    factors[0] = -20
    for k in numpy.flatnonzero(targets.rows == row):
        factors[0, targets.channels[k]] = 20 * (2 * targets.links[k] - 1)
    return boundaries, factors


def decode(targets, row, roles, T, used):
    boundaries, factors = perfect_scores(targets, row, roles, T)
    return decode_row(
        boundaries,
        factors,
        [roles.index(r) for r in used],
        boundary_threshold=0.5,
        pair_threshold=0.5,
    )


def encode_decode(triples, T, roles=ROLES):
    targets = build_targets([RowGold(0, T, roles, triples)], roles)
    found = set()
    for decoded in decode(targets, 0, roles, T, roles):
        found.add(tuple(sorted((role, s.start, s.stop) for role, s in decoded.spans.items())))
        assert decoded.score > 0.99
    return found


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


spans = st.tuples(st.integers(0, 8), st.integers(1, 4)).map(lambda x: (x[0], min(9, x[0] + x[1])))


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(spans, spans), max_size=3))
def test_nothing_is_lost_in_encoding(pairs):
    doc = doc_of(9)
    triples = [triple(doc, s, o) for s, o in pairs]
    assert as_set(triples, ROLES[:2]) <= encode_decode(triples, 9, ROLES[:2])


def test_padding_and_foreign_roles_weigh_nothing():
    doc = doc_of(6)
    rows = [RowGold(0, 6, ROLES, [triple(doc, (0, 1), (2, 3))]), RowGold(2, 3, ROLES[:2], [])]
    targets = build_targets(rows, ROLES)
    assert targets.boundary_weights[0].all()
    assert (
        targets.boundary_weights[1, :2, :, :3].all()
        and targets.boundary_weights[1].sum() == 2 * 2 * 3
    )
    used = {int(c) for r, c in zip(targets.rows, targets.channels) if r == 1}
    assert used == {span_channel(0), span_channel(1), *pair_channels(1, len(ROLES))}
    last = targets.link_weights[-1]
    assert last[:3, :3].all() and last.sum() == 9


def test_positions_are_relative_to_the_segment():
    doc = doc_of(10)
    targets = build_targets([RowGold(4, 6, ROLES[:2], [triple(doc, (5, 7), (9, 10))])], ROLES[:2])
    assert numpy.argwhere(targets.boundaries[0]).tolist() == [
        [0, 0, 1],
        [0, 1, 2],
        [1, 0, 5],
        [1, 1, 5],
    ]


def random_output(rng, n_rows, n_roles, T, width=3):
    return rng.normal(size=(n_rows, n_roles, 2, T)), rng.normal(
        size=(n_rows, 2, n_links(n_roles), T, width)
    )


def test_the_gradient_of_the_row_loss_is_right():
    doc, rng = doc_of(5), numpy.random.default_rng(0)
    rows = [
        RowGold(0, 5, ROLES[:3], [triple(doc, (0, 2), (3, 4), inWork=(4, 5))]),
        RowGold(0, 3, ROLES[:2], []),
    ]
    targets = Targets(
        *(a.astype("d") if a.dtype == "f" else a for a in build_targets(rows, ROLES[:3]))
    )
    output = random_output(rng, 2, 3, 5)
    _, gradients = row_loss(AsymmetricLoss(), output, targets, numpy)
    for array, gradient in zip(output, gradients):
        for index in rng.choice(array.size, 25, replace=False):
            place, step = numpy.unravel_index(index, array.shape), 1e-6
            values = []
            for sign in (1, -1):
                array[place] += sign * step
                values.append(row_loss(AsymmetricLoss(), output, targets, numpy)[0])
                array[place] -= sign * step
            assert gradient[place] == pytest.approx((values[0] - values[1]) / (2 * step), abs=1e-5)


def test_thresholds_are_inclusive_and_each_counts():
    boundaries, factors = numpy.full((2, 2, 3), -20.0), numpy.zeros((2, 4, 3, 1))
    boundaries[:, :, 1] = 0.0  # 0.5 each; links are 0.5 everywhere
    assert (
        len(decode_row(boundaries, factors, [0, 1], boundary_threshold=0.5, pair_threshold=0.5))
        == 1
    )
    assert not decode_row(boundaries, factors, [0, 1], boundary_threshold=0.51, pair_threshold=0.5)
    assert not decode_row(boundaries, factors, [0, 1], boundary_threshold=0.5, pair_threshold=0.51)


def test_a_model_that_lights_up_everywhere_stays_bounded():
    T = 300
    boundaries, factors = numpy.full((2, 2, T), 20.0), numpy.full((2, 4, T, 1), 5.0)
    decoded = decode_row(boundaries, factors, [0, 1], boundary_threshold=0.5, pair_threshold=0.5)
    assert len(decoded) == MAX_TRIPLES


def test_a_score_is_the_product_of_its_parts():
    boundaries, factors = numpy.full((2, 2, 4), -20.0), numpy.full((2, 4, 4, 1), -20.0)
    factors[1] = 1.0
    # Subject at 0, object at 2; probabilities 3/4, 2/3 and 9/10, 4/5; links as below.
    boundaries[0, :, 0] = numpy.log([3, 2])
    boundaries[1, :, 2] = numpy.log([9, 4])
    factors[0, 0, 0] = factors[0, 1, 2] = numpy.log(7)  # spans: 7/8
    factors[0, 2, 0], factors[0, 3, 0] = numpy.log(5), numpy.log(1.5)  # pair: 5/6 and 3/5
    (triple,) = decode_row(boundaries, factors, [0, 1], boundary_threshold=0.5, pair_threshold=0.5)
    assert triple.spans == {0: slice(0, 1), 1: slice(2, 3)}
    expected = (3 / 4) * (2 / 3) * (7 / 8) * (9 / 10) * (4 / 5) * (7 / 8) * (3 / 5)
    assert triple.score == pytest.approx(expected)

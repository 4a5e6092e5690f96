"""Losses: hand-computed values, gradients against automatic differentiation, both terms."""

import math

import numpy
import pytest
import spacy
import torch
from spacy.util import registry
from support import PIPES, SENTENCES, make_examples, train

from spacy_spo.losses import AsymmetricLoss, ZLPRLoss


def asymmetric(logits, targets, weights, gamma_pos=0.0, gamma_neg=0.0, clip=0.0, missing_gold=0.0):
    """The published formula, written down once more for torch."""
    p = torch.sigmoid(logits)
    p_m = (p - clip).clamp(min=0)
    positive = -((1 - p) ** gamma_pos) * torch.nn.functional.logsigmoid(logits)
    cost = -(1 - missing_gold) * torch.log1p(-p_m) + missing_gold * p_m
    negative = p_m**gamma_neg * cost
    return (weights * (targets * positive + (1 - targets) * negative)).sum()


def zlpr(logits, targets, weights, missing_gold=0.0):
    positive = (weights * targets * torch.exp(-logits)).sum(1)
    cost = torch.exp(logits) * torch.sigmoid(-logits) ** missing_gold
    negative = (weights * (1 - targets) * cost).sum(1)
    return (torch.log1p(positive) + torch.log1p(negative)).sum()


# A loss, the formula it should be, and settings.
LOSSES = [
    (AsymmetricLoss, asymmetric, {}),
    (AsymmetricLoss, asymmetric, {"gamma_pos": 2.0, "gamma_neg": 2.0}),
    (AsymmetricLoss, asymmetric, {"gamma_pos": 1.0, "gamma_neg": 4.0}),
    (AsymmetricLoss, asymmetric, {"gamma_neg": 2.0, "clip": 0.05}),
    (AsymmetricLoss, asymmetric, {"clip": 0.2}),
    (AsymmetricLoss, asymmetric, {"missing_gold": 0.7}),
    (AsymmetricLoss, asymmetric, {"missing_gold": 1.0, "gamma_neg": 1.0, "clip": 0.1}),
    (ZLPRLoss, zlpr, {}),
    (ZLPRLoss, zlpr, {"missing_gold": 0.7}),
    (ZLPRLoss, zlpr, {"missing_gold": 1.0}),
]
every_loss = pytest.mark.parametrize("loss, formula, setting", LOSSES)


def random_case(seed, shape=(4, 7)):
    rng = numpy.random.default_rng(seed)
    targets = (rng.random(shape) < 0.3).astype("d")
    weights = (rng.random(shape) < 0.8).astype("d")
    return rng.normal(0, 3, shape), targets, weights


def test_binary_cross_entropy_by_hand():
    # p = 3/4 and 1/5 from the logits ln 3 and -ln 4.
    logits = numpy.asarray([[math.log(3), -math.log(4)]])
    targets, weights = numpy.asarray([[1.0, 0.0]]), numpy.ones((1, 2))
    loss, gradient = AsymmetricLoss()(logits, targets, weights)
    assert loss == pytest.approx(-math.log(3 / 4) - math.log(4 / 5))
    assert gradient == pytest.approx(numpy.asarray([[3 / 4 - 1, 1 / 5]]))


def test_focal_term_by_hand():
    # p = 3/4: positive (1/4)^2 -ln(3/4), negative (3/4)^2 -ln(1/4).
    logits = numpy.full((1, 2), math.log(3))
    loss, _ = AsymmetricLoss(2.0, 2.0)(logits, numpy.asarray([[1.0, 0.0]]), numpy.ones((1, 2)))
    assert loss == pytest.approx(-math.log(3 / 4) / 16 - math.log(1 / 4) * 9 / 16)


def test_zlpr_by_hand():
    # e^logit = 3, 4 and 1/2; the first is positive.
    logits = numpy.log(numpy.asarray([[3.0, 4.0, 0.5]]))
    loss, gradient = ZLPRLoss()(logits, numpy.asarray([[1.0, 0.0, 0.0]]), numpy.ones((1, 3)))
    assert loss == pytest.approx(math.log(1 + 1 / 3) + math.log(1 + 4 + 1 / 2))
    # -(1/3) / (1 + 1/3), 4 / 5.5, 0.5 / 5.5
    assert gradient == pytest.approx(numpy.asarray([[-1 / 4, 8 / 11, 1 / 11]]))


def test_missing_gold_by_hand():
    # p = 3/4, e^logit = 3, half of the term bounded.
    case = numpy.asarray([[math.log(3)]]), numpy.zeros((1, 1)), numpy.ones((1, 1))
    loss, gradient = AsymmetricLoss(missing_gold=0.5)(*case)
    assert loss == pytest.approx(-math.log(1 / 4) / 2 + 3 / 8)
    assert gradient == pytest.approx(3 / 4 * (1 - 3 / 8))
    assert ZLPRLoss(missing_gold=0.5)(*case)[0] == pytest.approx(math.log(1 + 3 / 2))


@every_loss
@pytest.mark.parametrize("seed", range(3))
def test_gradient_equals_automatic_differentiation_in_float64(loss, formula, setting, seed):
    logits, targets, weights = random_case(seed)
    x = torch.tensor(logits, requires_grad=True)
    expected = formula(x, torch.tensor(targets), torch.tensor(weights), **setting)
    expected.backward()
    value, gradient = loss(**setting)(logits, targets, weights)
    assert value == pytest.approx(expected.item(), rel=1e-9)
    assert gradient == pytest.approx(x.grad.numpy(), rel=1e-6, abs=1e-9)


@every_loss
def test_the_truth_costs_nothing_and_one_sided_answers_cost_more(loss, formula, setting):
    _, targets, weights = random_case(0)
    truth = loss(**setting)(60 * (2 * targets - 1), targets, weights)[0]
    assert 0 <= truth < 1e-6
    for answer in (numpy.full_like(targets, 60.0), numpy.full_like(targets, -60.0)):
        assert loss(**setting)(answer, targets, weights)[0] > truth + 1


@every_loss
def test_it_is_never_negative_and_finite_for_extreme_float32_logits(loss, formula, setting):
    logits = numpy.asarray([[-1e4, 1e4, 0.0, -30.0, 30.0]], dtype="f")
    for targets in (numpy.zeros_like(logits), numpy.ones_like(logits)):
        value, gradient = loss(**setting)(logits, targets, numpy.ones_like(logits))
        assert value >= 0 and numpy.isfinite(value) and numpy.isfinite(gradient).all()


@every_loss
def test_each_term_pulls_its_own_way(loss, formula, setting):
    logits, ones = numpy.zeros((1, 2)), numpy.ones((1, 2))
    _, gradient = loss(**setting)(logits, numpy.asarray([[1.0, 0.0]]), ones)
    assert gradient[0, 0] < 0 < gradient[0, 1]


@every_loss
def test_what_weighs_nothing_has_no_loss_and_no_gradient(loss, formula, setting):
    logits, targets, weights = random_case(1)
    changed = numpy.where(weights == 0, 1 - targets, targets)
    value, gradient = loss(**setting)(logits, targets, weights)
    assert loss(**setting)(logits, changed, weights)[0] == pytest.approx(value)
    assert (gradient[weights == 0] == 0).all()


@pytest.mark.parametrize("loss, formula, setting", [case for case in LOSSES if case[2]])
def test_each_setting_changes_the_loss(loss, formula, setting):
    case = random_case(2)
    assert loss(**setting)(*case)[0] != pytest.approx(loss()(*case)[0])


@pytest.mark.parametrize("loss", [AsymmetricLoss, ZLPRLoss])
def test_missing_gold_softens_what_the_model_is_sure_of(loss):
    for logit, low, high in [(-4.0, 0.9, 1.0), (4.0, 0.0, 0.5)]:
        case = numpy.full((1, 1), logit), numpy.zeros((1, 1)), numpy.ones((1, 1))
        hard, soft = loss()(*case)[1], loss(missing_gold=0.8)(*case)[1]
        assert low * hard < soft < high * hard


@pytest.mark.parametrize(
    "loss, setting",
    [
        (AsymmetricLoss, {"gamma_pos": -1}),
        (AsymmetricLoss, {"gamma_neg": -1}),
        (AsymmetricLoss, {"clip": 1.0}),
        (AsymmetricLoss, {"missing_gold": 1.5}),
        (ZLPRLoss, {"missing_gold": -0.1}),
    ],
)
def test_settings_out_of_range_are_refused(loss, setting):
    with pytest.raises(ValueError, match=loss.__name__):
        loss(**setting)


def test_the_first_names_of_the_settings_give_the_same_numbers():
    config = {"gamma_stated": 1.0, "gamma_unstated": 4.0, "margin": 0.05, "missing_gold": 0.2}
    v1 = registry.resolve({"loss": {"@losses": "spacy-spo.AsymmetricLoss.v1", **config}})["loss"]
    v2 = AsymmetricLoss(gamma_pos=1.0, gamma_neg=4.0, clip=0.05, missing_gold=0.2)
    case = random_case(3)
    assert type(v1) is AsymmetricLoss and v1(*case)[0] == v2(*case)[0]
    assert numpy.array_equal(v1(*case)[1], v2(*case)[1])


@pytest.mark.slow
def test_a_config_with_the_first_names_loads_and_trains_alike(make_pipeline, tmp_path):
    v1 = {"@losses": "spacy-spo.AsymmetricLoss.v1", "gamma_unstated": 2.0, "margin": 0.05}
    v2 = {"@losses": "spacy-spo.AsymmetricLoss.v2", "gamma_neg": 2.0, "clip": 0.05}
    totals = []
    for loss in (v1, v2):
        nlp = make_pipeline(**{name: {"loss": loss} for name in PIPES})
        totals.append(train(nlp, make_examples(nlp, SENTENCES), steps=3))
        nlp.to_disk(tmp_path / "pipeline")
        loaded = spacy.load(tmp_path / "pipeline").get_pipe(PIPES[0])
        assert (loaded.loss.gamma_neg, loaded.loss.clip) == (2.0, 0.05)
    assert totals[0] == totals[1]

"""Losses: hand-computed values, gradients against automatic differentiation, both halves."""

import math

import numpy
import pytest
import torch

from spacy_spo.losses import AsymmetricLoss

SETTINGS = [
    {},
    {"gamma_stated": 2.0, "gamma_unstated": 2.0},
    {"gamma_stated": 1.0, "gamma_unstated": 4.0},
    {"gamma_unstated": 2.0, "margin": 0.05},
    {"margin": 0.2},
]


def reference(logits, targets, weights, gamma_stated=0.0, gamma_unstated=0.0, margin=0.0):
    """The published formula, written down once more for torch."""
    p = torch.sigmoid(logits)
    p_m = (p - margin).clamp(min=0)
    stated = -((1 - p) ** gamma_stated) * torch.nn.functional.logsigmoid(logits)
    unstated = -(p_m**gamma_unstated) * torch.log1p(-p_m)
    return (weights * (targets * stated + (1 - targets) * unstated)).sum()


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
    # p = 3/4: stated (1/4)^2 -ln(3/4), unstated (3/4)^2 -ln(1/4).
    logits = numpy.full((1, 2), math.log(3))
    loss, _ = AsymmetricLoss(2.0, 2.0)(logits, numpy.asarray([[1.0, 0.0]]), numpy.ones((1, 2)))
    assert loss == pytest.approx(-math.log(3 / 4) / 16 - math.log(1 / 4) * 9 / 16)


@pytest.mark.parametrize("setting", SETTINGS)
@pytest.mark.parametrize("seed", range(3))
def test_gradient_equals_automatic_differentiation_in_float64(setting, seed):
    logits, targets, weights = random_case(seed)
    x = torch.tensor(logits, requires_grad=True)
    expected = reference(x, torch.tensor(targets), torch.tensor(weights), **setting)
    expected.backward()
    loss, gradient = AsymmetricLoss(**setting)(logits, targets, weights)
    assert loss == pytest.approx(expected.item(), rel=1e-9)
    assert gradient == pytest.approx(x.grad.numpy(), rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("setting", SETTINGS)
def test_the_truth_costs_nothing_and_one_sided_answers_cost_more(setting):
    _, targets, weights = random_case(0)
    loss = AsymmetricLoss(**setting)
    truth = loss(60 * (2 * targets - 1), targets, weights)[0]
    assert 0 <= truth < 1e-6
    for answer in (numpy.full_like(targets, 60.0), numpy.full_like(targets, -60.0)):
        assert loss(answer, targets, weights)[0] > truth + 1


@pytest.mark.parametrize("setting", SETTINGS)
def test_it_is_never_negative_and_finite_for_extreme_float32_logits(setting):
    logits = numpy.asarray([[-1e4, 1e4, 0.0, -30.0, 30.0]], dtype="f")
    for targets in (numpy.zeros_like(logits), numpy.ones_like(logits)):
        loss, gradient = AsymmetricLoss(**setting)(logits, targets, numpy.ones_like(logits))
        assert loss >= 0 and numpy.isfinite(loss) and numpy.isfinite(gradient).all()


def test_each_half_pulls_its_own_way():
    logits, ones = numpy.zeros((1, 2)), numpy.ones((1, 2))
    _, gradient = AsymmetricLoss()(logits, numpy.asarray([[1.0, 0.0]]), ones)
    assert gradient[0, 0] < 0 < gradient[0, 1]


def test_what_weighs_nothing_has_no_loss_and_no_gradient():
    logits, targets, weights = random_case(1)
    changed = numpy.where(weights == 0, 1 - targets, targets)
    loss, gradient = AsymmetricLoss()(logits, targets, weights)
    assert AsymmetricLoss()(logits, changed, weights)[0] == pytest.approx(loss)
    assert (gradient[weights == 0] == 0).all() and (gradient[weights == 1] != 0).all()


@pytest.mark.parametrize("setting", SETTINGS[1:])
def test_each_setting_changes_the_loss(setting):
    case = random_case(2)
    assert AsymmetricLoss(**setting)(*case)[0] != pytest.approx(AsymmetricLoss()(*case)[0])


@pytest.mark.parametrize("setting", [{"gamma_stated": -1}, {"gamma_unstated": -1}, {"margin": 1.0}])
def test_settings_out_of_range_are_refused(setting):
    with pytest.raises(ValueError, match="AsymmetricLoss"):
        AsymmetricLoss(**setting)

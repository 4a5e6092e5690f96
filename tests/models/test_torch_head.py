"""The torch modules: shapes, padding, and that every size changes the output."""

import pytest
import spacy
import torch

from spacy_spo.models.pytorch.gather import gather_rows
from spacy_spo.models.pytorch.relation_classifier import LabelAttention
from spacy_spo.models.pytorch.spo_tagger import BilinearLinks, ConditionalPointer
from spacy_spo.models.torch_layer import torch_module

SIZES = {"width": 6, "n_predicates": 3, "n_roles": 2, "hidden_width": 8, "window_size": 1}
STARTS, LENGTHS, PREDICATES = torch.tensor([0, 4]), torch.tensor([4, 2]), torch.tensor([0, 2])
X = torch.arange(36.0).reshape(6, 6).sin()
POSITIONS = torch.arange(4).repeat(2, 1)


def test_rows_are_cut_from_the_flat_tensor():
    H, mask = gather_rows(X, STARTS, LENGTHS)
    assert torch.equal(H[0], X[:4]) and torch.equal(H[1, :2], X[4:])
    assert mask.tolist() == [[True] * 4, [True, True, False, False]]


def test_shapes():
    assert LabelAttention(width=6, nO=7)(X, STARTS, LENGTHS)[0].shape == (2, 7)
    boundaries, Z = ConditionalPointer(**SIZES)(X, STARTS, LENGTHS, PREDICATES)
    assert boundaries.shape == (2, 2, 2, 4) and Z.shape == (2, 4, 8)
    links = BilinearLinks(n_links=4, hidden_width=8, link_width=6)
    rows, channels = torch.tensor([0, 0, 1]), torch.tensor([0, 3, 1])
    assert links(Z, POSITIONS, rows, channels)[0].shape == (3, 4, 4)


@pytest.mark.parametrize("window_size", [0, 1, 2])
def test_padding_changes_nothing(window_size):
    module = ConditionalPointer(**{**SIZES, "window_size": window_size}).eval()
    together = module(X, STARTS, LENGTHS, PREDICATES)
    alone = module(X, STARTS[1:], LENGTHS[1:], PREDICATES[1:])
    torch.testing.assert_close(together[0][1:, ..., :2], alone[0])
    torch.testing.assert_close(together[1][1:, :2], alone[1])
    classifier = LabelAttention(width=6, nO=7).eval()
    torch.testing.assert_close(
        classifier(X, STARTS, LENGTHS)[0][1:], classifier(X, STARTS[1:], LENGTHS[1:])[0]
    )


def test_attention_pools_by_hand():
    module = LabelAttention(width=2, nO=1)
    with torch.no_grad():
        module.query.weight[:] = torch.tensor([[1.0, 0.0]])
        module.value.weight[:] = torch.tensor([[0.0, 1.0]])
        module.value.bias[:] = 0.5
    tokens = torch.tensor([[0.0, 1.0], [torch.log(torch.tensor(3.0)), 5.0]])
    (logits,) = module(tokens, torch.tensor([0]), torch.tensor([2]))
    assert logits.item() == pytest.approx(0.25 * 1 + 0.75 * 5 + 0.5)


def test_the_predicate_conditions_the_tagger():
    module = ConditionalPointer(**SIZES).eval()
    one, other = (module(X, STARTS[:1], LENGTHS[:1], torch.tensor([p]))[0] for p in (0, 1))
    assert not torch.allclose(one, other)


def test_links_start_from_a_low_prior():
    module = BilinearLinks(n_links=4, hidden_width=8, link_width=6)
    (links,) = module(torch.rand(2, 4, 8), POSITIONS, torch.tensor([0]), torch.tensor([2]))
    assert (links < -2).all()


def test_links_by_hand_and_in_the_order_that_was_asked_for():
    module = BilinearLinks(n_links=2, hidden_width=3, link_width=4)
    Z, rows, channels = torch.rand(2, 4, 3), torch.tensor([1, 0, 1]), torch.tensor([1, 0, 0])
    (links,) = module(Z, POSITIONS, rows, channels)
    for row, channel, found in zip(rows, channels, links):
        sources, targets = module.factors[channel](Z[row]).split(4, dim=-1)
        # The two halves are real and imaginary parts; one number turns by 1 a token, one hardly.
        sources, targets = (torch.complex(x[:, :2], x[:, 2:]) for x in (sources, targets))
        turn = torch.exp(1j * POSITIONS[row][:, None] * torch.tensor([1, 1e-4]))
        products = (sources * turn) @ (targets * turn).conj().T
        expected = products.real / 2 + module.prior[channel]  # 2 is the root of 4
        torch.testing.assert_close(found, expected)


def test_links_see_distances_and_not_where_they_stand():
    module = BilinearLinks(n_links=1, hidden_width=3, link_width=8)
    Z, one = torch.rand(2, 4, 3), torch.tensor([0])
    here, there, apart = (
        module(Z, positions, one, one)[0]
        for positions in (POSITIONS, POSITIONS + 50, POSITIONS * 2)
    )
    torch.testing.assert_close(here, there, atol=1e-4, rtol=0)
    assert not torch.allclose(here, apart, atol=1e-3)


def test_an_odd_link_width_is_refused():
    with pytest.raises(ValueError, match="even link_width, not 7"):
        spacy.blank("en").add_pipe("spo_tagger", config={"model": {"link_width": 7}})


@pytest.mark.parametrize("size", ["hidden_width", "link_width", "window_size"])
def test_each_size_of_the_architecture_changes_the_model(size):
    numbers = []
    for factor in (1, 2):
        nlp = spacy.blank("en")
        defaults = {"hidden_width": 128, "link_width": 32, "window_size": 1}
        model = {size: defaults[size] * factor}
        pipe = nlp.add_pipe("spo_tagger", config={"model": model})
        pipe.model.set_dim("n_predicates", 1)
        pipe.model.set_dim("n_roles", 2)
        pipe.model.set_dim("n_links", 4)
        pipe.model.initialize(X=([nlp.make_doc("a b")], []))
        modules = [torch_module(layer) for layer in pipe.model.layers[1:]]
        numbers.append(sum(p.numel() for module in modules for p in module.parameters()))
    assert numbers[0] < numbers[1]

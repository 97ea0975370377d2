"""Initial weights: lawful, balanced, of the wanted spectral radius, compensated for density, and good to train."""

import numpy as np
import pytest
import torch

from engine.component import parameters
from engine.connectomes.connectome import Connectome
from engine.constraints.spectral_radius import spectral_radius
from engine.networks import Bounded, FromConnectome, FromFunction, LeakyRate, Normal, Orthogonal, RankMatched, Uniform
from engine.networks.initial_weights import balanced
from tests.engine.small_networks import laws, small_connectome, small_network

KINDS = [FromConnectome, Uniform, Normal, Orthogonal, Bounded, RankMatched, FromFunction]
each_kind = pytest.mark.parametrize("kind", KINDS)


@each_kind
@pytest.mark.parametrize("method", ["projection", "magnitude", "off"])
@pytest.mark.parametrize("keep", [True, False])
def test_every_start_is_lawful_balanced_and_of_the_wanted_spectral_radius(kind, method, keep):
    connectome = small_connectome(40)
    W = small_network(
        connectome, laws(method, keep), kind(spectral_radius=1.3, balance="per_unit"), networks=2
    ).W_rec.detach()
    for recurrent in W:
        assert spectral_radius(recurrent) == pytest.approx(1.3)
        both = (recurrent > 0).any(1) & (recurrent < 0).any(1)
        torch.testing.assert_close(
            recurrent.sum(1)[both], torch.zeros(int(both.sum()), dtype=torch.float64), atol=1e-9, rtol=0
        )
    if keep:
        assert (W[:, ~torch.from_numpy(connectome.mask)] == 0).all()
    if method != "off":
        assert (W * torch.from_numpy(connectome.signs) >= 0).all()


@pytest.mark.parametrize("kind", [Uniform, Normal])
def test_the_strength_of_a_draw_makes_up_for_the_density(kind):
    spread = []
    for density in (0.05, 0.2, 1.0):
        weights = kind(spectral_radius=None, balance="none")
        W = small_network(small_connectome(300, density), laws("off"), weights).W_rec.detach()[0]
        spread.append(float(W.square().sum(1).mean()))
    assert spread == pytest.approx([1, 1, 1], rel=0.05)


def test_without_laws_an_orthogonal_start_is_orthogonal():
    weights = Orthogonal(spectral_radius=None, balance="none")
    W = small_network(constraints=laws("off", keep=False), weights=weights).W_rec.detach()[0]
    torch.testing.assert_close(W @ W.T, torch.eye(12, dtype=torch.float64))


def test_weights_from_the_connectome_keep_their_proportions():
    connectome = small_connectome()
    W = small_network(connectome, weights=FromConnectome(balance="none")).W_rec.detach()[0].numpy()
    ratio = W[connectome.mask] / connectome.weights[connectome.mask]
    assert ratio == pytest.approx(ratio[0])


def test_networks_of_a_population_start_apart_and_seeds_differ():
    W = small_network(networks=2).W_rec
    assert not torch.equal(W[0], W[1])
    assert torch.equal(W, small_network(networks=2).W_rec)
    assert not torch.equal(W, small_network(networks=2, seed=2).W_rec)


def test_a_unit_without_inhibition_keeps_its_excitation():
    W = balanced(torch.tensor([[1.0, 2.0, -1.0], [1.0, 1.0, 0.0], [0.0, 0.0, -2.0]]))
    assert W.tolist() == [[1, 2, -3], [1, 1, 0], [0, 0, -2]]


def test_without_loops_the_largest_singular_value_is_set_in_place_of_the_spectral_radius():
    weights = np.zeros((3, 3))
    weights[1, 0] = weights[2, 1] = 2.0
    chain = Connectome(weights, weights != 0, np.ones(3, np.int8), ("a", "b", "c"), ("all",) * 3, ("E",) * 3)
    assert small_network(chain, weights=FromConnectome(spectral_radius=0.5)).W_rec.sum() == 1
    assert small_network(chain, weights=FromConnectome(spectral_radius=None)).W_rec.sum() == 4


@each_kind
def test_drive_and_outputs_are_of_order_one(kind):
    network = small_network(small_connectome(200), weights=kind())
    inputs = torch.randn(50, 40, 3, dtype=torch.float64)
    assert 0.7 < float((inputs @ network.W_in.detach().mT[:, None]).std()) < 1.4
    assert 0.05 < float(network(inputs).outputs.detach().std()) < 3


@pytest.mark.parametrize("activation", ["relu", "retanh"])
@pytest.mark.parametrize("method", ["projection", "magnitude"])
def test_the_defaults_learn_a_decision_in_a_hundred_steps(activation, method):
    network = small_network(
        small_connectome(80, 0.2),
        laws(method),
        dynamics=LeakyRate(activation=activation),
        inputs=2,
        dtype=torch.float32,
    )
    optimiser = torch.optim.Adam(network.parameters(), 3e-3)
    rng = torch.Generator().manual_seed(0)
    for _ in range(100):
        choice = torch.randint(0, 2, (64,), generator=rng)
        inputs = torch.randn(64, 20, 2, generator=rng) + 0.5 * (2 * choice - 1)[:, None, None] * torch.tensor(
            [1.0, -1.0]
        )
        outputs = network(inputs).outputs[0, :, -1]
        optimiser.zero_grad()
        torch.nn.functional.cross_entropy(outputs, choice).backward()
        optimiser.step()
        network.after_step()
    assert float((outputs.argmax(1) == choice).float().mean()) > 0.95
    assert network.violations().tolist() == [0]


@each_kind
def test_every_kind_of_start_has_help_and_travels_as_json(kind):
    assert all(p.help for p in parameters(kind()))
    assert kind.read(kind(spectral_radius=None).model_dump_json()) == kind(spectral_radius=None)

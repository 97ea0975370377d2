"""Gated recurrence, areas that hear each other within a step, carried states, and recurrent weights of a low rank."""

import numpy as np
import pytest
import torch

from engine.component import Invalid
from engine.experiments.experiment import Experiment
from engine.networks import Elman, LeakyRate, Normal
from engine.networks.activity import Motion, Noise, Weights
from engine.networks.gate import Gate
from engine.networks.kernels import reference
from engine.networks.kernels.scratch import Scratch
from engine.networks.rate_function import RateFunction
from engine.recordings.ring_attractor import RingAttractor
from engine.training.optimiser import Adam
from engine.training.prune import Prune
from engine.training.stage import Stage
from tests.engine.small_networks import laws, small_connectome, small_network

FREE = {"constraints.dales_law.method": "off", "constraints.connection_mask.keep": False}  # as is OPEN
OPEN = laws("off", keep=False)  # any weight may have any value


def random_network(**options):
    network = small_network(**options)
    rng = torch.Generator().manual_seed(4)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.normal_(0, 0.4, generator=rng)
    network.after_step()
    return network


def test_a_gated_network_with_the_weights_of_the_ring_attractor_turns_as_it_does():
    ring = RingAttractor(trials=3, steps=40)
    session, plain = ring.session(), small_connectome(100)
    network = small_network(
        plain, OPEN, dynamics=Elman(activation="retanh", gated_by=("velocity",), bias="off"), inputs=("velocity",)
    )
    with torch.no_grad():
        network.free_W_rec[0] = torch.from_numpy(ring.weights())
        network.free_W_gate[0, 0] = torch.from_numpy(ring.velocity_weights())
        network.free_W_in.zero_()
        seen = network(session.inputs[:, 1:], keep_states=True, initial_rates=session.rates[:, 0])
        network.free_W_gate.zero_()
        still = network(session.inputs[:, 1:], keep_states=True, initial_rates=session.rates[:, 0])
    assert (seen.rates[0] - session.rates[:, 1:]).abs().max() < 1e-5
    assert (still.rates[0] - session.rates[:, 1:]).abs().max() > 0.05


@pytest.mark.parametrize("areas", [(), ((0, 2), (1, 3))])
def test_the_gradients_through_gates_and_areas_are_the_numeric_ones(areas):
    rng = torch.Generator().manual_seed(0)
    shapes = [(2, 4, 3), (2, 4, 4), (2, 2, 4), (2, 4), (2, 2), (2, 2, 4, 4), (2, 1, 4), (3, 4, 3), (2, 3, 4)]
    given = [torch.randn(s, generator=rng, dtype=torch.float64).mul_(0.5).requires_grad_() for s in shapes]
    noise = Noise(*(0.1 * torch.randn(2, 4, 3, 4, generator=rng, dtype=torch.float64) for _ in range(3)))

    def pass_through_time(*g):
        gate = Gate(torch.tensor([0, 2]), g[5])
        motion = Motion(g[6].sigmoid(), RateFunction(["tanh"] * 4, [1.0] * 4), gate, tuple(map(torch.tensor, areas)))
        activity = reference.run(Weights(*g[:5]), g[7], motion, noise, g[8], True, Scratch())
        return activity.outputs, activity.states, activity.rates

    assert torch.autograd.gradcheck(pass_through_time, given)


def test_saved_gates_of_connections_that_do_not_exist_are_refused_as_other_weights_are():
    network = random_network(dynamics=LeakyRate(gated_by=("all",)), networks=2, constraints=laws("off"))
    saved, there = network.lawful_weights(), torch.from_numpy(network.connectome.mask)
    network.load_lawful(saved)
    saved["W_gate"][1, 0] = torch.where(there, saved["W_gate"][1, 0], 0.25)
    with pytest.raises(Invalid, match=rf"{int((~there).sum())} of the saved weights 'W_gate' break a law"):
        network.load_lawful(saved)


@pytest.mark.parametrize("noisy", [{}, {"state_noise": 0.2, "rate_noise": 0.1}])
def test_networks_of_a_gated_layered_population_do_what_they_do_alone(noisy):
    chosen = LeakyRate(gated_by=("all",), between_areas="same_step", activation="tanh", learn_tau="per_unit", **noisy)
    together, alone = (random_network(dynamics=chosen, networks=k, constraints=laws("off")) for k in (3, 1))
    with torch.no_grad():
        for mine, theirs in zip(alone.parameters(), together.parameters(), strict=True):
            mine.copy_(theirs[1:2])
    inputs = torch.randn(4, 7, 3, dtype=torch.float64)
    one, all_of_them = alone(inputs, noise_seed=None).outputs, together(inputs).outputs
    torch.testing.assert_close(all_of_them[1:2], one)
    together(inputs, noise_seed=3).outputs.square().sum().backward()
    assert together.free_W_gate.grad[:, :, ~alone.connectome.mask].abs().max() == 0  # absent synapses stay absent


def slowly_stacked(network, inputs, same_step):
    """Numpy, unit by unit: units of area "right" hear those of "left" of this step if `same_step`."""
    W_in, W, b = (getattr(network, name)[0].detach().numpy() for name in ("W_in", "W_rec", "bias"))
    n, a, areas = len(W), network.time_constants.leak(), network.connectome.areas
    state, rates, found = np.zeros((len(inputs), n)), np.zeros((len(inputs), n)), []
    for t in range(inputs.shape[1]):
        heard, new = rates.copy(), state.copy()
        for i in sorted(range(n), key=lambda i: areas[i] == "right"):
            now = [j for j in range(n) if (areas[j], areas[i]) == ("left", "right")]
            before = np.where(np.isin(np.arange(n), now) & same_step, np.tanh(new), heard)
            new[:, i] = (1 - a) * state[:, i] + a * (before @ W[i] + inputs[:, t] @ W_in[i] + b[i])
        state, rates = new, np.tanh(new)
        found.append(rates)
    return np.stack(found, 1)


@pytest.mark.parametrize("between", ["delayed", "same_step"])
def test_stacked_areas_follow_the_rule_written_out_unit_by_unit(between):
    shuffled = small_connectome().but(areas=("left", "right", "right", "left") * 3)
    network = random_network(connectome=shuffled, dynamics=LeakyRate(activation="tanh", between_areas=between))
    inputs = np.random.default_rng(0).standard_normal((4, 6, 3))
    rates = network(torch.from_numpy(inputs), keep_states=True).rates[0].detach().numpy()
    np.testing.assert_allclose(rates, slowly_stacked(network, inputs, between == "same_step"), atol=1e-12)
    other = slowly_stacked(network, inputs, between == "delayed")
    assert np.abs(rates - other).max() > 1e-3


def test_stacked_areas_are_stacked_recurrent_layers_of_nn4n():
    from nn4n.layer import RecurrentLayer

    def layer(of, into):
        common = {"sparsity_mask": None, "ei_mask": None, "plasticity_mask": torch.ones(1, 1)}
        parts = {
            name: {"input_dim": k, "output_dim": into, "weights": "normal", "biases": "normal", **common}
            for name, k in (("in_struct", of), ("hid_struct", into))
        }
        return RecurrentLayer({"activation": "tanh", "dt": 20, "tau": 100, "init_state": "zero", **parts})

    torch.manual_seed(0)
    layers = layer(3, 6), layer(6, 6)
    network = small_network(
        constraints=OPEN, dynamics=LeakyRate(activation="tanh", between_areas="same_step"), dtype=torch.float32
    )
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.zero_()
        network.free_W_in[0, :6] = layers[0].input_layer.weight
        network.free_W_rec[0, 6:, :6] = layers[1].input_layer.weight
        for k, mine in enumerate(layers):
            units = slice(6 * k, 6 * k + 6)
            network.free_W_rec[0, units, units] = mine.hidden_layer.weight
            network.bias[0, units] = mine.hidden_layer.bias + mine.input_layer.bias
        inputs = torch.randn(4, 9, 3)
        first = layers[0](inputs.transpose(0, 1))
        theirs = torch.cat([first, layers[1](first)], -1).transpose(0, 1)
        assert (network(inputs, keep_states=True).rates[0] - theirs).abs().max() < 1e-6


def test_trials_go_on_where_others_ended_if_states_are_carried():
    network = random_network(dynamics=LeakyRate(activation="tanh", initial_state="carried"))
    inputs = torch.randn(4, 6, 3, dtype=torch.float64)
    ends = network(inputs, keep_states=True, initial_states=torch.zeros(1, 4, 12).double()).states[:, :, -1]
    expected = network(inputs, initial_states=ends[:, [3, 0, 1, 2]]).outputs
    assert torch.equal(network(inputs).outputs, expected)


def carried(**more):
    return Experiment().with_values(
        {"dynamics.initial_state": "carried", "training.steps": 4, "training.batch": 5, "training.evaluation_trials": 5}
        | {"training.evaluate_every": 4, "wiring.kind": "random", "wiring.units": 12, **more}
    )


def test_a_batch_begins_with_the_states_in_which_the_one_before_ended_also_after_an_interruption():
    experiment = carried()
    network, starts = experiment.network(), []
    passes = type(network).forward

    def watched(*given, initial_states=None, **more):
        starts.extend([initial_states] if torch.is_grad_enabled() else [])
        return passes(network, *given, initial_states=initial_states, **more)

    network.forward = watched
    whole = list(experiment.train(network))
    assert starts[0] is None
    assert [bool((start != 0).any()) for start in starts[1:]] == [True] * 3
    half = experiment.network()
    steps = experiment.train(half)
    kept = [next(steps) for _ in range(3)][-1].checkpoint()
    other = experiment.network()
    rest = list(experiment.train(other, kept))
    assert torch.equal(rest[-1].loss, whole[-1].loss)
    assert all(torch.equal(a, b) for a, b in zip(other.parameters(), network.parameters(), strict=True))


def test_recurrent_weights_of_a_low_rank_keep_it_while_they_learn_and_are_saved():
    open_to_all = OPEN.with_value("rank", 2)
    network = small_network(constraints=open_to_all, networks=3, weights=Normal(spectral_radius=0.8))
    start = network.W_rec.detach().clone()
    assert torch.linalg.eigvals(start).abs().amax(1).sub(0.8).abs().max() < 1e-9
    optimiser = Adam(learning_rate=0.05).over(network.parameters())
    for _ in range(5):
        optimiser.zero_grad()
        network(torch.randn(4, 6, 3, dtype=torch.float64)).outputs.square().sum().backward()
        network.step(optimiser)
    after = network.W_rec.detach()
    assert (after - start).abs().max() > 0.05
    assert torch.linalg.svdvals(after)[:, 2:].max() < 1e-12
    assert network.free_W_rec.shape == (3, 12, 4)
    assert int(network.violations().sum()) == 0
    other = small_network(constraints=open_to_all, networks=3)
    other.load_lawful(network.lawful_weights())
    torch.testing.assert_close(other.W_rec, network.W_rec)
    with pytest.raises(Invalid, match="break a law"):
        other.load_lawful(network.lawful_weights() | {"W_rec": torch.randn(3, 12, 12).double()})


def test_a_low_rank_start_is_the_nearest_one_to_what_would_be_drawn():
    full = small_network(constraints=OPEN, weights=Normal(spectral_radius=None, balance="none"))
    near = small_network(constraints=OPEN.with_value("rank", 3), weights=Normal(spectral_radius=None, balance="none"))
    lost = torch.linalg.svdvals(full.W_rec[0])[3:].square().sum().sqrt()
    torch.testing.assert_close((near.W_rec - full.W_rec)[0].norm(), lost)


REFUSED = [
    ({"dynamics.gated_by": ("all",)}, "Dale's law off"),
    ({"dynamics.gated_by": ("motoin",), "constraints.dales_law.method": "off"}, "no input 'motoin'"),
    ({"constraints.rank": 2}, "cannot keep a mask"),
    ({"constraints.rank": 99, **FREE}, "at most rank 12"),
    ({"training.window_ms": 100.0}, "within a trial"),
]


@pytest.mark.parametrize(("values", "said"), REFUSED)
def test_what_cannot_be_combined_is_refused_in_one_sentence(values, said):
    experiment = carried(**values)
    with pytest.raises(Invalid, match=said):
        next(experiment.train(experiment.network()))


def test_low_rank_weights_cannot_be_pruned_nor_run_by_the_dense_kernel_with_gates():
    experiment = carried(**FREE, **{"constraints.rank": 2, "training.stages": (Stage(prune=(Prune(),)),)})
    with pytest.raises(Invalid, match="no connections to prune"):
        next(experiment.train(experiment.network()))
    with pytest.raises(Invalid, match="knows no gates"):
        small_network(constraints=OPEN, dynamics=LeakyRate(gated_by=("all",)))(torch.randn(2, 3, 3), kernel="dense")

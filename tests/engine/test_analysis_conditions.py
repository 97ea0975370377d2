"""Blocks at several levels, conditions compared, currents of populations, routes, weight distributions, pruning."""

import itertools

import numpy as np
import pytest
import torch

from engine.analysis.block_levels import block_levels, spread
from engine.analysis.condition_comparison import comparison
from engine.analysis.population_currents import population_currents
from engine.analysis.pruning_loss import pruned_losses
from engine.analysis.routes import PREDICTIVE_CODING, diagram, flows, route_table
from engine.analysis.weight_divergence import divergence, shannon_bits
from engine.component import Invalid
from engine.connectomes import PopulationsWiring
from engine.randomness import numpy_stream, torch_stream
from engine.recording import record
from engine.training.objectives import TaskLoss
from tests.engine.small_experiment import small_experiment


@pytest.fixture(scope="module")
def cortex():
    return PopulationsWiring(scale=1).wire(numpy_stream(0, "wiring"))


def test_blocks_are_told_at_every_level_that_the_wiring_names_and_agree_in_sum(cortex):
    weights = torch.from_numpy(cortex.weights)
    levels = block_levels(weights, cortex)
    sizes = {level: len(found.names) for level, found in levels.items()}
    assert sizes == {"population": 18, "area_layer": 6, "layer": 3, "type": 3, "area": 2}
    for found in levels.values():
        assert found.total_strength.sum() == pytest.approx(float(weights.abs().sum()))
    over = spread([levels["area"], block_levels(3 * weights, cortex)["area"]])
    assert over.mean == pytest.approx(2 * levels["area"].mean_strength)
    assert over.variation[0, 0] == pytest.approx(np.sqrt(2) / 2)
    assert len(over.table()) == 4


def test_the_exact_permutation_test_counts_every_division_of_the_runs():
    rng = np.random.default_rng(1)
    first, second = rng.normal(0, 1, (4, 3)), rng.normal(0.8, 1, (3, 3))
    found = comparison(first, second, ("a", "b", "c"))
    pooled = np.concatenate([first, second])
    for k in range(3):
        seen = [
            abs(pooled[list(some), k].mean() - np.delete(pooled[:, k], some).mean())
            for some in itertools.combinations(range(7), 3)
        ]
        observed = abs(second[:, k].mean() - first[:, k].mean())
        assert found.p[k] == pytest.approx(np.mean(np.array(seen) >= observed - 1e-12))
    assert found.least_p == pytest.approx(1 / 35)
    assert (found.q >= found.p).all()


def test_what_is_not_a_number_in_some_run_is_never_a_sure_difference():
    rng = np.random.default_rng(0)
    first, second = rng.normal(size=(6, 2)), rng.normal(size=(6, 2)) + 9
    second[0, 0] = np.nan
    found = comparison(first, second, ("lost", "apart"))
    assert found.p[0] == found.q[0] == 1
    assert found.q[1] < 0.01


def test_no_difference_is_found_where_there_is_none_and_a_large_one_where_there_is():
    rng = np.random.default_rng(2)
    same, other = rng.normal(0, 1, (6, 400)), rng.normal(0, 1, (6, 400))
    found = comparison(same, other, tuple(map(str, range(400))))
    assert 0.02 < (found.p < 0.05).mean() < 0.09
    assert (found.q < 0.05).mean() < 0.01
    assert (comparison(same, other + 9, found.names).q < 0.05).all()
    assert comparison(same, other + 9, found.names).low.min() > 5
    constant = comparison(np.ones((3, 1)), np.ones((3, 1)), ("a",))
    assert constant.p.tolist() == [1.0]
    with pytest.raises(Invalid, match="1 and 6 runs cannot be compared"):
        comparison(same[:1], other, found.names)


def test_currents_add_up_to_the_drive_of_the_units():
    experiment = small_experiment(dynamics__kind="elman", dynamics__activation="retanh")
    network = experiment.network()
    trials = experiment.task.trials(6, experiment.dt_ms, torch_stream(0, "currents"))
    seen = record(network, trials)
    groups = tuple("abc"[k % 3] for k in range(network.connectome.n))
    found = population_currents(
        network.W_rec[0], network.W_in[0], network.bias[0], seen.rates, trials.inputs, groups, experiment.dt_ms
    )
    for row, name in enumerate(found.names):
        members = [group == name for group in groups]
        assert found.net[row] == pytest.approx(seen.states[..., members].mean((0, 2)).numpy(), abs=1e-5)
        assert found.rates[row] == pytest.approx(seen.rates[..., members].mean((0, 2)).numpy(), abs=1e-6)
    assert found.excitation + found.inhibition == pytest.approx(found.of.sum(1), abs=1e-6)
    assert (found.inhibition <= 0).all()
    assert len(found.table()) == 9 * trials.steps


def test_routes_diagram_and_ribbons_tell_the_same_differences():
    names = ("V1 L2/3", "V1 L5", "LM L4", "LM L5")
    change, density = np.zeros((4, 4)), np.zeros((4, 4))
    change[2, 0], change[1, 3], density[2, 0], density[1, 3], density[0, 0] = 0.3, -0.2, 0.5, 0.4, 0.1
    told = route_table(names, difference=change)
    assert told["difference"].tolist() == [0.3, 0.0, -0.2]
    assert len(told) == len(PREDICTIVE_CODING)
    nodes, edges = diagram(names, density, change)
    places = nodes.set_index("name")
    assert places.loc["LM L4", "x"] > places.loc["V1 L5", "x"]
    assert places.loc["V1 L2/3", "y"] > places.loc["LM L4", "y"] > places.loc["LM L5", "y"]
    assert edges["is_loop"].tolist() == [True, False, False]
    ribbons = flows(names, change)
    assert ribbons.iloc[0].tolist() == ["V1 L2/3", "LM L4", 0.3, "grew"]
    assert ribbons.iloc[1].tolist() == ["LM L5", "V1 L5", 0.2, "shrank"]


def test_weights_of_another_scale_diverge_on_common_bins_though_not_in_the_published_recipe():
    weights = np.random.default_rng(0).normal(0, 1, 20_000)
    same, scaled = divergence(weights, weights), divergence(weights, 5 * weights)
    assert same.shannon_bits == pytest.approx(0, abs=1e-12)
    assert scaled.shannon_bits > 0.2
    assert scaled.wasserstein == pytest.approx(4 * np.abs(weights).mean(), rel=0.01)
    assert scaled.as_published == pytest.approx(0, abs=1e-5)  # blind to scale
    assert shannon_bits(np.array([1, 0]), np.array([0, 3])) == pytest.approx(1)


def test_pruning_is_measured_without_changing_the_network():
    experiment = small_experiment(seeds__networks=2)
    network = experiment.network()
    before = network.free_W_rec.detach().clone()
    trials = experiment.task.held_out(20, experiment.dt_ms, torch_stream(0, "pruning"))
    own = float((before[0] != 0).float().mean())
    none, half, every = pruned_losses(network, trials, TaskLoss(), "magnitude", (0.0, own / 2, 1.0), 3)
    assert torch.equal(network.free_W_rec, before)
    assert none.density.tolist() == [0, 0]
    assert float(half.density[0]) == pytest.approx(own / 2, abs=0.01)
    with torch.no_grad():
        loss = TaskLoss().of(network(trials.inputs).outputs, trials)
    assert torch.equal(every.loss, loss)
    assert every.tree_overlap.tolist() == [1, 1]

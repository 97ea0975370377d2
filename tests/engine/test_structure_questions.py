"""Structure and currents as questions to any network: numbers that can be checked by hand."""

import networkx
import numpy as np
import pytest
import torch

from engine.analysis import CurrentsAnalysis, StructureAnalysis
from engine.analysis.homophily import matching_index
from engine.analysis.strongest_graph import greedy_modularity, strongest
from engine.component import Invalid
from engine.experiments.experiment import Experiment
from engine.experiments.fit import fit
from engine.recording import record
from tests.engine.test_analysis_battery import a_subject


def cliques(units: int = 12, rest: float = 0.01) -> torch.Tensor:
    weights = rest * torch.rand(units, units, generator=torch.Generator().manual_seed(0))
    half = units // 2
    weights[:half, :half] += 1
    weights[half:, half:] += 1
    return weights - torch.diag(weights.diagonal())


def test_two_cliques_are_modular_and_thresholds_change_what_is_measured():
    subject = a_subject()
    subject.weights["W_rec"] = cliques()
    found = (
        StructureAnalysis(share=0.42).compute(subject).table().query("moment == 'after'").set_index("measure")["value"]
    )
    assert found["Q, greedy, of the graph"] == pytest.approx(0.5, abs=0.04)
    assert found["Q, directed, weighted, without self-weights"] == pytest.approx(0.5, abs=0.04)
    assert found["sum of |w|"] == pytest.approx(float(cliques().sum()), rel=1e-6)
    assert found["share of self-weights in it"] == 0
    weights = cliques().double().numpy()
    fewer = (
        StructureAnalysis(share=0.2).compute(subject).table().query("moment == 'after'").set_index("measure")["value"]
    )
    assert fewer["Q, greedy, of the graph"] == pytest.approx(greedy_modularity(strongest(weights, 0.2)))


def test_self_weights_raise_modularity_only_where_they_count():
    subject = a_subject()
    subject.weights["W_rec"] = torch.rand(12, 12, generator=torch.Generator().manual_seed(1)) + 9 * torch.eye(12)
    found = StructureAnalysis().compute(subject).table().query("moment == 'after'").set_index("measure")["value"]
    with_own, without = (found[f"Q, directed, weighted, {kind} self-weights"] for kind in ("with", "without"))
    assert with_own > without + 0.2
    assert found["units whose self-weight is among the strongest"] == 1


def test_the_null_is_a_choice_that_changes_small_worldness_and_says_so():
    subject = a_subject()
    subject.weights["W_rec"] = torch.rand(12, 12, generator=torch.Generator().manual_seed(2))
    matched, published = (StructureAnalysis(null=null, nulls=10).compute(subject) for null in ("matched", "published"))
    sigma = [next(v for m, when, v in f.rows if "small" in m and when == "after") for f in (matched, published)]
    assert sigma[0] != sigma[1]
    assert any("density of 0.18" in remark for remark in published.remarks)


def test_currents_from_all_populations_and_from_outside_are_the_drive_of_the_network():
    ring = {"kind": "ring_attractor", "units": 12, "trials": 6, "steps": 12, "burn_in": 20, "wave_number": 0.5}
    asked = Experiment.read({"task": {"kind": "recording", "recording": ring, "hidden": 6}})
    network = asked.with_values(fit(asked)).network()
    subject = a_subject()
    weights = {name: tensor[0] for name, tensor in network.lawful_weights().items()}
    task = asked.with_values(fit(asked)).task
    recording = record(network, task.held_out(4, 25.0, torch.Generator().manual_seed(0)))
    subject = type(subject)(network.connectome, weights, None, recording, task, "leaky_rate", 25.0, 125.0, network)
    found = CurrentsAnalysis().compute(subject)
    begun = network.rate_function(network.first_states(4, recording.trials.initial_rates))[0].detach()
    assert begun.any()  # the task says with which rates its trials begin
    before = torch.cat([begun[:, None], recording.rates[:, :-1]], 1)
    drive = before @ weights["W_rec"].T + recording.trials.inputs @ weights["W_in"].T + weights["bias"]
    areas = np.array(network.connectome.areas)
    for k, name in enumerate(found.names):
        wanted = drive[..., torch.from_numpy(areas == name)].mean((0, 2))
        np.testing.assert_allclose(found.net[k], wanted, atol=1e-5)
    with pytest.raises(Invalid, match="names no layer"):
        CurrentsAnalysis(level="layer").compute(subject)


def test_direction_reaches_all_that_is_measured_of_the_graph_and_nothing_else():
    subject = a_subject()
    drawn = torch.rand(12, 12, generator=torch.Generator().manual_seed(4))
    drawn[:, :3] += 0.4  # three units that speak to many
    subject.weights["W_rec"] = drawn
    either, directed = (
        StructureAnalysis(share=0.3, symmetric=s, nulls=5).compute(subject).by_moment()["after"] for s in (True, False)
    )
    graph = strongest(drawn.double().numpy(), 0.3, symmetric=False)
    made = networkx.from_numpy_array(graph & ~np.eye(12, dtype=bool), create_using=networkx.DiGraph).reverse()
    assert directed["assortativity of degrees"] == pytest.approx(networkx.degree_assortativity_coefficient(made))
    of_graph = [name for name in either.index if "graph" in name or "null" in name or name.startswith(("ass", "homo"))]
    assert len(of_graph) == 13
    assert (either[of_graph] != directed[of_graph]).all()
    assert (either.drop(of_graph) == directed.drop(of_graph)).all()


def test_partners_heard_and_spoken_to_count_each_for_themselves():
    heard_together = np.zeros((4, 4), dtype=bool)
    heard_together[2:, 0] = heard_together[2:, 1] = True  # 0 and 1 speak to 2 and 3, which hear both
    index = matching_index(heard_together)
    assert index[0, 1] == index[2, 3] == 1
    assert index[0, 2] == 0


def test_currents_of_conditions_average_to_those_of_all_trials():
    subject = a_subject()
    all_trials = CurrentsAnalysis(level="type").compute(subject)
    apart = CurrentsAnalysis(level="type", variable="coherence").compute(subject)
    n = np.bincount(apart.bins.index.numpy())
    assert len(apart.each) > 1
    np.testing.assert_allclose(np.average([found.of for found in apart.each], 0, weights=n), all_trials.of, atol=1e-6)
    assert set(apart.table()[apart.bins.column]) == set(apart.bins.values)

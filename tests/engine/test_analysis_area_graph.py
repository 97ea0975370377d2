"""The graph of areas against direct sums and networkx."""

import networkx
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from engine.analysis.area_graph import area_graph
from engine.connectomes.connectome import Connectome
from tests.engine.test_analysis_connectivity import a_connectome


def a_chain(areas: str, *ways: str) -> Connectome:
    """One excitatory unit per letter; "ab" connects a to b."""
    weights = np.zeros((len(areas), len(areas)))
    for pre, post in ways:
        weights[areas.index(post), areas.index(pre)] = 1.0
    names = tuple(areas)
    return Connectome(weights, weights != 0, np.ones(len(areas), np.int8), names, names, ("E",) * len(areas))


def graph_of(connectome: Connectome, receives: str, read: str):
    first = torch.tensor([[float(name in receives)] for name in connectome.names])
    last = torch.tensor([[float(name in read) for name in connectome.names]])
    return area_graph(torch.as_tensor(connectome.weights), connectome, "area", first, last)


@given(st.integers(2, 14), st.integers(0, 99), st.sampled_from(["area", "area_and_sign"]))
def test_synapses_are_counted_and_every_unit_is_in_one_node(n, seed, grain):
    connectome = a_connectome(n, seed=seed)
    found = area_graph(torch.as_tensor(connectome.weights), connectome, grain)
    assert sorted(u for inside in found.units for u in inside) == list(range(n))
    for b, post in enumerate(found.units):
        for a, pre in enumerate(found.units):
            assert found.synapses[b, a] == np.count_nonzero(connectome.weights[np.ix_(post, pre)])
    assert found.synapses.sum() == np.count_nonzero(connectome.weights)


def test_nodes_of_area_and_sign_come_by_area_with_e_before_i():
    connectome = a_connectome()
    found = area_graph(torch.as_tensor(connectome.weights), connectome, "area_and_sign")
    assert found.blocks.names == ("PFC · E", "PFC · I", "V1 · E", "V1 · I")
    assert found.areas == ("PFC", "PFC", "V1", "V1")
    assert found.signs == ("E", "I", "E", "I")
    shares = found.blocks.excitatory_share[:, [1, 3]]
    assert shares == pytest.approx(0)  # what an inhibitory node sends is inhibitory


def test_edges_run_from_pre_to_post_and_carry_the_numbers_of_their_block():
    found = graph_of(a_chain("abc", "ab", "bc"), "a", "c")
    assert sorted(found.graph.edges) == [("a", "b"), ("b", "c")]
    edge = found.graph.edges["a", "b"]
    assert (edge["mean_strength"], edge["density"], edge["synapses"]) == (1, 1, 1)
    assert found.graph.nodes["a"]["receives"]
    assert not found.graph.nodes["a"]["is_read"]
    assert networkx.shortest_path(found.graph, "a", "c") == ["a", "b", "c"]


def test_a_route_that_is_missing_from_input_to_readout_is_found():
    assert graph_of(a_chain("abc", "ab", "bc"), "a", "c").missing_routes == ()
    assert graph_of(a_chain("abc", "ab", "cb"), "a", "bc").missing_routes == (("a", "c"),)
    assert graph_of(a_chain("abc"), "a", "a").missing_routes == ()  # it is there already
    assert graph_of(a_chain("abc"), "", "abc").missing_routes == ()


def test_areas_that_reach_each_other_are_one_component():
    found = graph_of(a_chain("abcd", "ab", "bc", "ca", "cd"), "a", "d")
    assert found.loops == (frozenset("abc"), frozenset("d"))

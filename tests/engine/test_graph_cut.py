"""A large graph is cut to a part by type, neighbourhood, hubs, sample or component, as networkx has it."""

import resource
import time

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.component import Invalid
from engine.connectomes.formats import facts, graph, look, proposed
from engine.connectomes.graph import Graph
from engine.connectomes.graph_cut import HubCut, LabelCut, NeighbourhoodCut, SampleCut, StrongestComponentCut, cut
from engine.connectomes.library import Library
from engine.connectomes.measured import MeasuredWiring


def random_graph(seed: int, n: int = 30, density: float = 0.05) -> Graph:
    rng = np.random.default_rng(seed)
    post, pre = np.nonzero(rng.random((n, n)) < density)
    labels = {"type": tuple(rng.choice(["PN", "KC", "MBON", ""], n).tolist())}
    names = tuple(f"u{i}" for i in range(n))
    signs = rng.choice(np.array([-1, 1], np.int8), len(post))
    return Graph(names, pre, post, rng.gamma(1, 1, len(post)) + 0.01, signs, labels, rng.normal(size=(n, 3)))


def of(made: Graph) -> nx.DiGraph:
    graph = nx.DiGraph()
    graph.add_nodes_from(made.names)
    for pre, post, weight in zip(made.pre, made.post, made.strengths, strict=True):
        graph.add_edge(made.names[pre], made.names[post], weight=weight)
    return graph


def names_after(made: Graph, *cuts) -> set[str]:
    return set(cut(made, cuts, np.random.default_rng(0))[0].names)


@given(st.integers(0, 1000), st.integers(0, 4), st.sampled_from(["out", "in", "both"]))
def test_a_neighbourhood_is_what_breadth_first_search_reaches(seed: int, hops: int, direction: str):
    made = random_graph(seed)
    view = {"out": of(made), "in": of(made).reverse(), "both": of(made).to_undirected()}[direction]
    expected = nx.single_source_shortest_path_length(view, "u3", cutoff=hops)
    assert names_after(made, NeighbourhoodCut(names=("u3",), hops=hops, direction=direction)) == set(expected)


@given(st.integers(0, 1000))
def test_the_largest_component_is_that_of_networkx(seed: int):
    made = random_graph(seed, density=0.06)
    sizes = sorted(map(len, nx.strongly_connected_components(of(made))))
    assert len(names_after(made, StrongestComponentCut())) == sizes[-1]
    assert len(names_after(made, StrongestComponentCut(within="weak"))) == max(
        map(len, nx.weakly_connected_components(of(made)))
    )


@given(st.integers(0, 1000), st.integers(1, 29))
def test_hubs_have_the_most_connections(seed: int, k: int):
    made = random_graph(seed)
    view = of(made)
    view.remove_edges_from(nx.selfloop_edges(view))
    for weight, by in ((None, "degree"), ("weight", "strength")):
        kept = names_after(made, HubCut(units=k, by=by))
        degree = dict(view.degree(weight=weight))
        assert len(kept) == k
        assert min(degree[u] for u in kept) >= max(degree[u] for u in made.names if u not in kept) - 1e-9


@given(st.integers(0, 1000))
def test_what_stays_keeps_its_weights_signs_labels_and_places(seed: int):
    made = random_graph(seed, density=0.2)
    part, remarks = cut(made, (LabelCut(values=("PN", "KC")), SampleCut(units=5)), np.random.default_rng(seed))
    at = [made.names.index(name) for name in part.names]
    both = np.ix_(at, at)
    for one, whole in zip(part.dense(), made.dense(), strict=True):
        assert np.array_equal(one, whole[both])
    assert np.array_equal(part.positions_um, made.positions_um[at])
    assert part.labels["type"] == tuple(made.labels["type"][i] for i in at)
    assert set(part.labels["type"]) <= {"PN", "KC"}
    assert len(remarks) == 2
    assert f"{part.n} of " in remarks[1]


def test_labels_may_be_left_out_and_empty_ones_are_none():
    made = random_graph(3)
    types = dict(zip(made.names, made.labels["type"], strict=True))
    assert names_after(made, LabelCut()) == {u for u in types if types[u]}
    assert names_after(made, LabelCut(values=("PN",), leave_out=True)) == {u for u in types if types[u] != "PN"}


def test_a_sample_follows_its_seed_and_a_later_cut_does_not_change_it():
    made = random_graph(1)
    first = cut(made, (SampleCut(units=9),), np.random.default_rng(5))[0].names
    assert first == cut(made, (SampleCut(units=9),), np.random.default_rng(5))[0].names
    assert first != cut(made, (SampleCut(units=9),), np.random.default_rng(6))[0].names
    both = cut(made, (SampleCut(units=9), HubCut(units=9)), np.random.default_rng(5))[0].names
    assert set(both) == set(first)


@pytest.mark.parametrize(
    ("wrong", "said", "address"),
    [
        (LabelCut(values=("MBNO",)), "Did you mean 'MBON'", "wiring.cuts.1.values.0"),
        (LabelCut(label="typ"), "Did you mean 'type'", "wiring.cuts.1.label"),
        (NeighbourhoodCut(names=("u3", "u33")), "There is no unit 'u33'", "wiring.cuts.1.names.1"),
        (NeighbourhoodCut(), "at least one unit", "wiring.cuts.1.names"),
    ],
)
def test_an_unknown_label_or_unit_is_refused_with_the_near_name(wrong, said: str, address: str):
    made = random_graph(1)
    with pytest.raises(Invalid, match=said) as refused:
        cut(made, (HubCut(units=30), wrong), np.random.default_rng(0))
    assert refused.value.address == address


def test_a_shipped_connectome_can_be_cut_and_signs_of_the_whole_stay_as_they_were():
    whole = MeasuredWiring(connectome="fly_larva_mb").wire(np.random.default_rng(0))
    again = MeasuredWiring(connectome="fly_larva_mb", cuts=(HubCut(units=1000),)).wire(np.random.default_rng(0))
    assert np.array_equal(whole.weights, again.weights)  # nothing is left out, and no chance has moved
    kenyon = {"kind": "label", "label": "cell_type", "values": ("Kenyon cell",)}
    part = MeasuredWiring.read({"connectome": "fly_larva_mb", "matrix": "right", "cuts": (kenyon,)})
    made = part.wire(np.random.default_rng(0))
    assert set(made.labels["cell_type"]) == {"Kenyon cell"}
    assert part.expected(np.random.default_rng(0)).units == made.n


@pytest.mark.slow
def test_a_fly_of_139_000_neurons_and_3_million_connections_is_imported_and_cut(tmp_path, monkeypatch):
    """Measured on two shared cores: 13 s to look, 1.5 s to ask and answer, 10 s to keep, 2 s to read; 0.8 GB."""
    monkeypatch.setenv("CONNECTARIUM_STORE", str(tmp_path / "data"))
    rng = np.random.default_rng(0)
    n = 139_000
    ids = 720575940600000000 + np.sort(rng.choice(10**11, n, replace=False))
    keys = np.unique(rng.integers(0, n, 3_060_000) * n + (n * rng.random(3_060_000) ** 2).astype(int))[:3_000_000]
    pre, post = keys // n, keys % n
    rows = {"pre_root_id": ids[pre], "post_root_id": ids[post], "neuropil": "ME_L", "syn_count": 1 + keys % 50}
    nt = np.array(["ACH", "GABA", "GLUT", "DA"])[rng.integers(0, 4, n)][pre]
    pd.DataFrame(rows | {"nt_type": nt}).to_csv(tmp_path / "connections.csv.gz", index=False)
    classes = {"root_id": ids, "super_class": rng.choice(["central", "optic"], n), "cls": np.arange(n) % 300}
    pd.DataFrame(classes).assign(cls=lambda f: "T" + f.cls.astype(str)).to_csv(tmp_path / "classes.csv", index=False)
    began = time.perf_counter()
    found = look(tmp_path / "connections.csv.gz", tmp_path / "classes.csv")
    answers = proposed(found).with_value("least_weight", 0.0)
    made, remarks = graph(found, answers)
    id = Library().add(made, facts(found, answers) | {"title": "Fly"}, remarks)
    assert (made.n, len(made.strengths)) == (n, len(keys))
    assert np.array_equal(np.array(made.names, np.int64), ids)
    wiring = MeasuredWiring.read({
        "connectome": id, "density": None,
        "cuts": ({"kind": "label", "label": "cls", "values": ("T1", "T2")}, {"kind": "hubs", "units": 300}),
    })  # fmt: skip
    assert wiring.wire(np.random.default_rng(0)).n == 300
    print(f"{time.perf_counter() - began:.0f} s, {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.2f} GB")

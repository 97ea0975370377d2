"""The rich club is that of networkx, its null keeps degrees and weights, and a club that was planted is found."""

import networkx
import numpy as np
import pytest
import torch

from engine.analysis import RichClubAnalysis, StructureAnalysis
from engine.analysis.rich_club import _swapped, rich_club
from tests.engine.test_analysis_battery import a_subject


def a_graph(seed: int, n: int = 40, density: float = 0.15) -> np.ndarray:
    half = np.triu(np.random.default_rng(seed).random((n, n)) < density, 1)
    return half | half.T


@pytest.mark.parametrize("seed", range(5))
def test_the_binary_coefficient_is_that_of_networkx(seed):
    graph = a_graph(seed)
    found = rich_club(graph, np.ones(graph.shape), nulls=3)
    wanted = networkx.rich_club_coefficient(networkx.from_numpy_array(graph), normalized=False)
    assert dict(zip(found.degree.tolist(), found.coefficient.tolist(), strict=True)) == pytest.approx(wanted)
    np.testing.assert_allclose(found.weighted[found.coefficient > 0], 1)  # all weights alike


@pytest.mark.parametrize("directed", [False, True])
def test_nulls_keep_the_degree_of_every_unit_and_make_no_loops_and_no_doubles(directed):
    rng = np.random.default_rng(0)
    graph = (
        np.triu(rng.random((30, 30)) < 0.3, 1)
        if not directed
        else (rng.random((30, 30)) < 0.2) & ~np.eye(30, dtype=bool)
    )
    one, other = np.nonzero(graph)
    a, b = _swapped(one, other, 30, directed, rng)
    made = np.zeros((30, 30), int)
    np.add.at(made, (a, b), 1)
    made = made if directed else made + made.T
    before = graph if directed else graph | graph.T
    assert made.max() == 1
    assert not made.diagonal().any()
    np.testing.assert_array_equal(made.sum(0), before.sum(0))
    np.testing.assert_array_equal(made.sum(1), before.sum(1))
    assert (made.astype(bool) ^ before).mean() > 0.1


def test_swaps_reach_all_graphs_of_the_same_degrees_equally_often():
    """Six units in a ring: each has two partners in 60 rings of six and 10 pairs of triangles."""
    ring = np.arange(6), (np.arange(6) + 1) % 6
    rng, seen = np.random.default_rng(1), {}
    for _ in range(500):
        a, b = _swapped(*ring, 6, False, rng)
        key = frozenset(frozenset(edge) for edge in zip(a.tolist(), b.tolist(), strict=True))
        seen[key] = seen.get(key, 0) + 1
    triangles = sum(
        count for edges, count in seen.items()
        if networkx.number_connected_components(networkx.Graph(map(tuple, edges))) == 2
    )  # fmt: skip
    assert len(seen) >= 68
    assert triangles == pytest.approx(500 / 7, abs=25)


def test_a_planted_club_of_strong_connections_is_rich_and_a_random_graph_is_not():
    graph = a_graph(7, 80, 0.08)
    weights = np.random.default_rng(2).random((80, 80))
    none = rich_club(graph, weights, nulls=30).top
    assert none["normalised"] == pytest.approx(1, abs=0.35)
    hubs = slice(0, 12)
    graph[hubs, hubs] = ~np.eye(12, dtype=bool)
    graph[hubs, 12:] |= np.random.default_rng(3).random((12, 68)) < 0.2
    graph |= graph.T
    weights[hubs, hubs] += 1
    found = rich_club(graph, weights, nulls=30)
    assert found.top["normalised"] > 1.2
    assert found.top["weighted_normalised"] > 1.2
    assert found.p[np.flatnonzero(found.units >= 8)[-1]] == pytest.approx(1 / 31)


def test_a_run_is_asked_for_its_rich_club_and_structure_tells_it():
    subject = a_subject()
    subject.weights["W_rec"] = torch.rand(12, 12, generator=torch.Generator().manual_seed(2))
    table = RichClubAnalysis(share=0.3, nulls=5).compute(subject).table()
    assert list(table.columns)[:4] == ["moment", "degree_above", "units", "measure"]
    assert set(table.moment) == {"after", "before"}
    said = StructureAnalysis(share=0.3, nulls=5).compute(subject).table()
    assert said.measure.str.startswith("rich club").sum() == 8
    empty = rich_club(np.zeros((5, 5), bool), np.zeros((5, 5)))
    assert empty.table().empty
    assert np.isnan(empty.top["coefficient"])

"""Numbers of graphs against networkx, known graphs and direct sums."""

import networkx
import numpy as np
import pytest
from hypothesis import given, settings

from engine.analysis.clustering import _triangles, clustering
from engine.analysis.components import components
from engine.analysis.connections import between_units, connections
from engine.analysis.degrees import degrees, distributions
from engine.analysis.modularity import modularity, modularity_of
from engine.analysis.paths import paths
from engine.analysis.reciprocity import reciprocity
from engine.analysis.small_worldness import small_worldness
from engine.analysis.wiring_summary import side_by_side, wiring_summary
from engine.component import Invalid
from engine.connectomes import Area, AreasWiring, RandomWiring
from engine.connectomes.connectome import Connectome
from engine.connectomes.steps import DegreePreserving, Reversed
from engine.randomness import numpy_stream
from tests.engine.test_steps_nulls import a_connectome, specs


def digraph(connectome: Connectome) -> networkx.DiGraph:
    """The same graph for networkx: edges from pre to post, weighted by strength, no self-connections."""
    made = networkx.DiGraph()
    made.add_nodes_from(range(connectome.n))
    post, pre = np.nonzero(connectome.mask & ~np.eye(connectome.n, dtype=bool))
    made.add_weighted_edges_from(
        (int(i), int(j), abs(float(connectome.weights[j, i]))) for j, i in zip(post, pre, strict=True)
    )
    return made


def two_groups(within: float, between: float, units: int = 40) -> Connectome:
    areas = (Area(name="a", units=units), Area(name="b", units=units))
    return AreasWiring(areas=areas, densities=((within, between), (between, within)), signs={"kind": "unsigned"}).wire(
        numpy_stream(0)
    )


def ring(n: int) -> np.ndarray:
    return np.roll(np.eye(n), 1, axis=0)


@given(spec=specs)
@settings(max_examples=60, deadline=None)
def test_degrees_components_and_reciprocity_are_those_of_networkx(spec: tuple) -> None:
    source = a_connectome(spec)
    graph, other = connections(source), digraph(source)
    found = degrees(graph)
    assert found.in_degree.tolist() == [d for _, d in other.in_degree()]
    assert found.out_degree.tolist() == [d for _, d in other.out_degree()]
    assert np.allclose(found.in_strength, [d for _, d in other.in_degree(weight="weight")])
    assert np.allclose(found.out_strength, [d for _, d in other.out_degree(weight="weight")])
    parts = components(graph)
    assert parts.weak_sizes == tuple(sorted(map(len, networkx.weakly_connected_components(other)), reverse=True))
    assert parts.strong_sizes == tuple(sorted(map(len, networkx.strongly_connected_components(other)), reverse=True))
    mutual = reciprocity(graph)
    if other.number_of_edges():
        assert mutual.binary == pytest.approx(networkx.overall_reciprocity(other))
        assert mutual.chance == pytest.approx(networkx.density(other))
    else:
        assert mutual.binary is None
    assert 2 * mutual.mutual_pairs + mutual.one_way_pairs == other.number_of_edges()


@given(spec=specs)
@settings(max_examples=60, deadline=None)
def test_clustering_is_that_of_networkx_binary_and_weighted(spec: tuple) -> None:
    source = a_connectome(spec)
    found, other = clustering(connections(source)), digraph(source)
    assert np.allclose(found.binary, list(networkx.clustering(other).values()))
    assert np.allclose(found.weighted, list(networkx.clustering(other, weight="weight").values()))


@given(spec=specs)
@settings(max_examples=60, deadline=None)
def test_paths_are_those_of_networkx(spec: tuple) -> None:
    source = a_connectome(spec)
    found, other = paths(connections(source)), digraph(source)
    lengths = [d for _, to in networkx.all_pairs_shortest_path_length(other) for d in to.values() if d]
    assert found.pairs.tolist() == np.bincount(lengths)[1:].tolist() if lengths else not len(found.pairs)
    assert found.mean == (pytest.approx(np.mean(lengths)) if lengths else None)
    assert found.longest == max(lengths, default=0)


@given(spec=specs)
@settings(max_examples=60, deadline=None)
def test_modularity_of_given_groups_is_that_of_networkx(spec: tuple) -> None:
    source = a_connectome(spec)
    graph, other = connections(source), digraph(source)
    found = modularity_of(graph, source.areas)
    if not graph.nnz:
        assert found is None
        return
    groups = [{k for k in range(source.n) if source.areas[k] == name} for name in source.area_names]
    assert found == pytest.approx(networkx.community.modularity(other, groups))
    best = modularity(graph)
    assert best.q == pytest.approx(modularity_of(graph, best.community))
    assert best.q >= -1e-12


def test_paths_of_a_large_graph_are_found_word_by_word() -> None:
    source = RandomWiring(units=300, density=0.01).wire(numpy_stream(1))
    lengths = [d for _, to in networkx.all_pairs_shortest_path_length(digraph(source)) for d in to.values() if d]
    assert paths(connections(source)).pairs.tolist() == np.bincount(lengths)[1:].tolist()


def test_planted_groups_are_found_and_their_modularity_grows_with_their_separation() -> None:
    scores = []
    for between in (0.0, 0.05, 0.2, 0.4):
        source = two_groups(0.4, between)
        scores.append(modularity_of(connections(source), source.areas))
        if between <= 0.05:
            found = modularity(connections(source))
            assert found.communities == 2
            assert len(set(zip(found.community, source.areas, strict=True))) == 2
    assert scores[0] == pytest.approx(0.5, abs=0.01)
    assert scores[-1] == pytest.approx(0.0, abs=0.03)
    assert sorted(scores, reverse=True) == scores


def test_communities_repeat_under_their_seed_and_are_at_least_as_good_as_those_of_networkx() -> None:
    source = RandomWiring(units=80, density=0.1, weight_spread=1.0).wire(numpy_stream(0))
    one, two = (modularity(connections(source), seed=3) for _ in range(2))
    assert np.array_equal(one.community, two.community)
    other = digraph(source)
    theirs = networkx.community.modularity(other, networkx.community.louvain_communities(other, seed=0))
    assert one.q > theirs - 0.01


def test_a_ring_has_known_paths_one_loop_and_no_answered_connection() -> None:
    graph = between_units(ring(100))
    assert paths(graph).mean == 50.0
    assert paths(graph).longest == 99
    assert components(graph).strong_sizes == (100,)
    assert reciprocity(graph).binary == 0.0
    assert clustering(graph).mean == 0.0


def test_a_complete_graph_has_clustering_paths_and_reciprocity_1() -> None:
    graph = between_units(np.ones((30, 30)))
    assert clustering(graph).mean == pytest.approx(1.0)
    assert clustering(graph).mean_weighted == pytest.approx(1.0)
    assert paths(graph).mean == 1.0
    assert paths(graph).efficiency == 1.0
    assert reciprocity(graph).weighted == 1.0


def test_sparse_and_dense_triangles_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    graph = abs(connections(RandomWiring(units=120, density=0.3, weight_spread=1.0).wire(numpy_stream(0))))
    both, dense = graph + graph.T, _triangles(graph + graph.T)
    monkeypatch.setattr("engine.analysis.clustering.DENSE", 1.0)
    monkeypatch.setattr("engine.analysis.clustering.ROWS", 7)
    assert np.allclose(_triangles(both), dense)


def test_weighted_reciprocity_falls_short_of_the_binary_where_answers_are_weaker() -> None:
    found = reciprocity(between_units(np.array([[0.0, 1.0], [3.0, 0.0]])))
    assert found.binary == 1.0
    assert found.weighted == pytest.approx(2 * 1 / 4)


def test_distributions_of_two_wirings_share_their_bins_and_lose_no_unit() -> None:
    one, two = (RandomWiring(units=n, density=0.2, weight_spread=1.0).wire(numpy_stream(0)) for n in (50, 90))
    first, second = degrees(connections(one)), degrees(connections(two))
    for name in ("in_degree", "out_strength"):
        a, b = distributions(getattr(first, name), getattr(second, name))
        assert np.array_equal(a.edges, b.edges)
        assert (a.units.sum(), b.units.sum()) == (50, 90)
    whole = distributions(first.in_degree)[0].edges
    assert set(np.diff(whole)) == {1.0}
    assert whole[0] % 1 == 0.5


def test_a_small_world_is_one_and_a_random_graph_is_none() -> None:
    ws = networkx.to_numpy_array(networkx.connected_watts_strogatz_graph(150, 8, 0.05, seed=1))
    names = tuple(str(k) for k in range(150))
    made = Connectome(ws, ws > 0, np.zeros(150, np.int8), names, ("x",) * 150, ("free",) * 150)
    found = small_worldness(made, np.random.default_rng(0), nulls=3)
    assert found.sigma > 4
    random = RandomWiring(units=150, density=0.1).wire(numpy_stream(0))
    assert small_worldness(random, np.random.default_rng(0), nulls=5).sigma == pytest.approx(1.0, abs=0.1)
    kept = small_worldness(random, np.random.default_rng(0), DegreePreserving(), nulls=2)
    assert kept.null_title == "Rewire, degrees kept"
    with pytest.raises(Invalid, match="at least one null"):
        small_worldness(random, np.random.default_rng(0), nulls=0)


@given(spec=specs)
@settings(max_examples=30, deadline=None)
def test_every_number_of_a_summary_is_finite_or_says_why_it_is_absent(spec: tuple) -> None:
    summary = wiring_summary(a_connectome(spec))
    for measure in summary.measures:
        assert (measure.value is None) == bool(measure.absent)
        assert measure.value is None or np.isfinite(measure.value)
        assert measure.text
        assert measure.group


def test_a_summary_has_the_numbers_of_the_single_questions() -> None:
    source = two_groups(0.3, 0.1)
    found, graph = wiring_summary(source), connections(source)
    assert found["units"].value == 80
    assert found["connections"].value == graph.nnz
    assert found["density"].value == source.density
    assert found["spectral_radius"].value == pytest.approx(np.abs(np.linalg.eigvals(source.weights)).max())
    assert found["modularity_areas"].value == modularity_of(graph, source.areas)
    assert found["length_um"].text == "units have no positions"
    assert found["degree"].text == f"{graph.nnz / 80:.4g} connections"
    assert len(found.table()) == len(found.measures)


def test_two_wirings_are_compared_measure_by_measure() -> None:
    source = RandomWiring(units=60, density=0.2, weight_spread=1.0).wire(numpy_stream(0))
    rows = side_by_side(wiring_summary(source), wiring_summary(Reversed().change(source, numpy_stream(0))))
    by_name = {row.first.name: row for row in rows}
    assert by_name["connections"].difference == 0
    assert by_name["in_degree_max"].second.value == by_name["out_degree_max"].first.value
    assert by_name["length_um"].difference is None
    assert all(row.first.title == row.second.title for row in rows)


def test_the_spectral_radius_of_a_large_wiring_is_the_modulus_of_its_outlier() -> None:
    source = RandomWiring(units=400, density=0.2, signs={"kind": "unsigned"}).wire(numpy_stream(0))
    exact = np.abs(np.linalg.eigvals(source.weights)).max()
    assert wiring_summary(source)["spectral_radius"].value == pytest.approx(exact)

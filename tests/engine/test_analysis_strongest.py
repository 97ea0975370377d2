"""The strongest weights as a graph: numbers of the documents, and definitions by hand."""

import math

import networkx
import numpy as np
import pytest

from engine.analysis.factor_tests import factor_test, holm
from engine.analysis.homophily import homophily, matching_index
from engine.analysis.length_correlation import length_correlation
from engine.analysis.selectivity import mixed_selectivity, selectivity, spatial_rank
from engine.analysis.strongest_graph import (
    assortativity,
    greedy_modularity,
    matched,
    own_share,
    published_null,
    shape,
    small_world,
    strongest,
)
from engine.analysis.weight_entropy import weight_entropy
from engine.component import Invalid

RANDOM = np.random.default_rng(0).normal(size=(70, 70))


@pytest.mark.parametrize(("units", "clustering", "efficiency"), [(70, 0.2512, 0.5748), (100, 0.2254, 0.5843)])
def test_the_published_null_has_the_means_that_were_measured(units, clustering, efficiency):
    found = published_null(units, nulls=300)
    assert found.clustering == pytest.approx(clustering, rel=0.01)
    assert found.efficiency == pytest.approx(efficiency, rel=0.01)


def test_a_random_matrix_is_at_the_floor_of_modularity_and_no_small_world_against_its_own_density():
    graph = strongest(RANDOM)
    assert graph.mean() == pytest.approx(0.19, abs=0.01)
    assert greedy_modularity(graph) == pytest.approx(0.20, abs=0.03)
    assert small_world(graph, matched(graph)) == pytest.approx(1, abs=0.06)
    assert abs(assortativity(graph)) < 0.12
    assert own_share(RANDOM) == pytest.approx(0.1, abs=0.06)


def test_clustering_and_efficiency_are_those_of_networkx_where_it_defines_them():
    graph = strongest(RANDOM, 0.03)
    of = networkx.from_numpy_array(graph)
    assert shape(graph).clustering == pytest.approx(networkx.average_clustering(of))
    assert shape(graph).efficiency == pytest.approx(networkx.global_efficiency(of))
    assert assortativity(graph) == pytest.approx(networkx.degree_assortativity_coefficient(of))


def test_weights_of_units_onto_themselves_take_their_part_of_the_share_and_are_dropped():
    rng = np.random.default_rng(1)
    own = np.diag(np.full(20, 5.0)) + rng.random((20, 20))
    assert own_share(own) == 1
    assert strongest(own, symmetric=False).sum() == 40
    assert not strongest(own).diagonal().any()


def test_entropy_is_high_for_even_weights_and_falls_with_outliers():
    rng = np.random.default_rng(1)
    even = rng.random((40, 40))
    assert 6.2 < weight_entropy(even) <= math.log2(100)
    assert weight_entropy(even * 1e-3 + np.eye(40) * rng.random(40)) < 3
    assert weight_entropy(np.zeros((4, 4))) == 0


def test_short_weights_that_are_strong_correlate_below_zero_with_distance():
    rng = np.random.default_rng(1)
    places = rng.random((30, 3))
    far = np.linalg.norm(places[:, None] - places, axis=-1)
    assert length_correlation(np.exp(-far) + np.eye(30) * 9, far) < -0.9
    assert math.isnan(length_correlation(np.ones((30, 30)), far))
    lost = np.where((np.arange(30) == 3) | (np.arange(30) == 3)[:, None], np.nan, far)
    assert length_correlation(np.exp(-far), lost) < -0.9  # one unit has no place


def test_units_that_share_partners_are_connected_in_cliques_and_not_in_rings():
    rng = np.random.default_rng(1)
    cliques = np.kron(np.eye(4, dtype=bool), np.ones((5, 5), dtype=bool)) & ~np.eye(20, dtype=bool)
    ring = np.roll(np.eye(20, dtype=bool), 1, 1) | np.roll(np.eye(20, dtype=bool), -1, 1)
    assert matching_index(cliques)[0, 1] == 1
    assert homophily(cliques) == 1
    assert homophily(ring) < 0.5
    assert np.mean([homophily(strongest(rng.normal(size=(60, 60)))) for _ in range(5)]) == pytest.approx(0.5, abs=0.05)


def test_units_are_selective_for_what_drives_them():
    rng = np.random.default_rng(1)
    goal, choice = (np.eye(4)[rng.integers(4, size=120)] for _ in range(2))
    driven = np.stack([goal[:, 0] * 2, choice[:, 1] - choice[:, 2], np.zeros(120)], 1)
    driven[:, :2] += 0.1 * rng.normal(size=(120, 2))
    found = selectivity(driven, {"goal": goal, "choice": choice}).lost
    assert found["goal"][0] > 0.8 > 0.1 > found["choice"][0]
    assert found["choice"][1] > 0.8 > 0.1 > found["goal"][1]
    assert np.isnan(found["goal"][2])
    assert mixed_selectivity(np.arange(5.0), -np.arange(5.0)) == pytest.approx(-1)


def test_clustered_units_rank_low_and_dispersed_ones_high():
    line = np.abs(np.subtract.outer(np.arange(30.0), np.arange(30.0)))
    for members, expected in ((range(5), 0.0), ((0, 1, 28, 29), 1.0)):
        chosen = np.isin(np.arange(30), members).astype(float)
        assert spatial_rank(np.ones(30), chosen, line, np.random.default_rng(0)) == pytest.approx(expected, abs=0.03)


def test_a_factor_with_an_effect_is_found_and_diverged_runs_are_treated_as_the_policy_says():
    rng = np.random.default_rng(4)
    values = np.concatenate([rng.normal(mean, 1, 12) for mean in (0, 3, 3)])
    levels, lost = ["a"] * 12 + ["b"] * 12 + ["c"] * 12, np.arange(36) == 5
    found = factor_test(values, levels, lost)
    assert found.p < 1e-4
    assert 0.4 < found.effect <= 1
    assert [(level.runs, level.lost) for level in found.levels] == [(11, 1), (12, 0), (12, 0)]
    a, b = found.levels[:2]
    assert a.t_low < a.bootstrap_low < a.mean < a.bootstrap_high < a.t_high < b.t_low
    ab, _, bc = found.pairs
    assert ab.delta > 0.8
    assert ab.p_holm < 0.001 < 0.05 < bc.p_holm
    assert factor_test(values, levels, lost, "as_level", 0.25).levels[0].runs == 12
    assert "diverged" in found.remarks[0]
    with pytest.raises(Invalid, match="diverged"):
        factor_test(values, levels, lost, "refuse")
    np.testing.assert_allclose(holm(np.array([0.01, 0.04, 0.03])), [0.03, 0.06, 0.06])
    assert math.isnan(factor_test(np.ones(6), list("aabbcc")).p)

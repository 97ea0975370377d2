"""Generative models: growth draws new connections by its rule, features are those of networkx, energies tell rules."""

import networkx as nx
import numpy as np
import pytest
from scipy.stats import ks_2samp

from engine.analysis.generative_models import (
    FAMILIES,
    RULES,
    as_graphs,
    betweenness,
    exponents,
    features,
    fitted,
    grow,
    grow_all,
    ks,
)
from engine.component import Invalid

PLACES = np.stack(np.meshgrid(*[np.arange(4.0)] * 3), -1).reshape(-1, 3)[:40]
FAR = np.linalg.norm(PLACES[:, None] - PLACES, axis=2)


def grown(rule, eta, gamma, connections=120, seed=0, models=1):
    rng = np.random.default_rng(seed)
    return as_graphs(grow(rule, FAR, connections, ((eta, gamma),) * models, rng), len(FAR))


def test_features_are_those_of_networkx():
    graph = nx.gnp_random_graph(40, 0.2, seed=3)
    matrix = nx.to_numpy_array(graph) > 0
    (found,) = features(matrix[None], FAR)
    between = np.array([*nx.betweenness_centrality(graph, normalized=False).values()])
    np.testing.assert_allclose(betweenness(matrix[None])[0], 2 * between, atol=1e-9)
    np.testing.assert_allclose(found["clustering"], [*nx.clustering(graph).values()])
    np.testing.assert_array_equal(found["degree"], [d for _, d in graph.degree()])
    assert len(found["length"]) == graph.number_of_edges()
    a, b = np.random.default_rng(0).random(30), np.random.default_rng(1).random(50) ** 2
    assert ks(a, b) == pytest.approx(ks_2samp(a, b).statistic)


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_adds_one_new_connection_at_a_time(rule):
    graph = grown(rule, -1.0, 0.5, models=3)
    assert (np.triu(graph, 1).sum((1, 2)) == 120).all()
    assert not np.einsum("kii->ki", graph).any()


def test_rules_do_what_they_say():
    chance = grown("spatial", 0.0, 0.0, models=6)
    lengths = [FAR[one].mean() for one in grown("spatial", -4.0, 0.0, models=6)]
    assert max(lengths) < min(FAR[one].mean() for one in chance) - 0.5
    degrees = [one.sum(1).std() for one in grown("degree most", 0.0, 2.0, models=6)]
    assert np.mean(degrees) > 2 * np.mean([one.sum(1).std() for one in chance])
    for rule in ("neighbours", "matching"):
        closed = [nx.transitivity(nx.from_numpy_array(one)) for one in grown(rule, 0.0, 1.0, models=6)]
        assert np.mean(closed) > 2 * np.mean([nx.transitivity(nx.from_numpy_array(one)) for one in chance]), rule


def test_a_network_fits_the_rule_by_which_it_grew_better_than_space_alone():
    every = grow_all(FAR, 120, etas=(-2.0, 0.0), gammas=(0.25, 1.0))
    assert [len(exponents(rule, (-2.0, 0.0), (0.25, 1.0))) for rule in RULES] == [len(e) for e in every.values()]
    for seed in (5, 6):
        found = fitted(grown("matching", 0.0, 1.0, seed=seed)[0], FAR, every, (-2.0, 0.0), (0.25, 1.0)).best()
        energy = dict(zip(found["rule"], found["energy"], strict=True))
        assert energy["matching"] < energy["spatial"]
    assert set(found["family"]) == set(FAMILIES)


def test_a_graph_without_connections_or_with_too_many_is_refused():
    with pytest.raises(Invalid, match="without connections"):
        fitted(np.zeros((5, 5), bool), FAR[:5, :5])
    with pytest.raises(Invalid, match="2 units can be connected in one way only"):
        fitted(~np.eye(2, dtype=bool), FAR[:2, :2])
    with pytest.raises(Invalid, match="no room"):
        grow("spatial", FAR[:5, :5], 11, ((0.0, 0.0),), np.random.default_rng(0))

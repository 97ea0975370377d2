"""Block sums, orderings and changes against direct sums and networkx."""

import networkx
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from engine.analysis import connectivity
from engine.component import Invalid
from engine.connectomes.connectome import Connectome


def a_connectome(n: int = 12, density: float = 0.4, seed: int = 0) -> Connectome:
    rng = np.random.default_rng(seed)
    signs = np.where(np.arange(n) % 4 == 1, -1, 1).astype(np.int8)
    mask = (rng.random((n, n)) < density) & ~np.eye(n, dtype=bool)
    weights = np.where(mask, rng.lognormal(size=(n, n)), 0.0) * signs
    areas = tuple("V1" if k % 3 else "PFC" for k in range(n))
    types = tuple("E" if s > 0 else "I" for s in signs)
    return Connectome(weights, mask, signs, tuple(f"u{k}" for k in range(n)), areas, types)


@given(st.integers(1, 9), st.integers(1, 4), st.integers(0, 99))
def test_block_sums_equal_direct_sums(n, kinds, seed):
    rng = np.random.default_rng(seed)
    weights = rng.normal(size=(n, n)) * (rng.random((n, n)) < 0.5)
    groups = [f"g{k}" for k in rng.integers(kinds, size=n)]
    found = connectivity.blocks(torch.as_tensor(weights), groups)
    for b, post in enumerate(found.names):
        for a, pre in enumerate(found.names):
            part = weights[np.ix_([g == post for g in groups], [g == pre for g in groups])]
            assert found.total[b, a] == pytest.approx(part.sum())
            assert found.total_strength[b, a] == pytest.approx(np.abs(part).sum())
            assert found.mean[b, a] == pytest.approx(part.mean())
            assert found.mean_strength[b, a] == pytest.approx(np.abs(part).mean())
            positive, strength = part[part > 0].sum(), np.abs(part).sum()
            assert found.excitatory_share[b, a] == pytest.approx(positive / strength if strength else 0)
    assert found.total.sum() == pytest.approx(weights.sum())
    assert np.isfinite(found.table().select_dtypes("number")).all(axis=None)


def test_density_of_one_block_is_that_of_networkx_and_self_connections_do_not_count():
    connectome = a_connectome()
    weights = connectome.weights + np.diag(np.ones(connectome.n))
    graph = networkx.from_numpy_array((connectome.weights != 0).T.astype(int), create_using=networkx.DiGraph)
    found = connectivity.blocks(torch.as_tensor(weights), ["all"] * connectome.n)
    assert found.density[0, 0] == pytest.approx(networkx.density(graph))
    assert found.density[0, 0] == pytest.approx(connectome.density)


def test_units_are_ordered_by_area_then_excitatory_before_inhibitory():
    connectome = a_connectome()
    order = connectivity.order_by_area_and_type(connectome)
    assert sorted(order.units) == list(range(connectome.n))
    assert order.blocks == ("PFC · E", "PFC · I", "V1 · E", "V1 · I")
    for b, name in enumerate(order.blocks):
        inside = order.units[order.borders[b] : order.borders[b + 1]]
        assert {f"{connectome.areas[u]} · {connectome.types[u]}" for u in inside} == {name}
        assert list(inside) == sorted(inside)
    assert order.borders[-1] == connectome.n
    assert order.block_by_unit == connectivity.group_of_units(connectome)


@pytest.mark.parametrize("by", ["area_and_type", "area", "type", "sign", "none"])
def test_every_ordering_is_a_permutation_whose_blocks_are_the_groups(by):
    connectome = a_connectome()
    order = connectivity.order_by_area_and_type(connectome, by)
    assert sorted(order.units) == list(range(connectome.n))
    assert order.block_by_unit == connectivity.group_of_units(connectome, by)
    assert len(order.table()) == connectome.n


def test_an_ordering_by_value_sorts_within_groups_and_puts_units_without_value_last():
    order = connectivity.order_by(np.array([3.0, np.nan, 1.0, 2.0]), ["a", "a", "a", "b"], ["b", "a"])
    assert order.units.tolist() == [3, 2, 0, 1]
    assert order.borders == (0, 1, 4)


def test_the_shown_matrix_is_the_permuted_matrix_with_its_names():
    connectome = a_connectome()
    weights = torch.as_tensor(connectome.weights)
    found = connectivity.connectivity(weights, connectome, connectivity.order_by_area_and_type(connectome))
    table = found.table()
    assert table.loc["u3", "u7"] == connectome.weights[3, 7]
    assert table.to_numpy() == pytest.approx(found.weights)
    assert found.blocks.total.sum() == pytest.approx(connectome.weights.sum())


def test_the_change_is_after_minus_before():
    before, after = torch.eye(3), 3 * torch.eye(3)
    found = connectivity.change(before, after)
    assert found.difference == pytest.approx(2 * np.eye(3))
    assert found.table().to_numpy().tolist() == [[0, 0, 2], [1, 1, 2], [2, 2, 2]]
    assert found.relative == pytest.approx(2)
    assert found.correlation == pytest.approx(1)
    nothing = connectivity.change(torch.zeros(3, 3), after)
    assert nothing.relative is None
    assert nothing.correlation is None


def test_weights_that_are_not_finite_and_mismatched_networks_are_refused():
    broken = torch.zeros(3, 3)
    broken[2, 1] = float("nan")
    with pytest.raises(Invalid, match="from unit 1 to unit 2"):
        connectivity.blocks(broken, ["a"] * 3)
    with pytest.raises(Invalid, match="two networks"):
        connectivity.change(torch.zeros(2, 2), torch.zeros(3, 3))

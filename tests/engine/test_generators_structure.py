"""Every generator makes the structure that its name promises."""

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.connectomes import (
    ChainWiring,
    ColumnWiring,
    ModularWiring,
    RandomWiring,
    RingWiring,
    ScaleFreeWiring,
    SmallWorldWiring,
    SpatialWiring,
)
from engine.connectomes.ring import steps_apart
from engine.connectomes.spatial import distances
from engine.randomness import numpy_stream

seeds = st.integers(0, 2**31)


def areas(made) -> np.ndarray:
    return np.array([made.area_names.index(a) for a in made.areas])


@given(st.floats(0, 1), st.sampled_from(["exponential", "gaussian", "power_law"]), st.booleans(), seeds)
@settings(max_examples=25, deadline=None)
def test_an_exact_spatial_density_is_exact_and_near_pairs_stay_likelier(
    density: float, fall_off: str, wraps: bool, seed: int
) -> None:
    wiring = SpatialWiring(units=60, density=density, fall_off=fall_off, exact=True, wraps=wraps, length_um=300)
    made = wiring.wire(numpy_stream(seed))
    assert made.mask.sum() == int(density * 60 * 59 + 0.5 + 1e-9)
    apart = distances(made.positions_um, np.full(3, 1000.0) if wraps else None)
    off = ~np.eye(60, dtype=bool)
    if 0.1 < density < 0.9:
        assert apart[made.mask].mean() < apart[off & ~made.mask].mean()


def test_exact_draws_are_independent_draws_with_another_threshold_and_unbiased() -> None:
    counts = sum(
        RandomWiring(units=12, density=0.3, exact=True).wire(numpy_stream(seed)).mask.astype(int)
        for seed in range(1500)
    )  # fmt: skip
    off = ~np.eye(12, dtype=bool)
    assert counts[off].mean() / 1500 == pytest.approx(40 / 132)
    assert np.abs(counts[off] / 1500 - 0.303).max() < 5 * np.sqrt(0.3 * 0.7 / 1500)


def test_the_grid_of_100_units_has_the_distances_of_the_spatially_embedded_network() -> None:
    made = SpatialWiring(units=100, dimensions=3, placement="grid", extent_um=5).wire(numpy_stream(0))
    apart = distances(made.positions_um)
    assert apart.sum() == pytest.approx(30271.042, abs=1e-3)  # Achterberg et al. 2023, 5 x 5 x 4
    assert apart[~np.eye(100, dtype=bool)].mean() == pytest.approx(3.0577, abs=1e-4)
    assert apart.max() == pytest.approx(6.4031, abs=1e-4)


def test_on_a_grid_that_wraps_every_unit_sees_the_same_distances() -> None:
    wiring = SpatialWiring(units=48, placement="grid", grid=(8, 6), wraps=True, extent_um=800)
    made = wiring.wire(numpy_stream(0))
    apart = np.sort(distances(made.positions_um, np.array([800.0, 600.0, 800.0])), axis=1)
    np.testing.assert_allclose(apart, np.tile(apart[0], (48, 1)), atol=1e-9)
    assert apart.max() == pytest.approx(500)
    edges = np.sort(distances(made.positions_um), axis=1)
    assert not np.allclose(edges[0], edges[20])


def test_a_power_law_keeps_far_connections_that_an_exponential_loses() -> None:
    far = {}
    for fall_off in ("exponential", "power_law"):
        made = SpatialWiring(units=300, fall_off=fall_off, length_um=60, density=0.05).wire(numpy_stream(0))
        far[fall_off] = made.mask[distances(made.positions_um) > 600].mean()
    assert far["power_law"] > 20 * far["exponential"]


def test_modules_have_their_densities_and_nearly_equal_sizes() -> None:
    made = ModularWiring(units=203, modules=5, within=0.4, between=0.02, exact=True).wire(numpy_stream(0))
    module = areas(made)
    sizes = np.bincount(module)
    assert sizes.max() - sizes.min() <= 1
    for post in range(5):
        for pre in range(5):
            pairs = sizes[post] * sizes[pre] - (post == pre) * sizes[post]
            count = made.mask[np.ix_(module == post, module == pre)].sum()
            assert count == int((0.4 if post == pre else 0.02) * pairs + 0.5 + 1e-9)


@given(st.integers(4, 60), st.floats(0, 1), st.data())
@settings(max_examples=30, deadline=None)
def test_rewiring_keeps_the_number_of_inputs_of_every_unit(n: int, shortcuts: float, data) -> None:
    k = data.draw(st.integers(0, (n - 1) // 2))
    made = SmallWorldWiring(units=n, neighbours=k, shortcuts=shortcuts).wire(numpy_stream(0))
    assert (made.mask.sum(1) == 2 * k).all()


def test_few_shortcuts_shorten_paths_and_leave_the_clusters() -> None:
    def measured(shortcuts: float, variant: str) -> tuple[float, float]:
        made = SmallWorldWiring(units=200, neighbours=4, shortcuts=shortcuts, variant=variant).wire(numpy_stream(0))
        graph = nx.from_numpy_array(made.mask.T, create_using=nx.DiGraph)
        return nx.average_shortest_path_length(graph), nx.average_clustering(graph)

    length, clustering = measured(0.0, "rewired")
    assert length == pytest.approx(sum(np.ceil(min(d, 200 - d) / 4) for d in range(1, 200)) / 199)
    assert clustering == pytest.approx(3 * 6 / (4 * 7))  # 3(k-2)/4(k-1), k = 8: Watts and Strogatz 1998
    for variant in ("rewired", "added"):
        shorter, similar = measured(0.05, variant)
        assert shorter < 0.4 * length
        assert similar > 0.75 * clustering


def test_newman_keeps_the_ring_and_adds_as_many_shortcuts_as_asked() -> None:
    wiring = SmallWorldWiring(units=300, neighbours=3, shortcuts=0.2, variant="added")
    made, ring = wiring.wire(numpy_stream(0)), wiring.with_value("shortcuts", 0.0).wire(numpy_stream(0))
    assert made.mask[ring.mask].all()
    added = made.mask.sum() - ring.mask.sum()
    assert abs(added - 0.2 * 6 * 300) < 5 * np.sqrt(0.2 * 6 * 300)


def test_hubs_grow_where_lots_follow_degrees_and_not_where_they_are_fair() -> None:
    hubs, fair = (ScaleFreeWiring(units=600, connections=6, fairness=f).wire(numpy_stream(0)) for f in (0.1, 1000))
    for axis in (0, 1):
        assert hubs.mask.sum(axis).max() > 2 * fair.mask.sum(axis).max()
    for made in (hubs, fair):
        assert made.mask.sum() == sum(min(6, k) for k in range(600))


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_newcomers_send_only_or_receive_only(share: float) -> None:
    made = ScaleFreeWiring(units=50, connections=3, newcomers_send=share).wire(numpy_stream(0))
    newest = slice(1, None)
    made_by_newcomers = np.triu(made.mask, 1) if share else np.tril(made.mask, -1)  # pre is newer, or post is
    assert np.array_equal(made.mask, made_by_newcomers)
    assert (made.mask.sum(0 if share else 1)[newest] == np.minimum(3, np.arange(1, 50))).all()


def test_a_window_ring_connects_within_its_angle_and_inhibition_within_its_own() -> None:
    wiring = RingWiring(units=72, profile="window", width_deg=30, inhibitory_width_deg=120, density=0.1)
    made = wiring.wire(numpy_stream(0))
    apart, excites = 5.0 * steps_apart(72), made.signs > 0
    assert apart[:, excites][made.mask[:, excites]].max() == 30
    assert 90 < apart[:, ~excites][made.mask[:, ~excites]].max() <= 120
    assert made.density == pytest.approx(0.1, abs=0.02)
    assert made.labels["angle_deg"][18] == "90.00"
    np.testing.assert_allclose(made.positions_um[18], [0, 500, 0], atol=1e-9)


def test_a_cosine_ring_connects_in_proportion_to_the_cosine() -> None:
    mask = sum(RingWiring(units=40, profile="cosine", density=0.3).wire(numpy_stream(s)).mask for s in range(300)) / 300
    expected = (1 + np.cos(np.deg2rad(9.0 * steps_apart(40)))) / 2
    off = ~np.eye(40, dtype=bool)
    ratio = 0.3 / expected[off].mean()
    np.testing.assert_allclose(mask[off], ratio * expected[off], atol=5 * np.sqrt(0.25 / 300))


def test_a_mexican_hat_excites_near_and_inhibits_far_and_turns_with_the_ring() -> None:
    made = RingWiring(units=60, profile="mexican_hat", density=1.0).wire(numpy_stream(0))
    assert (made.signs == 0).all()
    assert made.weights[0, 1] > 0 > made.weights[0, 20]
    assert np.array_equal(made.weights, np.roll(made.weights, (1, 1), (0, 1)))
    assert made.weights.max() == made.weights[0, 1]
    flat = RingWiring(units=60, profile="mexican_hat", density=1.0, surround=0.0).wire(numpy_stream(0))
    assert (flat.weights >= 0).all()


def test_a_width_that_does_not_permit_the_density_is_said() -> None:
    made = RingWiring(profile="window", width_deg=10, density=0.5).wire(numpy_stream(0))
    assert any("permits a density of only 0.04" in remark for remark in made.remarks)


def test_a_chain_leads_forward_only_unless_asked() -> None:
    made = ChainWiring(layers=4, units_per_layer=10, forward=1.0).wire(numpy_stream(0))
    layer = areas(made)
    assert made.area_names == ("layer 1", "layer 2", "layer 3", "layer 4")
    assert np.array_equal(made.mask, layer[:, None] == layer[None, :] + 1)
    back = ChainWiring(layers=4, units_per_layer=10, forward=1.0, backward=1.0, within=1.0).wire(numpy_stream(0))
    assert np.array_equal(back.mask, (np.abs(layer[:, None] - layer[None, :]) <= 1) & ~np.eye(40, dtype=bool))


def test_exact_numbers_of_the_column_are_those_of_its_table() -> None:
    made = ColumnWiring(units=400, exact=True).wire(numpy_stream(0))
    population = np.array(made.labels["population"])
    block = made.mask[np.ix_(population == "L23I", population == "L23E")]
    assert block.sum() == int(0.1346 * block.size + 0.5)

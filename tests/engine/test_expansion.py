"""From regions to neurons: numbers, densities, block sums, directions, and none of the published errors."""

from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.component import Invalid
from engine.connectomes import measured as shelf
from engine.connectomes.catalogue import measurement
from engine.connectomes.measured import MeasuredWiring
from engine.connectomes.record import MatrixRecord, Measurement
from engine.connectomes.sharing import Dirichlet, Equal, LogNormal, StickBreaking
from engine.connectomes.synapses import IntrinsicWithin, Synapses
from engine.randomness import numpy_stream

SHARINGS = (Equal(), Dirichlet(), Dirichlet(concentration=0.05), LogNormal(), StickBreaking())
SECTION_3 = {  # bio_instantiated.md, section 3: 29 regions of 10 units, one of 40
    6_770: Synapses(density_between=0.1),
    54_160: Synapses(density_between=0.8),
    58_560: Synapses(density_between=0.8, within=IntrinsicWithin()),
    56_360: Synapses(density_between=0.8, density_within=0.5, within=IntrinsicWithin()),
}


def like_macaque(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """29 regions with 536 connections as in Markov et al.: weights of five orders of magnitude, unequal both ways.

    Region 5 receives 23 connections and sends 24, which fixes the counts of section 3.
    """
    rng = np.random.default_rng(seed)
    connected = np.zeros((29, 29), bool)
    connected[5, rng.choice(np.delete(np.arange(29), 5), 23, replace=False)] = True
    connected[rng.choice(np.delete(np.arange(29), 5), 24, replace=False), 5] = True
    others = np.flatnonzero((~np.eye(29, dtype=bool) & ~_cross(29, 5)).ravel())
    connected.flat[rng.choice(others, 536 - 47, replace=False)] = True
    return connected * 10 ** rng.normal(-3, 1.3, (29, 29)), np.where(np.arange(29) == 5, 40, 10)


def _cross(n: int, i: int) -> np.ndarray:
    return (np.arange(n) == i)[:, None] | (np.arange(n) == i)[None, :]


def blocks(units: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Sums over the units of each pair of regions."""
    starts = np.cumsum(sizes) - sizes
    return np.add.reduceat(np.add.reduceat(units, starts, 0), starts, 1)


def measured_like(strengths: np.ndarray, **changes: object) -> Measurement:
    """A measurement of these strengths [post, pre]."""
    n = len(strengths)
    names = changes.pop("names", tuple(f"r{i}" for i in range(n)))
    matrix = MatrixRecord("m", "Matrix", "weight", "all", True, False, n, 1, 1.0, 0)
    return Measurement(measurement("human_dk84").record, matrix, strengths, None, names, {"lobe": names}, **changes)


def pretend(monkeypatch: pytest.MonkeyPatch, strengths: np.ndarray, **changes: object) -> None:
    """The measured connectome has these strengths [post, pre], whatever its name."""
    made = measured_like(strengths, **changes)
    monkeypatch.setattr(shelf, "measurement", lambda id, matrix="": made)


def wire(expansion: object, seed: int = 0, **changes: object):
    """A measured wiring, unsigned and with its own weights unless said otherwise."""
    plain = {"signs": {"kind": "unsigned"}, "area_by": "one", "density": None, "transform": "raw", "matrix": ""}
    return MeasuredWiring(**plain | changes, expansion=expansion).wire(numpy_stream(seed))


@pytest.mark.parametrize("count", SECTION_3)
@pytest.mark.parametrize("sharing", SHARINGS, ids=lambda s: s.kind)
def test_the_published_numbers_of_synapses_are_met_exactly_and_forecast_exactly(count: int, sharing) -> None:
    synapses = SECTION_3[count].model_copy(update={"weights": sharing})
    C, sizes = like_macaque()
    regions = synapses.regional(C, sizes)
    for seed in (0, 1):
        W = synapses.drawn(regions, sizes, numpy_stream(seed))
        assert np.count_nonzero(W) == synapses.count(regions, sizes) == count
        assert (W >= 0).all()
    assert count / 320**2 == pytest.approx(
        {6_770: 0.0661, 54_160: 0.5289, 58_560: 0.5719, 56_360: 0.5504}[count], abs=5e-5
    )


@pytest.mark.parametrize("synapses", SECTION_3.values(), ids=SECTION_3)
@pytest.mark.parametrize("sharing", SHARINGS, ids=lambda s: s.kind)
def test_the_weights_between_regions_are_conserved_and_a_region_sends_itself_four_times_its_input(
    synapses, sharing
) -> None:
    C, sizes = like_macaque()
    synapses = synapses.model_copy(update={"weights": sharing})
    sums = blocks(synapses.drawn(synapses.regional(C, sizes), sizes, numpy_stream(0)), sizes)
    between = ~np.eye(29, dtype=bool)
    np.testing.assert_allclose(sums[between], C[between], rtol=1e-12, atol=0)
    own = 4.0 * C.sum(1) if synapses.within.kind == "intrinsic" else np.zeros(29)
    np.testing.assert_allclose(np.diag(sums), own, rtol=1e-12)


@given(
    st.integers(0, 2**31),
    st.lists(st.integers(0, 7), min_size=2, max_size=6).filter(any),
    st.floats(0.01, 1),
    st.floats(0.01, 1),
    st.booleans(),
    st.booleans(),
    st.sampled_from(SHARINGS),
)
@settings(deadline=None)
def test_every_unit_contacts_exactly_as_many_units_as_asked(
    seed: int, sizes: list[int], between: float, within: float, own: bool, intrinsic: bool, sharing
) -> None:
    n, sizes = len(sizes), np.array(sizes)
    C = np.random.default_rng(seed).choice([0.0, 1e-6, 0.5, 3.0], (n, n))
    chosen = IntrinsicWithin() if intrinsic else Synapses().within
    synapses = Synapses(
        density_between=between, density_within=within, within=chosen, weights=sharing, self_synapses=own
    )
    regions = synapses.regional(C, sizes)
    W = synapses.drawn(regions, sizes, numpy_stream(seed))
    region = np.repeat(np.arange(n), sizes)
    for post in np.flatnonzero(sizes):
        contacts = np.count_nonzero(W[region == post], axis=0)
        np.testing.assert_array_equal(contacts, synapses.contacts(regions, sizes)[post][region])
        k = max(1, round(between * sizes[post]))
        assert set(contacts[region != post]) <= {0, k}
    assert own or not np.diag(W).any()
    there = np.ix_(sizes > 0, sizes > 0)
    np.testing.assert_allclose(blocks(W, sizes[sizes > 0]), regions[there], rtol=1e-12, atol=0)
    assert np.count_nonzero(W) == synapses.count(regions, sizes)


def test_no_synapse_is_lost_in_single_precision_except_as_published() -> None:
    # bio 9.4: parts of a broken stick vanish in float32, or are below 0
    C, _ = like_macaque()
    sizes = np.full(29, 20)

    def density(sharing) -> float:
        synapses = Synapses(density_between=0.8, within=IntrinsicWithin(), self_synapses=False, weights=sharing)
        W = synapses.drawn(synapses.regional(C, sizes), sizes, numpy_stream(0))
        assert (W >= 0).all()  # the published code leaves parts of -1e-16
        assert np.count_nonzero(W) / W.size == pytest.approx(0.542, abs=1e-3)
        return float(np.count_nonzero(W.astype(np.float32))) / W.size

    for sharing in (Equal(), Dirichlet(), Dirichlet(concentration=0.01), LogNormal(spread=3)):
        assert density(sharing) == pytest.approx(0.542, abs=1e-3)
    assert 0.14 < density(StickBreaking()) < 0.19  # 0.166 as published


def test_of_a_hundred_parts_of_a_broken_stick_five_hold_nearly_all() -> None:
    parts = StickBreaking().parts(np.full(500, 100), numpy_stream(0)).reshape(500, 100)
    ordered = np.sort(parts, axis=1)[:, ::-1]
    assert 0.95 < ordered[:, :5].sum(1).mean() < 1
    assert 70 < (parts < 1e-10).sum(1).mean() < 85
    position = parts.argmax(1)
    assert abs(position.mean() - 49.5) < 5  # shuffled: the first synapse is no stronger than the last
    assert parts.sum(1) == pytest.approx(1, abs=1e-12)


def test_parts_have_the_spread_that_was_asked_for() -> None:
    flat = Dirichlet(concentration=1).parts(np.full(2000, 50), numpy_stream(0))
    even = Dirichlet(concentration=100).parts(np.full(2000, 50), numpy_stream(0))
    assert flat.std() * 50 == pytest.approx(np.sqrt(49 / 51), rel=0.02)  # of a symmetric Dirichlet distribution
    assert even.std() * 50 == pytest.approx(np.sqrt(49 / 5001), rel=0.02)
    assert np.log(LogNormal(spread=0.7).parts(np.full(2000, 50), numpy_stream(0))).std() == pytest.approx(0.7, rel=0.03)


def test_what_one_region_sends_arrives_at_the_other_and_not_the_reverse(monkeypatch: pytest.MonkeyPatch) -> None:
    # bio 9.1: its weights are the transpose of the graph that is meant
    pretend(monkeypatch, np.array([[0.0, 0.0], [0.763, 0.0]]), names=("V1", "V2"))
    made = wire({"kind": "listed", "units": {"V1": 4, "V2": 3}})
    V1, V2 = made.units_where("region", "V1"), made.units_where("region", "V2")
    assert made.weights[np.ix_(V2, V1)].sum() == pytest.approx(0.763, abs=1e-12)
    assert not made.weights[np.ix_(V1, V2)].any()


def test_units_are_numbered_region_by_region_in_the_order_of_the_connectome(monkeypatch: pytest.MonkeyPatch) -> None:
    # bio 9.5: lists of ids come back shuffled
    pretend(monkeypatch, np.ones((3, 3)), positions_um=np.arange(9.0).reshape(3, 3), pairs={"length_mm": np.eye(3)})
    made = wire(
        {"kind": "listed", "units": {"r0": 2, "r2": 1}, "others": 3, "synapses": {"weights": {"kind": "dirichlet"}}}
    )
    assert made.labels["region"] == ("r0", "r0", "r1", "r1", "r1", "r2")
    assert made.names == ("r0.1", "r0.2", "r1.1", "r1.2", "r1.3", "r2.1")
    assert made.units_where("region", "r1") == (2, 3, 4)
    assert made.positions_um[:, 0].tolist() == [0, 0, 3, 3, 3, 6]
    assert made.pairs["length_mm"].diagonal().all()
    assert made.pairs["length_mm"].sum() == 4 + 9 + 1


@pytest.mark.parametrize(("share_of", "weight_of", "factor", "axis"), [
    ("total", "input", 4.0, 1), ("total", "output", 4.0, 0),
    ("as_described", "input", 0.8, 1), ("as_described", "output", 0.8, 0),
])  # fmt: skip
def test_the_weight_within_a_region_is_the_share_that_is_said(share_of, weight_of, factor: float, axis: int) -> None:
    # bio 9.3: from what a region receives, called what it sends; f / (1 - f) for f
    C, sizes = like_macaque()
    within = IntrinsicWithin(share=0.8, share_of=share_of, weight_of=weight_of)
    regions = Synapses(within=within).regional(C, sizes)
    own = np.diag(regions)
    np.testing.assert_allclose(own, factor * C.sum(axis), rtol=1e-12)
    if share_of == "total":
        np.testing.assert_allclose(own / regions.sum(axis), 0.8, rtol=1e-12)


@pytest.mark.parametrize(("values", "address"), [
    ({"within": {"kind": "intrinsic", "share": 1.0}}, "within.share"),
    ({"density_between": 0.0}, "density_between"),
    ({"density_within": 1.2}, "density_within"),
])  # fmt: skip
def test_a_share_without_meaning_is_refused(values: Mapping[str, object], address: str) -> None:
    # bio 9.6: a share of 1 gives infinite weights, one of 0 still a contact
    with pytest.raises(Invalid) as error:
        Synapses.read(values)
    assert error.value.address == address

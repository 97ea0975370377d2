"""Starts in the order of the connectome's weights, between published bounds, and in global balance."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import spearmanr

from engine.component import Invalid
from engine.connectomes.connectome import Connectome
from engine.connectomes.sharing import Dirichlet, Equal, Sharing, StickBreaking
from engine.connectomes.synapses import IntrinsicWithin, Synapses
from engine.constraints import Constraints
from engine.constraints.spectral_radius import spectral_radius
from engine.experiments.check import check
from engine.experiments.experiment import Experiment
from engine.networks import Bounded, FromConnectome, InitialWeights, RankMatched, Uniform
from engine.networks.initial_weights import balanced_in_sum
from engine.networks.initial_weights_ranked import in_order
from engine.randomness import numpy_stream
from tests.engine.small_networks import laws, small_connectome
from tests.engine.test_expansion_published import FOLDER, published

AS_DRAWN = {"spectral_radius": None, "balance": "none"}
PUBLISHED = RankMatched(order="signed", ties="matrix_order", **AS_DRAWN)


def start(weights: InitialWeights, connectome: Connectome, constraints: Constraints, seed: int = 0) -> torch.Tensor:
    """W_rec of the first network."""
    return weights.draw(connectome, constraints.bind(connectome), 3, 1, seed, 0)["W_rec"]


def unsigned(weights: np.ndarray) -> Connectome:
    """A connectome of units without signs."""
    n = len(weights)
    names = tuple(f"u{i}" for i in range(n))
    return Connectome(weights, weights != 0, np.zeros(n, np.int8), names, ("all",) * n, ("free",) * n)


def near_regions_connect(seed: int = 0) -> np.ndarray:
    """29 regions on a line with 536 connections, mostly of neighbours and both ways, as in cortex."""
    rng = np.random.default_rng(seed)
    place = np.arange(29)
    strengths = 10 ** (rng.normal(0, 0.7, (29, 29)) - np.abs(place[:, None] - place[None, :]) / 4)
    np.fill_diagonal(strengths, 0)
    return strengths * (strengths >= np.sort(strengths, axis=None)[-536])


def four_per_region(regions: np.ndarray, sharing: Sharing) -> Connectome:
    """Regions of 4 units, wired as in the published experiments."""
    sizes = np.full(len(regions), 4)
    synapses = Synapses(density_between=0.8, within=IntrinsicWithin(), self_synapses=False, weights=sharing)
    return unsigned(synapses.drawn(synapses.regional(regions, sizes), sizes, numpy_stream(0)))


@pytest.mark.parametrize("bound", ["default", "xavier", "he"])
def test_draws_fill_the_published_bounds_and_no_more(bound: str) -> None:
    # bio 9.9: the choice of bounds is ignored, and he counts outputs in the readout
    n = 200
    limit = {"default": 1 / np.sqrt(n), "xavier": np.sqrt(6 / (n + n)), "he": np.sqrt(6 / n)}[bound]
    weights = Bounded(bound=bound, **AS_DRAWN)
    W = start(weights, small_connectome(n), laws("off", keep=False))
    assert 0.99 * limit < W.max() <= limit
    assert -limit <= W.min() < -0.99 * limit
    assert W.mean().abs() < 0.01 * limit
    read = weights.draw(small_connectome(n), laws("off").bind(small_connectome(n)), 3, 1, 0, 0)["W_out"]
    assert read.abs().max() < 1  # he has 2.45 for a single output as published, from the wrong side of the matrix


def test_signed_ranks_are_those_of_the_connectome_as_published() -> None:
    connectome = small_connectome(40, 0.3, signed=False)
    present = torch.from_numpy(connectome.mask)
    W = start(PUBLISHED, connectome, laws("off"))
    assert spearmanr(W[present], connectome.weights[connectome.mask]).statistic == pytest.approx(1)
    assert (W[~present] == 0).all()
    positive = unsigned(np.abs(connectome.weights))
    W = start(PUBLISHED, positive, laws("off"))
    assert 0.4 < float((W[present] < 0).double().mean()) < 0.6  # weak connections become strong negative ones
    assert float(W[present][W[present].abs().argmax()]) != 0


@pytest.mark.parametrize(("ties", "axis"), [("matrix_order", 1), ("by_target", 0)])
def test_equal_weights_are_filled_source_by_source_or_target_by_target(ties: str, axis: int) -> None:
    tied = unsigned(np.ones((30, 30)))
    W = start(RankMatched(order="signed", ties=ties, **AS_DRAWN), tied, laws("off"))
    assert (W.movedim(axis, 0).flatten().diff() >= 0).all()


@pytest.mark.parametrize("method", ["projection", "magnitude"])
@given(st.integers(0, 10_000), st.floats(0.05, 1))
@settings(max_examples=15, deadline=None)
def test_strengths_are_ranked_as_the_connectomes_are_and_dales_law_holds(
    method: str, seed: int, density: float
) -> None:
    connectome = small_connectome(20, density, seed)
    W = start(RankMatched(spectral_radius=None), connectome, laws(method), seed).numpy()
    assert (W * connectome.signs[None, :] >= 0).all()
    present = connectome.mask
    if present.sum() > 1:
        assert spearmanr(np.abs(W[present]), np.abs(connectome.weights[present])).statistic == pytest.approx(1)


@pytest.mark.parametrize("rules", [(), ({"post": "unit:unit 1", "sign": "inhibitory"},)])
def test_the_signed_order_is_refused_where_laws_fix_signs_with_the_way_out(rules) -> None:
    law = laws("projection" if not rules else "off").with_value("rules", rules)
    with pytest.raises(Invalid, match=r"fix the sign of \d+ connections.*by magnitude.*Dale's law off") as fault:
        start(PUBLISHED, small_connectome(), law)
    assert fault.value.address == "weights.order"
    experiment = Experiment().with_values({"weights.kind": "rank_matched"})
    check(experiment)
    with pytest.raises(Invalid, match="order would be lost"):
        check(experiment.with_value("weights.order", "signed"))


def test_units_without_a_sign_take_that_of_their_draw() -> None:
    connectome = unsigned(np.abs(small_connectome(40, 0.3).weights))
    W = start(RankMatched(**AS_DRAWN), connectome, laws("off")).numpy()
    assert 0.4 < (W[connectome.mask] < 0).mean() < 0.6
    assert spearmanr(np.abs(W[connectome.mask]), connectome.weights[connectome.mask]).statistic == pytest.approx(1)


def test_equal_weights_take_their_draws_by_lot_or_sorted_along_the_rows_of_sources() -> None:
    values, keys = torch.arange(10.0).flip(0), torch.ones(10)
    rng = torch.Generator().manual_seed(0)
    assert in_order(keys, values, "matrix_order", rng).tolist() == list(range(10))
    by_lot = in_order(keys, values, "random", rng)
    assert by_lot.tolist() != list(range(10))
    assert by_lot.sort().values.tolist() == list(range(10))
    connectome = unsigned(np.ones((6, 6)))
    by_source = start(PUBLISHED, connectome, laws("off")).T.flatten()
    assert (by_source.diff() > 0).all()


def mean_radius(regions: np.ndarray, sharing: Sharing, weights: InitialWeights) -> float:
    """Of three draws, without scaling."""
    connectome = four_per_region(regions, sharing)
    return float(np.mean([spectral_radius(start(weights, connectome, laws("off"), s)) for s in range(3)]))


def test_the_signed_order_makes_the_blocks_of_regions_an_outlier_among_the_eigenvalues() -> None:
    """bio_instantiated.md, section 7; equal synapses most, broken sticks less, and none without the order."""
    regions = near_regions_connect()
    equal, broken = (mean_radius(regions, sharing, PUBLISHED) for sharing in (Equal(), StickBreaking()))
    assert equal > 1.4 * broken > 1.3
    for weights in (Bounded(**AS_DRAWN), RankMatched(**AS_DRAWN)):
        assert mean_radius(regions, Equal(), weights) == pytest.approx(0.43, abs=0.08)


@pytest.mark.skipif(not FOLDER.is_dir(), reason="the files of bio2art are not on this machine")
def test_the_macaque_starts_at_the_published_spectral_radii() -> None:
    regions, _ = published("Macaque_Normalized")
    assert mean_radius(regions, Equal(), PUBLISHED) == pytest.approx(1.60, abs=0.05)
    assert mean_radius(regions, StickBreaking(), PUBLISHED) == pytest.approx(0.96, abs=0.2)
    for sharing in (Equal(), StickBreaking(), Dirichlet()):
        assert mean_radius(regions, sharing, Bounded(**AS_DRAWN)) == pytest.approx(0.43, abs=0.05)


def test_a_connection_keeps_its_direction() -> None:
    # bio 9.1
    weights = np.zeros((3, 3))
    weights[2, 0] = 1.0
    for kind in (RankMatched(**AS_DRAWN), PUBLISHED, FromConnectome(**AS_DRAWN)):
        assert start(kind, unsigned(weights), laws("off")).nonzero().tolist() == [[2, 0]]


def two_areas(seed: int) -> Connectome:
    """64 units in two areas, 0.6 within and 0.2 between, exact in every row; inhibition stays at home (nn4n, A2)."""
    rng = np.random.default_rng(seed)
    area, excites = np.repeat([0, 1], 32), np.tile(np.arange(32) < 25, 2)
    mask = np.zeros((64, 64), bool)
    for post in range(64):
        for other, share in ((area[post], 0.6), (1 - area[post], 0.2)):
            mask[post, rng.permutation(np.flatnonzero(area == other))[: int(share * 32)]] = True
    mask &= excites[None, :] | (area[:, None] == area[None, :])
    signs = np.where(excites, 1, -1).astype(np.int8)
    names = tuple(f"u{i}" for i in range(64))
    types = tuple("E" if e else "I" for e in excites)
    return Connectome(mask * signs[None].astype(float), mask, signs, names, tuple(f"A{a}" for a in area), types)


def test_the_start_of_nn4n_is_reproduced_by_options() -> None:
    """ctrnn_masks_and_losses.md, A2: E + I = 0 within 1e-5, half of the synapses at 0, radius 0.12 to 0.17."""
    as_published = Bounded(wrong_signs="clamp", balance="global", spectral_radius=None)
    radii = []
    for seed in range(20):
        connectome = two_areas(seed)
        W = start(as_published, connectome, laws("projection"), seed).float().double()
        E, I = float(W.clamp(min=0).sum()), float(W.clamp(max=0).sum())  # noqa: E741
        assert abs(E + I) / E < 1e-5
        assert 0.4 < float((W != 0).sum()) / connectome.mask.sum() < 0.6
        radii.append(spectral_radius(W))
    assert 0.12 < np.median(radii) < 0.17


def test_a_dense_start_of_nn4n_has_the_published_sums() -> None:
    """ctrnn_masks_and_losses.md, section 6: 100 units, 80 % E: E = 48 to 51, mean weights 0.0123 and -0.0494."""
    n, as_published = 100, Bounded(wrong_signs="clamp", balance="global", spectral_radius=None)
    signs = np.where(np.arange(n) < 80, 1, -1).astype(np.int8)
    names = tuple(map(str, range(n)))
    all_to_all = Connectome(np.ones((n, n)) * signs, np.ones((n, n), bool), signs, names, names, names)
    W = torch.stack([start(as_published, all_to_all, laws("projection"), seed) for seed in range(5)])
    assert float(W.clamp(min=0).sum()) / 5 == pytest.approx(50, abs=3)
    assert float(W[W > 0].mean()) == pytest.approx(0.0123, abs=0.001)
    assert float(W[W < 0].mean()) == pytest.approx(-0.0494, abs=0.004)
    assert float((W == 0).double().mean()) == pytest.approx(0.5, abs=0.02)


@pytest.mark.parametrize("kind", [Uniform, Bounded, RankMatched, FromConnectome])
@pytest.mark.parametrize("wrong_signs", ["fold", "clamp"])
def test_global_balance_cancels_over_the_whole_matrix_by_scaling_the_larger_side_down(kind, wrong_signs) -> None:
    connectome = small_connectome(40)
    free = kind(spectral_radius=None, balance="none", wrong_signs=wrong_signs)
    before = start(free, connectome, laws("projection"))
    after = start(free.with_value("balance", "global"), connectome, laws("projection"))
    assert float(after.sum()) == pytest.approx(0, abs=1e-12)
    assert float(after.clamp(min=0).sum()) == pytest.approx(
        min(float(before.clamp(min=0).sum()), -float(before.clamp(max=0).sum()))
    )


def test_without_inhibition_there_is_nothing_to_balance() -> None:
    W = torch.rand(4, 4)
    assert torch.equal(balanced_in_sum(W), W)


def test_limits_of_a_rule_hold_also_after_the_spectral_radius_is_set() -> None:
    constraints = Constraints().with_value("rules", ({"matrix": "W_rec", "low": -0.05, "high": 0.05},))
    for kind in (Uniform(), Bounded(), RankMatched(), FromConnectome()):
        W = start(kind, small_connectome(30), constraints)
        assert float(W.abs().max()) <= 0.05 + 1e-9

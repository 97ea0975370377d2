"""Objectives give the numbers of the publications that they follow, or of the code of these publications."""

import math
import os
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.linalg import expm
from scipy.stats import wasserstein_distance

from engine.connectomes.connectome import Connectome
from engine.training.objectives.communicability import (
    AS_PUBLISHED,
    communicability_by_torch,
    weighted_communicability,
)
from engine.training.objectives.communicability_cost import CommunicabilityCost
from engine.training.objectives.distance import Distance
from engine.training.objectives.earth_mover import EarthMover
from engine.training.objectives.entropy import Entropy
from engine.training.objectives.expm8 import expm8, squarings
from engine.training.objectives.firing_rate import FiringRate
from engine.training.objectives.hebbian import Hebbian
from engine.training.objectives.metabolic_cost import MetabolicCost
from engine.training.objectives.orthogonality import Orthogonality
from engine.training.objectives.participation_ratio import ParticipationRatio
from engine.training.objectives.population_kl import PopulationKL
from engine.training.objectives.rate_spread import RateSpread
from engine.training.objectives.spatially_embedded import SpatiallyEmbedded
from engine.training.objectives.state_prediction import StatePrediction
from engine.training.objectives.weight_norm import WeightNorm
from engine.training.objectives.wiring_cost import WiringCost
from tests.engine.objectives import connectome, cost, evidence

U = torch.tensor([[0.2, -1, 2], [0.5, 0.1, -1], [1, 1, -0.3]], dtype=torch.float64)  # from i to j, as published
ABC = Connectome(
    np.ones((3, 3)), np.ones((3, 3), bool), np.zeros(3, np.int8), ("a", "b", "c"), ("x",) * 3, ("?",) * 3,
    positions_um=np.array([[0.0, 0, 0], [1, 0, 0], [1, 2, 0]]),
)  # fmt: skip
FIELDS = Path(os.environ.get("CONNECTARIUM_SHARED_DATA", "/work/shared/data")) / "repo_microns_blueprint"
MEASURED = Distance(coordinates="measured_um")


def golden(objective):
    return cost(objective, evidence(1, wiring=ABC, W_rec=U.T[None])).item()


def wide(units, networks=1, draw=torch.nn.init.orthogonal_):
    """Evidence of many units whose recurrent weights are orthogonal."""
    torch.manual_seed(0)
    names = tuple(map(str, range(units)))
    wiring = Connectome(
        np.ones((units, units)), np.ones((units, units), bool), np.zeros(units, np.int8), names, names, names
    )
    return evidence(
        networks, wiring=wiring, W_rec=torch.stack([draw(torch.empty(units, units)).double() for _ in range(networks)])
    )


def test_golden_numbers_of_the_microns_study():
    strengths = U.T.abs()[None]
    assert strengths.sum(-2)[0].tolist() == pytest.approx([3.2, 1.6, 2.3])
    wanted = [[0, 0.747954, 1.040013], [0.373977, 0, 0.735400], [0.520006, 0.735400, 0]]
    found = weighted_communicability(strengths)[0].T
    np.testing.assert_allclose(found, wanted, atol=6e-7)
    assert golden(WeightNorm()) == pytest.approx(7.1, abs=1e-9)
    assert golden(WiringCost(distance=MEASURED)) == pytest.approx(12.208204, abs=6e-7)
    assert golden(SpatiallyEmbedded(distance=MEASURED)) == pytest.approx(9.690391, abs=6e-7)


@pytest.mark.skipif(not FIELDS.is_dir(), reason="the fields of the MICrONS study are not on this machine")
@pytest.mark.parametrize(
    ("field", "mean", "synapses", "joined"), [("5_3_4", 231.2, 14, 17), ("6_6_2", 129.2, 338, 5764)]
)
def test_the_measured_fields_have_the_communicability_of_the_microns_study(field, mean, synapses, joined):
    """E0, paper mode: half of the units have no outputs, so that values of 1e5 make the distance all but constant.

    An entry is above 0 where any chain of synapses leads from one unit to the other: 5,764 pairs of 6_6_2. Section 6
    counts 5,727, as values down to 3e-25 occur, of which rounding hid the 37 below 2e-20 there.
    """
    counts = np.loadtxt(FIELDS / field / f"connectome_{field}.csv", delimiter=",", skiprows=1)[:, 1:]
    assert counts.sum() == synapses
    found = weighted_communicability(torch.from_numpy(counts.T.copy())[None], AS_PUBLISHED)[0]
    assert (found > 0).sum() == joined
    assert (found > 2.1e-20).sum() == {5764: 5727}.get(joined, joined)
    assert found.mean().item() == pytest.approx(mean, abs=0.05)
    assert found.max().item() == pytest.approx(1.414e5, rel=1e-3)
    names = tuple(map(str, range(len(counts))))
    wiring = Connectome(counts.T, counts.T > 0, np.zeros(len(counts), np.int8), names, names, names)
    weak = evidence(1, wiring=wiring, W_rec=torch.full((1, len(counts), len(counts)), 0.01))
    assert cost(EarthMover(version="as_published"), weak).item() == pytest.approx(mean, rel=0.002)


@pytest.mark.parametrize("n", [3, 100, 312])
def test_units_that_are_all_joined_alike_have_the_communicability_of_the_paper(n):
    found = weighted_communicability(torch.full((1, n, n), 0.37, dtype=torch.float64))[0]
    off = ~torch.eye(n, dtype=torch.bool)
    np.testing.assert_allclose(found[off], (math.e - 1) / n, rtol=1e-12)
    assert (found.diagonal() == 0).all()


@pytest.mark.parametrize(
    ("grid", "total", "mean", "longest"),
    [
        ((5, 5, 4), 30271.042, 3.0577, 6.4031),
        ((12, 13, 2), 637946.63, 6.575, 16.310),
        ((7, 5, 2), 15722.674, 3.255, 7.280),
    ],
)
def test_grids_have_the_summed_distances_of_the_papers(grid, total, mean, longest):
    n = math.prod(grid)
    found = Distance(grid=grid).between(connectome(n))
    assert found.sum() == pytest.approx(total, abs=6e-3)
    assert found.sum() / (n * n - n) == pytest.approx(mean, abs=6e-4)
    assert found.max() == pytest.approx(longest, abs=6e-4)


def test_units_of_a_grid_run_along_z_first_then_x_then_y_and_the_compact_grid_of_100_is_the_published_one():
    found = Distance(grid=(3, 4, 2)).between(connectome(24))
    steps = {1: (0, 0, 1), 2: (1, 0, 0), 6: (0, 1, 0), 7: (0, 1, 1), 9: (1, 1, 1)}
    assert [found[0, k] for k in steps] == pytest.approx([math.hypot(*step) for step in steps.values()])
    assert np.array_equal(Distance().between(connectome(100)), Distance(grid=(5, 5, 4)).between(connectome(100)))


@pytest.mark.parametrize("power", [0.5, 2.0])
def test_a_distance_has_any_power_and_a_self_connection_costs_what_is_asked(power):
    plain = Distance(grid=(3, 4, 2)).between(connectome(24))
    found = Distance(grid=(3, 4, 2), power=power, of_self=0.1).between(connectome(24))
    np.testing.assert_allclose(found, np.where(np.eye(24, dtype=bool), 0.1, plain**power))
    assert (plain.diagonal() == 0).all()


def test_coordinates_as_published_fall_into_three_clusters_that_have_nothing_to_do_with_anatomy():
    rng = np.random.default_rng(0)
    n = 312
    voxels = rng.uniform((230_000, 90_000, 15_000), (480_000, 123_000, 27_500), (n, 3)).round()
    wiring = connectome(n)
    wiring.positions_um[:] = voxels * (0.004, 0.004, 0.040)
    right, wrong = (Distance(coordinates=mode).between(wiring) for mode in ("min_max", "scrambled"))
    flat = voxels.ravel()
    rows = np.stack([flat[:n], flat[n : 2 * n], flat[2 * n :]])
    rows = (rows - rows.min(1, keepdims=True)) / np.ptp(rows, axis=1, keepdims=True)
    np.testing.assert_allclose(wrong, np.linalg.norm(rows.T[:, None] - rows.T[None], axis=-1), atol=1e-9)
    same = (np.arange(n)[:, None] - np.arange(n)) % 3 == 0
    off = ~np.eye(n, dtype=bool)
    assert wrong[same & off].mean() < 0.3 * wrong[~same].mean()
    assert abs(np.corrcoef(right[off], wrong[off])[0, 1]) < 0.05
    assert 0.55 < right[off].mean() < 0.75
    assert right.max() <= math.sqrt(3)


@pytest.mark.parametrize(
    ("objective", "wanted", "within"),
    [(WeightNorm(), 801, 0.01), (SpatiallyEmbedded(), 55.1, 0.006), (WiringCost(), 801 * 3.0577 * 0.99, 0.02)],
)
def test_costs_of_an_orthogonal_start_of_100_units_are_those_of_the_reference_run(objective, wanted, within):
    assert cost(objective, wide(100, networks=3)).mean().item() == pytest.approx(wanted, rel=within)


@pytest.mark.parametrize(
    ("objective", "wanted"), [(WeightNorm(), 4403), (WiringCost(distance=Distance(grid=(12, 13, 2))), 8667 / 0.3),
                              (SpatiallyEmbedded(distance=Distance(grid=(12, 13, 2))), 63.5 / 0.3)]
)  # fmt: skip
def test_penalties_of_an_orthogonal_start_of_312_units_are_those_of_the_microns_study(objective, wanted):
    assert cost(objective, wide(312)).item() == pytest.approx(wanted, rel=0.01)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
@pytest.mark.parametrize("norm", [0.0, 0.01, 1.0, 1.7, 20.0])
def test_the_fast_exponential_is_that_of_scipy_and_so_is_its_gradient(dtype, norm):
    torch.manual_seed(1)
    matrix = torch.randn(2, 30, 30, dtype=torch.float64)
    matrix = norm * matrix / torch.linalg.matrix_norm(matrix, 1).amax()
    cast = matrix.to(dtype).clone().requires_grad_()
    found = expm8(cast, squarings(norm, dtype))
    exact = np.stack([expm(each.numpy()) for each in matrix])
    rounding = torch.finfo(dtype).eps * 2 ** squarings(norm, dtype)
    within = max(40 * rounding, 4e-6 if dtype == torch.float32 else 0)  # in float32 the neglected terms show
    assert np.linalg.norm(found.detach().numpy() - exact) < within * np.linalg.norm(exact)
    towards = torch.randn(matrix.shape, dtype=torch.float64)
    (found * towards.to(dtype)).sum().backward()
    wanted = torch.autograd.functional.vjp(torch.linalg.matrix_exp, matrix, towards)[1]
    assert (cast.grad - wanted).norm() < within * wanted.norm()


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
def test_communicability_and_its_gradient_agree_with_the_exponential_of_torch(dtype):
    strengths = torch.rand(2, 60, 60, dtype=dtype, generator=torch.Generator().manual_seed(2)).requires_grad_()
    gradients = []
    for form in (weighted_communicability, communicability_by_torch):
        gradients.append(torch.autograd.grad((strengths * form(strengths)).sum(), strengths)[0])
    fast, slow = gradients
    assert (fast - slow).norm() / slow.norm() < 100 * torch.finfo(dtype).eps


def test_detached_communicability_only_weighs_the_connections():
    found = evidence()
    cost(CommunicabilityCost(detached=True), found).sum().backward()
    strengths = found.W_rec.detach().abs()
    torch.testing.assert_close(found.W_rec.grad, weighted_communicability(strengths) * found.W_rec.detach().sign())


def published_communicability(strengths, least):
    out = strengths.sum(0)
    out = np.where(out == 0, least, out)
    joined = expm(strengths / np.sqrt(np.outer(out, out)))
    np.fill_diagonal(joined, 0)
    return joined


def test_earth_movers_distance_as_published_is_a_constant_and_mended_is_not():
    found = evidence(wiring=connectome(40))
    wiring = found.connectome
    silent = np.arange(40) % 2 == 0
    weights = np.where(silent, 0, np.abs(wiring.weights))
    wiring.weights[:] = weights * wiring.signs
    before, after = found.W_rec.detach().clone(), 0.5 * found.W_rec.detach() ** 2
    costs = {
        version: [
            cost(EarthMover(version=version), evidence(wiring=wiring, W_rec=w))[0].item() for w in (before, after)
        ]
        for version in ("as_published", "mended")
    }
    published = published_communicability(weights, 1e-10)
    assert published.max() > 1e4
    assert costs["as_published"][0] == pytest.approx(
        wasserstein_distance(published.ravel(), published_communicability(before[0].abs().numpy(), 1e-10).ravel()),
        rel=1e-9,
    )
    assert costs["as_published"] == pytest.approx([published.mean()] * 2, rel=1e-3)
    assert costs["mended"][0] < 1
    assert abs(costs["mended"][1] / costs["mended"][0] - 1) > 0.02


def test_a_network_with_the_weights_of_its_connectome_has_no_earth_to_move():
    wiring = connectome()
    found = evidence(wiring=wiring, W_rec=torch.from_numpy(wiring.weights).expand(2, -1, -1))
    assert cost(EarthMover(), found).tolist() == [0, 0]


def test_norms_of_weights_have_both_normalisations_of_nn4n():
    found = evidence(1)
    W_in, W_rec, W_out = (getattr(found, name).detach()[0] for name in ("W_in", "W_rec", "W_out"))
    three = (W_in, W_rec, W_out)
    wanted = {
        ("W_in", "l2", "weight"): W_in.norm() ** 2 / (3 * 8),
        ("W_rec", "l2", "weight"): W_rec.norm() ** 2 / 64,
        ("W_out", "l2", "weight"): W_out.norm() ** 2 / (2 * 8),
        ("W_rec", "frobenius", "sum"): W_rec.norm(),
        ("all", "frobenius", "sum"): sum(w.norm() for w in three),
        ("all", "l1", "sum"): sum(w.abs().sum() for w in three),
        ("all", "l1", "weight"): sum(w.abs().mean() for w in three),
    }
    for (matrix, norm, per), value in wanted.items():
        assert cost(WeightNorm(matrix=matrix, norm=norm, per=per), found).item() == pytest.approx(value.item())


def test_costs_of_rates_are_those_of_nn4n_over_trials_and_time():
    found = evidence(1, rates=torch.randn(1, 5, 8, 8, dtype=torch.float64) + 0.3)
    r = found.rates[0]
    mu, size = r.mean((0, 1)), r.abs().mean((0, 1))
    share = r.abs() / r.abs().sum(-1, keepdim=True)
    W = found.W_rec.detach()[0]
    wanted = {
        FiringRate(): mu.square().mean(),
        FiringRate(norm="l1"): mu.abs().mean(),
        FiringRate(target=0.2): (mu - 0.2).square().mean(),
        RateSpread(): mu.std(),
        RateSpread(measure="cv"): size.std() / size.mean(),
        RateSpread(measure="cv_signed"): mu.std() / mu.mean(),
        RateSpread(measure="mean_ad"): (mu - mu.mean()).abs().mean(),
        RateSpread(measure="max_ad"): (mu - mu.mean()).abs().max(),
        StatePrediction(lag_ms=60): (r[:, 3:] - r[:, :-3]).square().mean(),
        Entropy(energy=10): (-(share * share.log()).sum(-1) + 10 * r.square().sum(-1)).mean(),
        Hebbian(): torch.einsum("ij,bti,btj->bt", W, r, r).abs().mean(),
        MetabolicCost(): r.square().mean(),
        MetabolicCost(synaptic=2): r.square().mean() + 2 * (W.abs() @ r.abs().flatten(0, 1).T).mean(),
    }
    for objective, value in wanted.items():
        assert cost(objective, found).item() == pytest.approx(value.item(), rel=1e-6), objective


def test_state_prediction_looks_along_time_and_not_across_trials():
    # ctrnn 12.12: it slices the batch
    moving = torch.arange(8.0).double()[None, None, :, None].expand(1, 5, 8, 8)
    assert cost(StatePrediction(lag_ms=40), evidence(1, rates=moving)).item() == 4
    still = torch.arange(5.0).double()[None, :, None, None].expand(1, 5, 8, 8)
    assert cost(StatePrediction(lag_ms=40), evidence(1, rates=still)).item() == 0


def test_epochs_and_units_choose_what_is_judged():
    rates = torch.zeros(1, 5, 8, 8, dtype=torch.float64)
    rates[:, :, 3:5, :4] = 2  # the left area during the delay
    found = evidence(1, rates=rates)
    assert cost(FiringRate(units="area:left", epochs=("delay",)), found).item() == 4
    assert cost(FiringRate(units="area:right", epochs=("delay",)), found).item() == 0
    assert cost(FiringRate(units="area:left", epochs=("stimulus", "response")), found).item() == 0
    assert cost(FiringRate(), found).item() == pytest.approx((2 * 2 / 8) ** 2 / 2)


def test_population_kl_is_that_of_gaussians_and_zero_between_alike_populations():
    torch.manual_seed(4)
    rates = torch.randn(1, 400, 8, 8, dtype=torch.float64) * torch.arange(1, 9) + 1
    far = cost(PopulationKL(units="area:left", against="area:right", energy=0), evidence(1, rates=rates))
    means, sds = rates[0].mean((0, 1)), rates[0].std((0, 1), correction=0)
    gaussians = [torch.distributions.Normal(means[k : k + 4], sds[k : k + 4]) for k in (0, 4)]
    both = [torch.distributions.kl_divergence(*order) for order in (gaussians, gaussians[::-1])]
    assert far.item() == pytest.approx((sum(both) / 2).mean().item())
    assert cost(PopulationKL(units="area:left", against="area:left", energy=0), evidence(1, rates=rates)).item() == 0
    dear = cost(PopulationKL(units="area:left", against="area:right"), evidence(1, rates=rates))
    assert (dear - far).item() == pytest.approx(1e-3 * rates.square().sum(-1).mean().item(), rel=1e-6)
    one_way = PopulationKL(units="area:left", mean=1, sd=2, symmetric=False, energy=0)
    wanted = torch.distributions.kl_divergence(gaussians[0], torch.distributions.Normal(1.0, 2.0)).mean()
    assert cost(one_way, evidence(1, rates=rates)).item() == pytest.approx(wanted.item())
    summed = PopulationKL(units="area:left", against="area:right", reduction="sum")
    assert cost(summed, evidence(1, rates=rates)).item() == pytest.approx((dear + 3 * far).item())  # energy once
    own = PopulationKL(mean=1, sd=2).of_pairs(rates, evidence(1, rates=rates))
    assert own.shape == (1, 8)  # one by one, where the published "none" has an error of shape
    assert own[0, :4].mean().item() > 0


def test_activity_along_two_equal_axes_has_two_dimensions():
    rates = torch.zeros(1, 4, 1, 8, dtype=torch.float64)
    rates[0, :, 0, 0] = torch.tensor([1, -1, 0, 0])
    rates[0, :, 0, 5] = torch.tensor([0, 0, 1, -1])
    assert cost(ParticipationRatio(), evidence(1, rates=rates)).item() == pytest.approx(2 / 8)
    assert cost(ParticipationRatio(seek="many"), evidence(1, rates=rates)).item() == pytest.approx(6 / 8)


def test_rotations_are_orthogonal_and_scaled_ones_at_their_length():
    found = wide(16)
    assert cost(Orthogonality(), found).item() == pytest.approx(0, abs=1e-10)
    assert cost(Orthogonality(length=0), found).item() == pytest.approx(1)
    doubled = evidence(1, wiring=found.connectome, W_rec=2 * found.W_rec)
    assert cost(Orthogonality(length=2, vectors="onto_each"), doubled).item() == pytest.approx(0, abs=1e-10)


def wirings(n):
    """Dense, modular, cyclic and two-sided weights."""
    torch.manual_seed(0)
    dense, weak = torch.randn(n, n), 1e-3 * torch.randn(n, n)
    half = torch.arange(n) < n // 2
    return {
        "dense": dense,
        "modular": torch.block_diag(*[torch.randn(n // 4, n // 4)] * 4) + weak,
        "cycle": torch.roll(torch.eye(n), 1, 0) + weak,
        "two halves": dense * (half[:, None] != half) + weak,
    }


@pytest.mark.parametrize(
    ("kind", "within"), [("dense", 5e-7), ("modular", 3e-6), ("cycle", 5e-6), ("two halves", 5e-5)]
)
def test_communicability_in_float32_is_that_in_float64_and_so_is_its_gradient(kind, within):
    found = {}
    for dtype in (torch.float32, torch.float64):
        strengths = wirings(40)[kind][None].abs().to(dtype).requires_grad_()
        joined = weighted_communicability(strengths)
        found[dtype] = joined, torch.autograd.grad((strengths * joined).sum(), strengths)[0]
    for rough, exact in zip(*found.values(), strict=True):
        assert (rough.double() - exact).norm() < within * exact.norm()

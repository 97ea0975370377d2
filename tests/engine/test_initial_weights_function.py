"""Starts made of joint activity: the published constants, what they amount to, and the controls."""

import os
from pathlib import Path

import numpy as np
import pytest
import torch

from engine.component import Invalid
from engine.connectomes.connectome import Connectome
from engine.connectomes.measured import MeasuredWiring
from engine.constraints.spectral_radius import spectral_radius
from engine.networks import FromFunction
from engine.networks.initial_weights_function import controlled, unit_scaled
from engine.randomness import numpy_stream
from tests.engine.small_networks import laws, small_connectome

FIELD = Path(os.environ.get("CONNECTARIUM_SHARED_DATA", "/work/shared/data")) / "repo_microns_blueprint" / "6_6_2"
FREE = laws("off", keep=False)


def with_pairs(**pairs: np.ndarray) -> Connectome:
    """Units without signs that carry these measures, all connected."""
    n = len(next(iter(pairs.values())))
    names = tuple(f"u{i}" for i in range(n))
    ones = np.ones((n, n))
    return Connectome(ones, ones > 0, np.zeros(n, np.int8), names, names, names, pairs=pairs)


def synthetic_field(n: int = 312, seed: int = 0) -> Connectome:
    """Correlation and tiling coefficient as in MICrONS field 6_6_2 (microns_constrained.md, sections 3 and 4)."""
    rng = np.random.default_rng(seed)

    def measure(mean: float, sd: float) -> np.ndarray:
        upper = np.triu(rng.normal(mean, sd, (n, n)), 1)
        return upper + upper.T + np.eye(n)

    return with_pairs(correlation=measure(0.0196, 0.019), sttc=measure(-0.0072, 0.019))


def start(weights: FromFunction, connectome: Connectome, constraints=FREE, seed: int = 0) -> np.ndarray:
    """W_rec of the first network."""
    return weights.draw(connectome, constraints.bind(connectome), 3, 1, seed, 0)["W_rec"].numpy()


def diagonal_and_rest(W: np.ndarray) -> tuple[float, float]:
    return float(np.diag(W).mean()), float(W[~np.eye(len(W), dtype=bool)].mean())


def test_the_published_start_is_a_bank_of_integrators_on_a_faint_background() -> None:
    found = [start(FromFunction(), synthetic_field(), seed=seed) for seed in range(4)]
    diagonal, rest = np.mean([diagonal_and_rest(W) for W in found], axis=0)
    assert 150 < diagonal / rest < 350
    assert 0.18 < diagonal < 0.32
    for W in found:
        assert spectral_radius(torch.from_numpy(W)) == pytest.approx(0.95, abs=1e-9)
        assert W.min() >= 0
        assert 2 <= (W == 0).sum() <= 4  # the lowest pairs of either measure


def test_the_steps_are_those_of_the_formula() -> None:
    connectome = with_pairs(a=np.array([[1.0, 0.5], [0.25, 0.0]]))
    weights = FromFunction(measures=("a",), log_sd=0, log_mean=0.3, floor=0.06, spectral_radius=None)
    scaled = np.array([[1.0, 0.5], [0.25, 0.0]])
    expected = scaled * (0.1 / scaled.mean())
    expected[1, 0] = 0.06  # 0.057 is below the floor; 0 stays
    np.testing.assert_allclose(start(weights, connectome), expected, rtol=1e-12)


def test_draws_are_lognormal_with_the_published_constants() -> None:
    flat = with_pairs(sttc=np.ones((300, 300)))  # a constant measure scales to 1 everywhere
    W = start(FromFunction(measures=("sttc",), floor=0, spectral_radius=None), flat)
    assert np.log(W).std() == pytest.approx(0.5, rel=0.02)
    assert W.mean() == pytest.approx(0.1, rel=1e-9)
    assert not np.allclose(W, W.T)
    default = FromFunction()
    assert (default.log_mean, default.log_sd, default.mean, default.floor) == (-0.5, 0.5, 0.1, 0.01)
    assert (default.spectral_radius, default.balance, default.scaling) == (0.95, "none", "with_diagonal")


def test_scaling_without_the_diagonal_takes_most_of_its_advantage_away() -> None:
    connectome = synthetic_field()
    diagonal, rest = diagonal_and_rest(start(FromFunction(scaling="without_diagonal"), connectome))
    assert 2 < diagonal / rest < 20
    measure = torch.tensor([[9.0, 1.0], [2.0, 9.0]])
    assert unit_scaled(measure, "without_diagonal").tolist() == [[1, 0], [1, 1]]
    assert unit_scaled(measure, "with_diagonal").tolist() == [[1, 0], [0.125, 1]]


def test_pairs_never_measured_count_as_the_lowest() -> None:
    assert unit_scaled(torch.tensor([[1.0, torch.nan], [0.5, 0.0]]), "with_diagonal").tolist() == [[1, 0], [0.5, 0]]


def test_the_controls_take_away_what_they_say() -> None:
    B = torch.rand(30, 30, generator=torch.Generator().manual_seed(0), dtype=torch.float64) + torch.eye(30)

    def control(name: str) -> torch.Tensor:
        return controlled(B, name, torch.Generator().manual_seed(1))

    assert torch.equal(control("none"), B)
    permuted = control("permuted")
    torch.testing.assert_close(
        torch.linalg.eigvals(permuted).abs().sort().values, torch.linalg.eigvals(B).abs().sort().values
    )
    assert permuted.diagonal().sort().values.equal(B.diagonal().sort().values)
    assert not torch.equal(permuted, B)
    shuffled = control("shuffled")
    assert shuffled.flatten().sort().values.equal(B.flatten().sort().values)
    assert float(shuffled.diagonal().mean()) < 0.9 < float(B.diagonal().mean())
    off = control("shuffled_off_diagonal")
    assert off.diagonal().equal(B.diagonal())
    assert not torch.equal(off, B)
    assert off.flatten().sort().values.equal(B.flatten().sort().values)
    assert control("diagonal").equal(torch.diag(B.diagonal()))


def test_the_diagonal_alone_needs_units_that_connect_to_themselves() -> None:
    connectome = small_connectome().but(pairs={"sttc": np.eye(12)})
    with pytest.raises(Invalid, match="no unit may connect to itself") as error:
        start(FromFunction(control="diagonal"), connectome, laws("off"))
    assert error.value.address == "weights.control"
    assert np.count_nonzero(start(FromFunction(control="diagonal"), connectome)) == 12


@pytest.mark.parametrize(("weights", "said"), [
    (FromFunction(), "no known measure of joint activity; there are length_mm, weights"),
    (FromFunction(measures=("lenght_mm",)), "Did you mean 'length_mm'"),
])  # fmt: skip
def test_a_measure_that_is_not_there_is_refused_with_those_that_are(weights: FromFunction, said: str) -> None:
    with pytest.raises(Invalid, match=said) as error:
        start(weights, with_pairs(length_mm=np.ones((3, 3))))
    assert error.value.address == "weights.measures"


def test_a_functional_atlas_is_its_own_measure() -> None:
    wiring = MeasuredWiring(connectome="worm_functional_randi", signs={"kind": "unsigned"}, density=None)
    connectome = wiring.wire(numpy_stream(0))
    W = start(FromFunction(measures=("weights",), log_sd=0), connectome, laws("off"))
    assert (W[~connectome.mask] == 0).all()
    assert np.corrcoef(W[connectome.mask], np.abs(connectome.weights[connectome.mask]))[0, 1] > 0.9


def test_regions_that_are_active_together_start_connected_and_their_units_with_them() -> None:
    expansion = {"kind": "constant", "units_per_region": 3}
    connectome = MeasuredWiring(connectome="human_dk84", expansion=expansion).wire(numpy_stream(0))
    assert connectome.pairs["bold_correlation"].shape == (252, 252)
    W = start(FromFunction(log_sd=0, floor=0), connectome, laws("projection"))
    assert (W * connectome.signs[None, :] >= 0).all()
    assert (W[~connectome.mask] == 0).all()
    there = connectome.mask & (connectome.pairs["bold_correlation"] != 0)
    assert np.corrcoef(np.abs(W[there]), connectome.pairs["bold_correlation"][there])[0, 1] == pytest.approx(1)


def test_measures_of_pairs_must_fit_the_units() -> None:
    with pytest.raises(Invalid, match="sttc of a connectome of 12 units must be 12 x 12"):
        small_connectome().but(pairs={"sttc": np.eye(3)})


@pytest.mark.skipif(not FIELD.is_dir(), reason="the MICrONS field 6_6_2 is not on this machine")
@pytest.mark.parametrize(("measures", "diagonal", "rest", "floored"), [
    ((), 0.259, 0.00126, 0.026), (("precision", "sttc"), 0.231, 0.0017, None), (("sttc",), 0.045, 0.0029, None),
])  # fmt: skip
def test_field_6_6_2_starts_with_the_measured_weights(measures, diagonal: float, rest: float, floored) -> None:
    lower = np.load(FIELD / "sttc_matrix.npy", allow_pickle=False)
    pairs = {name: np.load(FIELD / f"{file}_matrix.npy", allow_pickle=False)
             for name, file in (("correlation", "corr"), ("precision", "precision"))}  # fmt: skip
    connectome = with_pairs(sttc=np.tril(lower) + np.tril(lower, -1).T, **pairs)
    found = [start(FromFunction(measures=measures), connectome, seed=seed) for seed in range(6)]
    means = np.array([diagonal_and_rest(W) for W in found])
    assert means.mean(0) == pytest.approx([diagonal, rest], rel=0.2)  # the largest draw, which sets the radius, varies
    assert (means[:, 0] / means[:, 1]).mean() == pytest.approx(diagonal / rest, rel=0.1)
    if floored is not None:
        at_floor = [np.isclose(W, W[W > 0].min(), rtol=1e-9).mean() for W in found]
        assert np.mean(at_floor) == pytest.approx(floored, abs=0.004)

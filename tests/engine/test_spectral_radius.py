"""The largest eigenvalue of many units, found without the others."""

import numpy as np
import pytest
import torch

from engine.constraints import spectral_radius as module
from engine.constraints.spectral_radius import spectral_radius

N = 240


@pytest.fixture(autouse=True)
def few_are_many(monkeypatch):
    monkeypatch.setattr(module, "MOST_DENSE", 120)


def random(density: float, seed: int = 0) -> torch.Tensor:
    rng = np.random.default_rng(seed)
    return torch.from_numpy(rng.normal(size=(N, N)) * (rng.random((N, N)) < density))


def two_groups() -> torch.Tensor:
    """The second hears the first; the stronger one is the smaller."""
    weights = random(0.2)
    weights[:60, 60:] = 0
    weights[:60, :60] *= 3
    return weights


@pytest.mark.parametrize(
    "weights",
    [random(1.0), random(0.1), random(0.004), random(0.1).abs(), two_groups(), torch.linalg.qr(random(1.0))[0]],
    ids=["dense", "sparse", "mostly without a loop", "one sign", "two groups", "rotation"],
)
def test_it_is_that_of_all_eigenvalues(weights):
    assert spectral_radius(weights) == pytest.approx(float(np.abs(np.linalg.eigvals(weights.numpy())).max()), rel=1e-9)


def test_without_a_loop_it_is_0_and_with_self_connections_the_strongest_of_them():
    order = torch.randperm(N, generator=torch.Generator().manual_seed(1))
    chain = random(0.5).triu(1)[order][:, order]
    assert spectral_radius(chain) == 0
    assert spectral_radius(chain + torch.diag(torch.linspace(-2, 1, N))) == 2


def test_the_others_are_not_computed(monkeypatch):
    monkeypatch.setattr(module, "_of_all", lambda weights: pytest.fail("all eigenvalues"))
    assert spectral_radius(random(0.1)) > 0

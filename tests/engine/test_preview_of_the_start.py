"""The preview shows what a run would start from."""

import numpy as np
import pytest
import torch

from engine.analysis.spectrum import spectrum
from engine.experiments.check import check
from engine.experiments.experiment import Experiment
from engine.experiments.presets import PRESETS
from engine.experiments.preview import expected, preview

STARTS = [
    {},
    {"weights.spectral_radius": None},
    {"weights.kind": "normal", "weights.spectral_radius": 1.4, "seeds.weights": 3, "seeds.networks": 4},
    {"constraints.dales_law.method": "magnitude", "constraints.dales_law.magnitude": "softplus"},
    {"dynamics.kind": "elman", "weights.kind": "orthogonal", "weights.balance": "none"},
    {"weights.kind": "rank_matched", "weights.spectral_radius": 1.2},
    {"weights.kind": "from_function", "constraints.connection_mask.keep": False},
    {"weights.kind": "bounded", "weights.balance": "global", "weights.wrong_signs": "clamp"},
    {"constraints.rules": ({"matrix": "W_rec", "low": -0.02, "high": 0.02},)},
    {
        "seeds.networks": 2,
        "training.differences": ({"networks": (1,), "weights": {"kind": "normal", "spectral_radius": 0.5}},),
    },
]


@pytest.mark.parametrize("values", STARTS, ids=str)
def test_the_preview_is_network_0_of_the_run(values):
    experiment = Experiment().with_values(values)
    connectome = experiment.connectome()
    first = experiment.network(connectome).W_rec[0].detach()
    shown = preview(experiment, connectome)
    assert torch.allclose(shown.weights, first, rtol=1e-4, atol=1e-6)
    direct = spectrum(first, experiment.dynamics.kind)
    assert shown.spectrum.radius == pytest.approx(direct.radius, rel=1e-4)
    assert shown.spectrum.abscissa == pytest.approx(direct.abscissa, rel=1e-3, abs=1e-4)
    assert shown.spectrum.random.radius == pytest.approx(direct.random.radius, rel=1e-4)
    assert np.allclose(np.sort(np.abs(shown.spectrum.eigenvalues)), np.sort(np.abs(direct.eigenvalues)), atol=1e-3)


@pytest.mark.parametrize("preset", PRESETS, ids=lambda p: p.title)
def test_every_example_fits_together_and_says_what_it_shows(preset):
    experiment = preset.experiment()
    assert check(experiment).units > 0
    assert preset.about.endswith((".", "?"))
    assert Experiment.from_link(experiment.to_link()) == experiment


def test_a_large_network_shows_its_weights_and_no_spectrum(monkeypatch):
    monkeypatch.setattr("engine.experiments.preview.MOST_UNITS", 50)
    experiment = Experiment()
    shown = preview(experiment, experiment.connectome())
    assert shown.spectrum is None
    assert shown.weights.shape == (84, 84)


def test_the_preview_reports_the_sums_of_excitation_and_inhibition():
    experiment = Experiment().with_value("weights.balance", "global")
    shown = preview(experiment, experiment.connectome())
    assert shown.excitation > 0
    assert abs(shown.excitation + shown.inhibition) / shown.excitation < 1e-5


def test_the_size_of_a_measured_wiring_is_known_before_it_is_built():
    experiment = Experiment().with_value("wiring.expansion.units_per_region", 5)
    size, made = expected(experiment), experiment.connectome()
    assert (size.units, size.synapses) == (made.n, made.mask.sum()) == (420, 25 * 1744)
    assert expected(experiment.with_value("wiring.kind", "random")) is None


def test_the_size_of_a_network_that_is_too_large_is_told_all_the_same():
    experiment = Experiment().with_value("wiring.expansion.units_per_region", 1000)
    assert expected(experiment).units == 84_000

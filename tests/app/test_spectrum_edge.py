"""The circle of the simulated time step is drawn only where all units share one time constant."""

import pytest

from app.subject import Asked, subject
from app.views.spectrum import SpectrumView
from engine.networks import UnitGroup
from tests.engine.small_experiment import small_experiment


@pytest.mark.parametrize(("tau_ms", "has_circle"), [(100.0, True), (60.0, False)])
def test_the_simulated_edge_needs_one_time_constant(tau_ms, has_circle):
    plain = small_experiment()
    group = UnitGroup(by="unit", name=plain.connectome().names[0], tau_ms=tau_ms)
    seen = subject(Asked(plain.with_value("dynamics.groups", (group,))))
    edge = SpectrumView.answer(None, seen, None).after.edge
    assert (edge.simulated is not None) == has_circle
    assert edge.shape == "line"

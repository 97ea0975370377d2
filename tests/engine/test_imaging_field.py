"""A drawn imaging field has the sizes and spreads that were measured in field 5_3_4."""

import numpy as np
import pytest

from engine.connectomes import ImagingFieldWiring
from engine.randomness import numpy_stream

FIELD = ImagingFieldWiring().wire(numpy_stream(0))
OTHERS = ~np.eye(70, dtype=bool)


def test_field_has_as_few_synapses_as_the_measured_one_and_most_units_send_none():
    assert np.count_nonzero(FIELD.weights) == 13
    assert (FIELD.weights.sum(0) == 0).sum() >= 57
    assert not FIELD.weights.diagonal().any()
    np.testing.assert_allclose(np.ptp(FIELD.positions_um, axis=0), [998, 134, 500], rtol=0.1)


def test_correlation_and_tiling_spread_as_measured_and_are_one_of_a_unit_with_itself():
    for name, mean, spread in (("correlation", 0.023, 0.023), ("sttc", -0.0075, 0.017)):
        found = FIELD.pairs[name]
        np.testing.assert_array_equal(found, found.T)
        np.testing.assert_array_equal(found.diagonal(), 1)
        assert found[OTHERS].mean() == pytest.approx(mean, abs=0.002)
        assert found[OTHERS].std() == pytest.approx(spread, rel=0.1)

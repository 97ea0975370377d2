"""A MICrONS-like field has the sizes that were measured in the real one."""

import numpy as np
import pytest

from engine.recordings.microns_field import MicronsField

FIELD = MicronsField()


def test_field_is_as_large_and_as_sparse_as_the_measured_one():
    synapses, places = FIELD.synapses(), FIELD.positions_um()
    assert synapses.shape == (312, 312)
    assert (synapses > 0).sum() == pytest.approx(316, abs=10)
    assert synapses.sum() == pytest.approx(338, abs=20)
    assert not synapses.diagonal().any()
    np.testing.assert_allclose(np.ptp(places, axis=0), [998, 134, 500], rtol=0.05)
    assert (synapses.sum(0) == 0).sum() > 90


def test_near_pairs_are_connected_more_often():
    synapses, places = FIELD.synapses(), FIELD.positions_um()
    away = np.linalg.norm(places[:, None] - places, axis=-1)
    assert away[synapses > 0].mean() < 0.75 * away.mean()


def test_pairs_of_units_correlate_as_weakly_as_measured():
    found = FIELD.correlation()
    others = found[~np.eye(312, dtype=bool)]
    assert others.mean() == pytest.approx(0.02, abs=0.012)
    np.testing.assert_allclose(found, found.T)
    np.testing.assert_allclose(np.diag(found), 1)
    assert abs(MicronsField(shared=0).correlation()[~np.eye(312, dtype=bool)].mean()) < 0.002


def test_every_spike_count_is_whole_and_the_mean_rate_is_the_chosen_one():
    counts = FIELD.session().rates
    assert bool((counts == counts.round()).all())
    assert counts.mean().item() / 0.02 == pytest.approx(2.0, rel=0.15)

"""The ledger against numbers worked out by hand."""

import json
import math

import numpy as np
import pytest
import torch

from engine.connectomes.connectome import Connectome
from engine.constraints import audit
from engine.networks import FromConnectome
from tests.engine.small_networks import small_network


def ring_of_two() -> Connectome:
    weights = np.array([[0, -2.0, 0], [3.0, 0, 0], [1.0, 0, 0]])
    signs = np.array([1, -1, 1], np.int8)
    return Connectome(weights, weights != 0, signs, ("a", "b", "c"), ("one", "one", "two"), ("E", "I", "E"))


def test_the_ledger_of_three_units_is_what_a_hand_finds():
    as_drawn = FromConnectome(spectral_radius=None, balance="none")
    ledger = audit(small_network(ring_of_two(), weights=as_drawn))[0]
    assert ledger.violations == dict.fromkeys(("W_in", "W_rec", "W_out", "bias", "bias_out"), 0)
    assert ledger.zero_share == 0
    assert ledger.areas == ("one", "two")
    assert ledger.density == ((0.5, 0.0), (0.5, 0.0))  # [post][pre]: 2 of 4 within area one, 1 of 2 from one to two
    assert ledger.excitatory_share == pytest.approx(4 / 6)
    assert ledger.inhibitory_share == pytest.approx(2 / 6)
    assert ledger.spectral_radius == pytest.approx(math.sqrt(6))


def test_a_silenced_synapse_counts_as_zero_share_and_a_planted_one_as_violation():
    network = small_network(ring_of_two(), networks=2)
    with torch.no_grad():
        network.free_W_rec[1, 1, 0] = 0.0
        network.free_W_rec[1, 2, 2] = 0.1
    whole, changed = audit(network)
    assert (whole.zero_share, changed.zero_share) == (0, pytest.approx(1 / 3))
    assert (whole.violations["W_rec"], changed.violations["W_rec"]) == (0, 1)


def test_the_ledger_of_a_diverged_network_is_valid_json_and_its_neighbour_keeps_its_numbers():
    network = small_network(networks=2)
    before = audit(network)[1]
    with torch.no_grad():
        network.free_W_rec[0] = torch.nan
    diverged, neighbour = audit(network)
    assert neighbour == before
    assert json.loads(diverged.to_json())["spectral_radius"] is None
    assert math.isnan(audit(network, spectrum=False)[1].spectral_radius)

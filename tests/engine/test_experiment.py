"""An experiment travels to JSON, a link and back, and says in one sentence what cannot be."""

import base64
import json
import zlib

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.component import Component, Invalid, parameters
from engine.experiments.check import check
from engine.experiments.experiment import Experiment
from engine.experiments.preview import preview

CHANGED = Experiment().with_values(
    {"wiring.kind": "random", "dynamics.tau_ms": 60, "task.kind": "flip_flop", "seeds.networks": 3}
)


@pytest.mark.parametrize("experiment", [Experiment(), CHANGED])
def test_json_and_link_bring_the_same_experiment_back(experiment):
    assert Experiment.read(experiment.model_dump_json()) == experiment
    assert Experiment.from_link(experiment.to_link()) == experiment


def test_every_parameter_has_help_and_its_default_lies_inside_its_limits():
    for parameter in parameters(Experiment()):
        assert parameter.help, parameter.address
        if parameter.typical and isinstance(parameter.default, int | float):
            inside = parameter.typical.low <= parameter.default <= parameter.typical.high
            assert inside, (parameter.address, parameter.default, parameter.typical)


def test_every_parameter_can_be_set_at_its_address():
    experiment = Experiment()
    for parameter in parameters(experiment):
        assert experiment.with_value(parameter.address, parameter.value) == experiment
        assert not isinstance(parameter.value, Component), parameter.address


@settings(max_examples=200, deadline=None)
@given(
    st.text(max_size=200) | st.binary(max_size=200).map(lambda b: base64.urlsafe_b64encode(zlib.compress(b)).decode())
)
def test_a_foreign_link_is_refused_in_one_sentence(link):
    with pytest.raises(Invalid) as caught:
        Experiment.from_link(link)
    assert "\n" not in str(caught.value)


def test_a_link_that_unpacks_to_gigabytes_is_refused():
    bomb = base64.urlsafe_b64encode(zlib.compress(b" " * 30_000_000, 9)).decode()
    with pytest.raises(Invalid, match=r"damaged|characters"):
        Experiment.from_link(bomb)


@pytest.mark.parametrize(
    ("changes", "address"),
    [
        ({"dt_ms": 500}, "dt_ms"),
        ({"wiring.connectome": "worm_cook2018"}, "wiring.connectome"),
        ({"constraints.projections.readout_areas": ("nowhere",)}, "constraints.projections.readout_areas"),
        ({"training.batch": 65536, "training.evaluation_trials": 65536, "seeds.networks": 256}, "training.batch"),
    ],
)
def test_an_impossible_experiment_is_refused_with_the_address_to_blame(changes, address):
    with pytest.raises(Invalid) as caught:
        check(Experiment().with_values(changes))
    assert caught.value.address == address


def test_a_possible_experiment_has_a_forecast():
    need = check(Experiment())
    assert 0 < need.connections <= need.units**2
    assert 0 < need.memory_bytes < need.free_bytes


def test_what_an_earlier_version_wrote_is_read_as_if_written_today():
    old = {"wiring": {"kind": "measured", "units_per_region": 3}, "dt_ms": 10}
    new = Experiment().with_values({"wiring.expansion.units_per_region": 3, "dt_ms": 10})
    assert Experiment.read(old) == new
    assert Experiment.read(json.dumps(old)) == new
    with pytest.raises(Invalid, match="units_per_region"):
        Experiment.read({"wiring": {"kind": "measured", "units_per_region": 2, "expansion": {"kind": "constant"}}})
    areas = Experiment.read({"wiring": {"kind": "areas", "excitatory_only_between": False}}).wiring
    assert areas.between.inhibitory_to_excitatory


CHAIN = Experiment().with_value("wiring.kind", "chain")


@pytest.mark.parametrize("changes", [{}, {"constraints.connection_mask.keep": False}, {"weights.kind": "uniform"}])
def test_a_chain_without_loops_starts_with_its_largest_singular_value_set_and_says_so(changes):
    chain = CHAIN.with_values(changes)
    assert ["no loop" in said for said in check(chain).remarks] == [True]
    connectome = chain.connectome()
    shown, W = preview(chain, connectome), chain.network(connectome).W_rec[0].detach()
    assert shown.remarks == check(chain).remarks
    assert torch.allclose(shown.weights, W)
    assert torch.linalg.matrix_norm(W, 2).item() == pytest.approx(1, rel=1e-5)
    assert shown.spectrum.radius == pytest.approx(0, abs=1e-6)


def test_a_wiring_without_connections_starts_silent():
    assert not Experiment().with_values({"wiring.kind": "random", "wiring.density": 0}).network().W_rec.any()


@pytest.mark.parametrize(
    "changes",
    [
        {"weights.spectral_radius": None},
        {"wiring.backward": 0.3},
        {"constraints.connection_mask.keep": False, "weights.kind": "uniform"},
    ],
)
def test_a_chain_with_loops_or_without_a_wanted_radius_has_nothing_to_say(changes):
    assert check(CHAIN.with_values(changes)).remarks == ()
    assert CHAIN.with_values(changes).network() is not None

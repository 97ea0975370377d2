"""One battery over every analysis and every task."""

import functools
import json
import math
from dataclasses import replace

import networkx
import numpy as np
import pandas as pd
import pytest
import torch
from pydantic import TypeAdapter

from engine.analysis import (
    ANALYSES,
    AnyAnalysis,
    ConnectivityAnalysis,
    PsychometricAnalysis,
    Result,
    Subject,
    TuningAnalysis,
    connectivity,
)
from engine.component import Invalid, parameters
from engine.experiments.experiment import Experiment
from engine.experiments.fit import fit
from engine.recording import Recording, record
from engine.tasks import TASKS
from engine.tasks.go_nogo import GoNogo
from engine.tasks.perceptual_decision import PerceptualDecision
from engine.tasks.ring_integration import RingIntegration
from tests.engine.test_analysis_connectivity import a_connectome

OF_FITS = ("recovery", "shifters", "prediction", "agreement", "perturbation")
QUICKLY = {"selectivity": {"windows": "parts", "parts": 1, "draws": 20}}
every_analysis = pytest.mark.parametrize(
    "analysis", [a(**QUICKLY.get(a.model_fields["kind"].default, {})) for a in ANALYSES], ids=lambda a: a.kind
)


def a_subject(task=None, units: int = 12, trials: int = 40, rates=None) -> Subject:
    task = task or PerceptualDecision()
    rng = torch.Generator().manual_seed(3)
    shown = task.trials(trials, 20.0, rng)
    shape = trials, shown.steps, units
    found = torch.rand(shape, generator=rng) if rates is None else rates(*shape)
    connectome = a_connectome(units)
    weights = {"W_rec": torch.as_tensor(connectome.weights).float()}
    recording = Recording(shown, found, found, torch.nan_to_num(task.ideal(shown)))
    after = {"W_rec": weights["W_rec"] * 1.5}
    kept = {0: weights["W_rec"], 5: after["W_rec"]}
    return Subject(
        connectome, after, weights, recording, task, "leaky_rate", 20.0, 100.0, course=lambda: kept
    )  # fmt: skip


@functools.cache
def a_fitted_subject() -> Subject:
    """Two networks of 12 observed and 6 hidden units beside a ring of 12, not trained yet."""
    ring = {"kind": "ring_attractor", "units": 12, "trials": 6, "steps": 12, "burn_in": 20, "wave_number": 0.5}
    asked = Experiment.read({"task": {"kind": "recording", "recording": ring, "hidden": 6}})
    asked = asked.with_values({**fit(asked), "seeds.networks": 2})
    population, network = asked.network(), asked.with_value("seeds.networks", 1).network()
    weights = {name: tensor[0] for name, tensor in network.lawful_weights().items()}
    shown = asked.task.held_out(4, asked.dt_ms, torch.Generator().manual_seed(0))
    return Subject(
        network.connectome, weights, weights, record(network, shown), asked.task, "leaky_rate", asked.dt_ms, 100.0,
        network, population.lawful_weights()["W_rec"],
    )  # fmt: skip


def a_subject_for(analysis) -> Subject:
    return a_fitted_subject() if analysis.kind in OF_FITS else a_subject()


def numbers(result) -> pd.DataFrame:
    return result.table().select_dtypes("number")


def answer(analysis, subject: Subject):
    """The result, or None where the analysis refuses with a sentence."""
    try:
        return analysis.compute(subject)
    except Invalid as refusal:
        said = str(refusal)
    assert said.endswith(".")
    return None


@every_analysis
def test_every_analysis_explains_itself_and_travels_as_json(analysis):
    assert all([analysis.title, analysis.source, analysis.help, type(analysis).__doc__])
    again = TypeAdapter(AnyAnalysis).validate_json(analysis.model_dump_json())
    assert again == analysis
    for parameter in parameters(analysis):
        assert parameter.help
        if parameter.typical:
            assert parameter.typical.low <= parameter.default <= parameter.typical.high or parameter.default == 0
        assert analysis.with_value(parameter.address, parameter.value) == analysis


@every_analysis
@pytest.mark.parametrize("task", [t() for t in TASKS], ids=lambda t: t.kind)
def test_every_analysis_answers_every_task_with_finite_numbers_or_one_sentence(analysis, task):
    result = answer(analysis, a_subject(task))
    if result is None:
        assert analysis.kind in ("psychometric", "selectivity", *OF_FITS)
        return
    assert isinstance(result, Result)
    assert len(result.table())
    assert np.isfinite(numbers(result)).all(axis=None)
    assert all(remark.endswith(".") for remark in result.remarks)
    assert all(c == c.strip() and " " not in c for c in result.table().columns if analysis.kind != "connectivity")


@every_analysis
def test_every_analysis_repeats_its_numbers_and_leaves_its_subject_alone(analysis):
    subject = a_subject_for(analysis)
    before = subject.recording.rates.clone(), subject.weights["W_rec"].clone()
    first, second = analysis.compute(subject).table(), analysis.compute(subject).table()
    pd.testing.assert_frame_equal(first, second)
    assert torch.equal(before[0], subject.recording.rates)
    assert torch.equal(before[1], subject.weights["W_rec"])


@every_analysis
def test_silent_networks_and_networks_without_weights_give_finite_numbers(analysis):
    for task in (PerceptualDecision(), RingIntegration()):
        subject = a_subject(task, rates=lambda *shape: torch.zeros(shape))
        nothing = {"W_rec": torch.zeros(12, 12)}
        result = answer(analysis, replace(subject, weights=nothing, weights_before=nothing))
        assert result is None or np.isfinite(numbers(result)).all(axis=None)


@every_analysis
def test_a_network_of_one_unit_in_one_trial_gives_finite_numbers_or_one_sentence(analysis):
    result = answer(analysis, a_subject(units=1, trials=1))
    assert result is None or np.isfinite(numbers(result)).all(axis=None)


@pytest.mark.parametrize("kind", ["rates", "trajectories", "tuning"])
def test_rates_that_are_not_finite_are_refused_in_one_sentence(kind):
    subject = a_subject()
    subject.recording.rates[3, 2, 1] = math.nan
    analysis = next(a() for a in ANALYSES if a().kind == kind)
    with pytest.raises(Invalid, match="diverged"):
        analysis.compute(subject)


def test_what_was_never_recorded_or_kept_is_refused_in_one_sentence():
    subject = replace(a_subject(), recording=None, weights_before=None)
    with pytest.raises(Invalid, match="recorded"):
        TuningAnalysis().compute(subject)
    with pytest.raises(Invalid, match="before training") as refusal:
        ConnectivityAnalysis(shows="difference").compute(subject)
    assert refusal.value.address == "shows"
    with pytest.raises(Invalid, match="recorded"):
        TuningAnalysis().compute(replace(a_subject(units=5), connectome=a_connectome(6)))


def test_an_unknown_variable_or_epoch_is_refused_with_the_near_name():
    with pytest.raises(Invalid, match="Did you mean 'coherence'") as refusal:
        TuningAnalysis(variable="coherense").compute(a_subject())
    assert refusal.value.address == "variable"
    with pytest.raises(Invalid, match="Did you mean 'stimulus'"):
        TuningAnalysis(epoch="stimulas").compute(a_subject())
    with pytest.raises(Invalid, match="no time step"):
        TuningAnalysis(epoch="delay").compute(a_subject())


def test_a_task_without_a_psychometric_curve_is_refused():
    with pytest.raises(Invalid, match="no psychometric curve"):
        PsychometricAnalysis().compute(a_subject(GoNogo()))


def test_the_shown_difference_is_after_minus_before():
    subject = a_subject()
    found = ConnectivityAnalysis(shows="difference", order="none").compute(subject)
    assert found.weights == pytest.approx(0.5 * subject.connectome.weights, rel=1e-6)


def test_units_sorted_by_preference_stay_within_their_areas_if_asked():
    subject = a_subject(RingIntegration())
    order = ConnectivityAnalysis(order="preference_within_area").ordering(subject)
    assert order.block_by_unit == subject.connectome.areas
    alone = ConnectivityAnalysis(order="preference").ordering(subject)
    preferred = TuningAnalysis(shuffles=0).compute(subject).preferred
    assert (np.diff(preferred[alone.units]) >= 0).all()


def test_the_weight_matrix_reads_as_the_graph_that_networkx_builds_from_it():
    connectome = a_connectome(20)
    graph = networkx.DiGraph((connectome.names[j], connectome.names[i]) for i, j in np.argwhere(connectome.mask))
    order = connectivity.order_by_area_and_type(connectome)
    table = connectivity.connectivity(torch.as_tensor(connectome.weights), connectome, order).table()
    assert {name: int((table.loc[name] != 0).sum()) for name in graph} == dict(graph.in_degree)
    assert {name: int((table[name] != 0).sum()) for name in graph} == dict(graph.out_degree)


def test_results_export_as_csv_whose_heads_carry_units():
    found = TuningAnalysis(shuffles=10).compute(a_subject())
    assert "coherence_percent" in found.table().to_csv().splitlines()[0]
    assert isinstance(json.loads(found.unit_table().to_json()), dict)

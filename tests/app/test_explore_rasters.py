"""Large matrices and logarithmic colours show what is there."""

import numpy as np
import pytest
import torch
from bokeh.models import ColorBar, FixedTicker, LinearAxis

from app.views.condition_colours import colours_of
from app.views.heat_map import DRAWN_WHOLE, HeatMap
from app.views.raster import mark_scale, symmetric_log
from app.views.tuning_curves import short_labels, tell_bins
from engine.analysis.connectivity import connectivity, order_by_area_and_type
from engine.analysis.variable_bins import bin_trials, bin_values
from engine.connectomes.connectome import Connectome
from engine.experiments.experiment import Experiment
from engine.randomness import torch_stream
from engine.tasks.task import Variable


def at_once(name, work, then, fault=None):
    then(work())


def sparse(n: int = 40) -> np.ndarray:
    rng = np.random.default_rng(0)
    return rng.normal(size=(n, n)) * (rng.random((n, n)) < 0.1)


def test_logarithmic_colours_are_odd_and_reach_one_at_the_limit():
    values = np.array([-2.0, -0.002, 0.0, 0.002, 2.0])
    scaled = symmetric_log(values, 2.0)
    assert np.allclose(scaled, -scaled[::-1])
    assert scaled[-1] == pytest.approx(1.0)
    assert 0.05 < scaled[3] < 0.2


@pytest.mark.parametrize(
    "variable",
    [
        Variable("heading", "circular", "°", 360.0),
        Variable("coherence", "linear", "%"),
        Variable("side", "categorical", labels=("left", "right")),
    ],
    ids=lambda v: v.kind,
)
def test_different_conditions_have_different_colours(variable):
    values = {"circular": torch.arange(0, 360, 30.0), "linear": torch.arange(-5, 6.0), "categorical": torch.arange(2)}
    bins = bin_values(values[variable.kind], variable, 24)
    colours = colours_of(bins)
    assert len(set(colours)) == bins.n


def test_a_matrix_of_more_than_a_thousand_units_is_drawn_by_an_aggregator():
    n = DRAWN_WHOLE + 200
    weights = np.abs(sparse(n)) * 1.0
    of = Connectome(weights, weights != 0, np.ones(n, np.int8), tuple(map(str, range(n))), ("a",) * n, ("E",) * n)
    shown = HeatMap(lambda _: None, at_once)
    found = connectivity(torch.from_numpy(weights), of, order_by_area_and_type(of))
    shown.show(found, np.where(found.weights != 0, found.weights, np.nan), of, 1.0, False, "count")
    picture = shown._image.data["image"][0]
    assert picture.shape[0] < n
    assert np.nansum(picture) == (weights != 0).sum()


def test_categories_keep_their_names_in_the_picture_of_all_units_and_in_the_curves():
    experiment = Experiment().with_values({"wiring.kind": "random", "wiring.units": 12, "task.kind": "delayed_match"})
    trials = experiment.task.trials(8, experiment.dt_ms, torch_stream(0, "names"))
    variable = experiment.task.variables[0]
    bins = bin_trials(trials, variable, 64)
    assert short_labels(bins) == ("stimulus 1", "stimulus 2")
    axis = LinearAxis()
    tell_bins(axis, bins.values.tolist(), short_labels(bins), 118)
    assert [axis.major_label_overrides[tick] for tick in axis.ticker.ticks] == ["stimulus 1", "stimulus 2"]
    tell_bins(axis, list(range(64)), tuple(f"stimulus {k}" for k in range(64)), 205)
    assert len(axis.ticker.ticks) * 16 <= 205 + 16


def test_a_colour_bar_marks_weights_on_either_scale_with_the_ticker_that_it_began_with():
    ticker = FixedTicker(ticks=[])
    bar = ColorBar(ticker=ticker)
    for extent in (0.74, None, 0.74):
        mark_scale(bar, -1.0 if extent else -0.74, 1.0 if extent else 0.74, extent)
        assert bar.ticker is ticker
        told = [float(bar.major_label_overrides.get(tick, str(tick)).replace("−", "-")) for tick in ticker.ticks]
        places = symmetric_log(np.array(told), extent) if extent else told
        assert np.allclose(places, ticker.ticks, atol=0.02)
        assert len(told) >= 3

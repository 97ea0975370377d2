"""The weights on the page: every bin, every area's name, and a wheel that scrolls."""

from itertools import pairwise

import numpy as np
import pytest
import torch
from bokeh.models import WheelZoomTool

from app.pages.explore import Explore
from app.session import Session
from app.views.histogram import Histogram
from app.views.names_beside import spread
from engine.analysis.weight_distribution import weight_distribution
from engine.experiments.experiment import Experiment


def test_a_narrow_excitatory_peak_and_broad_inhibition_are_both_inside_the_axes():
    weights = torch.zeros(60, 60)
    weights[:, :50] = 0.036
    weights[:, 50:] = -torch.linspace(0.1, 1.5, 600).reshape(60, 10)
    shown, found = Histogram(), weight_distribution(weights)
    shown.show(found, None, "weight")
    plot = shown.figure
    width = float(np.diff(found.edges)[0])
    assert plot.x_range.start < found.edges[0] - width / 2
    assert plot.x_range.end > found.edges[-1] + width / 2
    assert plot.y_range.end > found.excitatory.max()
    tops = np.log(shown._counts.data["inhibitory"] / plot.y_range.start)
    assert tops.max() > 0.3 * np.log(plot.y_range.end / plot.y_range.start)


@pytest.mark.parametrize("places", [[40.0, 75.0, 82.0, 83.5], [1.0, 2.0, 50.0], [42.0]])
def test_names_of_small_areas_stand_beside_each_other_within_the_matrix(places):
    moved = spread(places, 5.0, 84.0)
    assert all(b - a >= 5.0 - 1e-9 for a, b in pairwise(moved))
    assert moved[0] >= 0
    assert moved[-1] <= 84


def test_too_many_names_are_left_out():
    assert spread([float(k) for k in range(40)], 5.0, 84.0) == []


def test_the_wheel_alone_zooms_no_figure_of_explore():
    explore = Explore(Session(Experiment()))
    for view in explore.views:
        for figure in (model for model in vars(view).values() if hasattr(model, "toolbar")):
            assert all(tool.modifiers for tool in figure.toolbar.tools if isinstance(tool, WheelZoomTool))


def test_a_matrix_cannot_be_zoomed_beyond_its_edge():
    plot = Explore(Session(Experiment())).views[0].map.figure
    assert plot.x_range.bounds[1] == plot.x_range.end
    assert plot.y_range.bounds[1] == plot.y_range.start

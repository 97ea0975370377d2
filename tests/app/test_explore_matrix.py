"""The weights on the page: every bin, every area's name, and a wheel that scrolls."""

from itertools import pairwise

import numpy as np
import pytest
import torch
from bokeh.models import Range1d, WheelZoomTool

from app import look
from app.export import table
from app.figures import drawn
from app.pages.explore import Explore
from app.session import Session
from app.views.histogram import FLOOR, Histogram
from app.views.ledger import density_twin
from app.views.names_beside import spread
from app.views.twins import distribution_twin
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


def test_the_frames_of_matrix_and_histogram_stand_in_line():
    view = Explore(Session(Experiment())).views[0]
    matrix, histogram = view.map.figure, view.histogram.figure
    for side in ("frame_width", "min_border_left", "min_border_right", "sizing_mode", "frame_align"):
        assert getattr(matrix, side) == getattr(histogram, side), side


def test_a_matrix_cannot_be_zoomed_beyond_its_edge():
    plot = Explore(Session(Experiment())).views[0].map.figure
    assert plot.x_range.bounds[1] == plot.x_range.end
    assert plot.y_range.bounds[1] == plot.y_range.start


def test_the_exported_distribution_has_the_scale_of_counts_that_is_on_the_page():
    found = weight_distribution(torch.linspace(-1, 1, 400).reshape(20, 20))
    before = weight_distribution(torch.linspace(-2, 1, 400).reshape(20, 20))
    axes = drawn(distribution_twin(found, before, "weight w", ""), 89, 55).axes[0]
    assert Histogram().figure.y_scale.__class__.__name__ == "LogScale"
    assert axes.get_yscale() == "log"
    assert axes.get_ylim()[0] == FLOOR
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["w > 0", "w < 0", "before"]


def test_the_densities_of_all_blocks_are_exported_as_a_table():
    twin = density_twin(["V1", "MT"], np.array([[0.1, 0.2], [0.3, float("nan")]]))
    lines = table(twin.numbers).decode().split()
    assert lines == ["post,pre,density", "V1,V1,0.1", "V1,MT,0.2", "MT,V1,0.3", "MT,MT,"]
    assert [label.get_text() for label in drawn(twin, 89, 76).axes[0].get_xticklabels()] == ["V1", "MT"]


@pytest.mark.parametrize("sizes", [(84, 302, 84, 302), (302, 84)])
def test_a_matrix_of_another_size_is_whole_in_the_browser_which_cuts_ranges_to_the_bounds_it_knows(sizes):
    axis, seen = Range1d(1, 0, bounds=None), {"bounds": (-np.inf, np.inf)}

    def take(name, _, value):  # as Range1d does in the browser
        seen[name] = value if name == "bounds" else float(np.clip(value, *seen["bounds"]))

    for name in ("start", "end", "bounds"):
        axis.on_change(name, take)
    for n in sizes:
        look.show_whole(axis, n, -0.02 * n)
        assert seen == {"start": n, "end": -0.02 * n, "bounds": (-0.02 * n, n)}

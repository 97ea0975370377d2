"""Tuning for papers: nothing is cut and nothing overlaps, also in a figure that is only 50 mm wide."""

from itertools import pairwise

import pytest
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.transforms import Bbox

from app.export import rendered
from app.figures import Twin, drawn
from app.subject import Asked, Subject, subject
from app.views.analysis_view import Desk
from app.views.tuning import TuningView
from engine.experiments.experiment import Experiment

SMALL = {"wiring.kind": "random", "wiring.units": 30, "dt_ms": 50}


@pytest.fixture(scope="module", params=["perceptual_decision", "ring_integration"])
def twins(request) -> tuple[str, Twin, Twin, Twin]:
    found: Subject = subject(Asked(Experiment().with_values({**SMALL, "task.kind": request.param})))
    view = TuningView(Desk(lambda _: None, lambda: None, lambda *_: None))
    view.prepare(found)
    view.show(found, "key", view.answer(found, view.question()))
    made = (view._rows_twin, view._curves_twin, view._units_twin)
    return request.param, *(twin(found, view.given) for twin in made)


@pytest.mark.parametrize("width", [89, 50])
def test_no_word_is_cut_off_and_numbers_of_an_axis_stand_apart(twins, width):
    for twin in twins[1:]:
        figure = drawn(twin, width, round(width * twin.shape, 1))
        canvas = FigureCanvasAgg(figure)
        canvas.draw()
        axes = [axis for axes in figure.axes for axis in (axes.xaxis, axes.yaxis)]
        boxes = [axis.get_tightbbox(canvas.get_renderer()) for axis in axes]
        boxes += [legend.get_window_extent() for legend in figure.legends]
        page, slack = figure.bbox, 0.02 * figure.dpi
        for box in filter(None, boxes):
            assert page.x0 - slack <= box.x0 <= box.x1 <= page.x1 + slack, twin.title
            assert page.y0 - slack <= box.y0 <= box.y1 <= page.y1 + slack, twin.title
        for panel in figure.axes:
            told = numbers(panel) if panel.name != "polar" else []
            assert all(a.x1 < b.x0 for a, b in pairwise(told)), twin.title


def numbers(panel: Axes) -> list[Bbox]:
    """Where the upright labels of a horizontal axis are, as far as they are drawn."""
    low, high = sorted(panel.get_xlim())
    ticks = [tick for tick in panel.xaxis.get_major_ticks() if low <= tick.get_loc() <= high]
    labels = [tick.label1 for tick in ticks if tick.label1.get_visible() and tick.label1.get_text()]
    return [label.get_window_extent() for label in labels if not label.get_rotation()]


def test_units_are_shown_at_what_was_seen_and_not_at_numbers_of_bins(twins):
    task, rows, _, units = twins
    head = rendered(rows, "csv").decode().splitlines()[0]
    seen = "-51.2 %" if task == "perceptual_decision" else "0 °"
    assert f"normalised rate at {seen}" in head
    if task == "perceptual_decision":
        assert "51.2" in rendered(rows, "svg").decode()
    assert ("preferred coherence (%)" in rendered(units, "svg").decode()) is (task == "perceptual_decision")

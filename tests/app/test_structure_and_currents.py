"""Structure and currents in Explore: choices reach the numbers, and units are marked both ways."""

from dataclasses import replace

import numpy as np
import pytest

from app.pages.explore import VIEWS, Explore
from app.session import Selection, Session
from app.views import structure
from app.views.currents import CurrentsView
from app.views.structure import StructureView
from engine.component import Invalid
from engine.experiments.experiment import Experiment

AREAS = {"wiring.kind": "areas", "wiring.steps": (), "training.evaluation_trials": 16, "dt_ms": 50}


@pytest.fixture(scope="module")
def explore() -> Explore:
    return Explore(Session(Experiment().with_values(AREAS)))


def opened(explore: Explore, view: type):
    explore.session.selection = Selection()
    explore.tabs.active = VIEWS.index(view)
    return explore.view


def test_every_choice_of_structure_changes_what_is_measured_and_a_wrong_one_is_told_at_its_control(explore):
    view = opened(explore, StructureView)
    seen = [view.table.object]
    for name, value in (("share", 0.25), ("symmetric", False), ("null", "published"), ("nulls", 7)):
        control = view.choices.controls[name]
        control.wanted(value)
        assert getattr(view.question(), name) == value
        assert view.table.object not in seen
        seen.append(view.table.object)
    view.choices.controls["share"].wanted(3.0)
    assert "less than 1" in view.choices.controls["share"].fault
    assert view.question().share == 0.25
    assert "published null" in view.table.object


def test_above_the_most_units_the_command_that_is_named_takes_the_id_of_the_run(explore, monkeypatch):
    monkeypatch.setattr(structure, "MOST_UNITS", 5)
    view = opened(explore, StructureView)
    with pytest.raises(Invalid, match="analyse r_1a2b structure"):
        view.answer(replace(explore.subject, run="My run", key="r_1a2b/3/0"), view.question())
    with pytest.raises(Invalid, match="analyse RUN structure"):
        view.answer(explore.subject, view.question())


def test_units_of_the_graph_mark_each_other_in_all_views(explore):
    view = opened(explore, StructureView)
    view._units.selected.indices = [4, 2]
    assert explore.session.selection.units == (2, 4)
    explore.session.selection = Selection((7,), "one")
    assert list(view._units.selected.indices) == [7]


def test_a_tap_on_a_trace_marks_the_population_that_sends_it_and_its_traces_become_thick(explore):
    view = opened(explore, CurrentsView)
    picture, areas = view.pictures[0], np.array(explore.subject.connectome.areas)
    assert view.target.value == areas[0]
    name = picture._lines.data["name"][1]
    picture._lines.selected.indices = [1]
    assert explore.session.selection.units == tuple(np.flatnonzero(areas == name).tolist())
    widths = dict(zip(picture._lines.data["name"], picture._lines.data["width"], strict=True))
    assert {of for of, width in widths.items() if width == max(widths.values())} == {name}


def test_currents_are_shown_for_values_that_trials_have(explore):
    view = opened(explore, CurrentsView)
    assert view.given.labels == ("-51.2 %", "-12.8 %", "-3.2 %", "3.2 %", "12.8 %", "51.2 %")


def test_traces_of_all_sources_add_up_to_all_together_drawn_as_lines_or_stacked(explore):
    view = opened(explore, CurrentsView)
    view.target.value = "motor"
    lines = view.pictures[0]._lines.data
    np.testing.assert_allclose(np.sum(lines["ys"][:-1], 0), lines["ys"][-1], atol=1e-9)
    view.way.value = "Stacked"
    bands, whole = view.pictures[0]._bands.data, view.pictures[0]._lines.data["ys"][-1]
    steps = len(whole)
    edges = [(band[:steps], band[steps:][::-1]) for band in bands["ys"]]
    thickness = sum(high - low for high, low in edges)
    np.testing.assert_allclose(thickness, np.abs(np.array(lines["ys"][:-1])).sum(0), atol=1e-9)
    assert view.pictures[0].y.start <= min(low.min() for _, low in edges)
    view.variable.value = ""
    assert len(view.grid.objects) == 1
    view.way.value = "Lines"

"""One visit: changes are checked, can be undone, and are nobody else's."""

import pytest

from app.background import Background
from app.session import Selection, Session, Shelf
from engine.component import Invalid
from engine.experiments.experiment import Experiment


class Page:
    """A document that collects what is to be done on its next tick."""

    def __init__(self):
        self.ticks, self.timers = [], {}

    def add_next_tick_callback(self, call):
        self.ticks.append(call)

    def add_timeout_callback(self, call, ms):
        self.timers[id(call)] = call
        return id(call)

    def remove_timeout_callback(self, key):
        self.timers.pop(key)


def test_an_invalid_value_leaves_the_experiment_untouched_and_is_explained_at_its_address():
    session = Session(Experiment())
    assert not session.change("dynamics.tau_ms", 0)
    assert session.experiment == Experiment()
    assert "dynamics.tau_ms" in session.message("dynamics.tau_ms")
    assert session.change("dynamics.tau_ms", 30)
    assert session.message("dynamics.tau_ms") == ""


def test_an_experiment_that_does_not_fit_together_cannot_be_started():
    session = Session(Experiment())
    assert session.startable
    session.change("dt_ms", 500)
    assert not session.startable
    assert session.problem.address == "dt_ms"
    assert session.message("dt_ms") == str(session.problem)
    session.change("dt_ms", 20)
    assert session.startable
    assert session.problem is None


@pytest.mark.parametrize("share", [0, 1])
def test_an_extreme_ratio_is_possible_or_explained(share):
    session = Session(Experiment())
    assert session.change("wiring.signs.excitatory_fraction", share)
    assert session.startable or session.problem.address
    assert {int(s) for s in session.connectome.signs} == {1 if share else -1}


def test_undo_and_redo_walk_through_the_experiments():
    session = Session(Experiment())
    session.change("dynamics.tau_ms", 30)
    session.change("dt_ms", 10)
    session.undo()
    assert (session.experiment.dynamics.tau_ms, session.experiment.dt_ms) == (30, 20)
    session.undo()
    assert session.experiment == Experiment()
    assert not session.can_undo
    session.redo()
    session.redo()
    assert session.experiment.dt_ms == 10
    assert not session.can_redo


def test_dragging_a_slider_is_one_step_of_undo():
    session = Session(Experiment())
    for tau in (90, 80, 70):
        session.change("dynamics.tau_ms", tau)
    session.undo()
    assert session.experiment == Experiment()


def test_a_new_task_brings_its_own_timing_but_keeps_what_was_set_by_hand():
    session = Session(Experiment())
    session.change("task.noise", 0.11)
    session.change("task.kind", "delayed_match")
    fresh = type(session.experiment.task)()
    assert session.experiment.task == fresh.with_value("noise", 0.11)


def test_two_visitors_share_the_connectome_and_nothing_else():
    one, other = Session(Experiment()), Session(Experiment())
    assert one.connectome is other.connectome
    one.change("dynamics.tau_ms", 12)
    one.selection = Selection((1, 2), "two units")
    assert other.experiment == Experiment()
    assert other.selection == Selection()
    assert not other.can_undo


def test_other_units_clear_the_selection_and_other_signs_do_not():
    session = Session(Experiment())
    session.selection = Selection((3,), "unit 3")
    session.change("wiring.signs.excitatory_fraction", 0.5)
    assert session.selection.units == (3,)
    session.change("wiring.connectome", "human_schaefer100")
    assert session.selection == Selection()


def test_when_valid_hands_over_the_experiment_of_that_moment_or_says_why_not():
    session, started = Session(Experiment()), []
    session.when_valid(started.append)
    session.change("dt_ms", 500)
    session.when_valid(started.append)
    assert started == [Experiment()]
    assert session.problem is not None


def test_a_fault_in_the_engine_becomes_a_sentence():
    def breaks(_):
        raise RuntimeError("a bug")

    session = Session(Experiment(), judge=breaks)
    assert not session.startable
    assert "RuntimeError" in str(session.problem)


def test_of_many_requests_only_the_first_and_the_newest_are_done():
    page, done = Page(), []
    work = Background(page)
    for k in range(20):
        work.latest("preview", lambda k=k: k, done.append)
    while len(done) < 2:
        for call in page.ticks[:]:
            page.ticks.remove(call)
            call()
    assert done == [0, 19]


def test_nothing_is_delivered_to_a_visitor_who_left():
    page, done = Page(), []
    work = Background(page)
    work.close()
    work.latest("preview", lambda: 1, done.append)
    assert done == []


def test_faults_of_background_work_reach_their_handler():
    def refuse():
        raise Invalid("No.", "dt_ms")

    faults = []
    Background(None).latest("x", refuse, lambda _: None, faults.append)
    assert [f.address for f in faults] == ["dt_ms"]


def test_the_shelf_forgets_the_least_recently_used_when_it_is_full():
    shelf, made = Shelf(10), []

    def make(name):
        return lambda: made.append(name) or name

    for name in ("a", "b", "a", "c", "a", "b"):
        shelf.get(name, make(name), lambda _: 4)
    assert made == ["a", "b", "c", "b"]

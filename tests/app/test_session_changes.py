"""One visit: changes are checked, can be undone, and are nobody else's."""

import asyncio
import threading
import time
from types import SimpleNamespace

import pytest
from bokeh.document import Document
from bokeh.document.events import SessionCallbackAdded
from bokeh.events import DocumentReady
from panel.io.state import set_curdoc

from app.background import Background, in_order, workers
from app.session import Selection, Session, Shelf
from engine.component import Invalid
from engine.experiments.experiment import Experiment

LIMIT_S = 120  # other tests of this process may have left work to the same two threads


class Page:
    """A document that collects what is to be done on its next tick."""

    def __init__(self):
        self.ticks, self.timers = [], {}

    def add_next_tick_callback(self, call):
        self.ticks.append(call)

    def add_timeout_callback(self, call, ms):
        self.timers[id(call)] = call
        return id(call)

    def run(self, until):
        """Do what is due, in the order in which a server would, until something is the case."""
        end = time.monotonic() + LIMIT_S
        while not until():
            assert time.monotonic() < end
            for call in [self.ticks.pop(0) for _ in self.ticks[:]] + [self.timers.pop(key) for key in [*self.timers]]:
                call()


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


def test_dragging_a_slider_is_one_step_of_undo(monkeypatch):
    monkeypatch.setattr("app.session.ONE_GESTURE_S", 600)  # a busy machine drags slowly
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


@pytest.mark.parametrize("typed", ["abc", float("nan"), -5])
def test_nothing_starts_while_a_box_shows_a_refused_value(typed):
    session = Session(Experiment())
    session.change("dynamics.tau_ms", typed)
    assert session.refusal == session.message("dynamics.tau_ms") != ""
    session.change("dynamics.tau_ms", Experiment().dynamics.tau_ms)
    assert session.refusal == ""


@pytest.mark.parametrize(
    "mend",
    [
        lambda s: s.undo(),
        lambda s: s.load(Experiment()),
        lambda s: s.change("dynamics.kind", "elman"),
        lambda s: s.change("dynamics.tau_ms", 30),
    ],
    ids=["undo", "load", "another kind", "corrected"],
)
def test_a_refused_value_blocks_no_longer_than_it_is_shown(mend):
    session = Session(Experiment())
    session.change("dt_ms", 10)
    session.change("dynamics.tau_ms", "abc")
    mend(session)
    assert session.refusal == ""
    assert session.experiment.dt_ms == (20 if session.experiment == Experiment() else 10)


def test_undo_takes_a_refused_value_back_before_anything_else():
    session = Session(Experiment())
    session.change("dynamics.tau_ms", "abc")
    assert session.can_undo
    session.undo()
    assert not session.can_undo


def test_a_fault_of_an_experiment_that_is_gone_blocks_nothing():
    page, gate = Page(), threading.Event()

    def wire(experiment):
        if experiment.dt_ms == 500:
            gate.wait(LIMIT_S)
            raise Invalid("No.", "dt_ms")

    session = Session(Experiment(), page, wire=wire, judge=lambda e: "forecast")
    session.change("dt_ms", 500)
    page.run(lambda: session.background._running.get("connectome") and not session.background._waiting)
    session.undo()
    page.run(lambda: session.startable)
    gate.set()
    page.run(lambda: not session.background._running and not page.ticks)
    assert session.startable
    assert session.refusal == ""


def test_a_check_that_comes_too_late_asks_for_another_one():
    page, asked = Page(), []
    session = Session(Experiment(), page, wire=lambda e: None, judge=asked.append)
    page.run(lambda: session.startable)
    later = Experiment().with_value("dt_ms", 10)
    session.startable = False
    session.experiment = later  # and the timer of its check is lost
    session._accept(Experiment(), None)
    page.run(lambda: session.startable)
    assert asked[-1] == later


@pytest.mark.parametrize("error", [RuntimeError, SystemExit, MemoryError])
def test_whatever_ends_the_work_frees_its_name_and_is_told(error):
    def breaks():
        raise error("a bug")

    page, faults, done = Page(), [], []
    work = Background(page)
    work.latest("check", breaks, done.append, faults.append)
    page.run(lambda: faults)
    assert error.__name__ in str(faults[0])
    work.latest("check", lambda: 1, done.append)
    page.run(lambda: done)


def test_results_come_to_the_document_on_the_event_loop_and_never_from_a_worker():
    class Watched(Page):
        def add_next_tick_callback(self, call):
            assert threading.current_thread() is threading.main_thread()
            super().add_next_tick_callback(call)

    async def visit():
        page, done = Watched(), []
        Background(page).latest("check", lambda: 1, done.append)
        while not done:
            await asyncio.sleep(0.01)
            for call in [page.ticks.pop(0) for _ in page.ticks[:]]:
                call()

    asyncio.run(asyncio.wait_for(visit(), LIMIT_S))


def test_work_begins_when_the_page_is_built_and_the_event_loop_is_free():
    async def visit():
        page, begun, done = Page(), [], []
        work = Background(page)
        for name in ("wiring", "check"):
            work.latest(name, lambda name=name: begun.append(name), done.append)
        await asyncio.sleep(0.05)
        assert not begun
        while len(done) < 2:
            for call in [page.ticks.pop(0) for _ in page.ticks[:]]:
                call()
            await asyncio.sleep(0.01)
        assert sorted(begun) == ["check", "wiring"]

    asyncio.run(asyncio.wait_for(visit(), LIMIT_S))


def test_work_of_a_visitor_who_left_is_not_begun():
    page, gate, done = Page(), threading.Event(), []
    others = [workers().submit(gate.wait, LIMIT_S) for _ in range(2)]
    left = Background(page)
    left.latest("heavy", lambda: done.append("heavy"), done.append)
    left.close()
    gate.set()
    here = Background(page)
    here.latest("light", lambda: "light", done.append)
    page.run(lambda: done)
    assert done == ["light"]
    assert all(other.result() for other in others)


@pytest.mark.parametrize(("browsers", "done_at_once"), [(0, True), (1, False)])
def test_what_is_drawn_while_a_browser_takes_the_page_waits_and_then_keeps_its_order(browsers, done_at_once):
    document, done, ticks = Document(), [], []
    context = SimpleNamespace(session=SimpleNamespace(connection_count=browsers), destroyed=False)
    document._session_context = lambda: context
    document.on_change(ticks.append)  # a server runs them in the order in which it hears of them
    with set_curdoc(document):
        for k in range(3):
            in_order(lambda k=k: done.append(k))
        assert bool(done) is done_at_once
        for _ in range(2):  # a browser that lost the connection says so again
            document.callbacks.trigger_event(DocumentReady())
        for tick in [tick for tick in ticks if isinstance(tick, SessionCallbackAdded)]:
            tick.callback.callback()
    assert done == [0, 1, 2]

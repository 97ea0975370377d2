"""Large networks: begun once for all who ask, away from the event loop."""

import threading
import time

import pytest

from app.pages.explore import Explore
from app.session import Session
from app.shelf import Shelf
from app.views.wiring import WiringView
from engine.component import Invalid
from engine.experiments.experiment import Experiment
from engine.networks.network import Network
from tests.app.test_session_changes import Page
from tests.engine.processes import until


@pytest.fixture(autouse=True)
def nothing_of_others(monkeypatch):
    shelf = Shelf(1)
    monkeypatch.setattr("app.shelf.networks", lambda: shelf)


class Visited(Page):
    """A document whose clocks stand still."""

    def add_periodic_callback(self, *_):
        pass

    def remove_timeout_callback(self, key):
        self.timers.pop(key, None)


def test_a_large_network_is_begun_once_for_preview_check_and_explore_and_never_on_the_event_loop(monkeypatch):
    for place in ("engine.experiments.preview", "app.views.wiring"):
        monkeypatch.setattr(f"{place}.MOST_UNITS", 50)
    built, begin = [], Network.__init__

    def slowly(self, *args, **values):
        built.append(threading.current_thread())
        time.sleep(0.2)  # the others ask meanwhile, or find it on the shelf
        begin(self, *args, **values)

    monkeypatch.setattr(Network, "__init__", slowly)
    page = Visited()
    session = Session(Experiment().with_value("seeds.weights", 20_261_122), page)
    view, explore = WiringView(session), Explore(session)
    page.run(lambda: session.startable and explore.subject is not None and view._preview is not None)
    assert len(built) == 1
    assert built[0] is not threading.main_thread()
    assert (explore.subject.after["W_rec"] == view._preview.weights).all()

    session.change("training.batch", 7)  # what the network does not depend on builds none
    session.startable = False
    page.run(lambda: session.startable)
    assert len(built) == 1


def two_wait_for_the_third(shelf):
    made = shelf._being_made.get("a")
    return made is not None and len(made._condition._waiters) == 2


def test_who_asks_the_shelf_while_something_is_made_waits_for_it_and_hears_of_its_fault():
    shelf, gate, made, found = Shelf(10), threading.Event(), [], []

    def make():
        made.append(1)
        gate.wait(120)
        if len(made) == 1:
            raise Invalid("No.")
        return "value"

    def ask():
        try:
            found.append(shelf.get("a", make, lambda _: 1))
        except Invalid as fault:
            found.append(str(fault))

    for expected in ("No.", "value"):
        gate.clear()
        found.clear()
        asking = [threading.Thread(target=ask) for _ in range(3)]
        for one in asking:
            one.start()
        until(lambda: two_wait_for_the_third(shelf))
        gate.set()
        for one in asking:
            one.join(120)
        assert found == [expected] * 3
    assert len(made) == 2

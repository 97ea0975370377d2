"""Explore: what the network is, what its units do, and what training made of it."""

from collections.abc import Hashable
from functools import partial
from html import escape
from typing import Any

import panel as pn
import panel_material_ui as pmui

from app import look
from app.background import in_order, soon
from app.clock import every
from app.session import Selection, Session
from app.subject import LAST, Asked, Subject, subject, version
from app.views.activity import ActivityView
from app.views.analysis_view import AnalysisView, Desk, bar, choice, note, offer, waiting
from app.views.area_diagram import AreaDiagramView
from app.views.behaviour import BehaviourView
from app.views.connectivity import ConnectivityView
from app.views.currents import CurrentsView
from app.views.marking import Marking
from app.views.recovery import RecoveryView
from app.views.spectrum import SpectrumView
from app.views.structure import StructureView
from app.views.trajectories import TrajectoriesView
from app.views.tuning import TuningView
from app.views.units_in_space import SpaceView

SETTLE_MS = 350  # a slider that moves does not make a network at every pixel
POLL_MS = 1000
SLIM = """
:host { grid-template-columns: minmax(0, 1fr); }
.bk-header { border-bottom-color: rgba(138, 143, 152, .25) !important; }
.bk-header .bk-headers-wrapper { flex-wrap: wrap; }
.bk-header .bk-tab { font-size: 13px !important; padding: 7px 7px !important; }
.bk-header .bk-tab:not(.bk-active) { border-bottom-color: transparent !important; }
.bk-header .bk-tab.bk-active { border-bottom: 2px solid #0877bd !important; padding-bottom: 6px !important; }
.bk-header .bk-tab:focus { outline: none; }
.bk-header .bk-tab:focus-visible { outline: 2px solid #0877bd; outline-offset: -2px; border-radius: 4px; }
"""
VIEWS: tuple[type[AnalysisView], ...] = (
    ConnectivityView, AreaDiagramView, ActivityView, TuningView, TrajectoriesView, SpectrumView, BehaviourView,
    SpaceView, StructureView, CurrentsView, RecoveryView,
)  # fmt: skip
EMPTY = "Nothing to explore yet: the network of the form is being built."
NOTHING = "Nothing to explore."


class Explore(pn.viewable.Viewer):
    """The right column: one network, seen from several sides, with one selection of units in all of them."""

    def __init__(self, session: Session):
        super().__init__()
        self.session = session
        self.subject: Subject | None = None
        self._version = 0
        self._timer: Any = None
        self._desk = Desk(self._select, self._ask, session.background.latest)
        self._made: dict[type[AnalysisView], AnalysisView] = {}
        self._places = {of: waiting() for of in VIEWS}
        self.step = choice("At step", {"Latest": LAST}, self._look, width=115, visible=False)
        self.network = choice("Network", {"1": 0}, self._look, width=100, visible=False)
        self.follow = pmui.Switch(label="Follow", value=True, size="small", margin=(10, 4), visible=False)
        self.follow.param.watch(lambda event: event.new and self._look(), "value")
        self.marking = Marking(self._select)
        self.problem = pn.pane.HTML(
            "", css_classes=["problem"], stylesheets=[look.stylesheet()], visible=False, margin=(4, 8)
        )
        self.caption = note(EMPTY, margin=(10, 8, 0, 8))
        self.tabs = pn.Tabs(
            *((of.title, place) for of, place in self._places.items()), dynamic=True, sizing_mode="stretch_width",
            margin=0, stylesheets=[SLIM],
        )  # fmt: skip
        # a tick later, when the browser has the figures of the tab and changes of them can follow
        self.tabs.param.watch(lambda _: soon(self._ask), "active")
        self._layout = self._arranged()
        session.param.watch(self._changed, ["experiment", "connectome", "run"])
        session.param.watch(self._marked, "selection")
        every(session, POLL_MS, self._poll)
        self._look()

    def __panel__(self) -> Any:
        return self._layout

    @property
    def view(self) -> AnalysisView:
        """The view on show."""
        return self._view(VIEWS[self.tabs.active])

    @property
    def views(self) -> tuple[AnalysisView, ...]:
        """All views, also those that nobody has looked at yet."""
        return tuple(map(self._view, VIEWS))

    def _view(self, of: type[AnalysisView]) -> AnalysisView:
        """A view is made when it is first wanted: the figures of all cost more than the rest of the page."""
        if of not in self._made:
            self._made[of] = of(self._desk)
            self._places[of].append(self._made[of].layout)
        return self._made[of]

    def _arranged(self) -> pn.Column:
        heading = pn.pane.HTML(
            "Explore", css_classes=["heading"], stylesheets=[look.stylesheet()], margin=(10, 4, 0, 4)
        )
        controls = bar(self.step, self.network, self.follow, *self.marking.controls)
        top = pn.Row(heading, self.caption, self.marking.clear, sizing_mode="stretch_width", height=36, margin=0)
        return pn.Column(
            top, controls, self.problem, self.tabs,
            sizing_mode="stretch_width", margin=(0, 8),
        )  # fmt: skip

    def _changed(self, *events: Any) -> None:
        """The form or the run changed; a run that is on show does not care about the form."""
        if any(event.name == "run" for event in events):
            self.step.value = LAST
            self._look()
        elif not self.session.run:
            self._settle()

    def _settle(self) -> None:
        document = self.session.document
        if document is None:
            self._look()
            return
        if self._timer is not None:
            document.remove_timeout_callback(self._timer)
        self._timer = document.add_timeout_callback(partial(in_order, self._settled), SETTLE_MS)

    def _settled(self) -> None:
        self._timer = None
        self._look()

    def _poll(self) -> None:
        """A run that is followed has kept newer weights."""
        if not self.session.run or not self.follow.value or self.step.value != LAST:
            return
        newest = version(self.session.run)
        if newest != self._version:
            self._version = newest
            self._look()

    def _look(self) -> None:
        """Fetch the network that is asked for, off the event loop."""
        asked = Asked(self.session.experiment, self.session.run, self.step.value, self.network.value)
        self.session.background.latest("subject", lambda: subject(asked), self._take, self._refuse)

    def _take(self, found: Subject) -> None:
        self.problem.visible = False
        if self.subject is not None and self.subject.key == found.key:
            return
        self.subject = found
        steps = {f"{s:,}": s for s in reversed(found.steps)}
        offer(self.step, {"Latest": LAST, **steps})
        offer(self.network, {f"{k + 1} of {found.networks}": k for k in range(found.networks)})
        self.step.visible = self.follow.visible = bool(found.run)
        self.network.visible = found.networks > 1
        self.caption.object = f"<b>{escape(found.caption)}</b>"
        self.marking.offer(found.connectome)
        self._ask()

    def _refuse(self, fault: Exception) -> None:
        self.problem.object = escape(str(fault))
        self.problem.visible = True
        if self.subject is None:
            self.caption.object = NOTHING

    def _ask(self) -> None:
        """Have the question of the view on show answered, unless its answer is on show already."""
        found = self.subject
        if found is None:
            return
        view = self.view
        view.prepare(found)
        question = view.question()
        key = (found.key, question)
        if view.shown == key:
            return
        view.layout.loading = view.shown is None
        self.session.background.latest(
            "explore",
            lambda: view.answer(found, question),
            partial(self._show, view, found, key),
            partial(self._fail, view),
        )

    def _show(self, view: AnalysisView, found: Subject, key: Hashable, answer: Any) -> None:
        view.marked = self.session.selection.units
        view.show(found, key, answer)
        view.layout.loading = False

    def _fail(self, view: AnalysisView, fault: Exception) -> None:
        view.refuse(fault)
        view.layout.loading = False

    def _select(self, selection: Selection) -> None:
        if selection != self.session.selection:
            self.session.selection = selection

    def _marked(self, event: Any) -> None:
        selection: Selection = event.new
        self.marking.show(selection)
        soon(lambda: self._mark(selection))

    def _mark(self, selection: Selection) -> None:
        """Mark also what is hidden: it is not in the document then, so this costs no message and waits for no tab."""
        for view in self._made.values():
            view.marked = selection.units
            if view.shown is not None:
                view.mark(selection.units)

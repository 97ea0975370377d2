"""Train: a network learning, live."""

from functools import cached_property
from typing import Any

import panel as pn
import panel_material_ui as pmui

from app import look
from app.background import soon
from app.pages.sweeps import Sweeps
from app.pages.transport import Transport, begun
from app.runs import Sight, executor
from app.session import Session
from app.views.curves import Curves
from app.views.forecast_card import ForecastCard
from app.views.ledger import LedgerBadge
from app.views.live import LiveNetwork
from app.views.notices import Notices
from app.views.probe import Probe, picture_of, probe_of
from app.views.recovery_line import RecoveryLine
from app.views.visitor import Visitor
from app.views.watching import Watching, differing
from engine.component import Invalid
from engine.experiments.run import Run

__all__ = ["Train", "Transport"]

ENDED = ("paused", "stopped", "done", "failed", "lost", "damaged")
EMPTY = """
<p><b>Nothing is training here yet.</b></p>
<p>Press <b>Start</b> at the top left, or the space bar: the experiment of the form on the left is trained, and its
loss, accuracy, weights and activity appear here as they change.</p>
<p>A run goes on when you close this page. <b>Runs</b> at the top lists all that were kept.</p>
"""
WAITING = "<p>The curves begin with the first step of this run.</p>"


class Train(pn.viewable.Viewer):
    """The middle column: curves, ledger and live pictures of `session.run`."""

    def __init__(self, session: Session):
        super().__init__()
        self.session = session
        self.watching = Watching(session, live=True)
        self.visitor = Visitor()
        self.badge = LedgerBadge()
        self.sweeps = Sweeps(session)  # the page puts it into its header: see app/shell.py
        self.forecast, self.recovery = ForecastCard(session), RecoveryLine(session.background)
        self.notices = Notices(self._start_new, lambda: soon(self._put_back), self._retry)
        self._rested: tuple[Run, int] | None = None  # the picture of a run at rest that was drawn last
        self._log: tuple[Any, str] = (None, "")
        self._layout = self._arranged()
        self.visitor.param.watch(self._rest, ["hidden", "away"])
        self.watching.param.watch(self._know, ["asked", "title"])
        self.watching.param.watch(self._look, ["sight", "fault"])
        session.param.watch(self._look, ["experiment", "run"])
        self._drawing = False
        self._know()

    def __panel__(self) -> Any:
        return self._layout

    @cached_property
    def curves(self) -> Curves:
        """Made when a run is first on show: these figures cost half as much as the rest of the page."""
        return Curves()

    @cached_property
    def network(self) -> LiveNetwork:
        """Made when a run is first on show."""
        return LiveNetwork()

    def _arranged(self) -> pn.Column:
        heading = pn.pane.HTML(
            "Train", css_classes=["heading"], stylesheets=[look.stylesheet()], margin=(0, 4, 0, 0), width=60,
            align="center",
        )  # fmt: skip
        self.caption = pn.pane.HTML(
            "", css_classes=["note"], stylesheets=[look.stylesheet()], margin=0, sizing_mode="stretch_width",
            align="center",
        )  # fmt: skip
        top = pn.Row(
            heading, self.caption, self._sweep_button(), self.badge.button,
            sizing_mode="stretch_width", margin=(8, 0, 0, 0), styles={"align-items": "center"},
        )  # fmt: skip
        self._empty = pn.pane.HTML(EMPTY, css_classes=["empty"], stylesheets=[look.stylesheet()], margin=(24, 8))
        self._waiting = pn.pane.HTML(WAITING, css_classes=["empty"], stylesheets=[look.stylesheet()], margin=(24, 8))
        self._body = pn.Column(self._empty, sizing_mode="stretch_width", margin=0)
        return pn.Column(
            top,
            self.forecast,
            self.notices.layout,
            self._body,
            self.badge.dialog,
            sizing_mode="stretch_width",
            margin=(0, 10),
        )

    def _sweep_button(self) -> pmui.Button:
        made = pmui.Button(  # a tip on it would stay over the dialog that it opens
            label="Sweep", icon="grid_on", variant="text", size="small", margin=0, align="center"
        )
        made.on_click(lambda _: self.sweeps.open())
        return made

    # what is shown

    def _rest(self, *_: Any) -> None:
        self.watching.paused = self.visitor.hidden
        self.watching.live = not self.visitor.away

    def _know(self, *_: Any) -> None:
        """Another run, or its experiment was read."""
        soon(self._introduce)

    def _introduce(self) -> None:
        watching, asked = self.watching, self.watching.asked
        if watching.run is not None:
            self.curves.about(watching.short_name, asked)
            self.network.about(watching.short_name, None)
        self.recovery.about(asked)
        self._rested = None
        if asked is not None:
            self.session.background.latest(
                "probe", lambda: (asked, probe_of(asked)), self._take_probe, lambda fault: None
            )
        self._look()

    def _take_probe(self, made: tuple[Any, Probe]) -> None:
        asked, probe = made
        if asked is self.watching.asked:
            self.network.about(self.watching.short_name, probe)
            self._look()

    def _look(self, *_: Any) -> None:
        """Draw soon, once for all that has changed by then."""
        if not self._drawing:
            self._drawing = True
            soon(self._draw)

    def _draw(self) -> None:
        self._drawing = False
        watching, sight = self.watching, self.watching.sight
        state = watching.state
        self.caption.object = look.escaped(watching.title)
        if watching.run is not None:
            self.curves.show(sight, state in ENDED)
            self.network.show(sight.live if sight else None)
        self.badge.show(sight)
        self.recovery.show(sight.live if sight else None)
        self._picture_at_rest(state)
        self._arrange(sight)
        differs = differing(self.session.experiment, watching.asked)
        self.notices.show(state, sight, watching.fault, differs, self._log_of(state))

    def _arrange(self, sight: Sight | None) -> None:
        """Only what has something to show is on the page."""
        parts = [self._empty]
        if self.watching.run is not None:
            told = sight is not None and len(sight.history.step) > 0
            parts = [self.curves.layout] if told else [self._waiting]
            parts += [
                self.recovery.pane,
                self.visitor,
                *([self.network.layout] if self.network.live is not None else []),
            ]
        if self._body.objects != parts:
            self._body.objects = parts

    def _picture_at_rest(self, state: str) -> None:
        """A run that draws no pictures itself any more is drawn here, once."""
        run, asked, sight = self.watching.run, self.watching.asked, self.watching.sight
        if run is None or asked is None or sight is None or self.network.probe is None:
            return
        wanted = (run, sight.step)
        if state not in ENDED or state == "paused" or self._rested == wanted:
            return
        self._rested = wanted
        self.session.background.latest("picture", lambda: (run, picture_of(run, asked)), self._take, lambda _: None)

    def _take(self, made: tuple[Run, Any]) -> None:
        run, live = made
        if run == self.watching.run:
            self.network.show(live)
            self.recovery.show(live, ended=True)
            self._arrange(self.watching.sight)

    def _log_of(self, state: str) -> str:
        if state not in ("failed", "lost") or self.watching.run is None:
            return ""
        asked = (self.watching.run, self.watching.sight and self.watching.sight.status)
        if self._log[0] != asked:
            self._log = (asked, self.watching.run.log(8000))
        return self._log[1]

    # what can be done

    def _start_new(self) -> None:
        experiment = self.session.experiment
        self._ask(lambda: begun(experiment), lambda run: self.session.param.update(run=run.id))

    def _put_back(self) -> None:
        if self.watching.asked is not None:
            self.session.load(self.watching.asked)

    def _retry(self) -> None:
        run = self.watching.run
        self._ask(lambda: executor().resume(run), lambda _: None)

    def _ask(self, work: Any, then: Any) -> None:
        buttons = (self.notices.start_new, self.notices.retry)

        def free(disabled: bool) -> None:
            for button in buttons:
                button.disabled = disabled

        def done(result: Any) -> None:
            free(False)
            then(result)

        def refused(fault: Invalid) -> None:
            free(False)
            self.session.notice = str(fault)

        free(True)
        self.session.background.latest("transport", work, done, refused)

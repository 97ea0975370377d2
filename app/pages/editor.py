"""Edit wiring: the matrix, large, and what the user does to it; every gesture is a step of the experiment."""

from functools import partial
from typing import Any

import panel as pn
import panel_material_ui as pmui

from app import look
from app.forms import Editors, Form
from app.session import Session
from app.shelf import wired
from app.views.editor_tools import BUTTON_SX, MODES, NAMED, EditorTools
from app.views.keep_wiring import KeepWiring
from app.views.wiring_canvas import WiringCanvas
from app.views.wiring_picture import CHANGES, Shown, shown
from engine.component import Invalid
from engine.connectomes.editing import appended
from engine.connectomes.steps import Step
from engine.experiments.experiment import LONGEST_LINK

MOST_UNITS = 2000
TOO_MANY = (
    "This connectome has {n:,} units. A matrix of more than {most:,} is not drawn here: use fewer units (cuts, under "
    "Connectome), or add changes by name under Changes."
)
TOO_LONG = (
    "With so many single edits the experiment no longer fits into a link. Save it as a new connectome: then the link "
    "is short again."
)
WEIGHTS, CHANGED = "Weights", "What changed"
TWO_COLUMNS = {
    "display": "grid", "grid-template-columns": "minmax(0, 1fr) minmax(344px, 30vw)", "gap": "12px",
    "grid-template-rows": "minmax(0, 1fr)", "height": "calc(94vh - 84px)",
}  # fmt: skip


class Editor(pn.viewable.Viewer):
    """A dialog over the page; `open()` shows it. Its parts are made when it is first opened."""

    def __init__(self, session: Session, editors: Editors):
        super().__init__()
        self.session, self.editors = session, editors
        self.dialog = pmui.Dialog(
            title="Edit wiring", title_variant="h5", show_close_button=True, close_on_click=True, width_option="xl",
            sx={"& .MuiDialog-paper": {"width": "96vw", "maxWidth": "96vw", "height": "94vh", "maxHeight": "94vh"}},
        )  # fmt: skip
        self.canvas: Any = None
        self.shown: Shown | None = None
        self.heard = 0
        session.param.watch(lambda _: self._follow(), ["wired_for", "problem", "messages"])

    def __panel__(self) -> Any:
        return self.dialog

    def open(self) -> None:
        """Show the matrix as it is wired now."""
        if self.canvas is None:
            self._build()
        self.dialog.open = True
        self._follow()

    def _build(self) -> None:
        self.canvas = WiringCanvas(
            tools=NAMED, modes=list(MODES.values()), sizing_mode="stretch_both", margin=0,
            styles={"font-family": look.FONT},
        )  # fmt: skip
        self.tools = EditorTools(self._apply)
        self.keep = KeepWiring(self.session)
        self.view = pmui.RadioButtonGroup(
            options=[WEIGHTS, CHANGED], value=WEIGHTS, size="small", label="", margin=(0, 8, 0, 4), sx=BUTTON_SX
        )
        self.undo = _icon("undo", "Undo (Ctrl+Z)", self.session.undo)
        self.redo = _icon("redo", "Redo (Ctrl+Shift+Z)", self.session.redo)
        self.whole = _icon("fit_screen", "Show the whole matrix", self._fit)
        self.line = look.note("", margin=(0, 4, 0, 8), height=48, styles={"overflow": "hidden"})  # the matrix stays put
        self.problem = look.text("", "problem", margin=(2, 4, 6, 4), visible=False)
        self.changed = look.note("", margin=(0, 4, 4, 4))
        self.changes = Form("", self.session, only=("wiring.steps",), bare=True, editors=self.editors)
        self._connect()
        above = (self.view, self.undo, self.redo, self.whole, self.line)
        over = pn.Row(*above, sizing_mode="stretch_width", margin=0, styles={"align-items": "center"})
        matrix = pn.Column(over, self.canvas, sizing_mode="stretch_both", margin=0, styles={"height": "100%"})
        beside = pn.Column(
            self.tools, self.problem,
            look.text("What changed against the source", "heading", margin=(10, 4, 0, 4)), self.changed,
            self.changes, self.keep,
            sizing_mode="stretch_width", margin=0, scroll="y-auto", styles={"height": "100%"},
        )  # fmt: skip
        self.dialog.objects = [pn.Row(matrix, beside, sizing_mode="stretch_both", margin=0, styles=TWO_COLUMNS)]

    def _fit(self) -> None:
        self.canvas.fitted += 1

    def _connect(self) -> None:
        self.canvas.param.watch(lambda event: self._hear(event.new), "acts")
        self.canvas.param.watch(lambda event: self._hover(event.new), "hovered")
        self.tools.mode.param.watch(lambda _: self._mark(), "value")
        self.view.param.watch(lambda _: self._follow(), "value")

    def _follow(self) -> None:
        """Draw the connectome if the dialog is open and the connectome is not too large."""
        if not self.dialog.open or self.session.connectome is None:
            return
        connectome, experiment = self.session.connectome, self.session.wired_for
        self._tell()
        self.canvas.visible = connectome.n <= MOST_UNITS
        if not self.canvas.visible:
            self.line.object = TOO_MANY.format(n=connectome.n, most=MOST_UNITS)
            return
        source = partial(wired, experiment.with_value("wiring.steps", ()))
        work = partial(_drawn, connectome, source, self.view.value == WEIGHTS)
        self.session.background.latest("editor", work, self._take, self._refuse, soon=True)

    def _take(self, drawn: tuple[Shown, str]) -> None:
        self.shown, picture = drawn
        blocks, areas = self.shown.spans()
        self.tools.show(self.shown)
        self.canvas.param.update(picture=picture, n=self.shown.connectome.n, groups=blocks, areas=areas)
        self._hover(self.canvas.hovered)
        self._mark(settled=True)
        counts = {kind: len(getattr(self.shown.changed, kind)) for kind in list(CHANGES)[1:]}
        lines = [_key(kind, count) for kind, count in counts.items() if count]
        lines += [look.escaped(said) for said in _of_units(self.shown)]
        self.changed.object = "<br>".join(lines) or "Nothing: the wiring is that of its source."

    def _refuse(self, fault: Invalid) -> None:
        self.line.object = look.escaped(str(fault))
        self._mark(settled=True)

    def _apply(self, steps: tuple[Step, ...]) -> None:
        now = appended(self.session.experiment.wiring.steps, steps)
        self.session.change_all({"wiring.steps": now}, "wiring.steps", alone=True)

    def _hear(self, acts: list[dict[str, Any]]) -> None:
        """Everything that was done since the last time, in order: none is lost to a busy server."""
        for act in acts:
            if act["count"] > self.heard:
                self.heard = act["count"]
                self._do(act)

    def _do(self, act: dict[str, Any]) -> None:
        before = self.session.experiment
        if act["mode"] in ("undo", "redo"):
            (self.session.undo if act["mode"] == "undo" else self.session.redo)()
        else:
            self.tools.gesture(act)
            self._tell()
        self._mark(settled=self.session.experiment is before)

    def _mark(self, settled: bool = False) -> None:
        """What the canvas shows of the tools; what was drawn stays on show until its result is."""
        done = self.heard if settled else self.canvas.settled
        self.canvas.param.update(marks=self.tools.marks, region=self.tools.region, settled=done)

    def _hover(self, pair: list[int]) -> None:
        if self.shown is not None and len(pair) == 2:
            self.line.object = self.shown.told(int(pair[0]), int(pair[1]))

    def _tell(self) -> None:
        """What is wrong, what can be undone, and whether the experiment still fits into a link."""
        problem = self.session.problem
        said = [self.tools.refused, str(problem) if problem is not None else ""]
        said += [text for address, text in self.session.messages.items() if address.startswith("wiring.steps")]
        said += [TOO_LONG if len(self.session.experiment.to_link()) > LONGEST_LINK else ""]
        text = "<br>".join(look.escaped(each) for each in said if each)
        self.problem.param.update(object=text, visible=bool(text))
        self.undo.disabled, self.redo.disabled = not self.session.can_undo, not self.session.can_redo
        self.keep.tell()


def _drawn(connectome: Any, source: Any, weights: bool) -> tuple[Shown, str]:
    made = shown(connectome, source)
    made.density  # noqa: B018 made here, off the event loop, for the line that tells of the pair under the pointer
    return made, made.weights_picture() if weights else made.changes_picture()


def _key(kind: str, count: int) -> str:
    word = {"reweighted": "with another strength", "flipped": "with another sign"}.get(kind, kind)
    return f'<span class="key" style="background:{CHANGES[kind]}"></span>{look.counted(count, "connection")} {word}'


def _of_units(found: Shown) -> list[str]:
    """The sentences on units; those on connections have a colour of their own."""
    return [said for said in found.changed.sentences if " unit" in f" {said}"]


def _icon(name: str, said: str, act: Any) -> pmui.IconButton:
    made = pmui.IconButton(icon=name, description=said, size="small", margin=0, width=28)
    made.on_click(lambda _: act())
    return made

"""What a sweep came to: how it stands, a figure of one measure, the chosen point, and all points as a table."""

from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import Any

import panel as pn
import panel_material_ui as pmui

from app import look
from app.background import Background
from app.saver import Saver
from app.sweeps import Named, Seen
from app.views.analysis_view import show_only
from app.views.frame import pane, titled
from app.views.sweep_curve import SweepCurve, curve_twin
from app.views.sweep_cut import Cut
from app.views.sweep_heat import SweepHeat, heat_twin
from engine.component import Invalid
from engine.experiments.experiment import Experiment
from engine.experiments.sweep import place
from engine.experiments.sweep_summary import MEASURES

EMPTY = """
<p><b>No sweep was run here yet.</b></p>
<p>Choose a parameter on the left, its values, and how many networks each value gets; then press <b>Start</b>. Every
point begins with the same weights and sees the same trials, so that points are compared network by network.</p>
"""
WAITING = "The first numbers come with the first evaluation."
NO_POINT = "Click a point of the figure to choose it."


class SweepResults(pn.viewable.Viewer):
    """The right side of the dialog. `choose(folder)`, `stop()`, `go_on()` and `open_point(experiment)` ask the page."""

    def __init__(
        self,
        background: Background,
        choose: Callable[[Path], None],
        stop: Callable[[], None],
        go_on: Callable[[], None],
        open_point: Callable[[Experiment, str], None],
        more: tuple[pmui.Button, ...] = (),
    ):
        super().__init__()
        self._background, self._open_point = background, open_point
        self.seen: Seen | None = None
        self.chosen: int | None = None
        self._drawn: Any = None  # of what the figure is made
        self._filled: Any = None  # what it shows
        self.plot: SweepCurve | SweepHeat | None = None
        self._controls(choose, stop, go_on)
        self.state = look.text("", "paper-state", margin=(4, 0, 2, 0))
        self.point = look.note(NO_POINT, margin=(6, 8, 0, 0), align="center")
        self.figure = pn.Column(sizing_mode="stretch_width", margin=0)
        self.table = look.text("", "paper-table", margin=(10, 0))
        self.saver = Saver()
        self.empty = look.text(EMPTY, "empty", margin=24)
        self.body = pn.Column(
            self.state, pn.FlexBox(self.measure, self.third, margin=0), self.figure,
            pn.Row(self.point, self.open, margin=0, sizing_mode="stretch_width"), self.table, self.saver,
            sizing_mode="stretch_width", margin=0,
        )  # fmt: skip
        self.holder = pn.Column(self.empty, sizing_mode="stretch_width", margin=0, min_height=300)
        top = pn.FlexBox(self.choice, *more, self.numbers, self.go, self.stop, align_items="center", margin=0)
        self.layout = pn.Column(top, self.holder, sizing_mode="stretch_width", margin=0)

    def __panel__(self) -> Any:
        return self.layout

    def _controls(self, choose: Callable[[Path], None], stop: Callable[[], None], go_on: Callable[[], None]) -> None:
        box = {"size": "small", "margin": (8, 8, 0, 0)}
        self.choice = pmui.Select(label="Sweep", options={}, width=420, searchable=True, visible=False, **box)
        self.choice.param.watch(lambda event: event.new and choose(Path(event.new)), "value")
        self.measure = pmui.Select(
            label="Measure", options={v: k for k, v in MEASURES.items()}, value="accuracy", width=200, **box
        )
        self.third = pmui.Select(label="", options={}, width=260, visible=False, **box)
        for select in (self.measure, self.third):
            select.param.watch(lambda _: self._draw(), "value")
        self.numbers = _button("Numbers", "table_chart", "Numbers of every network as CSV", self._save, visible=False)
        self.go = _button("Go on", "play_arrow", "Do what is left of this sweep", go_on, visible=False)
        self.stop = _button("Stop", "stop", "Stop at the next step; what is done stays done", stop, visible=False)
        self.open = _button("Open in Build", "open_in_new", "This point becomes the experiment of the form",
                            self._open, disabled=True)  # fmt: skip

    def offer(self, found: tuple[Named, ...], folder: Path | None) -> None:
        """These sweeps are there; this one is on show."""
        options = {one.name + (" · running" if one.running else ""): str(one.folder) for one in found}
        value = str(folder) if folder is not None else None
        if options != self.choice.options or value != self.choice.value:
            self.choice.param.update(options=options, value=value, visible=bool(options))
            self.choice.param.trigger("value")  # the browser knows it by its words, which may be others now
        if not options:
            self.seen = None
            self.stop.visible = self.go.visible = self.numbers.visible = False
            show_only(self.holder, [self.empty])

    def show(self, seen: Seen, waits_for: str = "") -> None:
        """This sweep as it is by now; `waits_for` says why it cannot go on."""
        if self.seen is None or self.seen.kept.folder != seen.kept.folder:
            self.chosen = None
        self.seen = seen
        text = _stands(seen, waits_for)
        if text != self.state.object:
            self.state.object = text
        self.stop.visible = seen.state == "running"
        self.go.visible = seen.state in ("stopped", "failed", "begun") and not waits_for
        self.numbers.visible = len(seen.table) > 0
        self._draw()
        show_only(self.holder, [self.body])

    def refuse(self, fault: Invalid) -> None:
        """Why it cannot be shown, or could not be done."""
        self.state.object = f"<div class='wrong' role='status'>{escape(str(fault))}</div>"
        is_on_show = self.seen is not None and self.choice.value in (None, str(self.seen.kept.folder))
        if not is_on_show:  # another one was chosen, of which nothing is known
            self.stop.visible = self.go.visible = self.numbers.visible = False
        show_only(self.holder, [self.body if is_on_show else self.state])

    def _draw(self) -> None:
        """The figure and the table of what is known by now; nothing if nothing is new."""
        if self.seen is None:
            return
        self._offer_third()
        cut = Cut(self.seen, self.measure.value, self.third.value or 0)
        asked = self.seen.kept.folder, cut.measure, cut.third
        if asked == self._drawn and self._filled == self.seen.told:
            return
        if asked != self._drawn:
            self._make(cut)
        elif self.plot is not None:
            self.plot.fill(cut)
        self._drawn, self._filled = asked, self.seen.told
        self.table.object = _table(cut) if len(self.seen.points) else escape(WAITING)
        self._say_point()

    def _make(self, cut: Cut) -> None:
        two = len(self.seen.kept.sweep.axes) > 1
        self.plot = (SweepHeat if two else SweepCurve)(cut, self._choose)
        title = f"<b>{escape(cut.label.capitalize())}</b> " + (
            "· ★ best, ✕ diverged" if two else f"· mean, 95 % interval, every network as a dot{_guide(cut)}"
        )
        parts = titled(title, pane(self.plot.figure), self._twin, lambda: f"sweep_{cut.measure}")[0]
        self.figure.objects = [parts]

    def _twin(self) -> Any:
        if self.seen is None or not len(self.seen.points):
            raise Invalid("There is nothing to export yet.")
        cut = Cut(self.seen, self.measure.value, self.third.value or 0)
        return (heat_twin if len(self.seen.kept.sweep.axes) > 1 else curve_twin)(cut)

    def _offer_third(self) -> None:
        sweep = self.seen.kept.sweep
        there = len(sweep.axes) > 2
        options = {word: k for k, word in enumerate(Cut(self.seen, "loss").words(2))} if there else {}
        if options != self.third.options:
            label = sweep.addresses[2] if there else ""
            self.third.param.update(options=options, value=0 if there else None, visible=there, label=label)

    def _choose(self, number: int) -> None:
        self.chosen = number
        self._say_point()

    def _say_point(self) -> None:
        """The point that was clicked, else the best one."""
        cut = Cut(self.seen, self.measure.value, self.third.value or 0)
        number = self.chosen if self.chosen is not None else cut.best
        rows = {row["point"]: row for row in cut.points.to_dict("records")}
        self.open.disabled = number not in rows
        if number not in rows:
            self.point.object = NO_POINT if rows else ""
            return
        which = "Chosen" if self.chosen is not None else "Best"
        self.point.object = f"{which}: <b>{escape(self._name(number))}</b> · {escape(cut.told(rows[number]))}"

    def _open(self) -> None:
        cut = Cut(self.seen, self.measure.value, self.third.value or 0)
        number = self.chosen if self.chosen is not None else cut.best
        if number is not None:
            self._open_point(self.seen.point(number).experiment, self._name(number))

    def _name(self, number: int) -> str:
        """The point in words: training.objectives.0.weight = 0.001, dynamics.activation = tanh."""
        sweep = self.seen.kept.sweep
        return ", ".join(f"{a} = {word}" for a, word in zip(sweep.addresses, place(number, sweep.words()), strict=True))

    def _save(self) -> None:
        seen = self.seen
        name = f"{seen.kept.folder.name}_networks.csv"
        self._background.latest(
            "sweep file",
            lambda: seen.table.to_csv(index=False).encode(),
            lambda content: self.saver.save(name, "text/csv", content),
            self.refuse,
        )


def _stands(seen: Seen, waits_for: str = "") -> str:
    """Where it stands, as a sentence and a bar."""
    runs, standing = look.counted(len(seen.kept.groups), "run"), seen.standing
    if seen.state == "done":
        lost = int(seen.table["diverged"].sum())
        tail = f" <b>{look.counted(lost, 'network')} diverged</b> and count in no mean." if lost else ""
        return f"<div role='status'>Done: {look.counted(len(seen.table), 'network')} in {runs}.{tail}</div>"
    if seen.state != "running":
        why = escape(standing.message) if standing is not None and standing.state != "done" else ""
        wrong = " class='wrong'" if seen.state == "failed" else ""
        rest = escape(f". {waits_for}") if waits_for else "; <b>Go on</b> does the rest."
        return f"<div role='status'{wrong}>{why} {seen.done} of {runs} done{rest}</div>"
    stand = standing.stand
    if stand is None or not stand.parts:
        return "<div role='status'>Starting. Its first numbers take some seconds.</div>"
    share = f"{100 * stand.share:.1f}"
    step = f" · step {stand.step:,} of {stand.steps:,}" if stand.steps > 1 else ""
    said = f"Run {min(stand.number + 1, stand.parts)} of {stand.parts}{step} · about {look.duration(stand.left_s)} left"
    bar = (
        f'<div class="bar" role="progressbar" aria-label="Sweep" aria-valuemin="0" aria-valuemax="100" '
        f'aria-valuenow="{share}"><i style="width:{share}%"></i></div>'
    )
    return f"<div role='status'>{said}</div>{bar}"


def _guide(cut: Cut) -> str:
    return "" if cut.chance is None else f" · ┄ chance {look.number(cut.chance)} %"


def _table(cut: Cut) -> str:
    """All points that are drawn, as HTML."""
    addresses = cut.seen.kept.sweep.addresses
    heads = "".join(f"<th>{escape(name)}</th>" for name in (*addresses, cut.label, "networks", "diverged"))
    body, best_one = [], cut.best
    for row in cut.points.to_dict("records"):
        best = " ★" if row["point"] == best_one else ""
        cells = [escape(cut.word_of(row, axis)) for axis in range(len(addresses))]
        cells += [f"{escape(cut.told(row).rsplit(', ', 1 + bool(row['diverged']))[0])}{best}"]
        cells += [str(row["n"]), f"<b>{row['diverged']}</b>" if row["diverged"] else "0"]
        marked = "".join(f"<td class='figures'>{cell}</td>" for cell in cells)
        body.append(f"<tr>{marked}</tr>")
    return f"<table><thead><tr>{heads}</tr></thead><tbody>{''.join(body)}</tbody></table>"


def _button(label: str, icon: str, says: str, act: Callable[[], None], **options: Any) -> pmui.Button:
    made = pmui.Button(
        label=label, icon=icon, description=says, variant="text", size="small", margin=(8, 4, 0, 0), **options
    )
    made.on_click(lambda _: act())
    return made

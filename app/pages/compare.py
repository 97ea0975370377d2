"""Compare: any two wirings side by side with their difference, or two groups of runs by their blocks."""

from collections.abc import Hashable
from functools import partial
from typing import Any

import panel as pn
import panel_material_ui as pmui

from app.background import soon
from app.compared import SOURCE, THIS, Pair, about, choices, pair
from app.session import Session
from app.views.analysis_view import AnalysisView, Desk, note, show_only, waiting
from engine.component import Invalid
from engine.connectomes.steps import NULL_MODELS, DegreePreserving

WIRINGS, RUNS = "Two wirings", "Two groups of runs"
ONE_LINE = {"& .MuiToggleButton-root": {"py": "3px", "px": "14px", "whiteSpace": "nowrap"}}
FIRST = f"null:{DegreePreserving.model_fields['kind'].default}"  # what is more than degrees and weights would give


class Compare(pn.viewable.Viewer):
    """A dialog over the page; `open()` shows it. Its parts are made when it is first opened.

    Only the panel on show asks, and only while the dialog is open.
    """

    def __init__(self, session: Session):
        super().__init__()
        self.session = session
        self.dialog = pmui.Dialog(
            title="Compare", title_variant="h5", show_close_button=True, close_on_click=True, width_option="xl",
            sx={"& .MuiDialog-paper": {"width": "96vw", "maxWidth": "96vw", "height": "94vh"}},
        )  # fmt: skip
        self.kinds: tuple[type[AnalysisView], ...] = ()
        self.panels: dict[str, AnalysisView] = {}
        self.choice: Any = None

    def __panel__(self) -> Any:
        return self.dialog

    @property
    def panel(self) -> AnalysisView:
        """The panel on show, made when it is first wanted."""
        made = self.panels.get(self.choice.value)
        if made is None:
            kind = next(of for of in self.kinds if of.title == self.choice.value)
            made = self.panels[self.choice.value] = kind(
                Desk(lambda _: None, self._ask, self.session.background.latest)
            )
        return made

    def open(self) -> None:
        """Show the dialog with what can be compared now."""
        self.session.background.latest("comparable", _offered, self._open, self._refuse_choices)

    def _open(self, found: tuple[dict[str, dict[str, str]], tuple[type[AnalysisView], ...]]) -> None:
        offered, self.kinds = found
        if self.choice is None:
            self._build(offered)
        for select in (self.first, self.second):
            labels = [label for group in offered.values() for label in group]
            kept = select.value if select.value in _flat(offered).values() else THIS
            if labels != [label for group in select.groups.values() for label in group]:
                select.param.update(groups=offered, value=kept)
        self.dialog.open = True
        soon(self._turn)

    def _refuse_choices(self, fault: Invalid) -> None:
        self.session.notice = f"What can be compared could not be listed: {fault}"

    def _build(self, offered: dict[str, dict[str, str]]) -> None:
        has_steps = bool(self.session.experiment.wiring.steps)
        self.first = _select("A", offered, SOURCE if has_steps else THIS)
        self.second = _select("B", offered, THIS if has_steps else FIRST)
        for select in (self.first, self.second):
            select.param.watch(lambda _: soon(self._ask), "value")
        swap = pmui.IconButton(icon="swap_horiz", description="Swap A and B", size="small", margin=(10, 4))
        swap.on_click(lambda _: self._swap())
        nulls = pmui.MenuButton(
            label="Null model", icon="shuffle", size="small", variant="outlined", margin=(10, 8),
            items=[{"label": of.title} for of in NULL_MODELS], description="Compare with a null model of this wiring",
        )  # fmt: skip
        nulls.on_click(self._take_null)
        self.choice = pmui.RadioButtonGroup(
            options=[of.title for of in self.kinds], value=self.kinds[0].title, size="small", margin=(6, 0)
        )
        self.choice.param.watch(lambda _: soon(self._ask), "value")
        self.shown = waiting(min_height=300)
        self.underway = note()
        self.what = pmui.RadioButtonGroup(
            options=[WIRINGS, RUNS], value=WIRINGS, size="small", margin=(0, 0, 4, 0), sx=ONE_LINE
        )
        self.what.param.watch(lambda _: soon(self._turn), "value")
        sides = pn.FlexBox(self.first, swap, self.second, nulls, align_items="center", sizing_mode="stretch_width")
        self.about = note()
        self._of_wirings = [self.what, sides, self.about, self.choice, self.shown]
        self.runs: Any = None  # made when it is first wanted
        self.dialog.objects = self._of_wirings

    def _turn(self) -> None:
        """Show what is to be compared: wirings or runs."""
        if self.what.value == WIRINGS:
            show_only(self.dialog, self._of_wirings)
            self._ask()
            return
        if self.runs is None:
            from app.views.compare_runs import RunGroupsBox

            self.runs = RunGroupsBox(self.session)
        show_only(self.dialog, [self.what, self.runs.layout])
        self.runs.offer()

    def _swap(self) -> None:
        self.first.value, self.second.value = self.second.value, self.first.value

    def _take_null(self, item: Any) -> None:
        chosen = item.get("label") if isinstance(item, dict) else item
        for of in NULL_MODELS:
            if of.title == chosen:
                self.first.value, self.second.value = THIS, f"null:{of.model_fields['kind'].default}"

    def _ask(self) -> None:
        """Have the panel on show answered for the two that are chosen, unless that is on show already."""
        if not self.dialog.open or self.what.value != WIRINGS:
            return
        panel, asked = self.panel, (self.first.value, self.second.value, self.session.experiment)
        question = panel.question()
        key = (*asked, question)
        if panel.shown == key:
            self._put(panel)
            return
        if list(self.shown.objects) != [panel.layout]:  # figures of another panel under this title would mislead
            self.underway.object = f"{panel.title}: A and B are being compared …"
            show_only(self.shown, [self.underway])
        self.shown.loading = True
        self.session.background.latest(
            "compare", lambda: _answered(panel, asked), partial(self._show, panel, asked), partial(self._fail, panel)
        )

    def _show(self, panel: AnalysisView, asked: tuple[Any, ...], made: tuple[Pair, Any, Hashable]) -> None:
        found, answer, question = made
        panel.prepare(found)
        if panel.question() != question:  # these wirings offer other choices
            self._ask()
            return
        panel.show(found, (*asked, question), answer)
        self.about.object = about(found, *asked[:2])
        self._put(panel)

    def _put(self, panel: AnalysisView) -> None:
        """The panel with its figures enters the page in one piece: put in one after the other, they get no size."""
        if panel is self.panel:
            show_only(self.shown, [panel.layout])
            self.shown.loading = False

    def _fail(self, panel: AnalysisView, fault: Exception) -> None:
        panel.refuse(fault)
        self._put(panel)


def _offered() -> tuple[dict[str, dict[str, str]], tuple[type[AnalysisView], ...]]:
    """What can be compared, and by which panels; they are imported here, so that no page waits for them."""
    from app.views.compare_panels import PANELS

    return choices(), PANELS


def _answered(panel: AnalysisView, asked: tuple[Any, ...]) -> tuple[Pair, Any, Hashable]:
    found, question = pair(*asked), panel.question()
    return found, panel.answer(found, question), question


def _select(label: str, offered: dict[str, dict[str, str]], value: str) -> pmui.Select:
    return pmui.Select(
        label=label, groups=offered, value=value, size="small", variant="outlined", width=330, searchable=True,
        margin=(8, 4),
    )  # fmt: skip


def _flat(offered: dict[str, dict[str, str]]) -> dict[str, str]:
    return {label: value for group in offered.values() for label, value in group.items()}

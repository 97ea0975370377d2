"""One paper: its results with verdicts and figures, its recipes, and how to run it."""

from collections.abc import Callable
from functools import partial
from html import escape
from typing import Any

import panel as pn
import panel_material_ui as pmui

from app import look
from app.papers import Result, desk, forecast_s, parts_of
from app.runs import reader
from app.saver import Saver
from app.session import Session
from app.views.analysis_view import show_only
from app.views.paper_bumps import PaperBumps
from app.views.paper_cards import best_of
from app.views.paper_claims import claims_table, variants_table
from app.views.paper_figures import figure_cards
from app.views.paper_live import PaperLive
from app.views.paper_parts import PaperParts, part_rows
from app.views.paper_run import PaperRun
from app.views.paper_tables import PaperTables
from app.views.paper_words import counts, name_of, standing_said
from engine.component import Invalid
from engine.experiments.papers.paper import Paper, Part
from engine.experiments.papers.report import page

CLAIMS, FIGURES, TABLES = "Claims", "Figures", "Tables"
BUMPS, VARIANTS, RECIPES = "Bumps", "As published / corrected", "Recipes"
ONE_LINE = {"& .MuiToggleButton-root": {"py": "3px", "px": "14px", "whiteSpace": "nowrap"}}
NONE_YET = "Nothing is run yet. The claims are judged, and the figures drawn, as parts are done."
NO_FIGURES = "The figures are drawn when the first part is done."


class PaperView:
    """What is shown of a paper; `show(census)` keeps it fresh. `back` leads to all papers, `leave` to the page."""

    def __init__(self, session: Session, back: Callable[[], None], leave: Callable[[], None]):
        self.session, self._leave = session, leave
        self.paper: Paper | None = None
        self.result: Result | None = None
        self._results: tuple[Result, ...] = ()
        self._drawn: tuple[Any, Any] = (None, None)
        self.live: PaperLive | None = None
        self.saver = Saver()
        back_button = pmui.Button(label="All papers", icon="arrow_back", variant="text", size="small", margin=0)
        back_button.on_click(lambda _: back())
        self.head = look.text("", "paper-head", margin=(2, 0, 8, 0))
        self.choice = pmui.Select(
            label="Results", options={}, visible=False, size="small", width=270, margin=(10, 8, 0, 0)
        )
        self.choice.param.watch(lambda event: self._choose(event.new), "value")
        self.report = _button("Report", "article", "Report as one HTML page", self._save_report)
        self.numbers = _button("Numbers", "table_chart", "Numbers of every network as CSV", self._save_numbers)
        self.running = PaperRun(session, self._refresh)
        self.state = look.text("", "paper-state", margin=(6, 0, 2, 0))
        self.live_holder = pn.Column(sizing_mode="stretch_width", margin=0)
        self._sections()
        self.holder = pn.Column(sizing_mode="stretch_width", margin=(4, 0), min_height=240)
        tools = pn.FlexBox(
            self.choice, self.report, self.numbers, *self.running.controls,
            align_items="center", sizing_mode="stretch_width",
        )  # fmt: skip
        self.layout = pn.Column(
            back_button, self.head, tools, self.state, self.live_holder, self.section, self.holder,
            self.saver, sizing_mode="stretch_width", margin=0,
        )  # fmt: skip

    def _sections(self) -> None:
        """What is shown below the state, one at a time."""
        ways = [CLAIMS, FIGURES, TABLES, VARIANTS, RECIPES]
        self.section = pmui.RadioButtonGroup(options=ways, value=CLAIMS, size="small", margin=(8, 0, 4, 0), sx=ONE_LINE)
        self.section.param.watch(lambda _: self._refresh(), "value")
        self.claims, self.variants = (look.text("", "paper-table", margin=0) for _ in range(2))
        self.claims.css_classes = ["paper-table", "paper-claims"]
        styled = {"css_classes": ["paper-figures"], "stylesheets": [look.stylesheet()]}
        self.figures = pn.Column(sizing_mode="stretch_width", margin=0, **styled)
        self.tables = PaperTables(self.session, self.saver, self._refuse)
        self.parts = PaperParts(self._open_in_build)
        self.bumps = PaperBumps(self.session, self._refuse)

    def about(self, one: Paper, census: tuple[Result, ...]) -> None:
        """Open this paper at the latest work on this machine, else at shipped results, else at its recipes."""
        self.paper, self.result, self._drawn = one, None, (None, None)
        of = tuple(result for result in census if result.paper.name == one.name)
        at_work = next((result for result in of if result.state == "running"), None)
        self.result = at_work or next(iter(of), None)
        self.head.object = (
            f"<h2>{escape(one.title)}</h2><p>{escape(one.question)}</p><p class='quiet'>{escape(one.citation)}</p>"
        )
        self.variants.object = variants_table(one)
        self.running.about(one, self.result)
        more = ([TABLES] if one.tables is not None else []) + ([BUMPS] if one.turned is not None else [])
        sections = [CLAIMS, FIGURES, *more, VARIANTS, RECIPES]
        self.section.param.update(options=sections, value=CLAIMS if self.result is not None else RECIPES)
        self.show(census)
        self._refresh()

    def show(self, census: tuple[Result, ...]) -> None:
        """What is known by now."""
        if self.paper is None:
            return
        self._results = tuple(result for result in census if result.paper.name == self.paper.name)
        self._offer()
        now = next((r for r in self._results if self.result is not None and r.folder == self.result.folder), None)
        self.result = now or next((r for r in self._results if r.state == "running"), None) or best_of(self._results)
        self.running.show(census, self._results)
        self._tell()
        self._fill()
        self._follow()

    def _refresh(self) -> None:
        """Look again at once: something was asked for."""
        asked = self.paper.name, self.running.scale

        def seen(found: tuple[float, tuple[Result, ...]]) -> None:
            self.running.forecast = (asked, found[0])
            self.show(found[1])

        self.session.background.latest("papers look", lambda: (forecast_s(*asked), desk().census()), seen, self._refuse)

    def _offer(self) -> None:
        options = {name_of(result): str(result.folder) for result in self._results}
        if options != self.choice.options:
            value = str(self.result.folder) if self.result is not None else None
            self.choice.param.update(options=options, value=value, visible=bool(options))
        started = next((r for r in self._results if str(r.folder) == self.running.started), None)
        if started is not None:
            self.running.started, self.result = "", started
        if self.result is not None and self.choice.value != str(self.result.folder):
            self.choice.value = str(self.result.folder)

    def _choose(self, folder: str | None) -> None:
        chosen = next((result for result in self._results if str(result.folder) == folder), None)
        if chosen is not None and (self.result is None or chosen.folder != self.result.folder):
            self.result = chosen
            self.running.take(chosen)
            self._refresh()

    def _tell(self) -> None:
        result = self.result
        words = counts(result.words) if result is not None and result.judged is not None else ""
        said = standing_said(result) if result is not None else NONE_YET
        bar = ""
        if result is not None and result.state == "running":
            share = f"{100 * result.share:.1f}"
            bar = (
                f'<div class="bar" role="progressbar" aria-label="{escape(result.paper.name)}" aria-valuemin="0" '
                f'aria-valuemax="100" aria-valuenow="{share}"><i style="width:{share}%"></i></div>'
            )
        wrong = " class='wrong'" if result is not None and result.state in ("failed", "damaged") else ""
        text = f"<div>{words}</div><div role='status'{wrong}>{said}</div>{bar}"
        if text != self.state.object:
            self.state.object = text
        self.report.disabled = self.numbers.disabled = result is None or result.judged is None

    def _fill(self) -> None:
        """The section on show; the others are made when they are looked at."""
        judged = self.result.judged if self.result is not None else None
        section = self.section.value
        if section == CLAIMS:
            table = claims_table(self.paper, judged)
            if table != self.claims.object:
                self.claims.object = table
            show_only(self.holder, [self.claims])
        elif section == BUMPS:
            show_only(self.holder, [self.bumps])
            self.bumps.show(self.paper, self.result)
        elif section == VARIANTS:
            show_only(self.holder, [self.variants])
        elif section == FIGURES:
            self._draw(judged)
        elif section == TABLES:
            show_only(self.holder, [self.tables])
            self.tables.show(self.result)
        else:
            show_only(self.holder, [self.parts])
            scale, name = self.running.scale, self.paper.name
            work = partial(parts_of, name, scale)
            self.session.background.latest("paper parts", work, partial(self._list_parts, name, scale), self._refuse)

    def _draw(self, judged: Any) -> None:
        figures = judged.figures if judged is not None else ()
        if self._drawn[0] != (self.paper.name, judged) or self._drawn[1] is None:
            cards = figure_cards(self.paper.name, figures)
            self.figures.objects = cards or [look.empty(NO_FIGURES)]
            self._drawn = ((self.paper.name, judged), self.figures)
        show_only(self.holder, [self.figures])

    def _list_parts(self, name: str, scale: Any, listed: tuple[tuple[Part, str], ...]) -> None:
        if (name, scale) != (self.paper.name, self.running.scale):
            return
        result = self.result if self.result is not None and self.result.scale == scale else None
        rows = part_rows([part for part, _ in listed], result)
        if rows != self.parts.rows:
            self.parts.rows = rows

    def _follow(self) -> None:
        """Live curves of the part that trains now."""
        run = self.result.run if self.result is not None else None
        if run is None:
            show_only(self.live_holder, [])
            return
        if self.live is None:
            self.live = PaperLive()
        show_only(self.live_holder, [self.live.layout])
        self.live.show(str(run.folder), reader().look(run))

    # what can be done

    def _open_in_build(self, name: str) -> None:
        one, scale = self.paper, self.running.scale

        def put(listed: tuple[tuple[Part, str], ...]) -> None:
            part = next((part for part, _ in listed if part.name == name), None)
            if part is None or part.experiment is None:
                return
            self.session.load(part.experiment)
            self.session.notice = f"{one.name}, {name} is in the form; Undo brings yours back."
            self._leave()

        self.session.background.latest("paper to build", partial(parts_of, one.name, scale), put, self._refuse)

    def _save_report(self) -> None:
        result = self.result
        self._save("report.html", "text/html", lambda: page(
            result.paper, result.judged.table, result.judged.figures, result.folder))  # fmt: skip

    def _save_numbers(self) -> None:
        table = self.result.judged.table
        self._save("numbers.csv", "text/csv", lambda: table.rows.to_csv(index=False))

    def _save(self, file: str, mime: str, make: Callable[[], str]) -> None:
        name = f"{self.result.folder.name}_{file}"
        self.session.background.latest(
            "paper file", lambda: make().encode(), lambda content: self.saver.save(name, mime, content), self._refuse
        )

    def _refuse(self, fault: Invalid) -> None:
        self.state.object = f"<div class='wrong' role='status'>{escape(str(fault))}</div>"


def _button(label: str, icon: str, says: str, act: Callable[[], None]) -> pmui.Button:
    made = pmui.Button(
        label=label, icon=icon, description=says, variant="text", size="small", margin=(8, 4, 0, 0), disabled=True
    )
    made.on_click(lambda _: act())
    return made

"""What all views of Explore share: a question put to the engine off the event loop, and its answer drawn in place."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from html import escape
from typing import Any, ClassVar

import panel as pn
import panel_material_ui as pmui

from app import look
from app.export import export_controls
from app.figures import WARNING, Twin
from app.session import Selection
from app.subject import Subject
from engine.component import Invalid

Later = Callable[..., None]  # Background.latest


@dataclass(frozen=True)
class Desk:
    """What a view may ask of the page: mark units, have its question answered anew, do slow work."""

    select: Callable[[Selection], None]
    ask: Callable[[], None]
    later: Later


class AnalysisView(ABC):
    """One question about one network. Its figures are built once and filled under the document's lock.

    `question` reads the controls; `answer` asks the engine, on a worker thread, and touches no figure; `draw` fills the
    figures and returns the main numbers as sentences, which are also what a screen reader reads. A view that is not
    shown is asked nothing.
    """

    title: ClassVar[str]

    def __init__(self, desk: Desk):
        self.desk = desk
        self.subject: Subject | None = None
        self.shown: Hashable = None  # the key of what is drawn
        self.marked: tuple[int, ...] = ()
        self.summary = note()
        self.fault = pn.pane.HTML("", css_classes=["problem"], stylesheets=[look.stylesheet()], margin=(4, 8))
        self.given: Any = None  # the answer that is drawn
        controls, *figures = self.build()
        self.body = pn.Column(controls, self.summary, *figures, sizing_mode="stretch_width", margin=0)
        self.layout = waiting()

    @abstractmethod
    def build(self) -> list[Any]:
        """The controls, then the figures from top to bottom, made once."""

    @abstractmethod
    def prepare(self, subject: Subject) -> None:
        """Give the controls what this network offers, before they are read."""

    @abstractmethod
    def question(self) -> Hashable:
        """What the controls say."""

    @abstractmethod
    def answer(self, subject: Subject, question: Any) -> Any:
        """The engine's answer. Runs on a worker thread."""

    @abstractmethod
    def draw(self, subject: Subject, answer: Any) -> str:
        """Fill the figures; returns the main numbers as sentences."""

    @abstractmethod
    def mark(self, units: tuple[int, ...]) -> None:
        """Mark these units in the figures."""

    def show(self, subject: Subject, key: Hashable, answer: Any) -> None:
        """Draw an answer that has come in."""
        self.subject, self.shown, self.given = subject, key, answer
        said = self.draw(subject, answer)
        self.mark(self.marked)
        warned = f"<b style='color:{WARNING}'>{escape(doubt(subject))}</b> " if doubt(subject) else ""
        self.summary.object = f"{warned}{said} <i>({escape(subject.caption)})</i>"
        show_only(self.layout, [self.body])

    def headed(self, title: str, name: str, twin: Callable[[Subject, Any], Twin]) -> pn.Row:
        """The line above a figure: what it is, and its export. `twin` makes the figure for a paper of what is drawn."""

        def file() -> str:
            return f"{self.subject.run or 'untrained' if self.subject else ''}_{name}".replace(" ", "_")

        heading = note(f"<b>{title}</b>", margin=(7, 8, 0, 8))
        return pn.Row(
            heading, export_controls(lambda: self.exported(twin), file), sizing_mode="stretch_width", margin=0
        )

    def exported(self, twin: Callable[[Subject, Any], Twin]) -> Twin:
        """The figure for a paper; it says if its numbers are in doubt. Raises Invalid while there is none."""
        if self.subject is None or self.given is None:
            raise Invalid("There is nothing to export yet.")
        return replace(twin(self.subject, self.given), warning=doubt(self.subject))

    def refuse(self, fault: Exception) -> None:
        """Say why there is no answer; an earlier picture is taken away, so that nothing is read wrongly."""
        self.fault.object = escape(str(fault))
        show_only(self.layout, [self.fault])
        self.shown = None


def doubt(subject: Any) -> str:
    """Which files behind the numbers have changed since the run ended, in words; '' if none is known to have."""
    return " ".join(getattr(subject, "damage", ()))


def show_only(layout: Any, parts: list[Any]) -> None:
    """The layout holds these parts. A figure that is first drawn while hidden keeps a size of zero; so what is not to
    be seen is taken out, not made invisible."""
    if list(layout.objects) != parts:
        layout.objects = parts


def filled(units: tuple[int, ...], others: tuple[int, ...]) -> tuple[int, ...]:
    """The marked units first, then others, each once: a picture of examples has no empty places."""
    return tuple(dict.fromkeys((*units, *others)))


def waiting(*parts: Any, min_height: int = 120) -> pn.Column:
    """Where a view will be."""
    styled = {"css_classes": ["waiting"], "stylesheets": [look.stylesheet()]}
    return pn.Column(*parts, sizing_mode="stretch_width", margin=0, min_height=min_height, **styled)


def note(text: str = "", **options: Any) -> pn.pane.HTML:
    """A line of small print."""
    settings = {"margin": (4, 8), "sizing_mode": "stretch_width", **options}
    return pn.pane.HTML(text, css_classes=["note"], stylesheets=[look.stylesheet()], **settings)


def pane(figure: Any, **options: Any) -> pn.pane.Bokeh:
    """A raw Bokeh figure on the page, as large as its frame asks."""
    figure.width = figure.height = None  # the default of 600 px would be its least width
    return pn.pane.Bokeh(figure, **{"margin": (2, 4), **options})


def with_tools(figure: Any) -> None:
    """The tools of a figure lie over its upper edge and appear when the pointer is there."""
    figure.toolbar.autohide, figure.toolbar.logo, figure.toolbar_inner = True, None, True
    figure.toolbar.stylesheets = [look.PAPER]


def choice(label: str, options: dict[str, Any] | list[Any], ask: Callable[[], None], **settings: Any) -> pmui.Select:
    """A small drop-down that asks anew when it changes."""
    made = pmui.Select(
        label=label, options=options, size="small", variant="outlined", **{"width": 150, "margin": (4, 4), **settings}
    )
    made.param.watch(lambda _: ask(), "value")
    return made


def switch(label: str, ask: Callable[[], None], **settings: Any) -> pmui.Switch:
    """A switch that asks anew when it changes."""
    made = pmui.Switch(label=label, size="small", **{"margin": (10, 4), **settings})
    made.param.watch(lambda _: ask(), "value")
    return made


def bar(*controls: Any) -> pn.FlexBox:
    """Controls side by side, wrapping where the column is narrow. (Not for figures: they are drawn before they have a
    size there, and stay empty. A pmui.FlexBox now and then forgets its last child.)"""
    return pn.FlexBox(*controls, align_items="center", sizing_mode="stretch_width", margin=(8, 0, 0, 0))


def grid(columns: int, *panes: Any) -> pn.GridBox:
    """Figures in rows of so many."""
    return pn.GridBox(*panes, ncols=columns, margin=0)


NOTHING = {"…": None}  # the options of a control before there is a network


def offer(control: Any, options: dict[str, Any]) -> None:
    """New options; the value stays if it is still offered, else the first is taken."""
    if dict(control.options) != options:
        kept = control.value if control.value in options.values() else next(iter(options.values()))
        control.param.update(options=options, value=kept)

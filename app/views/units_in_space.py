"""Space: where units lie, from three sides, coloured by what they are and by what they are selective for."""

from dataclasses import dataclass
from html import escape
from typing import Any, ClassVar

import numpy as np
from bokeh.models import ColumnDataSource, HoverTool, Range1d
from matplotlib.figure import Figure

from app import look
from app.figures import Twin
from app.session import Selection
from app.subject import Subject, question_to, recording, trial_of
from app.views.analysis_view import NOTHING, AnalysisView, bar, choice, grid, offer, pane, show_only, with_tools
from app.views.twins import DOT
from engine.analysis import SelectivityAnalysis
from engine.analysis.connections import between_units
from engine.analysis.modularity import modularity
from engine.analysis.selectivity_question import Selective
from engine.component import Invalid

MOST_DECODED = 600  # units: a window takes about 10 s for 600
HUES = 12  # groups with a colour of their own
PLANES = {"x and y": (0, 1), "z and y": (2, 1), "x and z": (0, 2)}
WIDE_UM = 10_000  # from here on in mm
BY = {
    "strength of inputs": "inputs", "strength of outputs": "outputs", "module": "module", "preference": "preference",
    "area": "area", "sign": "sign",
}  # fmt: skip
NOWHERE = "The units of this wiring have no coordinates, so that there is nothing to draw in space."
ABOUT = "A tap, box or lasso marks units in all views."


@dataclass(frozen=True)
class Question:
    by: str
    window: str


@dataclass(frozen=True, eq=False)
class Answer:
    """The colour of every unit and what it stands for in words; the groups or the span; selectivity if asked for."""

    colour: list[str]
    told: list[str]
    legend: str
    selective: Selective | None = None


class SpaceView(AnalysisView):
    """Three linked projections of the units, and for two variables what units tell of each."""

    title: ClassVar[str] = "Space"

    def build(self) -> list[Any]:
        self.by = choice("Colour by", BY, self.desk.ask, width=170)
        self.window = choice("Decoded from", NOTHING, self.desk.ask, width=150)
        columns = ("x", "y", "z", "one", "other", "name", "colour", "told")
        self._units = ColumnDataSource({name: [] for name in columns})
        self._units.selected.on_change("indices", self._taken)
        self._echo = False
        self.planes = {title: self._plane(title, *axes) for title, axes in PLANES.items()}
        for title, other in (("z and y", "y_range"), ("x and z", "x_range")):
            setattr(self.planes[title], other, getattr(self.planes["x and y"], other))
        self.mixed = self._figure("selectivity", "one", "other", "variance explained", "variance explained")
        self.mixed.x_range, self.mixed.y_range = Range1d(-0.08, 1.08), Range1d(-0.08, 1.08)
        self._panes = [pane(plot) for plot in self.planes.values()]
        self._mixed_pane = pane(self.mixed)
        self.pictures = grid(2)
        return [
            bar(self.by, self.window),
            self.headed("Units in space", "space", self._twin),
            self.pictures,
        ]

    def prepare(self, subject: Subject) -> None:
        epochs = trial_of(subject.experiment).epochs
        offer(self.window, {e.replace("_", " "): e for e in epochs if epochs[e].stop > epochs[e].start})
        self.window.visible = self.by.value == "preference"

    def question(self) -> Question:
        return Question(self.by.value, self.window.value if self.by.value == "preference" else "")

    def answer(self, subject: Subject, question: Question) -> Answer:
        if question.by == "preference":
            return _by_preference(subject, question.window)
        if question.by in ("inputs", "outputs"):
            strength = subject.after["W_rec"].detach().abs().sum(1 if question.by == "inputs" else 0).double().numpy()
            words = f"Sum of |w| of the {question.by} of a unit"
            return Answer(*_graded(strength), f"{words}, from {_span(strength)} (pale to strong).")
        return _by_group(subject, question.by)

    def draw(self, subject: Subject, answer: Answer) -> str:
        places, found = subject.connectome.positions_um, answer.selective
        n = subject.connectome.n
        where = np.full((n, 3), np.nan) if places is None else places
        pair = np.full((2, n), np.nan) if found is None else found.explained[0][[0, -1]]
        unit, size = _unit(where)
        for plot, (across, up) in zip(self.planes.values(), PLANES.values(), strict=True):
            plot.xaxis.axis_label, plot.yaxis.axis_label = (f"{'xyz'[axis]} ({unit})" for axis in (across, up))
        x, y, z = where.T / size
        self._units.data = {
            "x": x, "y": y, "z": z, "one": pair[0], "other": pair[1],
            "name": list(subject.connectome.names), "colour": answer.colour, "told": answer.told,
        }  # fmt: skip
        if found is not None:
            self.mixed.xaxis.axis_label = f"variance explained by {found.variables[0].replace('_', ' ')}"
            self.mixed.yaxis.axis_label = f"variance explained by {found.variables[-1].replace('_', ' ')}"
        two = found is not None and len(found.variables) > 1
        show_only(self.pictures, [*(self._panes if places is not None else []), *([self._mixed_pane] if two else [])])
        flat = "" if places is None else _flat(places)
        if places is None:
            more = "" if two else " Colour by preference to see what they are selective for."
            return f"{NOWHERE}{more} {answer.legend}"
        return f"{answer.legend} {flat}{ABOUT}"

    def mark(self, units: tuple[int, ...]) -> None:
        if list(self._units.selected.indices) != list(units):
            self._echo = True
            self._units.selected.indices = list(units)
            self._echo = False

    def _taken(self, _: str, __: list[int], new: list[int]) -> None:
        if self._echo or self.subject is None:
            return
        names = self.subject.connectome.names
        label = names[new[0]] if len(new) == 1 else f"{len(new)} units in space" if new else ""
        self.desk.select(Selection(tuple(sorted(new)), label))

    def _plane(self, title: str, across: int, up: int) -> Any:
        plot = self._figure(title, "xyz"[across], "xyz"[up], "xyz"[across], "xyz"[up])
        plot.match_aspect = True
        plot.xaxis.ticker.desired_num_ticks = 4
        return plot

    def _figure(self, name: str, x: str, y: str, across: str, up: str) -> Any:
        plot = look.figure(
            f"space_{name}".replace(" ", "_"), across, up, frame_width=190, frame_height=175,
            tools="tap,box_select,lasso_select,reset", toolbar_location="above", active_drag="box_select",
        )  # fmt: skip
        with_tools(look.zoom_by_wheel(plot))
        dots = plot.scatter(
            x, y, source=self._units, size=6, fill_color="colour", line_color=None, fill_alpha=0.85,
            nonselection_fill_alpha=0.12, selection_line_color=look.QUIET,
        )  # fmt: skip
        plot.add_tools(HoverTool(renderers=[dots], tooltips=[("unit", "@name"), ("", "@told")]))
        return plot

    def _twin(self, subject: Subject, answer: Answer) -> Twin:
        return space_twin(subject, answer)


def _by_group(subject: Subject, by: str) -> Answer:
    of = subject.connectome
    if by == "sign":
        words = {1: "excitatory", -1: "inhibitory", 0: "no sign"}
        told = [words[int(sign)] for sign in of.signs]
        hues = [look.sign_colour(int(sign)) for sign in of.signs]
        return Answer(hues, told, _legend(told, hues))
    if by == "area":
        colours = look.area_colours(tuple(dict.fromkeys(of.areas)))
        hues = [colours[area] for area in of.areas]
        return Answer(hues, list(of.areas), _legend(list(of.areas), hues))
    found = modularity(between_units(subject.after["W_rec"].detach().double().numpy()), runs=3)
    told = [f"module {number + 1}" for number in found.community]
    q = f" Modularity {look.number(found.q)} (Louvain, weighted)." if found.q is not None else ""
    hues = _hues(found.community)
    return Answer(hues, told, _legend(told, hues) + q)


def _by_preference(subject: Subject, window: str) -> Answer:
    if subject.connectome.n > MOST_DECODED:
        said = f"Decoding from more than {MOST_DECODED} units takes minutes"
        raise Invalid(f"{said}: ask 'connectarium analyse {subject.reference} selectivity' for it.")
    found = SelectivityAnalysis(only=window).compute(question_to(subject, recording(subject)))
    prefers = found.preferred[0]
    names = [name.replace("_", " ") for name in found.variables]
    told = [f"prefers {names[k]}" if k >= 0 else "tells no variable" for k in prefers]
    hues = np.array([*look.condition_colours(len(names)), look.QUIET])
    numbers = " ".join(
        f"{measure[0].upper()}{measure[1:]} {look.number(value)}." for _, measure, value in found.network
        if measure.startswith(("spatial", "mixed", "mean"))
    )  # fmt: skip
    colours = hues[prefers].tolist()
    return Answer(colours, told, f"{_legend(told, colours)} {escape(numbers)}", found)


def _graded(values: np.ndarray) -> tuple[list[str], list[str]]:
    """The bright end of the colour map for the largest value; and each in words."""
    shades = look.sequential()
    span = float(np.ptp(values)) or 1.0
    at = ((values - values.min()) / span * (0.85 * len(shades) - 1) + 0.15 * len(shades)).astype(int)
    return [shades[k] for k in at.clip(0, len(shades) - 1)], [look.number(float(value)) for value in values]


def _hues(group: np.ndarray) -> list[str]:
    hues = look.condition_colours(HUES)
    return [hues[k] if k < HUES else look.QUIET for k in group]


def _legend(told: list[str], colour: list[str]) -> str:
    """How many units of each kind there are and their colour, most first."""
    hue = dict(zip(told, colour, strict=True))
    kinds, counts = np.unique(told, return_counts=True)
    order = np.argsort(-counts, kind="stable")
    some = "&ensp;".join(
        f"<span style='color:{hue[str(kinds[k])]}'>●</span> <b>{counts[k]}</b> {escape(str(kinds[k]))}"
        for k in order[:HUES]
    )
    return f"{some}{f' and {len(order) - HUES} more kinds' if len(order) > HUES else ''}."


def _span(values: np.ndarray) -> str:
    return f"{look.number(float(values.min()))} to {look.number(float(values.max()))}"


def _unit(places: np.ndarray) -> tuple[str, float]:
    """In which unit places are told, and how many µm it has."""
    return ("mm", 1000.0) if np.nanmax(np.abs(places), initial=0.0) >= WIDE_UM else ("µm", 1.0)


def _flat(places: np.ndarray) -> str:
    """Which directions say nothing."""
    same = [name for name, span in zip("xyz", np.ptp(places, axis=0), strict=True) if span == 0]
    return f"All units have the same {' and '.join(same)}. " if same else ""


def space_twin(subject: Subject, answer: Answer) -> Twin:
    """The three projections for a paper, with places, and what explains each unit if that was asked."""
    places = subject.connectome.positions_um

    unit, size = ("µm", 1.0) if places is None else _unit(places)

    def draw(figure: Figure) -> None:
        for k, axes in enumerate(PLANES.values() if places is not None else ()):
            plot = figure.add_subplot(1, 3, k + 1)
            plot.scatter(*places[:, axes].T / size, s=DOT, c=answer.colour, linewidths=0)
            labels = (f"{'xyz'[axis]} ({unit})" for axis in axes)
            plot.set(xlabel=next(labels), ylabel=next(labels), aspect="equal")

    numbers: dict[str, Any] = {"unit": list(subject.connectome.names), "is": answer.told}
    if places is not None:
        numbers |= {f"{name}_um": places[:, k] for k, name in enumerate("xyz")}
    found = answer.selective
    if found is not None:
        numbers |= {f"variance_explained_by_{v}": found.explained[0, k] for k, v in enumerate(found.variables)}
    return Twin("Units in space", draw, numbers, subject.experiment.to_link(), 0.4)

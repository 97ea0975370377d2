"""Spectrum: which linear modes of the network grow, which decay, and what chance alone would give."""

from dataclasses import dataclass
from html import escape
from typing import Any, ClassVar

import numpy as np
from bokeh.models import ColumnDataSource, HoverTool, Span

from app import look
from app.figures import Twin
from app.subject import Subject
from app.views.analysis_view import AnalysisView, bar, pane, switch, with_tools
from app.views.twins import spectrum_twin
from engine.analysis.spectrum import Edge, RandomSpectrum, Spectrum, spectrum

FRAME_PX = 372


@dataclass(frozen=True, eq=False)
class Answer:
    before: Spectrum
    after: Spectrum


class SpectrumView(AnalysisView):
    """Eigenvalues of the recurrent weights before and after training, with the edge of stability of the dynamics."""

    title: ClassVar[str] = "Spectrum"

    def build(self) -> list[Any]:
        self._before = ColumnDataSource({"real": [], "imaginary": [], "modulus": []})
        self._after = ColumnDataSource({"real": [], "imaginary": [], "modulus": []})
        self._corner = ColumnDataSource({"x": [], "y": []})
        self._circle = ColumnDataSource({"x": [], "y": [], "width": [], "height": []})
        self._step_circle = ColumnDataSource({"x": [], "y": [], "width": [], "height": []})
        self._bulk = ColumnDataSource({"x": [], "y": [], "width": [], "height": []})
        self.show_before = switch("Before", self._toggle, value=True)
        self.show_edge = switch("Edge of stability", self._toggle, value=True)
        self.show_chance = switch("Random matrix", self._toggle, value=True)
        self.figure = self._figure()
        return [
            bar(self.show_before, self.show_edge, self.show_chance),
            self.headed("Eigenvalues of the recurrent weights", "spectrum", self._twin),
            pane(self.figure, sizing_mode="stretch_width"),
        ]

    def prepare(self, subject: Subject) -> None:
        self.show_before.visible = subject.is_trained

    def question(self) -> None:
        """Nothing is asked: the switches only hide."""

    def answer(self, subject: Subject, question: None) -> Answer:
        experiment = subject.experiment
        leaks = experiment.dynamics.time_constants(subject.connectome, experiment.dt_ms).leak()
        kind, leak = experiment.dynamics.kind, leaks if isinstance(leaks, float) else None
        last = spectrum(subject.after["W_rec"], kind, leak)
        return Answer(spectrum(subject.before["W_rec"], kind, leak) if subject.is_trained else last, last)

    def draw(self, subject: Subject, answer: Answer) -> str:
        found = answer.after
        self._after.data = _columns(found)
        self._before.data = (
            _columns(answer.before) if subject.is_trained else {"real": [], "imaginary": [], "modulus": []}
        )
        self._bulk.data = _bulk(found.random)
        edge = found.edge
        self._circle.data = _circle(edge if edge.shape == "circle" else None)
        self._step_circle.data = _circle(edge.simulated)
        self._line.location = edge.position
        reach = edge.position if edge.shape == "line" else edge.radius
        self._corner.data = {"x": [reach, -0.1], "y": [0.0, 0.0]}
        self._points.glyph.line_color = self._points.glyph.fill_color = look.network_colour(subject.network)
        self._toggle()
        return sentences(subject, answer)

    def mark(self, units: tuple[int, ...]) -> None:
        """A mode belongs to no single unit."""

    def _twin(self, subject: Subject, answer: Answer) -> Twin:
        return spectrum_twin(answer.after, answer.before if subject.is_trained else None, subject.experiment.to_link())

    def _toggle(self) -> None:
        self._old.visible = self.show_before.value
        has_line = self._line.location is not None
        self._line.visible = self.show_edge.value and has_line
        self._edge.visible = self._steps.visible = self.show_edge.value
        self._chance.visible = self.show_chance.value

    def _figure(self) -> Any:
        plot = look.figure(
            "spectrum", "real part of λ", "imaginary part of λ", sizing_mode="stretch_width", frame_height=FRAME_PX,
            match_aspect=True, tools="pan,box_zoom,reset", toolbar_location="above", active_drag="pan",
        )  # fmt: skip
        with_tools(look.zoom_by_wheel(plot))
        oval = {"x": "x", "y": "y", "width": "width", "height": "height", "fill_color": None}
        self._chance = plot.ellipse(
            source=self._bulk, line_color=look.QUIET, line_dash="dotted", line_width=1.5, **oval
        )
        self._edge = plot.ellipse(source=self._circle, line_color=look.FAULT, line_width=1.5, **oval)
        self._steps = plot.ellipse(source=self._step_circle, line_color=look.FAULT, line_dash="dashed", **oval)
        self._line = Span(dimension="height", line_color=look.FAULT, line_width=1.5, visible=False)
        plot.add_layout(self._line)
        corner = plot.scatter("x", "y", source=self._corner, size=0, alpha=0)
        self._old = plot.scatter(
            "real", "imaginary", source=self._before, size=4, fill_color=None, line_color=look.QUIET, line_alpha=0.9
        )
        self._points = plot.scatter(
            "real", "imaginary", source=self._after, size=5, fill_alpha=0.65, name="eigenvalues"
        )
        for axis in (plot.x_range, plot.y_range):
            axis.renderers = [self._points, self._old, corner]
            axis.range_padding = 0.08
        tips = [("λ", "@real{0.000} + @imaginary{0.000} i"), ("|λ|", "@modulus{0.000}")]
        plot.add_tools(HoverTool(renderers=[self._points], tooltips=tips))
        return plot


def sentences(subject: Subject, answer: Answer) -> str:
    """The main numbers of the picture."""
    found, edge = answer.after, answer.after.edge
    was = f" (before {look.number(answer.before.radius)})" if subject.is_trained else ""
    said = f"<b>{len(found.eigenvalues):,} eigenvalues</b> of the recurrent weights (dimensionless): "
    said += f"spectral radius {look.number(found.radius)}{was}, largest real part {look.number(found.abscissa)}. "
    beyond = growing(found)
    said += f"{beyond} {'mode lies' if beyond == 1 else 'modes lie'} beyond the red edge. {escape(edge.explanation)} "
    if edge.simulated:
        said += f"Dashed: {escape(edge.simulated.explanation)} "
    random = found.random
    said += "Dotted: where a random matrix with these means and variances has its bulk "
    said += f"({oval(random)}"
    said += f"; outlier at {look.number(random.outlier)})." if random.outlier is not None else ")."
    return said


def oval(random: RandomSpectrum) -> str:
    """The form of the bulk in words."""
    along, up = look.number(random.half_axis_real), look.number(random.half_axis_imaginary)
    return f"circle of radius {along}" if along == up else f"ellipse with half-axes {along} real, {up} imaginary"


def growing(found: Spectrum) -> int:
    """How many modes lie beyond the edge that is drawn."""
    values, edge = found.eigenvalues, found.edge
    if edge.shape == "line":
        return int((values.real > edge.position).sum())
    return int((np.abs(values - edge.centre) > edge.radius).sum())


def _columns(found: Spectrum) -> dict[str, Any]:
    return {name: found.table()[name].to_numpy() for name in ("real", "imaginary", "modulus")}


def _circle(edge: Edge | None) -> dict[str, list[float]]:
    if edge is None or edge.radius is None:
        return {"x": [], "y": [], "width": [], "height": []}
    return {"x": [edge.centre], "y": [0.0], "width": [2 * edge.radius], "height": [2 * edge.radius]}


def _bulk(random: RandomSpectrum) -> dict[str, list[float]]:
    return {
        "x": [random.centre], "y": [0.0],
        "width": [2 * random.half_axis_real], "height": [2 * random.half_axis_imaginary],
    }  # fmt: skip

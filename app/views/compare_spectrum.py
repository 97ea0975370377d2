"""Eigenvalues of two wirings on the same axes, each with the circle that chance would fill."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import torch
from bokeh.models import ColumnDataSource, HoverTool, Range1d
from jaxtyping import Complex
from matplotlib.figure import Figure
from matplotlib.patches import Ellipse

from app import look
from app.compared import Pair, Side
from app.figures import Twin
from app.views.analysis_view import AnalysisView, with_tools
from app.views.compare_panel import NAMES, A, B, beside, joined, under, wide
from app.views.spectrum import oval
from engine.analysis.spectrum import RandomSpectrum, eigenvalues, random_spectrum
from engine.analysis.wiring_summary import MOST_UNITS

TURN = np.linspace(0, 2 * np.pi, 121)


@dataclass(frozen=True, eq=False)
class Modes:
    """Eigenvalues, and where a random matrix with these means and variances has its bulk."""

    values: Complex[np.ndarray, " modes"]
    random: RandomSpectrum

    @property
    def bulk(self) -> tuple[np.ndarray, np.ndarray]:
        chance = self.random
        along, up = chance.half_axis_real, chance.half_axis_imaginary
        return chance.centre + along * np.cos(TURN), up * np.sin(TURN)

    @property
    def reach(self) -> float:
        return float(max(np.abs(self.values).max(), np.abs(self.bulk[0]).max(), np.abs(self.bulk[1]).max()))


class SpectrumPanel(AnalysisView):
    """One dot per mode. Dotted: the circular law, stretched by reciprocity to an ellipse."""

    title: ClassVar[str] = "Spectrum"

    def build(self) -> list[Any]:
        self.x, self.y = Range1d(-1, 1), Range1d(-1, 1)
        self.modes = [ColumnDataSource({"real": [], "imaginary": [], "modulus": []}) for _ in NAMES]
        self.bulks = [ColumnDataSource({"x": [], "y": []}) for _ in NAMES]
        self.figures = [self._figure(k) for k in range(2)]
        parts = [
            under(
                self.headed(f"<b>{name}</b>", f"spectrum_{name.lower()}", self._twin_of(k)),
                wide(self.figures[k]),
            )
            for k, name in enumerate(NAMES)
        ]
        return [under(), beside(*parts)]

    def prepare(self, subject: Pair) -> None:
        """There is nothing to choose."""

    def question(self) -> None:
        return None

    def answer(self, subject: Pair, question: None) -> tuple[Modes | None, ...]:
        return tuple(side.kept("modes", lambda side=side: modes(side)) for side in subject.sides)

    def draw(self, subject: Pair, answer: tuple[Modes | None, ...]) -> str:
        reach = 1.08 * max((each.reach for each in answer if each), default=1.0) or 1.0
        for axis in (self.x, self.y):
            axis.update(start=-reach, end=reach, reset_start=-reach, reset_end=reach)
        for source, bulk, found in zip(self.modes, self.bulks, answer, strict=True):
            values = found.values if found else np.zeros(0, complex)
            source.data = {"real": values.real, "imaginary": values.imag, "modulus": np.abs(values)}
            bulk.data = dict(zip("xy", found.bulk if found else ([], []), strict=True))
        return "Weights as they are wired, before any scaling of initial weights. " + " ".join(
            map(_sentence, NAMES, answer)
        )

    def mark(self, units: tuple[int, ...]) -> None:
        """A mode belongs to no single unit."""

    def _figure(self, k: int) -> Any:
        plot = look.figure(
            f"compare_spectrum_{k}", "real part of λ", "imaginary part of λ", x_range=self.x, y_range=self.y,
            height=420, sizing_mode="stretch_width", tools="pan,box_zoom,reset",
            toolbar_location="above",
        )  # fmt: skip
        with_tools(look.zoom_by_wheel(look.true_to_scale(plot)))
        plot.line("x", "y", source=self.bulks[k], line_color=look.QUIET, line_dash="dotted", line_width=1.5)
        dots = plot.scatter(
            "real", "imaginary", source=self.modes[k], size=5, color=(A, B)[k], fill_alpha=0.65, name="eigenvalues"
        )
        tips = [("λ", "@real{0.000} + @imaginary{0.000} i"), ("|λ|", "@modulus{0.000}")]
        plot.add_tools(HoverTool(renderers=[dots], tooltips=tips))
        return plot

    def _twin_of(self, k: int) -> Any:
        return lambda subject, answer: modes_twin(subject, answer, k)


def modes(side: Side) -> Modes | None:
    """The eigenvalues of a wiring; None of one that is too large."""
    if side.wiring.n > MOST_UNITS:
        return None
    weights = torch.from_numpy(side.wiring.weights.toarray().astype(float))
    return Modes(eigenvalues(weights), random_spectrum(weights))


def modes_twin(subject: Pair, answer: tuple[Modes | None, ...], k: int) -> Twin:
    """One spectrum for a paper, on the axes of both; the table has both."""
    reach = 1.08 * max((each.reach for each in answer if each), default=1.0)

    def draw(figure: Figure) -> None:
        axes, found = figure.add_subplot(), answer[k]
        if found is not None:
            chance = found.random
            axes.add_patch(Ellipse(
                (chance.centre, 0), 2 * chance.half_axis_real, 2 * chance.half_axis_imaginary, fill=False,
                linestyle=":", edgecolor=look.QUIET, label="random matrix",
            ))  # fmt: skip
            axes.scatter(found.values.real, found.values.imag, s=6, color=(A, B)[k], label=NAMES[k], linewidths=0)
        axes.set(xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal", xlabel="Re λ", ylabel="Im λ")
        axes.legend()

    tables = {
        name: {"real": m.values.real, "imaginary": m.values.imag} for name, m in zip(NAMES, answer, strict=True) if m
    }
    return Twin(f"Eigenvalues of {NAMES[k]}: {subject.sides[k].title}", draw, joined(tables), subject.link, 0.9)


def _sentence(name: str, found: Modes | None) -> str:
    if found is None:
        return f"<b>{name}</b> has more than {MOST_UNITS:,} units: its eigenvalues are not computed."
    radius = look.number(float(np.abs(found.values).max()))
    outside = found.random.outlier
    said = f"<b>{name}</b>: spectral radius {radius}; chance fills the dotted {oval(found.random)}"
    return said + (f" with an outlier at {look.number(outside)}." if outside is not None else ".")

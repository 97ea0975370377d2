"""The picture on the card of a paper: its first figure with readings, or the empty axes of its first figure."""

import base64
import io
from textwrap import fill

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure as Canvas

from app import look
from app.papers import Judged
from engine.experiments.papers.conduct import read_table
from engine.experiments.papers.drawing import draw
from engine.experiments.papers.figure import Figure
from engine.experiments.papers.paper import Paper
from engine.experiments.papers.shipped import ASSETS

INCHES = (3.2, 1.5)
LABEL_LETTERS = 26
COLOURS = look.condition_colours(12)
PRINT = {"font.size": 6, "svg.fonttype": "none", "font.family": "sans-serif", "svg.hashsalt": "connectarium"}


def picture(one: Paper, judged: Judged | None) -> tuple[str, str]:
    """A data address, and what it shows; nothing for a paper without figures."""
    figures = judged.figures if judged is not None else one.figures(read_table(ASSETS / "nothing"))
    curves = [figure for figure in figures if not figure.is_coloured]
    chosen = next((figure for figure in curves if figure.has_points), curves[0] if curves else None)
    if chosen is None:
        return "", ""
    empty = "" if chosen.has_points else ", without readings yet"
    return f"data:image/svg+xml;base64,{base64.b64encode(_svg(chosen)).decode()}", chosen.title + empty


def _svg(figure: Figure) -> bytes:
    with rc_context(PRINT):
        drawn = Canvas(figsize=INCHES, layout="constrained")
        drawn.patch.set_alpha(0)
        FigureCanvasSVG(drawn)
        axes = drawn.subplots()
        draw(figure, axes, COLOURS)
        _small(figure, axes)
        buffer = io.BytesIO()
        drawn.savefig(buffer, format="svg", metadata={"Date": None})
        return buffer.getvalue()


def _small(figure: Figure, axes: Axes) -> None:
    """As a picture: without title and legend, in a grey that reads on light and on dark."""
    axes.set_title("")
    axes.patch.set_alpha(0)
    if figure.kind == "bars" or not figure.has_points:
        axes.set_xticks([])
    if figure.kind == "bars":
        for bar in axes.collections:
            bar.set_color(look.QUIET)
        for end in axes.lines:
            end.set(color=look.QUIET, markeredgecolor=look.QUIET)
    if not figure.has_points:
        axes.set_yticks([])
    axes.set_ylabel(fill(figure.y, LABEL_LETTERS))
    axes.minorticks_off()
    axes.tick_params(colors=look.QUIET, width=0.5, length=2)
    axes.xaxis.label.set_color(look.QUIET)
    axes.yaxis.label.set_color(look.QUIET)
    for spine in axes.spines.values():
        spine.set(color=look.QUIET, linewidth=0.5)

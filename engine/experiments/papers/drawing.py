"""Figures of a report, drawn for print: vector text, 120 mm wide, colours that the colour-blind can tell apart."""

import io
import re

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_pdf import FigureCanvasPdf
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure as Canvas

from engine.experiments.papers.drawing_maps import draw_flows, draw_map, draw_network
from engine.experiments.papers.figure import Figure, Series

COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000", "#999999")  # Okabe & Ito (2008)
MARKERS = "osD^vP*X"
SIZE_MM = (120.0, 75.0)
HANDLE = 12  # letters that the mark of a legend takes, with the space around it
ROW_MM = 4.0  # that a row of the legend takes below the axes
LONG_NAMES = 44  # letters along the axis; more are set at an angle
PRINT = {"font.size": 8, "svg.fonttype": "none", "pdf.fonttype": 42, "svg.hashsalt": "connectarium"}


def pdf(figure: Figure) -> bytes:
    """The figure as a PDF page with text that can be searched."""
    return _saved(figure, FigureCanvasPdf, "pdf", {"CreationDate": None})


def svg(figure: Figure) -> str:
    """The figure as an <svg> element."""
    text = _saved(figure, FigureCanvasSVG, "svg", {"Date": None}).decode()
    return re.sub(r"^.*?(?=<svg)", "", text, flags=re.DOTALL)


def _saved(figure: Figure, canvas: type, form: str, about: dict[str, None]) -> bytes:
    with rc_context(PRINT):
        drawn = Canvas(layout="constrained")
        canvas(drawn)
        axes = drawn.subplots()
        draw(figure, axes)
        width, height = SIZE_MM
        drawn.set_size_inches(width / 25.4, (height + ROW_MM * put_legend(axes, drawn)) / 25.4)
        buffer = io.BytesIO()
        drawn.savefig(buffer, format=form, metadata=about)
        return buffer.getvalue()


def draw(figure: Figure, axes: Axes, colours: tuple[str, ...] = COLOURS) -> None:
    """The figure in these axes: its series in these colours, each with a marker of its own; without a legend."""
    axes.set_title(figure.title)
    if figure.is_coloured:
        if figure.series:
            {"map": draw_map, "network": draw_network, "flows": draw_flows}[figure.kind](figure, axes)
        return
    names = list(dict.fromkeys(str(x) for one in figure.series for x in one.x))
    for k, one in enumerate(figure.series):
        colour = colours[k % len(colours)]
        {"lines": _line, "points": _points, "bars": _bars}[figure.kind](axes, one, k, colour, len(figure.series), names)
    for name, level in figure.reference:
        axes.axhline(level, color="0.5", linewidth=0.8, linestyle="--", label=name)
    axes.set(xlabel=figure.x, ylabel=figure.y)
    if figure.kind == "bars":
        slant = {"rotation": 25, "ha": "right"} if sum(map(len, names)) > LONG_NAMES else {}
        axes.set_xticks(range(len(names)), names, **slant)
    elif figure.log_x:
        axes.set_xscale("log")
    if figure.log_y:
        axes.set_yscale("log")
    axes.spines[["top", "right"]].set_visible(False)


def put_legend(axes: Axes, canvas: Canvas, letters: int = 84) -> int:
    """The legend below the axes, where it hides nothing, in as many columns as fit; how many rows it takes."""
    handles, labels = axes.get_legend_handles_labels()
    if not handles:
        return 0
    columns = max(1, min(len(labels), letters // (max(map(len, labels)) + HANDLE)))
    canvas.legend(handles, labels, loc="outside lower center", ncols=columns, frameon=False, fontsize=7)
    return -(-len(labels) // columns)


def _line(axes: Axes, one: Series, k: int, colour: str, *_: object) -> None:
    axes.plot(one.x, one.y, color=colour, marker=MARKERS[k % len(MARKERS)], markersize=3, linewidth=1, label=one.name)
    if one.low:
        axes.fill_between(one.x, one.low, one.high, color=colour, alpha=0.2, linewidth=0)


def _points(axes: Axes, one: Series, k: int, colour: str, *_: object) -> None:
    axes.plot(one.x, one.y, MARKERS[k % len(MARKERS)], color=colour, markersize=3, alpha=0.7, label=one.name)
    if one.low:
        axes.vlines(one.x, one.low, one.high, color=colour, alpha=0.5, linewidth=0.8)


def _bars(axes: Axes, one: Series, k: int, colour: str, of: int, names: list[str]) -> None:
    width = 0.8 / of
    at = [names.index(str(x)) + (k - (of - 1) / 2) * width for x in one.x]
    axes.bar(at, one.y, width=width, color=colour, label=one.name)
    if one.low:
        beside = [[y - low for y, low in zip(one.y, one.low, strict=True)],
                  [high - y for y, high in zip(one.y, one.high, strict=True)]]  # fmt: skip
        axes.errorbar(at, one.y, beside, fmt="none", ecolor="0.2", capsize=2, linewidth=0.8)

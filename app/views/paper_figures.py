"""The figures of a paper on the page, and as files: drawn from the same points, in the same colours."""

import math
from html import escape
from textwrap import fill
from typing import Any

import panel as pn
import panel_material_ui as pmui
from bokeh.models import ColumnDataSource, FixedTicker, HoverTool, Span
from matplotlib.figure import Figure as Canvas

from app import look
from app.figures import Twin
from app.views.frame import SMALL_SX, pane, titled, zoomable
from app.views.paper_maps import drawn_flows, drawn_map, drawn_network, options_of
from engine.experiments.papers.drawing import LONG_NAMES, draw, put_legend
from engine.experiments.papers.figure import Figure, Series
from engine.experiments.papers.report import numbers

COLOURS = look.condition_colours(12)
MARKERS = ("circle", "square", "triangle", "diamond", "inverted_triangle", "star", "plus", "x")
KEYS = "●■▲◆▼★✚✖"
HEIGHT, ROOM_FOR_NAMES = 250, 60
TIP = '<div style="font-size:11px"><b>@name</b><br>@x_name: @y_said</div>'
LABEL_LETTERS = 30
HEAD_PX = 36  # of the title, and of a choice
KEY_PX, KEY_LETTERS = 19, 62  # of a line of the key, in the narrowest card
PRINT_LETTERS = 60  # of a row of the legend, at the width of one column


def figure_cards(paper: str, figures: tuple[Figure, ...]) -> list[pn.Column]:
    """A card for each figure of which something was measured; figures of one group share a card, with a choice."""
    shown = [figure for figure in figures if figure.has_points]
    groups = {figure.group or figure.name: [one for one in shown if (one.group or one.name) == (figure.group or
              figure.name)] for figure in shown}  # fmt: skip
    return [figure_card(paper, *ones) for ones in groups.values()]


def figure_card(paper: str, *figures: Figure) -> pn.Column:
    """A figure under its title, with its key and export button; of several, the one that is chosen."""
    shown = _Shown(paper, figures)
    said = escape(figures[0].group or figures[0].title)
    title = f'<b title="{said}">{said}</b>'
    card = titled(title, shown.parts, lambda: twin_of(shown.figure), lambda: f"{paper}_{shown.figure.name}")[0]
    shown.card = card
    shown.show(0)
    return card


class _Shown:
    """The figure on show with its key, and the choice among those of its group."""

    def __init__(self, paper: str, figures: tuple[Figure, ...]):
        self._paper, self._figures = paper, figures
        self.figure, self.card = figures[0], pn.Column()
        self.key = pn.pane.HTML("", css_classes=["note"], stylesheets=[look.stylesheet()], margin=(0, 0, 2, 0))
        self.parts = pn.Column(self.key, sizing_mode="stretch_width", margin=0)
        if len(figures) > 1:
            choice = pmui.Select(
                options={one.choice: k for k, one in enumerate(figures)}, value=0, size="small", variant="standard",
                sizing_mode="stretch_width", margin=(0, 0, 4, 0), sx=SMALL_SX,
            )  # fmt: skip
            choice.param.watch(lambda event: self.show(event.new), "value")
            self.parts.insert(0, choice)

    def show(self, number: int) -> None:
        """Draw one of them. Rows of the grid know the height of a card only from what it says."""
        self.figure = self._figures[number]
        plot, before = drawn(self._paper, self.figure), [*self.parts[: self.parts.index(self.key)], self.key]
        self.key.object = _key(self.figure)
        self.card.min_height = plot.height + KEY_PX * _lines_of_key(self.figure) + HEAD_PX * len(before)
        self.parts.objects = [*before, pane(plot)]


def _lines_of_key(figure: Figure) -> int:
    names = (
        [] if figure.is_coloured else [*(one.name for one in figure.series), *(name for name, _ in figure.reference)]
    )
    return 1 + sum(len(name) + 6 for name in names) // KEY_LETTERS


def twin_of(figure: Figure) -> Twin:
    """The figure for print."""
    table = numbers(figure)
    columns = {str(name): table[name].to_numpy() for name in table.columns}
    return Twin(figure.title, lambda canvas: _print(figure, canvas), columns)


def _print(figure: Figure, canvas: Canvas) -> None:
    axes = canvas.subplots()
    draw(figure, axes, COLOURS)
    put_legend(axes, canvas, PRINT_LETTERS)


def drawn(paper: str, figure: Figure) -> Any:
    """The Bokeh figure, called `paper_<paper>_<figure>`."""
    if figure.is_coloured:
        return _coloured(paper, figure)
    log = {"y_axis_type": "log"} if figure.log_y else {}
    log |= {"x_axis_type": "log"} if figure.log_x and figure.kind != "bars" else {}
    words = [x for one in figure.series for x in one.x if isinstance(x, str)]
    log |= {"x_range": list(dict.fromkeys(words))} if words and figure.kind == "points" else {}
    plot = look.figure(
        f"paper_{paper}_{figure.name}", figure.x, fill(figure.y, LABEL_LETTERS), height=HEIGHT,
        sizing_mode="stretch_width", min_border_left=54, min_border_right=10, **log,
    )  # fmt: skip
    names = list(dict.fromkeys(str(x) for one in figure.series for x in one.x))
    for k, one in enumerate(figure.series):
        {"lines": _lines, "points": _points, "bars": _bars}[figure.kind](plot, figure, one, k, names)
    for _, level in figure.reference:
        plot.add_layout(Span(location=level, dimension="width", line_color=look.QUIET, line_dash=[5, 4], line_width=1))
    if not figure.log_y:
        plot.yaxis.formatter = look.minus_ticks()
    if figure.kind == "bars":
        _name_bars(plot, names)
    if len({x for one in figure.series for x in one.x}) < 2 and figure.kind == "lines" and figure.log_x:
        plot.x_range.range_padding = 0.5
    return zoomable(plot)


def _coloured(paper: str, figure: Figure) -> Any:
    """A map, a network or ribbons."""
    names = (figure.x, figure.y) if figure.kind == "map" else ("", "")
    plot = look.figure(
        f"paper_{paper}_{figure.name}", *names, sizing_mode="stretch_width", min_border_left=54, **options_of(figure)
    )
    {"map": drawn_map, "network": drawn_network, "flows": drawn_flows}[figure.kind](plot, figure)
    return plot


def _source(figure: Figure, one: Series, x: list[Any]) -> ColumnDataSource:
    low, high = one.low or one.y, one.high or one.y
    said = [
        f"{look.number(y)}" + (f" [{look.number(a)}, {look.number(b)}]" if one.low and a != b else "")
        for y, a, b in zip(one.y, low, high, strict=True)
    ]
    names = [f"{v:,.4g}" if isinstance(v, float) else str(v) for v in one.x]
    told = {"x": x, "y": list(one.y), "low": list(low), "high": list(high), "y_said": said}
    if figure.log_y:
        told["low"] = [a if a > 0 else y for a, y in zip(low, one.y, strict=True)]
    return ColumnDataSource({**told, "x_name": names, "name": [one.name] * len(x)})


def _lines(plot: Any, figure: Figure, one: Series, k: int, _: list[str]) -> None:
    source, colour = _source(figure, one, list(one.x)), COLOURS[k % len(COLOURS)]
    if one.low:
        plot.varea("x", "low", "high", source=source, fill_color=colour, fill_alpha=0.15)
    plot.line("x", "y", source=source, line_color=colour, line_width=1.6)
    _marks(plot, source, colour, k)


def _points(plot: Any, figure: Figure, one: Series, k: int, _: list[str]) -> None:
    source, colour = _source(figure, one, list(one.x)), COLOURS[k % len(COLOURS)]
    plot.segment("x", "low", "x", "high", source=source, line_color=colour, line_alpha=0.6)
    _marks(plot, source, colour, k)


def _marks(plot: Any, source: ColumnDataSource, colour: str, k: int) -> None:
    marks = plot.scatter("x", "y", source=source, marker=MARKERS[k % len(MARKERS)], size=6, color=colour)
    plot.add_tools(HoverTool(renderers=[marks], tooltips=TIP))


def _bars(plot: Any, figure: Figure, one: Series, k: int, names: list[str]) -> None:
    width, colour = 0.8 / len(figure.series), COLOURS[k % len(COLOURS)]
    at = [names.index(str(x)) + (k - (len(figure.series) - 1) / 2) * width for x in one.x]
    source = _source(figure, one, at)
    bars = plot.vbar(
        "x", top="y", bottom=_floor(figure), width=0.92 * width, source=source, color=colour, fill_alpha=0.85
    )
    if one.low:
        plot.segment("x", "low", "x", "high", source=source, line_color=look.QUIET, line_width=1.5)
    plot.add_tools(HoverTool(renderers=[bars], tooltips=TIP))


def _floor(figure: Figure) -> float:
    """Where bars begin: at 0, on a logarithmic axis at half of the smallest."""
    above = [y for one in figure.series for y in one.y if math.isfinite(y) and y > 0]
    return (min(above) / 2 if above else 1.0) if figure.log_y else 0.0


def _name_bars(plot: Any, names: list[str]) -> None:
    plot.xaxis.ticker = FixedTicker(ticks=list(range(len(names))))
    plot.xaxis.major_label_overrides = dict(enumerate(names))
    plot.xgrid.grid_line_color = None
    if sum(map(len, names)) > LONG_NAMES:
        plot.xaxis.major_label_orientation = 0.5
        plot.height = HEIGHT + ROOM_FOR_NAMES


def _key(figure: Figure) -> str:
    """Colour, mark and name of every series, and of the dashed lines."""
    if figure.kind == "flows":
        told = ((look.POSITIVE, "grew"), (look.NEGATIVE, "shrank"))
        return " &nbsp; ".join(f'<span style="color:{colour}">■ {said}</span>' for colour, said in told)
    if figure.is_coloured:
        return escape(figure.note)
    marks = [KEYS[k % len(KEYS)] if figure.kind != "bars" else "■" for k in range(len(figure.series))]
    keys = [
        f'<span style="color:{COLOURS[k % len(COLOURS)]}; white-space:nowrap">{mark} {escape(one.name)}</span>'
        for k, (one, mark) in enumerate(zip(figure.series, marks, strict=True))
    ]
    keys += [
        f'<span style="white-space:nowrap">┄ {escape(name)} {look.number(y)}</span>' for name, y in figure.reference
    ]
    return " &nbsp; ".join(keys)

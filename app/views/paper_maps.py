"""Maps, networks of layers and ribbons of a paper on the page; what each says is read by pointing at it."""

from typing import Any

import numpy as np
from bokeh.models import BasicTicker, ColorBar, ColumnDataSource, HoverTool, LinearColorMapper

from app import look
from engine.experiments.papers.figure import Figure
from engine.experiments.papers.shapes import BLOCK, NODE, arrows, ribbons

HEIGHT, ROW_PX, ROOM_PX = 300, 17, 130
THICKEST_PX = 9.0
SMALL = 12  # rows from which names are set small
TIP = '<div style="font-size:11px"><b>@pre → @post</b><br>@said</div>'
GREY = "#9aa1ab"


def drawn_map(plot: Any, figure: Figure) -> None:
    """Rows receive, from top to bottom; a star marks what is sure."""
    rows = [one.name for one in figure.series]
    cells = [(str(x), one.name, y, k < len(one.marked) and one.marked[k])
             for one in figure.series for k, (x, y) in enumerate(zip(one.x, one.y, strict=True))]  # fmt: skip
    sure = [" *" if cell[3] else "" for cell in cells]
    source = ColumnDataSource({
        "pre": [cell[0] for cell in cells], "post": [cell[1] for cell in cells], "value": [cell[2] for cell in cells],
        "said": [f"{look.number(cell[2])}{star}" for cell, star in zip(cells, sure, strict=True)], "star": sure,
    })  # fmt: skip
    mapper = mapper_of(figure)
    boxes = plot.rect("pre", "post", 1, 1, source=source, line_color=None,
                      fill_color={"field": "value", "transform": mapper})  # fmt: skip
    plot.text("pre", "post", "star", source=source, text_align="center", text_baseline="middle",
              text_color=look.QUIET, text_font_size="13px")  # fmt: skip
    plot.add_tools(HoverTool(renderers=[boxes], tooltips=TIP))
    plot.grid.visible = False
    plot.axis.major_tick_line_color = None
    plot.axis.axis_line_color = None
    if max(len(rows), len(figure.series[0].x)) >= SMALL:
        plot.axis.major_label_text_font_size = "8.5px"
    plot.xaxis.major_label_orientation = 1.1 if max(len(str(x)) for x in figure.series[0].x) > 5 else 0.0
    _bar(plot, figure, mapper)


def drawn_network(plot: Any, figure: Figure) -> None:
    """Arrows as thick as they are wide, grey where nothing differs."""
    found, mapper = arrows(figure), _lines_mapper(figure)
    source = ColumnDataSource({
        "xs": [a.x for a in found], "ys": [a.y for a in found], "width": [1 + THICKEST_PX * a.width for a in found],
        "value": [a.value for a in found], "pre": [a.source for a in found], "post": [a.target for a in found],
        "said": [f"{figure.colour} {look.number(a.value)}" for a in found],
        "head_x": [a.head_x for a in found], "head_y": [a.head_y for a in found],
    })  # fmt: skip
    colour = {"field": "value", "transform": mapper}
    lines = plot.multi_line("xs", "ys", source=source, line_width="width", line_color=colour)
    plot.patches("head_x", "head_y", source=source, fill_color=colour, line_color=None)
    nodes = {"x": [x for _, x, _ in figure.places], "y": [y for _, _, y in figure.places],
             "name": [name for name, _, _ in figure.places]}  # fmt: skip
    plot.text("x", "y", "name", source=ColumnDataSource(nodes), text_align="center", text_baseline="middle",
              text_font=look.FONT, text_font_size="11px", text_color=look.QUIET)  # fmt: skip
    plot.add_tools(HoverTool(renderers=[lines], tooltips=TIP))
    plot.x_range.start, plot.x_range.end = min(nodes["x"]) - 0.7, max(nodes["x"]) + 0.7
    plot.y_range.start, plot.y_range.end = min(nodes["y"]) - 2 * NODE, max(nodes["y"]) + 2 * NODE
    look.bare(plot)
    _bar(plot, figure, mapper)


def drawn_flows(plot: Any, figure: Figure) -> None:
    """Ribbons as thick as the difference; what shrank in the colour of negative values."""
    found, blocks = ribbons(figure)
    source = ColumnDataSource({
        "xs": [r.x for r in found], "ys": [r.y for r in found], "pre": [r.source for r in found],
        "post": [r.target for r in found], "said": [f"{figure.colour} {look.number(r.value)}" for r in found],
        "colour": [look.POSITIVE if r.value > 0 else look.NEGATIVE for r in found],
    })  # fmt: skip
    shapes = plot.patches("xs", "ys", source=source, fill_color="colour", fill_alpha=0.55, line_color=None,
                          hover_fill_alpha=0.9)  # fmt: skip
    plot.quad([b.left for b in blocks], [b.left + BLOCK for b in blocks], [b.top for b in blocks],
              [b.bottom for b in blocks], fill_color=look.QUIET, line_color=None)  # fmt: skip
    for side in (True, False):
        own = [b for b in blocks if (b.left < 0.5) is side]
        named = {"x": [b.left - 0.02 if side else b.left + BLOCK + 0.02 for b in own],
                 "y": [(b.top + b.bottom) / 2 for b in own], "name": [b.name for b in own]}  # fmt: skip
        plot.text(
            "x", "y", "name", source=ColumnDataSource(named), text_align="right" if side else "left",
            text_baseline="middle", text_font=look.FONT, text_font_size="11px", text_color=look.QUIET,
        )  # fmt: skip
    plot.add_tools(HoverTool(renderers=[shapes], tooltips=TIP))
    plot.x_range.start, plot.x_range.end = -0.3, 1.3 + BLOCK
    plot.y_range.start, plot.y_range.end = min(b.bottom for b in blocks) - 0.02, 1.02
    look.bare(plot)


def options_of(figure: Figure) -> dict[str, Any]:
    """What a Bokeh figure of this kind is made with: names along the axes of a map, fixed ranges for the others."""
    if figure.kind == "map":
        rows = [one.name for one in figure.series]
        columns = [str(x) for x in figure.series[0].x]
        height = max(HEIGHT, ROW_PX * len(rows) + ROOM_PX)
        return {"x_range": columns, "y_range": rows[::-1], "height": height}
    return {"x_range": (0.0, 1.0), "y_range": (0.0, 1.0), "height": HEIGHT}


def is_signed(figure: Figure) -> bool:
    """Whether some values are negative."""
    return any(y < 0 for one in figure.series for y in one.y)


def mapper_of(figure: Figure) -> LinearColorMapper:
    """Around 0 where some values are negative, else from 0."""
    if is_signed(figure):
        return look.signed_mapper(figure.extent)
    return LinearColorMapper(palette=list(look.sequential()), low=0, high=figure.extent, nan_color="#00000000")


def _lines_mapper(figure: Figure) -> LinearColorMapper:
    """For lines, which are seen where they say 0, too."""
    share = np.abs(np.linspace(-1, 1, 64))[:, None]
    ends = [_rgb(look.NEGATIVE)] * 32 + [_rgb(look.POSITIVE)] * 32
    mixed = share * np.array(ends) + (1 - share) * np.array(_rgb(GREY))
    palette = ["#" + "".join(f"{round(v):02x}" for v in colour) for colour in mixed]
    return LinearColorMapper(palette=palette, low=-figure.extent, high=figure.extent)


def _rgb(colour: str) -> tuple[int, ...]:
    return tuple(int(colour[k : k + 2], 16) for k in (1, 3, 5))


def _bar(plot: Any, figure: Figure, mapper: LinearColorMapper) -> None:
    plot.add_layout(ColorBar(
        color_mapper=mapper, width=10, background_fill_color=None, bar_line_color=look.QUIET, title=figure.colour,
        title_text_color=look.QUIET, title_text_font=look.FONT, title_text_font_size="10px",
        title_text_font_style="normal", major_label_text_color=look.QUIET, major_tick_line_color=look.QUIET,
        major_label_text_font=look.FONT, major_label_text_font_size="10px", padding=6, formatter=look.minus_ticks(),
        ticker=BasicTicker(desired_num_ticks=5),
    ), "right")  # fmt: skip
    plot.min_border_right = 70

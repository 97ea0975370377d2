"""A measure over two parameters: a heat map with the best point marked."""

from collections.abc import Callable
from typing import Any

import numpy as np
from bokeh.models import BasicTicker, ColorBar, ColumnDataSource, HoverTool, LinearColorMapper, TapTool
from matplotlib.figure import Figure

from app import look
from app.figures import Twin, on_white
from app.views.sweep_cut import Cut

HEIGHT, ROW_PX, ROOM_PX = 380, 30, 120
BEST = "★"
LOST = "✕"
TIP = '<div style="font-size:11px"><b>@name</b><br>@said</div>'
INK = 0.3  # of the scale: above it, words in a cell are white
MOST_WORDS = 60  # cells that have their number written in them
COLUMNS = ("x", "y", "value", "name", "said", "mark", "ink", "point")


class SweepHeat:
    """The figure `sweep_heat`, made for the values of a sweep; `tapped(number)` hears which point was clicked."""

    def __init__(self, cut: Cut, tapped: Callable[[int], None]):
        across, up = cut.seen.kept.sweep.addresses[:2]
        rows = cut.words(1)
        self.figure = look.figure(
            "sweep_heat", across, up, x_range=cut.words(0), y_range=rows, sizing_mode="stretch_width",
            height=max(HEIGHT, ROW_PX * len(rows) + ROOM_PX), min_border_left=64,
        )  # fmt: skip
        self.cells = ColumnDataSource({name: [] for name in COLUMNS})
        self.mapper = LinearColorMapper(palette=list(look.sequential()), nan_color="#00000000")
        boxes = self.figure.rect(
            "x", "y", 0.98, 0.97, source=self.cells, line_color=look.QUIET, line_alpha=0.35,
            fill_color={"field": "value", "transform": self.mapper}, nonselection_fill_alpha=1,
            nonselection_line_alpha=0.35, selection_line_width=2, selection_line_alpha=1,
        )  # fmt: skip
        self.figure.text(
            "x", "y", "mark", source=self.cells, text_align="center", text_baseline="middle", text_font=look.FONT,
            text_font_size="12px", text_font_style="bold", text_color="ink", nonselection_text_alpha=1,
        )  # fmt: skip
        self.figure.add_tools(HoverTool(renderers=[boxes], tooltips=TIP), TapTool(renderers=[boxes]))
        self.cells.selected.on_change("indices", lambda _, __, at: at and tapped(int(self.cells.data["point"][at[0]])))
        self.bar = self._colour_bar(cut.label)
        self.figure.add_layout(self.bar, "right")
        self.figure.grid.visible = False
        self.figure.axis.major_tick_line_color = None
        if max(map(len, cut.words(0))) * len(cut.words(0)) > 70:
            self.figure.xaxis.major_label_orientation = 0.8
        self.fill(cut)

    def fill(self, cut: Cut) -> None:
        """Draw what is known by now."""
        rows, best = cut.points.to_dict("records"), cut.best
        found = [row[cut.measure] for row in rows if np.isfinite(row[cut.measure])]
        low, high = (min(found), max(found)) if found else (0.0, 1.0)
        self.mapper.update(low=low, high=high if high > low else low + 1)
        self.cells.data = {
            "x": [cut.word_of(row, 0) for row in rows],
            "y": [cut.word_of(row, 1) for row in rows],
            "value": [row[cut.measure] for row in rows],
            "name": [f"{cut.word_of(row, 0)}, {cut.word_of(row, 1)}" for row in rows],
            "said": [cut.told(row) for row in rows],
            "mark": [_mark(cut, row, best) for row in rows],
            "ink": [look.QUIET if not row[cut.measure] > low + INK * (high - low) else "#ffffff" for row in rows],
            "point": [row["point"] for row in rows],
        }

    def _colour_bar(self, title: str) -> ColorBar:
        return ColorBar(
            color_mapper=self.mapper, width=10, background_fill_color=None, bar_line_color=look.QUIET, title=title,
            title_text_color=look.QUIET, title_text_font=look.FONT, title_text_font_size="10px",
            title_text_font_style="normal", major_label_text_color=look.QUIET, major_tick_line_color=look.QUIET,
            major_label_text_font=look.FONT, major_label_text_font_size="10px", padding=6,
            formatter=look.minus_ticks(), ticker=BasicTicker(desired_num_ticks=5),
        )  # fmt: skip


def _mark(cut: Cut, row: dict[str, Any], best: int | None) -> str:
    """What is written in a cell: its mean where there is room, a star for the best, a cross where one diverged."""
    star = BEST if row["point"] == best else LOST if row["diverged"] else ""
    few = len(cut.values(0)) * len(cut.values(1)) <= MOST_WORDS and np.isfinite(row[cut.measure])
    return f"{star} {look.number(row[cut.measure])}".strip() if few else star


def heat_twin(cut: Cut) -> Twin:
    """The same figure for print, with the summary of the points as its numbers."""
    across, up = cut.seen.kept.sweep.addresses[:2]
    columns, rows = cut.words(0), cut.words(1)
    values, marks = np.full((len(rows), len(columns)), np.nan), list[tuple[int, int, str]]()
    best = cut.best
    for row in cut.points.to_dict("records"):
        at = rows.index(cut.word_of(row, 1)), columns.index(cut.word_of(row, 0))
        values[at] = row[cut.measure]
        if row["point"] == best or row["diverged"]:
            marks.append((*at, "*" if row["point"] == best else "x"))

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        picture = axes.imshow(values, cmap=on_white("sequential"), origin="lower", aspect="auto", interpolation="none")
        for up_at, across_at, mark in marks:
            axes.plot(across_at, up_at, marker=mark, color=look.NEGATIVE, markersize=6)
        slant = {"rotation": 45, "ha": "right"} if max(map(len, columns)) > 6 else {}
        axes.set_xticks(range(len(columns)), columns, **slant)
        axes.set_yticks(range(len(rows)), rows)
        axes.set(xlabel=across, ylabel=up)
        figure.colorbar(picture, ax=axes, label=cut.label, pad=0.02).outline.set_linewidth(0.5)

    title = f"{cut.label} over {across} and {up}"
    return Twin(title, draw, cut.numbers(), cut.seen.kept.sweep.experiment.to_link(), 0.8)

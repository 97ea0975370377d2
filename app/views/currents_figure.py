"""The drive of one population over a trial, by source: on the page and on paper."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from bokeh.models import ColumnDataSource, HoverTool, Range1d
from jaxtyping import Float
from matplotlib.figure import Figure

from app import look
from app.figures import Twin
from app.views.analysis_view import with_tools
from engine.analysis.population_currents import Currents

MOST_SOURCES = 8  # with a trace of their own, the strongest; the others are drawn as one
OUTSIDE, NET = "input and bias", "all together"
THIN, THICK = 1.7, 4.0


@dataclass(frozen=True, eq=False)
class Drive:
    """Traces into one target: its sources, what comes from outside, and all together, in this order."""

    target: str
    names: tuple[str, ...]
    time_ms: Float[np.ndarray, " steps"]
    traces: Float[np.ndarray, "names steps"]


def drive_of(each: Sequence[Currents], target: str) -> tuple[Drive, ...]:
    """The drive of a target in every condition, with the same sources in all of them."""
    names = each[0].names
    at = names.index(target) if target in names else 0
    size = np.mean([np.abs(found.of[at]).mean(1) for found in each], 0)
    strongest = np.argsort(-size, kind="stable")
    own, rest = np.sort(strongest[:MOST_SOURCES]), strongest[MOST_SOURCES:]
    said = (*(names[k] for k in own), *([f"{len(rest)} others"] if len(rest) else []), OUTSIDE, NET)
    found = []
    for of in each:
        others = [of.of[at][rest].sum(0)] if len(rest) else []
        traces = np.stack([*of.of[at][own], *others, of.outside[at], of.net[at]])
        found.append(Drive(names[at], said, of.time_ms, traces))
    return tuple(found)


def drive_colours(drive: Drive) -> dict[str, str]:
    """A hue for each source and for what comes from outside; grey is all together."""
    sources = drive.names[:-2]
    return dict(zip(sources, look.condition_colours(len(sources)), strict=True)) | {
        OUTSIDE: look.condition_colours(10)[9],
        NET: look.QUIET,
    }


def stacks(drive: Drive) -> list[tuple[Float[np.ndarray, " steps"], Float[np.ndarray, " steps"]]]:
    """Lower and upper edge of every part but the whole: what excites lies on top of 0, what inhibits below it."""
    above = np.zeros(drive.traces.shape[1])
    below, edges = above.copy(), []
    for trace in drive.traces[:-1]:
        up, down = trace.clip(min=0), trace.clip(max=0)
        edges.append((np.where(trace >= 0, above, below + down), np.where(trace >= 0, above + up, below)))
        above, below = above + up, below + down
    return edges


def limits_of(drives: Sequence[Drive], stacked: bool) -> tuple[float, float]:
    """One scale for all conditions."""
    drawn = [edge for d in drives for pair in stacks(d) for edge in pair] if stacked else [d.traces for d in drives]
    low, high = (float(pick([pick(part) for part in drawn])) for pick in (np.min, np.max))
    room = 0.06 * (high - low) or 1.0
    return min(low, 0.0) - room, max(high, 0.0) + room


class DrivePicture:
    """One condition: a line or a band for each source, and a line for all together."""

    def __init__(self, number: int, tapped: Callable[[str], None]):
        self._lines = ColumnDataSource({k: [] for k in ("xs", "ys", "colour", "name", "width", "dash")})
        self._bands = ColumnDataSource({k: [] for k in ("xs", "ys", "colour", "name", "alpha")})
        self._names: dict[Any, tuple[str, ...]] = {self._lines: (), self._bands: ()}
        self.y = Range1d(-1, 1)
        self.figure = look.figure(
            f"currents_{number}", "time (ms)", "current (a.u.)" if number % 2 == 0 else "",
            frame_width=186, frame_height=130, title=" ", y_range=self.y, tools="tap,box_zoom,reset",
            toolbar_location="above",
        )  # fmt: skip
        with_tools(self.figure)
        self.figure.xaxis.ticker.desired_num_ticks = 4
        bands = self.figure.patches(
            "xs", "ys", source=self._bands, fill_color="colour", fill_alpha="alpha", line_color=None,
            nonselection_fill_alpha="alpha",
        )  # fmt: skip
        lines = self.figure.multi_line(
            "xs", "ys", source=self._lines, line_color="colour", line_width="width", line_dash="dash",
            nonselection_line_alpha=1.0,
        )  # fmt: skip
        self.figure.add_tools(HoverTool(renderers=[lines, bands], tooltips=[("from", "@name"), ("", "$y{0.000}")]))
        for source in (self._lines, self._bands):
            source.selected.on_change("indices", self._heard(source, tapped))

    def show(self, drive: Drive, label: str, stacked: bool, limits: tuple[float, float]) -> None:
        """Draw this condition."""
        colours = drive_colours(drive)
        self.y.update(start=limits[0], end=limits[1], reset_start=limits[0], reset_end=limits[1])
        self.figure.title.text = label
        drawn = drive.names[-1:] if stacked else drive.names
        traces = drive.traces[-len(drawn) :]
        self._lines.data = {
            "xs": [drive.time_ms] * len(drawn), "ys": list(traces), "name": list(drawn),
            "colour": [colours[name] for name in drawn], "width": [THIN] * len(drawn),
            "dash": ["dashed" if name == NET else "solid" for name in drawn],
        }  # fmt: skip
        edges = stacks(drive) if stacked else []
        parts = drive.names[: len(edges)]
        there_and_back = np.concatenate([drive.time_ms, drive.time_ms[::-1]])
        self._bands.data = {
            "xs": [there_and_back] * len(edges), "ys": [np.concatenate([high, low[::-1]]) for low, high in edges],
            "name": list(parts), "colour": [colours[name] for name in parts], "alpha": [0.75] * len(edges),
        }  # fmt: skip

    def emphasise(self, names: set[str]) -> None:
        """Thick lines, or full colours, for these sources."""
        width = [THICK if name in names else THIN for name in self._lines.data["name"]]
        alpha = [1.0 if name in names or not names else 0.45 for name in self._bands.data["name"]]
        for source, key, values in ((self._lines, "width", width), (self._bands, "alpha", alpha)):
            if list(source.data[key]) != values:
                source.data = {**source.data, key: values}

    def _heard(self, source: ColumnDataSource, tapped: Callable[[str], None]) -> Callable[[str, Any, list[int]], None]:
        def heard(_: str, __: Any, new: list[int]) -> None:
            if new:
                name = source.data["name"][new[0]]
                source.selected.indices = []  # so that a second tap is heard, too
                tapped(name)

        return heard


def drive_twin(
    drives: Sequence[Drive], labels: Sequence[str], target: str, stacked: bool, numbers: Mapping[str, Any], link: str
) -> Twin:
    """All conditions for a paper; the CSV has every pair of populations."""
    limits = limits_of(drives, stacked)

    def draw(figure: Figure) -> None:
        many = figure.subplots(-(-len(drives) // 2), min(2, len(drives)), squeeze=False, sharey=True).ravel()
        for axes in many[len(drives) :]:
            axes.set_axis_off()
        for axes, drive, label in zip(many, drives, labels, strict=False):
            colours = drive_colours(drive)
            parts = zip(drive.names, stacks(drive), strict=False) if stacked else ()
            for name, (low, high) in parts:
                axes.fill_between(drive.time_ms, low, high, color=colours[name], alpha=0.75, linewidth=0, label=name)
            shown = drive.names[-1:] if stacked else drive.names
            for name, trace in zip(shown, drive.traces[-len(shown) :], strict=True):
                style = "--" if name == NET else "-"
                axes.plot(drive.time_ms, trace, style, color=colours[name], label=name)
            axes.set(title=label, xlabel="time (ms)", ylabel="current (a.u.)", ylim=limits)
        figure.legend(*many[0].get_legend_handles_labels(), loc="outside lower center", ncols=4)

    return Twin(f"Currents into {target}", draw, numbers, link, 0.25 + 0.32 * -(-len(drives) // 2))

"""The figures of Recovery, made once and filled when an answer comes."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from bokeh.models import ColumnDataSource, CustomJSHover, FixedTicker, HoverTool, Label, Range1d, Span
from jaxtyping import Float

from app import look
from app.views.analysis_view import with_tools
from engine.analysis.prediction import Prediction
from engine.analysis.recovery import Recovery, profile
from engine.analysis.shifters import Shifters

MAP_PX = 200
GAP = 0.1  # between the two matrices, as a share of their side
CLASSES = {"compass": "#56b4e9", "shifter+": look.POSITIVE, "shifter-": look.NEGATIVE, "silent": look.QUIET}
GUESSES = {"model": look.POSITIVE, "mean": look.QUIET, "held": "#cc79a7", "persistence": look.NEGATIVE}
SAID = {"model": "network", "mean": "mean", "held": "first frame kept", "persistence": "persistence"}
NAMED = 24  # populations up to which each bar has its name
LOWEST = -0.5  # a bar of variance explained goes no lower


def keys(colours: Mapping[str, str]) -> str:
    """What the colours stand for, as the heading of a figure says it."""
    said = (f'<span style="color:{colour}; white-space:nowrap">━ {name}</span>' for name, colour in colours.items())
    return " ".join(said)


def figure(name: str, x: str, y: str, height: int = 170, **options: Any) -> Any:
    """One of the figures of this view."""
    made = look.figure(
        name, x, y, sizing_mode="stretch_width", frame_height=height, tools="pan,box_zoom,reset",
        toolbar_location="above", **options,
    )  # fmt: skip
    with_tools(made)
    return made


class Maps:
    """The true and the recovered weights side by side, each on a scale of its own."""

    KEYS = ""

    def __init__(self) -> None:
        self.sources = [ColumnDataSource({"image": [], "x": [], "y": [], "dw": [], "dh": []}) for _ in range(2)]
        self.mappers = [look.signed_mapper(1.0) for _ in range(2)]
        self._x, self._y = Range1d(0, 2 + GAP), Range1d(1, -0.09)
        self.figure = figure("recovery_maps", "", "", MAP_PX, x_range=self._x, y_range=self._y, match_aspect=True)
        look.bare(self.figure)
        self._n = ColumnDataSource({"n": [1]})
        for source, mapper, at, title in zip(
            self.sources, self.mappers, (0, 1 + GAP), ("true", "recovered"), strict=True
        ):
            image = self.figure.image("image", "x", "y", "dw", "dh", source=source, color_mapper=mapper)
            self.figure.add_layout(
                Label(
                    x=at, y=0, text=title, y_offset=3, text_color=look.QUIET, text_font=look.FONT, text_font_size="11px"
                )
            )
            self.figure.rect([at + 0.5], [0.5], 1, 1, fill_color=None, line_color=look.QUIET, line_alpha=0.4)
            self.figure.add_tools(self._hover(image, title, at))

    def show(self, found: Recovery) -> None:
        """Fill both."""
        n = len(found.truth)
        self._n.data = {"n": [n]}
        off = ~np.eye(n, dtype=bool)
        for source, mapper, at, weights in zip(
            self.sources, self.mappers, (0, 1 + GAP), (found.truth, found.estimate), strict=True
        ):
            extent = float(np.quantile(np.abs(weights[off]), 0.99)) or 1.0
            mapper.update(low=-extent, high=extent)
            source.data = {"image": [weights.astype(np.float32)], "x": [at], "y": [0], "dw": [1], "dh": [1]}

    def _hover(self, image: Any, title: str, at: float) -> HoverTool:
        def place(axis: str, off: float) -> CustomJSHover:
            code = f"return String(Math.floor((special_vars.{axis} - {off}) * of.data.n[0]) + 1)"
            return CustomJSHover(args={"of": self._n}, code=code)

        tips = [("", title), ("from unit", "$x{custom}"), ("to unit", "$y{custom}"), ("weight", "@image{0.0000}")]
        return HoverTool(renderers=[image], tooltips=tips, formatters={"$x": place("x", at), "$y": place("y", 0)})


class Profiles:
    """Mean weight by displacement, true and recovered, each in units of its spread; on a torus along its first axis."""

    KEYS = keys({"true": look.QUIET, "recovered": look.POSITIVE})

    def __init__(self) -> None:
        self.source = ColumnDataSource({"x": [], "true": [], "recovered": []})
        self.figure = figure("recovery_profile", "displacement, post minus pre (units)", "mean weight / its spread")
        for name, colour, dash in (("true", look.QUIET, "dashed"), ("recovered", look.POSITIVE, "solid")):
            self.figure.line("x", name, source=self.source, line_color=colour, line_dash=dash, line_width=2)
        tips = [("displacement", "@x"), ("true", "@true{0.00}"), ("recovered", "@recovered{0.00}")]
        self.figure.add_tools(HoverTool(tooltips=tips, mode="vline", renderers=self.figure.renderers[:1]))

    def show(self, found: Recovery, sheet: tuple[int, ...]) -> None:
        """Fill it."""
        self.source.data = profiles(found, sheet)


def profiles(found: Recovery, sheet: tuple[int, ...]) -> dict[str, Float[np.ndarray, " displacements"]]:
    """Along the first axis, from minus half a turn to half a turn."""
    n, every = sheet[0], int(np.prod(sheet[1:], dtype=int))
    both = {}
    for name, weights in (("true", found.truth), ("recovered", found.estimate)):
        values = np.resize(np.append(profile(weights, found.steps), np.zeros(n * every)), n * every)[::every].copy()
        values[0] = np.nan  # self-connections
        centred = values - np.nanmean(values)
        both[name] = np.roll(centred / (np.nanstd(values) or 1.0), n // 2)
    return {"x": np.arange(n) - n // 2, **both}


class Nulls:
    """Both scores beside those of relabelled units."""

    SCORES = (("entrywise correlation", look.POSITIVE), ("ringness", look.NEGATIVE))
    KEYS = keys(dict(SCORES))

    def __init__(self) -> None:
        self.figure = figure("recovery_null", "score", "relabellings", 130)
        self.bars, self.lines = [], []
        for _, colour in self.SCORES:
            source = ColumnDataSource({"left": [], "right": [], "top": []})
            self.figure.quad(
                left="left", right="right", top="top", bottom=0, source=source, fill_color=colour, fill_alpha=0.4,
                line_color=None,
            )  # fmt: skip
            line = ColumnDataSource({"x": [], "y": []})
            self.figure.line("x", "y", source=line, line_color=colour, line_width=2)
            self.bars.append(source)
            self.lines.append(line)

    def show(self, found: Recovery) -> None:
        """Fill it."""
        tops = [1.0]
        for bars, null in zip(self.bars, (found.null, found.ringness_null), strict=True):
            counts, edges = np.histogram(null, 20) if len(null) else (np.zeros(0), np.zeros(1))
            bars.data = {"left": edges[:-1], "right": edges[1:], "top": counts}
            tops.append(float(counts.max(initial=0)))
        for line, score in zip(self.lines, (found.entrywise, found.ringness), strict=True):
            line.data = {"x": [score] * 2, "y": [0, max(tops)]} if np.isfinite(score) else {"x": [], "y": []}


class Classes:
    """Velocity modulation of every unit, and where its outgoing weights point to; observed units are dashes at 0."""

    KEYS = keys(CLASSES)

    def __init__(self) -> None:
        self.source = ColumnDataSource({"x": [], "y": [], "name": [], "class": [], "colour": [], "marker": []})
        self.figure = figure(
            "recovery_shifters", "velocity modulation index", "offset of outgoing weights (°)", 190,
            x_range=Range1d(-1.05, 1.05), y_range=Range1d(-185, 185),
        )  # fmt: skip
        self.figure.yaxis.ticker = FixedTicker(ticks=[-180, -90, 0, 90, 180])
        self.edges = [Span(dimension="height", line_color=look.QUIET, line_dash="dotted") for _ in range(2)]
        for edge in self.edges:
            self.figure.add_layout(edge)
        dots = self.figure.scatter(
            "x",
            "y",
            source=self.source,
            size=6,
            marker="marker",
            fill_color="colour",
            line_color="colour",
            fill_alpha=0.75,
        )
        tips = [("unit", "@name"), ("", "@class"), ("index", "@x{0.00}"), ("offset", "@y{0}°")]
        self.figure.add_tools(HoverTool(renderers=[dots], tooltips=tips))

    def show(self, found: Shifters, names: tuple[str, ...]) -> None:
        """Fill it."""
        offset = np.rad2deg(np.concatenate([np.zeros(found.observed), found.offset]))
        hidden = np.arange(len(found.vmi)) >= found.observed
        for edge, sign in zip(self.edges, (-1, 1), strict=True):
            edge.location = sign * found.threshold
        self.source.data = {
            "x": found.vmi, "y": np.nan_to_num(offset), "name": list(names), "class": list(found.classes),
            "colour": [CLASSES[name] for name in found.classes],
            "marker": np.where(hidden, "circle", "dash").tolist(),
        }  # fmt: skip


class Errors:
    """The squared error at each step, beside those of who says the mean, the first frame, or the frame before."""

    KEYS = keys({SAID[name]: colour for name, colour in GUESSES.items()})

    def __init__(self) -> None:
        self.source = ColumnDataSource({name: [] for name in ("step", *GUESSES)})
        self.figure = figure("recovery_error", "step of the held-out trial", "squared error", 170)
        for name, colour in GUESSES.items():
            dash = "solid" if name == "model" else "dashed"
            self.figure.line("step", name, source=self.source, line_color=colour, line_dash=dash, line_width=2)
        tips = [("step", "@step"), *((SAID[name], f"@{name}{{0.00000}}") for name in GUESSES)]
        self.figure.add_tools(HoverTool(tooltips=tips, mode="vline", renderers=self.figure.renderers[:1]))

    def show(self, found: Prediction) -> None:
        """Fill it."""
        self.source.data = {name: found.by_step[name].to_numpy() for name in ("step", *GUESSES)}


class Explained:
    """The variance explained in each unit or population, and its correlation."""

    KEYS = ""

    def __init__(self) -> None:
        self.source = ColumnDataSource({"x": [], "y": [], "name": [], "explained": [], "r": []})
        self.figure = figure(
            "recovery_explained", "observed unit", "share explained", 150, y_range=Range1d(LOWEST, 1.03)
        )
        bars = self.figure.vbar(
            "x", 0.8, "y", 0, source=self.source, fill_color=look.POSITIVE, fill_alpha=0.55, line_color=None
        )
        dots = self.figure.scatter(
            "x", "r", source=self.source, marker="dash", size=9, line_color=look.QUIET, line_width=2
        )
        self.figure.add_layout(Span(dimension="width", location=0, line_color=look.QUIET))
        tips = [("", "@name"), ("variance explained", "@explained{0.00}"), ("correlation", "@r{0.00}")]
        self.figure.add_tools(HoverTool(renderers=[bars, dots], tooltips=tips))

    def show(self, found: Prediction) -> None:
        """Fill it."""
        x = np.arange(len(found.names)) + 1
        low = np.maximum(found.explained, LOWEST)
        self.source.data = {
            "x": x, "y": low, "name": list(found.names), "explained": found.explained, "r": found.correlation,
        }  # fmt: skip
        self.figure.y_range.start = min(0, float(low.min())) - 0.03
        if len(x) <= NAMED:
            self.figure.xaxis.ticker = FixedTicker(ticks=x.tolist())
            self.figure.xaxis.major_label_overrides = dict(zip(x.tolist(), found.names, strict=True))
        self.figure.xaxis.major_label_orientation = 0.9 if len(x) <= NAMED else "horizontal"

"""The one home of colours, fonts, figure defaults and number formats.

One diverging map for everything signed (orange negative, blue positive, fading to nothing at zero, so that it reads on
light and on dark); excitatory and inhibitory units have a pair of hues of their own. All sets are colour-blind safe.
"""

import html
import math
from functools import cache
from pathlib import Path
from typing import Any

import panel as pn
from bokeh.models import CustomJS, CustomJSTickFormatter, LinearColorMapper, WheelZoomTool
from bokeh.plotting import figure as bokeh_figure

ASSETS = Path(__file__).resolve().parents[1] / "assets"

POSITIVE = "#0877bd"
NEGATIVE = "#f28e1c"
EXCITATORY = "#009e73"
INHIBITORY = "#cc5fa0"
UNSIGNED = "#8a8f98"
QUIET = "#8a8f98"  # axes, borders, guide lines: readable on light and on dark
FAULT = "#d64545"
INK_LIGHT, INK_DARK = "#1c2733", "#e6ebf0"
# In the dark all charts and coloured words are brighter, hue by hue; the theme holds it (`--mui-palette-chart-filter`).
BRIGHTER = "brightness(1.25) contrast(1.096)"  # leaves the dark paper as it is
IN_THE_DARK = ":host { filter: var(--mui-palette-chart-filter, none); color: #1c2733; }"  # Bokeh's notices are white
PAPER = ":host(.bk-inner) { background-color: var(--mui-palette-background-paper, #fff); }"  # tools over a figure
FONT = "Roboto, Helvetica, Arial, sans-serif"

# Okabe & Ito (2008), then Tol's muted set: distinct under the common colour-vision deficiencies.
_SET = (
    "#0072b2", "#e69f00", "#56b4e9", "#009e73", "#cc79a7", "#d55e00",
    "#999933", "#882255", "#44aa99", "#aa4499", "#88ccee", "#ddcc77",
)  # fmt: skip
# Cividis at even steps: ordered conditions (coherence, delay, time).
_ORDERED = ("#35456c", "#575c6d", "#777776", "#989078", "#bcad6c", "#e3cd57")


def sign_colour(sign: int) -> str:
    """The hue of an excitatory (+1), inhibitory (-1) or free (0) unit."""
    return {1: EXCITATORY, -1: INHIBITORY}.get(sign, UNSIGNED)


def area_colours(names: tuple[str, ...]) -> dict[str, str]:
    """One colour per area, the same for the same list of areas everywhere."""
    return {name: _SET[i % len(_SET)] for i, name in enumerate(names)}


def condition_colours(n: int, ordered: bool = False) -> tuple[str, ...]:
    """`n` colours for conditions: categorical, or from dark to bright when the condition is ordered."""
    source = _ORDERED if ordered else _SET
    if ordered and n > 1:
        return tuple(source[round(i * (len(source) - 1) / (n - 1))] for i in range(n))
    return tuple(source[i % len(source)] for i in range(n))


def network_colour(index: int) -> str:
    """The colour of one network or run in overlaid curves."""
    return _SET[index % len(_SET)]


@cache
def diverging() -> tuple[str, ...]:
    """256 colours from negative over transparent to positive."""
    fade = [round(255 * (abs(i - 127.5) / 127.5) ** 0.7) for i in range(256)]
    return tuple(f"{NEGATIVE if i < 128 else POSITIVE}{alpha:02x}" for i, alpha in enumerate(fade))


@cache
def sequential() -> tuple[str, ...]:
    """256 colours from nothing to the positive hue, for counts, rates and densities."""
    return tuple(f"{POSITIVE}{round(255 * (i / 255) ** 0.7):02x}" for i in range(256))


def signed_mapper(extent: float) -> LinearColorMapper:
    """The map of everything signed, symmetric around zero."""
    extent = extent or 1.0
    return LinearColorMapper(palette=list(diverging()), low=-extent, high=extent, nan_color="#00000000")


def figure(name: str, x: str = "", y: str = "", **options: Any) -> Any:
    """A Bokeh figure in the house style; `name` is how tests and views find it."""
    settings: dict[str, Any] = {"tools": "", "toolbar_location": None, "output_backend": "canvas", **options}
    plot = bokeh_figure(name=name, x_axis_label=x or None, y_axis_label=y or None, **settings)
    plot.lod_timeout, plot.lod_interval = 80, 50  # a zoomed raster is redrawn at once (ecosystem 0.12)
    plot.background_fill_color = plot.border_fill_color = None
    plot.stylesheets = [*plot.stylesheets, IN_THE_DARK]
    plot.outline_line_width = 0  # its colour follows the page's theme, which would frame every figure in the dark
    for axis in plot.axis:
        axis.axis_label_text_font = axis.major_label_text_font = FONT
        axis.axis_label_text_font_size, axis.major_label_text_font_size = "11px", "10px"
        axis.axis_label_text_font_style = "normal"
        axis.axis_label_text_color = axis.major_label_text_color = QUIET
        axis.axis_line_color = axis.major_tick_line_color = QUIET
        axis.minor_tick_line_color = None
        axis.axis_label_standoff = 2
    plot.grid.grid_line_color = QUIET
    plot.grid.grid_line_alpha = 0.15
    if plot.title:
        plot.title.text_font, plot.title.text_font_size, plot.title.text_color = FONT, "11px", QUIET
    return plot


def zoom_by_wheel(plot: Any, dimensions: str = "both") -> Any:
    """The figure zooms by the wheel only while Ctrl is held; the wheel alone scrolls the page."""
    wheel = WheelZoomTool(
        dimensions=dimensions, modifiers={"ctrl": True}, description="Zoom with the wheel while Ctrl is held"
    )
    plot.add_tools(wheel)
    plot.toolbar.active_scroll = wheel
    return plot


def show_whole(axis: Any, start: float, end: float) -> None:
    """Show an axis from `start` to `end`, its bounds. These go first: the browser cuts ends to the bounds it knows."""
    axis.update(bounds=(min(start, end), max(start, end)), start=start, end=end, reset_start=start, reset_end=end)


def bare(plot: Any) -> Any:
    """The figure without axes and grid, as a picture."""
    plot.axis.visible = False
    plot.grid.visible = False
    plot.min_border = 2
    return plot


def true_to_scale(plot: Any) -> Any:
    """The figure with as many pixels for a unit across as up, however wide it is (if wider than high)."""
    code = """
const {x_range: x, y_range: y, inner_width: w, inner_height: h} = plot;
if (!w || !h) return;
const wide = Math.max(1, w / h), around = (a, b, up) => [(a + b - up * wide) / 2, (a + b + up * wide) / 2];
const [start, end] = around(x.start, x.end, Math.abs(y.end - y.start));
const [reset_start, reset_end] = around(x.reset_start ?? x.start, x.reset_end ?? x.end,
    Math.abs((y.reset_end ?? y.end) - (y.reset_start ?? y.start)));
x.setv({start, end, reset_start, reset_end});"""
    fit = CustomJS(args={"plot": plot}, code=code)
    for side in ("inner_width", "inner_height"):
        plot.js_on_change(side, fit)
    plot.y_range.js_on_change("reset_end", fit)
    return plot


def minus_ticks() -> CustomJSTickFormatter:
    """Tick labels with at most three digits and a true minus sign."""
    return CustomJSTickFormatter(code="return Number(tick.toPrecision(3)).toString().replace('-', '−')")


def number(value: float | None, digits: int = 3) -> str:
    """A number as people write it: 12,345 · 0.042 · 3.1e-7 · − for a missing one."""
    if value is None or not math.isfinite(value):
        return "–"
    if value == int(value) and abs(value) < 1e9:
        return f"{int(value):,}".replace("-", "−")
    if 1e-3 <= abs(value) < 1e4:
        short = f"{value:,.0f}" if float(f"{abs(value):.{digits}g}") >= 10**digits else f"{value:.{digits}g}"
        return short.replace("-", "−")
    return f"{value:.{digits - 1}e}".replace("e-0", "e-").replace("e+0", "e").replace("-", "−")


def counted(n: int, noun: str) -> str:
    """A number of things: 1 run · 1,024 runs."""
    return f"{n:,} {noun}{'' if n == 1 else 's'}"


def percent(share: float | None) -> str:
    """A share as a percentage with two telling digits."""
    if share is None or not math.isfinite(share):
        return "–"
    value = 100 * share
    return f"{value:.0f} %" if value >= 10 or value == 0 else f"{value:.2g} %"


def duration(seconds: float) -> str:
    """A time span in the two largest units that matter."""
    seconds = max(0, round(seconds))
    if seconds < 60:
        return f"{seconds} s"
    if seconds < 600:
        return f"{seconds // 60} min {seconds % 60:02d} s"
    if seconds < 3600:
        return f"{seconds // 60} min"
    return f"{seconds // 3600} h {seconds % 3600 // 60:02d} min"


@cache
def stylesheet() -> str:
    """assets/style.css, for the `stylesheets` of a component (each lives in a shadow root of its own)."""
    return (ASSETS / "style.css").read_text(encoding="utf-8")


def text(content: str, part: str, **options: Any) -> pn.pane.HTML:
    """HTML in the style that assets/style.css gives to `part`: note, fault, heading, empty, problem, counts."""
    settings = {"sizing_mode": "stretch_width", "margin": (0, 4, 2, 4), **options}
    return pn.pane.HTML(content, css_classes=[part], stylesheets=[stylesheet()], **settings)


def note(content: str, **options: Any) -> pn.pane.HTML:
    """A quiet line of explanation."""
    return text(content, "note", **options)


def empty(sentence: str) -> pn.pane.HTML:
    """What a view shows while there is nothing to show."""
    return text(sentence, "empty", margin=24)


def theme() -> dict[str, Any]:
    """The palette and type scale of panel-material-ui, light and dark."""
    small = {"fontSize": "13px"}
    parts = {
        "MuiFormLabel": {"styleOverrides": {"root": {**small, "lineHeight": 1.25}}},
        "MuiFormControlLabel": {"styleOverrides": {"label": small}},
        "MuiInputBase": {"styleOverrides": {"input": small}},
        "MuiMenuItem": {"styleOverrides": {"root": small}},
        "MuiTooltip": {"styleOverrides": {"tooltip": {"fontSize": "12px"}}},
        "MuiButtonBase": {
            "styleOverrides": {
                "root": {
                    "&.Mui-focusVisible, &:focus-visible": {"outline": f"2px solid {POSITIVE}", "outlineOffset": "1px"}
                }
            }
        },
        "MuiPaper": {"styleOverrides": {"root": {"backgroundImage": "none"}}},  # else the dark greys what lies higher
        "MuiDialog": {"styleOverrides": {"paper": {"& [aria-label=close]": {"color": "inherit", "margin": "10px"}}}},
        "MuiToggleButton": {"styleOverrides": {"root": {"fontSize": "12px", "textTransform": "none"}}},
    }
    shared = {
        "typography": {"fontFamily": FONT, "button": {"textTransform": "none"}},
        "shape": {"borderRadius": 6},
        "components": parts,
    }
    light = {"primary": {"main": POSITIVE}, "secondary": {"main": NEGATIVE}, "error": {"main": FAULT}}
    dark = {"primary": {"main": "#4aa8e0"}, "secondary": {"main": NEGATIVE}, "error": {"main": "#ef7a7a"}}
    light["chart"] = {"filter": "none"}
    dark["chart"] = {"filter": BRIGHTER}
    dark["background"] = {"default": "#12171d", "paper": "#1a2129"}
    return {"light": {"palette": light, **shared}, "dark": {"palette": dark, **shared}}


def escaped(text: str) -> str:
    """Text that may come from a file or a link, safe inside HTML."""
    return html.escape(text, quote=True)

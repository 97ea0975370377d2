"""What the live figures share: a row with a name and controls above each, zooming that stays, and times on the axis."""

from collections.abc import Callable
from typing import Any

import panel as pn
from bokeh.events import DoubleTap
from bokeh.models import BoxZoomTool, CustomJS, CustomJSTickFormatter, PanTool, ResetTool

from app import look
from app.export import export_controls
from app.figures import Twin

SMALL_SX = {"& .MuiInputBase-input, & .MuiTypography-root, & .MuiSelect-select": {"fontSize": "11px"}}
ONE_LINE = ":host { white-space: nowrap; overflow: hidden; text-overflow: ellipsis; min-width: 0; }"


def titled(
    title: str, figures: Any, twin: Callable[[], Twin], name: Callable[[], str], *controls: Any
) -> tuple[pn.Column, pn.pane.HTML]:
    """Figures under their title, controls and export button; and the title, which may change."""
    heading = pn.pane.HTML(
        title,
        css_classes=["note"],
        stylesheets=[look.stylesheet(), ONE_LINE],
        margin=(0, 4, 0, 0),
        align="center",
        sizing_mode="stretch_width",
    )
    for control in controls:
        control.align = "center"
    row = pn.Row(
        heading, *controls, export_controls(twin, name),
        sizing_mode="stretch_width", margin=(6, 0, 0, 0), styles={"align-items": "center"}, height=26,
    )  # fmt: skip
    return pn.Column(row, figures, sizing_mode="stretch_width", margin=0), heading


def zoomable(plot: Any) -> Any:
    """A drag zooms in, Ctrl and the wheel too, a double click shows all again; the page still scrolls by the wheel."""
    plot.add_tools(drag := BoxZoomTool(), ResetTool(), PanTool(dimensions="width"))
    plot.toolbar.active_drag = drag
    look.zoom_by_wheel(plot, "width")
    plot.js_on_event(DoubleTap, CustomJS(args={"plot": plot}, code="plot.reset.emit()"))
    return plot


def unnumbered(plot: Any) -> Any:
    """The figure without numbers along the bottom: the one below it, with the same range, has them."""
    plot.xaxis.formatter = CustomJSTickFormatter(code="return ''")
    plot.xaxis.major_tick_line_color = None
    return plot


def pane(figure: Any, **options: Any) -> pn.pane.Bokeh:
    """A figure as wide as its column."""
    return pn.pane.Bokeh(figure, **{"margin": 0, "sizing_mode": "stretch_width", "height": figure.height, **options})

"""Light or dark: what the visitor chose last in this browser; before any choice, what the system prefers.

A cookie tells the server before the page is built, so no page is ever seen in the wrong theme first. A browser that
prefers the dark says so by another cookie, and asks for its very first page a second time (assets/page.html).
"""

from collections.abc import Mapping
from typing import Any

import panel as pn
import panel_material_ui as pmui
from bokeh.models import CustomJS, Div

from app import look
from app.background import soon

CHOSEN, PREFERRED = "connectarium-theme", "connectarium-preferred-theme"
TEMPLATE = look.ASSETS / "page.html"
REMEMBER = f"document.cookie = `{CHOSEN}=${{cb_obj.text}}; path=/; max-age=31536000; samesite=lax`"


def is_dark(cookies: Mapping[str, str]) -> bool:
    """Whether a visitor with these cookies wishes the dark."""
    return cookies.get(CHOSEN, cookies.get(PREFERRED)) == "dark"


def begin() -> None:
    """What is built from here on is in the theme that the visitor wishes."""
    pn.config.theme = "dark" if is_dark(pn.state.cookies) else "default"


def follow(shown: pmui.Page) -> pn.pane.Bokeh:
    """Parts that the browser has not seen yet change with the page; invisible, it remembers the visitor's choice."""
    carrier = Div(text="", visible=False, name="theme")
    carrier.js_on_change("text", CustomJS(code=REMEMBER))

    def turn(event: Any) -> None:
        carrier.text = "dark" if event.new else "light"
        for part in shown.select(pmui.base.MaterialComponent):
            part.dark_theme = event.new

    shown.param.watch(lambda event: soon(lambda: turn(event)), "dark_theme")
    return pn.pane.Bokeh(carrier, visible=False)

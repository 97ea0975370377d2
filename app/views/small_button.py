"""A small button in a dialog."""

from collections.abc import Callable

import panel_material_ui as pmui


def small_button(label: str, icon: str, variant: str, act: Callable[[], None]) -> pmui.Button:
    """A button with an icon that calls `act`."""
    made = pmui.Button(label=label, icon=icon, variant=variant, size="small", margin=(4, 6, 4, 0))
    made.on_click(lambda _: act())
    return made

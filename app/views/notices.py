"""What a visitor must know about the run on show: that the form says something else by now, or what went wrong."""

from collections.abc import Callable
from html import escape
from typing import Any

import panel as pn
import panel_material_ui as pmui

from app import look
from app.runs import Sight

SHOWN = 3  # addresses named of those that differ
LOG_CSS = """
summary { cursor: pointer; color: #8a8f98; margin-top: 4px; }
pre { max-height: 180px; overflow: auto; font-size: 11px; white-space: pre-wrap; margin: 4px 0 0; }
"""
TROUBLE = ("failed", "lost")


class Notices:
    """Two cards over the curves, each there only when it has something to say."""

    def __init__(self, start_new: Callable[[], None], put_back: Callable[[], None], retry: Callable[[], None]):
        self.difference = _text("note")
        self.trouble = _text("problem")
        self.trouble.stylesheets = [look.stylesheet(), LOG_CSS]
        self.start_new = _button("Train the form as a new run", start_new)
        self.put_back = _button("Put the form back", put_back)
        self.retry = _button("Retry", retry)
        actions = pn.Row(self.start_new, self.put_back, margin=0)
        self._difference = pn.Column(self.difference, actions, sizing_mode="stretch_width", margin=(6, 0, 0, 0))
        self._trouble = pn.Column(self.trouble, self.retry, sizing_mode="stretch_width", margin=(6, 0, 0, 0))
        self.layout = pn.Column(sizing_mode="stretch_width", margin=0)

    def show(self, state: str, sight: Sight | None, fault: str, differs: tuple[str, ...], log: str) -> None:
        """Say what is to be said now, and nothing else."""
        parts = []
        if sentence := trouble(state, sight, fault):
            told = f"<details><summary>Log of its process</summary><pre>{escape(log)}</pre></details>" if log else ""
            self.trouble.object = f"{escape(sentence)}{told}"
            self.retry.param.update(visible=state in TROUBLE, label="Retry" if state == "failed" else "Resume")
            parts.append(self._trouble)
        if differs:
            self.difference.object = difference(state, differs)
            parts.append(self._difference)
        if self.layout.objects != parts:
            self.layout.objects = parts


def trouble(state: str, sight: Sight | None, fault: str) -> str:
    """What is wrong with the run, in a sentence or two; nothing if all is well."""
    said = [fault] if fault else []
    status = sight.status if sight else None
    if sight and sight.fault and sight.fault not in (*said, *sight.damage):
        said.append(sight.fault)
    said += [fault for fault in _damage(sight.damage if sight else ()) if fault not in said]
    if status and status.state in TROUBLE and status.message:
        said.append(status.message)
    if sight and (lost := sight.diverged) and not (status and state == "failed"):
        numbers = ", ".join(str(k + 1) for k in lost)
        which = "The network" if sight.networks == 1 else f"Network {numbers} of {sight.networks}"
        said.append(f"{which} diverged: loss or gradient is no longer a number. A smaller learning rate may help.")
    return " ".join(said)


def _damage(faults: tuple[str, ...]) -> list[str]:
    more = len(faults) - SHOWN
    return ["This run is damaged.", *faults[:SHOWN], *([f"And {more} more."] if more > 0 else [])] if faults else []


def difference(state: str, addresses: tuple[str, ...]) -> str:
    """That the form is no longer the experiment of the run, and where."""
    named = ", ".join(addresses[:SHOWN]) + (f" and {len(addresses) - SHOWN} more" if len(addresses) > SHOWN else "")
    run = {"running": "the running experiment", "paused": "the paused experiment"}.get(state, "the experiment on show")
    return f"<b>The form differs from {run}</b> in {escape(named)}. The run is not affected."


def _text(kind: str) -> pn.pane.HTML:
    return pn.pane.HTML("", css_classes=[kind], stylesheets=[look.stylesheet()], sizing_mode="stretch_width", margin=0)


def _button(label: str, act: Callable[[], Any]) -> pmui.Button:
    made = pmui.Button(label=label, variant="outlined", size="small", margin=(4, 6, 0, 0))
    made.on_click(lambda _: act())
    return made

"""What happened in a training besides steps: stages begin, connections are pruned; marked in curves, told in words."""

from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
from bokeh.models import ColumnDataSource, HoverTool, Range1d
from matplotlib.axes import Axes

from app import look
from engine.experiments.history import History

SHOWN = 2  # rounds of pruning that are told in full; the others unfold
TIP = '<div style="font-size:11px">@said</div>'


@dataclass(frozen=True)
class Event:
    """At which step something happened: in a word, and in a sentence."""

    step: int
    word: str
    said: str


def events(history: History) -> tuple[Event, ...]:
    """Stages and rounds of pruning, in order."""
    found = [Event(step, name, f"Stage {name} begins with step {step:,}.") for step, name in history.stages]
    for turn in history.pruned:
        rounds = turn.get("rounds", 1)
        word = "pruned" if rounds == 1 else f"pruned {turn.get('round')}/{rounds}"
        found.append(Event(turn["step"], word, pruning_said(turn)))
    return tuple(sorted(found, key=lambda event: event.step))


def pruning_said(turn: dict[str, Any]) -> str:
    """One round of pruning with the held-out loss before, after and when retrained, means over the networks."""
    rounds = f", round {turn.get('round')} of {turn['rounds']}" if turn.get("rounds", 1) > 1 else ""
    left, asked = (look.percent(_mean(turn.get(name))) for name in ("realised", "requested"))
    before, after, later = (look.number(_mean(turn.get(name))) for name in ("loss_before", "loss_after", "retrained"))
    how = str(turn.get("method")).replace("_", " ")
    return (
        f"{turn.get('matrix')} pruned by {how} before step {turn['step']:,}{rounds}: "
        f"{left} of all pairs are left ({asked} asked); held-out loss {before} → {after}, retrained {later}."
    )


def pruning_note(history: History) -> str:
    """The rounds of pruning as HTML; nothing without."""
    said = [escape(pruning_said(turn)) for turn in history.pruned]
    if len(said) <= SHOWN:
        return "<br>".join(said)
    earlier = "<br>".join(reversed(said[:-1]))
    return f"{said[-1]}<details><summary>{len(said) - 1} rounds before</summary>{earlier}</details>"


class Marks:
    """A vertical line through curves at every event; words stand in those figures that ask for them."""

    def __init__(self) -> None:
        self.source = ColumnDataSource({"step": [], "word": [], "said": [], "high": []})
        self._shown: tuple[Event, ...] = ()

    def draw_in(self, plot: Any, words: bool = False) -> None:
        """The lines are in this figure from now on."""
        line = plot.vspan("step", source=self.source, line_color=look.QUIET, line_dash=[2, 3], line_width=1)
        line.level = "underlay"
        plot.extra_y_ranges = {"share": Range1d(0, 1)}
        text = plot.text(
            "step", "high", "word", source=self.source, y_range_name="share", text_font_size="10px", x_offset=3,
            text_font=look.FONT, text_color=look.QUIET, text_baseline="top", visible=words,
        )  # fmt: skip
        if hasattr(plot.y_range, "renderers"):  # that of x is shared with figures that the browser may not know yet
            plot.y_range.renderers = [r for r in plot.renderers if r not in (line, text)]
        plot.add_tools(HoverTool(renderers=[line], tooltips=TIP, mode="mouse", line_policy="nearest"))

    def show(self, history: History | None) -> None:
        """Mark what has happened by now."""
        found = events(history) if history is not None else ()
        if found == self._shown:
            return
        self._shown = found
        words = _words(found)
        high = [0.99 - 0.13 * (sum(map(bool, words[:k])) % 2) for k in range(len(words))]
        self.source.data = {
            "step": [event.step for event in found],
            "word": words,
            "said": [event.said for event in found],
            "high": high,
        }


def mark_on_paper(axes: Axes, history: History) -> None:
    """The same lines in a figure for a paper."""
    found = events(history)
    for event, word in zip(found, _words(found), strict=True):
        axes.axvline(event.step, color=look.QUIET, linewidth=0.5, linestyle=(0, (1, 2)), zorder=0)
        if word:
            axes.annotate(
                word, (event.step, 1), xycoords=("data", "axes fraction"), xytext=(1.5, -1.5),
                textcoords="offset points", va="top", fontsize=5, color="#5c6470", rotation=90,
            )  # fmt: skip


def event_numbers(history: History) -> dict[str, Any]:
    """Columns for a table: what was marked, and where; empty without."""
    found = events(history)
    return {"event at step": [e.step for e in found], "event": [e.said for e in found]} if found else {}


def _words(found: tuple[Event, ...]) -> list[str]:
    """What stands beside the line of each event: at one step all words once, and none for later rounds of pruning."""
    words = []
    for k, event in enumerate(found):
        first = k == 0 or found[k - 1].step != event.step
        here = [other.word for other in found if other.step == event.step]
        here = list({word.lower(): word for word in reversed(here)}.values())[::-1]
        later = event.word.startswith("pruned ") and not event.word.startswith("pruned 1/")
        words.append(" · ".join(here) if first and not (later and len(here) == 1) else "")
    return words


def _mean(values: Any) -> float:
    known = np.array([np.nan if value is None else value for value in np.atleast_1d(values)], dtype=float)
    return float(known[np.isfinite(known)].mean()) if np.isfinite(known).any() else float("nan")

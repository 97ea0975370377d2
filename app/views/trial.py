"""One trial of a task: what the network sees, what it owes, and when it counts."""

from typing import Any

import numpy as np
import panel as pn
from bokeh.models import ColumnDataSource, Range1d

from app import look
from engine.tasks.task import Task, Trials

EPOCH_SHADES = (0.0, 0.10)
MOST_NAMES = 14  # of lines, beside a picture 210 pixels high; of more lines some are named


class TrialPicture(pn.viewable.Viewer):
    """Input channels above, targets below, each on a line of its own; epochs shaded, scored time underlined, in ms."""

    def __init__(self, name: str, height: int = 210):
        super().__init__()
        self.inputs = ColumnDataSource(data={"xs": [], "ys": [], "colour": []})
        self.targets = ColumnDataSource(data={"xs": [], "ys": [], "colour": []})
        self.epochs = ColumnDataSource(data={"left": [], "right": [], "shade": [], "middle": [], "name": [], "y": []})
        self.scored = ColumnDataSource(data={"left": [], "right": []})
        self.x, self.y = Range1d(0, 1), Range1d(0, 1)
        frame = {"x_range": self.x, "y_range": self.y, "min_border": 2, "sizing_mode": "stretch_width"}
        self.plot = look.figure(name, "Time (ms)", height=height, **frame)
        self.plot.grid.visible = False
        self.plot.xaxis.ticker.desired_num_ticks = 5
        self.plot.yaxis.minor_tick_line_color = self.plot.yaxis.major_tick_line_color = None
        self._draw()
        self.pane = pn.pane.Bokeh(self.plot, sizing_mode="stretch_width", height=height, margin=0)

    def __panel__(self) -> Any:
        return self.pane

    def show(self, task: Task, trials: Trials, trial: int = 0) -> None:
        """Draw one trial of a batch."""
        inputs = trials.inputs[trial].numpy()
        targets = _as_values(trials.targets[trial].numpy(), len(task.output_names))
        dt = trials.epochs.dt_ms
        times = dt * np.arange(trials.steps)
        lines, signals = (*task.input_names, *task.output_names), [*inputs.T, *targets.T]
        levels = list(range(len(lines) - 1, -1, -1))
        gap = len(task.input_names)
        self.inputs.data = _stacked(times, signals[:gap], levels[:gap], look.QUIET)
        self.targets.data = _stacked(times, signals[gap:], levels[gap:], look.POSITIVE)
        self._mark(trials, trial, len(lines))
        named_levels = levels[:: -(-len(lines) // MOST_NAMES)]
        self.plot.yaxis.ticker = [level + 0.25 for level in named_levels]
        named = [*(f"in {n}" for n in task.input_names), *(f"out {n}" for n in task.output_names)]
        self.plot.yaxis.major_label_overrides = {level + 0.25: n for level, n in zip(levels, named, strict=True)}
        self.x.update(start=0, end=dt * trials.steps)
        self.y.update(start=-0.35, end=len(lines) + 0.55)

    def _mark(self, trials: Trials, trial: int, height: int) -> None:
        dt = trials.epochs.dt_ms
        spans = [(name, s.start * dt, s.stop * dt) for name, s in trials.epochs.slices.items() if s.stop > s.start]
        self.epochs.data = {
            "left": [left for _, left, _ in spans],
            "right": [right for _, _, right in spans],
            "middle": [(left + right) / 2 for _, left, right in spans],
            "name": [name if right - left > 0.11 * dt * trials.steps else "" for name, left, right in spans],
            "shade": [EPOCH_SHADES[i % 2] for i in range(len(spans))],
            "y": [height + 0.1] * len(spans),
        }
        scored = np.flatnonzero(np.diff(np.r_[0, trials.scored[trial].numpy().astype(int), 0]))
        self.scored.data = {"left": dt * scored[::2], "right": dt * scored[1::2]}

    def _draw(self) -> None:
        self.plot.quad(
            "left", "right", bottom=-1, top=100, source=self.epochs,
            fill_color=look.QUIET, fill_alpha="shade", line_color=None,
        )  # fmt: skip
        self.plot.text(
            "middle", "y", "name", source=self.epochs, text_align="center", text_font_size="10px",
            text_font=look.FONT, text_color=look.QUIET,
        )  # fmt: skip
        self.plot.quad(
            "left", "right", bottom=-0.32, top=-0.22, source=self.scored, fill_color=look.NEGATIVE, line_color=None
        )
        for source in (self.inputs, self.targets):
            self.plot.multi_line("xs", "ys", source=source, line_color="colour", line_width=1.3)


def _as_values(targets: np.ndarray, outputs: int) -> np.ndarray:
    """Targets as one signal per output: a class index is 1 on its own output."""
    return np.eye(outputs)[targets] if targets.ndim == 1 else targets


def _stacked(times: np.ndarray, signals: list[np.ndarray], levels: list[int], colour: str) -> dict[str, list[Any]]:
    """Signals scaled to a common height, one above the other."""
    reach = max((float(np.abs(s).max()) for s in signals), default=1.0) or 1.0
    lowest = min((float(s.min()) for s in signals), default=0.0)
    span = reach - min(lowest, 0.0) or 1.0
    ys = [0.8 * (s - min(lowest, 0.0)) / span + level for s, level in zip(signals, levels, strict=True)]
    return {"xs": [times] * len(ys), "ys": ys, "colour": [colour] * len(ys)}

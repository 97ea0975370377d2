"""What the terms of a loss amount to in the run on show, as a line beside each."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import panel as pn

from app import look
from engine.experiments.history import History
from engine.training.objectives.aim import TASK, TOTAL, names

CSS = """
:host { font-size: 11.5px; line-height: 16px; color: #8a8f98; font-variant-numeric: tabular-nums; }
.bar { display: inline-block; width: 44px; height: 6px; margin-right: 6px; border-radius: 3px;
  background: rgba(138, 143, 152, .25); overflow: hidden; vertical-align: 1px; }
.bar i { display: block; height: 100%; background: #0877bd; }
b { font-weight: 500; color: var(--mui-palette-text-primary, inherit); }
"""


@dataclass(frozen=True)
class Amount:
    """A term at the latest step, as a mean over networks: its cost, what it adds to the total, and its share of the
    gradient at the latest evaluation. Not a number where nothing is told."""

    cost: float
    adds: float
    share: float


def amounts(history: History, asked: Any) -> dict[str, Amount]:
    """The terms of the loss that the run on show lowers now, by name; the task alone has all of the gradient."""
    if not len(history.step):
        return {}
    if not history.costs:
        loss = _mean(history.loss[-1])
        return {TASK: Amount(loss, loss, 1.0), TOTAL: Amount(loss, loss, 1.0)}
    weights = _weights(history, asked)
    costs = {name: _mean(table[-1]) for name, table in history.costs.items()}
    found = {}
    for name, cost in costs.items():
        table = history.shares.get(name)
        share = _mean(table[-1]) if table is not None and len(table) else np.nan
        factor, is_relative = weights.get(name, (1.0, False))
        found[name] = Amount(cost, factor * (costs[TASK] if is_relative else cost), share)
    return found


def _weights(history: History, asked: Any) -> dict[str, tuple[float, bool]]:
    """The weight of every objective of the run, and whether it is relative to the loss of the task."""
    if asked is None:
        return {}
    stage = asked.training.course[stage_now(history, asked)]
    has_own = getattr(stage, "lowers", "as_set") == "own"
    listed = stage.objectives if has_own else asked.training.objectives
    return {n: (o.weight, o.scaling == "relative") for n, o in zip(names(listed), listed, strict=True)}


def stage_now(history: History, asked: Any) -> int:
    """The number, from 0, of the stage that a run is in or was in last: none is ever passed over."""
    return min(max(len(history.stages), 1), len(asked.training.course)) - 1


def _mean(values: np.ndarray) -> float:
    """Over the networks that have a number."""
    there = values[np.isfinite(values)]
    return float(there.mean()) if len(there) else np.nan


class AmountLine(pn.viewable.Viewer):
    """What a term costs, what it adds, and its share of the gradient; nothing while no run tells."""

    def __init__(self, **options: Any):
        super().__init__()
        self.pane = pn.pane.HTML(
            "",
            css_classes=["amount"],
            stylesheets=[CSS],
            sizing_mode="stretch_width",
            visible=False,
            **{"margin": (0, 6, 3, 6), **options},
        )

    def __panel__(self) -> Any:
        return self.pane

    def show(self, amount: Amount | None, is_total: bool = False) -> None:
        """What is the case now."""
        told = "" if amount is None or not np.isfinite(amount.cost) else said(amount, is_total)
        if told != self.pane.object:
            self.pane.param.update(object=told, visible=bool(told))


def said(amount: Amount, is_total: bool = False) -> str:
    """The line as HTML."""
    if is_total:
        return f"<b>Total {look.number(amount.cost, 4)}</b> at the latest step of the run on show"
    changed = amount.adds != amount.cost
    text = f"<b>{look.number(amount.cost)}</b>" + (f", adds <b>{look.number(amount.adds)}</b>" if changed else "")
    if np.isfinite(amount.share):
        width = 100 * min(1.0, amount.share)
        bar = f'<span class="bar"><i style="width: {width:.0f}%"></i></span>'
        text = f"{bar}{text} · <b>{look.percent(amount.share)}</b> of the gradient"
    return text

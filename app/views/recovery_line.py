"""While a network is fitted to a recording whose wiring is known: how much of it is found by now, as a line."""

import time
from typing import Any

import numpy as np

from app import look
from app.background import Background
from app.runs import Live
from engine.analysis.recovery import Recovery
from engine.experiments.experiment import Experiment
from engine.experiments.recovery_so_far import can_be_recovered, recovered

EVERY_S = 1.0
HELP = (
    "Correlation of the weights between the observed units with the true ones; share of their variance that depends on "
    "the displacement along the ring or torus alone; and the same for the true wiring with its units relabelled"
)


class RecoveryLine:
    """Numbers of the newest picture of the first network; nothing where there is no truth to compare with."""

    def __init__(self, background: Background):
        self.background = background
        self.pane = look.note("", margin=(6, 0, 2, 0), visible=False)
        self._asked: Experiment | None = None
        self._live: Live | None = None
        self._next = 0.0

    def about(self, experiment: Experiment | None) -> None:
        """Whose recovery this is."""
        if experiment is self._asked:
            return
        self._asked, self._live = experiment, None
        self.pane.param.update(object="", visible=False)

    def show(self, live: Live | None, ended: bool = False) -> None:
        """Score this picture, if it is new and the last score is a second old or the last of all."""
        asked, now = self._asked, time.monotonic()
        if asked is None or live is None or live is self._live or (now < self._next and not ended):
            return
        if not np.isfinite(live.arrays["W_rec"]).all():
            return
        self._live, self._next = live, now + EVERY_S
        self.background.latest("recovery", lambda: (asked, live, _scored(asked, live)), self._say, lambda _: None)

    def _say(self, found: tuple[Experiment, Live, Recovery | None]) -> None:
        asked, live, score = found
        if asked is self._asked and score is not None:
            self.pane.param.update(object=said(score, live.step), visible=True)


def said(score: Recovery, step: int) -> str:
    """The scores in a line."""
    parts = [f"entrywise {score.entrywise:.2f} (by chance {score.by_chance:.2f}, p {_p(score.p)})"]
    if np.isfinite(score.ringness):
        by_chance = float(np.mean(score.ringness_null)) if len(score.ringness_null) else np.nan
        parts.append(f"ringness {score.ringness:.2f} (by chance {by_chance:.2f})")
        parts.append(f"profile {score.profile:.2f}")
    line = " · ".join(parts).replace("-", "−")
    return f'<span title="{look.escaped(HELP)}"><b>True wiring recovered</b>, step {step:,}: {line}</span>'


def _p(p: float) -> str:
    return "< 0.01" if p < 0.01 else f"{p:.2f}"


def _scored(asked: Experiment, live: Live) -> Any:
    return recovered(asked, live.arrays["W_rec"]) if can_be_recovered(asked) else None

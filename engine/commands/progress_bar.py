"""A progress bar with the time that is left."""

import sys
import time
from collections.abc import Iterable
from typing import TextIO

from engine.experiments.stand import Stand

WIDTH = 30
PARTS = 1000  # a bar of several parts counts thousandths of the forecast time
EVERY_S = 0.1


class ProgressBar:
    """One line on a terminal, redrawn ten times a second; elsewhere a plain line at each tenth of the way."""

    def __init__(self, stream: TextIO | None = None):
        self.stream = stream or sys.stderr
        self._begun = time.monotonic()
        self._first: int | None = None
        self._next = 0.0
        self._tenth = -1

    def show(self, step: int, steps: int, said: str) -> None:
        """The bar stands at `step` of `steps`."""
        now = time.monotonic()
        self._first = step if self._first is None else self._first
        line = f"{step}/{steps} steps  {said}  {self._left(step, steps, now)}"
        if self.stream.isatty():
            if now >= self._next or step == steps:
                self._next = now + EVERY_S
                full = WIDTH * step // max(1, steps)
                self.stream.write(f"\r\x1b[K[{'#' * full}{'.' * (WIDTH - full)}] {line}")
        elif (tenth := 10 * step // max(1, steps)) > self._tenth:
            self._tenth = tenth
            self.stream.write(line + "\n")
        self.stream.flush()

    def end(self) -> None:
        """What follows begins on a new line."""
        if self.stream.isatty() and self._first is not None:
            self.stream.write("\n")

    def _left(self, step: int, steps: int, now: float) -> str:
        done = step - (self._first or 0)
        if done < 1:
            return ""
        rate = done / max(1e-9, now - self._begun)
        return f"{rate:.1f} steps/s, {duration((steps - step) / rate)} left"


def duration(seconds: float) -> str:
    """Seconds as a person says them: 42 s, 3:05 min, 2:10 h."""
    whole = round(seconds)
    if whole < 100:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    return f"{minutes}:{rest:02d} min" if minutes < 100 else f"{minutes // 60}:{minutes % 60:02d} h"


def followed(stands: Iterable[Stand], noun: str, quiet: bool, left: list[int]) -> bool:
    """Work of parts, each a `noun`, goes on under a bar until somebody has `left`; whether all parts are done."""
    bar, begun, is_done = ProgressBar(), time.perf_counter(), False
    try:
        for stand in stands:
            is_done = stand.number == stand.parts
            if not quiet:
                gone = time.perf_counter() - begun
                part = f"{noun} {min(stand.number + 1, stand.parts)} of {stand.parts} {stand.part}"
                done = round(PARTS * gone / max(gone + stand.left_s, 1e-9))
                bar.show(done, PARTS, f"{part}  {stand.said}  about {duration(stand.left_s)} left in all")
            if left:
                break
    finally:
        bar.end()
    return is_done

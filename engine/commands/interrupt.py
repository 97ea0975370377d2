"""Ctrl-C asks for an end in good order."""

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

INTERRUPTED = 130  # exit status of a command that Ctrl-C ended


@contextmanager
def ctrl_c(asks: Callable[[], object] = lambda: None) -> Iterator[list[int]]:
    """The first Ctrl-C (or SIGTERM) calls `asks`, a second one stops at once. Yields the signals that came."""
    came: list[int] = []

    def on_signal(number: int, _: FrameType | None) -> None:
        if came:
            raise KeyboardInterrupt
        came.append(number)
        asks()

    before = {number: signal.signal(number, on_signal) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield came
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        sys.stderr.flush()

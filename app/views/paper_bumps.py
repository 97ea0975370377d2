"""Bumps that a visitor turns: a ring attractor and the networks fitted to it, at the velocity that is held or kept."""

import base64
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import panel as pn
import panel_material_ui as pmui

from app import look
from app.papers import Result
from app.saver import Saver
from app.session import Session
from app.views.bumps import LONGEST, MOST_TAKES, Bumps
from engine.analysis.driven import Driven, driven_session
from engine.component import Invalid
from engine.experiments.papers.paper import Paper
from engine.experiments.papers.shipped import ASSETS
from engine.recordings.keeping import keep, write_npz

ABOUT = (
    "Hold a velocity, and every network turns its bump by it, as it does in the analyses. Fitted networks stand beside "
    "the ring once they were trained here."
)

RECORDING = (
    "<b>Record</b> begins at rest and keeps the velocity that you hold, or of the random walk, until Stop. Saved is "
    "what the ring attractor does at it, in trials of equal length: velocity is the input, heading the behaviour."
)
FIT_IT = "To fit a network to it, choose the task <i>Recorded activity</i> and this file as your own recording."
NAME = "driven_ring.npz"
FASTEST = 100.0  # rad/s


class PaperBumps(pn.viewable.Viewer):
    """The section of a paper with bumps: its own, and those of the fits in the folder that is on show."""

    def __init__(self, session: Session, refuse: Callable[[Invalid], None]):
        super().__init__()
        self.session, self._refuse, self._about = session, refuse, ("", 0)
        self.ring: Driven | None = None
        settings = {"sizing_mode": "stretch_width", "margin": (4, 0), "min_height": 480}
        self.bumps = Bumps(styles={"font-family": look.FONT}, **settings)
        self.bumps.param.watch(lambda event: self.save.param.update(disabled=not event.new), "takes")
        self.save = pmui.Button(
            label="Save as recording", icon="save", variant="outlined", size="small", disabled=True, margin=(4, 8, 0, 0)
        )
        self.save.on_click(lambda _: self.keep())
        self.saver = Saver()
        self.said = look.note(RECORDING, margin=(8, 0, 0, 0))
        kept = pn.Row(self.save, self.said, self.saver, sizing_mode="stretch_width", margin=0)
        self.layout = pn.Column(
            look.note(ABOUT, margin=(2, 0, 4, 0)), kept, self.bumps, sizing_mode="stretch_width", margin=0
        )

    def __panel__(self) -> Any:
        return self.layout

    def show(self, one: Paper, result: Result | None) -> None:
        """Those of this result, made on another thread; nothing to do where they are on show."""
        folder = result.folder if result is not None else ASSETS / one.name
        about = str(folder), len(result.done) if result is not None else 0
        if about != self._about:
            self._about = about
            made, failed = partial(self._take, about), partial(self._fail, about)
            self.session.background.latest("bumps", lambda: one.turned(folder), made, failed)

    def keep(self) -> None:
        """What was recorded becomes a file of the visitor's recordings, and a download."""
        ring, takes = self.ring, list(self.bumps.takes)
        if ring is not None:
            work = partial(kept_drive, ring, takes)
            self.session.background.latest("keep drive", work, self._kept, self._not_kept)

    def _take(self, about: tuple[str, int], nets: tuple[Driven, ...]) -> None:
        if about == self._about:  # else another folder was chosen meanwhile
            self.ring = nets[0] if nets else None
            self.bumps.nets = told(nets)

    def _fail(self, about: tuple[str, int], fault: Invalid) -> None:
        if about == self._about:
            self._about = ("", 0)  # to be asked again
            self._refuse(fault)

    def _kept(self, made: tuple[str, bytes, str]) -> None:
        name, content, sentence = made
        self.saver.save(name, "application/octet-stream", content)
        self.said.object = sentence

    def _not_kept(self, fault: Invalid) -> None:
        self.said.object = f"<b>{look.escaped(str(fault))}</b>"


def kept_drive(ring: Driven, takes: list[str]) -> tuple[str, bytes, str]:
    """The name of the recording that the ring makes at these velocities, its file, and what it is in a sentence."""
    velocities = [_velocities(text) for text in takes[:MOST_TAKES]]
    session = driven_session(ring, velocities)
    with tempfile.TemporaryDirectory(prefix="connectarium_drive_") as folder:
        path = Path(folder) / NAME
        write_npz(session, path)
        content = path.read_bytes()
        name, _ = keep((path,))
    seconds = look.number(session.steps * session.dt_ms / 1000)
    said = (
        f"<b>Kept as {look.escaped(name)}</b>: {session.trials} trials of {seconds} s, {session.rates.shape[2]} units. "
    )
    return name, content, said + FIT_IT


def _velocities(text: str) -> np.ndarray:
    try:
        found = np.frombuffer(base64.b64decode(str(text), validate=True), "<f4").astype(float)
    except ValueError:
        raise Invalid("What was recorded did not arrive whole; record it again.") from None
    if not 0 < len(found) <= LONGEST or not np.isfinite(found).all():
        raise Invalid("What was recorded did not arrive whole; record it again.")
    return found.clip(-FASTEST, FASTEST)


def told(nets: tuple[Driven, ...]) -> list[dict[str, Any]]:
    """The networks as the browser takes them, each in a colour of its own."""
    return [
        {
            "name": net.name, "leak": net.leak, "leaks": net.leaks, "shown": net.shown, "dt": net.dt_ms,
            "colour": look.network_colour((0, 5, 3, 4)[k % 4]), "weights": _packed(net.weights),
            "gated": "" if net.gated is None else _packed(net.gated), "into": _packed(net.into),
            "bias": _packed(net.bias), "first": _packed(net.first),
        }
        for k, net in enumerate(nets)
    ]  # fmt: skip


def _packed(values: np.ndarray) -> str:
    return base64.b64encode(np.ascontiguousarray(values, dtype="<f4").tobytes()).decode()

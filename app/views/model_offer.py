"""A saved model that was dropped: what it is, and the experiment that it becomes."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import panel as pn

from app import look
from app.session import Session
from app.views.small_button import small_button
from engine.component import Invalid
from engine.experiments.saved_model import KeptModel, keep_model
from engine.networks.nn4n import Nn4nModel, read_nn4n

WORK = "saved model"


class ModelOffer(pn.viewable.Viewer):
    """`look` reads a model; "Use this model" keeps it, loads its experiment and calls `again()` and `used()`."""

    def __init__(self, session: Session, used: Callable[[], None], again: Callable[[], None]):
        super().__init__()
        self.session, self.used, self.again = session, used, again
        self.path: Path | None = None
        self.recognised = look.text("", "found", margin=(8, 4))
        self.facts = look.text("", "counts", margin=(8, 4))
        self.remarks = look.note("", margin=(4, 4))
        self.fault = look.text("", "problem", margin=(8, 0), visible=False)
        self.use = small_button("Use this model", "add", "contained", self._keep)
        buttons = pn.Row(self.use, small_button("Other files", "restart_alt", "text", again), margin=(8, 0, 0, 0))
        parts = (self.recognised, self.facts, self.remarks, self.fault, buttons)
        self.layout = pn.Column(*parts, sizing_mode="stretch_width", margin=0)

    def __panel__(self) -> Any:
        return self.layout

    def look(self, path: Path, begin: Callable[[], None], fault: Callable[[Invalid], None]) -> None:
        """Read the model in the background; `begin` hears that it is one, `fault` why it is none."""
        self.path = path
        self._tell("")

        def found(model: Nn4nModel) -> None:
            if self.path == path:
                self._show(path, model)
                begin()

        def failed(why: Invalid) -> None:
            if self.path == path:
                fault(why)

        self.session.background.latest(WORK, partial(read_nn4n, path), found, failed)

    def forget(self) -> None:
        """Nobody waits for it any more."""
        self.path = None

    def _show(self, path: Path, model: Nn4nModel) -> None:
        self.recognised.object = f"<b>A saved model of nn4n</b>, {look.escaped(path.name)}."
        grid = "".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in _facts(model).items())
        self.facts.object = f'<dl class="counts-grid">{grid}</dl>'
        said = (*model.remarks, "It replaces the experiment in Build; undo brings that back.")
        self.remarks.object = "".join(f"<div>• {look.escaped(each)}</div>" for each in said)

    def _keep(self) -> None:
        if self.path is not None:
            self.use.disabled = True
            self.session.background.latest(WORK, partial(keep_model, self.path), self._kept, self._refused)

    def _kept(self, kept: KeptModel) -> None:
        if self.path is not None:
            self.session.load(kept.experiment)
            said = "The model is in your library, and this experiment begins with its weights."
            self.session.notice = " ".join([said, *kept.remarks])
            self.again()
            self.used()

    def _refused(self, fault: Invalid) -> None:
        self._tell(str(fault))

    def _tell(self, sentence: str) -> None:
        self.use.disabled = False
        self.fault.param.update(object=look.escaped(sentence), visible=bool(sentence))


def _facts(model: Nn4nModel) -> dict[str, str]:
    law, dynamics = model.constraints.dales_law, model.dynamics
    return {
        "units": look.number(model.connectome.n),
        "synapses": look.number(int(model.connectome.mask.sum())),
        "inputs": look.number(model.weights["W_in"].shape[1]),
        "outputs": look.number(len(model.weights["W_out"])),
        "signs": "free" if law.method == "off" else f"by {law.sign_of}",
        "rates": str(dynamics.activation),
        "τ": f"{dynamics.tau_ms:g} ms",
        "Δt": f"{model.dt_ms:g} ms",
    }

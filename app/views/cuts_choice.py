"""Which part of a large connectome is used: the cuts, as a form of their own beside the experiment's."""

from typing import Any

import panel as pn
import param

from app import look
from app.forms import Form
from engine.component import Component, Invalid, Parameter, parameters
from engine.connectomes.graph_cut import HubCut, LabelCut
from engine.connectomes.importing import MAY_CUT, MUST_CUT, Cuts, Recognised, State

TOO_LARGE = "{} units are more than a network can be trained with here; choose a part. The library keeps all of it."
LARGE = "{} units train slowly; a part may do. The library keeps all of it."


class CutsChoice(param.Parameterized):
    """The cuts of the connectome that is being imported. It speaks to a form as a session does."""

    experiment = param.ClassSelector(class_=Component, default=Cuts(), allow_None=False)
    messages = param.Dict(default={}, doc="Refused values: address -> sentence.")
    problem = param.ClassSelector(class_=Invalid, doc="Why the cuts as a whole leave nothing.")
    connectome = param.ClassSelector(class_=Recognised, doc="Whose names and labels are suggested.")

    def __init__(self) -> None:
        super().__init__()
        self.about = look.text("", "question", margin=(12, 4, 0, 4))
        self.left = look.note("", margin=(4, 4))
        self.layout = pn.Column(self.about, visible=False, sizing_mode="stretch_width", margin=0)
        self._form: Form | None = None

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        return tuple(parameters(self.experiment))

    def change(self, address: str, value: Any) -> bool:
        """Set one parameter, or explain at its address why not."""
        try:
            changed = self.experiment.with_value(address, self._known(value))
        except Invalid as fault:
            self.messages = {**self.messages, address: str(fault)}
            return False
        self.param.update(experiment=changed, messages={}, problem=None)
        return True

    def _known(self, value: Any) -> Any:
        """A new cut by label begins with a label that there is."""
        labels = self.connectome.labels if self.connectome is not None else {}
        first = next((label for label, values in labels.items() if len(values) > 1), "")
        if not first or not isinstance(value, tuple):
            return value
        return tuple(LabelCut(label=first) if one == LabelCut() and one.label not in labels else one for one in value)

    def message(self, address: str) -> str:
        """What is wrong at an address."""
        if self.problem is not None and self.problem.address == address:
            return str(self.problem)
        return self.messages.get(address, "")

    def begin(self, state: State) -> None:
        """Offer cuts if these files hold a large connectome; what cannot train whole begins with its hubs."""
        self.connectome = state.recognised
        units = state.preview.units if state.preview is not None else state.recognised.rows
        self.param.update(experiment=Cuts(cuts=(HubCut(),) if units > MUST_CUT else ()), messages={}, problem=None)
        self.layout.visible = units > MAY_CUT
        if units > MAY_CUT:
            self.about.object = (TOO_LARGE if units > MUST_CUT else LARGE).format(f"{units:,}")
            if self._form is None:
                self._form = Form("", self, only=("cuts",), bare=True)
                self.layout.objects = [self.about, self._form, self.left]

    def follow(self, state: State) -> None:
        """Say what the cuts leave, or why they leave nothing."""
        wrong = state.fault and state.address.startswith("cuts")
        self.problem = Invalid(state.fault, state.address) if wrong else None
        part = state.preview.part if state.preview is not None else ()
        self.left.object = "<br>".join(map(look.escaped, part))

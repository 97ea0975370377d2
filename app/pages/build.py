"""Build: the experiment, section by section, with the wiring always in view."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import panel as pn
import panel_material_ui as pmui

from app import look
from app.control import words
from app.forms import Form
from app.pages.compare import Compare
from app.pages.editor import Editor
from app.session import Session
from app.views.areas import EDITORS
from app.views.expansion_size import ExpansionSize
from app.views.fold import Fold
from app.views.gallery import Gallery
from app.views.history_buttons import HistoryButtons
from app.views.loss_composer import LossComposer, composed
from app.views.magnitude import MagnitudeChoice
from app.views.measured_signs import MeasuredSigns
from app.views.task import TaskView
from app.views.training_form import ELSEWHERE, TrainingForm
from app.views.watching import Watching
from app.views.wiring import WiringView
from engine.connectomes.catalogue import record
from engine.training.training import Training

AREA_FIELDS = ("wiring.areas", "wiring.densities", "wiring.area_by", "wiring.merged_areas")
EDITED = EDITORS | {"constraints.dales_law.magnitude": MagnitudeChoice}
RATIO = "wiring.signs.excitatory_fraction"
OWN_TRAINING = tuple(f"training.{name}" for name in Training.model_fields if name not in ELSEWHERE)


@dataclass(frozen=True)
class Section:
    """One fold of the Build column: what it says when folded, what it holds, and the addresses it answers for."""

    name: str
    says: Callable[[Any], str]
    contents: Callable[[Session], list[Any]]
    answers: tuple[str, ...]


def sections() -> tuple[Section, ...]:
    """In the order in which an experiment is thought of."""
    areas = (*AREA_FIELDS, "constraints.projections")
    plain = ("wiring.kind", "wiring.connectome", "wiring.signs", "wiring.steps", "wiring.expansion", *AREA_FIELDS)
    wiring = ("wiring.connectome", "wiring.matrix", "wiring.density", "wiring.units", "wiring.transform")
    return (
        Section("Connectome", _wiring, lambda s: [Gallery(s), _form(s, "wiring", skip=plain)], wiring),
        Section(
            "Units of regions",
            _expansion,
            lambda s: [ExpansionSize(s), _form(s, "wiring.expansion")],
            ("wiring.expansion",),
        ),
        Section("Signs", _signs, lambda s: [_form(s, "wiring.signs", skip=(RATIO,))], ("wiring.signs",)),
        Section("Areas", _areas, lambda s: [_form(s, "", only=areas, bare=True)], areas),
        Section("Changes", _steps, lambda s: [_form(s, "", only=("wiring.steps",), bare=True)], ("wiring.steps",)),
        Section(
            "Laws",
            _laws,
            lambda s: [_form(s, "constraints", skip=areas)],
            ("constraints.dales", "constraints.conn", "constraints.rules", "constraints.target"),
        ),
        Section("Initial weights", lambda e: _kind(e.weights), lambda s: [_form(s, "weights")], ("weights",)),
        Section("Dynamics", _dynamics, lambda s: [_form(s, "", only=("dynamics", "dt_ms"))], ("dynamics", "dt_ms")),
        Section("Task", lambda e: _kind(e.task), lambda s: [TaskView(s)], ("task",)),
        Section("Curriculum", _curriculum, partial(_list_of, "training.curriculum"), ("training.curriculum",)),
        Section(
            "Loss",
            composed,
            lambda s: [LossComposer(s, partial(_form, s))],
            ("training.task_loss", "training.objectives"),
        ),
        Section("Training", _training, lambda s: [TrainingForm(s, partial(_form, s))], (*OWN_TRAINING, "seeds")),
        Section("Stages", _stages, partial(_list_of, "training.stages"), ("training.stages",)),
    )


class Build(pn.viewable.Viewer):
    """The wiring preview, the E/I ratio, what is wrong (if anything), and the folds."""

    def __init__(self, session: Session):
        super().__init__()
        self.session = session
        self.history = HistoryButtons(session)
        self.watching = Watching(session)
        self.watching.param.watch(self._tell, ["sight", "asked"])
        self.preview = WiringView(session)
        self.editor = Editor(session, EDITED)
        self.edit = pmui.Button(label="Edit wiring", icon="draw", variant="text", size="small", margin=0)
        self.edit.on_click(lambda _: self.editor.open())
        self.compare = Compare(session)  # the page puts it into its header: see app/shell.py
        self.compare_button = pmui.IconButton(
            icon="compare", description="Compare wirings", color="primary", size="small", margin=0, width=28
        )
        self.compare_button.on_click(lambda _: self.compare.open())
        self.ratio = Form("", session, only=(RATIO,), bare=True)
        self.measured_signs = MeasuredSigns(session)
        self.problem = look.text("", "problem", margin=(2, 12, 6, 12), visible=False)
        self.sections = sections()
        self.folds = {part.name: Fold(part.name, partial(part.contents, session)) for part in self.sections}
        session.param.watch(self._follow, ["experiment", "problem", "messages"])
        self._follow()

    def __panel__(self) -> Any:
        tools = pn.Row(
            look.text("Build", "heading", margin=(8, 0, 0, 12)),
            self.edit,
            self.compare_button,
            self.history,
            self.editor,
            sizing_mode="stretch_width",
            margin=(4, 6, 0, 0),
        )
        ratio = pn.Column(self.ratio, self.measured_signs, sizing_mode="stretch_width", margin=(0, 8, 2, 8))
        folds = pn.Column(
            *(fold.layout for fold in self.folds.values()),
            css_classes=["folds"], stylesheets=[look.stylesheet()], sizing_mode="stretch_width", margin=0,
        )  # fmt: skip
        head = pn.Column(
            tools, self.preview, ratio, self.problem,
            css_classes=["head"], stylesheets=[look.stylesheet()], sizing_mode="stretch_width", margin=0,
        )  # fmt: skip
        return pn.Column(
            head, folds, css_classes=["build"], stylesheets=[look.stylesheet()], sizing_mode="stretch_both", margin=0
        )

    def _tell(self, *_: Any) -> None:
        """What the forms show beside what they set: where the run on show stands."""
        self.session.param.update(sight=self.watching.sight, asked=self.watching.asked)

    def _follow(self, *_: Any) -> None:
        problem = self.session.problem
        said = look.escaped(str(problem)) if problem is not None else ""
        self.problem.param.update(object=said, visible=bool(said))
        wrong = [*self.session.messages, *([problem.address] if problem is not None else [])]
        for part in self.sections:
            concerned = any(address.startswith(part.answers) for address in wrong if address)
            self.folds[part.name].say(part.says(self.session.experiment), concerned)


def _form(session: Session, address: str, **options: Any) -> Form:
    return Form(address, session, editors=EDITED, **options)


def _list_of(address: str, session: Session) -> list[Any]:
    return [_form(session, "", only=(address,), bare=True)]


def _kind(component: Any) -> str:
    return "" if component is None else (type(component).title or words(component.kind))


def _wiring(experiment: Any) -> str:
    wiring = experiment.wiring
    return record(wiring.connectome).title if wiring.kind == "measured" else _kind(wiring)


def _expansion(experiment: Any) -> str:
    expansion = getattr(experiment.wiring, "expansion", None)
    if expansion is None:
        return "given by the wiring"
    return "one for each" if expansion == type(expansion)() and expansion.kind == "constant" else _kind(expansion)


def _signs(experiment: Any) -> str:
    return _kind(getattr(experiment.wiring, "signs", None)) or "given by the wiring"


def _areas(experiment: Any) -> str:
    chosen = experiment.constraints.projections
    inputs = ", ".join(chosen.input_areas) or "all"
    return f"input to {inputs}, readout from {', '.join(chosen.readout_areas) or 'all'}"


def _steps(experiment: Any) -> str:
    return ", ".join(type(step).title for step in experiment.wiring.steps) or "none"


def _laws(experiment: Any) -> str:
    laws = experiment.constraints
    dale = "no Dale's law" if laws.dales_law.method == "off" else f"Dale by {laws.dales_law.method}"
    return f"{dale}, {'mask kept' if laws.connection_mask.keep else 'no mask'}"


def _dynamics(experiment: Any) -> str:
    return f"{_kind(experiment.dynamics)}, Δt {experiment.dt_ms:g} ms"


def _training(experiment: Any) -> str:
    training = experiment.training
    how = "as the stages say" if training.stages else f"{_kind(training.optimiser)}, {_steps_of(training)}"
    return f"{how}, batch of {training.batch}"


def _stages(experiment: Any) -> str:
    training = experiment.training
    if not training.stages:
        return "one"
    names = [stage.name or str(i + 1) for i, stage in enumerate(training.stages)]
    shown = " → ".join(names) if len(names) <= 4 else look.counted(len(names), "stage")
    return f"{shown}, {_steps_of(training)}"


def _curriculum(experiment: Any) -> str:
    lessons = experiment.training.curriculum
    return ", ".join(words(lesson.parameter) for lesson in lessons) or "none"


def _steps_of(training: Any) -> str:
    return look.counted(training.all_steps, "step")

"""Recovery: whether a network that was fitted to a recording found the wiring behind it."""

from typing import Any, ClassVar

import panel as pn
import panel_material_ui as pmui

from app.figures import Twin
from app.subject import Subject
from app.views import recovery_twins as twins
from app.views.analysis_view import AnalysisView, bar, pane, show_only
from app.views.recovery_answer import Answer, answered, sentences
from app.views.recovery_figures import Classes, Errors, Explained, Maps, Nulls, Profiles
from engine.component import Invalid
from engine.tasks.population_activity import PopulationActivity
from engine.tasks.recorded_activity import RecordedActivity

NO_RECORDING = (
    "<b>This network was not fitted to a recording</b>, so there is nothing to recover. Choose the task "
    "<i>Recorded activity (identification)</i> and <i>Set up the fit</i>."
)


class RecoveryView(AnalysisView):
    """True and recovered weights, their scores and nulls, shifters, and the held-out error beside its baselines."""

    title: ClassVar[str] = "Recovery"

    def build(self) -> list[Any]:
        self.silenced = pmui.TextInput(
            label="Silence units", value="1-10", size="small", width=150, margin=(4, 4), placeholder="1-10"
        )
        self.silenced.param.watch(lambda _: self.desk.ask(), "value")
        self.maps, self.profiles, self.nulls = Maps(), Profiles(), Nulls()
        self.classes, self.errors, self.explained = Classes(), Errors(), Explained()
        made = {
            "maps": ("True and recovered weights", self.maps, self._maps_twin),
            "profile": ("Mean weight by displacement", self.profiles, self._profile_twin),
            "null": ("Scores beside relabelled units", self.nulls, self._nulls_twin),
            "shifters": ("Shifters by class", self.classes, self._shifters_twin),
            "error": ("Held-out error by step", self.errors, self._errors_twin),
            "explained": ("Variance explained by unit (dashes: correlation)", self.explained, self._explained_twin),
        }
        self._parts = {
            name: [
                self.headed(f"{title}</b> {drawn.KEYS}<b>", f"recovery_{name}", twin),
                pane(drawn.figure, sizing_mode="stretch_width"),
            ]
            for name, (title, drawn, twin) in made.items()
        }
        self.figures = pn.Column(sizing_mode="stretch_width", margin=0)
        self.controls = bar(self.silenced)
        return [self.controls, self.figures]

    def prepare(self, subject: Subject) -> None:
        task = subject.experiment.task
        is_simulated = isinstance(task, RecordedActivity) and "silenced" in type(task.recording).model_fields
        self.controls.visible = is_simulated

    def question(self) -> str:
        return self.silenced.value

    def answer(self, subject: Subject, question: str) -> Answer | None:
        if not isinstance(subject.experiment.task, RecordedActivity | PopulationActivity):
            return None
        return answered(subject, question)

    def draw(self, subject: Subject, answer: Answer | None) -> str:
        if answer is None:
            show_only(self.figures, [])
            return NO_RECORDING
        shown, found = [], answer.recovery
        if found is not None:
            self.maps.show(found)
            self.nulls.show(found)
            shown += ["maps", *(["profile"] if found.steps is not None else []), *(["null"] * bool(found.relabellings))]
            if found.steps is not None:
                self.profiles.show(found, _sheet(subject))
        if answer.shifters is not None:
            self.classes.show(answer.shifters, subject.connectome.names)
            shown.append("shifters")
        if answer.prediction is not None:
            self.errors.show(answer.prediction)
            self.explained.show(answer.prediction)
            shown += ["error", "explained"]
        show_only(self.figures, [part for name in shown for part in self._parts[name]])
        return sentences(answer)

    def mark(self, units: tuple[int, ...]) -> None:
        """Marked units are told by the other views; here all are seen at once."""

    def _maps_twin(self, subject: Subject, answer: Answer) -> Twin:
        names = subject.experiment.task.output_names
        return twins.maps_twin(_there(answer.recovery), names, subject.experiment.to_link())

    def _profile_twin(self, subject: Subject, answer: Answer) -> Twin:
        return twins.profile_twin(_there(answer.recovery), _sheet(subject), subject.experiment.to_link())

    def _nulls_twin(self, subject: Subject, answer: Answer) -> Twin:
        return twins.nulls_twin(_there(answer.recovery), subject.experiment.to_link())

    def _shifters_twin(self, subject: Subject, answer: Answer) -> Twin:
        names = subject.connectome.names
        return twins.shifters_twin(_there(answer.shifters), names, subject.experiment.to_link())

    def _errors_twin(self, subject: Subject, answer: Answer) -> Twin:
        return twins.errors_twin(_there(answer.prediction), subject.experiment.to_link())

    def _explained_twin(self, subject: Subject, answer: Answer) -> Twin:
        return twins.explained_twin(_there(answer.prediction), subject.experiment.to_link())


def _sheet(subject: Subject) -> tuple[int, ...]:
    return subject.experiment.task.recording.sheet()


def _there(found: Any) -> Any:
    if found is None:
        raise Invalid("There is nothing to export yet.")
    return found

"""How the training goes, apart from its loss, its stages and its curriculum."""

from typing import Any

import panel as pn

from app import look
from app.session import Session
from app.views.fold import Fold
from engine.training.training import Training

ELSEWHERE = ("task_loss", "objectives", "stages", "curriculum")  # have sections of their own
OF_STAGES = ("optimiser", "schedule", "steps", "target_accuracy", "patience", "freeze", "keep")  # theirs instead
TRIALS = ("trials", "window_ms", "window_start")
UPKEEP = ("evaluate_every", "evaluation_trials", "checkpoint_every_s", "device")
AT_ONCE = tuple(
    name for name in Training.model_fields if name not in (*ELSEWHERE, *OF_STAGES, *TRIALS, *UPKEEP, "differences")
)


class TrainingForm(pn.viewable.Viewer):
    """The generated forms of the training, the rarer ones in folds; what stages have of their own is left to them."""

    def __init__(self, session: Session, form: Any):
        super().__init__()
        self.session, self.form = session, form
        self.of_stages = self._of(OF_STAGES)
        self.said = look.note(
            "Optimiser, schedule, steps, stops and what is frozen are those of the stages.", visible=False
        )
        folds = {
            "Trials and windows": TRIALS,
            "Differences between networks": ("differences",),
            "Evaluation and device": UPKEEP,
        }
        self.folds = [Fold(name, lambda of=of: [self._of(of)]) for name, of in folds.items()]
        self.folds.append(Fold("Seeds and networks", lambda: [form("", only=("seeds",), bare=True)]))
        session.param.watch(lambda *_: self._follow(), "experiment")
        self._follow()

    def __panel__(self) -> Any:
        return pn.Column(
            self.said, self.of_stages, self._of(AT_ONCE), *(fold.layout for fold in self.folds),
            sizing_mode="stretch_width", margin=0,
        )  # fmt: skip

    def _of(self, names: tuple[str, ...]) -> Any:
        return self.form("", only=tuple(f"training.{name}" for name in names), bare=len(names) == 1)

    def _follow(self) -> None:
        training = self.session.experiment.training
        has_stages = bool(training.stages)
        self.said.visible, self.of_stages.layout.visible = has_stages, not has_stages
        trials, differences, upkeep, seeds = self.folds
        window = "whole trials" if training.window_ms is None else f"windows of {training.window_ms:g} ms"
        trials.say(f"{type(training.trials).title.lower()}, {window}")
        differences.say(look.counted(len(training.differences), "difference") if training.differences else "none")
        upkeep.say(f"every {look.counted(training.evaluate_every, 'step')}, {training.device}")
        seeds.say(look.counted(self.session.experiment.seeds.networks, "network"))

"""How a network is trained: optimiser, batch, evaluation, and when to stop."""

from typing import Annotated, Literal

from pydantic import Field

from engine.component import Component, Typical
from engine.training.curriculum import Lesson
from engine.training.difference import Difference
from engine.training.objectives import AnyObjective, TaskLoss
from engine.training.optimiser import Adam, AnyOptimiser
from engine.training.schedule import AnySchedule, Constant
from engine.training.stage import AnyStage, Freeze, Keep, Stage
from engine.training.trial_supply import AnySupply, FreshTrials
from engine.training.window import Start


class Training(Component):
    """Backpropagation through time with a held-out evaluation and rules for stopping, in one stage or several.

    Without stages there is one, of the optimiser, schedule, steps, target accuracy, patience, keep and freeze given
    here. With stages each has its own of these.
    """

    optimiser: Annotated[AnyOptimiser, Field(description="How a gradient becomes a step.")] = Adam()
    schedule: Annotated[AnySchedule, Field(description="How the learning rate changes.")] = Constant()
    task_loss: Annotated[TaskLoss, Field(description="What the network's answers cost.")] = TaskLoss()
    objectives: Annotated[
        tuple[AnyObjective, ...],
        Field(max_length=30, description="What is lowered besides the loss of the task."),
    ] = ()
    steps: Annotated[int, Field(ge=1, le=10_000_000, description="Stop after this many steps."), Typical(100, 5000)] = (
        600
    )
    batch: Annotated[int, Field(ge=1, le=65536, description="Trials per step."), Typical(16, 256)] = 64
    clip_norm: Annotated[
        float | None,
        Field(gt=0, description="Longest gradient (norm over all parameters of one network) that is taken as it is."),
        Typical(0.1, 10, log=True),
    ] = 1.0
    target_accuracy: Annotated[
        float | None,
        Field(gt=0, le=1, description="Stop when every network reaches this held-out accuracy (0.9: 90 %)."),
        Typical(0.5, 1),
    ] = None
    patience: Annotated[
        int | None,
        Field(ge=1, description="Stop after this many evaluations without a lower held-out loss."),
        Typical(5, 50),
    ] = None
    wall_time_s: Annotated[
        float | None, Field(gt=0, description="Stop after this much training time."), Typical(30, 3600)
    ] = None
    evaluate_every: Annotated[
        int, Field(ge=1, description="Steps between evaluations on held-out trials, noise off."), Typical(10, 200)
    ] = 20
    evaluation_trials: Annotated[
        int, Field(ge=1, le=65536, description="Held-out trials, the same at every evaluation."), Typical(100, 1000)
    ] = 400
    stages: Annotated[
        tuple[AnyStage, ...],
        Field(
            max_length=100,
            description="Parts of the training, one after another, each with its own optimiser, schedule, steps, stop "
            "and laws in place of those above; empty is one stage of those above.",
        ),
    ] = ()
    trials: Annotated[AnySupply, Field(description="Where the trials of a step come from.")] = FreshTrials()
    curriculum: Annotated[
        tuple[Lesson, ...], Field(max_length=20, description="Parameters of the task that begin easy, side by side.")
    ] = ()
    window_ms: Annotated[
        float | None,
        Field(gt=0, description="Backpropagate through a part of each trial only, from a random time on."),
        Typical(100, 1000),
    ] = None
    window_start: Annotated[
        Start,
        Field(
            description="States from which a part starts: those that the trial before it led to, 0, or those that the "
            "task knows (a recording)"
        ),
    ] = "run_up"
    freeze: Freeze = ()
    keep: Keep = "last"
    differences: Annotated[
        tuple[Difference, ...], Field(max_length=256, description="Networks that learn otherwise than the others.")
    ] = ()
    checkpoint_every_s: Annotated[
        float, Field(gt=0, description="Seconds between checkpoints from which a run can go on."), Typical(5, 300)
    ] = 15.0
    device: Annotated[
        Literal["auto", "cpu", "cuda"], Field(description="Where to compute; auto takes a GPU if one is there.")
    ] = "auto"

    @property
    def course(self) -> tuple[AnyStage, ...]:
        """The stages, or the one that the fields make."""
        if self.stages:
            return self.stages
        return (
            Stage(
                steps=self.steps,
                optimiser=self.optimiser,
                schedule=self.schedule,
                freeze=self.freeze,
                target_accuracy=self.target_accuracy,
                patience=self.patience,
                keep=self.keep,
            ),
        )

    @property
    def all_steps(self) -> int:
        """At most so many steps, in all stages together."""
        return sum(stage.steps for stage in self.course)

"""How a network is trained: optimiser, batch, evaluation, and when to stop."""

from typing import Annotated, Literal

from pydantic import Field

from engine.component import Component, Typical
from engine.training.objectives import AnyObjective, TaskLoss
from engine.training.optimiser import Adam, AnyOptimiser


class Training(Component):
    """Backpropagation through time on fresh trials, with a held-out evaluation and rules for stopping."""

    optimiser: Annotated[AnyOptimiser, Field(description="How a gradient becomes a step.")] = Adam()
    task_loss: Annotated[TaskLoss, Field(description="What the network's answers cost.")] = TaskLoss()
    objectives: Annotated[
        tuple[AnyObjective, ...],
        Field(max_length=30, description="What is lowered besides the loss of the task."),
    ] = ()
    steps: Annotated[int, Field(ge=1, le=10_000_000, description="Stop after this many steps."), Typical(100, 5000)] = (
        600
    )
    batch: Annotated[int, Field(ge=1, le=65536, description="Fresh trials per step."), Typical(16, 256)] = 64
    clip_norm: Annotated[
        float | None,
        Field(gt=0, description="Longest gradient (norm over all parameters of one network) that is taken as it is."),
        Typical(0.1, 10, log=True),
    ] = 1.0
    target_accuracy: Annotated[
        float | None,
        Field(gt=0, le=1, description="Stop when every network reaches this held-out accuracy."),
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
    checkpoint_every_s: Annotated[
        float, Field(gt=0, description="Seconds between checkpoints from which a run can go on."), Typical(5, 300)
    ] = 15.0
    device: Annotated[
        Literal["auto", "cpu", "cuda"], Field(description="Where to compute; auto takes a GPU if one is there.")
    ] = "auto"
